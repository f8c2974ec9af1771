"""How a payer decides: from its habits, the planted findings and chance to an answer for each service line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from .claims import Claim, Line, paid_first
from .denial_facts import severity
from .formulary import BY_CODE, OFFICE_VISITS
from .habits import UNRELATED, Answer, Habits
from .labels import Adjustment, Hit
from .payments import Case, Service
from .people import Dice

INJECTION = "96372"
ADMINISTRATIONS = frozenset({INJECTION, "96360", "96365", "96374", "96401", "96402"})
_INHALED = "J7613"
_PROCEDURES = frozenset({"20610"})
_PANEL = ("80053", "85025")
_PANEL_CODE = "80050"
_VISITS = {code for code, _ in OFFICE_VISITS}
_LOWER = {"99215": "99214", "99214": "99213", "99213": "99212", "99204": "99203"}
_FULL = 100
_MANY = 20
# Rules of which any drug or other injection of the day could be called the other side.
_PAIRING = frozenset({"A01", "A03", "A05", "A09", "F01", "F03", "F06"})


def is_drug(line: Line) -> bool:
    """Whether the line bills a drug that is injected or infused."""
    return line.code[0] in "JQ" and line.code != _INHALED


def is_visit(line: Line) -> bool:
    """Whether the line bills a visit."""
    return line.code.startswith("99")


def triggers(line: Line) -> bool:
    """Whether a line makes its encounter one that the rules speak about."""
    return line.code in ADMINISTRATIONS or is_drug(line)


def encounter_of(line: Line, cases: Sequence[Case]) -> frozenset[Line]:
    """The lines of the same patient and date, ``line`` among them."""
    patient = next(case.claim.patient for case in cases if line in case.claim.lines)
    return frozenset(
        other
        for case in cases
        if case.claim.patient is patient
        for other in case.claim.lines
        if other.date == line.date
    )


def planted(cases: Sequence[Case]) -> list[Hit]:
    """The planted findings of a visit with the lines around them."""
    hits = []
    for case in cases:
        own = frozenset(case.claim.lines)
        for line, rule in case.claim.expected:
            if line is None:
                raise ValueError(f"{rule} is planted on a claim; a practice plants on lines only")
            around = encounter_of(line, cases)
            kind = case.habits.payer.kind
            vial = BY_CODE[line.code].vial if line.code in BY_CODE else ""
            weight = severity(rule, kind, case.claim.shape, vial)
            partners, perhaps = _sides(rule, line, around, own)
            hits.append(Hit(rule, line, weight, kind, partners, perhaps, around, own))
    return hits


def _sides(
    rule: str, line: Line, around: frozenset[Line], own: frozenset[Line]
) -> tuple[frozenset[Line], frozenset[Line]]:
    """The other side of a finding's pair, and what only some readers would call so."""
    others = around - {line}
    injections = frozenset(other for other in others if other.code == INJECTION)
    none = frozenset[Line]()
    if rule in ("B01", "B02"):
        return frozenset(other for other in others if other.code in ADMINISTRATIONS), none
    if rule == "B05":
        return injections, none
    if rule in ("B03", "B04"):
        return frozenset(other for other in others if is_visit(other)), none
    if rule == "B09":
        return frozenset(other for other in others if other.code in _PROCEDURES), none
    if rule == "B12":
        return frozenset(other for other in others if other.code in ADMINISTRATIONS - {INJECTION}), none
    if rule == "A02":
        return frozenset(other for other in others - own if is_drug(other)), none
    if rule == "A07":
        # The first line is the one that the later ones repeat.
        first = frozenset(other for other in injections if not other.modifiers and other.pointers == (1,))
        return first, injections - first
    if rule in _PAIRING:
        return none, frozenset(other for other in others if not is_visit(other))
    if rule in ("C01", "C03", "C04"):
        return none, frozenset(other for other in others if other.code == line.code)
    return none, none


@dataclass(slots=True)
class Decision:
    """What is to become of the lines of a visit.

    ``whole`` holds claims that are answered without service lines, ``recoded`` lines by the code that was paid.
    """

    denied: dict[Line, Answer] = field(default_factory=dict)
    recoded: dict[Line, str] = field(default_factory=dict)
    whole: dict[Claim, Answer] = field(default_factory=dict)
    deductible: bool = False


