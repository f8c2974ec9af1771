"""The check of a run in two passes over bytes: first who needs a look, then the look.

The first pass (`FileScan`) finds the subscribers with a procedure that a rule speaks about, and keeps flat arrays of
a few bytes a subscriber. `Run` then knows which of those subscribers come up more than once, in any file. The second
pass (`RegionChecker`) reads the regions again, parses the subscribers that matter, and checks each patient's
encounters across all places where the patient stands. Findings come out in input order, whoever does the work and in
whatever order. Nothing here opens a file: bytes come from a `read(file, offset, size)` that the caller gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec
from msgspec import structs

from edi837.claims.parse import ClaimReader
from edi837.claims.units import (
    NO_MEMBER,
    UNIT_BOUNDARY,
    RegionUnits,
    Trigger,
    Unit,
    UnitFinder,
    refuse_other_than_professional_claims,
)
from edi837.diagnostics import Diagnostic
from edi837.engine import Engine, Verdict
from edi837.model import Claim, FileResult, Finding, FindingCounts, Severity, Summary
from edi837.reference import Reference
from edi837.rules import load_rules
from edi837.settings import Settings
from edi837.x12.envelope import CEILING, WINDOW, EnvelopeReader
from edi837.x12.region import Region

Read = Callable[[int, int, int], bytes]
"""(number of the file, byte offset, size) -> the bytes."""


class FileIndex(msgspec.Struct, gc=False):
    """What the first pass found in one file."""

    file: str
    size: int
    regions: list[RegionUnits]
    diagnostics: list[Diagnostic]
    interchanges: int
    transactions: int
    claims: int
    lost: int
    """Claims in units that were left out because they passed the ceiling."""


class FileScan:
    """The first pass over one file: fed with its bytes, it gives a `FileIndex` at the end.

    Without a trigger every subscriber is looked at: slower, and the same findings.
    """

    def __init__(self, file: str, trigger: Trigger | None, *, window: int = WINDOW, ceiling: int = CEILING) -> None:
        self._reader = EnvelopeReader(
            file, refuse_other_than_professional_claims, UNIT_BOUNDARY, window=window, ceiling=ceiling
        )
        self._finder = UnitFinder(trigger)
        self._index = FileIndex(file, 0, [], [], 0, 0, 0, 0)

    @property
    def claims(self) -> int:
        """Claims seen so far."""
        return self._index.claims

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes of the file."""
        self._index.size += len(chunk)
        for region in self._reader.feed(chunk):
            self._take(region)

    def close(self) -> FileIndex:
        """The index, once all bytes were fed."""
        for region in self._reader.close():
            self._take(region)
        index = self._index
        index.diagnostics = self._reader.diagnostics
        index.interchanges = self._reader.interchanges
        index.transactions = self._reader.transactions
        return index

    def _take(self, region: Region) -> None:
        units = self._finder.find(region)
        self._index.claims += units.claims
        if region.oversized:
            self._index.lost += units.claims
        elif units.claims:
            self._index.regions.append(units)


class Run(msgspec.Struct, gc=False):
    """The first pass of all files, and the members with a trigger whose claims stand in more than one place."""

    files: list[FileIndex]
    repeated: frozenset[int]

    @classmethod
    def of(cls, files: list[FileIndex]) -> Run:
        """Finds the repeated members; a checksum that two members share does no harm but a second look."""
        wanted: set[int] = set()
        for file in files:
            for region in file.regions:
                members = region.members
                wanted.update(members[unit] for unit in region.triggered)
        wanted.discard(NO_MEMBER)
        seen: set[int] = set()
        repeated: set[int] = set()
        for file in files:
            for region in file.regions:
                for member in region.members:
                    if member in wanted:
                        if member in seen:
                            repeated.add(member)
                        seen.add(member)
        return cls(files, frozenset(repeated))


