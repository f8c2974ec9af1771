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
from edi837.plan import Gates
from edi837.reference import Reference
from edi837.rules.base import DRUG, Context, Hit, Rule
from edi837.rules.codes import DRUG_PATTERN
from edi837.rules.encounter import ClaimHistory, Encounter
from edi837.rules.features import (
    day_features,
    diagnosis_features,
    encounter_features,
)
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


class _View(NamedTuple):
    """The tables of a date of service and payer as rules see them, and what is remembered of lines by these tables."""

    reference: Reference
    context: Context
    line_bits: dict[tuple[object, ...], int]
    diagnosis_bits: dict[str, int]


class _Occasion(NamedTuple):
    """What is the same for all encounters of a day that go to a payer, or to several payers at once (None)."""

    payer: Payer | None
    day: date | None
    view: _View
    day_bits: dict[date | None, int]
    """Features by the day of sending."""
    plans: dict[int, tuple[Rule, ...]]
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
        self._views: dict[Reference, _View] = {}
        self._plan = plan
        self._occasions: dict[tuple[date | None, Payer | None], _Occasion] = {}
        self._plans: dict[tuple[Payer | None, int], dict[int, tuple[Rule, ...]]] = {}
        self._severities: dict[tuple[str, Payer, int], tuple[Severity, bool]] = {}
        self._gates = Gates(self.rules, settings)
        self._suppressions = tuple(
            (rule.code, reach, codes) for rule in self.rules for reach, codes in rule.suppresses.items()
        )
        self._suppressing = frozenset(code for code, _, _ in self._suppressions)

    def trigger(self) -> Trigger:
        """What to look for in the bytes of a batch: a claim without it is of no interest on its own."""
        codes = frozenset[str]().union(*(rule.triggers for rule in self.rules))
        return Trigger(codes - {DRUG}, DRUG_PATTERN if DRUG in codes else "")

    def check(self, claims: Sequence[Claim]) -> Verdict:
        """The findings of claims that are all the claims of their subscriber in the run, in input order."""
        verdict = Verdict([], set())
        if len(claims) == 1:
            self._check_patient((0,), claims, verdict)
            return verdict
        patients: dict[tuple[tuple[str, ...], str], list[int]] = {}
        for index, claim in enumerate(claims):
            patients.setdefault((claim.patient, claim.billing_npi or claim.billing_tax_id), []).append(index)
        for indices in patients.values():
            self._check_patient(indices, claims, verdict)
        return verdict

    def _check_patient(self, indices: Sequence[int], claims: Sequence[Claim], verdict: Verdict) -> None:
        """Checks the claims of one patient and one billing provider, a date of service at a time."""
        if len(indices) == 1:
            claim = claims[indices[0]]
            if claim.frequency != _VOID and len({line.service_date for line in claim.lines}) == 1:
                # Nearly every patient: one claim, one day.
                self._check_day(claim.lines, indices, claims, None, verdict, set())
                return
        history: ClaimHistory | None = None
        days: dict[date | None, tuple[list[ServiceLine], list[int]]] = {}
        if len(indices) > 1:
            indices = _without_replaced(indices, claims)
            history = ClaimHistory([claims[index] for index in indices if claims[index].frequency != _VOID])
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
        seen: set[tuple[str, int, str | None, str]] = set()
        for lines, involved in days.values():
            self._check_day(tuple(lines), involved, claims, history, verdict, seen)

    def _check_day(
        self,
        lines: tuple[ServiceLine, ...],
        involved: Sequence[int],
        claims: Sequence[Claim],
        history: ClaimHistory | None,
        verdict: Verdict,
        seen: set[tuple[str, int, str | None, str]],
    ) -> None:
        """Checks what a patient got on a day: the lines, and the claims that carry them by their indices."""
        own = tuple([claims[index] for index in involved])
        payer: Payer | None = own[0].payer
        if len(own) > 1 and any(claim.payer != payer for claim in own):
            payer = None
        day = lines[0].service_date
        occasion = self._occasions.get((day, payer)) or self._occasion(day, payer)
        view = occasion.view
        memo = view.line_bits
        mask = 0
        kinds = []
        for line in lines:
            key = (
                line.procedure, line.modifiers, line.units, line.drug, line.place_of_service
            )  # fmt: skip
            bits = memo.get(key)
            if bits is None:
                if len(memo) >= _MEMO:
                    memo.clear()
                bits = memo[key] = self._gates.bits(line, view.reference)
            kinds.append(bits)
            mask |= bits
        if not mask & self._gates.triggers:
            return
        verdict.checked.update(involved)
        encounter = Encounter(own, lines, day, view.reference, history)
        mask |= encounter_features(encounter, kinds, view.reference) | self._features(encounter, occasion)
        placed = self._run(self._plan_of(mask, occasion), encounter, view.context)
        if placed:
            self._report(placed, encounter, involved, claims, verdict, seen)

    def _occasion(self, day: date | None, payer: Payer | None) -> _Occasion:
        if len(self._occasions) >= _MEMO:
            self._occasions.clear()
            self._plans.clear()
        plans = self._plans.setdefault((payer, self._settings.period(day)), {})
        view = self._view(day, payer.id if payer is not None else "")
        found = self._occasions[day, payer] = _Occasion(payer, day, view, {}, plans)
        return found

    def _view(self, day: date | None, payer: str) -> _View:
        """The tables that answer on a day; those of a payer's own only where it is the only one."""
        reference = self._reference.as_of(day, payer)
        view = self._views.get(reference)
        if view is None:
            view = self._views[reference] = _View(reference, Context(reference, self._settings), {}, {})
        return view

    def _features(self, encounter: Encounter, occasion: _Occasion) -> int:
        """The features of the day of an encounter and of the diagnoses of its claims."""
        bits = 0
        memo = occasion.view.diagnosis_bits
        for claim in encounter.claims:
            sent = claim.origin.submitted
            known = occasion.day_bits.get(sent)
            if known is None:
                known = occasion.day_bits[sent] = day_features(occasion.day, sent, self._reference)
            bits |= known
            for diagnosis in claim.diagnoses:
                known = memo.get(diagnosis)
                if known is None:
                    if len(memo) >= _MEMO:
                        memo.clear()
                    known = memo[diagnosis] = diagnosis_features(diagnosis, occasion.view.reference)
                bits |= known
        return bits

    def _plan_of(self, mask: int, occasion: _Occasion) -> tuple[Rule, ...]:
        """The rules that an encounter with these bits can fire; those that are off for its only payer left out."""
        if not self._plan:
            return self.rules
        plan = occasion.plans.get(mask)
        if plan is None:
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
        for rule in rules:
            try:
                for hit in rule.check(encounter, context):
                    claim = hit.line if isinstance(hit.line, Claim) else encounter.claim_of(hit.line)
                    severity, told = self._severity(rule, claim.payer, encounter.service_date)
                    if severity is Severity.OFF or (rule.skips_adjudicated and _is_adjudicated(claim, hit.line)):
                        continue
                    placed.append(_Placed(rule, hit, claim, severity if told else hit.severity or severity))
            except Exception as failure:  # noqa: BLE001
                # A rule that fails must neither stop the run nor pass for "no finding". Its text may quote a claim.
                self.crashed = True
                claim = encounter.claims[0]
                message = f"the rule failed on this claim ({type(failure).__name__}): it was not checked by it"
                placed.append(_Placed(rule, Hit(claim, CRASH, message), claim, Severity.ERROR))
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
        placed: list[_Placed],
        encounter: Encounter,
        involved: Sequence[int],
        claims: Sequence[Claim],
        verdict: Verdict,
        seen: set[tuple[str, int, str | None, str]],
    ) -> None:
        """Makes findings of the hits that no other hit silences; a hit of the whole claim is reported once."""
        if len(placed) > 1 and any(item.rule.code in self._suppressing for item in placed):
            placed = self._unsuppressed(placed)
        for item in placed:
            index = next(number for number in involved if claims[number] is item.claim)
            line = None if isinstance(item.hit.line, Claim) else item.hit.line
            if line is None:
                key = (item.rule.code, index, None, item.hit.element)
                if key in seen:
                    continue
                seen.add(key)
            verdict.findings.append((index, _finding(item, line, encounter, claims)))

    def _unsuppressed(self, placed: list[_Placed]) -> list[_Placed]:
        silenced: set[int] = set()
        for code, reach, codes in self._suppressions:
            for winner in placed:
                if winner.rule.code != code or not winner.hit.suppresses or winner.hit.element == CRASH:
                    continue
                own = winner.hit.line
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


def _finding(item: _Placed, line: ServiceLine | None, encounter: Encounter, claims: Sequence[Claim]) -> Finding:
    rule, hit, claim, severity = item
    crashed = hit.element == CRASH
    place = locate(claim, line, "CLM" if crashed else hit.element)
    number = line.number if line is not None else None
    day = line.service_date if line is not None else encounter.service_date
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
