"""A check shared out among processes of this machine: the same answer, in the same order.

Large files are cut at the regions that their envelope gives: one process reads the envelope, the workers find the units
of the regions. The run is known when all files have been gone through; it is written to a temporary file that only its
owner can read (offsets and checksums, no claim), from where each worker takes it once. Then the workers check regions.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from edi837.check import RegionChecker
from edi837.claims.starts import UNIT_CUTS
from edi837.claims.units import RegionUnits, find_units
from edi837.engines.pool import process_pool
from edi837.engines.refdata import RefdataFolder, open_reference
from edi837.engines.scan import Progress, scan_file, with_failure
from edi837.engines.sources import Files, Source
from edi837.index import FileIndex, FileScan, Run
from edi837.rules import load_rules
from edi837.settings import Settings
from edi837.suppression import Suppressor, open_engine
from edi837.tally import RegionResult
from edi837.x12.region import Region

if TYPE_CHECKING:
    from concurrent.futures import Future

_CUT_ABOVE = 8 << 20
"""Bytes of a file that is cut: what is smaller is one task, and takes less than a tenth of a second."""

_REGIONS_A_TASK = 4


class Job(NamedTuple):
    """What a worker needs to know from its start."""

    sources: Sequence[Source]
    settings: Settings
    suppressor: Suppressor | None
    refdata: RefdataFolder | None
    checker: type[RegionChecker]


class Workers:
    """A pool of processes for the two passes of one run; few tasks are out at a time, so that few results wait."""

    def __init__(self, jobs: int, job: Job) -> None:
        self._job = job
        self._most_out = 2 * jobs
        self._pool = process_pool(jobs, _start, job)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *failure: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def scan(self, progress: Callable[[], Progress]) -> Iterator[FileIndex]:
        """The first pass over every file, in their order; `progress` gives what is to be told of the file in hand."""
        whole: deque[Future[FileIndex]] = deque()
        for number, source in enumerate(self._job.sources):
            if source.size() <= _CUT_ABOVE:
                whole.append(self._pool.submit(_scan, number))
                if len(whole) > self._most_out:
                    yield whole.popleft().result()
                continue
            while whole:
                yield whole.popleft().result()
            yield self._cut(number, source, progress())
        while whole:
            yield whole.popleft().result()

    def _cut(self, number: int, source: Source, progress: Progress) -> FileIndex:
        """The first pass over one large file."""
        scan = FileScan(source.name, None, boundary=UNIT_CUTS)
        out: deque[tuple[Sequence[Region], Future[list[RegionUnits]]]] = deque()
        gathered: list[Region] = []

        def take(chunk: bytes | None) -> None:
            gathered.extend(map(Region.without_bytes, scan.regions(chunk)))
            if len(gathered) >= _REGIONS_A_TASK or chunk is None:
                regions = tuple(gathered)
                gathered.clear()
                out.append((regions, self._pool.submit(_find, number, regions)))
            while out and (len(out) > self._most_out or chunk is None):
                given, found = out.popleft()
                for region, units in zip(given, found.result(), strict=True):
                    scan.add(region, units)

        error, done = None, 0
        try:
            for done in source.feed(take):
                progress(done, scan.claims)
        except OSError as failure:
            error = failure
        take(None)
        return with_failure(scan.index(), source, error, done)

    def check(self, run: Run) -> Iterator[tuple[int, int, RegionResult, bool]]:
        """The second pass: (number of the file, of the region, result, whether a rule has crashed)."""
        tasks = (
            (number, range(start, min(start + _REGIONS_A_TASK, len(file.regions))))
            for number, file in enumerate(run.files)
            for start in range(0, len(file.regions), _REGIONS_A_TASK)
        )
        with tempfile.NamedTemporaryFile(prefix="edi837-") as known:
            pickle.dump(run, known)
            known.flush()
            out: deque[tuple[int, range, Future[tuple[list[RegionResult], bool]]]] = deque()
            for number, regions in tasks:
                out.append((number, regions, self._pool.submit(_check, known.name, number, regions)))
                if len(out) > self._most_out:
                    yield from _collected(*out.popleft())
            while out:
                yield from _collected(*out.popleft())


def _collected(
    number: int, regions: range, found: Future[tuple[list[RegionResult], bool]]
) -> Iterator[tuple[int, int, RegionResult, bool]]:
    results, crashed = found.result()
    for region, result in zip(regions, results, strict=True):
        yield number, region, result, crashed


# In the workers -------------------------------------------------------------------------------------------------------


class _Worker:
    """What a worker process keeps from task to task."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.files = Files(job.sources)
        self.engine = open_engine(load_rules(), job.settings, open_reference(job.refdata), job.suppressor)
        self.trigger = self.engine.trigger()
        self._known = ""
        self._checker: RegionChecker

    def checker(self, known: str) -> RegionChecker:
        """The checker of the run that a file holds."""
        if known != self._known:
            with open(known, "rb") as stream:
                self._checker = self.job.checker(pickle.load(stream), self.engine, self.files.read)
            self._known = known
        return self._checker


_worker: _Worker


def _start(job: Job) -> None:
    global _worker
    _worker = _Worker(job)


def _scan(number: int) -> FileIndex:
    return scan_file(_worker.job.sources[number], _worker.trigger)


def _find(number: int, regions: Sequence[Region]) -> list[RegionUnits]:
    found = []
    for region in regions:
        # The terminator behind the last segment belongs to it; at the end of a file there may be none.
        data = _worker.files.read_some(number, region.offset, region.end + 1)
        found.append(find_units(structs.replace(region, data=data), _worker.trigger))
    return found


def _check(known: str, number: int, regions: range) -> tuple[list[RegionResult], bool]:
    checker = _worker.checker(known)
    return [checker.check(number, index) for index in regions], checker.engine.crashed
