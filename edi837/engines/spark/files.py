"""The inputs of a Spark run as its workers open them: files that every worker sees, object stores, bytes of a row.

A URI is read by pyarrow's file systems, which find their credentials where the platform puts them (an instance profile,
environment variables): s3, s3a, gs, abfs, abfss, hdfs. What Spark alone can reach comes as (path, content) rows.
"""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, cast

from pyarrow import ArrowException
from pyarrow.fs import FileSelector, FileSystem, FileType

from edi837.claims.pieces import Read
from edi837.engines.inputs import STDIN, InputFile, expand
from edi837.engines.sources import Files, Source
from edi837.errors import SourceError

_LOCAL = {"file://": "", "file:": "", "dbfs:": "/dbfs"}
"""What stands in front of a path that workers see as a file, and what it is there."""


class RemoteFile(InputFile):
    """A file in an object store; `source` is its URI."""

    __slots__ = ()

    @property
    def path(self) -> None:
        """Nothing that the operating system could open."""
        return None

    def open(self) -> BinaryIO:
        """The bytes, decompressed; raises `SourceError` where it cannot be opened."""
        system, path = _system(self.source)
        try:
            stream = system.open_input_stream(path, compression=None)
        except (OSError, ArrowException) as error:
            raise SourceError(_reason(error)) from None
        return cast(BinaryIO, gzip.open(stream) if self.source.lower().endswith(".gz") else stream)


class ContentFile(InputFile):
    """A file whose bytes came with its row."""

    content: bytes

    @classmethod
    def of(cls, name: str, content: bytes) -> ContentFile:
        """The file of a row with its name and its bytes."""
        file = cls(name, name)
        file.content = content
        return file

    @property
    def path(self) -> None:
        """Nothing that the operating system could open."""
        return None

    def open(self) -> BinaryIO:
        """The bytes, decompressed."""
        stream = io.BytesIO(self.content)
        return cast(BinaryIO, gzip.open(stream)) if self.source.lower().endswith(".gz") else stream


def expand_all(paths: Sequence[str]) -> list[InputFile]:
    """The inputs that paths and URIs name, in their order, each once; `SourceError` where one leads to nothing."""
    found: dict[tuple[str, str | None], InputFile] = {}
    for path in paths:
        if path == STDIN:
            raise SourceError("Spark reads files: the standard input cannot be shared out among its workers")
        local = next((rest + path.removeprefix(lead) for lead, rest in _LOCAL.items() if path.startswith(lead)), path)
        for item in _remote(path) if "://" in local else expand([local]):
            # Workers have a current folder of their own.
            place = item if isinstance(item, RemoteFile) else item._replace(source=os.path.abspath(item.source))
            found.setdefault((place.source, place.member), place)
    return list(found.values())


def _remote(uri: str) -> Iterator[RemoteFile]:
    """The file that a URI names, or those below it in sorted order."""
    system, path = _system(uri)
    try:
        [info] = system.get_file_info([path])
        below = system.get_file_info(FileSelector(path, recursive=True)) if info.type is FileType.Directory else [info]
    except (OSError, ArrowException) as error:
        raise SourceError(f"{uri}: {_reason(error)}") from None
    files = sorted((each for each in below if each.type is FileType.File), key=lambda each: each.path)
    if not files:
        raise SourceError(f"{uri}: no such file or folder")
    for each in files:
        name = uri.rstrip("/") + each.path.removeprefix(path.rstrip("/"))
        if any(part.startswith((".", "_")) for part in each.path.removeprefix(path).split("/")):
            continue
        plain = not name.lower().endswith(".gz")
        yield RemoteFile(name, name, size=each.size if plain else None)


def _system(uri: str) -> tuple[Any, str]:
    """The file system of a URI and the path in it; s3a and s3n are Hadoop's names for s3."""
    scheme, _, rest = uri.partition("://")
    known = "s3" if scheme in ("s3a", "s3n") else scheme
    try:
        system, path = FileSystem.from_uri(f"{known}://{rest}")
    except (OSError, ArrowException) as error:
        raise SourceError(f"{uri}: {_reason(error)}; hand it to edi837 as rows of (path, content)") from None
    return system, path


def _reason(error: Exception) -> str:
    # Its own text is long, and repeats the path.
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return f"cannot be read ({type(error).__name__})"


@contextmanager
def opened(item: InputFile) -> Iterator[Source]:
    """The whole of an input as a plain file: itself, or a copy that is gone at the end of the block."""
    with ExitStack() as stack:
        yield Source.of(item, stack)


@contextmanager
def ranges(item: InputFile) -> Iterator[Read]:
    """Reads parts of an input that is not compressed, in place."""
    if item.path is not None:
        with Files([Source(item.name, item.path, "")]) as files:
            yield lambda offset, size: files.read(0, offset, size)
        return
    system, path = _system(item.source)
    with system.open_input_file(path) as file:

        def read(offset: int, size: int) -> bytes:
            data: bytes = file.read_at(size, offset)
            if len(data) != size:
                raise SourceError(f"{item.name}: the file was cut short while it was read")
            return data

        yield read
