"""From the claims of a patient to findings: encounters, the rules that can fire, severities and suppression.

The engine sees all claims of a subscriber in the run at once and nothing else; it keeps no state between them but
memos, so that any partition of the run by subscriber gives the same findings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from edi837.claims.locate import locate
from edi837.claims.trigger import Trigger
from edi837.model import Claim, Finding, Partner, Payer, ServiceLine, Severity
from edi837.plan import Gates, Glance
from edi837.reference import Reference
from edi837.rules.base import DRUG, Context, Hit, Rule
from edi837.rules.codes import DRUG_CODES
from edi837.rules.encounter import ClaimHistory, Encounter
from edi837.rules.features import day_features
from edi837.settings import Settings

CRASH = "INT001"
"""The code of the finding that stands for a rule that failed."""

_MEMO = 1 << 14
_VOID, _REPLACEMENT = "8", "7"


class Verdict(NamedTuple):
    """What the engine says of some claims of one subscriber."""

    findings: list[tuple[int, Finding]]
    """(index of the claim, finding), in no order."""
    checked: set[int]
    """Indices of the claims that a rule could speak about."""


class _Placed(NamedTuple):
    """A hit with its rule, claim and severity."""

    rule: Rule
    hit: Hit
    claim: Claim
    severity: Severity
    day: date | None
    """The date of service of its encounter."""


class _Occasion:
    """What is the same for all encounters of a day that go to a payer, or to several payers at once (None)."""

    __slots__ = ("day", "day_bits", "glance", "payer", "plans")

    def __init__(
        self, payer: Payer | None, day: date | None, glance: Glance, plans: dict[int, tuple[Rule, ...]]
    ) -> None:
        self.payer = payer
        self.day = day
        self.glance = glance
        self.day_bits: dict[date | None, int] = {}
        """Features by the day of sending."""
        self.plans = plans
        """Rules to call, by the bits of the encounter."""


class Engine:
    """Checks claims with the rules that the settings enable.

    With `plan` off every enabled rule is called for every triggered encounter, instead of those whose triggers it
    meets: slower, and the same findings.
    """

    def __init__(self, rules: Sequence[Rule], settings: Settings, reference: Reference, *, plan: bool = True) -> None:
        self.rules = settings.rules(rules)
        self.crashed = False
        """Whether a rule has failed so far."""
        self._settings = settings
        self._reference = reference
        self._glances: dict[Reference, Glance] = {}
        self._plan = plan
        self._occasions: dict[tuple[date | None, Payer | None], _Occasion] = {}
        self._plans: dict[tuple[Payer | None, int], dict[int, tuple[Rule, ...]]] = {}
        self._severities: dict[tuple[str, Payer, int], tuple[Severity, bool]] = {}
        self._gates = Gates(self.rules, settings)

    def trigger(self) -> Trigger:
        """What to look for in the bytes of a batch: a claim without it is of no interest on its own."""
        codes = frozenset[str]().union(*(rule.triggers for rule in self.rules))
        return Trigger(codes - {DRUG} | set(DRUG_CODES) if DRUG in codes else codes)

    def check(self, claims: Sequence[Claim]) -> Verdict:
        """The findings of claims that are all the claims of their subscriber in the run, in input order."""
        if len(claims) == 1 and claims[0].frequency != _VOID and _is_of_one_day(claims[0].lines):
            # Nearly every patient: one claim, one day.
            placed = self._look(tuple(claims), claims[0].lines, None)
            if placed is None:
                return Verdict([], set())
            return Verdict(self._report(placed, (0,), claims, set()) if placed else [], {0})
        findings: list[tuple[int, Finding]] = []
        checked: set[int] = set()
        if len(claims) == 1:
            self._check_patient((0,), claims, findings, checked)
            return Verdict(findings, checked)
        patients: dict[tuple[tuple[str, ...], str], list[int]] = {}
        for index, claim in enumerate(claims):
            patients.setdefault((claim.patient, claim.billing_npi or claim.billing_tax_id), []).append(index)
        for indices in patients.values():
            self._check_patient(indices, claims, findings, checked)
        return Verdict(findings, checked)

    def _check_patient(
        self, indices: Sequence[int], claims: Sequence[Claim], findings: list[tuple[int, Finding]], checked: set[int]
    ) -> None:
        """Checks the claims of one patient and one billing provider, a date of service at a time."""
        history: ClaimHistory | None = None
        if len(indices) > 1:
            indices = _without_replaced(indices, claims)
            history = ClaimHistory([claims[index] for index in indices if claims[index].frequency != _VOID])
        days: dict[date | None, tuple[list[ServiceLine], list[int]]] = {}
        for index in indices:
            claim = claims[index]
            if claim.frequency == _VOID:
                continue
            for line in claim.lines:
                found = days.get(line.service_date)
                if found is None:
                    days[line.service_date] = ([line], [index])
                    continue
                found[0].append(line)
                if found[1][-1] != index:
                    found[1].append(index)
        seen: set[tuple[str, int, str]] = set()
        for lines, involved in days.values():
            placed = self._look(tuple([claims[index] for index in involved]), tuple(lines), history)
            if placed is not None:
                checked.update(involved)
                findings += self._report(placed, involved, claims, seen)

    def _look(
        self, claims: tuple[Claim, ...], lines: tuple[ServiceLine, ...], history: ClaimHistory | None
    ) -> Sequence[_Placed] | None:
        """The hits in what a patient got on a day, or None where no rule speaks about it."""
        payer: Payer | None = claims[0].payer
        if len(claims) > 1 and any(claim.payer != payer for claim in claims):
            payer = None
        day = lines[0].service_date
        occasion = self._occasions.get((day, payer)) or self._occasion(day, payer)
        glance, context = occasion.glance, occasion.glance.context
        mask = glance.bits(claims, lines, day)
        if not mask & self._gates.triggers:
            return None
        for claim in claims:
            sent = claim.origin.submitted
            known = occasion.day_bits.get(sent)
            if known is None:
                known = occasion.day_bits[sent] = day_features(day, sent, self._reference)
            mask |= known
        rules = occasion.plans.get(mask)
        if rules is None:
            rules = self._plan_of(mask, occasion)
        return self._run(rules, Encounter(claims, lines, day, context.reference, history), context) if rules else ()

    def _occasion(self, day: date | None, payer: Payer | None) -> _Occasion:
        if len(self._occasions) >= _MEMO:
            self._occasions.clear()
            self._plans.clear()
        plans = self._plans.setdefault((payer, self._settings.period(day)), {})
        glance = self._glance(day, payer.id if payer is not None else "")
        found = self._occasions[day, payer] = _Occasion(payer, day, glance, plans)
        return found

    def _glance(self, day: date | None, payer: str) -> Glance:
        """By the tables that answer on a day; those of a payer's own only where it is the only one."""
        reference = self._reference.as_of(day, payer)
        glance = self._glances.get(reference)
        if glance is None:
            glance = self._glances[reference] = Glance(self._gates, Context(reference, self._settings))
        return glance

    def _plan_of(self, mask: int, occasion: _Occasion) -> tuple[Rule, ...]:
        """The rules that an encounter with these bits can fire; those that are off for its only payer left out."""
        if not self._plan:
            return self.rules
        payer, plans = occasion.payer, occasion.plans
        if len(plans) >= _MEMO:
            plans.clear()
        plan = plans[mask] = tuple(
            rule
            for rule in self._gates.through(mask)
            if payer is None or self._severity(rule, payer, occasion.day)[0] is not Severity.OFF
        )
        return plan

    def _run(self, rules: Sequence[Rule], encounter: Encounter, context: Context) -> list[_Placed]:
        """The hits of the rules, with the severity that each has for its payer."""
        placed: list[_Placed] = []
        day = encounter.service_date
        for rule in rules:
            try:
                for hit in rule.check(encounter, context):
                    claim = hit.line if isinstance(hit.line, Claim) else encounter.claim_of(hit.line)
                    severity, told = self._severity(rule, claim.payer, day)
                    if severity is Severity.OFF or (rule.skips_adjudicated and _is_adjudicated(claim, hit.line)):
                        continue
                    severity = severity if told else hit.severity or severity
                    placed.append(_Placed(rule, hit, claim, severity, day))
            except Exception as failure:  # noqa: BLE001
                # A rule that fails must neither stop the run nor pass for "no finding". Its text may quote a claim.
                self.crashed = True
                claim = encounter.claims[0]
                message = f"the rule failed on this claim ({type(failure).__name__}): it was not checked by it"
                placed.append(_Placed(rule, Hit(claim, CRASH, message), claim, Severity.ERROR, day))
        return placed

    def _severity(self, rule: Rule, payer: Payer, on: date | None) -> tuple[Severity, bool]:
        """The severity of a rule for a payer, and whether the user says so, whatever form the defect has."""
        key = (rule.code, payer, self._settings.period(on))
        found = self._severities.get(key)
        if found is None:
            if len(self._severities) >= _MEMO:
                self._severities.clear()
            found = self._settings.severity(rule, payer, self._reference.plan(payer.name), on)
            self._severities[key] = found
        return found

    def _report(
        self,
        placed: Sequence[_Placed],
        involved: Sequence[int],
        claims: Sequence[Claim],
        seen: set[tuple[str, int, str]],
    ) -> list[tuple[int, Finding]]:
        """Makes findings of the hits that no other hit silences; a hit of the whole claim is reported once."""
        if len(placed) > 1 and any(item.rule.suppresses for item in placed):
            placed = self._unsuppressed(placed)
        findings = []
        for item in placed:
            index = involved[0]
            if len(involved) > 1:
                index = next(number for number in involved if claims[number] is item.claim)
            line = None if isinstance(item.hit.line, Claim) else item.hit.line
            if line is None:
                key = (item.rule.code, index, item.hit.element)
                if key in seen:
                    continue
                seen.add(key)
            findings.append((index, _finding(item, line, claims)))
        return findings

    def _unsuppressed(self, placed: Sequence[_Placed]) -> list[_Placed]:
        silenced: set[int] = set()
        for winner in placed:
            if not winner.hit.suppresses or winner.hit.element == CRASH:
                continue
            own = winner.hit.line
            for reach, codes in winner.rule.suppresses.items():
                for number, other in enumerate(placed):
                    target = other.rule.code
                    if (
                        (target in codes or target[0] in codes)
                        and other is not winner
                        and (
                            reach == "encounter"
                            or other.hit.line is own
                            or (reach == "involving" and any(partner is own for partner in other.hit.partners))
                        )
                    ):
                        silenced.add(number)
        return [item for number, item in enumerate(placed) if number not in silenced]


