"""What the standing decisions of a payer made of each line of a claim (RULES.md 2.2 and ruling 20)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from edi837.denials.adjudication import Adjudication
from edi837.denials.match import BY_CLAIM, Step, match_lines
from edi837.denials.money import ZERO, Money, shares
from edi837.denials.outcome import ClaimOutcome, LineOutcome, Part, Status
from edi837.denials.reasons import NO_REMARKS, Reasons
from edi837.model import Claim, ServiceLine
from edi837.payments import Adjustment, ClaimPayment, ServicePayment

_Share = tuple[tuple[Adjustment, ...], Decimal]
"""A line's share of the adjustments of its claim, and how much less than its SVC03 was paid for it."""


def outcome(claim: Claim, adjudication: Adjudication, reasons: Reasons) -> ClaimOutcome:
    """What the standing decisions of its payer made of a claim."""
    lines, live = claim.lines, adjudication.live
    unmatched: list[ServicePayment] = []
    if not live:
        found = [_pending(line) for line in lines]
    elif len(live) == 1:
        found = [
            _line_outcome(line, (part,), (), reasons) if part is not None else _pending(line)
            for line, part in zip(lines, _parts(lines, live[0], unmatched), strict=True)
        ]
    else:
        # The latest decision on a line comes first.
        decisions = [_parts(lines, payment, unmatched) for payment in reversed(live)]
        found = []
        for line, parts in zip(lines, zip(*decisions, strict=True), strict=True):
            own = [part for part in parts if part is not None]
            found.append(_line_outcome(line, *_latest(line, own), reasons) if own else _pending(line))
    statuses = {line.status for line in found}
    has_denial = "denied" in statuses or "partial" in statuses
    return ClaimOutcome(claim, tuple(found), adjudication, tuple(unmatched), has_denial)


def _parts(
    lines: Sequence[ServiceLine], payment: ClaimPayment, unmatched: list[ServicePayment]
) -> Sequence[Part | None]:
    """What a payment did to each line; what answers no line is added to `unmatched`."""
    if not payment.services:
        return _claim_level(lines, payment)
    found = match_lines(lines, payment.services)
    claim_shares = _claim_shares(payment) if payment.adjustments else None
    if found.unmatched:
        unmatched += [payment.services[number] for number in found.unmatched]
    return [_part(payment, services, claim_shares) if services else None for services in found.lines]


def _part(payment: ClaimPayment, services: Sequence[tuple[int, Step]], claim_shares: list[_Share] | None) -> Part:
    if len(services) == 1 and claim_shares is None:
        number, step = services[0]
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


def _pending(line: ServiceLine) -> LineOutcome:
    charge = line.charge
    money = Money(charge, ZERO, ZERO, ZERO, ZERO, charge)
    return LineOutcome(line, "pending", (), (), (), NO_REMARKS, (), None, money, None, ())


def _line_outcome(
    line: ServiceLine, parts: tuple[Part, ...], superseded: tuple[Part, ...], reasons: Reasons
) -> LineOutcome:
    if len(parts) == 1:
        part = parts[0]
        services, paid, adjustments = part.services, part.paid, part.adjustments
        remarks = services[0].remarks if len(services) == 1 else _remarks(services)
    else:
        services = tuple([service for part in parts for service in part.services])
        paid = sum([part.paid for part in parts], ZERO)
        adjustments = tuple([item for part in parts for item in part.adjustments])
        remarks = _remarks(services)
    charge = line.charge
    reduced = rest = charge - paid
    zero = ZERO
    patient = denied = zero
    denials: list[Adjustment] = []
    kinds = reasons.kinds
    for item in adjustments:
        amount = item.amount
        rest -= amount
        kind = kinds[item.group, item.reason]
        if kind == "patient":
            patient += amount
        elif kind == "denial" and amount:
            denials.append(item)
    status: Status = "paid"
    evidence, category, allowed = NO_REMARKS, None, None
    if line.is_nominal:
        denials.clear()
    else:
        if denials:
            of_claims = [code for part in parts for code in part.payment.remarks]
            evidence = reasons.sort((*remarks, *of_claims))
            remarks = remarks or tuple(code for code in dict.fromkeys(of_claims) if code in evidence.explaining)
        status = _status(services, paid, patient, denials)
        if status == "paid":
            allowed = _allowed(services, paid, patient)
            if denials:
                denials.clear()
        elif status == "patient-responsibility":
            denials.clear()
        elif denials:
            denials.sort(key=_by_amount)
            denied = _sum(denials)
            category = reasons.category(denials[0].reason, (*remarks, *sorted(evidence.explaining)))
    written_off = reduced
    # Most lines are paid: a subtraction of nothing costs as much as any other.
    if patient:
        written_off -= patient
    if denied:
        written_off -= denied
    return LineOutcome(
        line,
        status,
        parts,
        adjustments,
        remarks,
        evidence,
        tuple(denials),
        category,
        Money(charge, paid, written_off, patient, denied, zero, rest),
        allowed,
        superseded,
    )


def _by_amount(adjustment: Adjustment) -> Decimal:
    return -adjustment.amount


def _remarks(services: Sequence[ServicePayment]) -> tuple[str, ...]:
    """The RARCs of several services."""
    return tuple(dict.fromkeys([code for service in services for code in service.remarks]))


def _latest(line: ServiceLine, found: list[Part]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
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
    return tuple(parts), tuple(superseded)


def _status(
    services: Sequence[ServicePayment], paid: Decimal, patient: Decimal, denials: Sequence[Adjustment]
) -> Status:
    if paid > ZERO:
        for item in denials:
            if item.amount > ZERO:
                return "partial"
        for service in services:
            if service.original_units is not None and _is_cut(service):
                return "partial"
        return "paid"
    if paid == ZERO:
        if denials:
            return "denied"
        if patient > ZERO:
            return "patient-responsibility"
    return "paid"


def _is_cut(service: ServicePayment) -> bool:
    """Whether fewer units were paid than billed: SVC05 is less than SVC07."""
    billed, units = service.original_units, service.units
    return billed is not None and units is not None and units < billed


def _allowed(services: Sequence[ServicePayment], paid: Decimal, patient: Decimal) -> Decimal:
    if len(services) == 1:
        allowed = services[0].allowed
    else:
        told = [service.allowed for service in services if service.allowed is not None]
        allowed = sum(told, ZERO) if told else None
    if allowed is not None:
        return allowed
    return paid + patient if patient else paid
