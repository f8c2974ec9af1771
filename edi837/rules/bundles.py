"""NCCI pairs between the lines of an encounter: which line denies, and what clears the pair."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from edi837.model import ServiceLine
from edi837.rules.base import Context
from edi837.rules.codes import BYPASS, CONVENTION_EM, FACILITY_EM, INJECTION_ADMINISTRATION, OFFICE_EM
from edi837.rules.encounter import Encounter

TAKES_25 = OFFICE_EM | FACILITY_EM | CONVENTION_EM
"""Visits that modifier 25 can set apart from an injection; for the others no modifier does."""

_EITHER_LINE_SINCE = date(2019, 7, 1)
"""CR 11168: from here on the bypass modifier counts on column 1 as well as on column 2."""

ASKING = BYPASS | {"25"}
"""Modifiers that ask a payer to pay both lines of a pair."""

Clears = Callable[[ServiceLine, ServiceLine, date], bool]
"""Whether the modifiers of a column 1 and a column 2 line clear their pair on the date."""


class Bundle(NamedTuple):
    """A column 2 line that NCCI denies, with the column 1 lines whose pairs with it are not cleared."""

    denied: ServiceLine
    into: tuple[ServiceLine, ...]


def find_bundles(
    encounter: Encounter,
    ctx: Context,
    column1: Sequence[ServiceLine],
    column2: Iterable[ServiceLine],
    indicator: int,
    clears: Clears | None = None,
) -> Iterator[Bundle]:
    """The column 2 lines that an active pair of the indicator denies, each once.

    Both lines must be the same provider's and go to the same payer, and that payer must follow NCCI. Lines
    without a date of service have no pairs.
    """
    on = encounter.service_date
    if on is None:
        return
    for denied in column2:
        into = tuple(
            other
            for other in column1
            if (pair := ctx.reference.pair(other.procedure, denied.procedure, on)) is not None
            and pair.indicator == indicator
            and not (clears is not None and clears(other, denied, on))
            and edited_together(encounter, other, denied)
        )
        if into and ctx.requirements(encounter.payer_of(denied), on).ncci:
            yield Bundle(denied, into)


def edited_together(encounter: Encounter, one: ServiceLine, other: ServiceLine) -> bool:
    """Whether a payer edits the lines against each other: both the same provider's and sent to that payer."""
    return encounter.same_provider(one, other) and encounter.payer_of(one).id == encounter.payer_of(other).id


def bypassed(column1: ServiceLine, column2: ServiceLine, on: date) -> bool:
    """Whether 59 or an X modifier clears a pair of procedures, on either line as far as the date allows."""
    if not BYPASS.isdisjoint(column2.modifiers):
        return True
    return on >= _EITHER_LINE_SINCE and not BYPASS.isdisjoint(column1.modifiers)


def codes_of(lines: Iterable[ServiceLine]) -> str:
    """The procedures of some lines for a message, each once and in their order: "96365, 96374"."""
    return ", ".join(dict.fromkeys(line.procedure for line in lines))


def futile_modifiers(lines: Iterable[ServiceLine]) -> str:
    """What to say of an indicator 0 pair, which ...: "modifier 25 does not clear", "no modifier clears"."""
    asked = dict.fromkeys(modifier for line in lines for modifier in line.modifiers if modifier in ASKING)
    return f"modifier {', '.join(asked)} does not clear" if asked else "no modifier clears"


def has_injection(encounter: Encounter) -> bool:
    """Whether the encounter has an administration by injection or infusion, or a drug line."""
    return bool(encounter.drugs) or any(line.procedure in INJECTION_ADMINISTRATION for line in encounter.lines)
