"""I04: a claim whose total is not the sum of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wording import dollars

_ZERO = Decimal(0)


@rule(
    "I04",
    triggers={INJECTION, DRUG},
    needs={"unbalanced"},
    severity=Severity.ERROR,
    category="technical",
    confidence="knowledge",
)
def charge_balance(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """The total charge of an injection claim is not the sum of its lines.

    Why: CLM02 must be the sum of SV102 over all lines of the claim; a claim that does not balance is rejected at the
        front end (A7:178), before anybody looks at its lines.
    Fix: Send the sum of the line charges in CLM02, or correct the charge of the line that is wrong.
    Denied:
        CLM*1*40~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        CLM*1*43~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: TR3 005010X222A1, CLM02.
    """
    if not encounter.injections and not encounter.drugs:
        return
    for claim in encounter.claims:
        total = sum([line.charge for line in claim.lines], _ZERO)
        if total != claim.charge:
            yield Hit(
                claim,
                "CLM02",
                f"the claim charges {dollars(claim.charge)}, its lines {dollars(total)}",
                f"send {dollars(total)} in CLM02, or correct the line charges",
            )
