"""B11: flushing a port or drawing blood from it beside an injection, which no modifier makes payable."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import find_bundles, futile_modifiers
from edi837.rules.codes import INJECTION, PORT_ACCESS
from edi837.rules.encounter import Encounter


@rule(
    "B11",
    triggers={INJECTION},
    beside=PORT_ACCESS,
    severity=Severity.ERROR,
    category="bundling-modifier",
    predicts=("CO-97|CO-236",),
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def port_flush_or_port_draw_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A port flush or a blood draw from a port is billed beside injection 96372.

    Why: NCCI makes 36591, 36592 and 96523 column 2 of 96372 with indicator 0: they are paid only as the one service of
        the day, and no modifier changes that.
    Fix: Remove the flush or the draw and keep 96372.
    Denied:
        SV1*HC:96523:59*40*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Clean:
        SV1*HC:36415*12*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3 (column 1 96372, indicator 0).
    """
    accesses = encounter.lines_of(PORT_ACCESS)
    if not accesses:
        return
    for access, injections in find_bundles(encounter, ctx, encounter.injections, accesses, indicator=0):
        yield Hit(
            access,
            "SV101-2",
            f"{access.procedure} is column 2 of 96372 with indicator 0, "
            f"which {futile_modifiers((access, *injections))}",
            f"remove {access.procedure} and keep 96372",
            injections,
        )
