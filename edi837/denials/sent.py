"""The check of claims that were sent: each is judged as it stood on its day, and knows the claims around it.

A check before sending leaves out claims that a later one replaces or voids. Afterwards these are of interest too: they
were sent, and their denials are what the rules should have foreseen.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from edi837.check import RegionChecker
from edi837.claims.trigger import Trigger
from edi837.claims.units import RegionUnits
from edi837.denials.index import ClaimIndex, ClaimPlace
from edi837.diagnostics import Diagnostic
from edi837.engine import Engine, Verdict
from edi837.index import FileScan
from edi837.model import Claim, Finding
from edi837.reference import Reference
from edi837.rules.base import Rule
from edi837.settings import Settings
from edi837.x12.region import Region

_AGAIN = frozenset({"7", "8"})

_MOST_CLAIMS, _MOST_NEIGHBOURS = 60, 16
"""Claims of a patient that are checked together again, and claims that are looked at beside one: people have fewer."""


class Surroundings(NamedTuple):
    """What stands around a claim."""

    neighbours: list[tuple[Claim, list[Finding]]]
    """Other claims of its encounters, with their findings, where a finding ties them to it."""
    replaced: bool
    """Whether a later claim of the run replaces or voids it."""


_ALONE = Surroundings([], False)


class SentEngine(Engine):
    """Checks claims as they were sent; a `RegionChecker` calls it with all claims of a subscriber."""

    def __init__(self, rules: Sequence[Rule], settings: Settings, reference: Reference) -> None:
        super().__init__(rules, settings, reference)
        self._around: dict[tuple[str, int], Surroundings] = {}

    def check(self, claims: Sequence[Claim]) -> Verdict:
        """The findings of the claims, those of replaced claims as of the day before the replacement."""
        verdict = super().check(claims)
        if len(claims) == 1:
            return verdict
        replaced = _replaced(claims)
        if not replaced and not verdict.findings:
            return verdict
        self._tie([number for number in range(len(claims)) if number not in replaced], claims, verdict)
        for number, successor in replaced.items():
            # Of a patient with more claims than a person can have, each is judged alone.
            before = list(range(successor)) if len(claims) <= _MOST_CLAIMS else [number]
            early = super().check([claims[place] for place in before])
            own = before.index(number)
            verdict.findings.extend((number, finding) for place, finding in early.findings if place == own)
            if own in early.checked:
                verdict.checked.add(number)
            findings = [(before[place], finding) for place, finding in early.findings]
            self._around[_place(claims[number])] = Surroundings([], True)
            self._tie(before, claims, Verdict(findings, set()), number)
        return verdict

    def surroundings(self, claim: Claim) -> Surroundings:
        """What stands around a claim that was checked; it is told once."""
        return self._around.pop(_place(claim), _ALONE)

    def _tie(self, numbers: Iterable[int], claims: Sequence[Claim], verdict: Verdict, only: int = -1) -> None:
        """Notes for claims, or only for one of them, the others that a finding ties to them."""
        findings: dict[int, list[Finding]] = {}
        for number, finding in verdict.findings:
            findings.setdefault(number, []).append(finding)
        patients: dict[tuple[object, ...], list[int]] = {}
        for number in numbers:
            claim = claims[number]
            patients.setdefault((claim.patient, claim.billing_npi or claim.billing_tax_id), []).append(number)
        for members in patients.values():
            ties = _Ties(members, claims, findings)
            for number in members if only < 0 else [only] if only in members else []:
                neighbours = [(claims[other], findings.get(other, [])) for other in ties.of(number)]
                if neighbours:
                    self._around[_place(claims[number])] = Surroundings(neighbours, only >= 0)


class _Ties:
    """Which claims of a patient findings tie together: partners, and those with a finding on the same day."""

    def __init__(self, numbers: Sequence[int], claims: Sequence[Claim], findings: Mapping[int, list[Finding]]) -> None:
        self._claims = claims
        self._findings = findings
        self._by_id: dict[str, list[int]] = {}
        self._by_day: dict[date | None, list[int]] = {}
        self._named: dict[str, list[int]] = {}
        """Claims with a finding that names a claim as its partner, by that one's number."""
        for number in numbers:
            self._by_id.setdefault(claims[number].id, []).append(number)
            for finding in findings.get(number, ()):
                self._by_day.setdefault(finding.service_date, []).append(number)
                for partner in finding.partners:
                    self._named.setdefault(partner.claim, []).append(number)

    def of(self, number: int) -> list[int]:
        """The claims that are tied to one, in their order."""
        claim = self._claims[number]
        found: set[int] = set()
        for day in {line.service_date for line in claim.lines}:
            found.update(self._by_day.get(day, [])[:_MOST_NEIGHBOURS])
        found.update(self._named.get(claim.id, [])[:_MOST_NEIGHBOURS])
        for finding in self._findings.get(number, ())[:_MOST_CLAIMS]:
            for partner in finding.partners[:_MOST_NEIGHBOURS]:
                found.update(self._by_id.get(partner.claim, ())[:_MOST_NEIGHBOURS])
        found.discard(number)
        return sorted(found)


class SentChecker(RegionChecker):
    """The second pass over claims that were sent."""

    def visits(self, place: ClaimPlace) -> bool:
        """Whether `visit` comes to a claim."""
        region, unit = self._unit(place)
        if region.members[unit] in self._run.repeated:
            return True
        index = bisect_left(region.triggered, unit)
        return index < len(region.triggered) and region.triggered[index] == unit

    def claim_at(self, place: ClaimPlace) -> Claim | None:
        """One claim, read out of its turn."""
        claims = self.claims_of(place.file, place.region, self._unit(place)[1])
        return next((claim for claim in claims if claim.offset == place.offset), None)

    def _unit(self, place: ClaimPlace) -> tuple[RegionUnits, int]:
        region = self._run.files[place.file].regions[place.region]
        return region, max(0, bisect_right(region.starts, place.offset - region.offset) - 1)

    def diagnostics_of(self, file_number: int) -> list[Diagnostic]:
        """What was found wrong in the claims of a file that were visited; it is told once."""
        found = self._readers[file_number].diagnostics
        taken = found[:]
        found.clear()
        return taken


class SentScan(FileScan):
    """The first pass over a file, which notes every claim in an index besides."""

    def __init__(self, file: str, number: int, trigger: Trigger | None, claims: ClaimIndex) -> None:
        super().__init__(file, trigger)
        self._number = number
        self._all = claims

    def _take(self, region: Region) -> None:
        before = len(self._index.regions)
        super()._take(region)
        if len(self._index.regions) > before:
            self._all.add(self._number, before, region)


def _replaced(claims: Sequence[Claim]) -> dict[int, int]:
    """For each claim that a later one of its number replaces or voids, the first that does."""
    successors: dict[tuple[str, str], int] = {}
    found: dict[int, int] = {}
    for number in range(len(claims) - 1, -1, -1):
        claim = claims[number]
        key = claim.id, claim.payer.id
        if key in successors:
            found[number] = successors[key]
        if claim.frequency in _AGAIN:
            successors[key] = number
    return found


def _place(claim: Claim) -> tuple[str, int]:
    return claim.origin.file, claim.offset
