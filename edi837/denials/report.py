"""The values of the denial report, in the order of the JSON contract: rows, scorecard, root causes, summary."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

from edi837.denials.attribute import Attribution, Label, Neighbour
from edi837.denials.cascade import Cause
from edi837.denials.match import Step
from edi837.denials.outcome import ClaimOutcome, Status
from edi837.model import Finding
from edi837.results import Tool


class DenialRow(msgspec.Struct, frozen=True, gc=False):
    """What became of one service line, and which rule foresaw it."""

    claim: str
    """CLM01."""
    line: str | None
    """LX01."""
    procedure: str | None
    """SV101-2."""
    payer: str | None
    """2010BB NM109 of the claim."""
    service_date: date | None
    charge: Decimal
    """SV102, dollars."""
    paid: Decimal
    """SVC03 of the decision that counts, dollars."""
    status: Status
    matched_by: Step | None
    """How the line was found in the remittances; None: it was not."""
    adjustments: tuple[str, ...]
    """Group and CARC of each adjustment: CO-97."""
    remarks: tuple[str, ...]
    """RARCs of the line; on a denied line without any, those of its claim that explain."""
    category: str | None
    """What kind of denial it is; None for what was not denied."""
    label: Label | None
    rule: str | None
    alternates: tuple[str, ...]
    """Other rules with a finding that speaks about the line."""


DENIAL_COLUMNS = DenialRow.__struct_fields__


class ScoreRow(msgspec.Struct, frozen=True, gc=False):
    """How often a rule was right at a payer, of the claims that were sent in spite of it."""

    rule: str
    payer: str | None
    hits: int
    """Findings; the sum of the next four."""
    denied_as_predicted: int
    denied_otherwise: int
    paid: int
    """Findings whose line was paid, or left to the patient as deductible and the like."""
    pending: int
    precision: float | None
    """denied_as_predicted / (hits - pending); None where nothing is decided or the rule predicts no denial."""
    precision_low: float | None
    """The lower end of its 95 % interval (Wilson)."""
    precision_high: float | None
    amount: Decimal
    """Denied on the lines that were denied as predicted, dollars."""


class RootCause(msgspec.Struct, frozen=True, gc=False):
    """Denials with one cause, at one payer. Each denied line stands in exactly one of them."""

    payer: str | None
    adjustment: str | None
    """Group and CARC of the denial; None where units were cut without a word."""
    remark: str | None
    """The first RARC that explains it."""
    procedure: str | None
    """The procedure that is at fault; None where the whole claim was denied for one reason."""
    label: Label | None
    rule: str | None
    lines: int
    amount: Decimal
    """Denied, dollars."""


class UnmatchedPayment(msgspec.Struct, frozen=True, gc=False):
    """A claim payment that answers no claim of the run."""

    claim: str
    """CLP01."""
    payer: str | None
    charge: Decimal
    paid: Decimal


class DenialSummary(msgspec.Struct, frozen=True, gc=False):
    """The figures of one run, in service lines and dollars."""

    lines: int
    paid: int
    denied: int
    partial: int
    patient_responsibility: int
    pending: int
    unmatched: int
    """Claim payments that answer no claim of the run."""
    denied_amount: Decimal
    foreseen_amount: Decimal
    """The part of it on lines that are predicted or predicted on the partner."""
    preventable_amount: Decimal
    """What those lines would have brought: what the payer allowed for the same code on average, else the charge."""


class DenialsReport(msgspec.Struct, frozen=True):
    """What `edi837 denials --format json` prints. The reporter writes it piece by piece."""

    schema_version: Literal[1]
    tool: Tool
    summary: DenialSummary
    lines: tuple[DenialRow, ...]
    scorecard: tuple[ScoreRow, ...]
    root_causes: tuple[RootCause, ...]
    unmatched_payments: tuple[UnmatchedPayment, ...]


class ClaimReport(NamedTuple):
    """What became of one claim, and why."""

    outcome: ClaimOutcome
    attributions: list[Attribution]
    findings: list[Finding]
    neighbours: list[Neighbour]
    causes: list[Cause]
    rows: list[DenialRow]
    replaced: bool
    """Whether a later claim of the run replaces or voids it."""
