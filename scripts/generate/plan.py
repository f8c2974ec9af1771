"""What comes next in a batch: which kind of visit, what is planted in it, which patient is met again."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from dataclasses import dataclass

from . import (
    defects_administration,
    defects_bundling,
    defects_coding,
    defects_pairing,
    defects_policy,
    defects_products,
    defects_route,
    defects_submission,
)
from .claims import Claim
from .defects import SHAPES, Deck
from .other_visits import OTHERS, follow_up
from .people import Billing, Dice
from .scenarios import INJECTIONS
from .visits import Maker, Visit

# Importing the modules of defects registers their shapes.
RULES = tuple(sorted(SHAPES))
SOURCES = (
    defects_pairing,
    defects_coding,
    defects_products,
    defects_route,
    defects_bundling,
    defects_submission,
    defects_administration,
    defects_policy,
)


@dataclass(frozen=True, slots=True)
class Mix:
    """How many claims there are, and the shares of them that are special.

    ``injections`` and ``repeats`` are shares of all visits, ``defects`` of those with an injection; ``reach``
    is how many claims may lie between two of one patient.
    """

    claims: int
    injections: float
    defects: float
    repeats: float
    rules: Collection[str]
    reach: int


class Share:
    """Says yes to a share of the questions, at random but never far from that share."""

    def __init__(self, share: float, dice: Dice) -> None:
        self._share = share
        self._dice = dice
        self._asked = 0
        self._given = 0

    def draw(self) -> bool:
        """The next answer."""
        self._asked += 1
        behind = self._share * self._asked - self._given
        given = self._dice.chance(self._share + (behind - self._share) / 10)
        self._given += given
        return given


class Planner:
    """Hands out the claims of a batch, one at a time, for the provider group whose turn it is."""

    def __init__(self, mix: Mix, make: Maker, groups: tuple[Billing, ...]) -> None:
        self._mix = mix
        self._make = make
        self._groups = groups
        self._deck = Deck(mix.rules, make.dice)
        self._injection = Share(mix.injections, make.dice)
        self._defect = Share(mix.defects if mix.rules else 0.0, make.dice)
        self._repeat = Share(mix.repeats, make.dice)
        self._waiting: list[list[tuple[int, int, Claim]]] = [[] for _ in groups]
        self._left = mix.claims
        self._given = 0
        self._filed = 0

    def turn(self, group: int) -> int:
        """The group to serve when it is ``group``'s turn: another one once only waiting claims are left."""
        if self._left or self._waiting[group]:
            return group
        return next(number for number, queue in enumerate(self._waiting) if queue)

    def claim(self, group: int) -> Claim:
        """The next claim of a group: one that has waited long enough, else a new visit's first."""
        queue = self._waiting[group]
        self._given += 1
        if queue and (queue[0][0] <= self._given or not self._left):
            return heapq.heappop(queue)[2]
        self._make.billing = self._groups[group]
        first, *others = self._visit().claims
        self._left -= 1 + len(others)
        for claim in others:
            self._filed += 1
            heapq.heappush(queue, (self._given + self._distance(), self._filed, claim))
        return first

    def _distance(self) -> int:
        """How far behind a patient's next claim follows: at once, soon, or anywhere within reach."""
        throw = self._make.dice.random()
        if throw < 0.25:
            return 1
        return self._make.dice.between(2, 200 if throw < 0.7 else max(2, self._mix.reach))

    def _visit(self) -> Visit:
        make = self._make
        if self._injection.draw():
            planted = self._planted() if self._defect.draw() else None
            if planted is not None:
                return planted
            visit = make.dice.pick(INJECTIONS)(make)
        else:
            visit = make.dice.pick(OTHERS)(make)
        if self._repeat.draw() and self._left > 1:
            follow_up(make, visit)
        return visit

    def _planted(self) -> Visit | None:
        """A visit with a defect; None where only a defect of two claims is left and there is room for one."""
        for _ in range(200):
            shape = self._deck.deal()
            visit = shape.build(self._make)
            if len(visit.claims) <= self._left:
                for claim in visit.claims:
                    claim.shape = shape.name
                return visit
        return None
