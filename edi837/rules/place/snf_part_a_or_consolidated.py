"""G04: an injection or drug billed to Medicare for a resident of a skilled nursing facility."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter

_SKILLED_NURSING = "31"


@rule(
    "G04",
    triggers={INJECTION, DRUG},
    needs={"facility"},
    severity=Severity.WARNING,
    severity_by_payer={"16": Severity.OFF, "MC": Severity.OFF, "MA": Severity.OFF, "commercial": Severity.OFF},
    category="pos-auth",
    predicts=("CO-190|CO-109+MA101|N70|N538", "CO-5"),
    skips_adjudicated=True,
    confidence="partly verified",
)
def snf_part_a_or_consolidated(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug or injection is billed to Medicare for a skilled nursing facility.

    Why: In a stay that Part A covers the facility bills drugs and their administration under consolidated billing, and
        Part B denies them to others. Of 96372 itself G01 speaks, which is surer; this is about drugs without it.
    Fix: Bill the skilled nursing facility, or correct place of service 31.
    Denied:
        CLM*1*1200***31:B:1*Y*A*Y*Y~
        SV1*HC:J0897:JZ*1200*UN*60***1~
    Clean:
        CLM*1*1200***32:B:1*Y*A*Y*Y~
        SV1*HC:J0897:JZ*1200*UN*60***1~
    Source: RARC MA101, N70 and N538; professional knowledge.
    """
    drugs = tuple(line for line, _ in encounter.drugs if line.place_of_service == _SKILLED_NURSING)
    injections = tuple(line for line in encounter.injections if line.place_of_service == _SKILLED_NURSING)
    for line in injections or drugs:
        yield Hit(
            line,
            "SV105",
            f"{line.procedure} in place of service 31, where the skilled nursing facility bills it",
            partners=drugs if injections else (),
        )
