"""F18: a drug to prevent HIV billed to Medicare with the administration of any drug."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wrong_administration import SILENCED, products_of, wrongly_given

_SINCE = date(2024, 9, 30)
_PREVENTION = frozenset({"J0738", "J0739"})


@rule(
    "F18",
    triggers={INJECTION},
    beside=_PREVENTION,
    severity=Severity.WARNING,
    severity_by_payer={"16": Severity.OFF, "MC": Severity.OFF, "MA": Severity.OFF, "commercial": Severity.OFF},
    category="route-admin-code",
    predicts=("CO-16+N657",),
    suppresses={"line": SILENCED},
    confidence="partly verified",
)
def hiv_prep_admin(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug to prevent HIV is billed to Medicare with 96372.

    Why: Since 2024-09-30 Medicare covers cabotegravir and lenacapavir before exposure (J0739, J0738) under NCD 210.15:
        giving them is G0012, with Z29.81, and costs the patient nothing. With 96372 it is denied, or the patient is
        charged a share. HIV treatment (J0741, J1961) keeps 96372.
    Fix: Bill G0012 instead of 96372, both pointing to Z29.81.
    Denied:
        HI*ABK:Z2981~
        SV1*HC:J0739:JZ*4000*UN*600***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:Z2981~
        SV1*HC:J0739:JZ*4000*UN*600***1~
        SV1*HC:G0012*35*UN*1***1~
    Source: NCD 210.15; CMS ASP file (J0738 and J0739 as HIV PrEP drugs); G0012 is professional knowledge.
    """
    on = encounter.service_date
    if on is None or on < _SINCE:
        return
    yield from wrongly_given(
        encounter,
        products_of(encounter, _PREVENTION),
        {"G0012"},
        "a drug to prevent HIV",
        "bill G0012 instead of 96372, both lines pointing to Z29.81",
    )
