"""A10: syringes, needles and other supplies beside the injection that they were used for."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of, edited_together
from edi837.rules.codes import EM, INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.specialty import listed

_SUPPLIES = frozenset({"A4657", "99070"} | {f"A{code}" for code in range(4206, 4219)})
"""Syringes, needles, swabs, sterile water and saline to dissolve a drug; supplies of any kind."""


@rule(
    "A10",
    triggers={INJECTION},
    beside=_SUPPLIES,
    severity=Severity.WARNING,
    category="missing-component",
    predicts=("CO-97+M15|N19", "CO-234", "CO-96+N130"),
    policies=("bundled-into-visit",),
    confidence="verified",
)
def supply_billed_with_injection(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Syringes, needles, diluent or other supplies are billed beside injection 96372.

    Why: What is used up in giving an injection is part of 96372. Medicare never pays these codes to a professional
        (status B or X), and other payers fold them into the administration. Some payers count a cheap drug as a part of
        the visit on the day as well: a payer policy (`bundled-into-visit`) says which.
    Fix: Remove the supply line, or the drug that the visit includes.
    Denied:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:A4206*2*UN*1***1~
    Clean:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Source: UHC Injection and Infusion Services policy 2022R0009A; CMS PFS status indicators (99070 B).
    """
    if "bundled-into-visit" in ctx.settings.stated:
        yield from _included_in_visit(encounter, ctx)
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


def _included_in_visit(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """The drugs that the payer counts as a part of a visit that is billed too."""
    for line, _ in encounter.drugs:
        included = ctx.requirements(encounter.payer_of(line), encounter.service_date).bundled_into_visit
        if not line.charge or not listed(included)(line.procedure):
            continue
        visits = tuple(visit for visit in encounter.lines_of(EM) if edited_together(encounter, visit, line))
        if visits:
            yield Hit(
                line,
                "SV101-2",
                f"{line.procedure} is billed beside {codes_of(visits)}, in which this payer includes it",
                f"remove {line.procedure}",
                visits,
            )
