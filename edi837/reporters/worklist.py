"""What a biller works through: each problem with what its line bills, and the money that hangs on it, counted once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from edi837.model import BilledFinding, Finding, Severity
from edi837.reporters.base import printable, suppressed
from edi837.reporters.full import expected_denials
from edi837.results import FileResult, Summary

_ZERO = Decimal(0)


class Problem(NamedTuple):
    """One row of a worklist: a finding in the biller's words. Texts come from a claim and may hold anything."""

    claim: str
    line: str
    payer: str
    service_date: date | None
    procedure: str
    modifiers: str
    units: Decimal | None
    charge: Decimal
    severity: Severity
    code: str
    problem: str
    to_do: str
    expected: str
    at_risk: Decimal
    """The charge where this is the first error that puts it at risk, else 0: the column adds up."""
    file: str
    segment: int
    """Position in the file of the segment, the first ISA being 1."""
    suppressed: str | None
    claim_number: int
    """Which claim of the list it belongs to, counted from 1; the problems of one stand together."""


class Worklist:
    """Makes the problems of findings that come in input order, each claim's together."""

    def __init__(self) -> None:
        self._claim: object = None
        self._claims = 0
        self._counted: set[tuple[str | None, Decimal]] = set()

    def problem(self, finding: Finding) -> Problem:
        """The row of the next finding."""
        billed = finding if isinstance(finding, BilledFinding) else None
        claim = (finding.file, finding.transaction, finding.claim, billed and billed.claim_offset)
        if claim != self._claim:
            self._claim = claim
            self._claims += 1
            self._counted.clear()
        return Problem(
            claim=printable(finding.claim),
            line=printable(finding.line or ""),
            payer=printable(finding.payer),
            service_date=finding.service_date,
            procedure=printable(billed.procedure) if billed else "",
            modifiers=printable(" ".join(billed.modifiers)) if billed else "",
            units=billed.units if billed else None,
            charge=finding.charge,
            severity=finding.severity,
            code=finding.code,
            problem=printable(finding.message + suppressed(finding)),
            to_do=printable(finding.fix),
            expected=expected_denials(finding),
            at_risk=self._at_risk(finding),
            file=printable(finding.file),
            segment=finding.file_segment,
            suppressed=None if finding.suppressed is None else printable(finding.suppressed),
            claim_number=self._claims,
        )

    def _at_risk(self, finding: Finding) -> Decimal:
        """As in the summary of a run: a claim's charge, or those of its lines with an error, each line once.

        The findings of a whole claim come before those of its lines.
        """
        if finding.severity is not Severity.ERROR or finding.suppressed is not None:
            return _ZERO
        key = (finding.line, finding.charge)
        if key in self._counted or any(line is None for line, _ in self._counted):
            return _ZERO
        self._counted.add(key)
        return finding.charge


class Total:
    """The problems of one payer, or of one rule, added up."""

    def __init__(self) -> None:
        self.claims = self.errors = self.warnings = self.infos = 0
        self.at_risk = _ZERO
        self._claim = 0

    @property
    def problems(self) -> int:
        """All of them, whatever their severity."""
        return self.errors + self.warnings + self.infos

    def add(self, problem: Problem) -> None:
        """Counts one problem, unless it is suppressed; those of a claim come together."""
        if problem.suppressed is not None:
            return
        if problem.claim_number != self._claim:
            self._claim = problem.claim_number
            self.claims += 1
        if problem.severity is Severity.ERROR:
            self.errors += 1
        elif problem.severity is Severity.WARNING:
            self.warnings += 1
        else:
            self.infos += 1
        self.at_risk += problem.at_risk

    @classmethod
    def of(cls, totals: Iterable[Total]) -> Total:
        """The sum of some totals."""
        found = cls()
        for total in totals:
            found.claims += total.claims
            found.errors += total.errors
            found.warnings += total.warnings
            found.infos += total.infos
            found.at_risk += total.at_risk
        return found


def not_checked(summary: Summary, files: Iterable[FileResult]) -> Iterator[str]:
    """A sentence for each file that was not read whole, and one where no claim was checked."""
    for file in files:
        if file.status in ("partial", "unreadable"):
            yield f"Not all was checked: {file.file}: {file.status}: {file.reason}"
    if not summary.checked:
        yield "No claim was checked: this report finds no fault, and calls nothing clean"
