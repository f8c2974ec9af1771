"""The denial report for a person: where the charges went, what was denied and why, how good the rules are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import ClassVar

from edi837.denials.money import Money
from edi837.denials.reasons import GENERIC, Reasons
from edi837.denials.report import ClaimReport, DenialSummary, RootCause, ScoreRow, UnmatchedPayment
from edi837.denials.scorecard import Scorecard
from edi837.reporters.base import as_bytes, counted, dollars
from edi837.reporters.denials.base import denial_story
from edi837.results import Tool

_SHOWN = 20
_ACCOUNT = ("charges", "paid", "adjusted", "patient", "denied", "pending")

_LABELS = {
    "predicted": "foreseen by {rule}",
    "predicted-on-partner": "foreseen by {rule} on its partner line",
    "consistent": "of the kind that {rule} speaks of",
    "unflagged": "no rule",
    "unrelated": "no matter of coding",
}


class TextReporter:
    """Tables with the dearest first; the whole story in the last line."""

    human: ClassVar[bool] = True

    def __init__(self, reasons: Reasons, every_claim: bool) -> None:
        self._reasons = reasons
        self._payments: list[UnmatchedPayment] = []
        self._left = 0
        self._left_paid = Decimal(0)

    def start(self, tool: Tool) -> bytes:
        """Nothing."""
        return b""

    def claims(self, batch: Sequence[ClaimReport]) -> bytes:
        """Nothing: they are added up."""
        return b""

    def unmatched(self, batch: Sequence[UnmatchedPayment]) -> bytes:
        """Nothing yet."""
        self._left += len(batch)
        self._left_paid += sum((payment.paid for payment in batch), Decimal(0))
        self._payments += batch[: _SHOWN - len(self._payments)]
        return b""

    def finish(self, summary: DenialSummary, scorecard: Scorecard) -> bytes:
        """The tables, and the story."""
        causes = scorecard.root_causes()
        lines = [
            *_account(scorecard),
            *self._causes("Denials by cause, in dollars", causes),
            *_scorecard(scorecard.rules(), scorecard.names),
            *self._causes(
                "Denials that no rule foresaw: is a rule missing, or does a payer have one of its own?",
                [cause for cause in causes if cause.label == "unflagged"],
            ),
            *self._unmatched(),
        ]
        if scorecard.unmatched_services:
            services = counted(scorecard.unmatched_services, "service payment")
            lines += [f"{services} of these claims could not be told which line they answer.", ""]
        return as_bytes([*lines, denial_story(summary)])

    def _causes(self, title: str, causes: Sequence[RootCause]) -> list[str]:
        if not causes:
            return []
        rows = [
            [
                dollars(cause.amount),
                f"{cause.lines:,}",
                cause.payer or "-",
                " ".join(filter(None, (cause.adjustment, cause.remark))) or "fewer units",
                cause.procedure or "whole claim",
                _LABELS[cause.label or "unflagged"].format(rule=cause.rule),
                self._words(cause),
            ]
            for cause in causes[:_SHOWN]
        ]
        head = ["amount", "lines", "payer", "denial", "procedure", "foreseen", "what the payer says"]
        return [title, "", *_table(head, rows, "rr"), *_more(len(causes)), ""]

    def _words(self, cause: RootCause) -> str:
        reason = cause.adjustment.partition("-")[2] if cause.adjustment else ""
        of_reason, of_remark = self._reasons.reason_words(reason), self._reasons.remark_words(cause.remark or "")
        return of_remark if of_remark and reason in GENERIC else "; ".join(filter(None, (of_reason, of_remark)))

    def _unmatched(self) -> list[str]:
        if not self._left:
            return []
        rows = [
            [payment.claim, payment.payer or "-", dollars(payment.charge), dollars(payment.paid)]
            for payment in self._payments
        ]
        title = f"Payments that answer no claim of these files: {self._left:,}, {dollars(self._left_paid)} paid"
        return [title, "", *_table(["claim", "payer", "charge", "paid"], rows, "llrr"), *_more(self._left), ""]


def _account(scorecard: Scorecard) -> list[str]:
    """Where the charges went, by payer and in total; each row adds up to the cent."""
    total = scorecard.total()
    named = sorted(scorecard.payers.items())
    rows = [[f"{payer or '-'} {scorecard.names.get(payer, '')}".strip(), *_amounts(money)] for payer, money in named]
    if len(rows) > 1:
        rows.append(["all payers", *_amounts(total)])
    lines = ["Where the charges went", "", *_table(["payer", *_ACCOUNT], rows, "lrrrrrr"), ""]
    if total.unexplained:
        lines += [f"{dollars(total.unexplained)} of what was adjusted is explained by no adjustment code.", ""]
    return lines


def _amounts(money: Money) -> list[str]:
    parts = (money.charge, money.paid, money.adjusted, money.patient, money.denied, money.pending)
    return [dollars(part) for part in parts]


def _scorecard(rows: Sequence[ScoreRow], names: dict[str, str]) -> list[str]:
    # A rule that predicts no denial cannot be right or wrong.
    rows = [row for row in rows if row.precision is not None or row.pending == row.hits]
    if not rows:
        return []
    table = [
        [
            row.rule,
            f"{row.payer or '-'} {names.get(row.payer or '', '')}".strip(),
            f"{row.hits:,}",
            f"{row.denied_as_predicted:,}",
            f"{row.denied_otherwise:,}",
            f"{row.paid:,}",
            f"{row.pending:,}",
            _precision(row),
            dollars(row.amount),
        ]
        for row in rows
    ]
    head = ["rule", "payer", "hits", "as predicted", "otherwise", "paid", "pending", "precision", "denied"]
    return [
        "How often the rules were right",
        "",
        *_table(head, table, "llrrrrrlr"),
        "",
        "Precision is the share of the decided findings that was denied as predicted, with its 95 % interval. It is",
        "measured on what was sent: claims that were corrected or held back before are not in it.",
        "",
    ]


def _precision(row: ScoreRow) -> str:
    if row.precision is None or row.precision_low is None or row.precision_high is None:
        return "-"
    return f"{row.precision:.0%} ({row.precision_low:.0%} to {row.precision_high:.0%})"


def _more(count: int) -> list[str]:
    return [f"  ... and {count - _SHOWN:,} more: --format json has all"] if count > _SHOWN else []


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], alignment: str) -> list[str]:
    """The rows under their head; `alignment` has r or l for each column, l for those beyond it."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    adjust: list[Callable[[str, int], str]] = [
        str.rjust if place < len(alignment) and alignment[place] == "r" else str.ljust for place in range(len(head))
    ]
    return [
        "  " + "  ".join(fit(cell, width) for fit, cell, width in zip(adjust, row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
