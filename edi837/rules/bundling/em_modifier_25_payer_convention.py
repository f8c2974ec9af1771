"""B05: a visit without an NCCI pair beside an injection, on which most payers still want 25."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import edited_together
from edi837.rules.codes import CONVENTION_EM, INJECTION
from edi837.rules.encounter import Encounter


@rule(
    "B05",
    triggers={INJECTION},
    needs={"bare-visit"},
    beside=CONVENTION_EM,
    severity=Severity.WARNING,
    severity_by_payer={"MB": Severity.OFF, "MA": Severity.OFF, "16": Severity.OFF},
    category="bundling-modifier",
    predicts=("CO-97+N19|M15", "CO-4", "CO-16+N822"),
    skips_adjudicated=True,
    confidence="partly verified",
)
def em_modifier_25_payer_convention(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A consultation, preventive or eye visit on the day of an injection lacks modifier 25.

    Why: Medicare has no edit for these visits with 96372, but CPT guidance and most commercial and Medicaid
        editors expect 25 on the visit, and fold it into the injection without.
    Fix: Append 25 to the visit if the note supports a service apart from the injection.
    Denied:
        SBR*P*18*******CI~
        SV1*HC:99396*150*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SBR*P*18*******CI~
        SV1*HC:99396:25*150*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: No active pair in CMS NCCI PTP practitioner edits 2024Q3; the expectation of 25 is professional
        knowledge.
    """
    visits = [
        line
        for line in encounter.lines
        if line.procedure in CONVENTION_EM and "25" not in line.modifiers and line.charge
    ]
    if not visits:
        return
    for visit in visits:
        beside = tuple(line for line in encounter.injections if edited_together(encounter, visit, line))
        if beside:
            yield Hit(
                visit,
                "SV101-3",
                f"{visit.procedure} stands beside 96372 and carries no modifier 25",
                f"append 25 to {visit.procedure} if the note supports a visit apart from the injection",
                beside,
            )
