"""Has the files of a run judged by pyx12, in worker processes, and makes the 999.

pyx12 judges 300 to 450 claims a second, so a file is cut into stretches that are judged side by side; their findings
come out in file order. A worker that takes too long or dies costs the stretch that it was at, and nothing else.
"""

from __future__ import annotations

import heapq
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from decimal import Decimal
from itertools import chain, islice
from types import FrameType
from typing import NamedTuple

from msgspec import structs

from edi837 import __version__
from edi837.conformance.acknowledge import Acknowledgement
from edi837.conformance.findings import findings
from edi837.conformance.outline import Outline
from edi837.conformance.stretch import Stretch
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.engines.inputs import InputFile
from edi837.engines.local import CheckRun
from edi837.engines.pool import process_pool
from edi837.engines.scan import Progress
from edi837.engines.sources import CHUNK, Source
from edi837.errors import SourceError
from edi837.model import Finding, Severity
from edi837.results import FileResult, FindingCounts, Summary, Tool
from edi837.rules import rules_version

PATIENCE = 60.0
"""Seconds that any stretch may take; a long one gets more."""

_SLOWEST = 500
"""Segments a second, a twentieth of the usual: what a long stretch gets."""

_BATCH = 256


def judged_by_pyx12(tool: Tool) -> Tool:
    """The maker of a report with conformance findings, which names the version of pyx12 as a table."""
    from importlib.metadata import version

    return structs.replace(tool, reference=tool.reference | {"pyx12": version("pyx12")})


def validation_tool() -> Tool:
    """What a report of nothing but conformance names as its maker."""
    return judged_by_pyx12(Tool("edi837", __version__, rules_version(()), {}))


class Judged(NamedTuple):
    """What a worker says of a stretch."""

    findings: list[Finding]
    diagnostics: list[Diagnostic]
    """Where pyx12 failed: what they are about was not judged."""


