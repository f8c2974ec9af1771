"""Which claim a claim payment answers, where several claims or another form of the number could be meant.

A claim that was replaced (CLM05-3 = 7) has payments under the same patient control number as its replacement: each is
attributed to the submission that it answers. A number that came back without zeros or cut off needs more than the
number to be believed (RULES.md 2.1). A wrong match is worse than none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from edi837.denials.adjudication import identity, originals, same_payer, time_of
from edi837.denials.numbers import LENGTH, cut, folded
from edi837.model import Claim
from edi837.payments import ClaimPayment

_AGAIN = frozenset({"7", "8"})
_VOID = "8"


def answers(claim: Claim, payment: ClaimPayment) -> bool:
    """Whether a payment answers a claim that nobody else claims it from."""
    if claim.id == payment.id:
        return not contradicts(claim, payment)
    form = folded(payment.id)
    return (folded(claim.id) == form or _is_cut(claim, payment, form)) and corroborates(claim, payment)


def corroborates(claim: Claim, payment: ClaimPayment) -> bool:
    """Whether charge or member speak for a payment whose number is only alike."""
    return abs(payment.charge) == claim.charge or _is_same_member(claim, payment) is True


def contradicts(claim: Claim, payment: ClaimPayment) -> bool:
    """Whether everything but the number speaks against a payment: charge, member and dates.

    Numbers that begin again at 1 with each file, or each year, come back for other claims too.
    """
    if abs(payment.charge) == claim.charge or _is_same_member(claim, payment) is not False:
        return False
    days = {line.service_date for line in claim.lines} - {None}
    paid = {service.service_date for service in payment.services} | {payment.service_date}
    paid.discard(None)
    return bool(days and paid) and days.isdisjoint(paid)


def assign(claims: Sequence[Claim], payments: Sequence[ClaimPayment]) -> list[int | None]:
    """For each payment the position of the claim that it answers, None where that cannot be told.

    The claims are in the order in which they were sent.
    """
    # A remittance that comes twice answers once: its copies go where the first one goes.
    places: dict[tuple[object, ...], list[int]] = {}
    for number, payment in enumerate(payments):
        places.setdefault(identity(payment), []).append(number)
    copies = sorted(places.values(), key=lambda numbers: time_of(payments[numbers[0]]))
    once = [payments[numbers[0]] for numbers in copies]
    reversals = originals(once)
    answered: list[list[ClaimPayment]] = [[] for _ in claims]
    owners: list[int | None] = [None] * len(once)
    # A reversal belongs where its original is, so all decisions come first.
    for place, payment in enumerate(once):
        if place not in reversals:
            best = owners[place] = _best(claims, payment, answered)
            if best is not None:
                answered[best].append(payment)
    for place, original in reversals.items():
        owners[place] = _best(claims, once[place], answered) if original is None else owners[original]
    found: list[int | None] = [None] * len(payments)
    for numbers, owner in zip(copies, owners, strict=True):
        for number in numbers:
            found[number] = owner
    return found


def _best(claims: Sequence[Claim], payment: ClaimPayment, answered: Sequence[Sequence[ClaimPayment]]) -> int | None:
    candidates = _candidates(claims, payment)
    if not candidates:
        return None
    if len(candidates) == 1:
        return candidates[0]
    originals = [claims[number].payer_claim_control_number for number in candidates]
    return min(candidates, key=lambda number: _evidence(claims[number], payment, answered[number], originals, number))


def _candidates(claims: Sequence[Claim], payment: ClaimPayment) -> list[int]:
    """The claims that the number may mean: exactly, else folded, else cut off; the latter two if more agrees."""
    same = [number for number, claim in enumerate(claims) if claim.id == payment.id]
    if same:
        return [number for number in same if not contradicts(claims[number], payment)]
    form = folded(payment.id)
    good = [number for number, claim in enumerate(claims) if corroborates(claim, payment)]
    alike = [number for number in good if folded(claims[number].id) == form]
    alike = alike or [number for number in good if _is_cut(claims[number], payment, form)]
    if len({claims[number].id for number in alike}) > 1:
        alike = [
            number
            for number in alike
            if abs(payment.charge) == claims[number].charge and _is_same_member(claims[number], payment)
        ]
        if len({claims[number].id for number in alike}) > 1:
            return []
    return alike


def _is_cut(claim: Claim, payment: ClaimPayment, form: str) -> bool:
    return len(payment.id) <= LENGTH < len(claim.id) and cut(claim.id) == form


_Evidence = tuple[bool, bool, bool, bool, bool, bool, bool, int, int]


def _evidence(
    claim: Claim,
    payment: ClaimPayment,
    answered: Sequence[ClaimPayment],
    originals: Sequence[str | None],
    number: int,
) -> _Evidence:
    """What speaks against a claim, the strongest first: the claim with the least is the one that was answered.

    `originals` are the REF*F8 of all claims with the number.
    """
    sent, paid = claim.origin.submitted, payment.payment_date
    control, original = payment.payer_claim_control_number, claim.payer_claim_control_number
    return (
        _is_same_member(claim, payment) is False,
        not same_payer(claim, payment),
        # A day of grace: the sender's day may have begun before the payer's had ended.
        sent is not None and paid is not None and paid < sent - timedelta(days=1),
        # A void is answered by the reversal of its original.
        claim.frequency == _VOID,
        bool(payment.frequency) and (payment.frequency in _AGAIN) != (claim.frequency in _AGAIN),
        # A claim is decided once; the pieces of a split claim charge together what it did.
        sum(item.charge for item in answered) + payment.charge > claim.charge,
        # REF*F8 of a replacement is the number that the payer gave the original.
        original == control if original else any(other and other != control for other in originals),
        _strange_services(claim, payment),
        number,
    )


def _strange_services(claim: Claim, payment: ClaimPayment) -> int:
    """How many services of the payment are no line of the claim, modifiers included."""
    left = [(line.procedure, frozenset(line.modifiers), line.charge) for line in claim.lines]
    strange = 0
    for service in payment.services:
        original = service.original_procedure
        procedure = original or service.procedure
        modifiers = frozenset(service.original_modifiers if original else service.modifiers)
        key = (procedure, modifiers, service.charge)
        if key in left:
            left.remove(key)
        else:
            strange += 1
    return strange if payment.services else int(payment.charge != claim.charge)


def _is_same_member(claim: Claim, payment: ClaimPayment) -> bool | None:
    """Whether both name the same member; None where one of them names none."""
    if not payment.member_id or claim.patient[0] == claim.origin.file:
        return None
    return folded(claim.patient[0]) == folded(payment.member_id)
