"""B15: an injection beside anesthesia of the same provider, which no modifier makes payable."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of, find_bundles, futile_modifiers
from edi837.rules.codes import ANESTHESIA, INJECTION
from edi837.rules.encounter import Encounter


@rule(
    "B15",
    triggers={INJECTION},
    beside=ANESTHESIA,
    severity=Severity.ERROR,
    category="bundling-modifier",
    predicts=("CO-97|CO-236",),
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def anesthesia_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is billed beside anesthesia or sedation by the same provider.

    Why: Giving drugs is part of preparing and monitoring an anesthesia. NCCI makes 96372 column 2 of the anesthesia
        codes and of 99155 and 99156 with indicator 0: it is denied whatever modifier it carries.
    Fix: Remove 96372; the anesthesia is what is paid.
    Denied:
        SV1*HC:00400:AA*400*MJ*45***1~
        SV1*HC:96372:59*35*UN*1***1~
        SV1*HC:J2550*13*UN*1***1~
    Clean:
        SV1*HC:99213:25*120*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J2550*13*UN*1***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3 (column 2 96372, indicator 0).
    """
    services = encounter.lines_of(ANESTHESIA)
    if not services:
        return
    for injection, into in find_bundles(encounter, ctx, services, encounter.injections, indicator=0):
        yield Hit(
            injection,
            "SV101-2",
            f"96372 is column 2 of {codes_of(into)} with indicator 0, which {futile_modifiers((injection, *into))}",
            f"remove 96372, which is part of {codes_of(into)}",
            into,
        )
