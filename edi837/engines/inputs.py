"""The files of a run: paths, folders, globs, gzip files and zip members, each as a stream of bytes."""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from edi837.errors import SourceError

STDIN = "-"


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
        if self.member is not None or _is_gzip(self.source):
            # Here, as below: few runs read archives, and the modules take longer to import than a file to check.
            from edi837.engines.archives import open_gzip, open_member

            return open_gzip(self.source) if self.member is None else open_member(self.source, self.member)
        try:
            return open(self.source, "rb")
        except OSError as error:
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
    from edi837.engines.archives import members

    try:
        found = members(archive)
    except SourceError as error:
        raise SourceError(f"{archive}: {error}") from None
    if not found:
        raise SourceError(f"{archive}: the archive holds no files")
    return [InputFile(f"{_shown(archive)}/{name}", archive, name, size) for name, size in found]


def _is_gzip(file: str) -> bool:
    return file.lower().endswith(".gz")


def reason(error: BaseException) -> str:
    """What the system says, without the path that it repeats."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    if isinstance(error, RuntimeError) and "password" in str(error):
        return "the archive is encrypted"
    if isinstance(error, EOFError):
        return "the archive is cut off"
    return "the archive is broken"
