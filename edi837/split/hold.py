"""Which claims leave the batch: those with a finding at or above a level, and those that could not be read whole."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from hashlib import blake2b

from edi837.billed import billed
from edi837.check import ClaimVerdict, Read, RegionChecker
from edi837.diagnostics import Diagnostic
from edi837.engine import Engine
from edi837.index import Run
from edi837.model import Claim, Finding, Severity
from edi837.tally import RegionResult

UNREADABLE = "claim-not-read-whole"
"""The name of the finding that says why a claim is held that no rule could be sure about."""

_OBSTACLES = frozenset({"X208", "X210"})
"""Warnings of the reader that are more to a split: where an envelope does not close or a segment stands outside it,
claims may be missing, and neither output could say so."""

_ORPHANS = "C107"
"""Service lines under no claim: whose they are, nobody knows."""


class HoldingChecker(RegionChecker):
    """The second pass of a check that notes which claims leave the batch, and why."""

    def __init__(self, run: Run, engine: Engine, read: Read, hold_on: Severity, *, bills: bool = False) -> None:
        """With `bills` each finding of a held claim is a `BilledFinding`."""
        super().__init__(run, engine, read)
        self.held = [array("Q") for _ in run.files]
        """Of each file, the byte offsets of the CLM segments of the held claims, ascending."""
        self.obstacles = [found for file in run.files for found in file.diagnostics if _stops(found)]
        """Why the batch cannot be split: something of it was lost, or belongs to no claim."""
        self._hold_on = hold_on
        self._bills = bills
        self._leaving: list[ClaimVerdict] = []

    def visit(self, file_number: int, region_number: int) -> Iterator[ClaimVerdict]:
        """The claims of one region that need a look; those that leave the batch are noted."""
        held = self.held[file_number]
        for verdict in super().visit(file_number, region_number):
            if self._leaves(verdict):
                if self._bills:
                    verdict = verdict._replace(findings=[billed(item, verdict.claim) for item in verdict.findings])
                held.append(verdict.claim.offset)
                self._leaving.append(verdict)
            yield verdict

    def hold(self, file_number: int, region_number: int) -> RegionResult:
        """The result of one region, with only the findings of the claims that leave the batch and suppressed ones.

        A claim that could not be read whole has a finding for each reason.
        """
        self._leaving.clear()
        result = self.check(file_number, region_number)
        found = sorted(filter(_stops, result.diagnostics), key=_offset)
        errors = deque(item for item in found if item.code != _ORPHANS)
        self.obstacles += [item for item in found if item.code == _ORPHANS]
        findings: list[Finding] = []
        for verdict in self._leaving:
            claim = verdict.claim
            while errors and _offset(errors[0]) < claim.offset:
                self.obstacles.append(errors.popleft())
            unread: list[Finding] = []
            while errors and _offset(errors[0]) < claim.offset + len(claim.raw):
                unread.append(_unreadable(errors.popleft(), claim))
            findings += [billed(finding, claim) for finding in unread] if self._bills else unread
            findings += verdict.findings
        self.obstacles += errors
        known = {id(finding) for finding in findings}
        result.findings = findings + [
            finding for finding in result.findings if finding.suppressed is not None and id(finding) not in known
        ]
        return result

    def _leaves(self, verdict: ClaimVerdict) -> bool:
        """Whether a claim is held; one that could not be read is never called clean."""
        return verdict.damaged or any(
            finding.suppressed is None and finding.severity.reaches(self._hold_on) for finding in verdict.findings
        )


def _stops(found: Diagnostic) -> bool:
    return found.severity is Severity.ERROR or found.code in _OBSTACLES


def _offset(found: Diagnostic) -> int:
    assert found.offset is not None
    return found.offset


def _unreadable(reason: Diagnostic, claim: Claim) -> Finding:
    """The finding that a claim could not be read whole, in place of a diagnostic that not every report has."""
    assert reason.segment is not None
    rest = claim.raw[_offset(reason) - claim.offset + claim.raw.find(b"CLM") :]
    identity = f"{reason.code}|{claim.id}|{reason.message}"
    return Finding(
        code=reason.code,
        name=UNREADABLE,
        severity=Severity.ERROR,
        category="reading",
        claim=claim.id,
        line=None,
        loop="2300",
        element="",
        file=claim.origin.file,
        interchange=claim.origin.interchange,
        transaction=claim.origin.transaction,
        segment=claim.segment + reason.segment - claim.file_segment,
        file_segment=reason.segment,
        offset=_offset(reason),
        length=len(rest.split(claim.origin.terminator.encode("latin-1"), 1)[0]),
        payer=claim.payer.id,
        service_date=None,
        charge=claim.charge,
        message=reason.message,
        fix=reason.cure,
        predicts=(),
        partners=(),
        fingerprint=blake2b(identity.encode(), digest_size=8).hexdigest(),
    )
