"""Labels of paid and denied lines: sections 2.2 to 2.4 of the rule catalogue with its rulings 20 to 25.

Written from the specification alone. Where the text leaves room, the label is worked out under every reading; if
they disagree, `AmbiguousError` is raised, and the generator leaves such a claim without an answer from its payer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from .claims import Line
from .denial_facts import (
    ERROR,
    GENERIC,
    IDENTITY,
    PATIENT_SHARE,
    PLACE,
    UNRELATED,
    categories,
    in_scope,
    is_denial,
    signature,
    speaks_of,
)

_NOMINAL = 1
_ENOUGH = 4
# In tenths: the line of the hit, its partner, another line of the encounter; CARC in the signature, category only.
_OWN, _PARTNER, _OTHER = 10, 8, 4
_REMARK, _SCOPE = 3, 1


class AmbiguousError(Exception):
    """The specification can be read in two ways that give two labels."""


class Adjustment(NamedTuple):
    """Group, CARC, cents and, where units were adjusted, how many."""

    group: str
    reason: str
    cents: int
    quantity: int = 0

    @property
    def name(self) -> str:
        """As a biller writes it: CO-97."""
        return f"{self.group}-{self.reason}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line over all live answers of its payer; ``units_cut``: fewer units paid than billed."""

    charge: int
    paid: int = 0
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    units_cut: bool = False
    adjudicated: bool = True
    of_replaced: bool = False

    @property
    def denials(self) -> tuple[str, ...]:
        """The CARCs that count as denials."""
        found = (part.reason for part in self.adjustments if part.cents and is_denial(part.reason))
        return tuple(dict.fromkeys(found))

    @property
    def status(self) -> str:
        """Ruling 20."""
        if not self.adjudicated:
            return "pending"
        if self.paid > 0:
            return "partial" if self.denials or self.units_cut else "paid"
        if self.charge > _NOMINAL:
            if self.denials:
                return "denied"
            if any(part.cents for part in self.adjustments if part.group == "PR" and part.reason in PATIENT_SHARE):
                return "patient-responsibility"
        return "paid"


@dataclass(frozen=True, slots=True)
class Hit:
    """A planted finding: its line, the other side of its pair, and lines that only some would call a partner.

    ``encounter`` and ``claim`` are the lines around it: of the same patient, date and provider, and of its claim.
    """

    rule: str
    line: Line
    severity: int
    kind: str
    partners: frozenset[Line]
    perhaps: frozenset[Line]
    encounter: frozenset[Line]
    claim: frozenset[Line]


class Reading(NamedTuple):
    """One way to read the places that are open."""

    wide_partners: bool = False
    """Every line that a pairing rule compares is a partner, not only the other side of an NCCI pair."""
    whole_claim: bool = False
    """A hit speaks for the other lines of its claim on other dates too."""
    scope_counts: bool = True
    """The tenth for a payer class in scope is given by the rule's scope text, and not to every rule alike."""
    remark_alone: bool = False
    """The RARC of any alternative adds to a category match, not only with the CARC of that alternative."""
    label_first: bool = True
    """The better label wins (ruling 22), not the higher score (2.3)."""


READINGS = tuple(Reading(*choice) for choice in product((False, True), repeat=5))
_LABELS = ("predicted", "predicted-on-partner", "consistent")


class _Candidate(NamedTuple):
    label: int
    score: int
    severity: int
    remark: bool
    rule: str

    def rank(self, label_first: bool) -> tuple[int, ...]:
        """Better is less."""
        label, score = self.label, -self.score
        first = (label, score) if label_first else (score, label)
        return (*first, -self.severity, -self.remark, PLACE[self.rule])


