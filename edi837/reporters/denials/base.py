"""What a denial reporter is, and the sentences that several of them share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from edi837.denials.report import ClaimReport, DenialSummary, UnmatchedPayment
from edi837.denials.scorecard import Scorecard
from edi837.reporters.base import counted, dollars
from edi837.results import Tool


class DenialReporter(Protocol):
    """Turns one run into bytes: `start`, `claims` and then `unmatched` for each batch, `finish`."""

    human: ClassVar[bool]
    """Whether a person reads it: it tells the whole story, and the command line does not repeat it."""

    def start(self, tool: Tool) -> bytes:
        """The bytes before the first claim."""
        ...

    def claims(self, batch: Sequence[ClaimReport]) -> bytes:
        """The bytes of some claims, in input order; may keep them back."""
        ...

    def unmatched(self, batch: Sequence[UnmatchedPayment]) -> bytes:
        """The bytes of some payments that answer no claim; may keep them back."""
        ...

    def finish(self, summary: DenialSummary, scorecard: Scorecard) -> bytes:
        """The bytes after the last claim and payment."""
        ...


def denial_story(summary: DenialSummary) -> str:
    """The run in one line: what became of the lines, what was foreseen, what answers no claim."""
    parts = [
        f"{counted(summary.lines, 'service line')}: {summary.paid:,} paid, {summary.denied:,} denied, "
        f"{summary.partial:,} partial, {summary.patient_responsibility:,} patient responsibility, "
        f"{summary.pending:,} pending"
    ]
    if summary.denied or summary.partial:
        parts.append(
            f"{dollars(summary.denied_amount)} denied, {dollars(summary.foreseen_amount)} of it foreseen by a rule, "
            f"{dollars(summary.preventable_amount)} preventable"
        )
    if summary.unmatched:
        parts.append(f"{counted(summary.unmatched, 'payment')} without a claim")
    return ". ".join(parts) + "."
