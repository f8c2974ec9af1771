"""C05: several units of a code of which one unit is a whole dose."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION, INJECTION_ADMINISTRATION, IV_INFUSION, IV_PUSH
from edi837.rules.encounter import Encounter
from edi837.rules.wording import plain

_INTRAVENOUS = IV_PUSH | IV_INFUSION


@rule(
    "C05",
    triggers={INJECTION},
    beside={DRUG},
    needs={"several-up-to"},
    severity=Severity.WARNING,
    category="units-frequency",
    predicts=("CO-151+N362",),
    confidence="verified",
)
def up_to_code_rounding(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """More units than injections are billed of a code of which one unit is any dose up to a full one.

    Why: J1200 is "up to 50 mg": one injection of 25 or 50 mg is one unit, and a second unit needs more than 50 mg in
        one injection. Units within the usual range of a dose are a remark only. Where the line has an NDC quantity or
        states a dose, that decides, and a drug that was given into a vein too is left out.
    Fix: Bill one unit for each injection, unless the record shows a larger dose: then round the dose up to whole units.
    Denied:
        SV1*HC:J1200*8*UN*3***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1200*8*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: HCPCS October 2025 descriptors; CMS practitioner MUE.
    """
    if not encounter.injections:
        return
    for line, facts in encounter.injectables:
        drug, units = facts.drug, line.units
        if units is None or units <= 1 or drug is None or drug.unit_basis != "up to" or drug.dose_per_unit is None:
            continue
        if units % 1 or _has_dose(line) or ("IV" in facts.routes and encounter.lines_of(_INTRAVENOUS)):
            continue
        given = _injections(encounter)
        if units <= given:
            continue
        typical = ctx.reference.typical_units(drug.code)
        usual = typical is not None and units <= typical.maximum * given
        unit, least = f"{plain(drug.dose_per_unit)} {drug.unit}", drug.dose_per_unit * (units - 1)
        yield Hit(
            line,
            "SV104",
            f"{drug.code} x {plain(units)}, 96372 x {plain(given)}: one unit is up to {unit}",
            f"bill {drug.code} x {plain(given)} for up to {unit} an injection; "
            f"x {plain(units)} needs more than {plain(least)} {drug.unit} in the record",
            severity=Severity.INFO if usual else None,
        )


def _has_dose(line: ServiceLine) -> bool:
    """Whether the line itself tells how much was given: by its NDC quantity, or by a figure in its texts."""
    if line.drug is not None and line.drug.quantity:
        return True
    return any(character.isdigit() for text in (line.description, *line.notes) for character in text)


def _injections(encounter: Encounter) -> Decimal:
    return sum(
        (line.units or Decimal(1) for line in encounter.lines if line.procedure in INJECTION_ADMINISTRATION),
        Decimal(0),
    )
