"""I01: a service line that is billed twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import ADMINISTRATION, INJECTION, REPEAT
from edi837.rules.encounter import Encounter
from edi837.rules.wording import dollars, plain

_TOLD_APART = REPEAT | {"91"}
"""Modifiers of a repetition; 91 is the one for laboratory tests."""
_CORRECTIONS = frozenset({"7", "8"})


@rule(
    "I01",
    triggers={INJECTION, DRUG},
    needs={"repeated-service"},
    severity=Severity.ERROR,
    category="technical",
    predicts=("OA-18|CO-18+N522|N111",),
    confidence="partly verified",
)
def exact_duplicate_line(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A service line of an injection claim is billed twice.

    Why: A second line of the same patient, code, modifiers, date, units, charge and rendering provider is denied as a
        duplicate unless a modifier says that it was done again. Administrations are left to A07, discarded drug (JW)
        is none, and a claim that replaces or voids another is meant to repeat it.
    Fix: Remove the line; if the service was done again, append 76 (77 by another provider) or 59.
    Denied:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:J1885*8*UN*2***1~
    Clean:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:J1885:76*8*UN*2***1~
    Source: CARC 18; RARC N522; professional knowledge.
    """
    lines = encounter.lines
    if len({line.procedure for line in lines}) == len(lines) or not (encounter.injections or encounter.drugs):
        return
    first_of: dict[tuple[Any, ...], ServiceLine] = {}
    for line in lines:
        if (
            line.procedure in ADMINISTRATION
            or line.is_discarded
            or not line.charge
            or not _TOLD_APART.isdisjoint(line.modifiers)
        ):
            continue
        first = first_of.setdefault(_identity(line, encounter), line)
        if first is line or _corrects(first, line, encounter):
            continue
        units = plain(line.units) if line.units is not None else "no"
        where = "on this claim" if encounter.claim_of(first) is encounter.claim_of(line) else "on another claim"
        yield Hit(
            line,
            "SV101-2",
            f"{line.procedure} with {units} units at {dollars(line.charge)} is {where} already",
            f"remove this line, or append 76 (77 by another provider) if {line.procedure} was done again",
            (first,),
        )


def _identity(line: ServiceLine, encounter: Encounter) -> tuple[Any, ...]:
    """What two lines have in common that a payer takes for one; other products and other payers are not the same."""
    return (
        line.procedure,
        frozenset(line.modifiers),
        line.service_date_end,
        line.units,
        line.charge,
        line.rendering_npi,
        line.drug.ndc if line.drug is not None else "",
        line.description,
        encounter.payer_of(line).id,
    )


def _corrects(first: ServiceLine, again: ServiceLine, encounter: Encounter) -> bool:
    """Whether the lines stand on different claims, one of which replaces or voids another."""
    one, other = encounter.claim_of(first), encounter.claim_of(again)
    return one is not other and not _CORRECTIONS.isdisjoint((one.frequency, other.frequency))
