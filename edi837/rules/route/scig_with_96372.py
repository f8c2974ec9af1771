"""F15: immune globulin infused under the skin billed as an injection."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wrong_administration import SILENCED, products_of, wrongly_given

_GLOBULINS = frozenset({"J1551", "J1555", "J1558", "J1559", "J1575"})


@rule(
    "F15",
    triggers={INJECTION},
    beside=_GLOBULINS,
    severity=Severity.WARNING,
    category="route-admin-code",
    predicts=("CO-16+N657",),
    suppresses={"line": SILENCED},
    confidence="knowledge",
)
def scig_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Immune globulin that is infused under the skin is billed with 96372.

    Why: These products run in through a pump over a time, which is 96369 with 96370 for further hours and 96371 for a
        further site. Payers deny 96372 as not fitting, or pay less.
    Fix: Bill 96369 (and 96370, 96371) instead of 96372.
    Denied:
        HI*ABK:D839~
        SV1*HC:J1559:JZ*1500*UN*100***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:D839~
        SV1*HC:J1559:JZ*1500*UN*100***1~
        SV1*HC:96369*160*UN*1***1~
    Source: CPT convention (professional knowledge).
    """
    yield from wrongly_given(
        encounter,
        products_of(encounter, _GLOBULINS),
        {"96369", "96370", "96371"},
        "which is infused under the skin",
        "bill 96369 (and 96370, 96371) instead of 96372",
    )
