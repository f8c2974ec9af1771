"""C04: the units of a drug line look like a dose, or like the units of an older code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from edi837.model import Claim, Severity
from edi837.reference import Drug, TypicalUnits
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.encounter import Encounter
from edi837.rules.ndc_units import ndc_units, whole_units
from edi837.rules.wording import plain

_ADULT = 18


@rule(
    "C04",
    triggers={DRUG},
    needs={"unlikely-units"},
    severity=Severity.ERROR,
    category="units-frequency",
    predicts=("CO-151|CO-153+N362|M53",),
    suppresses={"line": {"C05"}},
    confidence="partly verified",
)
def mg_billed_as_units(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """The units of a drug line are a dose in milligrams, or the count of an older code.

    Why: One unit is a fixed dose that differs from code to code: 60 mg of ketorolac are 4 units of 15 mg, and since
        2024-04-01 methylprednisolone acetate counts single milligrams. Too many units are denied as unlikely; too few
        are paid, but far too low. Only units that are known to betray the mistake, or that are below half or above
        twice the usual, are reported, and small doses for children and lines for several days are not. Where the NDC
        quantity tells the units, C03 compares those.
    Fix: Divide the dose in the record by the dose of one unit, and round up.
    Denied:
        SV1*HC:J1885*90*UN*60***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1885*90*UN*4***1~
        SV1*HC:96372*35*UN*1***1~
    Source: HCPCS October 2025 descriptors (dose of one unit); usual ranges from label dosing are knowledge.
    """
    for line, facts in encounter.drugs:
        units = line.units
        typical = ctx.reference.typical_units(line.procedure)
        if typical is None or units is None or units <= 0 or line.is_discarded or line.days > 1:
            continue
        if units not in typical.suspicious and (
            typical.minimum <= units <= typical.maximum or typical.minimum / 2 <= units <= typical.maximum * 2
        ):
            continue
        drug = facts.drug
        dose = drug.dose_per_unit if drug is not None else None
        if (
            drug is None
            or dose is None
            or ndc_units(line.procedure, line.drug, ctx.reference) is not None
            or (units <= typical.minimum and _is_child(encounter.claim_of(line), line.service_date))
        ):
            continue
        yield Hit(
            line,
            "SV104",
            f"{line.procedure} x {plain(units)}, usual {_range(typical)} (one unit is {_one_unit(drug, dose)})",
            _fix(units, drug, dose, typical),
        )


def _is_child(claim: Claim, on: date | None) -> bool:
    """Whether the patient is under age on the day; doses by weight are small."""
    birth = claim.demographics[0]
    return on is not None and birth.isdigit() and birth > f"{on.year - _ADULT:04}{on.month:02}{on.day:02}"


def _range(typical: TypicalUnits) -> str:
    least, most = plain(typical.minimum), plain(typical.maximum)
    return least if least == most else f"{least} to {most}"


def _one_unit(drug: Drug, dose: Decimal) -> str:
    basis = "up to " if drug.unit_basis == "up to" else ""
    return f"{basis}{plain(dose)} {drug.unit}"


def _fix(units: Decimal, drug: Drug, dose: Decimal, typical: TypicalUnits) -> str:
    count = whole_units(units / dose)
    if dose != 1 and typical.minimum <= count <= typical.maximum:
        given, one = plain(units), plain(dose)
        return f"bill {drug.code} x {plain(count)} if the dose was {given} {drug.unit} ({given} / {one})"
    return f"recount from the dose in the record: one unit of {drug.code} is {_one_unit(drug, dose)}"
