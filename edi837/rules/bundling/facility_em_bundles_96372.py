"""B03: an injection beside a facility, nursing or home visit that bundles it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import ServiceLine, Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of, find_bundles
from edi837.rules.codes import BYPASS, FACILITY_EM, INJECTION
from edi837.rules.encounter import Encounter


@rule(
    "B03",
    triggers={INJECTION},
    beside=FACILITY_EM,
    severity=Severity.WARNING,
    category="bundling-modifier",
    predicts=("CO-97+M15|N19", "CO-236", "CO-5|CO-58+M77|N428|M97"),
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def facility_em_bundles_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is bundled into a hospital, emergency, nursing facility or home visit of the day.

    Why: For these visits the NCCI pair runs the other way round than for office visits: the visit is column
        1, and 96372 is denied unless 25 stands on the visit or 59 or an X modifier on 96372 (indicator 1).
    Fix: Append 25 to the visit if it was separate from the injection, or remove 96372.
    Denied:
        CLM*1*155***12:B:1*Y*A*Y*Y~
        SV1*HC:99348*120*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        CLM*1*155***12:B:1*Y*A*Y*Y~
        SV1*HC:99348:25*120*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3 (column 1 the visit, column 2 96372, indicator 1).
    """
    visits = [line for line in encounter.lines if line.procedure in FACILITY_EM]
    if not visits:
        return
    for injection, into in find_bundles(encounter, ctx, visits, encounter.injections, indicator=1, clears=_cleared):
        yield Hit(
            injection,
            "SV101-3",
            f"96372 is column 2 of {codes_of(into)}: no 25 there, and no 59 or X modifier here",
            f"append 25 to {codes_of(into)} if the visit was separate from the injection, or remove 96372",
            into,
        )


def _cleared(visit: ServiceLine, injection: ServiceLine, _on: date) -> bool:
    return "25" in visit.modifiers or not BYPASS.isdisjoint(injection.modifiers)
