"""Which rules an encounter can fire: by bits for what its lines bill, and for the features that it has.

The lowest bits are those of the features (`edi837.rules.features`); each rule has two behind them: that a line triggers
it, and that a line is what must stand beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from edi837.model import Claim, ServiceLine
from edi837.rules.base import DRUG, Context, Rule
from edi837.rules.diagnoses import pointed_diagnoses
from edi837.rules.encounter_features import (
    SEVERAL_CLAIMS,
    Group,
    Kind,
    claim_features,
    line_features_apart,
    pointer_features,
    policy_features,
)
from edi837.rules.features import FEATURES, diagnosis_features, line_features, mask_of
from edi837.settings import Settings

_MEMO = 1 << 14


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
        self._of_codes: dict[str, int] = {}
        """By a code or DRUG: the bits for which a line of it is enough."""
        for rule, trigger, beside, *_ in self._gates:
            for codes, bit in ((rule.triggers, trigger), (rule.beside, beside)):
                for code in codes:
                    self._of_codes[code] = self._of_codes.get(code, 0) | bit

    def bits(self, line: ServiceLine, ctx: Context) -> int:
        """Of a line, for each rule whether it triggers it or is what must stand beside, and the line's features."""
        facts = ctx.reference.drug_line(line.procedure)
        bits = line_features(line, facts, ctx) | self._of_codes.get(line.procedure, 0)
        return bits if facts is None else bits | self._of_codes.get(DRUG, 0)

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


class Glance:
    """Tells the bits of encounters by the tables of a date of service and payer."""

    __slots__ = ("_gates", "_groups", "_kinds", "_of_diagnoses", "_of_pointers", "_policies", "context")

    def __init__(self, gates: Gates, context: Context) -> None:
        self.context = context
        self._gates = gates
        self._kinds: dict[tuple[object, ...], Kind] = {}
        self._groups: dict[tuple[Kind, ...], Group] = {}
        self._of_pointers: dict[tuple[str, tuple[tuple[int, ...], ...], tuple[str, ...]], int] = {}
        self._of_diagnoses: dict[tuple[str, ...], int] = {}
        self._policies: dict[tuple[Kind, tuple[str, ...]], int] = {}

    def bits(self, claims: Sequence[Claim], lines: Sequence[ServiceLine], day: date | None) -> int:
        """The bits of the lines of a day and of the claims that carry them.

        Written out, as every encounter pays for it.
        """
        bits = 0
        found = []
        pointed = []
        memo = self._kinds
        for line in lines:
            kind = memo.get((line.procedure, line.modifiers, line.units, line.drug, line.place_of_service))
            found.append(self._kind(line) if kind is None else kind)
            pointed.append(line.diagnosis_pointers)
            if not line.plain:
                bits |= line_features_apart(line)
        kinds = tuple(found)
        group = self._groups.get(kinds)
        if group is None:
            group = self._group(kinds)
        bits |= group.bits
        if day is not None and (day < group.begins or day >= group.withdrawn):
            bits |= group.on(day)
        pointers = tuple(pointed)
        for claim in claims:
            of_pointers = self._of_pointers.get((group.parts, pointers, claim.diagnosis_qualifiers))
            if of_pointers is None:
                of_pointers = self._pointers(group.parts, pointers, claim.diagnosis_qualifiers)
            of_diagnoses = self._of_diagnoses.get(claim.diagnoses)
            if of_diagnoses is None:
                of_diagnoses = self._diagnoses(claim.diagnoses)
            bits |= of_pointers | of_diagnoses | claim_features(claim)
            for number in group.judged:
                bits |= self._policy(kinds[number], lines[number], claim)
        return bits | SEVERAL_CLAIMS if len(claims) > 1 else bits

    def _kind(self, line: ServiceLine) -> Kind:
        if len(self._kinds) >= _MEMO:
            self._kinds.clear()
            self._groups.clear()
            self._policies.clear()
        kind = Kind(line, self._gates.bits(line, self.context), self.context.reference)
        self._kinds[line.procedure, line.modifiers, line.units, line.drug, line.place_of_service] = kind
        return kind

    def _group(self, kinds: tuple[Kind, ...]) -> Group:
        if len(self._groups) >= _MEMO:
            self._groups.clear()
        group = self._groups[kinds] = Group(kinds, self.context.reference)
        return group

    def _pointers(self, parts: str, pointers: tuple[tuple[int, ...], ...], qualifiers: tuple[str, ...]) -> int:
        if len(self._of_pointers) >= _MEMO:
            self._of_pointers.clear()
        bits = self._of_pointers[parts, pointers, qualifiers] = pointer_features(parts, pointers, qualifiers)
        return bits

    def _diagnoses(self, diagnoses: tuple[str, ...]) -> int:
        if len(self._of_diagnoses) >= _MEMO:
            self._of_diagnoses.clear()
        bits = 0
        for diagnosis in diagnoses:
            bits |= diagnosis_features(diagnosis, self.context.reference)
        self._of_diagnoses[diagnoses] = bits
        return bits

    def _policy(self, kind: Kind, line: ServiceLine, claim: Claim) -> int:
        key = (kind, tuple(pointed_diagnoses(line, claim)))
        bits = self._policies.get(key)
        if bits is None:
            if len(self._policies) >= _MEMO:
                self._policies.clear()
            bits = self._policies[key] = policy_features(line, claim, self.context.reference)
        return bits
