"""C02: a code that Medicare never pays on a professional claim."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION_ADMINISTRATION
from edi837.rules.encounter import Encounter


@rule(
    "C02",
    triggers=INJECTION_ADMINISTRATION | {DRUG},
    needs={"units-above-limit"},
    severity=Severity.ERROR,
    severity_by_payer={
        "16": Severity.WARNING,
        "MC": Severity.OFF,
        "MA": Severity.OFF,
        "commercial": Severity.OFF,
    },
    category="units-frequency",
    predicts=("CO-151|CO-96+N362",),
    policies=("ncci",),
    confidence="verified",
)
def mue_zero_code(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug or injection has a medically unlikely edit (MUE) of zero units.

    Why: Zero units means that Medicare never pays the code on a professional claim: it belongs to a facility (96376),
        to a supplier (oral drugs), or is no longer made or not covered (J3302). No modifier or appeal helps.
    Fix: Bill the code of the product or service that was given; where there is no other, leave the line off the claim
        or bill the patient after notice.
    Denied:
        SV1*HC:J3302*25*UN*8***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J3301*25*UN*4***1~
        SV1*HC:96372*35*UN*1***1~
    Source: CMS practitioner MUE 2024Q3 and 2026Q4.
    """
    on = encounter.service_date
    if on is None:
        return
    drug_lines, mue = ctx.reference.drug_lines, ctx.reference.mue
    for line in encounter.lines:
        code = line.procedure
        # J and Q codes that are no injected drugs are the oral and inhaled ones. No units at all are C06's.
        if (code[:1] not in ("J", "Q") and drug_lines[code] is None and code not in INJECTION_ADMINISTRATION) or (
            line.units is not None and line.units <= 0
        ):
            continue
        payer = encounter.payer_of(line)
        limit = mue(code, payer.payer_class, on)
        if limit is not None and limit.units == 0 and ctx.requirements(payer, on).ncci:
            yield Hit(line, "SV101-2", f"{code} has an MUE of 0: it is never paid on a professional claim")
