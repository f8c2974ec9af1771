"""G07: a drug billed as bought to a plan that has it delivered by a specialty pharmacy."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.encounter import Encounter
from edi837.rules.specialty import listed
from edi837.rules.wording import dollars


@rule(
    "G07",
    triggers={DRUG},
    needs={"under-vendor-policy"},
    severity=Severity.INFO,
    severity_by_payer={"MB": Severity.OFF, "MA": Severity.OFF, "16": Severity.OFF, "MC": Severity.OFF},
    category="pos-auth",
    predicts=("CO-96|CO-16+N773", "CO-280"),
    skips_adjudicated=True,
    policies=("vendor-drugs",),
    confidence="partly verified",
)
def specialty_vendor_mandate(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A specialty drug is billed as bought to a plan that has it delivered by its own pharmacy.

    Why: Some commercial plans pay for specialty drugs only if their specialty pharmacy delivers them (white bagging),
        and deny a drug that the practice bought. Which plans and drugs must be told by a payer policy (`vendor-drugs`);
        without one nothing is said.
    Fix: Order the drug from the plan's specialty pharmacy, and bill it at 0.01 with the injection.
    Denied:
        SBR*P*18*******CI~
        NM1*PR*2*EXAMPLE PLAN*****PI*PLAN1~
        SV1*HC:J2357*1200*UN*30***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SBR*P*18*******CI~
        NM1*PR*2*EXAMPLE PLAN*****PI*PLAN1~
        SV1*HC:J2357*0.01*UN*30***1~
        NTE*ADD*DRUG SUPPLIED BY SPECIALTY PHARMACY~
        SV1*HC:96372*35*UN*1***1~
    Source: RARC N773; which plans is professional knowledge.
    """
    if "vendor-drugs" not in ctx.settings.stated:
        return
    for line, _ in encounter.drugs:
        if line.is_nominal or line.is_discarded:
            continue
        payer = encounter.payer_of(line)
        if listed(ctx.requirements(payer, encounter.service_date).vendor_drugs)(line.procedure):
            yield Hit(
                line,
                "SV102",
                f"{line.procedure} is billed at {dollars(line.charge)} to a plan whose pharmacy delivers it",
            )
