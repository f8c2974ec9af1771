"""The rows of the denial report: one for each line, the most of what a run has to make."""

from __future__ import annotations

from collections.abc import Sequence

from edi837.denials.attribute import Attribution
from edi837.denials.outcome import ClaimOutcome
from edi837.denials.report import DenialRow
from edi837.payments import Adjustment


def denial_rows(outcome: ClaimOutcome, attributions: Sequence[Attribution]) -> list[DenialRow]:
    """The rows of a claim, in the order of its lines."""
    number, payer = outcome.claim.id, outcome.claim.payer.id or None
    found: list[DenialRow] = []
    for item, attribution in zip(outcome.lines, attributions, strict=True):
        line, parts = item.line, item.parts
        # By position: it takes half of what keywords take.
        found.append(
            DenialRow(
                number,
                line.number,
                line.procedure or None,
                payer,
                line.service_date,
                line.charge,
                item.money.paid,
                item.status,
                parts[0].step if parts else None,
                _names(item.adjustments),
                item.remarks,
                item.category,
                attribution.label,
                attribution.rule,
                attribution.alternates,
            )
        )
    return found


def _names(adjustments: Sequence[Adjustment]) -> tuple[str, ...]:
    """Group and CARC of the adjustments, each once."""
    names = [f"{item.group}-{item.reason}" for item in adjustments]
    return tuple(names) if len(names) < 2 or len(set(names)) == len(names) else tuple(dict.fromkeys(names))
