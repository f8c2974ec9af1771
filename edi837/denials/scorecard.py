"""What a run adds up to: each rule's record at each payer, root causes by money, the account of every dollar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt

from edi837.denials.attribute import Attribution, Attributor, Neighbour, Vicinity
from edi837.denials.cascade import Cause
from edi837.denials.money import ZERO, Money
from edi837.denials.outcome import ClaimOutcome, LineOutcome
from edi837.denials.report import DenialSummary, RootCause, ScoreRow
from edi837.denials.signatures import parse_signatures
from edi837.model import Finding

_CENT = Decimal("0.01")
_Z = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""

_CauseKey = tuple[str | None, str | None, str | None, str | None, str | None, str | None]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's score interval), which holds for few trials too."""
    share, square = successes / trials, _Z * _Z
    middle = share + square / (2 * trials)
    reach = _Z * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    scale = 1 + square / trials
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


class _Record:
    """The record of one rule at one payer."""

    __slots__ = ("amount", "as_predicted", "otherwise", "paid", "pending", "predicts")

    def __init__(self) -> None:
        self.as_predicted = self.otherwise = self.paid = self.pending = 0
        self.amount = ZERO
        self.predicts = False


class _Sum:
    """Lines and dollars."""

    __slots__ = ("amount", "lines")

    def __init__(self) -> None:
        self.lines = 0
        self.amount = ZERO


