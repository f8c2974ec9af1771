"""The figures of a run, added up from its regions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from edi837.diagnostics import Diagnostic
from edi837.index import FileIndex, Run
from edi837.model import Finding, Severity
from edi837.results import FileResult, FindingCounts, Summary
from edi837.suppression import Suppressed, Suppressor

_ZERO = Decimal(0)


class RegionResult(msgspec.Struct, gc=False):
    """The second pass over one region."""

    findings: list[Finding]
    diagnostics: list[Diagnostic]
    claims: int
    """Claims of the region, looked at or not."""
    checked: int
    unreadable: int
    at_risk: Decimal


class Tally:
    """Adds up region results, in input order, to the figures of the run."""

    def __init__(self, run: Run, suppressor: Suppressor | None = None) -> None:
        self._run = run
        self.suppressed = Suppressed(suppressor)
        self._errors = self._warnings = self._infos = 0
        self._checked = self._unreadable = 0
        self._at_risk = _ZERO
        self._diagnostics: list[list[Diagnostic]] = [list(file.diagnostics) for file in run.files]

    def add(self, file_number: int, result: RegionResult) -> None:
        """Counts one region of a file."""
        for finding in result.findings:
            if finding.suppressed is not None:
                self.suppressed.add(finding)
            elif finding.severity is Severity.ERROR:
                self._errors += 1
            elif finding.severity is Severity.WARNING:
                self._warnings += 1
            else:
                self._infos += 1
        self._checked += result.checked
        self._unreadable += result.unreadable
        self._at_risk += result.at_risk
        self._diagnostics[file_number].extend(result.diagnostics)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All diagnostics, by file and place, and behind them those of the suppressions."""
        of_files = (item for found in self._diagnostics for item in sorted(found, key=_by_place))
        return (*of_files, *self.suppressed.diagnostics())

    def files(self) -> tuple[FileResult, ...]:
        """What became of each file."""
        return tuple(_file_result(file, found) for file, found in zip(self._run.files, self._diagnostics, strict=True))

    def summary(self) -> Summary:
        """The figures of the run."""
        files = self._run.files
        claims = sum(file.claims for file in files)
        unreadable = self._unreadable + sum(file.lost for file in files)
        return Summary(
            files=len(files),
            interchanges=sum(file.interchanges for file in files),
            transactions=sum(file.transactions for file in files),
            claims=claims,
            checked=self._checked,
            not_applicable=claims - self._checked - unreadable,
            unreadable=unreadable,
            findings=FindingCounts(self._errors, self._warnings, self._infos),
            suppressed=self.suppressed.count,
            at_risk=self._at_risk,
        )


def _by_place(item: Diagnostic) -> tuple[int, str]:
    return item.offset or 0, item.code


def _file_result(file: FileIndex, diagnostics: Sequence[Diagnostic]) -> FileResult:
    errors = [item for item in diagnostics if item.severity is Severity.ERROR]
    if errors:
        status = "partial" if file.claims else "unreadable"
        return FileResult(file.file, status, f"{errors[0].code} {errors[0].message}", file.claims)
    if file.claims:
        return FileResult(file.file, "ok", "", file.claims)
    skipped = next((item for item in diagnostics if item.code in ("X401", "X402")), None)
    reason = (
        skipped.message
        if skipped
        else "no claim in its transaction sets"
        if file.transactions
        else "no transaction set"
    )
    return FileResult(file.file, "skipped", reason, 0)
