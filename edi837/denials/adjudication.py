"""Which claim payments count for a claim: reversals netted, other payers set apart, the rest in the order of time.

RULES.md 2.1 and 2.4. The order in which payments are given does not matter, and one that is given twice counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec import structs

from edi837.model import Claim
from edi837.payments import ClaimPayment, ServicePayment

REVERSAL, NOT_OURS, PREDETERMINATION = "22", "23", "25"

_USUAL = frozenset({"1", "2", "3", "4", "19", "20", "21"})
_PRIMARY = frozenset({"1", "19"})
_FOLLOWING = {"2": "S", "20": "S", "3": "T", "21": "T"}
_NO_DAY = date.min


class Adjudication(NamedTuple):
    """The payments of one claim, each list in the order of time."""

    live: tuple[ClaimPayment, ...]
    """What the payer of the claim decided, and has not reversed."""
    reversed: tuple[ClaimPayment, ...]
    """Decisions that were reversed, and the reversals."""
    others: tuple[ClaimPayment, ...]
    """What other payers decided, and what decides nothing: forwarded to another payer, predetermined."""


_NOTHING = Adjudication((), (), ())


def adjudicate(claim: Claim, payments: Sequence[ClaimPayment]) -> Adjudication:
    """What the payments say about a claim that all of them answer."""
    if not payments:
        return _NOTHING
    if len(payments) == 1:
        payment = payments[0]
        if payment.status in _USUAL and payment.charge >= 0 and _speaks_for(claim, payment) is not False:
            return Adjudication((payment,), (), ())
    own: list[ClaimPayment] = []
    others: list[ClaimPayment] = []
    decisions: list[ClaimPayment] = []
    for payment in in_order(distinct(payments)):
        (decisions if is_decision(payment) else others).append(payment)
    known = any(same_payer(claim, payment) for payment in decisions)
    for payment in decisions:
        speaks = same_payer(claim, payment) if known else _speaks_for(claim, payment)
        (others if speaks is False else own).append(payment)
    live, netted = net(own)
    return Adjudication(tuple(live), tuple(netted), tuple(others))


def is_decision(payment: ClaimPayment) -> bool:
    """Whether the payer decided the claim: not a predetermination, nor a claim that it passed on as not its own."""
    return payment.status not in (NOT_OURS, PREDETERMINATION)


def is_reversal(payment: ClaimPayment) -> bool:
    """Whether the payment takes an earlier one back: CLP02 22, or a negative charge whatever the status."""
    return payment.status == REVERSAL or payment.charge < 0


def same_payer(claim: Claim, payment: ClaimPayment) -> bool:
    """Whether both name the same payer, by id or by name. Payers often use another id in the 835 than in the 837."""
    payer = claim.payer
    if payer.id and payer.id == payment.payer:
        return True
    return bool(
        (payer.id and _folded(payer.id) == _folded(payment.payer))
        or (payer.name and _folded(payer.name) == _folded(payment.payer_name))
    )


def _speaks_for(claim: Claim, payment: ClaimPayment) -> bool | None:
    """Whether the payment is of the payer that the claim was sent to; None where that cannot be told."""
    if same_payer(claim, payment):
        return True
    sequence = claim.payer.sequence or "P"
    if payment.status in _FOLLOWING and _FOLLOWING[payment.status] != sequence:
        return False
    if payment.status in _PRIMARY and sequence != "P":
        return False
    if "SBR" not in claim.head:
        return None
    ids = {_folded(other.id) for other in claim.other_payers if other.id}
    return False if _folded(payment.payer) in ids else None


def _folded(text: str) -> str:
    return text.strip().lstrip("0").casefold()


def identity(payment: ClaimPayment) -> tuple[object, ...]:
    """What makes a payment the same when a remittance comes twice."""
    return (
        payment.payer,
        payment.id,
        payment.payer_claim_control_number,
        payment.trace_number,
        payment.status,
        payment.charge,
        payment.paid,
        payment.services,
        payment.adjustments,
    )


def distinct(payments: Iterable[ClaimPayment]) -> list[ClaimPayment]:
    """The payments without those that came before."""
    return list({identity(payment): payment for payment in payments}.values())


def in_order(payments: Iterable[ClaimPayment]) -> list[ClaimPayment]:
    """The payments by date and trace number, a reversal before its correction; the same for any order given."""
    found = list(payments)
    if len(found) > 1:
        found.sort(key=time_of)
    return found


def time_of(payment: ClaimPayment) -> tuple[Any, ...]:
    """What puts payments in order: date, trace number, a reversal first, then what they say."""
    return (
        payment.payment_date or _NO_DAY,
        payment.trace_number,
        not is_reversal(payment),
        payment.payer_claim_control_number,
        payment.status,
        payment.charge,
        payment.paid,
        repr(payment.services and [(service.procedure, service.paid) for service in payment.services]),
        repr(payment.adjustments),
    )


def net(payments: Sequence[ClaimPayment]) -> tuple[list[ClaimPayment], list[ClaimPayment]]:
    """The payments that stand, and those that were reversed with their reversals, both in the order given.

    A reversal whose original is not among the payments takes nothing back.
    """
    reversals = originals(payments)
    if not reversals:
        return list(payments), []
    standing = {number: payment for number, payment in enumerate(payments) if number not in reversals}
    netted = {number: payments[number] for number in reversals}
    for number, original in reversals.items():
        payment = standing.pop(original, None) if original is not None else None
        if original is None or payment is None:
            continue
        rest = _without(payment, payments[number])
        if rest is None:
            netted[original] = payment
        else:
            standing[original] = rest
    return [standing[number] for number in sorted(standing)], [netted[number] for number in sorted(netted)]


def originals(payments: Sequence[ClaimPayment]) -> dict[int, int | None]:
    """For each reversal the position of the payment that it takes back, None where that is not among them."""
    reversals = [number for number, payment in enumerate(payments) if is_reversal(payment)]
    found: dict[int, int | None] = {}
    taken = set(reversals)
    for number in reversals:
        best = _original(payments, number, taken) if len(taken) < len(payments) else None
        found[number] = best
        # What is left of a payment that was reversed in part may be reversed later.
        if best is not None and _without(payments[best], payments[number]) is None:
            taken.add(best)
    return found


def _original(payments: Sequence[ClaimPayment], number: int, taken: set[int]) -> int | None:
    reversal = payments[number]
    best, best_rank = None, (False, False, False, 0)
    for candidate, payment in enumerate(payments):
        if candidate in taken:
            continue
        same_number = payment.payer_claim_control_number == reversal.payer_claim_control_number
        same_amounts = abs(reversal.charge) == payment.charge and abs(reversal.paid) == payment.paid
        before = candidate < number
        # A later decision with the same number and other amounts is the correction.
        if same_amounts or (same_number and before):
            rank = (same_number, same_amounts, before, candidate if before else -candidate)
            if best is None or rank > best_rank:
                best, best_rank = candidate, rank
    return best


def _without(payment: ClaimPayment, reversal: ClaimPayment) -> ClaimPayment | None:
    """What is left of a payment of which only some services were reversed; None where nothing is."""
    if abs(reversal.charge) >= payment.charge or not reversal.services:
        return None
    gone = [_mirror(service) for service in reversal.services]
    left: list[ServicePayment] = []
    for service in payment.services:
        key = _mirror(service)
        if key in gone:
            gone.remove(key)
        else:
            left.append(service)
    if not left or len(left) == len(payment.services):
        return None
    return structs.replace(
        payment,
        services=tuple(left),
        charge=payment.charge - abs(reversal.charge),
        paid=payment.paid - abs(reversal.paid),
    )


def _mirror(service: ServicePayment) -> tuple[str, Decimal, Decimal]:
    return service.procedure, abs(service.charge), abs(service.paid)
