"""Which rules an encounter can fire: by bits for what its lines bill, and for the features that it has.

The lowest bits are those of the features (`edi837.rules.features`); each rule has two behind them: that a line triggers
it, and that a line is what must stand beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from edi837.model import ServiceLine
from edi837.reference import Reference
from edi837.rules.base import DRUG, Rule
from edi837.rules.features import FEATURES, line_features, mask_of
from edi837.settings import Settings


class _Gate(NamedTuple):
    """A rule with the bits that let an encounter through to it."""

    rule: Rule
    trigger: int
    beside: int
    """The bit of a line that the rule wants to stand beside."""
    wants: int
    """The same where the rule is not to be called without one, else 0."""
    needs: int
    """Features of which one must be there; 0 where none must."""
    unless: int
    """Features that keep the rule silent."""


class Gates:
    """The bits of all rules to run, and what they let through."""

    def __init__(self, rules: Sequence[Rule], settings: Settings) -> None:
        self._gates = tuple(_gate(rule, len(FEATURES) + 2 * index, settings) for index, rule in enumerate(rules))
        self.triggers = sum(gate.trigger for gate in self._gates)
        """The bits of a line that triggers any rule."""

    def bits(self, line: ServiceLine, reference: Reference) -> int:
        """Of a line, for each rule whether it triggers it or is what must stand beside, and the line's features."""
        facts = reference.drug_line(line.procedure)
        bits = line_features(line, facts, reference)
        for rule, trigger, beside, *_ in self._gates:
            if line.procedure in rule.triggers or (facts is not None and DRUG in rule.triggers):
                bits |= trigger
            if line.procedure in rule.beside or (facts is not None and DRUG in rule.beside):
                bits |= beside
        return bits

    def through(self, mask: int) -> Iterator[Rule]:
        """The rules that an encounter with these bits can fire."""
        for rule, trigger, _, wants, needs, unless in self._gates:
            if mask & trigger and (not wants or mask & wants) and (not needs or mask & needs) and not mask & unless:
                yield rule


def _gate(rule: Rule, position: int, settings: Settings) -> _Gate:
    trigger, beside = 1 << position, 2 << position
    if settings.is_widened(rule):
        return _Gate(rule, trigger, beside, 0, 0, mask_of(rule.unless))
    return _Gate(rule, trigger, beside, beside if rule.beside else 0, mask_of(rule.needs), mask_of(rule.unless))
