"""Checks files on this machine: in this process, or in a pool of them over files and regions.

Input that can be read only once, or is compressed, is spooled first (`edi837.engines.sources`), since the check reads
it twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from edi837 import __version__
from edi837.baseline import Baseline
from edi837.billed import BilledChecker
from edi837.check import RegionChecker
from edi837.claims.trigger import Trigger
from edi837.diagnostics import Diagnostic
from edi837.engine import Engine
from edi837.engines.inputs import InputFile
from edi837.engines.refdata import RefdataFolder, open_reference
from edi837.engines.scan import Progress, scan_file
from edi837.engines.sources import Files, Source
from edi837.index import FileIndex, Run
from edi837.model import Finding
from edi837.reference import Reference
from edi837.results import FileResult, Summary, Tool
from edi837.rules import load_rules, rules_version
from edi837.settings import Settings
from edi837.suppression import Suppressor, open_engine
from edi837.tally import RegionResult, Tally

if TYPE_CHECKING:
    from edi837.engines.workers import Workers


def tool(settings: Settings, reference: Reference | None = None) -> Tool:
    """What a report names as its maker: versions of the program, the rules with these settings, and the tables."""
    editions = (reference or Reference.builtin()).editions()
    return Tool("edi837", __version__, rules_version(settings.rules(load_rules())), dict(editions))


class CheckRun:
    """One check of some inputs: iterate over it once for batches of findings in input order, then read the rest.

    With `jobs` above 1 the files of the first pass and the regions of the second are shared out among processes; the
    answer is the same. With `billed` each finding is a `BilledFinding`. `progress` is told of the input's bytes, half
    of them done when the first pass is.
    """

    summary: Summary
    files: tuple[FileResult, ...]
    diagnostics: tuple[Diagnostic, ...]
    baseline: Baseline
    """The suppressor's baseline, with the findings of this run where it is adding to it."""

    def __init__(
        self,
        inputs: Sequence[InputFile],
        settings: Settings,
        *,
        suppressor: Suppressor | None = None,
        refdata: RefdataFolder | None = None,
        billed: bool = False,
        jobs: int = 1,
        progress: Progress | None = None,
    ) -> None:
        self.crashed = False
        """Whether a rule failed; each failure is a finding INT001 too."""
        self._inputs = inputs
        self._settings = settings
        self._suppressor = suppressor
        self._refdata = refdata
        self._checker = BilledChecker if billed else RegionChecker
        self._jobs = jobs
        self._progress = progress or (lambda done, claims: None)

    def __iter__(self) -> Iterator[list[Finding]]:
        with ExitStack() as stack:
            sources = [Source.of(item, stack) for item in self._inputs]
            workers = None
            if self._jobs > 1:
                # Imported where it is used: one process needs no pool, and it takes a tenth of a small check's time.
                from edi837.engines.workers import Job, Workers

                job = Job(sources, self._settings, self._suppressor, self._refdata, self._checker)
                workers = stack.enter_context(Workers(self._jobs, job))
            engine = open_engine(load_rules(), self._settings, open_reference(self._refdata), self._suppressor)
            run = Run.of(self._scan(sources, engine.trigger(), workers))
            tally = Tally(run, self._suppressor)
            results = self._check_here(run, sources, engine) if workers is None else self._check_apart(run, workers)
            for number, result in results:
                tally.add(number, result)
                if result.findings:
                    yield result.findings
            self.crashed = self.crashed or engine.crashed
            self.summary, self.files, self.diagnostics = tally.summary(), tally.files(), tally.diagnostics()
            self.baseline = tally.suppressed.baseline()

    def _scan(self, sources: Sequence[Source], trigger: Trigger, workers: Workers | None) -> list[FileIndex]:
        """The first pass over every file."""
        indexes: list[FileIndex] = []
        found: Iterable[FileIndex]
        if workers is None:
            found = (scan_file(source, trigger, self._scan_progress(indexes)) for source in sources)
        else:
            found = workers.scan(lambda: self._scan_progress(indexes))
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
            checker = self._checker(run, engine, files.read)
            for number, file in enumerate(run.files):
                for index, region in enumerate(file.regions):
                    yield number, checker.check(number, index)
                    done += region.size
                    self._progress(done // 2, self._claims)

    def _check_apart(self, run: Run, workers: Workers) -> Iterator[tuple[int, RegionResult]]:
        """The second pass in worker processes."""
        done = self._size
        for number, index, result, crashed in workers.check(run):
            self.crashed = self.crashed or crashed
            yield number, result
            done += run.files[number].regions[index].size
            self._progress(done // 2, self._claims)
