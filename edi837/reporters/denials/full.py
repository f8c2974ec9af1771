"""Each denied claim from both sides: what was sent, what the payer did to each line, and which rule foresaw it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import ClassVar

from edi837.denials.attribute import Attribution, Candidate
from edi837.denials.outcome import LineOutcome, Part
from edi837.denials.reasons import Reasons
from edi837.denials.report import ClaimReport, DenialSummary, UnmatchedPayment
from edi837.denials.scorecard import Scorecard
from edi837.model import Finding, ServiceLine
from edi837.payments import Adjustment, ClaimPayment
from edi837.reporters.base import as_bytes, counted, dollars
from edi837.reporters.denials.base import denial_story
from edi837.results import Tool

_WIDTH = 100
_LABEL = 11

_DUPLICATE = "18"

_STEPS = {
    "line-control-number": "by its line control number",
    "line-number": "by its line number",
    "procedure": "by procedure, date and charge",
    "claim": "with its whole claim",
}


class FullReporter:
    """A paragraph a claim: its lines as they were sent, and under each what became of it and why."""

    human: ClassVar[bool] = True

    def __init__(self, reasons: Reasons, every_claim: bool) -> None:
        self._reasons = reasons
        self._every_claim = every_claim

    def start(self, tool: Tool) -> bytes:
        """Nothing: a person reads the claims first."""
        return b""

    def claims(self, batch: Sequence[ClaimReport]) -> bytes:
        """A paragraph for each claim with a denial."""
        return as_bytes(
            [
                line
                for report in batch
                if self._every_claim or any(line.is_denied for line in report.outcome.lines)
                for line in self._claim(report)
            ]
        )

    def unmatched(self, batch: Sequence[UnmatchedPayment]) -> bytes:
        """Nothing: they have no claim to tell."""
        return b""

    def finish(self, summary: DenialSummary, scorecard: Scorecard) -> bytes:
        """The story."""
        return as_bytes([denial_story(summary)])

    def _claim(self, report: ClaimReport) -> Iterator[str]:
        claim, adjudication = report.outcome.claim, report.outcome.adjudication
        payer = " ".join(filter(None, (claim.payer.id, claim.payer.name)))
        yield f"Claim {claim.id} ({', '.join(filter(None, (payer and f'payer {payer}', dollars(claim.charge))))})"
        for payment in adjudication.live:
            yield from _labelled("decided", _decision(payment))
        if not adjudication.live:
            yield from _labelled("decided", "not yet: no payment of this payer answers it")
        if adjudication.reversed:
            before = "; ".join(_decision(payment) for payment in adjudication.reversed)
            yield from _labelled("before", f"{before}: taken back")
        if report.replaced:
            yield from _labelled("later", "another claim replaced or voided it")
        if any(cause.whole_claim for cause in report.causes):
            yield from _labelled("cause", "the whole claim was denied for one reason")
        if adjudication.others:
            others = "; ".join(
                f"{payment.payer_name or payment.payer or 'another payer'}: {_decision(payment)}"
                for payment in adjudication.others
            )
            yield from _labelled("besides", f"{others}: not this payer's decision")
        for line, attribution in zip(report.outcome.lines, report.attributions, strict=True):
            yield from self._line(line, attribution, report)
        if report.outcome.unmatched:
            codes = ", ".join(service.procedure for service in report.outcome.unmatched)
            yield from _labelled("left over", f"{codes}: paid or denied, but no line of the claim is known to be meant")
        yield ""

    def _line(self, line: LineOutcome, attribution: Attribution, report: ClaimReport) -> Iterator[str]:
        yield from _labelled(f"line {line.line.number or '-'}", _sent(line.line))
        yield from _labelled("", _became(line))
        for adjustment in line.adjustments:
            yield from _labelled("", self._in_words(adjustment))
        for code in line.remarks:
            yield from _labelled("", " ".join(filter(None, (code, self._reasons.remark_words(code)))))
        policies = [policy for part in line.parts for service in part.services for policy in service.policies]
        if policies:
            yield from _labelled("", f"the payer's policy: {', '.join(dict.fromkeys(policies))}")
        if line.is_whole_line_unit_limit:
            yield from _labelled("", "the unit limit (MUE) takes the whole line, not only the units above it")
        for part in line.superseded:
            yield from _labelled("", f"before: {_decision(part.payment)}; {dollars(part.paid)} for this line")
        if line.is_denied:
            yield from self._why(line, attribution, report)
        elif attribution.label == "not-enforced":
            yield from _labelled("rule", f"{attribution.rule} expected a denial; this payer did not enforce it")

    def _why(self, line: LineOutcome, attribution: Attribution, report: ClaimReport) -> Iterator[str]:
        root = next(
            (
                cause.root
                for cause in report.causes
                if not cause.whole_claim and any(item is line for item in cause.lines)
            ),
            line,
        )
        if root is not line:
            yield from _labelled("cause", f"follows from line {root.line.number}")
        if attribution.label == "unrelated":
            if report.replaced and line.denials[0].reason == _DUPLICATE:
                yield from _labelled("rule", "none: the payer took it for a copy of the claim that replaced it")
            else:
                yield from _labelled("rule", "none: coverage, filing and paper are no matter of coding")
            return
        chosen = next((item for item in attribution.candidates if item.finding.code == attribution.rule), None)
        if chosen is not None:
            finding = chosen.finding
            yield from _labelled("rule", f"{_FORESEEN[attribution.label or '']} {_said(finding, report)}")
            if finding.fix:
                yield from _labelled("to do", finding.fix)
            return
        predicting = [item for item in attribution.candidates if item.finding.predicts]
        nearest = max(predicting, key=lambda item: (item.score, item.nearness), default=None)
        if nearest is None:
            yield from _labelled("rule", "none expected a denial of this claim")
        else:
            yield from _labelled("rule", f"none foresaw it; the nearest is {_said(nearest.finding, report)}")
            yield from _labelled("", f"it does not count: {_why_not(nearest, line)}")

    def _in_words(self, adjustment: Adjustment) -> str:
        words = self._reasons.reason_words(adjustment.reason)
        amount = dollars(adjustment.amount)
        return f"{adjustment.group}-{adjustment.reason} {amount}" + (f": {words}" if words else "")


_FORESEEN = {
    "predicted": "foreseen by",
    "predicted-on-partner": "foreseen, on the other line of the pair, by",
    "consistent": "of the kind that is spoken of by",
}


def _said(finding: Finding, report: ClaimReport) -> str:
    where = f"line {finding.line}" if finding.line is not None else "the claim"
    if finding.claim != report.outcome.claim.id:
        where += f" of claim {finding.claim}"
    return f"{finding.code} {finding.name} ({finding.severity.value}, {where}): {finding.message}"


def _why_not(candidate: Candidate, line: LineOutcome) -> str:
    """Why a finding does not explain a denial."""
    finding = candidate.finding
    denials = ", ".join(f"{item.group}-{item.reason}" for item in line.denials) or "fewer units"
    codes = " ".join((denials, *sorted(line.evidence.explaining)))
    if candidate.fit.reason:
        return "it speaks of another line"
    kind = " and not of its kind" if not candidate.score else ""
    return f"{codes} is none of the denials that it predicts ({'; '.join(finding.predicts)}){kind}"


def _sent(line: ServiceLine) -> str:
    code = ":".join((line.procedure or "no procedure", *line.modifiers))
    facts = [
        line.service_date.isoformat() if line.service_date else "",
        f"{line.units} {line.unit_basis}" if line.units is not None else "",
        f"place {line.place_of_service}" if line.place_of_service else "",
        dollars(line.charge),
    ]
    return f"sent {code} ({', '.join(filter(None, facts))})"


def _became(line: LineOutcome) -> str:
    if not line.parts:
        return "pending: no payment answers it"
    money = line.money
    amounts = [
        f"{dollars(amount)} {word}"
        for amount, word in (
            (money.paid, "paid"),
            (money.denied, "denied"),
            (money.patient, "owed by the patient"),
            (money.adjusted - money.unexplained, "adjusted"),
            (money.unexplained, "not explained"),
        )
        if amount
    ]
    what = f"{line.status}: {', '.join(amounts)}" if amounts else line.status
    return f"{what}; found {_STEPS[line.matched_by or '']}{_split(line.parts)}"


def _split(parts: Sequence[Part]) -> str:
    return f", in {counted(len(parts), 'piece')}" if len(parts) > 1 else ""


def _decision(payment: ClaimPayment) -> str:
    facts = [
        payment.payment_date.isoformat() if payment.payment_date else "",
        f"status {payment.status}" if payment.status else "",
        f"number {payment.payer_claim_control_number}" if payment.payer_claim_control_number else "",
        f"check or EFT {payment.trace_number}" if payment.trace_number else "",
        f"{dollars(payment.paid)} paid",
    ]
    return ", ".join(filter(None, facts))


def _labelled(label: str, text: str) -> list[str]:
    first, rest = f"  {label:<{_LABEL}}", " " * (_LABEL + 2)
    return wrap(text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False)
