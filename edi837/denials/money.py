"""Where the charges went, to the cent: paid, adjusted, owed by the patient, denied or pending."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

ZERO = Decimal(0)
_CENT = Decimal("0.01")


class Money(msgspec.Struct, gc=False):
    """Sums of service lines, in dollars."""

    charge: Decimal = ZERO
    """Billed (837 SV102)."""
    paid: Decimal = ZERO
    adjusted: Decimal = ZERO
    """Written off: contractual and other adjustments, with what the payer left unexplained."""
    patient: Decimal = ZERO
    """Patient responsibility without a denial: deductible, coinsurance, copayment and their like."""
    denied: Decimal = ZERO
    """Adjustments whose CARC denies, whoever has to pay then."""
    pending: Decimal = ZERO
    """Charges that no payment has answered yet."""
    unexplained: Decimal = ZERO
    """The part of `adjusted` that no CAS segment accounts for: 0 where the remittances balance."""

    def add(self, other: Money) -> None:
        """Adds another sum to this one."""
        self.charge += other.charge
        self.paid += other.paid
        self.adjusted += other.adjusted
        # Most lines are paid: the other columns are mostly nothing.
        if other.patient:
            self.patient += other.patient
        if other.denied:
            self.denied += other.denied
        if other.pending:
            self.pending += other.pending
        if other.unexplained:
            self.unexplained += other.unexplained


def difference(money: Money) -> Decimal:
    """What the parts of a sum leave of its charges: 0, or the account does not hold (see `proves`)."""
    return money.charge - money.paid - money.adjusted - money.patient - money.denied - money.pending


def proves(total: Money, parts: Sequence[Money]) -> bool:
    """Whether charges = paid + adjusted + patient responsibility + denied + pending, in each part and in the total.

    The parts, by payer, have to add up to the total in every column.
    """
    sums = Money()
    for part in parts:
        sums.add(part)
    return sums == total and not difference(total) and not any(map(difference, parts))


def shares(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The amount divided in proportion to the weights, to the cent; the shares add up to it exactly.

    Weights below zero count as zero; where none is above it, all are alike.
    """
    if not amount:
        return [ZERO] * len(weights)
    positive = [max(weight, ZERO) for weight in weights]
    total = sum(positive, ZERO)
    if not total:
        positive, total = [Decimal(1)] * len(weights), Decimal(len(weights))
    given = seen = ZERO
    found: list[Decimal] = []
    for weight in positive:
        seen += weight
        # The last share takes what is left, so that an amount with more than two decimals is not lost.
        so_far = amount if seen == total else (amount * seen / total).quantize(_CENT, ROUND_HALF_UP)
        found.append(so_far - given)
        given = so_far
    return found
