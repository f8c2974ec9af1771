"""The check of a run in two passes over bytes: first who needs a look, then the look.

The first pass (`edi837.index`) finds the subscribers with a procedure that a rule speaks about, and keeps flat arrays
of a few bytes a subscriber; it knows which of those subscribers come up more than once, in any file. The second pass
(`RegionChecker`) reads the regions again, parses the subscribers that matter, and checks each patient's encounters
across all places where the patient stands. Findings come out in input order, whoever does the work and in whatever
order. Nothing here opens a file: bytes come from a `read(file, offset, size)` that the caller gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec
from msgspec import structs

from edi837.claims.parse import ClaimReader
from edi837.claims.units import RegionUnits, Unit
from edi837.diagnostics import Diagnostic
from edi837.engine import Engine, Verdict
from edi837.index import FileScan, Run
from edi837.model import Claim, Finding, Severity
from edi837.reference import Reference
from edi837.results import FileResult, Summary
from edi837.rules import load_rules
from edi837.settings import Settings
from edi837.suppression import Suppressor, open_engine
from edi837.tally import RegionResult, Tally
from edi837.x12.envelope import WINDOW

Read = Callable[[int, int, int], bytes]
"""(number of the file, byte offset, size) -> the bytes."""


class ClaimVerdict(NamedTuple):
    """A claim that was looked at."""

    claim: Claim
    findings: list[Finding]
    """In the order of its lines and of the codes."""
    checked: bool
    """Whether a rule could speak about it."""
    damaged: bool
    """Whether it could not be read whole."""


_Place = tuple[int, int, int]
"""Number of the file, of the region in it and of the unit in the region."""


class RegionChecker:
    """The second pass: checks regions of a run, one after the other or some of them."""

    def __init__(self, run: Run, engine: Engine, read: Read) -> None:
        self.engine = engine
        self._run = run
        self._read = read
        self._readers = [ClaimReader(file.file) for file in run.files]
        # For units that are read out of their turn: what is wrong with them is reported in their turn.
        self._apart = [ClaimReader(file.file) for file in run.files]
        self._places: dict[int, list[_Place]] = {}
        for number, file in enumerate(run.files):
            for index, region in enumerate(file.regions):
                for unit in run.repeated_in(region):
                    self._places.setdefault(region.members[unit], []).append((number, index, unit))
        self._verdicts: dict[int, dict[_Place, Verdict]] = {}

    def check(self, file_number: int, region_number: int) -> RegionResult:
        """The findings of one region in input order, with what was found wrong in the claims looked at."""
        result = RegionResult([], [], self._run.files[file_number].regions[region_number].claims, 0, 0, _ZERO)
        for verdict in self.visit(file_number, region_number):
            if verdict.damaged:
                result.unreadable += 1
            elif verdict.checked:
                result.checked += 1
            if verdict.findings:
                result.findings += verdict.findings
                result.at_risk += at_risk(verdict.claim, verdict.findings)
        diagnostics = self._readers[file_number].diagnostics
        result.diagnostics = diagnostics[:]
        diagnostics.clear()
        return result

    def visit(self, file_number: int, region_number: int) -> Iterator[ClaimVerdict]:
        """The claims of one region that need a look, in input order, with their findings."""
        region = self._run.files[file_number].regions[region_number]
        repeated = set(self._run.repeated_in(region))
        numbers: Sequence[int] = region.triggered
        last = len(region.starts) - 1 if region.cut_off else -1
        if last >= 0 and last not in numbers:
            numbers = [*numbers, last]
        if repeated:
            numbers = sorted(repeated.union(numbers))
        if not numbers:
            return
        data = self._read(file_number, region.offset, region.size)
        billing = self._read(file_number, region.billing_offset, region.billing_size) if region.billing_size else b""
        reader = self._readers[file_number]
        for number, unit in region.units(data, 0, numbers, billing):
            claims = reader.claims(unit)
            damaged = reader.damaged
            if number == last and claims:
                damaged.add(len(claims) - 1)
            if number in repeated:
                verdict = self._repeated(region.members[number], (file_number, region_number, number))
                findings = [(index, _moved(finding, unit)) for index, finding in verdict.findings]
            else:
                verdict = self.engine.check(claims)
                findings = verdict.findings
            for index, claim in enumerate(claims):
                own: list[Finding] = []
                # What is missing of a claim that the file's end cuts off would be held against it.
                if findings and not (number == last and index == len(claims) - 1):
                    own = in_order([finding for owner, finding in findings if owner == index], claim)
                yield ClaimVerdict(claim, own, index in verdict.checked, index in damaged)

    def _repeated(self, member: int, place: _Place) -> Verdict:
        """The verdict on one unit of a member who has several; all of them are checked together, once."""
        verdicts = self._verdicts.get(member)
        if verdicts is None:
            verdicts = self._verdicts[member] = self._check_together(self._places[member])
        verdict = verdicts.pop(place)
        if not verdicts:
            del self._verdicts[member]
        return verdict

    def _check_together(self, places: Sequence[_Place]) -> dict[_Place, Verdict]:
        claims: list[Claim] = []
        owners: list[tuple[_Place, int]] = []
        for place in places:
            found = self.claims_of(*place)
            owners.extend((place, index) for index in range(len(found)))
            claims.extend(found)
        verdict = self.engine.check(claims)
        verdicts = {place: Verdict([], set()) for place in places}
        for index, finding in verdict.findings:
            place, own = owners[index]
            verdicts[place].findings.append((own, finding))
        for index in verdict.checked:
            place, own = owners[index]
            verdicts[place].checked.add(own)
        return verdicts

    def claims_of(self, file_number: int, region_number: int, number: int) -> list[Claim]:
        """The claims of one unit, read out of its turn: without diagnostics."""
        reader = self._apart[file_number]
        claims = reader.claims(self._alone(file_number, self._run.files[file_number].regions[region_number], number))
        reader.diagnostics.clear()
        return claims

    def _alone(self, file_number: int, region: RegionUnits, number: int) -> Unit:
        """One unit read by itself: its segments are counted from 0, which `_moved` mends."""
        start, end = region.starts[number], region.end_of(number)
        raw = self._read(file_number, region.offset + start, end - start)
        offset, size = region.billing_of(number)
        billing = self._read(file_number, offset, size) if size else b""
        return Unit(region.transaction, region.delimiters, raw, billing, region.offset + start, 0, 0, region.has_empty)


def _moved(finding: Finding, unit: Unit) -> Finding:
    return structs.replace(
        finding, segment=finding.segment + unit.segment, file_segment=finding.file_segment + unit.file_segment
    )


def at_risk(claim: Claim, findings: Iterable[Finding]) -> Decimal:
    """The charges that the errors of a claim are about: the claim's, or those of its lines, each line once."""
    errors = [item for item in findings if item.severity is Severity.ERROR and item.suppressed is None]
    if any(item.line is None for item in errors):
        return claim.charge
    return sum({(item.line, item.charge): item.charge for item in errors}.values(), _ZERO)


