"""What can be told at a glance from a service line, its diagnoses, a day or an encounter as a whole.

What lines, diagnoses and days have is told once for all that are alike.

Looking and finding nothing is what rules cost. A rule declares by name what must be there for it to speak (`needs`) or
must not be (`unless`), and is not called for the many encounters where it has nothing to say. A feature may be broader
than the rule (the rule still looks), never narrower: a rule gives the same findings when it is called for every
encounter, and tests hold it to that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from edi837.model import ServiceLine
from edi837.reference import DrugLine, Reference
from edi837.rules.antineoplastics import is_given_by_96401
from edi837.rules.base import Context
from edi837.rules.clinics import CLINIC_PLACES
from edi837.rules.codes import (
    ANY_ADMINISTRATION,
    BYPASS,
    EM,
    ENDED_MODIFIERS,
    INJECTION,
    LIABILITY,
    NO_INJECTION_MODIFIERS,
    PAIRED_BY_NAME,
    ROUTE_MODIFIERS,
    TELEHEALTH_MODIFIERS,
    TELEHEALTH_PLACES,
)
from edi837.rules.containers import fills_containers
from edi837.rules.coverage import is_taken_at_home
from edi837.rules.diagnoses import VACCINATION, why_not_first
from edi837.rules.filing import MEDICARE_FILING_DAYS
from edi837.rules.ndc_units import agrees, is_ndc, ndc_units

Feature = Callable[[ServiceLine, DrugLine | None, Context], bool]

_NDC_UNITS = frozenset({"F2", "GR", "ML", "UN"})
_TAKEN_FOR_SEPARATE = frozenset({"24", "25", "57"})
_SUPPLIED = frozenset({"SL", "FB"})
_WASTE = frozenset({"JW", "JZ"})
_EDITIONS = (date(2024, 9, 1), date(2026, 12, 1))

_ONE = Decimal(1)
_HALF, _TWICE = Decimal("0.5"), Decimal(2)


def _is_injectable(line: ServiceLine, facts: DrugLine | None, ctx: Context) -> bool:
    return facts is not None and facts.injectable and not line.is_discarded


def _has_odd_units(line: ServiceLine, facts: DrugLine | None, ctx: Context) -> bool:
    return line.units is None or line.units <= 0 or line.units != line.units.to_integral_value()


def _has_unlikely_units(line: ServiceLine, facts: DrugLine | None, ctx: Context) -> bool:
    typical, units = ctx.reference.typical_units(line.procedure), line.units
    if typical is None or units is None:
        return False
    return units in typical.suspicious or units < typical.minimum * _HALF or units > typical.maximum * _TWICE


def lowest_limit(code: str, reference: Reference) -> int | None:
    """The lowest unit limit (MUE) of a code for any payer class and edition; None where it has none."""
    limits = [
        limit.units
        for payer_class in ("MB", "MC")
        for on in _EDITIONS
        if (limit := reference.mue(code, payer_class, on)) is not None
    ]
    return min(limits, default=None)


def _may_exceed_limit(line: ServiceLine, facts: DrugLine | None, ctx: Context) -> bool:
    """Whether the units of this line alone pass the lowest limit."""
    limit = lowest_limit(line.procedure, ctx.reference)
    return limit is not None and (line.units is None or line.units > limit)


def _has_odd_ndc(line: ServiceLine, facts: DrugLine | None, ctx: Context) -> bool:
    return line.drug is not None and (line.drug.qualifier != "N4" or not is_ndc(line.drug.ndc))


def _has_odd_ndc_quantity(line: ServiceLine, facts: DrugLine | None, ctx: Context) -> bool:
    drug = line.drug
    return drug is not None and (drug.quantity is None or drug.quantity <= 0 or drug.unit not in _NDC_UNITS)


def _has_ndc_of_another_code(line: ServiceLine, facts: DrugLine | None, ctx: Context) -> bool:
    if line.drug is None:
        return False
    rows = ctx.reference.ndc(line.drug.ndc)
    return bool(rows) and all(row.hcpcs != line.procedure for row in rows)


def _disagrees_with_ndc(line: ServiceLine, facts: DrugLine | None, ctx: Context) -> bool:
    own = ndc_units(line.procedure, line.drug, ctx.reference)
    return own is not None and line.units is not None and not agrees(line.units, own.readings, facts)


def _may_be_facility(line: ServiceLine, facts: DrugLine | None, ctx: Context) -> bool:
    place = ctx.reference.pos(line.place_of_service)
    return place is not None and (place.payable == "N" or place.facility)


def _has_doubtful_jz(line: ServiceLine, facts: DrugLine | None, ctx: Context) -> bool:
    if facts is None or facts.drug is None or "JZ" not in line.modifiers:
        return False
    return facts.drug.single_dose == "N" or not fills_containers(line, ctx.reference)


LINE_FEATURES: Mapping[str, Feature] = {
    "injectable": _is_injectable,
    "discarded": lambda line, facts, ctx: line.is_discarded,
    "odd-units": _has_odd_units,
    "unlikely-units": _has_unlikely_units,
    "units-above-limit": _may_exceed_limit,
    "several-injections": lambda line, facts, ctx: line.procedure == INJECTION and line.units != _ONE,
    "ndc-absent": lambda line, facts, ctx: (
        facts is not None and (line.drug is None or line.drug.qualifier != "N4" or not line.drug.ndc)
    ),
    "odd-ndc": _has_odd_ndc,
    "odd-ndc-quantity": _has_odd_ndc_quantity,
    "ndc-of-another-code": _has_ndc_of_another_code,
    "ndc-disagrees": _disagrees_with_ndc,
    "ended-code": lambda line, facts, ctx: (
        ctx.reference.succession(line.procedure) is not None
        or (facts is not None and facts.drug is not None and facts.drug.effective_to is not None)
    ),
    "single-dose-bare": lambda line, facts, ctx: (
        facts is not None
        and facts.drug is not None
        and facts.drug.single_dose in ("Y", "mixed")
        and _WASTE.isdisjoint(line.modifiers)
    ),
    "iv-only": lambda line, facts, ctx: facts is not None and facts.iv_only,
    "administration": lambda line, facts, ctx: line.procedure in ANY_ADMINISTRATION,
    "25-off-visit": lambda line, facts, ctx: "25" in line.modifiers and line.procedure not in EM,
    "bare-visit": lambda line, facts, ctx: line.procedure in EM and _TAKEN_FOR_SEPARATE.isdisjoint(line.modifiers),
    "25": lambda line, facts, ctx: "25" in line.modifiers,
    "other-pair": lambda line, facts, ctx: (
        facts is None and line.procedure not in PAIRED_BY_NAME and ctx.reference.has_pair(line.procedure, INJECTION)
    ),
    "scheduled-drug": lambda line, facts, ctx: bool(ctx.reference.intervals(line.procedure)),
    "bypass": lambda line, facts, ctx: not BYPASS.isdisjoint(line.modifiers),
    "bypass-twice": lambda line, facts, ctx: len(BYPASS.intersection(line.modifiers)) > 1,
    "bypass-on-visit": lambda line, facts, ctx: line.procedure in EM and not BYPASS.isdisjoint(line.modifiers),
    "facility": _may_be_facility,
    "doubtful-jz": _has_doubtful_jz,
    "by-96401": lambda line, facts, ctx: facts is not None and is_given_by_96401(facts),
    "telehealth": lambda line, facts, ctx: (
        line.place_of_service in TELEHEALTH_PLACES or not TELEHEALTH_MODIFIERS.isdisjoint(line.modifiers)
    ),
    "not-office": lambda line, facts, ctx: line.place_of_service != "11",
    "repeated-modifier": lambda line, facts, ctx: len(set(line.modifiers)) < len(line.modifiers),
    "ended-modifier": lambda line, facts, ctx: not ENDED_MODIFIERS.keys().isdisjoint(line.modifiers),
    "odd-injection-modifier": lambda line, facts, ctx: (
        line.procedure == INJECTION and not NO_INJECTION_MODIFIERS.isdisjoint(line.modifiers)
    ),
    "liability": lambda line, facts, ctx: not LIABILITY.isdisjoint(line.modifiers),
    "340b": lambda line, facts, ctx: "JG" in line.modifiers or "TB" in line.modifiers,
    "several-up-to": lambda line, facts, ctx: (
        facts is not None and facts.drug is not None and facts.drug.unit_basis == "up to" and line.units != _ONE
    ),
    "ndc-unlisted": lambda line, facts, ctx: (
        facts is not None and line.drug is not None and not ctx.reference.ndc(line.drug.ndc)
    ),
    "ndc-off-drug": lambda line, facts, ctx: facts is None and line.drug is not None,
    "s-or-c-code": lambda line, facts, ctx: line.procedure[:1] in ("S", "C"),
    "taken-at-home": lambda line, facts, ctx: facts is not None and is_taken_at_home(line, facts, ctx.reference),
    "patient-limit": lambda line, facts, ctx: ctx.reference.patient_limit(line.procedure) is not None,
    "clinic-place": lambda line, facts, ctx: line.place_of_service in CLINIC_PLACES,
    "supplied-mark": lambda line, facts, ctx: not _SUPPLIED.isdisjoint(line.modifiers),
    "route-to-tell": lambda line, facts, ctx: (
        not ROUTE_MODIFIERS.isdisjoint(line.modifiers) or line.procedure in ctx.settings.option("H04", "drugs")
    ),
    "under-vendor-policy": lambda line, facts, ctx: facts is not None and "vendor-drugs" in ctx.settings.stated,
}
"""Told from procedure, modifiers, units, place and drug of a line alone."""

DIAGNOSIS_FEATURES: Mapping[str, Callable[[str, Reference], bool]] = {
    "vaccination": lambda diagnosis, reference: diagnosis == VACCINATION,
    "not-first": lambda diagnosis, reference: bool(why_not_first(diagnosis, reference)),
}
"""Told from a diagnosis of a claim, whether or not a line points to it."""

DAY_FEATURES: Mapping[str, Callable[[date, date | None, Reference], bool]] = {
    # Without a table of the day the answer is None for every code.
    "diagnosis-table": lambda day, sent, reference: reference.diagnosis_code("", day) is not None,
    "sent-late": lambda day, sent, reference: sent is not None and (sent - day).days > MEDICARE_FILING_DAYS,
}
"""Told from the date of service and the day of sending."""

ENCOUNTER_FEATURES = (
    "word-of-supply",
    "several-claims",
    "odd-unit-basis",
    "date-span",
    "line-number-absent",
    "provider-incomplete",
    "correction",
    "clinic-biller",
    "unbalanced",
    "unsound-pointers",
    "different-pointers",
    "scheduled-visit",
    "repeated-injection",
    "repeated-bare-injection",
    "repeated-service",
    "units-together-above-limit",
    "more-injections-than-drugs",
    "more-drugs-than-injections",
    "unlisted-diagnosis",
    "excluded-diagnosis",
    "not-yet-begun",
    "charge-above-limit",
)
"""Told from the encounter as a whole, in this order by `edi837.rules.encounter_features`."""

FEATURES = (*LINE_FEATURES, *DIAGNOSIS_FEATURES, *DAY_FEATURES, *ENCOUNTER_FEATURES)
"""All names, in the order of their bits."""

BITS: Mapping[str, int] = {name: 1 << position for position, name in enumerate(FEATURES)}
"""The bit of each feature in an encounter's mask."""


def line_features(line: ServiceLine, facts: DrugLine | None, ctx: Context) -> int:
    """The bits of the line features that a line has."""
    return sum(BITS[name] for name, has in LINE_FEATURES.items() if has(line, facts, ctx))


def diagnosis_features(diagnosis: str, reference: Reference) -> int:
    """The bits of the features that a diagnosis has."""
    return sum(BITS[name] for name, has in DIAGNOSIS_FEATURES.items() if has(diagnosis, reference))


def day_features(day: date | None, sent: date | None, reference: Reference) -> int:
    """The bits of the features that a date of service has, sent on a day; none for lines without a date."""
    return sum(BITS[name] for name, has in DAY_FEATURES.items() if day is not None and has(day, sent, reference))


def mask_of(names: frozenset[str]) -> int:
    """The bits of some features; KeyError for a name that is none."""
    return sum(BITS[name] for name in names)
