"""B13: an injection beside an allergy shot or the making of its extract."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import bypassed, codes_of, find_bundles
from edi837.rules.codes import ALLERGY_SERVICE, INJECTION
from edi837.rules.encounter import Encounter

_BIOLOGICS = frozenset({"J0517", "J2182", "J2356", "J2357", "Q5154"})
"""For asthma and hives: what is injected beside allergy shots."""


@rule(
    "B13",
    triggers={INJECTION},
    beside=ALLERGY_SERVICE,
    severity=Severity.WARNING,
    category="bundling-modifier",
    predicts=("CO-97|CO-236",),
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def allergy_shot_plus_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 beside an allergy shot or extract of the day lacks modifier 59.

    Why: NCCI makes 96372 column 2 of 95115, 95117 and the extracts with indicator 1. A drug such as omalizumab or
        epinephrine is another injection than the allergen, and 59 or an X modifier on either line says so.
    Fix: Append 59 or XS to 96372 if a drug was injected besides the allergen; otherwise remove 96372.
    Denied:
        SV1*HC:95117*35*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J2357*1200*UN*30***1~
    Clean:
        SV1*HC:95117*35*UN*1***1~
        SV1*HC:96372:59*35*UN*1***1~
        SV1*HC:J2357*1200*UN*30***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3 (column 2 96372, indicator 1); CR 11168.
    """
    services = encounter.lines_of(ALLERGY_SERVICE)
    if not services:
        return
    for injection, into in find_bundles(encounter, ctx, services, encounter.injections, indicator=1, clears=bypassed):
        biologics = codes_of(drug.line for drug in encounter.injectables if drug.line.procedure in _BIOLOGICS)
        yield Hit(
            injection,
            "SV101-3",
            f"96372 is column 2 of {codes_of(into)} and neither line carries 59 or an X modifier",
            f"append 59 or XS to 96372: {biologics} is no allergen"
            if biologics
            else "append 59 or XS to 96372 if another drug than the allergen was injected, otherwise remove 96372",
            into,
        )
