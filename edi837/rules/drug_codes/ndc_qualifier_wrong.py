"""D07: a product number of a drug that is not marked as an NDC."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.encounter import Encounter

_OTHER_NUMBERS = frozenset({"EN", "EO", "HI", "N1", "N2", "N3", "N5", "N6", "ND", "ON", "UI", "UK", "UP"})
_DEVICES = frozenset(f"J{number}" for number in range(7318, 7333))
"""Hyaluronans for joints, which are devices and have a device identifier."""


@rule(
    "D07",
    triggers={DRUG},
    needs={"odd-ndc"},
    severity=Severity.ERROR,
    category="code-ndc",
    predicts=("277CA A7:218",),
    confidence="knowledge",
)
def ndc_qualifier_wrong(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """The product number of a drug has another qualifier than N4.

    Why: LIN02 says what kind of number follows: N4 is an NDC of eleven digits, the others are codes of other
        catalogues. A drug whose number is not marked N4 counts as a drug without an NDC, and the claim is rejected.
        Joint products that are devices may carry a device identifier.
    Fix: Send N4 in LIN02 and the eleven digits of the NDC in LIN03.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        LIN**UP*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Source: TR3 005010X222A1, LIN02.
    """
    for line, _facts in encounter.drugs:
        drug = line.drug
        if drug is None or drug.qualifier == "N4" or line.procedure in _DEVICES:
            continue
        if drug.qualifier in _OTHER_NUMBERS:
            yield Hit(
                line, "LIN02", f"the product number of {line.procedure} has the qualifier {drug.qualifier}, not N4"
            )
        elif drug.qualifier or drug.ndc:
            fault = "an unknown qualifier" if drug.qualifier else "no qualifier"
            yield Hit(line, "LIN02", f"the product number of {line.procedure} has {fault}, not N4")
