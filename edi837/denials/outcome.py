"""What became of each service line: its status, its money and why (RULES.md 2.2 and ruling 20)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from edi837.denials.adjudication import Adjudication
from edi837.denials.match import BY_CLAIM, Step, match_lines
from edi837.denials.money import ZERO, Money, shares
from edi837.denials.reasons import NO_REMARKS, Reasons, Remarks
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


_Share = tuple[tuple[Adjustment, ...], Decimal]
"""A line's share of the adjustments of its claim, and how much less than its SVC03 was paid for it."""


def outcome(claim: Claim, adjudication: Adjudication, reasons: Reasons) -> ClaimOutcome:
    """What the standing decisions of its payer made of a claim."""
    lines = claim.lines
    unmatched: list[ServicePayment] = []
    live = adjudication.live
    # The latest decision on a line comes first.
    parts: list[list[Part]] = _parts(lines, live[-1], unmatched) if live else [[] for _ in lines]
    for payment in live[-2::-1]:
        for earlier, own in zip(_parts(lines, payment, unmatched), parts, strict=True):
            own += earlier
    return ClaimOutcome(
        claim,
        tuple([_line_outcome(line, own, reasons) for line, own in zip(lines, parts, strict=True)]),
        adjudication,
        tuple(unmatched),
    )


def _parts(lines: Sequence[ServiceLine], payment: ClaimPayment, unmatched: list[ServicePayment]) -> list[list[Part]]:
    """What a payment did to each line, in a list of one or none; what answers no line is added to `unmatched`."""
    if not payment.services:
        return [[part] for part in _claim_level(lines, payment)]
    found = match_lines(lines, payment.services)
    claim_shares = _claim_shares(payment) if payment.adjustments else None
    if found.unmatched:
        unmatched += [payment.services[number] for number in found.unmatched]
    return [[_part(payment, services, claim_shares)] if services else [] for services in found.lines]


def _part(payment: ClaimPayment, services: Sequence[tuple[int, Step]], claim_shares: list[_Share] | None) -> Part:
    if len(services) == 1 and claim_shares is None:
        [(number, step)] = services
        service = payment.services[number]
        return Part(payment, (service,), step, service.charge, service.paid, service.adjustments)
    found = tuple([payment.services[number] for number, _ in services])
    paid = sum((service.paid for service in found), ZERO)
    adjustments = [adjustment for service in found for adjustment in service.adjustments]
    if claim_shares is not None:
        for number, _ in services:
            more, less = claim_shares[number]
            adjustments += more
            paid -= less
    charge = sum((service.charge for service in found), ZERO)
    return Part(payment, found, services[-1][1], charge, paid, tuple(adjustments))


def _claim_shares(payment: ClaimPayment) -> list[_Share]:
    """The services' shares of the CAS segments of their claim.

    These explain what a service's own CAS leaves open between SVC02 and SVC03. Where the services leave nothing open,
    they either take away from what was paid for them (CLP04 says so) or only repeat the services' own.
    """
    services, adjustments = payment.services, payment.adjustments
    total = _sum(adjustments)
    gaps = [service.charge - service.paid - _sum(service.adjustments) for service in services]
    taken = [ZERO] * len(services)
    if any(gaps):
        weights = gaps
        if sum(gaps, ZERO) != total:
            repeated = {(item.group, item.reason) for service in services for item in service.adjustments}
            fresh = tuple(item for item in adjustments if (item.group, item.reason) not in repeated)
            if _sum(fresh) == sum(gaps, ZERO):
                adjustments = fresh
    elif sum((service.paid for service in services), ZERO) - total == payment.paid:
        weights = [service.paid for service in services]
        taken = shares(total, weights)
    else:
        return [((), ZERO)] * len(services)
    divided = [shares(adjustment.amount, weights) for adjustment in adjustments]
    return [
        (
            tuple(
                Adjustment(adjustment.group, adjustment.reason, amounts[number])
                for adjustment, amounts in zip(adjustments, divided, strict=True)
                if amounts[number]
            ),
            taken[number],
        )
        for number in range(len(services))
    ]


def _sum(adjustments: Sequence[Adjustment]) -> Decimal:
    return sum([adjustment.amount for adjustment in adjustments], ZERO)


