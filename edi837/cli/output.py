"""Where a report goes: the standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import fcntl
import glob
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO

import click

from edi837.cli.failure import FAILED, Failure

Write = Callable[[bytes], None]


@contextmanager
def open_output(path: str | None, sources: Iterable[str] = (), *, binary: bool = False) -> Iterator[Write]:
    """A function that takes the report's bytes; the standard output where the path is None or "-".

    A file is written beside its target and renamed at the end of the block, so that a reader never sees half
    of it and a failure leaves the old one. The sources are the run's inputs: none of them may be the target.
    What is binary does not go to a terminal.
    """
    if path is None or path == "-":
        if binary and sys.stdout.isatty():
            raise Failure("this format is no text for a terminal: name a file with -o FILE, or send it through a pipe")
        yield from _standard_output()
        return
    target = os.path.realpath(path)
    if any(os.path.realpath(source) == target for source in sources):
        raise Failure(f"{path}: the output is also an input")
    if not _is_replaceable(target):
        yield from _device(path, target)
        return
    file = GrowingFile(path, target)
    try:
        yield file.write
        file.finish()
        file.place()
    except BaseException:
        file.discard()
        raise


@contextmanager
def open_together(paths: Sequence[str], sources: Iterable[str] = ()) -> Iterator[list[GrowingFile]]:
    """Files that appear together at the end of the block, the first one last, or none of them at all.

    One that nothing was written to does not appear, and what stood in its place goes.
    """
    inputs = {os.path.realpath(source) for source in sources}
    targets: dict[str, str] = {}
    for path in paths:
        target = os.path.realpath(path)
        if path == "-" or not _is_replaceable(target):
            raise Failure(f"{path}: is no regular file: the outputs appear together or not at all")
        if target in inputs:
            raise Failure(f"{path}: the output is also an input")
        if target in targets:
            raise Failure(f"{path}: two outputs in one file")
        targets[target] = path
    files: list[GrowingFile] = []
    try:
        for target, path in targets.items():
            files.append(GrowingFile(path, target))
        yield files
        for file in files:
            file.finish()
        for file in reversed(files):
            if file.written:
                file.place()
            else:
                file.give_up()
    except BaseException:
        for file in files:
            file.discard()
        raise


class GrowingFile:
    """A file that grows under a hidden name beside its target, so that readers of the folder pass it over."""

    def __init__(self, path: str, target: str) -> None:
        self.path = path
        """As it was given: how messages name it."""
        self.written = False
        """Whether anything was written to it, be it nothing."""
        self._target = target
        self._placed = False
        folder, name = os.path.split(target)
        hidden = os.path.join(folder, f".{name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
        try:
            _sweep(folder, name)
            self._file: BinaryIO = open(hidden, "xb")  # noqa: SIM115 - closed in `place` and `discard`
        except OSError as error:
            raise _failure(path, error) from None
        with suppress(OSError):
            # While it is locked, it is not taken for what a run that was killed has left behind.
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def write(self, data: bytes) -> None:
        """Appends to the file."""
        self.written = True
        try:
            self._file.write(data)
        except OSError as error:
            raise _failure(self.path, error) from None

    def finish(self) -> None:
        """Brings the file safely onto the disk, with the rights that the target has."""
        try:
            self._file.flush()
            if os.path.exists(self._target):
                os.fchmod(self._file.fileno(), stat.S_IMODE(os.stat(self._target).st_mode))
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _failure(self.path, error) from None

    def place(self) -> None:
        """Puts the finished file in its target's place."""
        try:
            os.replace(self._file.name, self._target)
            self._placed = True
            self._file.close()
            _sync_folder(self._target)
        except OSError as error:
            raise _failure(self.path, error) from None

    def give_up(self) -> None:
        """Leaves nothing, neither of this file nor in its target's place."""
        self.discard()
        try:
            os.unlink(self._target)
            _sync_folder(self._target)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise _failure(self.path, error) from None

    def discard(self) -> None:
        """Leaves nothing of this file; what stood in its target's place stays there until the file is placed."""
        with suppress(OSError):
            # What could not be written before cannot be written now.
            self._file.close()
        with suppress(FileNotFoundError):
            os.unlink(self._target if self._placed else self._file.name)


def _sweep(folder: str, name: str) -> None:
    """Removes what a run that was killed has left of a growing file."""
    for left in glob.glob(os.path.join(glob.escape(folder), f".{glob.escape(name)}.*.tmp")):
        with suppress(OSError), open(left, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(left)


def _sync_folder(target: str) -> None:
    folder = os.open(os.path.dirname(target), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _device(path: str, target: str) -> Iterator[Write]:
    """A pipe or a device is written to as it is."""
    try:
        file: BinaryIO = open(target, "wb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise _failure(path, error) from None

    def write(data: bytes) -> None:
        try:
            file.write(data)
        except OSError as error:
            raise _failure(path, error) from None

    try:
        yield write
        try:
            file.flush()
        except OSError as error:
            raise _failure(path, error) from None
    finally:
        with suppress(OSError):
            file.close()


def _is_replaceable(target: str) -> bool:
    """Whether the target is a regular file or does not exist yet."""
    try:
        return stat.S_ISREG(os.stat(target).st_mode)
    except OSError:
        return True


def _failure(path: str, error: OSError) -> Failure:
    return Failure(f"{path}: cannot be written: {(error.strerror or 'unknown reason').lower()}")


def _standard_output() -> Iterator[Write]:
    stream = sys.stdout.buffer

    def write(data: bytes) -> None:
        try:
            stream.write(data)
        except OSError as error:
            raise _closed(error) from None

    yield write
    try:
        stream.flush()
    except OSError as error:
        raise _closed(error) from None


def _closed(error: OSError) -> Failure | click.exceptions.Exit:
    """The end of a run whose output nobody takes any more; a reader who has had enough is no failure to be told."""
    # What Python flushes at its own end must not complain again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return click.exceptions.Exit(FAILED) if isinstance(error, BrokenPipeError) else _failure("standard output", error)
