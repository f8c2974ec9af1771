"""C06: units that are no whole number, or none."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.ndc_units import whole_units
from edi837.rules.wording import plain

_ZERO, _ONE = Decimal(0), Decimal(1)


@rule(
    "C06",
    triggers={INJECTION, DRUG},
    needs={"odd-units"},
    severity=Severity.ERROR,
    category="units-frequency",
    predicts=("CO-16+M53",),
    confidence="verified",
)
def fractional_or_zero_units(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug or an injection is billed with units that are zero, negative or not whole.

    Why: HCPCS units are whole numbers from 1; a part of a unit that was given is billed as a whole one. Claims with
        other units are rejected at the front end (A7:476) or denied. Only anesthesia time may be counted otherwise.
    Fix: Round the units up to a whole number, or take the line off the claim if nothing was given.
    Denied:
        SV1*HC:J1885*8*UN*1.5***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: medicalbillingcptmodifiers, NDC page (the HCPCS unit is a whole number of at least 1).
    """
    drug_lines = ctx.reference.drug_lines
    for line in encounter.lines:
        units = line.units
        if units is None or units == _ONE or (units > _ZERO and units == units.to_integral_value()):
            continue
        if line.procedure != INJECTION and drug_lines[line.procedure] is None:
            continue
        if units > _ZERO:
            fix = f"bill {line.procedure} x {plain(whole_units(units))}"
        else:
            fix = f"bill {line.procedure} with the units that were given, or remove the line"
        yield Hit(line, "SV104", f"{line.procedure} is billed with {plain(units)} units", fix)
