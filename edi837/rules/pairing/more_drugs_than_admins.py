"""A06: more products than injections billed."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import INJECTION, INJECTION_PROCEDURE, IV_INFUSION, IV_PUSH
from edi837.rules.encounter import Encounter
from edi837.rules.products import by_payer, injected_products, injection_units, units_of
from edi837.rules.wording import plain

_SUBCUTANEOUS_INFUSION = frozenset({"96369", "96370", "96371"})
_INTO_MUSCLE_OR_SKIN = frozenset({"96377", "96380", "96381", "96401", "96402", "G0012"}) | _SUBCUTANEOUS_INFUSION
"""Other administrations under the skin or into a muscle: each takes one product off."""

_INTO_VEIN = (IV_PUSH | IV_INFUSION | {"96409", "96411", "96413", "96415", "96416"}) - _SUBCUTANEOUS_INFUSION
_VEIN_ROUTES = frozenset({"IV", "ANY"})
_OTHER_ROUTES = frozenset({"IA", "IL", "ST", "INF", "ID", "IT", "EP", "IMPL", "ANY"})


@rule(
    "A06",
    triggers={INJECTION},
    needs={"more-drugs-than-injections"},
    beside={DRUG},
    severity=Severity.INFO,
    category="missing-component",
    confidence="knowledge",
)
def more_drugs_than_admins(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """More products were injected than injections 96372 are billed.

    Why: An injection may have been given and not billed. Two drugs mixed in one syringe are one injection,
        and then nothing is missing.
    Fix: Bill 96372 with 59 for each further syringe that the record documents.
    Denied:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:J3420*15*UN*1***1~
    Clean:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:96372:59*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:J3420*15*UN*1***1~
    Source: Professional knowledge.
    """
    if len(encounter.injectables) < 2:
        return
    for seen in by_payer(encounter, ctx.reference):
        if not seen.injections:
            continue
        units = injection_units(seen)
        covered: frozenset[str] = frozenset()
        for line in seen.lines:
            if line.procedure in _INTO_VEIN:
                covered |= _VEIN_ROUTES
            elif line.procedure in INJECTION_PROCEDURE:
                covered |= _OTHER_ROUTES
            elif line.procedure in _INTO_MUSCLE_OR_SKIN:
                units += units_of(line)
        products = [product for product in injected_products(seen) if covered.isdisjoint(product.facts.routes)]
        if len(products) > units:
            drugs = tuple(line for product in products for line in product.lines)
            yield Hit(
                seen.injections[-1],
                "SV104",
                f"products injected: {len(products)} ({codes_of(drugs)}), units to inject them: {plain(units)}",
                partners=drugs,
            )
