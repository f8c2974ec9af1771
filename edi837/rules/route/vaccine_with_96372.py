"""F03: a vaccine billed with the administration of a drug."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.reference.drugs import VACCINES
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import INJECTION, VACCINE_ADMINISTRATION
from edi837.rules.encounter import Encounter
from edi837.rules.wrong_administration import SILENCED


@rule(
    "F03",
    triggers={INJECTION},
    beside=VACCINES,
    severity=Severity.ERROR,
    category="route-admin-code",
    predicts=("CO-16+N657|N56", "CO-B15", "CO-97"),
    suppresses={"line": SILENCED},
    confidence="verified",
)
def vaccine_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A vaccine is billed with 96372.

    Why: Giving a vaccine or toxoid has codes of its own: 90460 to 90474, 90480 for COVID-19, and for Medicare G0008,
        G0009 and G0010. 96372 with a vaccine as the only product is denied. Immune globulins (90281 to 90399) are no
        vaccines and do go with 96372.
    Fix: Bill 90471 (90460 with counselling of a child, 90480 for COVID-19) instead of 96372; for Medicare G0008 with
        influenza, G0009 with pneumococcal and G0010 with hepatitis B vaccine.
    Denied:
        SV1*HC:90715*60*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:90715*60*UN*1***1~
        SV1*HC:90471*35*UN*1***1~
    Source: codingahead on 96372; BMC list of immune globulins.
    """
    injections = encounter.injections
    if not injections or encounter.injectables:
        return
    vaccines = tuple(line for line in encounter.lines if line.procedure in VACCINES)
    if not vaccines or encounter.lines_of(VACCINE_ADMINISTRATION):
        return
    for injection in injections:
        yield Hit(
            injection,
            "SV101-2",
            f"96372 stands beside vaccine {codes_of(vaccines)} and no drug to be given IM or SC",
            partners=vaccines,
        )
