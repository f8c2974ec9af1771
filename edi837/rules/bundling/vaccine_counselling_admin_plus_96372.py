"""B14: an injection beside a vaccine administration with counselling."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import bypassed, find_bundles
from edi837.rules.codes import INJECTION, VACCINE_COUNSELLING
from edi837.rules.encounter import Encounter


@rule(
    "B14",
    triggers={INJECTION},
    beside={VACCINE_COUNSELLING},
    severity=Severity.WARNING,
    category="bundling-modifier",
    predicts=("CO-97|CO-236",),
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def vaccine_counselling_admin_plus_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 beside vaccine administration 90460 lacks modifier 59.

    Why: NCCI makes 96372 column 2 of 90460 with indicator 1. A drug injected at the same visit is another service, and
        59 or an X modifier on either line says so. 90471, 90472 and G0008 to G0010 have no such pair.
    Fix: Append 59 or XU to 96372 if a drug was injected besides the vaccine; otherwise remove 96372.
    Denied:
        SBR*P*18*******MC~
        SV1*HC:90686*40*UN*1***1~
        SV1*HC:90460*32*UN*1***1~
        SV1*HC:J0696*22*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SBR*P*18*******MC~
        SV1*HC:90686*40*UN*1***1~
        SV1*HC:90460*32*UN*1***1~
        SV1*HC:J0696*22*UN*2***1~
        SV1*HC:96372:XU*35*UN*1***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3 (column 1 90460, column 2 96372, indicator 1); CR 11168.
    """
    given = [line for line in encounter.lines if line.procedure == VACCINE_COUNSELLING]
    if not given:
        return
    for injection, into in find_bundles(encounter, ctx, given, encounter.injections, indicator=1, clears=bypassed):
        yield Hit(
            injection,
            "SV101-3",
            "96372 is column 2 of 90460 and neither line carries 59 or an X modifier",
            "append 59 or XU to 96372 if a drug was injected besides the vaccine, otherwise remove 96372",
            into,
        )
