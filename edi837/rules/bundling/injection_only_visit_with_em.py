"""B17: a visit for the same diagnoses as the scheduled injection that it stands beside."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.schedules import schedule_of

_ESTABLISHED = frozenset({"99212", "99213", "99214", "99215"})


@rule(
    "B17",
    triggers={INJECTION},
    needs={"scheduled-visit"},
    beside=_ESTABLISHED,
    severity=Severity.INFO,
    category="bundling-modifier",
    predicts=("M14", "CO-97", "CO-150+M25"),
    skips_adjudicated=True,
    confidence="verified",
)
def injection_only_visit_with_em(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A visit points to the same diagnoses as the scheduled injection that the patient came for.

    Why: An injection given by schedule includes looking after the patient on that day. A visit beside it has to be
        separate, and one for the same diagnoses is the first that an auditor asks the note of. A first dose, a new
        problem or a change of the treatment make it one.
    Fix: Check that the note supports a visit of its own, and point it to its problem; otherwise drop the visit.
    Denied:
        HI*ABK:E538~
        SV1*HC:99213:25*120*UN*1***1~
        SV1*HC:J3420*15*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:E538*ABF:I10~
        SV1*HC:99213:25*120*UN*1***2~
        SV1*HC:J3420*15*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: RARC M14; Noridian, E/M services and drug administration billing.
    """
    if not encounter.injections:
        return
    for visit in encounter.lines:
        if visit.procedure not in _ESTABLISHED or not visit.charge:
            continue
        claim = encounter.claim_of(visit)
        drugs = [drug.line for drug in encounter.injectables if encounter.claim_of(drug.line) is claim]
        injections = [line for line in encounter.injections if encounter.claim_of(line) is claim]
        reasons = {pointer for line in (*drugs, *injections) for pointer in line.diagnosis_pointers}
        if (
            drugs
            and injections
            and reasons
            and set(visit.diagnosis_pointers) == reasons
            and all(schedule_of(drug, claim, ctx.reference) is not None for drug in drugs)
        ):
            pointers = ", ".join(map(str, sorted(reasons)))
            yield Hit(
                visit,
                "SV107-1",
                f"{visit.procedure} points to diagnosis {pointers}, as does the injection of {codes_of(drugs)}",
                f"check that the note supports {visit.procedure} apart from the injection, otherwise drop it",
                (*injections, *drugs),
            )
