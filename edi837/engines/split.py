"""Splits batches: a check that decides which claims are held, and a third pass that cuts the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from edi837.diagnostics import Diagnostic
from edi837.engine import CRASH, Engine
from edi837.engines.inputs import InputFile, reason
from edi837.engines.refdata import RefdataFolder, open_reference
from edi837.engines.scan import Progress, scan_file
from edi837.engines.sources import Files, Source
from edi837.errors import SourceError
from edi837.index import FileIndex, Run
from edi837.model import Finding, Severity
from edi837.results import FileResult, Summary
from edi837.rules import load_rules
from edi837.settings import Settings
from edi837.split.cut import Cutter
from edi837.split.hold import HoldingChecker
from edi837.split.part import Part
from edi837.suppression import Suppressor, open_engine
from edi837.tally import Tally


class SplitRun:
    """One split of some inputs: go through `decide` once, read what it found, and then `cut`.

    With `billed` each finding is a `BilledFinding`. `progress` is told of the input's bytes, once for each of the
    three passes over them.
    """

    summary: Summary
    """The figures of the check, with the findings of the held claims only."""
    files: tuple[FileResult, ...]
    diagnostics: tuple[Diagnostic, ...]
    obstacles: tuple[Diagnostic, ...]
    """Why the batch cannot be split; there are none where it can."""
    crashed: tuple[str, ...]
    """The rules that failed, by name."""
    refused: bool
    """Whether something was met on cutting that keeps claims from being taken apart."""

    def __init__(
        self,
        inputs: Sequence[InputFile],
        settings: Settings,
        hold_on: Severity,
        *,
        suppressor: Suppressor | None = None,
        refdata: RefdataFolder | None = None,
        billed: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self._inputs = inputs
        self._settings = settings
        self._hold_on = hold_on
        self._suppressor = suppressor
        self._refdata = refdata
        self._billed = billed
        self._progress = progress or (lambda done, claims: None)
        self._stack = ExitStack()
        self._done = self._claims = 0

    def __enter__(self) -> SplitRun:
        return self

    def __exit__(self, *failure: object) -> None:
        self._stack.close()

    def decide(self) -> Iterator[list[Finding]]:
        """The findings of the claims that are held, and suppressed ones, in batches and in input order."""
        self._sources = [Source.of(item, self._stack) for item in self._inputs]
        engine = open_engine(load_rules(), self._settings, open_reference(self._refdata), self._suppressor)
        run = Run.of([self._scan(source, engine) for source in self._sources])
        tally = Tally(run, self._suppressor)
        crashed: set[str] = set()
        with Files(self._sources) as files:
            checker = HoldingChecker(run, engine, files.read, self._hold_on, bills=self._billed)
            for number, file in enumerate(run.files):
                done = 0
                for index, region in enumerate(file.regions):
                    result = checker.hold(number, index)
                    tally.add(number, result)
                    crashed.update(finding.name for finding in result.findings if finding.code == CRASH)
                    if result.findings:
                        yield result.findings
                    done += region.size
                    self._progress(self._done + done, self._claims)
                self._advance(file.size)
        self._held = checker.held
        self.summary, self.files, self.diagnostics = tally.summary(), tally.files(), tally.diagnostics()
        self.obstacles = tuple(checker.obstacles)
        self.crashed = tuple(sorted(crashed))

    def cut(
        self,
        write_clean: Callable[[bytes], object],
        write_held: Callable[[bytes], object],
        on_diagnostic: Callable[[Diagnostic], None],
        *,
        held_control_number: int | None = None,
    ) -> tuple[Part, Part]:
        """Writes every claim to one of two batches, and gives the clean and the held one with their figures.

        What is written is not to be used where it is `refused`: a diagnostic says why. Raises `SourceError` where the
        claims do not add up to those that were checked.
        """
        self.refused = False

        def tell(found: Diagnostic) -> None:
            self.refused = self.refused or found.severity is Severity.ERROR
            on_diagnostic(found)

        parts = Part(write_clean), Part(write_held, held_control_number)
        for source, offsets in zip(self._sources, self._held, strict=True):
            cutter = Cutter(source.name, offsets, *parts, tell)
            done = 0
            try:
                for done in source.feed(cutter.feed):
                    self._progress(self._done + done, self._claims)
            except OSError as error:
                raise SourceError(f"{source.name}: {reason(error)}") from None
            cutter.close()
            self._advance(done)
        clean, held = parts
        kept = sum(map(len, self._held))
        if not self.refused and (clean.claims + held.claims, held.claims) != (self._claims, kept):
            raise SourceError(
                f"{self._claims:,} claims were checked and {kept:,} of them held, but "
                f"{clean.claims + held.claims:,} and {held.claims:,} were written: has a file changed meanwhile?"
            )
        return parts

    def _scan(self, source: Source, engine: Engine) -> FileIndex:
        """The first pass over one file."""
        index = scan_file(source, engine.trigger(), lambda done, seen: self._progress(self._done + done, seen))
        self._claims += index.claims
        self._advance(index.size)
        return index

    def _advance(self, size: int) -> None:
        self._done += size
        self._progress(self._done, self._claims)
