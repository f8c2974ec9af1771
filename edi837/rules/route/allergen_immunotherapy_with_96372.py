"""F06: an allergen shot billed with the administration of a drug."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import ALLERGEN, ALLERGY_INJECTION, INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wrong_administration import SILENCED


@rule(
    "F06",
    triggers={INJECTION},
    beside=ALLERGEN,
    severity=Severity.ERROR,
    category="route-admin-code",
    predicts=("CO-97|CO-16+N657",),
    suppresses={"line": SILENCED},
    confidence="verified",
)
def allergen_immunotherapy_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An allergen shot is billed with 96372.

    Why: 96372 is not for allergen immunotherapy: giving the extract is 95115 for one shot and 95117 for two
        or more, or is part of the code for the whole service. With a drug such as omalizumab on the day
        96372 may be right.
    Fix: Bill 95115 (one shot) or 95117 (two or more) instead of 96372.
    Denied:
        SV1*HC:95165*120*UN*10***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:95165*120*UN*10***1~
        SV1*HC:95117*35*UN*1***1~
    Source: whatismedicalinsurancebilling 2010-07 (96372 leaves out allergen immunotherapy); CPT convention.
    """
    allergens = encounter.lines_of(ALLERGEN)
    if not allergens or encounter.drugs:
        return
    shots = encounter.lines_of(ALLERGY_INJECTION)
    for injection in encounter.injections:
        if shots:
            fix = f"remove 96372: {codes_of(shots)} is the administration of the extract"
        else:
            fix = "bill 95115 for one shot or 95117 for two or more instead of 96372"
        yield Hit(
            injection,
            "SV101-2",
            f"96372 stands beside allergen {codes_of(allergens)} and no drug",
            fix,
            tuple(allergens),
        )
