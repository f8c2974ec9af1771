"""E04: a drug for something that Medicare never covers it for."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import LIABILITY
from edi837.rules.coverage import excluding_policies, withdrawn_since
from edi837.rules.encounter import Encounter


@rule(
    "E04",
    triggers={DRUG},
    needs={"excluded-diagnosis"},
    severity=Severity.ERROR,
    severity_by_payer={
        "16": Severity.WARNING,
        "MC": Severity.OFF,
        "MA": Severity.OFF,
        "commercial": Severity.OFF,
    },
    category="diagnosis",
    predicts=("CO-50+N386", "PR-96+N425"),
    suppresses={"line": {"E03", "E05"}},
    confidence="partly verified",
)
def known_noncovered_indication(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug points only to diagnoses for which Medicare is known not to cover it.

    Why: Vitamin B12 is not covered to strengthen tendons of the foot, nor for fatigue, weight or wellness;
        contraception is no Medicare benefit; J1726 lost its approval on 2023-04-06 and is not covered for anything
        since. One diagnosis that is not on such a list is enough for the rule to be silent, and so is GA, GX, GY or
        GZ, by which the biller says that the denial is expected.
    Fix: Point the line to the diagnosis that the record supports, or have the patient sign an ABN (GA, or GX and GY
        for what is excluded by law) and pay.
    Denied:
        HI*ABK:R5383~
        SV1*HC:J3420*15*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:R5383*ABF:E538~
        SV1*HC:J3420*15*UN*1***1:2~
        SV1*HC:96372*35*UN*1***1~
    Source: NCD 150.6 as cited in HCPCS coverage field 45-4 and LCD L29309 (tendons); the others are knowledge.
    """
    for line, _facts in encounter.drugs:
        if line.is_discarded or not LIABILITY.isdisjoint(line.modifiers):
            continue
        code, withdrawn = line.procedure, withdrawn_since(line)
        if withdrawn is not None:
            message = f"{code} lost its approval on {withdrawn}, the date of service is {line.service_date}"
            yield Hit(line, "SV101-2", message)
            continue
        policies = excluding_policies(line, encounter.claim_of(line), ctx.reference)
        if policies:
            pointers = ", ".join(map(str, line.diagnosis_pointers))
            yield Hit(
                line, "SV107-1", f"{code} points to diagnosis {pointers} only: not covered ({', '.join(policies)})"
            )
