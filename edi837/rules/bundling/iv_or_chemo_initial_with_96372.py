"""B12: an injection beside the initial service of an infusion, IV push or chemotherapy."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import bypassed, codes_of, find_bundles
from edi837.rules.codes import INITIAL_SERVICE, INJECTION
from edi837.rules.encounter import Encounter


@rule(
    "B12",
    triggers={INJECTION},
    beside=INITIAL_SERVICE,
    severity=Severity.WARNING,
    category="bundling-modifier",
    predicts=("CO-97|CO-236+M15",),
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def iv_or_chemo_initial_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 beside an infusion, IV push or chemotherapy of the day lacks modifier 59.

    Why: NCCI makes 96372 column 2 of these services with indicator 1. An injection of another drug at
        another site is separate, and 59 or an X modifier on either line says so. 96361, 96366, 96367 and
        96375 have no such pair.
    Fix: Append 59, XS or XU to 96372 if another drug was injected at another site; otherwise remove 96372.
    Denied:
        SV1*HC:96365*90*UN*1***1~
        SV1*HC:J1756*60*UN*100***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J3420*15*UN*1***1~
    Clean:
        SV1*HC:96365*90*UN*1***1~
        SV1*HC:J1756*60*UN*100***1~
        SV1*HC:96372:XS*35*UN*1***1~
        SV1*HC:J3420*15*UN*1***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3 (96374/96372 from 2009-01-01, active in 2026); CR 11168.
    """
    initial = encounter.lines_of(INITIAL_SERVICE)
    if not initial:
        return
    for injection, into in find_bundles(encounter, ctx, initial, encounter.injections, indicator=1, clears=bypassed):
        yield Hit(
            injection,
            "SV101-3",
            f"96372 is column 2 of {codes_of(into)} and neither line carries 59 or an X modifier",
            f"append 59 or XS to 96372 if another drug than that of {codes_of(into)} went to another site",
            into,
        )