def _is_of_one_day(lines: Sequence[ServiceLine]) -> bool:
    """Whether there are lines, all of one date of service."""
    if not lines:
        return False
    day = lines[0].service_date
    for line in lines:  # noqa: SIM110  (all() would cost twice as much)
        if line.service_date != day:
            return False
    return True


def _without_replaced(indices: Sequence[int], claims: Sequence[Claim]) -> list[int]:
    """The claims of a patient without those that a later one of the same number replaces or voids (RULES.md 0.2)."""
    last: dict[tuple[str, str], int] = {}
    for index in indices:
        claim = claims[index]
        if claim.frequency in (_REPLACEMENT, _VOID):
            last[claim.id, claim.payer.id] = index
    return [index for index in indices if last.get((claims[index].id, claims[index].payer.id), index) <= index]


def _is_adjudicated(claim: Claim, line: ServiceLine | Claim) -> bool:
    """Whether another payer has decided this line, and this payer comes after it (RULES.md section 8, ruling 25)."""
    return claim.is_secondary and isinstance(line, ServiceLine) and bool(line.adjudicated_by)


def _owner(line: ServiceLine, claims: Sequence[Claim]) -> str:
    """The number of the claim that carries a line, which may be one of another day."""
    return next(claim.id for claim in claims for own in claim.lines if own is line)


