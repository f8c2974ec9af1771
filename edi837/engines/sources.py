"""Inputs that can be read from any offset, in any process: plain files, and spooled copies of everything else.

A spooled copy lies in a temporary file that only its owner can read, and goes when the run ends, however it ends.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from edi837.diagnostics import Diagnostic, diagnostic
from edi837.engines.inputs import InputFile, reason
from edi837.errors import SourceError

CHUNK = 1 << 20

_MOST_OPEN = 64
"""Files open at a time: a run may have thousands."""


class Source(NamedTuple):
    """An input whose bytes are in a plain file."""

    name: str
    path: str
    failure: str
    """Why it could not be spooled, empty where it could."""

    @classmethod
    def of(cls, item: InputFile, stack: ExitStack) -> Source:
        """The input as it is where it is a plain file, else its spooled copy, which goes with the stack."""
        if item.path is not None:
            return cls(item.name, item.path, "")
        # Most runs spool nothing.
        import shutil
        import tempfile

        spool = stack.enter_context(tempfile.NamedTemporaryFile(prefix="edi837-"))  # noqa: SIM115
        try:
            with item.open() as stream:
                shutil.copyfileobj(stream, spool, CHUNK)
        except SourceError as error:
            return cls(item.name, spool.name, str(error))
        finally:
            spool.flush()
        return cls(item.name, spool.name, "")

    def size(self) -> int:
        """Bytes of the file; 0 where that cannot be told, which reading it will say."""
        try:
            return os.stat(self.path).st_size
        except OSError:
            return 0

    def feed(self, take: Callable[[bytes], object]) -> Iterator[int]:
        """Gives the bytes to `take`, chunk by chunk, and yields how many were given so far."""
        done = 0
        with open(self.path, "rb") as stream:
            while chunk := stream.read(CHUNK):
                take(chunk)
                done += len(chunk)
                yield done

    def failed(self, error: OSError | None, offset: int) -> Diagnostic | None:
        """What to say where it could not be read to its end: the error, or what went wrong before."""
        failure = reason(error) if error else self.failure.removeprefix(f"{self.name}: ")
        return diagnostic("X107", failure, self.name, None, offset) if failure else None


class Files:
    """The sources of a run, opened when first read from; those not read from for long are closed again."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._open: dict[int, int] = {}

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *failure: object) -> None:
        while self._open:
            os.close(self._open.popitem()[1])

    def read(self, number: int, offset: int, size: int) -> bytes:
        """Bytes of a file; raises `SourceError` where the file has changed since the first pass."""
        data = self.read_some(number, offset, size)
        if len(data) != size:
            raise SourceError(f"{self._sources[number].name}: the file was cut short while it was read")
        return data

    def read_some(self, number: int, offset: int, size: int) -> bytes:
        """As many of these bytes of a file as it has."""
        descriptor = self._open.get(number)
        if descriptor is None:
            if len(self._open) >= _MOST_OPEN:
                os.close(self._open.pop(next(iter(self._open))))
            try:
                descriptor = self._open[number] = os.open(self._sources[number].path, os.O_RDONLY)
            except OSError as error:
                raise SourceError(f"{self._sources[number].name}: {reason(error)}") from None
        return os.pread(descriptor, size, offset)
