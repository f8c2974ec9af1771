"""A10: syringes, needles and other supplies beside the injection that they were used for."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import edited_together
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter

_SUPPLIES = frozenset({"A4657", "99070"} | {f"A{code}" for code in range(4206, 4219)})
"""Syringes, needles, swabs, sterile water and saline to dissolve a drug; supplies of any kind."""


@rule(
    "A10",
    triggers={INJECTION},
    beside=_SUPPLIES,
    severity=Severity.WARNING,
    category="missing-component",
    predicts=("CO-97+M15|N19", "CO-234", "CO-96+N130"),
    confidence="verified",
)
def supply_billed_with_injection(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Syringes, needles, diluent or other supplies are billed beside injection 96372.

    Why: What is used up in giving an injection is part of 96372. Medicare never pays these codes to a professional
        (status B or X), and other payers fold them into the administration.
    Fix: Remove the supply line.
    Denied:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:A4206*2*UN*1***1~
    Clean:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Source: UHC Injection and Infusion Services policy 2022R0009A; CMS PFS status indicators (99070 B).
    """
    for supply in encounter.lines:
        if supply.procedure not in _SUPPLIES or not supply.charge:
            continue
        used_for = tuple(line for line in encounter.injections if edited_together(encounter, supply, line))
        if used_for:
            yield Hit(
                supply,
                "SV101-2",
                f"{supply.procedure} is billed beside 96372, which includes its supplies",
                f"remove {supply.procedure}",
                used_for,
            )