class Adjudicator:
    """Decides for all payers."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._contracts: dict[tuple[str, str], int] = {}

    def decide(self, cases: Sequence[Case], hits: Sequence[Hit]) -> Decision:
        """What the payers say to the lines of a visit; tags the cases with the habits that were at work."""
        decision = Decision()
        for case in cases:
            if not self._unrelated(case, decision, bool(hits)):
                self._findings(case, [hit for hit in hits if hit.line in case.claim.lines], cases, decision)
                if not hits and case.claim.patient.sequence == "P":
                    self._quirks(case, decision)
        first = cases[0]
        if not hits and not decision.denied and self._dice.chance(first.habits.deductible):
            decision.deductible = True
            first.tags.add("deductible")
        return decision

    # Reasons to deny

    def _unrelated(self, case: Case, decision: Decision, has_hits: bool) -> bool:
        """Denies a claim for a reason that no rule knows."""
        if not self._dice.chance(case.habits.quirks.get("unrelated", 0)):
            return False
        _, reason, remarks, drugs_only = self._dice.choices(UNRELATED, [row[0] for row in UNRELATED])[0]
        lines = [line for line in case.claim.lines if is_drug(line) or not drugs_only]
        # Beside a finding the whole claim is denied, so that nothing else has to be decided there.
        if not lines or (drugs_only and has_hits):
            return False
        answer = Answer(reason, remarks)
        case.tags.add(f"unrelated-{reason}" + ("-MA27" if remarks else ""))
        if case.habits.claim_level and not remarks and not drugs_only and self._dice.chance(0.7):
            decision.whole[case.claim] = answer
            case.tags.add("claim-level")
        decision.denied.update(dict.fromkeys(lines, answer))
        return True

    def _findings(self, case: Case, hits: Sequence[Hit], cases: Sequence[Case], decision: Decision) -> None:
        # A payer treats all lines of a claim that have one fault alike.
        drawn = {hit.rule: self._drawn(case.habits.answers.get(hit.rule, ())) for hit in hits}
        for hit in hits:
            answer = drawn[hit.rule]
            # A03 has two forms: N773 is said of the drug that was billed, the rest of the injection without one.
            if answer is None or (hit.rule == "A03" and is_drug(hit.line) != ("N773" in answer.remarks)):
                continue
            if case.claim.patient.sequence != "P" and not hit.rule.startswith("A"):
                continue
            targets = _targets(hit, answer, case.claim)
            taken = [line for line in targets if line in decision.denied or line.charge <= 1]
            if taken or (answer.cut and not _divisible(hit.line)):
                continue
            decision.denied.update(dict.fromkeys(targets, answer))
            for other in cases:
                if not targets.isdisjoint(other.claim.lines):
                    other.tags.add(f"{hit.rule}-{answer.reason}-{answer.where}")

    def _drawn(self, answers: Iterable[Answer]) -> Answer | None:
        throw = self._dice.random()
        for answer in answers:
            throw -= answer.share
            if throw < 0:
                return answer
        return None

    def _quirks(self, case: Case, decision: Decision) -> None:
        """What a payer does to claims that nothing is wrong with."""
        quirks, lines, dice = case.habits.quirks, case.claim.lines, self._dice
        drugs = [line for line in lines if is_drug(line) and line.charge > _MANY and line.code != "J3490"]
        if "daily-limit" in quirks:
            answer = dice.pick((Answer("CO-119"), Answer("CO-151", ("N435",))))
            seen: set[str] = set()
            for line in lines:
                if line.code == INJECTION:
                    if line.date in seen:
                        decision.denied[line] = answer
                        case.tags.add("daily-limit")
                    seen.add(line.date)
        if drugs and dice.chance(quirks.get("own-policy", 0)):
            policy = dice.pick(("", "MP-2207"))
            decision.denied[drugs[0]] = Answer("CO-50", ("N115",) if policy else (), policy=policy)
            case.tags.add("own-policy")
        elif drugs and dice.chance(quirks.get("not-covered", 0)):
            decision.denied[drugs[0]] = Answer("PR-204")
            case.tags.add("not-covered")
        elif drugs and _divisible(drugs[0]) and dice.chance(quirks.get("cut-units", 0)):
            decision.denied[drugs[0]] = Answer("CO-151", ("N435",), cut=True)
            case.tags.add("units-cut")
        if dice.chance(quirks.get("panel", 0)):
            self._panel(case, decision)
        if dice.chance(quirks.get("recode", 0)):
            visit = next((line for line in lines if line.code in _LOWER and line not in decision.denied), None)
            if visit is not None:
                decision.recoded[visit] = _LOWER[visit.code]
                case.tags.add("recoded")

    def _panel(self, case: Case, decision: Decision) -> None:
        """Two tests are paid as the panel that they make up: one with its price, the other for nothing."""
        found = [next((line for line in case.claim.lines if line.code == code), None) for code in _PANEL]
        first, second = found
        if first is None or second is None:
            return
        decision.recoded[first] = _PANEL_CODE
        if self._dice.chance(0.5):
            decision.recoded[second] = _PANEL_CODE
        decision.denied[second] = Answer("CO-97", ("N20",))
        case.tags.add("panel")

    # Amounts

    def services(self, case: Case, decision: Decision) -> list[Service]:
        """The service lines of a claim as its payer answers them."""
        habits = case.habits
        copay = habits.copay if not case.claim.expected and self._dice.chance(0.5) else 0
        services = []
        for line in case.claim.lines:
            answer = decision.denied.get(line)
            rate = self._rate(habits, line)
            if answer is not None:
                service = _answered(line, answer, habits, rate)
            elif case.claim.patient.sequence != "P":
                service = _after_first(line)
            else:
                service = _paid(line, habits, rate, copay if line.code in _VISITS else 0, decision.deductible)
            service.code = decision.recoded.get(line, "")
            if service.code and answer is None and line.code in _VISITS:
                service.remarks = ("N22",)
            services.append(service)
        return services

    def _rate(self, habits: Habits, line: Line) -> int:
        """What the payer's contract allows of the charge for a procedure, in percent: always the same."""
        key = habits.key, line.code
        if key not in self._contracts:
            self._contracts[key] = self._dice.between(*habits.allowed)
        return self._contracts[key]


