"""C07: units of a drug or an injection that are not counted in UN."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter

_KNOWN = frozenset({"DA", "F2", "GR", "ME", "MJ", "ML"})
"""Units of measure that claims do name, here or in CTP05."""


@rule(
    "C07",
    triggers={INJECTION, DRUG},
    needs={"odd-unit-basis"},
    severity=Severity.ERROR,
    category="units-frequency",
    predicts=("277CA A7:476", "CO-16+M53"),
    confidence="knowledge",
)
def unit_qualifier_wrong(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """The units of a drug or an injection are not counted in UN.

    Why: SV103 is UN (units) or MJ (minutes), and minutes are for anesthesia only. The claim is rejected at the front
        end, or the line denied. The unit of the NDC quantity (ML, GR, F2) belongs into CTP05.
    Fix: Send UN in SV103, with the billing units of the code in SV104.
    Denied:
        SV1*HC:J1885*8*MJ*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: TR3 005010X222A1, SV103.
    """
    drug_lines = ctx.reference.drug_lines
    for line in encounter.lines:
        if line.unit_basis == "UN":
            continue
        basis, code = line.unit_basis, line.procedure
        if not basis and line.units is None:
            continue
        if code == INJECTION or drug_lines[code] is not None:
            yield Hit(line, "SV103", f"the units of {code} {_fault(basis)}", f"send UN in SV103 of {code}")


def _fault(basis: str) -> str:
    if not basis:
        return "have no unit of measure"
    return f"are counted in {basis if basis in _KNOWN else 'something else than UN'}"
