"""Checks and reads files on this machine: in this process, or in a pool of them over files and regions.

Input that can be read only once, or is compressed, is spooled first (`edi837.engines.sources`), since the check reads
it twice.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING

from edi837 import __version__
from edi837.check import RegionChecker
from edi837.claims.parse import ClaimReader
from edi837.claims.trigger import Trigger
from edi837.claims.units import UNIT_BOUNDARY, UnitStream, refuse_other_than_professional_claims
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.engine import Engine
from edi837.engines.inputs import InputFile
from edi837.engines.refdata import RefdataFolder, open_reference
from edi837.engines.sources import CHUNK, Files, Source
from edi837.errors import SourceError
from edi837.index import FileIndex, FileScan, Run
from edi837.model import Claim, Finding
from edi837.reference import Reference
from edi837.results import FileResult, Summary, Tool
from edi837.rules import load_rules, rules_version
from edi837.settings import Settings
from edi837.tally import RegionResult, Tally
from edi837.x12.envelope import EnvelopeReader

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

_REGIONS_A_TASK = 8

Progress = Callable[[int, int], None]
"""(bytes done, claims seen)."""


def tool(settings: Settings, reference: Reference | None = None) -> Tool:
    """What a report names as its maker: versions of the program, the rules with these settings, and the tables."""
    editions = (reference or Reference.builtin()).editions()
    return Tool("edi837", __version__, rules_version(settings.rules(load_rules())), dict(editions))


class CheckRun:
    """One check of some inputs: iterate over it once for batches of findings in input order, then read the rest.

    With `jobs` above 1 the files of the first pass and the regions of the second are shared out among processes; the
    answer is the same. `progress` is told of the input's bytes, half of them done when the first pass is.
    """

    summary: Summary
    files: tuple[FileResult, ...]
    diagnostics: tuple[Diagnostic, ...]

    def __init__(
        self,
        inputs: Sequence[InputFile],
        settings: Settings,
        *,
        refdata: RefdataFolder | None = None,
        jobs: int = 1,
        progress: Progress | None = None,
    ) -> None:
        self.crashed = False
        """Whether a rule failed; each failure is a finding INT001 too."""
        self._inputs = inputs
        self._settings = settings
        self._refdata = refdata
        self._jobs = jobs
        self._progress = progress or (lambda done, claims: None)

    def __iter__(self) -> Iterator[list[Finding]]:
        with ExitStack() as stack:
            sources = [Source.of(item, stack) for item in self._inputs]
            engine = Engine(load_rules(), self._settings, open_reference(self._refdata))
            run = Run.of(self._scan(sources, engine.trigger()))
            tally = Tally(run)
            results = self._check_here(run, sources, engine) if self._jobs == 1 else self._check_apart(run, sources)
            for number, result in results:
                tally.add(number, result)
                if result.findings:
                    yield result.findings
            self.crashed = self.crashed or engine.crashed
            self.summary, self.files, self.diagnostics = tally.summary(), tally.files(), tally.diagnostics()

    def _scan(self, sources: Sequence[Source], trigger: Trigger) -> list[FileIndex]:
        """The first pass over every file."""
        indexes: list[FileIndex] = []
        with ExitStack() as stack:
            found: Iterable[FileIndex]
            if self._jobs > 1 and len(sources) > 1:
                pool = stack.enter_context(_pool(self._jobs))
                found = pool.map(_scan_file, sources, repeat(trigger))
            else:
                found = (_scan_file(source, trigger, self._scan_progress(indexes)) for source in sources)
            for index in found:
                indexes.append(index)
                self._scan_progress(indexes)(0, 0)
        self._claims = sum(index.claims for index in indexes)
        self._size = sum(index.size for index in indexes)
        return indexes

    def _scan_progress(self, indexes: Sequence[FileIndex]) -> Progress:
        size, claims = sum(index.size for index in indexes), sum(index.claims for index in indexes)
        return lambda done, seen: self._progress((size + done) // 2, claims + seen)

    def _check_here(self, run: Run, sources: Sequence[Source], engine: Engine) -> Iterator[tuple[int, RegionResult]]:
        done = self._size
        with Files(sources) as files:
            checker = RegionChecker(run, engine, files.read)
            for number, file in enumerate(run.files):
                for index, region in enumerate(file.regions):
                    yield number, checker.check(number, index)
                    done += region.size
                    self._progress(done // 2, self._claims)

    def _check_apart(self, run: Run, sources: Sequence[Source]) -> Iterator[tuple[int, RegionResult]]:
        """The second pass in worker processes; few tasks are out at a time, so that few results wait for their turn."""
        tasks = (
            (number, range(start, min(start + _REGIONS_A_TASK, len(file.regions))))
            for number, file in enumerate(run.files)
            for start in range(0, len(file.regions), _REGIONS_A_TASK)
        )
        done = self._size
        with _pool(self._jobs, partial(_start_worker, run, sources, self._settings, self._refdata)) as pool:
            out: deque[tuple[int, range, Future[tuple[list[RegionResult], bool]]]] = deque()
            for number, regions in tasks:
                out.append((number, regions, pool.submit(_check_regions, number, regions)))
                if len(out) < 2 * self._jobs:
                    continue
                yield from self._collect(out.popleft())
                done += sum(run.files[number].regions[index].size for index in regions)
                self._progress(done // 2, self._claims)
            while out:
                yield from self._collect(out.popleft())

    def _collect(
        self, task: tuple[int, range, Future[tuple[list[RegionResult], bool]]]
    ) -> Iterator[tuple[int, RegionResult]]:
        number, _, future = task
        results, crashed = future.result()
        self.crashed = self.crashed or crashed
        for result in results:
            yield number, result


def read_lines(
    inputs: Sequence[InputFile],
    *,
    on_diagnostic: Callable[[Diagnostic], None],
    progress: Progress | None = None,
) -> Iterator[list[Claim]]:
    """Every claim of the inputs, in batches, in input order; each file is read once, as it streams."""
    done = claims = 0
    for item in inputs:
        envelope = EnvelopeReader(item.name, refuse_other_than_professional_claims, UNIT_BOUNDARY)
        stream, reader = UnitStream(), ClaimReader(item.name)
        try:
            for chunk in chain(_chunks(item), [None]):
                for region in envelope.close() if chunk is None else envelope.feed(chunk):
                    if not region.oversized:
                        batch = [claim for unit in stream.units(region) for claim in reader.claims(unit)]
                        claims += len(batch)
                        yield batch
                for found in _taken(envelope.diagnostics) + _taken(reader.diagnostics):
                    on_diagnostic(found)
                done += len(chunk or b"")
                if progress:
                    progress(done, claims)
        except SourceError as error:
            on_diagnostic(diagnostic("X107", str(error), item.name))


def _taken(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    taken = diagnostics[:]
    diagnostics.clear()
    return taken


def _chunks(item: InputFile) -> Iterator[bytes]:
    with item.open() as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _scan_file(source: Source, trigger: Trigger, progress: Progress | None = None) -> FileIndex:
    """The first pass over one file. A file that breaks off on the way keeps what was read, with a diagnostic."""
    scan = FileScan(source.name, trigger)
    error, done = None, 0
    try:
        for done in source.feed(scan.feed):
            if progress:
                progress(done, scan.claims)
    except OSError as failure:
        error = failure
    index = scan.close()
    failed = source.failed(error, done)
    if failed:
        # A file that could not be opened is not an empty one.
        index.diagnostics = [found for found in index.diagnostics if found.code != "X100"] + [failed]
    return index


def _pool(jobs: int, start: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    # Imported where they are used: one process needs neither, and they take a twentieth of a small check's time.
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned, not forked: forking beside the progress display's thread may hang, and a fresh process is smaller.
    return ProcessPoolExecutor(jobs, get_context("spawn"), start)


_checker: RegionChecker


def _start_worker(run: Run, sources: Sequence[Source], settings: Settings, refdata: RefdataFolder | None) -> None:
    """Gives a worker process its checker, once."""
    global _checker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    _checker = RegionChecker(run, Engine(load_rules(), settings, open_reference(refdata)), Files(sources).read)


def _check_regions(number: int, regions: range) -> tuple[list[RegionResult], bool]:
    return [_checker.check(number, index) for index in regions], _checker.engine.crashed
