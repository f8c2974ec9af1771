"""Which rule foresaw a denial: scores, labels, ties and cascades (RULES.md 2.3, 2.4, rulings 22 to 24)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import islice
from typing import Literal, NamedTuple

from edi837.denials.outcome import ClaimOutcome, LineOutcome
from edi837.denials.reasons import GENERIC, Reasons, expected_categories
from edi837.denials.signatures import NO_FIT, Fit, fit, parse_signatures
from edi837.model import Finding, Severity
from edi837.payments import Adjustment

Label = Literal["predicted", "predicted-on-partner", "consistent", "unflagged", "unrelated", "not-enforced"]

# Scores in hundredths, so that 0.8 x 0.5 reaches the threshold of 0.4 exactly.
_OWN, _PARTNER, _ENCOUNTER = 100, 80, 40
_REMARK, _PAYER = 30, 10
_THRESHOLD = 40

_MOST_FINDINGS = 1000
"""Findings about other lines that are weighed for one line: a claim with more is none that a person has written."""

_ORDER: tuple[Label, ...] = ("predicted", "predicted-on-partner", "consistent")

_UNRELATED = frozenset({"22", "24", "26", "27", "29", "31", "33", "252", "226", "227", "242", "256", "288"})
"""CARCs about coverage, filing and paper: no rule about an injection speaks of them."""

_UNRELATED_UNLESS = {"109": "G04", "197": "G06", "198": "G06", "284": "G06", "296": "G06", "B7": "I06"}
"""CARCs that are related only where this rule has a finding on the line."""

_IDENTITY_REMARKS = frozenset({"MA27", "MA36", "MA37", "MA39", "MA61"})
"""RARCs with CARC 16 about who the patient is: entitlement number, name, address, sex, social security number."""

# The order of RULES.md 0.4, as far as it tells two rules apart.
_PHASES: tuple[tuple[str, ...], ...] = (
    ("I04", "E01", "C06", "C07", "D06", "D07", "H09"),
    ("D01", "D02", "D12"),
    ("F",),
    ("G01", "G02"),
    ("A",),
    ("B02", "B04", "B11", "B15", "B16"),
    ("B01", "B03", "B09", "B12", "B13", "B14"),
    ("B",),
    ("C01",),
    ("C03",),
    ("C04",),
    ("C05",),
    ("C", "D"),
    ("E", "H", "J", "G", "I"),
)
_LAST = "A09"


@cache
def rule_order(code: str) -> int:
    """The place of a rule in the order of RULES.md 0.4."""
    if code == _LAST:
        return len(_PHASES)
    exact = next((number for number, phase in enumerate(_PHASES) if code in phase), None)
    if exact is not None:
        return exact
    return next((number for number, phase in enumerate(_PHASES) if code[0] in phase), len(_PHASES))


class Candidate(NamedTuple):
    """A finding as an explanation of one denied line."""

    finding: Finding
    score: int
    """Hundredths."""
    label: Label
    fit: Fit
    nearness: int
    """What the score begins with: 100 for a finding on the line, 80 on its partner, 40 elsewhere in the encounter."""

    @property
    def rank(self) -> tuple[int, int, bool, int, str]:
        """What decides among candidates, the best first: score, then ruling 24."""
        finding = self.finding
        return (-self.score, -finding.severity.rank, not self.fit.remark, rule_order(finding.code), finding.code)


class Attribution(NamedTuple):
    """What the rules have to say about one line."""

    label: Label | None
    rule: str | None
    alternates: tuple[str, ...]
    """Codes of the other rules with a finding that speaks about the line, the best first."""
    candidates: tuple[Candidate, ...]
    """What was weighed for a denied line, the best first; those without a score have nothing to do with it."""

    @property
    def is_foreseen(self) -> bool:
        """Whether a rule foresaw the denial, on this line or on its partner."""
        return self.label in ("predicted", "predicted-on-partner")


_NOTHING = Attribution(None, None, (), ())


class Neighbour(NamedTuple):
    """Another claim of the same patient and billing provider, with its findings."""

    outcome: ClaimOutcome
    findings: Sequence[Finding]


class Vicinity:
    """A claim and its neighbours, to look lines up by claim and line number."""

    def __init__(self, outcome: ClaimOutcome, neighbours: Sequence[Neighbour]) -> None:
        self._outcomes = [outcome, *(neighbour.outcome for neighbour in neighbours)]
        self._lines: dict[tuple[str, str | None], list[LineOutcome]] | None = None

    def lines(self, claim: str, number: str | None) -> list[LineOutcome]:
        """The lines of these numbers."""
        if self._lines is None:
            self._lines = {}
            for outcome in self._outcomes:
                for line in outcome.lines:
                    self._lines.setdefault((outcome.claim.id, line.line.number), []).append(line)
        return self._lines.get((claim, number), [])


class Attributor:
    """Explains the lines of claims by the findings of the rules."""

    def __init__(self, reasons: Reasons) -> None:
        self._reasons = reasons

    def attribute(
        self,
        outcome: ClaimOutcome,
        findings: Sequence[Finding],
        neighbours: Sequence[Neighbour] = (),
        *,
        replaced: bool = False,
    ) -> list[Attribution]:
        """For each line of a claim the rule that foresaw what became of it.

        `findings` are the claim's own; the neighbours are the other claims of its encounters, where there are any.
        `replaced` tells that a later claim took its place: a duplicate denial then answers that one.
        """
        if not findings and not neighbours:
            if not outcome.has_denial:
                return [_NOTHING] * len(outcome.lines)
            return [
                self._unforeseen(line, (), frozenset(), replaced) if line.is_denied else _NOTHING
                for line in outcome.lines
            ]
        # By line number; what is about the whole claim, under None, is about each of its lines.
        by_line: dict[str | None, list[Finding]] = {}
        for item in findings:
            if item.suppressed is None:
                by_line.setdefault(item.line, []).append(item)
        whole = by_line.pop(None, [])
        vicinity = Vicinity(outcome, neighbours)
        found: list[Attribution] = []
        for line in outcome.lines:
            own = by_line.get(line.line.number, [])
            if whole:
                own = own + whole
            if line.is_denied:
                others = (item for number, items in by_line.items() if number != line.line.number for item in items)
                found.append(
                    self._denied(line, outcome, own, list(islice(others, _MOST_FINDINGS)), neighbours, replaced)
                )
            else:
                found.append(self._undenied(line, own, vicinity) if own else _NOTHING)
        return found

    def foresaw(self, finding: Finding, line: LineOutcome) -> bool:
        """Whether the line was denied with a CARC of the finding's signatures."""
        return any(self._fit(finding, line, denial).reason for denial in line.denials)

    def enforced_on(self, finding: Finding, vicinity: Vicinity) -> list[LineOutcome]:
        """The partner lines of a finding that were denied with a CARC of its signatures."""
        return [
            line
            for partner in dict.fromkeys(finding.partners)
            for line in vicinity.lines(partner.claim, partner.line)
            if self.foresaw(finding, line)
        ]

    def _denied(
        self,
        line: LineOutcome,
        outcome: ClaimOutcome,
        own: Sequence[Finding],
        others: list[Finding],
        neighbours: Sequence[Neighbour],
        replaced: bool,
    ) -> Attribution:
        """A denied line; the others are the findings about other lines of its claim."""
        number, claim = line.line.number, outcome.claim
        others += [item for neighbour in neighbours for item in neighbour.findings if item.suppressed is None]
        payer = claim.payer.id
        candidates = [self._candidate(item, line, _OWN, payer) for item in own]
        day = line.line.service_date
        for item in others:
            if any(partner.claim == claim.id and partner.line == number for partner in item.partners):
                candidates.append(self._candidate(item, line, _PARTNER, payer))
            elif item.service_date == day:
                candidates.append(self._candidate(item, line, _ENCOUNTER, payer))
        candidates.sort(key=lambda candidate: candidate.rank)
        return self._unforeseen(line, candidates, frozenset(item.code for item in own), replaced)

    def _unforeseen(
        self, line: LineOutcome, candidates: Sequence[Candidate], own: frozenset[str], replaced: bool
    ) -> Attribution:
        """The label of a denied line, by the order of ruling 22."""
        found = tuple(candidates)
        good = [candidate for candidate in found if candidate.score >= _THRESHOLD]
        # A payer that processes a replacement calls the original its duplicate (RULES.md section 4, trap 21).
        duplicate = replaced and not any(candidate.label == "predicted" for candidate in good)
        if line.denials and all(
            _is_unrelated(denial, line, own) or (duplicate and denial.reason == "18") for denial in line.denials
        ):
            return Attribution("unrelated", None, _codes(good), found)
        for label in _ORDER:
            best = next((candidate for candidate in good if candidate.label == label), None)
            if best is not None:
                rule = best.finding.code
                return Attribution(label, rule, tuple(code for code in _codes(good) if code != rule), found)
        return Attribution("unflagged", None, (), found)

    def _undenied(self, line: LineOutcome, own: Sequence[Finding], vicinity: Vicinity) -> Attribution:
        """A line with findings that was not denied; where it was paid, a rule may not be enforced (ruling 23)."""
        if len(own) > 1:
            own = sorted(own, key=lambda item: (-item.severity.rank, rule_order(item.code), item.code))
        codes = tuple(dict.fromkeys([item.code for item in own]))
        if line.status == "paid":
            for item in own:
                if item.severity is Severity.ERROR and not self.enforced_on(item, vicinity):
                    return Attribution(
                        "not-enforced", item.code, tuple(code for code in codes if code != item.code), ()
                    )
        return Attribution(None, None, codes, ())

    def _candidate(self, finding: Finding, line: LineOutcome, base: int, payer: str) -> Candidate:
        # A finding is made only where its rule speaks for the payer of its claim.
        scope = _PAYER if finding.payer == payer else 0
        best, best_fit = 0, NO_FIT
        for denial in line.denials:
            found = self._fit(finding, line, denial)
            if found.reason:
                score = base + scope + (_REMARK if found.remark else 0)
            elif self._is_of_category(finding, line, denial):
                score = base // 2 + scope
            else:
                continue
            if (score, found.reason) > (best, best_fit.reason):
                best, best_fit = score, found
        if not line.denials and expected_categories(finding.category) & _UNITS_CUT:
            best = base // 2 + scope
        return Candidate(finding, best, _label(base, best_fit), best_fit, base)

    def _fit(self, finding: Finding, line: LineOutcome, denial: Adjustment) -> Fit:
        evidence = line.evidence
        return fit(
            parse_signatures(finding.predicts),
            denial.reason,
            evidence.explaining,
            evidence.alerts,
            generic=denial.reason in GENERIC,
        )

    def _is_of_category(self, finding: Finding, line: LineOutcome, denial: Adjustment) -> bool:
        expected = expected_categories(finding.category)
        if denial.reason in GENERIC and line.evidence.explaining:
            return bool(self._reasons.remark_categories(line.evidence.explaining) & expected)
        return self._reasons.category(denial.reason, ()) in expected


# What a line is denied for that was paid for fewer units than it billed, without a word why.
_UNITS_CUT = frozenset({"units", "frequency"})


def _is_unrelated(denial: Adjustment, line: LineOutcome, own: frozenset[str]) -> bool:
    """Whether a denial is of a kind that no rule speaks of; `own` are the rules with a finding on the line."""
    reason = denial.reason
    unless = _UNRELATED_UNLESS.get(reason)
    if unless is not None:
        return unless not in own
    return reason in _UNRELATED or (reason == "16" and bool(line.evidence.explaining & _IDENTITY_REMARKS))


def _label(base: int, found: Fit) -> Label:
    if not found.reason or base == _ENCOUNTER:
        return "consistent"
    return "predicted" if base == _OWN else "predicted-on-partner"


def _codes(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(candidate.finding.code for candidate in candidates))
