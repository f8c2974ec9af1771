"""G08: one claim to Medicare for several places of service."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter


@rule(
    "G08",
    triggers={INJECTION, DRUG},
    needs={"not-office"},
    severity=Severity.INFO,
    severity_by_payer={"16": Severity.OFF, "MC": Severity.OFF, "MA": Severity.OFF, "commercial": Severity.OFF},
    category="pos-auth",
    predicts=("CO-16+N93|M77",),
    confidence="partly verified",
)
def mixed_pos_on_claim(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """The lines of a claim to Medicare are in different places of service.

    Why: Medicare prices a claim by the place where the services were given, and may ask for a claim of its own for
        each place of a day.
    Fix: Put the lines of each place of service on a claim of their own.
    Denied:
        SV1*HC:99232:25*120*UN*1*21**1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:99213:25*120*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: RARC N93 (a separate claim for each place of service).
    """
    for claim in encounter.claims:
        mine = {id(line) for line in claim.lines}
        lines = [line for line in encounter.lines if id(line) in mine]
        places = dict.fromkeys(line.place_of_service for line in lines)
        if len(places) > 1 and any(
            line.procedure == INJECTION or ctx.reference.drug_line(line.procedure) is not None for line in lines
        ):
            yield Hit(
                claim,
                "CLM05-1",
                f"the lines of {encounter.service_date or 'a missing date'} are in places of service "
                f"{', '.join(places)}",
            )
