"""What was injected and how often it was billed: products and units of 96372 (RULES.md 8, ruling 13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from edi837.model import ServiceLine
from edi837.reference import DrugLine, Reference
from edi837.rules.codes import REPEAT
from edi837.rules.encounter import Encounter


def by_payer(encounter: Encounter, reference: Reference) -> Iterator[Encounter]:
    """The encounter as each payer sees it: the same service sent to two payers was given once."""
    claims = encounter.claims
    payers = dict.fromkeys(claim.payer.id for claim in claims)
    if len(payers) == 1:
        yield encounter
        return
    for payer in payers:
        own = tuple(claim for claim in claims if claim.payer.id == payer)
        mine = {id(line) for claim in own for line in claim.lines}
        lines = tuple(line for line in encounter.lines if id(line) in mine)
        yield Encounter(own, lines, encounter.service_date, reference)


class Product(NamedTuple):
    """One code and NDC of an encounter, with all the lines that bill it."""

    facts: DrugLine
    lines: tuple[ServiceLine, ...]


def injected_products(encounter: Encounter) -> tuple[Product, ...]:
    """The distinct products, by code and NDC, that could be given IM or SC; JW lines are none.

    A line without an NDC is a further part of the product of its code, where there is one.
    """
    found: dict[tuple[str, str], tuple[DrugLine, list[ServiceLine]]] = {}
    without_ndc = []
    for line, facts in encounter.injectables:
        if line.drug is not None and line.drug.ndc:
            found.setdefault((line.procedure, line.drug.ndc), (facts, []))[1].append(line)
        else:
            without_ndc.append((line, facts))
    of_code = {code: lines for (code, _), (_, lines) in reversed(found.items())}
    for line, facts in without_ndc:
        if line.procedure not in of_code:
            of_code[line.procedure] = found.setdefault((line.procedure, ""), (facts, []))[1]
        of_code[line.procedure].append(line)
    return tuple(Product(facts, tuple(lines)) for facts, lines in found.values())


def injection_units(encounter: Encounter) -> Decimal:
    """The units of 96372 in the encounter; a line whose units cannot be read counts as one."""
    return sum((units_of(line) for line in encounter.injections), Decimal(0))


def units_of(administration: ServiceLine) -> Decimal:
    """The units of an administration line, one where they cannot be read."""
    return _ONE if administration.units is None else administration.units


def first_beyond(count: Decimal | int, injections: Sequence[ServiceLine]) -> ServiceLine:
    """The line with the first unit beyond a count that the units pass.

    Those that a modifier sets apart are counted last.
    """
    ordered = sorted(injections, key=is_separate)
    billed = accumulate(units_of(line) for line in ordered)
    return next(line for line, units in zip(ordered, billed, strict=True) if units > count)


def is_separate(injection: ServiceLine) -> bool:
    """Whether a modifier says that it was an injection of its own."""
    return not REPEAT.isdisjoint(injection.modifiers)


_ONE = Decimal(1)