def label(line: Line, outcomes: Mapping[Line, Outcome], hits: Iterable[Hit]) -> tuple[str | None, str | None]:
    """The label of a line and the rule that it speaks for."""
    outcome = outcomes[line]
    status = outcome.status
    if status == "paid":
        return _of_paid(line, outcomes, hits)
    if status not in ("denied", "partial"):
        return None, None
    if not outcome.denials:
        raise AmbiguousError("units cut without a reason")
    if _is_unrelated(outcome):
        return "unrelated", None
    near = [hit for hit in hits if line in hit.encounter or line in hit.claim]
    found = {_of_denied(line, outcome, near, reading) for reading in READINGS} if near else {("unflagged", None)}
    if len(found) > 1:
        raise AmbiguousError(f"{line.code} {outcome.denials} {outcome.remarks}: {sorted(map(str, found))}")
    return found.pop()


def _is_unrelated(outcome: Outcome) -> bool:
    for reason in outcome.denials:
        if reason in UNRELATED or (reason == "18" and outcome.of_replaced):
            return True
        if reason == "16" and not IDENTITY.isdisjoint(outcome.remarks):
            return True
    return False


def _of_paid(line: Line, outcomes: Mapping[Line, Outcome], hits: Iterable[Hit]) -> tuple[str | None, str | None]:
    """Ruling 23: an error that the payer did not mind, unless it denied the other side."""
    free: dict[str, bool] = {}
    for hit in hits:
        if hit.line is line and hit.severity == ERROR:
            sure = any(_answers(hit.rule, outcomes.get(other)) for other in hit.partners)
            perhaps = any(_answers(hit.rule, outcomes.get(other)) for other in hit.perhaps)
            if perhaps and not sure:
                raise AmbiguousError(f"{hit.rule}: a line that may be a partner was denied")
            free[hit.rule] = not sure
    rules = [rule for rule, not_enforced in free.items() if not_enforced]
    if len(rules) > 1:
        raise AmbiguousError(f"paid in spite of {', '.join(rules)}")
    return ("not-enforced", rules[0]) if rules else (None, None)


def _answers(rule: str, outcome: Outcome | None) -> bool:
    """Whether a line was denied for a reason that is in the rule's signature."""
    if outcome is None or outcome.status not in ("denied", "partial"):
        return False
    return any(_matches(rule, reason, outcome.remarks) for reason in outcome.denials)


def _matches(rule: str, reason: str, remarks: Sequence[str]) -> int:
    """0 where the CARC is not in the signature, 1 where it is, 2 where a RARC of that alternative is there too."""
    best = 0
    for reasons, wanted in signature(rule):
        with_remark = not wanted.isdisjoint(remarks)
        if not reasons:
            best = 2 if with_remark else best
        elif reason in reasons and (reason not in GENERIC or with_remark or not (wanted or remarks)):
            best = max(best, 1 + with_remark)
    return best


def _of_denied(
    line: Line, outcome: Outcome, hits: Sequence[Hit], reading: Reading
) -> tuple[str | None, str | None]:
    found = [
        candidate
        for hit in hits
        for reason in outcome.denials
        if (candidate := _candidate(line, reason, outcome.remarks, hit, reading)) is not None
    ]
    if not found:
        return "unflagged", None
    best = min(found, key=lambda candidate: candidate.rank(reading.label_first))
    return _LABELS[best.label], best.rule


def _candidate(line: Line, reason: str, remarks: tuple[str, ...], hit: Hit, reading: Reading) -> _Candidate | None:
    if line is hit.line:
        score, level = _OWN, 0
    elif line in hit.partners or (reading.wide_partners and line in hit.perhaps):
        score, level = _PARTNER, 1
    elif line in hit.encounter or (reading.whole_claim and line in hit.claim):
        score, level = _OTHER, 2
    else:
        return None
    match = _matches(hit.rule, reason, remarks)
    remark = match == 2
    if not match:
        if speaks_of(hit.rule).isdisjoint(categories(reason, remarks)):
            return None
        score, level = score // 2, 2
        remark = reading.remark_alone and any(not part.remarks.isdisjoint(remarks) for part in signature(hit.rule))
    score += _REMARK * remark
    if not reading.scope_counts or in_scope(hit.rule, hit.kind):
        score += _SCOPE
    return _Candidate(level, score, hit.severity, remark, hit.rule) if score >= _ENOUGH else None
