"""Denials with one cause: a claim that was denied as a whole, an injection that fell with its drug (RULES.md 2.4)."""

from __future__ import annotations

from typing import NamedTuple

from edi837.denials.attribute import Attribution, Label
from edi837.denials.outcome import ClaimOutcome, LineOutcome
from edi837.denials.reasons import GENERIC
from edi837.reference import Reference
from edi837.rules.codes import ANY_ADMINISTRATION

_DRUG_REASONS = frozenset({"50", "96", "16"})
_FOLLOWING_REASONS = frozenset({"B15", "96"})
_FOLLOWING_REMARKS = frozenset({"N161", "N169", "N356"})

# The label of a cause with several lines: the one that says most.
_LABELS: tuple[Label, ...] = ("predicted", "predicted-on-partner", "consistent", "unflagged", "unrelated")


class Cause(NamedTuple):
    """One cause of denials on a claim."""

    root: LineOutcome
    """The line to look at first."""
    attribution: Attribution
    lines: tuple[LineOutcome, ...]
    """Every line that was denied for it, the root among them."""
    whole_claim: bool


def causes(outcome: ClaimOutcome, attributions: list[Attribution], reference: Reference) -> list[Cause]:
    """The causes of the denied lines of a claim; each denied line belongs to one of them."""
    if not outcome.has_denial:
        return []
    denied = [(line, found) for line, found in zip(outcome.lines, attributions, strict=True) if line.is_denied]
    if len(denied) > 1 and _is_whole_claim(outcome):
        line, found = min(denied, key=lambda item: _LABELS.index(item[1].label or "unrelated"))
        return [Cause(line, found, tuple(line for line, _ in denied), True)]
    drugs = [
        line
        for line, _ in denied
        if line.denials
        and line.denials[0].reason in _DRUG_REASONS
        and reference.drug_line(line.line.procedure) is not None
    ]
    followers: dict[int, list[LineOutcome]] = {}
    roots: list[tuple[LineOutcome, Attribution]] = []
    for line, found in denied:
        drug = next((item for item in drugs if item is not line and _follows(line, item)), None)
        if drug is None:
            roots.append((line, found))
        else:
            followers.setdefault(id(drug), []).append(line)
    return [Cause(line, found, (line, *followers.get(id(line), ())), False) for line, found in roots]


def _is_whole_claim(outcome: ClaimOutcome) -> bool:
    """Whether every line was denied with the same CARC; a generic one counts only with the same RARCs."""
    lines = [line for line in outcome.lines if not line.line.is_nominal]
    if any(line.status != "denied" for line in lines):
        return False
    first = lines[0]
    reason = first.denials[0].reason
    return all(
        line.denials[0].reason == reason
        and (reason not in GENERIC or line.evidence.explaining == first.evidence.explaining)
        for line in lines
    )


def _follows(line: LineOutcome, drug: LineOutcome) -> bool:
    """Whether an administration was denied because its drug was."""
    return (
        line.line.procedure in ANY_ADMINISTRATION
        and line.line.service_date == drug.line.service_date
        and any(
            denial.reason in _FOLLOWING_REASONS or bool(line.evidence.explaining & _FOLLOWING_REMARKS)
            for denial in line.denials
        )
    )
