"""B02: the nurse visit 99211 beside an injection, which no modifier makes payable."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of, find_bundles, futile_modifiers
from edi837.rules.codes import BESIDE_NURSE_VISIT, NURSE_VISIT
from edi837.rules.encounter import Encounter


@rule(
    "B02",
    triggers=BESIDE_NURSE_VISIT,
    beside={NURSE_VISIT},
    severity=Severity.ERROR,
    category="bundling-modifier",
    predicts=("CO-97+M15|N19", "CO-236", "M80", "M14"),
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def em_99211_with_injection(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Visit 99211 is billed on the day of an injection.

    Why: NCCI pairs 99211 with drug administration under indicator 0: the visit is denied with or without
        modifier 25. Vaccine administration and allergy shots are other pairs and are not meant here.
    Fix: Drop 99211 and keep the injection. Where nobody supervised the injection, a payer may want 99211
        alone.
    Denied:
        SV1*HC:99211:25*25*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:99211*25*UN*1***1~
        SV1*HC:95117*35*UN*1***1~
    Source: CMS NCCI PTP practitioner edits, indicator 0, confirmed in 2026; Medicare Claims Processing
        Manual ch. 12 30.5 (CR 3631); BCBS Alabama injectable drug manual page.
    """
    visits = [line for line in encounter.lines if line.procedure == NURSE_VISIT and line.charge]
    if not visits:
        return
    for visit, injections in find_bundles(encounter, ctx, encounter.lines_of(BESIDE_NURSE_VISIT), visits, indicator=0):
        yield Hit(
            visit,
            "SV101-2",
            f"99211 is column 2 of {codes_of(injections)} with indicator 0, "
            f"which {futile_modifiers((visit, *injections))}",
            f"drop 99211 and keep {codes_of(injections)}",
            injections,
        )
