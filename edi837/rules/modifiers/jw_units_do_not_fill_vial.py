"""H03: administered and discarded units that do not come to whole containers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.containers import Opened, opened_containers
from edi837.rules.encounter import Encounter
from edi837.rules.wording import plain


@rule(
    "H03",
    triggers={DRUG},
    needs={"discarded"},
    severity=Severity.WARNING,
    severity_by_payer={"16": Severity.OFF, "MC": Severity.OFF, "MA": Severity.OFF, "commercial": Severity.OFF},
    category="modifier-policy",
    predicts=("CO-151",),
    skips_adjudicated=True,
    confidence="verified",
)
def jw_units_do_not_fill_vial(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """The administered and discarded units of a drug do not come to whole containers.

    Why: What was given and what was thrown away together are what the opened containers held. Medicare compares that
        with the container of the NDC, and takes back what does not fit. This needs an NDC in the crosswalk, one for all
        lines of the drug, whose quantity agrees with the units.
    Fix: Correct the units of the line with JW so that both lines together fill the containers that were opened.
    Denied:
        SV1*HC:J1745*3500*UN*35***1~
        LIN**N4*57894003001~
        CTP****3.5*UN~
        SV1*HC:J1745:JW*300*UN*3***1~
        LIN**N4*57894003001~
        CTP****0.3*UN~
        SV1*HC:96413*190*UN*1***1~
    Clean:
        SV1*HC:J1745*3500*UN*35***1~
        LIN**N4*57894003001~
        CTP****3.5*UN~
        SV1*HC:J1745:JW*500*UN*5***1~
        LIN**N4*57894003001~
        CTP****0.5*UN~
        SV1*HC:96413*190*UN*1***1~
    Source: Noridian, JW and JZ; CMS ASP NDC-HCPCS crosswalk October 2025.
    """
    seen = set()
    for discarded, _ in encounter.drugs:
        if not discarded.is_discarded or discarded.procedure in seen:
            continue
        code = discarded.procedure
        lines = [line for line in encounter.lines_beside(discarded) if line.procedure == code]
        if all(line.is_discarded for line in lines) or any("JZ" in line.modifiers for line in lines):
            continue
        seen.add(code)
        opened = opened_containers(lines, ctx.reference)
        if opened is None or opened.is_whole:
            continue
        counts = " + ".join(plain(line.units) + (" JW" if line.is_discarded else "") for line in lines if line.units)
        yield Hit(
            discarded,
            "SV104",
            f"{code} x {counts} = {plain(opened.units)}, no multiple of the {plain(opened.size)} units of a container",
            _fix(lines, opened),
            tuple(line for line in lines if line is not discarded),
        )


def _fix(lines: Sequence[ServiceLine], opened: Opened) -> str:
    """The units with JW that would fill the containers, or one container less if some were discarded then too."""
    discarded = sum((line.units for line in lines if line.is_discarded and line.units), Decimal(0))
    more, fewer = discarded + opened.left, discarded + opened.left - opened.size
    fix = f"bill x {plain(more)} with JW if {plain(opened.containers)} containers were opened"
    return f"{fix}, x {plain(fewer)} if {plain(opened.containers - 1)} were" if fewer > 0 else fix