def _targets(hit: Hit, answer: Answer, claim: Claim) -> frozenset[Line]:
    if answer.where == "partner":
        injections = frozenset(line for line in hit.partners if line.code == INJECTION)
        return injections or hit.partners
    if answer.where == "others":
        beside = hit.encounter & frozenset(claim.lines) - {hit.line} - hit.partners - hit.perhaps
        return frozenset(line for line in beside if line.charge > 1)
    if answer.where == "drugs":
        return frozenset({hit.line, *(line for line in claim.lines if is_drug(line) and line.charge > 1)})
    return frozenset({hit.line})


def _divisible(line: Line) -> bool:
    return line.units.isdigit() and int(line.units) > 1


def all_of(answer: Answer, lines: Collection[Line]) -> list[Adjustment]:
    """The adjustment of a claim that is answered as a whole."""
    group, reason = answer.reason.split("-")
    return [Adjustment(group, reason, sum(line.charge for line in lines))]


def _answered(line: Line, answer: Answer, habits: Habits, rate: int) -> Service:
    """A line that is denied, or of which some units are."""
    group, reason = answer.reason.split("-")
    service = Service(line, remarks=answer.remarks, policy=answer.policy)
    units = int(line.units) if line.units.isdigit() else 1
    if line.charge <= 1:
        service.adjustments = [Adjustment("CO", "45", line.charge)]
        service.remarks = ()
    elif answer.cut:
        keep = units // 2
        kept = line.charge * keep // units
        part = _price(kept, habits, rate, 0, False)
        service.paid, adjustments = part
        service.adjustments = [Adjustment(group, reason, line.charge - kept, units - keep), *adjustments]
        service.units_paid = keep
    else:
        off = line.charge - line.charge * rate // _FULL if habits.contractual_beside and group == "CO" else 0
        service.adjustments = [Adjustment(group, reason, line.charge - off)]
        if off:
            service.adjustments.append(Adjustment("CO", "45", off))
        if habits.zero_units:
            service.units_paid = 0
    return service


def _paid(line: Line, habits: Habits, rate: int, copay: int, deductible: bool) -> Service:
    service = Service(line)
    if line.charge <= 1:
        service.adjustments = [Adjustment("CO", "45", line.charge)]
    else:
        service.paid, service.adjustments = _price(line.charge, habits, rate, copay, deductible)
    return service


def _price(charge: int, habits: Habits, rate: int, copay: int, deductible: bool) -> tuple[int, list[Adjustment]]:
    """What is paid of a charge, and where the rest went."""
    allowed = max(2, charge * rate // _FULL)
    adjustments = [Adjustment("CO", "45", charge - allowed)]
    if deductible:
        return 0, [part for part in (*adjustments, Adjustment("PR", "1", allowed)) if part.cents]
    share = allowed * habits.coinsurance // _FULL
    if copay:
        copay, share = min(copay, allowed // 2), 0
    paid = allowed - copay - share
    withheld = paid * 2 // _FULL if habits.sequestered else 0
    adjustments += [
        Adjustment("CO", "253", withheld),
        Adjustment("PR", "2", share),
        Adjustment("PR", "3", copay),
    ]
    return paid - withheld, [part for part in adjustments if part.cents]


def _after_first(line: Line) -> Service:
    """A line of which the first payer left the patient's share: this payer pays that."""
    _, share, _ = paid_first(line)
    rest = Adjustment("OA", "23", line.charge - share)
    return Service(line, share, [rest] if rest.cents else [])