class RegionResult(msgspec.Struct, gc=False):
    """The second pass over one region."""

    findings: list[Finding]
    diagnostics: list[Diagnostic]
    claims: int
    """Claims of the region, looked at or not."""
    checked: int
    unreadable: int
    at_risk: Decimal


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
                for unit, member in enumerate(region.members):
                    if member in run.repeated:
                        self._places.setdefault(member, []).append((number, index, unit))
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
                lines = {item.line: item.charge for item in verdict.findings if item.severity is Severity.ERROR}
                result.at_risk += sum(lines.values())
        diagnostics = self._readers[file_number].diagnostics
        result.diagnostics = diagnostics[:]
        diagnostics.clear()
        return result

    def visit(self, file_number: int, region_number: int) -> Iterator[ClaimVerdict]:
        """The claims of one region that need a look, in input order, with their findings."""
        region = self._run.files[file_number].regions[region_number]
        repeated, members = self._run.repeated, region.members
        numbers: Sequence[int] = region.triggered
        if repeated:
            more = {unit for unit, member in enumerate(members) if member in repeated}
            if more:
                numbers = sorted(more.union(numbers))
        if not numbers:
            return
        data = self._read(file_number, region.offset, region.size)
        billing = self._read(file_number, region.billing_offset, region.billing_size) if region.billing_size else b""
        reader = self._readers[file_number]
        for number, unit in region.units(data, 0, numbers, billing):
            claims = reader.claims(unit)
            damaged = reader.damaged
            if members[number] in repeated:
                verdict = self._repeated(members[number], (file_number, region_number, number))
                findings = [(index, _moved(finding, unit)) for index, finding in verdict.findings]
            else:
                verdict = self.engine.check(claims)
                findings = verdict.findings
            for index, claim in enumerate(claims):
                own = [finding for owner, finding in findings if owner == index] if findings else []
                if len(own) > 1:
                    own = _in_order(own, claim)
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


def _in_order(findings: list[Finding], claim: Claim) -> list[Finding]:
    order = {line.number: position for position, line in enumerate(claim.lines)}
    return sorted(findings, key=lambda item: (order.get(item.line, -1), item.code, item.element))


_ZERO = Decimal(0)


class Tally:
    """Adds up region results, in input order, to the figures of the run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._errors = self._warnings = self._infos = 0
        self._checked = self._unreadable = 0
        self._at_risk = _ZERO
        self._diagnostics: list[list[Diagnostic]] = [list(file.diagnostics) for file in run.files]

    def add(self, file_number: int, result: RegionResult) -> None:
        """Counts one region of a file."""
        for finding in result.findings:
            if finding.severity is Severity.ERROR:
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
        """All diagnostics, by file and place."""
        return tuple(item for found in self._diagnostics for item in sorted(found, key=_by_place))

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
            suppressed=0,
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
    names: Sequence[str] = (),
    prefilter: bool = True,
    plan: bool = True,
    chunk: int = WINDOW,
    window: int = WINDOW,
) -> CheckResult:
    """Checks batches that are in memory, as one run; the last four arguments do not change the answer."""
    settings = settings or Settings()
    engine = Engine(load_rules(), settings, reference or Reference.builtin(), plan=plan)
    trigger = engine.trigger() if prefilter else None
    indexes = []
    for number, content in enumerate(contents):
        name = names[number] if number < len(names) else f"<bytes {number + 1}>" if len(contents) > 1 else "<bytes>"
        scan = FileScan(name, trigger, window=window)
        for start in range(0, len(content), chunk):
            scan.feed(content[start : start + chunk])
        indexes.append(scan.close())
    run = Run.of(indexes)
    tally = Tally(run)
    findings: list[Finding] = []
    for number, result in check_run(run, engine, lambda file, offset, size: contents[file][offset : offset + size]):
        tally.add(number, result)
        findings.extend(result.findings)
    return CheckResult(tuple(findings), tally.diagnostics(), tally.files(), tally.summary(), engine.crashed)
