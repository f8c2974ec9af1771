"""H06: a drug against anemia without a hemoglobin or hematocrit."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import ANEMIA_DRUG
from edi837.rules.encounter import Encounter

_TEST_RESULT = "TR"
_BLOOD = frozenset({"R1", "R2"})
"""Hemoglobin, hematocrit."""


@rule(
    "H06",
    triggers={DRUG},
    beside=ANEMIA_DRUG,
    severity=Severity.ERROR,
    severity_by_payer={"16": Severity.OFF, "MC": Severity.OFF, "MA": Severity.OFF, "commercial": Severity.OFF},
    category="modifier-policy",
    predicts=("CO-16+MA130|N764|N796",),
    confidence="verified",
)
def esa_hgb_hct_missing(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug against anemia is billed without the latest hemoglobin or hematocrit.

    Why: Medicare wants the result on the line of J0881, J0885, J0888 and Q5106 and returns the line without it. The
        codes for dialysis report it otherwise.
    Fix: Add MEA to the line: TR, R1 with the hemoglobin in g/dL or R2 with the hematocrit in percent, as xx.x.
    Denied:
        HI*ABK:D631*ABF:N184~
        SV1*HC:J0885:EC:JZ:JB*400*UN*10***1:2~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:D631*ABF:N184~
        SV1*HC:J0885:EC:JZ:JB*400*UN*10***1:2~
        MEA*TR*R1*9.8~
        SV1*HC:96372*35*UN*1***1~
    Source: Palmetto GBA on modifier EB; CMS MM5699.
    """
    for line, _ in encounter.drugs:
        if line.procedure not in ANEMIA_DRUG or line.is_discarded:
            continue
        if not any(kind == _TEST_RESULT and what in _BLOOD and value for kind, what, value in line.measurements):
            yield Hit(line, "MEA03", f"{line.procedure} has no hemoglobin (MEA*TR*R1) or hematocrit (MEA*TR*R2)")
