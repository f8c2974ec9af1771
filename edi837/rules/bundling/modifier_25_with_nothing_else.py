"""B07: modifier 25 on a visit that nothing stands beside."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import TAKES_25, codes_of
from edi837.rules.encounter import Encounter

_ADDED_TO_VISIT = frozenset({"G2211"})


@rule(
    "B07",
    triggers={DRUG},
    needs={"25"},
    unless={"administration"},
    beside=TAKES_25,
    severity=Severity.INFO,
    category="bundling-modifier",
    predicts=("CO-4|CO-16+N519",),
    skips_adjudicated=True,
    confidence="knowledge",
)
def modifier_25_with_nothing_else(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Modifier 25 stands on a visit, and no procedure is billed that it could set the visit apart from.

    Why: 25 says that the visit was separate from a procedure of the same day. With drugs alone beside the visit it is
        unnecessary, which auditors notice; or the procedure, often the injection, was not billed. Visits in a
        facility, whose procedures the facility bills, are left out.
    Fix: Bill the injection if the record documents it; otherwise remove 25.
    Denied:
        SV1*HC:99213:25*120*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Clean:
        SV1*HC:99213:25*120*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: Professional knowledge.
    """
    drugs = encounter.drugs
    if not drugs:
        return
    rest = [line for line in encounter.lines if line.procedure not in _ADDED_TO_VISIT]
    if len(rest) != len(drugs) + 1:
        return
    visit = next((line for line in rest if line.procedure in TAKES_25), None)
    if visit is None or "25" not in visit.modifiers:
        return
    place = ctx.reference.pos(visit.place_of_service)
    if place is not None and place.facility:
        return
    codes = codes_of(drug.line for drug in drugs)
    yield Hit(
        visit,
        f"SV101-{3 + visit.modifiers.index('25')}",
        f"{visit.procedure} carries modifier 25, and nothing but {codes} is billed beside it",
        f"bill the injection of {codes} if the record documents it, otherwise remove 25",
    )
