"""B16: a modifier that asks for both sides of a pair which NCCI never pays both of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edi837.model import ServiceLine, Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import ASKING, codes_of, find_bundles, futile_modifiers
from edi837.rules.codes import BESIDE_NURSE_VISIT, INJECTION, INJECTION_ADMINISTRATION, NURSE_VISIT
from edi837.rules.encounter import Encounter

_ADMINISTRATIONS = INJECTION_ADMINISTRATION - {INJECTION}
"""The pairs of 96372 have rules of their own (B02, B04, B10, B11, B15)."""


@rule(
    "B16",
    triggers=_ADMINISTRATIONS,
    needs={"25", "bypass"},
    severity=Severity.ERROR,
    category="bundling-modifier",
    predicts=("CO-236|CO-97",),
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def bypass_modifier_on_indicator_0(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Modifier 25, 59 or an X modifier stands on a pair that no modifier clears.

    Why: NCCI pairs of indicator 0 are never paid together. A modifier on one of the lines does not change that, and
        sending it is an audit risk. Meant here are the pairs of infusions, pushes and chemotherapy; those of 96372
        and of 99211 are told by other rules.
    Fix: Remove the column 2 service.
    Denied:
        SV1*HC:96374*60*UN*1***1~
        SV1*HC:J1756*60*UN*100***1~
        SV1*HC:96523:59*40*UN*1***1~
    Clean:
        SV1*HC:96374*60*UN*1***1~
        SV1*HC:J1756*60*UN*100***1~
        SV1*HC:36415:59*12*UN*1***1~
    Source: Palmetto GBA FAQ 8EEM2A6217; CMS MLN1783722; CMS NCCI PTP practitioner edits 2024Q3.
    """
    given = encounter.lines_of(_ADMINISTRATIONS)
    if not given or not any(_asks(line) for line in encounter.lines):
        return
    others = [line for line in encounter.lines if line.procedure != INJECTION]
    for denied, into in (
        *find_bundles(encounter, ctx, given, others, indicator=0),
        *find_bundles(encounter, ctx, [line for line in others if line.procedure not in _ADMINISTRATIONS], given, 0),
    ):
        asked = _unnamed(denied, into)
        if asked:
            yield Hit(
                denied,
                "SV101-2",
                f"{denied.procedure} is column 2 of {codes_of(asked)} with indicator 0, "
                f"which {futile_modifiers((denied, *asked))}",
                f"remove {denied.procedure}, which is part of {codes_of(asked)}",
                asked,
            )


def _unnamed(denied: ServiceLine, into: Sequence[ServiceLine]) -> tuple[ServiceLine, ...]:
    """The column 1 lines whose pair with the denied line carries a modifier and is not B02's."""
    named = BESIDE_NURSE_VISIT if denied.procedure == NURSE_VISIT else frozenset[str]()
    return tuple(line for line in into if line.procedure not in named and (_asks(denied) or _asks(line)))


def _asks(line: ServiceLine) -> bool:
    return not ASKING.isdisjoint(line.modifiers)
