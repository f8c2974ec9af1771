"""B01: an office visit beside an injection without modifier 25."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of, find_bundles
from edi837.rules.codes import INJECTION, OFFICE_EM
from edi837.rules.encounter import Encounter

_ADMINISTRATIONS = frozenset({INJECTION, "96365", "96374", "96377", "96401", "96402"})
_CLEARING = frozenset({"24", "25", "57"})


@rule(
    "B01",
    triggers=_ADMINISTRATIONS,
    needs={"bare-visit"},
    beside=OFFICE_EM,
    severity=Severity.ERROR,
    category="bundling-modifier",
    predicts=("CO-97+M15|N19|N20", "CO-236", "CO-16+N822", "CO-4"),
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def em_modifier_25_missing_office(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An office visit on the day of an injection lacks modifier 25.

    Why: NCCI makes the visit column 2 of the injection with indicator 1, so the visit is denied as part of
        it unless the visit itself says that it was significant and separate. Modifier 59 or an X modifier
        on the injection does not help, nor does 25 on the injection. Commercial payers often deny the
        injection instead. The pairs were off from 2020-01-01 to 2020-09-30, except those with 99358, 99359,
        99455, 99456 and G0463.
    Fix: Append 25 (57 or 24 where one of those is what happened) to the visit if the note supports a
        separate service; otherwise drop the visit.
    Denied:
        SV1*HC:99213*120*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:99213:25*120*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3, re-read in 2026Q3; Noridian, E/M services and drug
        administration billing.
    """
    visits = [
        line
        for line in encounter.lines
        if line.procedure in OFFICE_EM and _CLEARING.isdisjoint(line.modifiers) and line.charge
    ]
    if not visits:
        return
    for visit, injections in find_bundles(encounter, ctx, encounter.lines_of(_ADMINISTRATIONS), visits, indicator=1):
        yield Hit(
            visit,
            "SV101-3",
            f"{visit.procedure} is column 2 of {codes_of(injections)} and carries no modifier 25",
            f"append 25 to {visit.procedure} if the note supports a visit apart from the injection",
            injections,
        )
