"""The bytes of gzip files and of the members of zip archives, and what to say where one is broken."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import PurePath
from typing import BinaryIO, cast

from edi837.engines.inputs import reason
from edi837.errors import SourceError

# What the archive modules raise for a broken or cut-off archive, and for a zip that they cannot unpack.
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError)


def open_gzip(file: str) -> BinaryIO:
    """The bytes of a gzip file. Opening and reading raise `SourceError`, without the name, where they cannot."""
    try:
        return _guarded(cast(BinaryIO, gzip.open(file)))
    except _BROKEN as error:
        raise SourceError(reason(error)) from None


def open_member(archive: str, member: str) -> BinaryIO:
    """The bytes of a member of a zip archive. Opening and reading raise `SourceError` where they cannot."""
    try:
        with zipfile.ZipFile(archive) as opened:
            # The archive's file stays open until the member is closed too.
            return _guarded(cast(BinaryIO, opened.open(member)))
    except _BROKEN as error:
        raise SourceError(reason(error)) from None


def members(archive: str) -> list[tuple[str, int]]:
    """The members of a zip archive with their sizes, by name; without folders, hidden ones and what macOS adds."""
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = sorted(opened.infolist(), key=lambda entry: entry.filename)
    except _BROKEN as error:
        raise SourceError(reason(error)) from None
    return [
        (entry.filename, entry.file_size) for entry in entries if not entry.is_dir() and not _is_hidden(entry.filename)
    ]


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePath(name).parts)


def _guarded(stream: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Guard(stream), 1 << 16))


class _Guard(io.RawIOBase):
    """A stream that raises `SourceError` where the archive below it turns out to be broken."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            chunk = self._stream.read(len(buffer))
        except _BROKEN as error:
            raise SourceError(reason(error)) from None
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._stream.close()
        super().close()