def _finding(item: _Placed, line: ServiceLine | None, claims: Sequence[Claim]) -> Finding:
    rule, hit, claim, severity, day = item
    crashed = hit.element == CRASH
    place = locate(claim, line, "CLM" if crashed else hit.element)
    number = line.number if line is not None else None
    if line is not None:
        day = line.service_date
    partners = tuple([Partner(_owner(partner, claims), partner.number) for partner in hit.partners])
    provider = claim.billing_npi or claim.billing_tax_id
    identity = "|".join(
        (rule.code, provider, claim.id, number or "", hit.element, str(day), *(f"{p.claim}/{p.line}" for p in partners))
    )
    return Finding(
        code=CRASH if crashed else rule.code,
        name=rule.name,
        severity=severity,
        category=rule.category,
        claim=claim.id,
        line=number,
        loop=place.loop,
        element="" if crashed else hit.element,
        file=claim.origin.file,
        interchange=claim.origin.interchange,
        transaction=claim.origin.transaction,
        segment=place.segment,
        file_segment=place.file_segment,
        offset=place.offset,
        length=place.length,
        payer=claim.payer.id,
        service_date=day,
        charge=line.charge if line is not None else claim.charge,
        message=hit.message,
        fix=hit.fix or rule.help.fix,
        predicts=rule.predicts,
        partners=partners,
        fingerprint=blake2b(identity.encode(), digest_size=8).hexdigest(),
    )
