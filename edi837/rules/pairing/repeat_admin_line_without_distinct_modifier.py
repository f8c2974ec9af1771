"""A07: a second line of the same injection that looks like a duplicate."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from edi837.model import ServiceLine, Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION, REPEAT
from edi837.rules.encounter import Encounter
from edi837.rules.products import by_payer, injected_products, units_of
from edi837.rules.wording import plain

_A_DAY_CAN_BE_APPEALED = 3


@rule(
    "A07",
    triggers={INJECTION},
    needs={"repeated-bare-injection"},
    severity=Severity.ERROR,
    category="missing-component",
    predicts=("OA-18|CO-18", "CO-97+N19|M15", "CO-B13", "CO-151"),
    policies=("injection-style",),
    confidence="verified",
)
def repeat_admin_line_without_distinct_modifier(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is billed again without a modifier that sets it apart.

    Why: A second bare line of one code, date and provider is taken for a duplicate, or for a part of the
        first.
    Fix: Append 59 or XS for another drug or site and 76 for the same drug again; or bill the units on one
        line where the payer takes that. Some Medicaid programs want one line with units; a payer policy
        (`injection-style`) says which payers want which.
    Denied:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J3420*15*UN*1***1~
    Clean:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372:59*35*UN*1***1~
        SV1*HC:J3420*15*UN*1***1~
    Source: codingahead CPT 96372 page (59 or XS on each additional injection); Cahaba 59 Q&A (76 for the
        same code); AAPC 136708.
    """
    if len(encounter.injections) < 2:
        return
    for seen in by_payer(encounter, ctx.reference):
        first_of: dict[str, ServiceLine] = {}
        for line in seen.injections:
            if not REPEAT.isdisjoint(line.modifiers):
                continue
            first = first_of.setdefault(line.rendering_npi, line)
            if first is not line:
                with_what = f"modifier {', '.join(line.modifiers)} only" if line.modifiers else "no modifier"
                yield Hit(
                    line,
                    "SV101-3",
                    f"96372 is billed again with {with_what}",
                    _fix(seen, ctx, first, line),
                    (first,),
                )


def _fix(encounter: Encounter, ctx: Context, first: ServiceLine, again: ServiceLine) -> str:
    products = len(injected_products(encounter))
    if products > 1:
        append = "append 59 or XS for the other drug"
    elif products == 1:
        append = "append 76 for the same drug again, 59 or XS for another site"
    else:
        append = "append 59 or XS for another drug or site, 76 for the same drug again"
    claim = encounter.claim_of(again)
    on = encounter.service_date
    if on is None or encounter.claim_of(first) is not claim:
        return append
    units = sum((units_of(line) for line in encounter.injections if encounter.claim_of(line) is claim), Decimal(0))
    style = ctx.requirements(claim.payer, on).injection_style
    if style == "units":
        return f"bill one line of 96372 with {plain(units)} units, as this payer wants"
    if style == "lines":
        return append
    if claim.payer.is_medicare:
        limit = ctx.reference.mue(INJECTION, claim.payer.payer_class, on)
        if limit is not None and limit.mai == _A_DAY_CAN_BE_APPEALED and units <= limit.units:
            return f"bill one line of 96372 with {plain(units)} units (up to {limit.units} a day), or {append}"
    elif claim.payer.payer_class == "MC":
        return f"{append}; some Medicaid programs want one line with {plain(units)} units instead"
    return append
