"""F12: botulinum toxin billed with the administration of a drug."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wrong_administration import SILENCED, products_of, wrongly_given

_TOXINS = frozenset({"J0585", "J0586", "J0587", "J0588", "J0589"})
_CHEMODENERVATION = frozenset(
    {
        "64611",
        "64612",
        "64613",
        "64614",
        "64615",
        "64616",
        "64617",
        "64642",
        "64643",
        "64644",
        "64645",
        "64646",
        "64647",
    }
    | {"64650", "64653", "46505", "52287", "43201", "67345", "31513", "31570", "31571"}
)


@rule(
    "F12",
    triggers={INJECTION},
    beside=_TOXINS,
    severity=Severity.ERROR,
    category="route-admin-code",
    predicts=("CO-B15|CO-16+N657",),
    suppresses={"line": SILENCED},
    confidence="knowledge",
)
def botulinum_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Botulinum toxin is billed with 96372.

    Why: Giving a botulinum toxin is chemodenervation, which has codes by site: 64611 to 64617 for head and neck, 64642
        to 64647 for limbs and trunk, 64650 and 64653 for sweat glands, 52287 for the bladder and a few more. Payers
        deny 96372 as not fitting.
    Fix: Bill the chemodenervation code of the site instead of 96372.
    Denied:
        SV1*HC:J0585:JZ*1250*UN*200***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J0585:JZ*1250*UN*200***1~
        SV1*HC:64615*310*UN*1***1~
    Source: CPT convention (professional knowledge).
    """
    toxins = products_of(encounter, _TOXINS)
    yield from wrongly_given(
        encounter,
        toxins,
        _CHEMODENERVATION,
        "a botulinum toxin",
        "bill the chemodenervation code of the site instead of 96372",
    )
