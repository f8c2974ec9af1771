"""The first pass over files: in this process, or with others that find the units of its regions."""

from __future__ import annotations

from collections.abc import Callable

from edi837.claims.trigger import Trigger
from edi837.engines.sources import Source
from edi837.index import FileIndex, FileScan

Progress = Callable[[int, int], None]
"""(bytes done, claims seen)."""


def scan_file(source: Source, trigger: Trigger, progress: Progress | None = None) -> FileIndex:
    """The first pass over one file. A file that breaks off on the way keeps what was read, with a diagnostic."""
    scan = FileScan(source.name, trigger)
    error, done = None, 0
    try:
        for done in source.feed(scan.feed):
            if progress:
                progress(done, scan.claims)
    except OSError as failure:
        error = failure
    return with_failure(scan.close(), source, error, done)


def with_failure(index: FileIndex, source: Source, error: OSError | None, done: int) -> FileIndex:
    """The index of a file, with a diagnostic where it could not be read beyond `done` bytes."""
    failed = source.failed(error, done)
    if failed:
        # A file that could not be opened is not an empty one.
        index.diagnostics = [found for found in index.diagnostics if found.code != "X100"] + [failed]
    return index