def _claim_level(lines: Sequence[ServiceLine], payment: ClaimPayment) -> list[Part]:
    """A claim without services, divided among its lines in proportion to their charges (RULES.md 2.1 step 5)."""
    weights = [line.charge for line in lines]
    charges, paid = shares(payment.charge, weights), shares(payment.paid, weights)
    divided = [shares(adjustment.amount, weights) for adjustment in payment.adjustments]
    return [
        Part(
            payment,
            (),
            BY_CLAIM,
            charges[number],
            paid[number],
            tuple(
                Adjustment(adjustment.group, adjustment.reason, amounts[number])
                for adjustment, amounts in zip(payment.adjustments, divided, strict=True)
            ),
        )
        for number in range(len(lines))
    ]


def _line_outcome(line: ServiceLine, found: list[Part], reasons: Reasons) -> LineOutcome:
    if not found:
        money = Money(charge=line.charge, pending=line.charge)
        return LineOutcome(line, "pending", (), (), (), NO_REMARKS, (), None, money, None, ())
    superseded: list[Part] = []
    if len(found) > 1:
        found, superseded = _latest(line, found)
    first = found[0]
    services, paid, adjustments = first.services, first.paid, first.adjustments
    remarks = services[0].remarks if len(services) == 1 else _remarks(found)
    if len(found) > 1:
        paid = sum([part.paid for part in found], ZERO)
        adjustments = tuple([item for part in found for item in part.adjustments])
        remarks = _remarks(found)
    charge = line.charge
    nominal = line.is_nominal
    reduced = charge - paid
    patient, rest = ZERO, reduced
    denials: list[Adjustment] = []
    kinds = reasons.kinds
    for item in adjustments:
        rest -= item.amount
        kind = kinds[item.group, item.reason]
        if kind == "patient":
            patient += item.amount
        elif kind == "denial" and item.amount and not nominal:
            denials.append(item)
    evidence = NO_REMARKS
    if denials:
        of_claims = [code for part in found for code in part.payment.remarks]
        evidence = reasons.sort((*remarks, *of_claims))
        remarks = remarks or tuple(code for code in dict.fromkeys(of_claims) if code in evidence.explaining)
    status: Status = "paid" if nominal else _status(found, paid, patient, denials)
    denied, category, allowed = ZERO, None, None
    if status == "denied" or status == "partial":
        if denials:
            denials.sort(key=_by_amount)
            denied = _sum(denials)
            category = reasons.category(denials[0].reason, (*remarks, *sorted(evidence.explaining)))
    else:
        denials = []
        if status == "paid" and not nominal:
            allowed = _allowed(found, paid, patient)
    return LineOutcome(
        line,
        status,
        tuple(found),
        adjustments,
        remarks,
        evidence,
        tuple(denials),
        category,
        Money(charge, paid, reduced - patient - denied, patient, denied, ZERO, rest),
        allowed,
        tuple(superseded),
    )


def _by_amount(adjustment: Adjustment) -> Decimal:
    return -adjustment.amount


def _remarks(parts: Sequence[Part]) -> tuple[str, ...]:
    """The RARCs of several services."""
    return tuple(dict.fromkeys([code for part in parts for service in part.services for code in service.remarks]))


def _latest(line: ServiceLine, found: list[Part]) -> tuple[list[Part], list[Part]]:
    """The decision that counts, with the other pieces of a line that was split, and the decisions before it.

    Pieces of one line charge together what the line did; a decision on all of it takes the place of an earlier one.
    """
    parts, superseded = found[:1], []
    charge = found[0].charge
    for part in found[1:]:
        if part.charge and charge + part.charge <= line.charge:
            charge += part.charge
            parts.append(part)
        else:
            superseded.append(part)
    return parts, superseded


def _status(parts: Sequence[Part], paid: Decimal, patient: Decimal, denials: Sequence[Adjustment]) -> Status:
    if paid > 0:
        if (denials and any(item.amount > 0 for item in denials)) or _is_cut(parts):
            return "partial"
        return "paid"
    if paid == 0:
        if denials:
            return "denied"
        if patient > 0:
            return "patient-responsibility"
    return "paid"


def _is_cut(parts: Sequence[Part]) -> bool:
    """Whether fewer units were paid than billed: SVC05 is less than SVC07."""
    for part in parts:
        for service in part.services:
            billed, units = service.original_units, service.units
            if billed is not None and units is not None and units < billed:
                return True
    return False


def _allowed(parts: Sequence[Part], paid: Decimal, patient: Decimal) -> Decimal:
    told = [service.allowed for part in parts for service in part.services if service.allowed is not None]
    if len(told) == 1:
        return told[0]
    return sum(told, ZERO) if told else paid + patient
