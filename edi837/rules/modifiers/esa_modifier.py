"""H05: a drug against anemia without the modifier of its reason."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import ANEMIA_DRUG
from edi837.rules.encounter import Encounter

_REASONS = ("EA", "EB", "EC")


@rule(
    "H05",
    triggers={DRUG},
    beside=ANEMIA_DRUG,
    severity=Severity.ERROR,
    severity_by_payer={"16": Severity.OFF, "MC": Severity.OFF, "MA": Severity.OFF, "commercial": Severity.OFF},
    category="modifier-policy",
    predicts=("CO-16+MA130|N63",),
    confidence="verified",
)
def esa_modifier(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug against anemia does not carry exactly one of EA, EB and EC.

    Why: Medicare pays J0881, J0885, J0888 and Q5106 by the cause of the anemia: EA for chemotherapy, EB for
        radiotherapy, EC for another cause. A line with none of them is returned, and so is one with two. The codes for
        dialysis have other modifiers.
    Fix: Append the one of EA, EB and EC that the record supports.
    Denied:
        HI*ABK:D631*ABF:N184~
        SV1*HC:J0885:JZ:JB*400*UN*10***1:2~
        MEA*TR*R1*9.8~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:D631*ABF:N184~
        SV1*HC:J0885:EC:JZ:JB*400*UN*10***1:2~
        MEA*TR*R1*9.8~
        SV1*HC:96372*35*UN*1***1~
    Source: Palmetto GBA on modifiers EA, EB and EC.
    """
    for line, _ in encounter.drugs:
        if line.procedure not in ANEMIA_DRUG or line.is_discarded:
            continue
        carried = [reason for reason in _REASONS if reason in line.modifiers]
        if not carried:
            yield Hit(line, "SV101-3", f"{line.procedure} carries none of EA, EB and EC")
        elif len(carried) > 1:
            yield Hit(
                line,
                "SV101-3",
                f"{line.procedure} carries {' and '.join(carried)}, of which it must have one",
                f"keep the one of {' and '.join(carried)} that the record supports",
            )
