"""What can be told at a glance from an encounter as a whole (`edi837.rules.features`).

Lines of one kind, and encounters of lines of the same kinds, come again and again: what is told from the kinds alone is
told once for all of them. Where several claims make the encounter, which hardly any do, a feature that is about one
claim or payer is taken to be there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from edi837.model import Claim, ServiceLine
from edi837.reference import Reference
from edi837.rules.charges import SYSTEM_LIMIT
from edi837.rules.clinics import CLINIC_TAXONOMIES
from edi837.rules.codes import ADMINISTRATION, INJECTION, REPEAT, WITHDRAWN
from edi837.rules.coverage import excluding_policies, is_listed
from edi837.rules.diagnoses import is_sound
from edi837.rules.features import BITS, ENCOUNTER_FEATURES, lowest_limit
from edi837.rules.supplied import word_of_supply

_ZERO, _ONE = Decimal(0), Decimal(1)

(
    _SUPPLY, _CLAIMS, _UNIT_BASIS, _SPAN, _NO_NUMBER, _PROVIDER, _CORRECTION, _CLINIC, _UNBALANCED, _UNSOUND,
    _APART, _SCHEDULED_VISIT, _INJECTIONS, _BARE_INJECTIONS, _SAME_SERVICE, _UNITS_TOGETHER, _FEWER_DRUGS,
    _MORE_DRUGS, _UNLISTED, _EXCLUDED, _NOT_YET, _COSTLY,
) = (BITS[name] for name in ENCOUNTER_FEATURES)  # fmt: skip

_INJECTABLE, _SCHEDULED, _ODD_UNITS = BITS["injectable"], BITS["scheduled-drug"], BITS["odd-units"]

SEVERAL_CLAIMS = _CLAIMS | _APART | _SCHEDULED_VISIT | _FEWER_DRUGS | _MORE_DRUGS
"""What is taken to be there where several claims make an encounter."""


class Kind:
    """What is told of service lines that are alike in procedure, modifiers, units, drug and place."""

    __slots__ = ("begins", "bits", "is_judged", "modifiers", "procedure", "units", "withdrawn")

    def __init__(self, line: ServiceLine, bits: int, reference: Reference) -> None:
        drug = reference.drug(line.procedure)
        self.bits = bits
        self.procedure = line.procedure
        self.modifiers = line.modifiers
        self.units = line.units
        self.is_judged = bool(reference.diagnosis_policies(line.procedure))
        """Whether there are policies about the diagnoses of the drug."""
        self.begins = drug.effective_from if drug is not None else None
        """The first day of the drug code."""
        self.withdrawn = WITHDRAWN.get(line.procedure)
        """The day on which the drug lost its approval."""


class Group:
    """What is told of an encounter from the kinds of its lines."""

    __slots__ = ("begins", "bits", "judged", "parts", "withdrawn")

    def __init__(self, kinds: Sequence[Kind], reference: Reference) -> None:
        self.bits = 0
        for kind in kinds:
            self.bits |= kind.bits
        self.bits |= _repetitions(kinds, reference) | _numbers(kinds)
        self.parts = "".join([_part(kind) for kind in kinds])
        """A letter for each line: what it has to do with an injection."""
        self.judged = tuple([number for number, kind in enumerate(kinds) if kind.is_judged])
        """The lines with a drug that there are policies about."""
        self.begins = max([kind.begins for kind in kinds if kind.begins is not None], default=date.min)
        """The day from which on all drug codes have begun."""
        self.withdrawn = min([kind.withdrawn for kind in kinds if kind.withdrawn is not None], default=date.max)
        """The day from which on a drug has lost its approval."""

    def on(self, day: date) -> int:
        """The features that depend on the date of service: none for a day between those two."""
        return (_NOT_YET if day < self.begins else 0) | (_EXCLUDED if day >= self.withdrawn else 0)


def _part(kind: Kind) -> str:
    if kind.bits & _INJECTABLE:
        return "s" if kind.bits & _SCHEDULED else "d"
    return "i" if kind.procedure == INJECTION else "o"


def _repetitions(kinds: Sequence[Kind], reference: Reference) -> int:
    """What several lines of one procedure may be."""
    counts = Counter([kind.procedure for kind in kinds])
    if len(counts) == len(kinds):
        return 0
    bits = 0
    if counts[INJECTION] > 1:
        bits |= _INJECTIONS
        if sum(kind.procedure == INJECTION and REPEAT.isdisjoint(kind.modifiers) for kind in kinds) > 1:
            bits |= _BARE_INJECTIONS
    for code, count in counts.items():
        if count == 1:
            continue
        units = [kind.units for kind in kinds if kind.procedure == code]
        if code not in ADMINISTRATION and len(set(units)) < count:
            bits |= _SAME_SERVICE
        limit = lowest_limit(code, reference)
        if limit is not None and sum([number for number in units if number and number > 0], _ZERO) > limit:
            bits |= _UNITS_TOGETHER
    return bits


def _numbers(kinds: Sequence[Kind]) -> int:
    """Whether there may be more injections than drugs, or fewer."""
    injectables = [kind.procedure for kind in kinds if kind.bits & _INJECTABLE]
    if not injectables:
        return 0
    if any(kind.bits & _ODD_UNITS for kind in kinds):
        return _FEWER_DRUGS | _MORE_DRUGS
    units = sum([kind.units for kind in kinds if kind.procedure == INJECTION and kind.units is not None], _ZERO)
    more = _MORE_DRUGS if len(injectables) > max(units, _ONE) else 0
    return more | (_FEWER_DRUGS if units > len(set(injectables)) else 0)


def pointer_features(parts: str, pointers: Sequence[tuple[int, ...]], qualifiers: tuple[str, ...]) -> int:
    """What the pointers of lines have to do with each other, and with the diagnoses of a claim by their qualifiers.

    `parts` are those of the lines in their group.
    """
    bits = 0
    of_drugs: set[int] = set()
    of_injections: set[int] = set()
    for part, pointed in zip(parts, pointers, strict=True):
        if part == "i":
            of_injections.update(pointed)
        elif part != "o":
            of_drugs.update(pointed)
    if not of_injections <= of_drugs:
        bits |= _APART
    reasons = of_drugs | of_injections
    for part, pointed in zip(parts, pointers, strict=True):
        if not is_sound(pointed, qualifiers):
            bits |= _UNSOUND
        if part == "o" and "s" in parts and set(pointed) == reasons:
            bits |= _SCHEDULED_VISIT
    return bits


def line_features_apart(line: ServiceLine) -> int:
    """What may be worth a look in a line that is not plain (`ServiceLine.plain`)."""
    bits = 0
    for text in (line.description, *line.notes):
        if text and word_of_supply(text):
            bits |= _SUPPLY
    if line.unit_basis != "UN":
        bits |= _UNIT_BASIS
    if line.service_date_end != line.service_date:
        bits |= _SPAN
    if line.line_control_number is None:
        bits |= _NO_NUMBER
    if not line.rendering_taxonomy or not line.rendering_npi:
        bits |= _PROVIDER
    return bits


def claim_features(claim: Claim) -> int:
    """What is told from a claim, all its lines included."""
    bits = 0
    if "NTE" in claim.head and word_of_supply(claim.head):
        bits |= _SUPPLY
    if not claim.rendering_npi:
        bits |= _PROVIDER
    if claim.frequency != "1":
        bits |= _CORRECTION
    if claim.billing_taxonomy in CLINIC_TAXONOMIES:
        bits |= _CLINIC
    charges = [line.charge for line in claim.lines]
    if sum(charges, _ZERO) != claim.charge:
        bits |= _UNBALANCED
    if claim.charge > SYSTEM_LIMIT or max(charges) > SYSTEM_LIMIT:
        bits |= _COSTLY
    return bits


def policy_features(line: ServiceLine, claim: Claim, reference: Reference) -> int:
    """What can be said against the diagnoses of a drug, from what its line and those diagnoses are alone."""
    bits = 0
    if not is_listed(line, claim, reference):
        bits |= _UNLISTED
    if excluding_policies(line, claim, reference):
        bits |= _EXCLUDED
    return bits
