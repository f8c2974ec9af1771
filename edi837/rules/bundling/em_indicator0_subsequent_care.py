"""B04: an injection beside a subsequent or newborn visit, which no modifier makes payable."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of, find_bundles, futile_modifiers
from edi837.rules.codes import INJECTION, SUBSEQUENT_EM
from edi837.rules.encounter import Encounter


@rule(
    "B04",
    triggers={INJECTION},
    beside=SUBSEQUENT_EM,
    severity=Severity.ERROR,
    category="bundling-modifier",
    predicts=("CO-97|CO-236+M15|N20",),
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def em_indicator0_subsequent_care(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is billed beside a subsequent hospital or nursing facility visit or newborn care.

    Why: NCCI makes 96372 column 2 of these visits with indicator 0: it is denied, and neither 25 on the
        visit nor 59 or an X modifier on 96372 helps.
    Fix: Remove 96372; the visit is what is paid.
    Denied:
        CLM*1*155***32:B:1*Y*A*Y*Y~
        SV1*HC:99308:25*120*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        CLM*1*155***32:B:1*Y*A*Y*Y~
        SV1*HC:99304:25*120*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3, indicator 0; 99231-99233 confirmed in 2026Q3.
    """
    visits = encounter.lines_of(SUBSEQUENT_EM)
    if not visits:
        return
    for injection, into in find_bundles(encounter, ctx, visits, encounter.injections, indicator=0):
        yield Hit(
            injection,
            "SV101-2",
            f"96372 is column 2 of {codes_of(into)} with indicator 0, which {futile_modifiers((injection, *into))}",
            f"remove 96372, which is part of {codes_of(into)}",
            into,
        )
