"""H02: JW and JZ that contradict each other, the container or the units."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.containers import fills_containers, opened_containers
from edi837.rules.encounter import Encounter
from edi837.rules.wording import plain

_WASTE = frozenset({"JW", "JZ"})


@rule(
    "H02",
    triggers={DRUG},
    needs={"discarded", "doubtful-jz"},
    severity=Severity.ERROR,
    severity_by_payer={
        "16": Severity.WARNING,
        "MC": Severity.OFF,
        "MA": Severity.OFF,
        "commercial": Severity.OFF,
    },
    category="modifier-policy",
    predicts=("CO-16+N519|N823", "CO-4"),
    skips_adjudicated=True,
    confidence="verified",
)
def jw_jz_conflict(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """The modifiers JW and JZ of a drug contradict each other or its container.

    Why: A drug from single-dose containers has one of two forms: one line with JZ, of which nothing was thrown away, or
        a line without either for what was given and a line with JW for what was not. Both on one line, JZ beside a line
        with JW, JW without the line of what was given, and JZ on units that leave a part of a container are returned as
        unprocessable. A drug from multi-dose containers takes neither, which is a warning. Drugs that come in both are
        left out.
    Fix: Send one line with JZ if nothing was discarded, otherwise the administered units without it and the discarded
        ones with JW.
    Denied:
        SV1*HC:J1745:JZ*3500*UN*35***1~
        SV1*HC:J1745:JW*500*UN*5***1~
        SV1*HC:96413*190*UN*1***1~
    Clean:
        SV1*HC:J1745*3500*UN*35***1~
        SV1*HC:J1745:JW*500*UN*5***1~
        SV1*HC:96413*190*UN*1***1~
    Source: Noridian, JW and JZ (J1745 x 35 and J1745-JW x 5, or J1745-JZ x 40).
    """
    for line, facts in encounter.drugs:
        if facts.drug is None or _WASTE.isdisjoint(line.modifiers):
            continue
        if facts.drug.single_dose == "N":
            carried = ", ".join(modifier for modifier in line.modifiers if modifier in _WASTE)
            yield Hit(
                line,
                "SV101-3",
                f"{line.procedure} carries {carried}, but comes in multi-dose containers",
                f"take {carried} off {line.procedure}",
                severity=Severity.WARNING,
            )
        elif facts.drug.single_dose == "Y":
            yield from _contradictions(line, encounter, ctx)


def _contradictions(line: ServiceLine, encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    code = line.procedure
    if "JZ" in line.modifiers and line.is_discarded:
        yield Hit(
            line, "SV101-3", f"{code} carries both JW and JZ", f"keep JW on {code} if it was discarded, otherwise JZ"
        )
        return
    others = [other for other in encounter.lines if other.procedure == code and other is not line]
    if line.is_discarded:
        if all(other.is_discarded for other in others):
            yield Hit(
                line,
                "SV101-3",
                f"{code} with JW for discarded units, but no line of {code} for those that were given",
                f"add the line of {code} that was given, without JW",
            )
        return
    discarded = tuple(other for other in others if other.is_discarded and "JZ" not in other.modifiers)
    if discarded and not any(_WASTE.isdisjoint(other.modifiers) for other in others):
        yield Hit(
            line,
            "SV101-3",
            f"{code} carries JZ, but a line of {code} with JW says that some was discarded",
            f"take JZ off the line of {code} that was given, or remove the line with JW",
            discarded,
        )
    elif not fills_containers(line, ctx.reference):
        yield from _part_of_a_container(line, encounter, ctx)


def _part_of_a_container(line: ServiceLine, encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """JZ on units that leave a part of their last container, over all lines of the code with JZ."""
    code = line.procedure
    same = [other for other in encounter.lines_beside(line) if other.procedure == code and "JZ" in other.modifiers]
    opened = opened_containers(same, ctx.reference)
    first = next(other for other in same if not fills_containers(other, ctx.reference))
    if first is not line or opened is None or opened.is_whole:
        return
    yield Hit(
        line,
        "SV101-3",
        f"{code} x {plain(opened.units)} carries JZ, but {plain(opened.containers)} containers "
        f"of {plain(opened.size)} units hold {plain(opened.units + opened.left)}",
        f"take JZ off and add a line of {code} with JW for {plain(opened.left)} units",
        tuple(other for other in same if other is not line),
    )