def in_order(findings: list[Finding], claim: Claim) -> list[Finding]:
    """The findings of a claim in the order of a report: by line, code and element."""
    if len(findings) < 2:
        return findings
    order = {line.number: position for position, line in enumerate(claim.lines)}
    return sorted(findings, key=lambda item: (order.get(item.line, -1), item.code, item.element))


_ZERO = Decimal(0)


class CheckResult(msgspec.Struct, frozen=True, gc=False):
    """The whole answer for bytes in memory."""

    findings: tuple[Finding, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[FileResult, ...]
    summary: Summary
    crashed: bool


def check_run(run: Run, engine: Engine, read: Read) -> Iterator[tuple[int, RegionResult]]:
    """The second pass over all regions, in input order: (number of the file, result)."""
    checker = RegionChecker(run, engine, read)
    for number, file in enumerate(run.files):
        for index in range(len(file.regions)):
            yield number, checker.check(number, index)


def check_bytes(
    *contents: bytes,
    settings: Settings | None = None,
    reference: Reference | None = None,
    suppressor: Suppressor | None = None,
    names: Sequence[str] = (),
    prefilter: bool = True,
    plan: bool = True,
    chunk: int = WINDOW,
    window: int = WINDOW,
) -> CheckResult:
    """Checks batches that are in memory, as one run; the last four arguments do not change the answer."""
    settings = settings or Settings()
    engine = open_engine(load_rules(), settings, reference or Reference.builtin(), suppressor, plan=plan)
    trigger = engine.trigger() if prefilter else None
    indexes = []
    for number, content in enumerate(contents):
        name = names[number] if number < len(names) else f"<bytes {number + 1}>" if len(contents) > 1 else "<bytes>"
        scan = FileScan(name, trigger, window=window)
        for start in range(0, len(content), chunk):
            scan.feed(content[start : start + chunk])
        indexes.append(scan.close())
    run = Run.of(indexes)
    tally = Tally(run, suppressor)
    findings: list[Finding] = []
    for number, result in check_run(run, engine, lambda file, offset, size: contents[file][offset : offset + size]):
        tally.add(number, result)
        findings.extend(result.findings)
    return CheckResult(tuple(findings), tally.diagnostics(), tally.files(), tally.summary(), engine.crashed)
