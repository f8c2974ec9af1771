"""The files of a run: paths, folders, globs, gzip files and zip members, each as a stream of bytes."""

from __future__ import annotations

import glob
import gzip
import io
import os
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import BinaryIO, NamedTuple, cast

from edi837.errors import SourceError

STDIN = "-"

# What the archive modules raise for a broken or cut-off archive, and for a zip that they cannot unpack.
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError)


class InputFile(NamedTuple):
    """One input of a run: where its bytes are. It holds nothing open, so it travels to worker processes."""

    name: str
    """As it is shown: the path as it was given, `archive.zip/member` for a zip member."""
    source: str
    """The file on disk, or "-" for the standard input."""
    member: str | None = None
    """The member of a zip archive."""
    size: int | None = None
    """Bytes after decompression, None where that is known only at the end."""

    @property
    def path(self) -> str | None:
        """The path of a regular file whose own bytes are the input: it can be read twice, from any offset."""
        return None if self.size is None or self.member is not None else self.source

    def open(self) -> BinaryIO:
        """The bytes, decompressed. Opening and reading raise `SourceError`, without the name, where they cannot."""
        if self.source == STDIN:
            return sys.stdin.buffer
        try:
            if self.member is not None:
                return _guarded(_open_member(self.source, self.member))
            if _is_gzip(self.source):
                return _guarded(cast(BinaryIO, gzip.open(self.source)))
            return open(self.source, "rb")
        except _BROKEN as error:
            raise SourceError(reason(error)) from None


def expand(paths: Sequence[str], stdin_name: str = STDIN) -> list[InputFile]:
    """The inputs that the paths name, in their order, each file once.

    A folder stands for the files below it in sorted order, those with a leading dot left out; a path that
    does not exist and has `*`, `?` or `[` is a glob. Raises `SourceError` where a path leads to nothing.
    """
    found: list[InputFile] = []
    seen: set[str] = set()
    for path in paths:
        for file in _files(path):
            identity = file if file == STDIN else os.path.realpath(file)
            if identity not in seen:
                seen.add(identity)
                found += _inputs(file, stdin_name)
    return found


def _files(path: str) -> list[str]:
    if path == STDIN:
        return [STDIN]
    if os.path.isdir(path):
        files = list(_walk(path))
        if not files:
            raise SourceError(f"{path}: the folder holds no files")
        return files
    if os.path.lexists(path):
        return [path]
    if not glob.has_magic(path):
        raise SourceError(f"{path}: no such file or folder")
    matches = [file for match in sorted(glob.glob(path, recursive=True)) for file in _below(match)]
    if not matches:
        raise SourceError(f"{path}: no file matches")
    return matches


def _below(match: str) -> list[str]:
    return list(_walk(match)) if os.path.isdir(match) else [match]


def _walk(folder: str) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise SourceError(f"{error.filename}: {reason(error)}")

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (os.path.join(parent, name) for name in sorted(names) if not name.startswith("."))


def _inputs(file: str, stdin_name: str) -> list[InputFile]:
    if file == STDIN:
        return [InputFile(stdin_name, STDIN)]
    if file.lower().endswith(".zip"):
        return _members(file)
    try:
        status = os.stat(file)
    except OSError as error:
        raise SourceError(f"{file}: {reason(error)}") from None
    # A pipe or device (`<(command)`) has no size and can be read once.
    plain = stat.S_ISREG(status.st_mode) and not _is_gzip(file)
    return [InputFile(_shown(file), file, size=status.st_size if plain else None)]


def _shown(path: str) -> str:
    """A path as it is printed: bytes of a name that are no UTF-8 cannot stand in a report."""
    return os.fsencode(path).decode("utf-8", "replace")


def _members(archive: str) -> list[InputFile]:
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = sorted(opened.infolist(), key=lambda entry: entry.filename)
    except _BROKEN as error:
        raise SourceError(f"{archive}: {reason(error)}") from None
    members = []
    for entry in entries:
        parts = PurePath(entry.filename).parts
        if entry.is_dir() or any(part.startswith((".", "__MACOSX")) for part in parts):
            continue
        members.append(InputFile(f"{_shown(archive)}/{entry.filename}", archive, entry.filename, entry.file_size))
    if not members:
        raise SourceError(f"{archive}: the archive holds no files")
    return members


def _is_gzip(file: str) -> bool:
    return file.lower().endswith(".gz")


def _open_member(archive: str, member: str) -> BinaryIO:
    with zipfile.ZipFile(archive) as opened:
        # The archive's file stays open until the member is closed too.
        return cast(BinaryIO, opened.open(member))


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


def reason(error: BaseException) -> str:
    """What the system says, without the path that it repeats."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    if isinstance(error, RuntimeError) and "password" in str(error):
        return "the archive is encrypted"
    if isinstance(error, EOFError):
        return "the archive is cut off"
    return "the archive is broken"
