"""Where a report goes: the standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click

from edi837.cli.failure import FAILED, Failure

Write = Callable[[bytes], None]


@contextmanager
def open_output(path: str | None, sources: Iterable[str] = ()) -> Iterator[Write]:
    """A function that takes the report's bytes; the standard output where the path is None or "-".

    A file is written beside its target and renamed at the end of the block, so that a reader never sees half
    of it and a failure leaves the old one. The sources are the run's inputs: none of them may be the target.
    """
    if path is None or path == "-":
        yield from _standard_output()
        return
    target = os.path.realpath(path)
    if any(os.path.realpath(source) == target for source in sources):
        raise Failure(f"{path}: the output is also an input")
    yield from _file(path, target)


def _file(path: str, target: str) -> Iterator[Write]:
    folder, name = os.path.split(target)
    # A pipe or a device is written to as it is. A growing file is hidden: readers of the folder pass it over.
    atomic = _is_replaceable(target)
    written = os.path.join(folder, f".{name}.{os.getpid()}-{os.urandom(4).hex()}.tmp") if atomic else target
    try:
        file: BinaryIO = open(written, "xb" if atomic else "wb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise _failure(path, error) from None

    def write(data: bytes) -> None:
        try:
            file.write(data)
        except OSError as error:
            raise _failure(path, error) from None

    try:
        with file:
            yield write
            if atomic:
                _finish(path, file, target)
    except BaseException:
        if atomic and os.path.exists(written):
            os.unlink(written)
        raise


def _finish(path: str, file: BinaryIO, target: str) -> None:
    """Puts the file in its target's place, with the rights that the target had, and safely on the disk."""
    try:
        file.flush()
        if os.path.exists(target):
            os.fchmod(file.fileno(), stat.S_IMODE(os.stat(target).st_mode))
        os.fsync(file.fileno())
        os.replace(file.name, target)
        folder = os.open(os.path.dirname(target), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _failure(path, error) from None


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
        except BrokenPipeError:
            raise _hung_up() from None

    yield write
    try:
        stream.flush()
    except BrokenPipeError:
        raise _hung_up() from None


def _hung_up() -> click.exceptions.Exit:
    """The end of a run whose reader has had enough: quiet, but not with the exit code of a whole run."""
    # What Python flushes at its own end must not complain again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return click.exceptions.Exit(FAILED)
