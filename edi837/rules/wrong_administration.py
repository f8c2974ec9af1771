"""What the rules about a wrong administration code (F01, F03, F05 to F08 ...) share.

RULES.md section 8, ruling 4: such a rule speaks about a line of 96372 only where the right administration is not
billed and, its own products set aside, no other drug is left that 96372 can have given.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from edi837.model import ServiceLine
from edi837.rules.base import Hit
from edi837.rules.bundles import codes_of
from edi837.rules.encounter import Encounter

SILENCED = frozenset({"A01", "A05", "A06", "A07", "E05", "B03", "B04", "B09", "B10", "B12", "B13", "B14", "B15"})
"""RULES.md 0.4, 3: nothing else needs to be said of a 96372 line that should be another code."""


def products_of(encounter: Encounter, codes: Container[str]) -> tuple[ServiceLine, ...]:
    """The lines of a class of products, in input order; what was discarded (JW) was not given."""
    return tuple(line for line in encounter.lines if line.procedure in codes and not line.is_discarded)


def wrongly_given(
    encounter: Encounter, products: tuple[ServiceLine, ...], expected: Container[str], nature: str, fix: str
) -> Iterator[Hit]:
    """A hit on each 96372 that can have given nothing but the products, whose own administration is not billed.

    `nature` says of the products why 96372 is not for them: "which is implanted".
    """
    if not products or encounter.lines_of(expected):
        return
    own = {id(line) for line in products}
    if any(id(drug.line) not in own for drug in encounter.injectables):
        return
    for injection in encounter.injections:
        yield Hit(
            injection,
            "SV101-2",
            f"96372 stands beside {codes_of(products)}, {nature}, and no other drug to be given IM or SC",
            fix,
            products,
        )
