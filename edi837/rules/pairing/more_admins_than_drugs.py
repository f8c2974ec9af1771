"""A05: more injections than products to inject."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.products import Product, by_payer, first_beyond, injected_products, injection_units, is_separate
from edi837.rules.wording import plain

_TWO_SYRINGES_FROM = {
    "J0741": Decimal(1),
    "J9393": Decimal(20),
    "J9394": Decimal(20),
    "J9395": Decimal(20),
    "J3111": Decimal(210),
    "J0561": Decimal(24),
    "90381": Decimal(2),
}
"""Doses, in units, that are labelled as two injections."""

_ML_IN_ONE_MUSCLE = Decimal(3)
"""Above this volume a dose into a muscle may be divided."""


@rule(
    "A05",
    triggers={INJECTION},
    needs={"more-injections-than-drugs"},
    beside={DRUG},
    severity=Severity.WARNING,
    category="missing-component",
    predicts=("CO-97+M15|N19", "CO-151+N362|N435", "OA-18"),
    suppresses={"line": {"A08"}},
    confidence="verified",
)
def more_admins_than_drugs(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """More injections 96372 are billed than products were injected.

    Why: Drugs mixed in one syringe are one injection. An injection too many is denied as a part of the
        first one, or as units above the limit. With a modifier it says that it was a syringe of its own,
        which is a matter of documentation only.
    Fix: Reduce the units, bill the drug that is missing, or add 59, XS, XU or 76 where separate syringes or
        sites are documented.
    Denied:
        SV1*HC:96372*70*UN*2***1~
        SV1*HC:J1885*8*UN*2***1~
    Clean:
        SV1*HC:96372*70*UN*2***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:J3420*15*UN*1***1~
    Source: BCBS Alabama injectable drug manual page (one administration for each separate injection, one
        for the same syringe); AAPC oncology alert 136708; TMHP CSHCN 24.3.16.
    """
    if len(encounter.injections) == 1 and encounter.injections[0].units == 1:
        return
    for seen in by_payer(encounter, ctx.reference):
        units = injection_units(seen)
        products = injected_products(seen)
        syringes = sum(_syringes(product) for product in products)
        if not products or units <= syringes:
            continue
        drugs = tuple(line for product in products for line in product.lines)
        last = first_beyond(syringes, seen.injections)
        yield Hit(
            last,
            "SV104",
            f"units of 96372: {plain(units)}, products injected: {len(products)} ({codes_of(drugs)})",
            f"take {plain(units - syringes)} of {plain(units)} units off, or bill the missing drug; "
            "separate syringes need 59, XS, XU or 76 and a record of them",
            drugs,
            Severity.INFO if is_separate(last) else None,
        )


def _syringes(product: Product) -> int:
    """How many injections the dose of a product may take."""
    total = sum((line.units for line in product.lines if line.units is not None), Decimal(0))
    two_from = _TWO_SYRINGES_FROM.get(product.facts.code)
    if two_from is not None and total >= two_from:
        return 2
    if "IM" in product.facts.routes:
        volume = sum(
            (
                line.drug.quantity
                for line in product.lines
                if line.drug is not None and line.drug.unit == "ML" and line.drug.quantity is not None
            ),
            Decimal(0),
        )
        if volume > _ML_IN_ONE_MUSCLE:
            return int((volume / _ML_IN_ONE_MUSCLE).to_integral_value(ROUND_CEILING))
    return 1
