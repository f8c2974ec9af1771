"""What became of each service line: its status, its money and why. The values; `edi837.denials.decide` makes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from edi837.denials.adjudication import Adjudication
from edi837.denials.match import Step
from edi837.denials.money import Money
from edi837.denials.reasons import Remarks
from edi837.model import Claim, ServiceLine
from edi837.payments import Adjustment, ClaimPayment, ServicePayment

Status = Literal["paid", "denied", "partial", "patient-responsibility", "pending"]

_UNIT_LIMIT = "N362"
_UNIT_LIMIT_REASONS = frozenset({"151", "222", "35", "96"})


class Part(msgspec.Struct, frozen=True, gc=False):
    """What one claim payment did to one service line: a service, a share of the claim, or several services at once."""

    payment: ClaimPayment
    services: tuple[ServicePayment, ...]
    """Empty where the payer decided the claim as a whole."""
    step: Step
    """How the line was found; the weakest step of several."""
    charge: Decimal
    paid: Decimal
    adjustments: tuple[Adjustment, ...]
    """Of the services, and the line's share of those of the claim."""


class LineOutcome(msgspec.Struct, frozen=True, gc=False):
    """What became of one service line."""

    line: ServiceLine
    status: Status
    parts: tuple[Part, ...]
    """The latest decision; several where the payer split the line. Empty: pending."""
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...]
    """RARCs of the line; on a denied line without any, those of its claim that explain."""
    evidence: Remarks
    """RARCs of the line and of the claim, sorted by what they do."""
    denials: tuple[Adjustment, ...]
    """The adjustments that deny, the largest first; empty on a line that is neither denied nor partial."""
    category: str | None
    """The category of the first denial (RULES.md section 3)."""
    money: Money
    allowed: Decimal | None
    """What the payer allowed for a paid line, dollars: AMT*B6, else what it paid and what it left to the patient."""
    superseded: tuple[Part, ...]
    """Earlier decisions on the line that were not reversed but decided anew."""

    @property
    def is_denied(self) -> bool:
        """Whether the line is denied or partial: what is to be explained."""
        return bool(self.denials) or self.status == "partial"

    @property
    def matched_by(self) -> Step | None:
        """How the line was found in the remittances."""
        return self.parts[0].step if self.parts else None

    @property
    def is_whole_line_unit_limit(self) -> bool:
        """Whether a medically unlikely edit took the whole line, not only the units above it (RULES.md 2.4)."""
        return (
            self.status == "denied"
            and _UNIT_LIMIT in self.evidence.explaining
            and any(denial.reason in _UNIT_LIMIT_REASONS for denial in self.denials)
        )


class ClaimOutcome(msgspec.Struct, frozen=True, gc=False):
    """What became of one claim."""

    claim: Claim
    lines: tuple[LineOutcome, ...]
    adjudication: Adjudication
    unmatched: tuple[ServicePayment, ...]
    """Services of its payments that answer none of its lines."""
    has_denial: bool
    """Whether a line is denied or partial."""
