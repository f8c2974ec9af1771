"""Bytes that worker processes hand to the process that started them, through files that are used over and over.

A pipe takes 64 KB at a time and wakes both sides for each: for the text of a table, three times as long as its claims,
that is a fifth of the run. The files are few, as few tasks are out at a time, and lie in a temporary folder that only
its owner can read; it goes when the run ends.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from edi837.engines.inputs import reason
from edi837.errors import ReportError


class Handover:
    """The files of one run: `file` names one for a task, `take` gives what the task has left in it."""

    def __init__(self) -> None:
        # Imported where it is used: one process needs it not.
        import tempfile

        with _refused():
            self._folder = tempfile.TemporaryDirectory(prefix="edi837-")
        self._free: list[str] = []
        self._named = 0

    def close(self) -> None:
        """Removes the files."""
        self._folder.cleanup()

    def file(self) -> str:
        """A file that no other task writes to, until it is taken."""
        if self._free:
            return self._free.pop()
        self._named += 1
        return os.path.join(self._folder.name, str(self._named))

    def take(self, file: str, sizes: Iterable[int]) -> Iterator[bytes]:
        """The parts that a task has left, by their sizes in bytes; behind the last one the file is free again."""
        with _refused(), open(file, "rb", buffering=0) as stream:
            for size in sizes:
                part = stream.read(size)
                if len(part) != size:
                    raise OSError(errno.EIO, "what was left there is gone")
                yield part
        self._free.append(file)


@contextmanager
def leaving(file: str) -> Iterator[Callable[[bytes], None]]:
    """A task's side: a function that appends a part to a file. It raises `ReportError` where there is no room.

    What was in the file before is written over and never cut away: its pages are in memory, new ones cost time.
    """
    with _refused():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)

    def leave(part: bytes) -> None:
        rest = memoryview(part)
        while rest:
            with _refused():
                rest = rest[os.write(descriptor, rest) :]

    try:
        yield leave
    finally:
        os.close(descriptor)


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ReportError(
            f"the system's temporary folder, where the processes leave their rows: {reason(error)}; "
            "point TMPDIR to a folder with room that nothing else clears"
        ) from None