class Scorecard:
    """Adds up claims, in any order, without keeping them."""

    def __init__(self, attributor: Attributor) -> None:
        self._attributor = attributor
        self._records: dict[tuple[str, str], _Record] = {}
        self._causes: dict[_CauseKey, _Sum] = {}
        self._allowed: dict[tuple[str, str], _Sum] = {}
        """By payer and procedure, of paid lines."""
        self._foreseen: dict[tuple[str, str], _Sum] = {}
        """By payer and procedure, the charges of denied lines that a rule foresaw."""
        self._statuses: dict[str, int] = {}
        self._foreseen_amount = ZERO
        self.payers: dict[str, Money] = {}
        """The account of each payer, by its id in the claims."""
        self.names: dict[str, str] = {}
        """What the claims call each payer."""
        self.unmatched_services = 0
        """Services of claim payments that answer no line of their claim."""

    def add(
        self,
        outcome: ClaimOutcome,
        attributions: Sequence[Attribution],
        findings: Sequence[Finding],
        neighbours: Sequence[Neighbour],
        causes: Iterable[Cause],
    ) -> None:
        """Adds one claim with the causes of its denials."""
        payer = outcome.claim.payer.id
        account = self.payers.get(payer)
        if account is None:
            account = self.payers[payer] = Money()
            self.names[payer] = outcome.claim.payer.name
        statuses, allowed = self._statuses, self._allowed
        for line in outcome.lines:
            account.add(line.money)
            statuses[line.status] = statuses.get(line.status, 0) + 1
            if line.allowed is not None:
                _count(allowed, (payer, line.line.procedure), line.allowed)
        if outcome.has_denial:
            for line, found in zip(outcome.lines, attributions, strict=True):
                if found.is_foreseen:
                    _count(self._foreseen, (payer, line.line.procedure), line.line.charge)
                    self._foreseen_amount += line.money.denied
        self.unmatched_services += len(outcome.unmatched)
        if findings:
            undenied = not neighbours and not outcome.has_denial
            vicinity = Vicinity(outcome, neighbours)
            for finding in findings:
                if finding.suppressed is None:
                    self._grade(finding, outcome, vicinity, undenied)
        for cause in causes:
            self._add_cause(cause, payer)

    def _grade(self, finding: Finding, outcome: ClaimOutcome, vicinity: Vicinity, undenied: bool) -> None:
        """Counts what became of one finding; `undenied` tells that no line near it was denied."""
        key = finding.code, finding.payer
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = _Record()
        record.predicts = record.predicts or bool(parse_signatures(finding.predicts))
        own: Sequence[LineOutcome] = outcome.lines
        if finding.line is not None:
            own = vicinity.lines(outcome.claim.id, finding.line)
        if not undenied:
            foreseen = {id(line): line for line in own if self._attributor.foresaw(finding, line)}
            enforced = self._attributor.enforced_on(finding, vicinity)
            foreseen.update((id(line), line) for line in enforced)
            if foreseen:
                record.as_predicted += 1
                record.amount += sum((line.money.denied for line in foreseen.values()), ZERO)
                return
            if any(line.is_denied for line in own):
                record.otherwise += 1
                return
        if all(line.status == "pending" for line in own):
            record.pending += 1
        else:
            record.paid += 1

    def _add_cause(self, cause: Cause, payer: str) -> None:
        root, attribution = cause.root, cause.attribution
        denial = root.denials[0] if root.denials else None
        key = (
            payer or None,
            f"{denial.group}-{denial.reason}" if denial else None,
            next((code for code in _explaining(root)), None),
            None if cause.whole_claim else root.line.procedure or None,
            attribution.label,
            attribution.rule,
        )
        total = self._causes.setdefault(key, _Sum())
        total.lines += len(cause.lines)
        total.amount += sum((line.money.denied for line in cause.lines), ZERO)

    # What it comes to -------------------------------------------------------------------------------------------------

    def total(self) -> Money:
        """The account of all payers."""
        total = Money()
        for money in self.payers.values():
            total.add(money)
        return total

    def rules(self) -> tuple[ScoreRow, ...]:
        """The record of each rule at each payer, by rule and payer."""
        return tuple(_score_row(rule, payer, record) for (rule, payer), record in sorted(self._records.items()))

    def root_causes(self) -> tuple[RootCause, ...]:
        """The causes of all denials, the dearest first."""
        found = [
            RootCause(payer, adjustment, remark, procedure, label, rule, total.lines, total.amount)  # type: ignore[arg-type]
            for (payer, adjustment, remark, procedure, label, rule), total in self._causes.items()
        ]
        found.sort(
            key=lambda cause: (
                -cause.amount,
                -cause.lines,
                *(text or "" for text in (cause.payer, cause.adjustment, cause.remark, cause.procedure)),
                cause.label or "",
                cause.rule or "",
            )
        )
        return tuple(found)

    def summary(self, unmatched: int) -> DenialSummary:
        """The figures of the run, given how many claim payments answer no claim."""
        statuses = Counter(self._statuses)
        return DenialSummary(
            lines=statuses.total(),
            paid=statuses["paid"],
            denied=statuses["denied"],
            partial=statuses["partial"],
            patient_responsibility=statuses["patient-responsibility"],
            pending=statuses["pending"],
            unmatched=unmatched,
            denied_amount=self.total().denied,
            foreseen_amount=self._foreseen_amount,
            preventable_amount=self._preventable(),
        )

    def _preventable(self) -> Decimal:
        """What the foreseen denials would have brought, dollars: see `DenialSummary.preventable_amount`."""
        total = ZERO
        for key, billed in self._foreseen.items():
            allowed = self._allowed.get(key)
            if allowed is None:
                total += billed.amount
            else:
                usual = allowed.amount / allowed.lines
                total += min(billed.amount, (usual * billed.lines).quantize(_CENT, ROUND_HALF_UP))
        return total


def _count(sums: dict[tuple[str, str], _Sum], key: tuple[str, str], amount: Decimal) -> None:
    total = sums.get(key)
    if total is None:
        total = sums[key] = _Sum()
    total.lines += 1
    total.amount += amount


def _explaining(line: LineOutcome) -> list[str]:
    """The RARCs that explain a denial: the line's in their order, then the claim's."""
    own = [code for code in line.remarks if code in line.evidence.explaining]
    return own or sorted(line.evidence.explaining)


def _score_row(rule: str, payer: str, record: _Record) -> ScoreRow:
    decided = record.as_predicted + record.otherwise + record.paid
    precision = low = high = None
    if decided and record.predicts:
        precision = round(record.as_predicted / decided, 4)
        low, high = (round(end, 4) for end in wilson(record.as_predicted, decided))
    return ScoreRow(
        rule,
        payer or None,
        decided + record.pending,
        record.as_predicted,
        record.otherwise,
        record.paid,
        record.pending,
        precision,
        low,
        high,
        record.amount,
    )
