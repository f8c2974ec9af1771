"""What happens to a claim over time: answers, splits, reversals and corrections, replacements, voids, other payers."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .adjudication import INJECTION, Adjudicator, Decision, all_of, is_visit
from .claims import Claim, Line, paid_first
from .habits import Habits
from .labels import Adjustment, Hit
from .payments import DENIED, PREDETERMINATION, Case, Payment, Service, reversal
from .people import Dice

_CORRECTABLE = frozenset({"A07", "B01", "H01"})


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the claim files were sent, and the last day of which remittances are there."""

    sent: tuple[dt.date, ...]
    last: dt.date

    def file_after(self, day: dt.date) -> int | None:
        """The first file that is sent after ``day``."""
        return next((place for place, sent in enumerate(self.sent) if sent > day), None)


@dataclass(frozen=True, slots=True)
class Sequel:
    """A claim to be sent later: a replacement or void of ``case``, with what its payer will say if anything."""

    file: int
    claim: Claim
    case: Case


class History:
    """Gives each claim of a visit its answers, in time."""

    def __init__(
        self, dice: Dice, calendar: Calendar, payers: Mapping[str, Habits], slots: dict[tuple[int, int], int]
    ) -> None:
        self._dice = dice
        self._calendar = calendar
        self._payers = payers
        self._slots = slots
        self._adjudicator = Adjudicator(dice)
        self._serial = 0

    def control(self, habits: Habits) -> str:
        """A payer's claim control number."""
        self._serial += 1
        return f"{habits.payer.id[-3:]}{26_000_000 + self._serial}"

    def run_day(self, habits: Habits, day: dt.date) -> dt.date:
        """The payer's next day of payment."""
        return day + dt.timedelta(days=(habits.weekday - day.weekday()) % 7)

    def answer(self, cases: Sequence[Case], hits: Sequence[Hit], file: int) -> list[Sequel]:
        """Fill in the payments of the claims of a visit; returns the claims that follow from them."""
        decision = self._adjudicator.decide(cases, hits)
        sequels = []
        for case in cases:
            sequel = self._case(case, decision, hits, file, alone=len(cases) == 1)
            case.payments = [payment for payment in case.payments if payment.day <= self._calendar.last]
            case.others = [(who, payment) for who, payment in case.others if payment.day <= self._calendar.last]
            if sequel is not None:
                sequels.append(sequel)
        return sequels

    def _first_day(self, case: Case, file: int) -> dt.date:
        lag = dt.timedelta(days=self._dice.between(*case.habits.lag))
        return self.run_day(case.habits, self._calendar.sent[file] + lag)

    def _case(self, case: Case, decision: Decision, hits: Sequence[Hit], file: int, alone: bool) -> Sequel | None:
        dice, habits, quirks = self._dice, case.habits, case.habits.quirks
        clean = not hits
        first_claim = case.claim.frequency == "1"
        day = self._first_day(case, file)
        secondary = case.claim.patient.sequence != "P"
        if secondary:
            self._earlier_payer(case, file)
        if dice.chance(quirks.get("predetermination", 0)):
            case.payments.append(self._predetermination(case, self.run_day(habits, self._calendar.sent[file])))
            case.tags.add("predetermination")
            if dice.chance(0.4):
                case.tags.add("predetermination-only")
                return None
        if dice.chance(habits.unanswered):
            case.tags.add("unanswered")
            return None
        if clean and alone and first_claim and not secondary and dice.chance(quirks.get("late", 0)):
            return self._answered_late(case, file)
        final = self._payment(case, decision, day)
        if not secondary and final.services and dice.chance(quirks.get("reversal", 0)):
            self._corrected(case, final, any(line in decision.denied for line in case.claim.lines))
        elif clean and len(final.services) > 2 and _all_differ(final) and dice.chance(quirks.get("split", 0)):
            self._split(case, final)
        else:
            case.payments.append(final)
        self._extras(case, final)
        if case.claim.patient.other is not None and not secondary:
            self._later_payer(case, final)
        if alone and first_claim and not secondary and len(case.payments) == 1:
            return self._sequel(case, decision, hits, final)
        return None

    def _payment(self, case: Case, decision: Decision, day: dt.date, control: str = "") -> Payment:
        control = control or self.control(case.habits)
        whole = decision.whole.get(case.claim)
        if whole is not None:
            adjustments = all_of(whole, case.claim.lines)
            services: list[Service] = []
        else:
            adjustments, services = [], self._adjudicator.services(case, decision)
        payment = Payment(day, "1", control, services, adjustments)
        if case.claim.patient.sequence != "P":
            payment.status = self._dice.pick(("2", "2", "2", "20"))
            case.tags.add("secondary")
        elif case.habits.says_denied and not any(service.paid for service in services):
            payment.status = DENIED
            case.tags.add("claim-status-4")
        return payment

    def _extras(self, case: Case, final: Payment) -> None:
        """Money that moves apart from the claim."""
        paid = sum(service.paid for service in final.services)
        quirks = case.habits.quirks
        if paid > 1000 and self._dice.chance(quirks.get("interest", 0)):
            final.interest = paid // 200
        if paid > 5000 and self._dice.chance(quirks.get("withheld", 0)):
            final.withheld = self._dice.between(500, 4000)

    # One claim, several answers

    def _predetermination(self, case: Case, day: dt.date) -> Payment:
        services = []
        for line in case.claim.lines:
            allowed = line.charge * 6 // 10
            parts = (Adjustment("CO", "45", line.charge - allowed), Adjustment("OA", "101", allowed))
            services.append(Service(line, 0, [part for part in parts if part.cents]))
        return Payment(day, PREDETERMINATION, self.control(case.habits), services, live=False)

    def _corrected(self, case: Case, final: Payment, denied: bool) -> None:
        """First another answer; later that is reversed, and the final one given.

        What is ``denied`` in the end had been paid before, and the other way round.
        """
        later = self.run_day(case.habits, final.day + dt.timedelta(days=self._dice.between(14, 40)))
        if later > self._calendar.last:
            case.payments.append(final)
            return
        services = self._adjudicator.services(case, Decision())
        if not denied:
            for service in services:
                service.paid = 0
                service.adjustments = [Adjustment("CO", "252", service.line.charge)]
                if service.line.charge <= 1:
                    service.adjustments = [Adjustment("CO", "45", service.line.charge)]
        status = "1" if denied or not case.habits.says_denied else DENIED
        first = Payment(final.day, status, self.control(case.habits), services)
        final.day = later
        if case.habits.same_number:
            final.control = first.control
            case.tags.add("correction-keeps-number")
        case.payments += [first, reversal(first, later), final]
        case.tags.add("taken-back" if denied else "paid-after-all")

    def _split(self, case: Case, final: Payment) -> None:
        """One claim comes back as two, with different numbers of the payer."""
        cut = self._dice.between(1, len(final.services) - 1)
        rest = Payment(final.day, final.status, self.control(case.habits), final.services[cut:])
        final.services = final.services[:cut]
        if self._dice.chance(0.5):
            rest.day = self.run_day(case.habits, final.day + dt.timedelta(days=1))
        if rest.day > self._calendar.last:
            rest.day = final.day
        for part in (final, rest):
            part.status = "1" if any(service.paid for service in part.services) else final.status
        case.payments += [final, rest]
        case.tags.add("split")

    # Other payers

    def _earlier_payer(self, case: Case, file: int) -> None:
        """The first payer's remittance for a claim that is now sent to the second."""
        other = case.claim.patient.other
        if other is None:
            return
        habits = self._payers[other.payer.id]
        day = self.run_day(habits, self._calendar.sent[file] - dt.timedelta(days=self._dice.between(7, 12)))
        if f"{day:%Y%m%d}" <= max(line.date for line in case.claim.lines):
            return
        services = []
        for line in case.claim.lines:
            off, share, paid = paid_first(line)
            parts = (Adjustment("CO", "45", off), Adjustment("PR", "2", share))
            services.append(Service(line, paid, [part for part in parts if part.cents]))
        case.others.append((habits, Payment(day, "1", self.control(habits), services)))
        case.tags.add("earlier-payer")

    def _later_payer(self, case: Case, final: Payment) -> None:
        """The second payer's remittance for a claim that the first one forwarded."""
        other = case.claim.patient.other
        paid = [service for service in final.services if service.paid > 0]
        if other is None or not paid or len(case.payments) > 1:
            return
        final.status = "19"
        habits = self._payers[other.payer.id]
        services = []
        for service in final.services:
            share = sum(part.cents for part in service.adjustments if part.group == "PR" and part.reason in "123")
            rest = Adjustment("OA", "23", service.line.charge - share)
            services.append(Service(service.line, share, [rest] if rest.cents else []))
        day = self.run_day(habits, final.day + dt.timedelta(days=self._dice.between(7, 20)))
        status = self._dice.pick(("2", "2", "2", "3"))
        case.others.append((habits, Payment(day, status, self.control(habits), services)))
        case.tags.add("forwarded")

    # Claims that follow

    def _sequel(self, case: Case, decision: Decision, hits: Sequence[Hit], final: Payment) -> Sequel | None:
        """A corrected claim after a denial, or a void after a payment, if there is a file left to send it in."""
        file = self._calendar.file_after(final.day)
        if file is None or not self._slots[file, case.group]:
            return None
        denied = bool(decision.denied) and not any(answer.cut for answer in decision.denied.values())
        # A duplicate (18) of one line is the payer's word for A07; on a replaced claim it would mean another thing.
        if denied and not _is_duplicate(final) and self._dice.chance(0.4):
            corrected = _corrections(case.claim, hits)
            if corrected is None:
                return None
            corrected.frequency, corrected.original = "7", final.control
            case.superseded = "replaced"
            case.tags.add("resubmitted")
            return self._follow(file, corrected, case)
        if not hits and not denied and self._dice.chance(case.habits.quirks.get("void", 0)):
            void = _copy(case.claim)
            void.frequency, void.original = "8", final.control
            day = self._first_day(case, file)
            case.superseded = "voided"
            case.tags.add("voided")
            if day <= self._calendar.last:
                case.payments.append(reversal(final, day))
            return self._follow(file, void, case)
        return None

    def _answered_late(self, case: Case, file: int) -> Sequel | None:
        """The claim is replaced before it is answered; then the original is denied as a duplicate."""
        if not self._slots.get((file + 1, case.group)):
            return None
        day = self._first_day(case, file + 1)
        control = self.control(case.habits)
        services = []
        for line in case.claim.lines:
            reason = Adjustment("CO", "45", line.charge) if line.charge <= 1 else Adjustment("OA", "18", line.charge)
            services.append(Service(line, 0, [reason]))
        case.payments.append(Payment(day, DENIED if case.habits.says_denied else "1", control, services))
        case.superseded = "replaced"
        case.tags.add("duplicate-of-replacement")
        again = _copy(case.claim)
        again.frequency, again.original = "7", control
        return self._follow(file + 1, again, case)

    def _follow(self, file: int, claim: Claim, case: Case) -> Sequel:
        self._slots[file, case.group] -= 1
        return Sequel(file, claim, case)


def _all_differ(payment: Payment) -> bool:
    keys = {(service.line.code, service.line.charge, service.line.date) for service in payment.services}
    return len(keys) == len(payment.services)


def _is_duplicate(payment: Payment) -> bool:
    return any(part.reason == "18" for service in payment.services for part in service.adjustments)


def _copy(claim: Claim) -> Claim:
    again = copy.copy(claim)
    again.lines = [copy.copy(line) for line in claim.lines]
    again.expected = []
    return again


def _corrections(claim: Claim, hits: Sequence[Hit]) -> Claim | None:
    """The claim with its one defect put right; None where that takes more than a modifier."""
    rules = {hit.rule for hit in hits}
    if len(rules) > 1 or not rules <= _CORRECTABLE:
        return None
    again = _copy(claim)
    pairs = dict(zip(claim.lines, again.lines, strict=True))
    for hit in hits:
        line = pairs[hit.line]
        line.modifiers += (_missing(line, hit.rule),)
    return again


def _missing(line: Line, rule: str) -> str:
    if is_visit(line):
        return "25"
    return "59" if line.code == INJECTION and rule == "A07" else "JZ"