class ConformanceRun:
    """One conformance check of some inputs: iterate over it once for batches of findings in input order.

    `summary`, `files` and `diagnostics` hold afterwards. `acknowledge` takes the 999 as it comes: it answers for the
    input only where `complete` is true at the end.
    """

    summary: Summary
    files: tuple[FileResult, ...]
    diagnostics: tuple[Diagnostic, ...]

    def __init__(
        self,
        inputs: Sequence[InputFile],
        *,
        jobs: int = 1,
        progress: Progress | None = None,
        acknowledge: Callable[[bytes], object] | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._inputs = inputs
        self._jobs = jobs
        self._progress = progress or (lambda done, claims: None)
        self._acknowledge = acknowledge
        self.answered = False
        """Whether the 999 answers every transaction set."""
        self._patience = patience
        self._outlines = [Outline(item.name) for item in inputs]
        self._failed: list[list[Diagnostic]] = [[] for _ in inputs]
        self._owners: deque[int] = deque()
        self._done = 0

    @property
    def complete(self) -> bool:
        """Whether everything was judged that was there to be judged."""
        return bool(self.summary.checked) and not any(item.severity is Severity.ERROR for item in self.diagnostics)

    def __iter__(self) -> Iterator[list[Finding]]:
        acknowledgement = Acknowledgement()
        claims = unjudged = errors = 0
        for stretch, judged in _judge_all(self._stretches(), self._jobs, self._patience):
            self._failed[self._owners.popleft()] += judged.diagnostics
            claims += stretch.claims
            unjudged += stretch.claims if judged.diagnostics else 0
            errors += len(judged.findings)
            self._answer(acknowledgement.take(stretch, judged.findings))
            self._progress(self._done, claims)
            if judged.findings:
                yield judged.findings
        self._answer(acknowledgement.close())
        self.answered = self.answered and acknowledgement.whole
        outlines = self._outlines
        said = [
            sorted([*outline.diagnostics, *failed], key=lambda item: (item.offset or 0, item.code))
            for outline, failed in zip(outlines, self._failed, strict=True)
        ]
        self.diagnostics = tuple(chain.from_iterable(said))
        self.files = tuple(map(_file_result, outlines, said))
        self.summary = Summary(
            files=len(outlines),
            interchanges=sum(outline.interchanges for outline in outlines),
            transactions=sum(outline.transactions for outline in outlines),
            claims=claims,
            checked=claims - unjudged,
            not_applicable=0,
            unreadable=unjudged,
            findings=FindingCounts(error=errors),
            suppressed=0,
            at_risk=Decimal(0),
        )

    def _answer(self, data: bytes) -> None:
        if self._acknowledge and data:
            self.answered = True
            self._acknowledge(data)

    def _stretches(self) -> Iterator[Stretch]:
        """The stretches of every file, each read once as it streams."""
        for number, (item, outline) in enumerate(zip(self._inputs, self._outlines, strict=True)):
            for chunk in self._chunks(number, item):
                for stretch in outline.feed(chunk) if chunk else outline.close():
                    self._owners.append(number)
                    yield stretch
                self._done += len(chunk)

    def _chunks(self, number: int, item: InputFile) -> Iterator[bytes]:
        """The chunks of a file and at its end an empty one; where it cannot be read on, that is its end."""
        come = 0
        try:
            with item.open() as stream:
                while chunk := stream.read(CHUNK):
                    yield chunk
                    come += len(chunk)
        except (SourceError, OSError) as error:
            reason = str(error) if isinstance(error, SourceError) else (error.strerror or "cannot be read").lower()
            self._failed[number].append(diagnostic("X107", reason, item.name, None, come))
            if not come:
                return
        yield b""

    def along(self, check: CheckRun) -> Iterator[list[Finding]]:
        """The findings of a check of the same inputs and of this run, in input order.

        At the end the check's figures cover both.
        """
        order = {item.name: number for number, item in enumerate(self._inputs)}
        streams = (chain.from_iterable(run) for run in (check, self))
        found = heapq.merge(*streams, key=lambda item: (order[item.file], item.offset))
        while batch := list(islice(found, _BATCH)):
            yield batch
        self._add_to(check)

    def _add_to(self, check: CheckRun) -> None:
        failed = tuple(item for item in self.diagnostics if item.code == "X501")
        reasons = {item.file: f"{item.code} {item.message}" for item in reversed(failed)}
        counts = check.summary.findings
        check.diagnostics += failed
        check.files = tuple(
            structs.replace(file, status="partial", reason=reasons[file.file])
            if file.status == "ok" and file.file in reasons
            else file
            for file in check.files
        )
        error = counts.error + self.summary.findings.error
        check.summary = structs.replace(check.summary, findings=structs.replace(counts, error=error))


def _file_result(outline: Outline, said: Sequence[Diagnostic]) -> FileResult:
    name, claims = outline.file, outline.claims
    errors = [item for item in said if item.severity is Severity.ERROR]
    if errors:
        status = "partial" if claims else "unreadable"
        return FileResult(name, status, f"{errors[0].code} {errors[0].message}", claims)
    if claims:
        return FileResult(name, "ok", "", claims)
    passed_over = next((item.message for item in said if item.code in ("X401", "X402")), "")
    return FileResult(name, "skipped", passed_over or "no claim or claim payment in it", 0)


# With a check ---------------------------------------------------------------------------------------------------------


def read_twice(inputs: Sequence[InputFile], stack: ExitStack) -> list[InputFile]:
    """The same inputs, with a spooled copy for each that can be read only once; the copies go with the stack."""
    return [_spooled(item, stack) for item in inputs]


def _spooled(item: InputFile, stack: ExitStack) -> InputFile:
    if item.path is not None:
        return item
    source = Source.of(item, stack)
    # One that breaks off is read again as it is, and breaks off again.
    return item if source.failure else InputFile(item.name, source.path, None, os.path.getsize(source.path))


# Workers --------------------------------------------------------------------------------------------------------------


def _judge_all(stretches: Iterator[Stretch], jobs: int, patience: float) -> Iterator[tuple[Stretch, Judged]]:
    """Each stretch with what was found, in order; few are out at a time, so that few wait for their turn."""
    out: deque[tuple[Stretch, Future[Judged] | None]] = deque()
    pool = process_pool(jobs)
    try:
        more = True
        while more or out:
            while more and len(out) < 2 * jobs:
                stretch = next(stretches, None)
                more = stretch is not None
                if stretch is not None:
                    out.append((stretch, _submit(pool, stretch, patience)))
            if not out:
                return
            stretch, future = out.popleft()
            judged = _result(future)
            if judged is None:
                # Any of those that were out may have brought the worker down: this one is tried by itself.
                pool.shutdown(wait=False, cancel_futures=True)
                judged = _alone(stretch, patience)
                pool = process_pool(jobs)
                out = deque((waiting, _submit(pool, waiting, patience)) for waiting, _ in out)
            yield stretch, judged
    finally:
        pool.shutdown(cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, stretch: Stretch, patience: float) -> Future[Judged] | None:
    try:
        return pool.submit(_judge, stretch, patience)
    except BrokenProcessPool:
        return None


def _result(future: Future[Judged] | None) -> Judged | None:
    """What a worker said, None where it died."""
    try:
        return future.result() if future is not None else None
    except BrokenProcessPool:
        return None


def _alone(stretch: Stretch, patience: float) -> Judged:
    with process_pool(1) as pool:
        judged = _result(_submit(pool, stretch, patience))
    return judged or _not_judged(stretch, "the process that judged it broke down")


class _TimeUpError(BaseException):
    """The patience with a stretch is over. No Exception, so that nobody on the way catches it."""


def _time_up(number: int, frame: FrameType | None) -> None:
    raise _TimeUpError


def _judge(stretch: Stretch, patience: float) -> Judged:
    """A worker's task."""
    # Here, so that only the workers pay for pyx12.
    from edi837.conformance.judge import Failure, judge

    seconds = patience + len(stretch.segments) / _SLOWEST if patience >= 1 else patience
    signal.signal(signal.SIGALRM, _time_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        found = list(judge(stretch))
    except _TimeUpError:
        return _not_judged(stretch, f"judging it took more than {seconds:.0f} s")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    faults = [item for item in found if not isinstance(item, Failure)]
    failed = [
        diagnostic(
            "X501",
            f"pyx12 failed at this segment ({item.kind}): it was not judged",
            stretch.file,
            item.at.file_segment,
            item.at.offset,
        )
        for item in found
        if isinstance(item, Failure)
    ]
    return Judged(findings(stretch, faults), failed)


def _not_judged(stretch: Stretch, why: str) -> Judged:
    first = stretch.segments[0]
    count = len(stretch.segments)
    message = f"{why}: {count:,} segments from here on were not judged"
    failed = diagnostic("X501", message, stretch.file, first.file_segment, first.offset)
    return Judged(findings(stretch, ()), [failed])
