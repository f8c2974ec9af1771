"""The register of planted defects.

To add one, write a function with ``@defect("<rule>")`` in a module of defects: it makes a clean visit, spoils
one thing and returns it from ``expect``. Its name is the shape's name in the truth file. What it expects is
the whole set of findings of the planted rules that is left after suppression; it chooses payer classes for
which the rule is on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .formulary import EVERYDAY, Drug
from .people import Dice
from .visits import Maker, Visit

Build = Callable[[Maker], Visit]


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to break one rule."""

    rule: str
    name: str
    build: Build


SHAPES: dict[str, list[Shape]] = {}


def defect(rule: str) -> Callable[[Build], Build]:
    """Register a shape of a defect of ``rule``."""

    def register(build: Build) -> Build:
        SHAPES.setdefault(rule, []).append(Shape(rule, build.__name__.replace("_", "-"), build))
        return build

    return register


def everyday(make: Maker) -> Drug:
    """A drug for an adult that every payer takes and none authorises."""
    return make.dice.pick([drug for drug in EVERYDAY if drug.ages == (18, 90)])


class Deck:
    """Deals shapes so that each rule comes up equally often, and each shape of a rule in turn."""

    def __init__(self, rules: Iterable[str], dice: Dice) -> None:
        self._rules = sorted(rules)
        self._dice = dice
        self._hand: list[str] = []
        self._turns = dict.fromkeys(self._rules, 0)

    def deal(self) -> Shape:
        """The next shape."""
        if not self._hand:
            self._hand = list(self._rules)
            self._dice.shuffle(self._hand)
        rule = self._hand.pop()
        self._turns[rule] += 1
        return SHAPES[rule][self._turns[rule] % len(SHAPES[rule])]
