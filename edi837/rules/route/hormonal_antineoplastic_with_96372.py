"""F07: a hormone against cancer billed with the administration of a plain drug."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.hormones import HORMONES, is_by_96402
from edi837.rules.wrong_administration import SILENCED, products_of, wrongly_given


@rule(
    "F07",
    triggers={INJECTION},
    beside=HORMONES,
    severity=Severity.WARNING,
    category="route-admin-code",
    predicts=("CO-16+N657", "CO-4"),
    suppresses={"line": SILENCED},
    policies=("by-96372",),
    confidence="partly verified",
)
def hormonal_antineoplastic_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A hormone against breast or prostate cancer is billed with 96372.

    Why: Leuprolide, triptorelin, degarelix, goserelin and fulvestrant are hormonal antineoplastics when the line points
        to C50 or C61, and are given with 96402; 96372 is paid less or denied. For endometriosis, fibroids or early
        puberty 96372 is right, and for the drugs that a payer's policy (`by-96372`) wants given so: Independence Blue
        Cross and AmeriHealth do for J1950 and J3315.
    Fix: Bill 96402 instead of 96372.
    Denied:
        HI*ABK:C61~
        SV1*HC:J9217:JZ*980*UN*3***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:C61~
        SV1*HC:J9217:JZ*980*UN*3***1~
        SV1*HC:96402*89*UN*1***1~
    Source: carecostestimate on 96401 and 96402; IBC and AmeriHealth 21-3144 for the contrary list.
    """
    hormones = tuple(
        line for line in products_of(encounter, HORMONES) if is_by_96402(line, encounter.claim_of(line), ctx)
    )
    yield from wrongly_given(encounter, hormones, {"96402"}, "a hormone against cancer", "bill 96402 instead of 96372")
