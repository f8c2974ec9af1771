"""What a practice sees: visits of its patients in a month, some of whom come back in later months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from . import plan
from .defects import Deck
from .denial_facts import RULES
from .formulary import ALL, DRAW
from .habits import DEFECTS, PRACTICE, SHARES, Habits, planting_order
from .other_visits import OTHERS, fill, follow_up
from .people import Billing, Dice, Patient, Payer
from .scenarios import INJECTIONS, joint_and_injection, supplied_drug, two_injections
from .visits import Ages, Maker, Visit

_WINDOW = 31
_KNOWN = 400
_RETURNING = 0.12
_SHOWN = 0.12
_ENOUGH = 60
_FOLLOWED = 0.03
_TRIES = 200
_MIX = tuple(kind for kind, share in SHARES.items() for _ in range(share))


def month_days(first: dt.date) -> list[str]:
    """The dates of service that a month's claims may have: late charges of the month before make it 31."""
    end = next_month(first) - dt.timedelta(days=1)
    return [f"{end - dt.timedelta(days=back):%Y%m%d}" for back in range(_WINDOW - 1, -1, -1)]


def next_month(first: dt.date) -> dt.date:
    """The first day of the month after."""
    return (first + dt.timedelta(days=31)).replace(day=1)


def injection_and_panel(make: Maker) -> Visit:
    """An injection and two tests that some payers pay as one panel."""
    return fill(make, make.injection(), (DRAW, ("80053", 3860, (), 1), ("85025", 2450, (), 1)))


# Visits in which payers show their habits.
_TELLING = (injection_and_panel, injection_and_panel, joint_and_injection, supplied_drug, two_injections)


class PracticeMaker(Maker):
    """A maker of visits for the payers of the practice.

    While there is a ``queue``, the first payer in it that fits is taken, so that all get their turn.
    """

    def __init__(self, dice: Dice, days: list[str], billing: Billing, tag: str) -> None:
        super().__init__(dice, days, billing, tag)
        self.queue: list[Habits] = []
        self._chosen: Payer | None = None
        self.payers = {
            kind: tuple(habits.payer for habits in PRACTICE if habits.payer.kind == kind) for kind in SHARES
        }

    def kind(self, kinds: Collection[str] = ALL) -> str:
        """A payer class out of ``kinds``: that of the payer whose turn it is, or one in the practice's mix."""
        for place, habits in enumerate(self.queue):
            if habits.payer.kind in kinds:
                self._chosen = self.queue.pop(place).payer
                return self._chosen.kind
        while True:
            kind = self.dice.pick(_MIX)
            if kind in kinds:
                return kind

    def patient(self, kind: str, sex: str = "", ages: Ages = (0, 90), cover: bool = False) -> Patient:
        """A new patient of that payer class, and of the payer whose turn it is."""
        patient = super().patient(kind, sex, ages, cover)
        if self._chosen is not None and self._chosen.kind == kind:
            patient.payer = self._chosen
        self._chosen = None
        return patient


class Visits:
    """Makes the visits of one month after the other.

    ``injections`` is the share of visits with an injection, ``defects`` that of those with a planted defect.
    """

    def __init__(self, make: PracticeMaker, groups: int, injections: float, defects: float) -> None:
        self._make = make
        self._deck = Deck((rule for rule, weight in DEFECTS.items() for _ in range(weight)), make.dice)
        self._injection = plan.Share(injections, make.dice)
        self._defect = plan.Share(defects, make.dice)
        self._queues: dict[str, list[Habits]] = {}
        self._month = -1
        self._overlap = 0
        self._known: list[list[tuple[int, Patient]]] = [[] for _ in range(groups)]

    def begin(self, month: int, first: dt.date) -> None:
        """Go on to another month."""
        self._month = month
        self._make.days = month_days(first)
        self._overlap = sum(day < f"{first:%Y%m%d}" for day in self._make.days)

    def visit(self, group: int, room: int) -> Visit:
        """A visit at a provider group, of ``room`` claims at most."""
        for _ in range(_TRIES):
            visit = self._visit(group, room)
            if len(visit.claims) <= room:
                return visit
        raise RuntimeError("no visit fits")

    def _visit(self, group: int, room: int) -> Visit:
        make = self._make
        if not self._injection.draw():
            visit = make.dice.pick(OTHERS)(make)
            return self._followed(visit, room)
        if self._defect.draw():
            return self._planted()
        known = self._back(group) if make.dice.chance(_RETURNING) else None
        if known is not None:
            return make.injection(patient=known, em=make.dice.chance(0.7))
        visit = make.dice.pick(_TELLING if make.dice.chance(_SHOWN) else INJECTIONS)(make)
        self._remember(group, visit.claim.patient)
        return self._followed(visit, room)

    def _planted(self) -> Visit:
        """A visit with a defect of which the specification of denials tells all that is found on it."""
        make = self._make
        for _ in range(_TRIES):
            shape = self._deck.deal()
            make.queue = self._queues.setdefault(shape.rule, [])
            while len(make.queue) < _ENOUGH:
                order = planting_order(shape.rule)
                make.dice.shuffle(order)
                make.queue += order
            visit = shape.build(make)
            make.queue = []
            if all(line is not None and rule in RULES for claim in visit.claims for line, rule in claim.expected):
                for claim in visit.claims:
                    claim.shape = shape.name
                return visit
        raise RuntimeError("no defect fits")

    def _followed(self, visit: Visit, room: int) -> Visit:
        if room > 1 and self._make.dice.chance(_FOLLOWED):
            follow_up(self._make, visit)
        return visit

    def _remember(self, group: int, patient: Patient) -> None:
        known = self._known[group]
        if len(known) < _KNOWN:
            known.append((self._month, patient))
        else:
            known[self._make.dice.between(0, _KNOWN - 1)] = (self._month, patient)

    def _back(self, group: int) -> Patient | None:
        """A patient of an earlier month, who may have been seen on the days that both months can bill."""
        known = self._known[group]
        if not known:
            return None
        place = self._make.dice.between(0, len(known) - 1)
        month, patient = known[place]
        if month == self._month or patient.age < 1:
            return None
        patient.used = set(range(self._overlap))
        known[place] = (self._month, patient)
        return patient
