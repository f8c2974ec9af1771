"""What a payer answers to a claim, as values: claim payments with their service lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .claims import Claim, Line
from .habits import Habits
from .labels import Adjustment, Outcome
from .people import Billing

REVERSAL, PREDETERMINATION, DENIED = "22", "25", "4"
_NUMBER_KEPT = 20


@dataclass(slots=True)
class Service:
    """One service line as the payer returns it (loop 2110).

    ``units_paid`` is set where it differs from what was billed, ``code`` where the payer changed the procedure.
    """

    line: Line
    paid: int = 0
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: tuple[str, ...] = ()
    policy: str = ""
    units_paid: int | None = None
    code: str = ""


@dataclass(slots=True)
class Payment:
    """One claim payment (loop 2100), to be paid on ``day``; ``sign`` is -1 for a reversal.

    ``live`` is False for what does not count: a reversal, what it took back, a predetermination.
    """

    day: dt.date
    status: str
    control: str
    services: list[Service]
    adjustments: list[Adjustment] = field(default_factory=list)
    sign: int = 1
    live: bool = True
    interest: int = 0
    withheld: int = 0


@dataclass(slots=True)
class Case:
    """A claim that was sent, and all that its payers say to it."""

    claim: Claim
    number: str
    group: int
    billing: Billing
    habits: Habits
    file: str = ""
    tags: set[str] = field(default_factory=set)
    payments: list[Payment] = field(default_factory=list)
    others: list[tuple[Habits, Payment]] = field(default_factory=list)
    superseded: str = ""

    @property
    def charge(self) -> int:
        """The sum of its lines."""
        return sum(line.charge for line in self.claim.lines)

    def matched_by(self, line: Line) -> str | None:
        """The step of section 2.1 with which a payment finds this line; None without a payment that counts."""
        payment = next((one for one in self.payments if one.live and _speaks_of(one, line)), None)
        if payment is None:
            return None
        if not payment.services:
            return "claim"
        if self.habits.control == "line-number":
            return "line-number"
        return "line-control-number" if self.habits.control == "returned" and line.control else "procedure"

    def forms(self) -> set[str]:
        """Tags for how the payer writes the payments of this claim."""
        services = [service for payment in self.payments for service in payment.services]
        habits, most = self.habits, max((len(service.line.modifiers) for service in services), default=0)
        found = {
            "number-changed": returned_number(self.number, habits) != self.number,
            "modifiers-turned": habits.modifiers == "turned" and most > 1,
            "modifiers-dropped": habits.modifiers == "dropped" and most > 0,
            "policy-named": any(service.policy for service in services),
            "nominal-line": any(service.line.charge <= 1 for service in services),
            "lines-turned": habits.reversed_lines and len(services) > 1 and services[0].line.control,
            "interest": any(payment.interest for payment in self.payments),
            "withheld": any(payment.withheld for payment in self.payments),
        }
        return {tag for tag, is_so in found.items() if is_so and self.payments}

    def outcome(self, line: Line) -> Outcome:
        """The sum over the payments that still count (ruling 20)."""
        paid = 0
        adjustments: list[Adjustment] = []
        remarks: list[str] = []
        adjudicated = cut = False
        for payment in self.payments:
            if not payment.live:
                continue
            if not payment.services:
                adjudicated = True
                # Its amounts are the claim's; a line has its own charge of them.
                adjustments += [Adjustment(part.group, part.reason, line.charge) for part in payment.adjustments]
            for service in payment.services:
                if service.line is line:
                    adjudicated = True
                    paid += service.paid
                    adjustments += service.adjustments
                    remarks += service.remarks
                    cut = cut or (service.units_paid is not None and service.paid > 0)
        replaced = "duplicate-of-replacement" in self.tags
        return Outcome(line.charge, paid, tuple(adjustments), tuple(remarks), cut, adjudicated, replaced)


def _speaks_of(payment: Payment, line: Line) -> bool:
    return not payment.services or any(service.line is line for service in payment.services)


def reversal(of: Payment, day: dt.date) -> Payment:
    """The payment that takes another back; neither counts any more."""
    of.live = False
    services = [
        Service(
            service.line,
            -service.paid,
            _negated(service.adjustments),
            service.remarks,
            service.policy,
            service.units_paid,
            service.code,
        )
        for service in of.services
    ]
    return Payment(day, REVERSAL, of.control, services, _negated(of.adjustments), -1, live=False)


def _negated(adjustments: Iterable[Adjustment]) -> list[Adjustment]:
    return [part._replace(cents=-part.cents, quantity=-part.quantity) for part in adjustments]


def returned_number(number: str, habits: Habits) -> str:
    """The patient control number as a payer returns it."""
    if habits.number == "stripped":
        return number.lstrip("0")
    return number[:_NUMBER_KEPT] if habits.number == "cut" else number


def returned_modifiers(modifiers: Sequence[str], habits: Habits) -> tuple[str, ...]:
    """The modifiers as a payer returns them."""
    if habits.modifiers == "dropped":
        return ()
    return tuple(reversed(modifiers)) if habits.modifiers == "turned" else tuple(modifiers)
