"""F10: a product for joints billed with the administration of a drug."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION, JOINT_INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wrong_administration import SILENCED, products_of, wrongly_given

_PRODUCTS = frozenset({"J3303", "J3304", "J7318", "J7331", "J7332"} | {f"J{code}" for code in range(7320, 7330)})
_EXPECTED = JOINT_INJECTION | {"11900", "11901"}
"""Into a joint or bursa; J3303 into a lesion too."""


@rule(
    "F10",
    triggers={INJECTION},
    beside=_PRODUCTS,
    severity=Severity.ERROR,
    category="route-admin-code",
    predicts=("CO-B15|CO-16+N657",),
    suppresses={"line": SILENCED},
    confidence="verified",
)
def intraarticular_only_product_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A product that is injected into joints only is billed with 96372.

    Why: Hyaluronan, J3303 and J3304 are described as for injection into a joint, which is billed with 20600 to 20611.
        Payers deny 96372 as not fitting them.
    Fix: Bill 20610 (20611 with ultrasound, 20600 or 20604 for a small joint, 20605 or 20606 for one between) instead of
        96372.
    Denied:
        SV1*HC:J7321*180*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J7321*180*UN*1***1~
        SV1*HC:20610:RT*180*UN*1***1~
    Source: HCPCS descriptors.
    """
    products = products_of(encounter, _PRODUCTS)
    yield from wrongly_given(
        encounter, products, _EXPECTED, "which is injected into joints", "bill 20610 or 20611 instead of 96372"
    )
