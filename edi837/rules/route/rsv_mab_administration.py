"""F05: an antibody against RSV billed with the administration of a drug or vaccine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import Severity
from edi837.reference.drugs import VACCINES
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import RSV_ADMINISTRATION, RSV_ANTIBODY
from edi837.rules.encounter import Encounter
from edi837.rules.wrong_administration import SILENCED, products_of, wrongly_given

_SINCE = date(2023, 10, 6)
_VACCINE_SHOTS = frozenset({"90460", "90471", "90472"})


@rule(
    "F05",
    triggers={DRUG},
    beside=RSV_ANTIBODY,
    severity=Severity.WARNING,
    category="route-admin-code",
    predicts=("CO-16+N657", "CO-97"),
    suppresses={"line": SILENCED},
    confidence="verified",
)
def rsv_mab_administration(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An antibody against RSV is billed with 96372 or with the administration of a vaccine.

    Why: Since 2023-10-06 giving nirsevimab or clesrovimab (90380 to 90382) has codes of its own: 96380 with
        counselling and 96381 without. They are not for palivizumab (90378), which keeps 96372. Some payers took 96372
        until they had loaded the new codes.
    Fix: Bill 96380 (with counselling of the family) or 96381 instead.
    Denied:
        DMG*D8*20251201*F~
        HI*ABK:Z2911~
        SV1*HC:90380*550*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        DMG*D8*20251201*F~
        HI*ABK:Z2911~
        SV1*HC:90380*550*UN*1***1~
        SV1*HC:96381*35*UN*1***1~
    Source: Sanofi coding page for Beyfortus; AAP News 26439 (not for palivizumab).
    """
    on = encounter.service_date
    if on is None or on < _SINCE:
        return
    antibodies = products_of(encounter, RSV_ANTIBODY)
    fix = "bill 96380 (with counselling) or 96381 instead of {}"
    wrong = list(
        wrongly_given(encounter, antibodies, RSV_ADMINISTRATION, "an antibody against RSV", fix.format("96372"))
    )
    yield from wrong
    if wrong or not antibodies or encounter.lines_of(RSV_ADMINISTRATION) or encounter.lines_of(VACCINES):
        return
    for shot in encounter.lines_of(_VACCINE_SHOTS):
        yield Hit(
            shot,
            "SV101-2",
            f"{shot.procedure} stands beside {codes_of(antibodies)}, an antibody against RSV, and no vaccine",
            fix.format(shot.procedure),
            antibodies,
        )
