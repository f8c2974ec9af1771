"""D08: an NDC without a quantity or a unit of measure that can be used."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.ndc_units import lines_with_ndc
from edi837.rules.wording import plain

_UNITS = frozenset({"F2", "GR", "ME", "ML", "UN"})


@rule(
    "D08",
    triggers={INJECTION, DRUG},
    needs={"odd-ndc-quantity"},
    severity=Severity.ERROR,
    category="code-ndc",
    predicts=("CO-16+N815|N816", "M119"),
    suppresses={"line": {"C03"}},
    confidence="verified",
)
def ndc_quantity_or_uom_missing_or_invalid(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An NDC has no quantity, or no unit of measure that payers accept.

    Why: Behind the NDC stands how much of it was used, in F2 (factor), GR, ME, ML or UN. A liquid is counted in ML,
        a powder in vials (UN), a cream in GR. ME, milligrams, is valid syntax, but several Medicaid programs refuse
        it: that is a warning.
    Fix: Send the quantity in CTP04 and ML, UN, GR or F2 in CTP05: mL of a liquid, vials of a powder.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00338007225~
        CTP****0*ML~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Source: RARC N815 and N816; medicalbillingcptmodifiers, NDC page.
    """
    for line, drug in lines_with_ndc(encounter, ctx.reference):
        if not drug.ndc:
            continue
        quantity = drug.quantity
        no_quantity = quantity is None or quantity <= 0
        no_unit = drug.unit not in _UNITS
        if no_quantity or no_unit:
            faults = [_quantity_fault(quantity)] * no_quantity + [_unit_fault(drug.unit)] * no_unit
            yield Hit(
                line,
                "CTP04" if no_quantity else "CTP05-1",
                f"the NDC of {line.procedure} has {' and '.join(faults)}",
            )
        elif drug.unit == "ME":
            yield Hit(
                line,
                "CTP05-1",
                f"the NDC of {line.procedure} is counted in ME (milligrams)",
                "send ML for a liquid or UN for a vial of powder, with the quantity counted anew",
                severity=Severity.WARNING,
            )


def _quantity_fault(quantity: Decimal | None) -> str:
    return "no quantity that can be read" if quantity is None else f"the quantity {plain(quantity)}"


def _unit_fault(unit: str) -> str:
    return "a unit of measure other than F2, GR, ME, ML and UN" if unit else "no unit of measure"
