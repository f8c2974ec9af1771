"""H04: a drug of several routes without the modifier of its route, or with the wrong one."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import ROUTE_MODIFIERS
from edi837.rules.encounter import Encounter

_LISTED = ("J0129", "J0490", "J0881", "J0885", "J3262", "J3357", "J3358")
_INTO_A_VEIN = frozenset({"96365", "96374", "96409", "96413"})
_UNDER_THE_SKIN = frozenset({"96372", "96377", "96401", "96402"})


@rule(
    "H04",
    triggers={DRUG},
    needs={"route-to-tell"},
    severity=Severity.WARNING,
    severity_by_payer={"16": Severity.OFF, "MC": Severity.OFF, "MA": Severity.OFF, "commercial": Severity.OFF},
    category="modifier-policy",
    predicts=("CO-16+N822", "PR-96+N426", "CO-4"),
    skips_adjudicated=True,
    options={"drugs": _LISTED},
    confidence="verified",
)
def route_modifier_ja_jb(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug of several routes lacks JA or JB, or carries the one that its administration contradicts.

    Why: Medicare does not cover what patients usually give themselves, and its contractors tell by JA (into a vein) and
        JB (under the skin) how a drug of both routes was given; a listed drug with neither is denied. The option drugs
        has the codes of the contractor's list. JA beside 96372 alone, or JB beside an infusion or push alone, cannot
        both be true.
    Fix: Append JA if the drug went into a vein, JB if it went under the skin.
    Denied:
        HI*ABK:M0579~
        SV1*HC:J0129:JZ*900*UN*13***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:M0579~
        SV1*HC:J0129:JZ:JB*900*UN*13***1~
        SV1*HC:96372*35*UN*1***1~
    Source: Noridian self-administered drug list (2021-10-15); CMS article A53033.
    """
    listed = ctx.settings.option("H04", "drugs")
    for line, _ in encounter.drugs:
        if line.is_discarded:
            continue
        if not ROUTE_MODIFIERS.isdisjoint(line.modifiers):
            yield from _contradiction(line, encounter)
        elif line.procedure in listed:
            yield Hit(
                line,
                "SV101-3",
                f"{line.procedure} carries neither JA nor JB",
                f"append JA to {line.procedure} if it went into a vein, JB if under the skin",
            )


def _contradiction(line: ServiceLine, encounter: Encounter) -> Iterator[Hit]:
    """The route of the modifier against the only administration of the only drug."""
    if ROUTE_MODIFIERS.issubset(line.modifiers) or any(
        drug.line.procedure != line.procedure for drug in encounter.drugs if not drug.line.is_discarded
    ):
        return
    into_vein, under_skin = encounter.lines_of(_INTO_A_VEIN), encounter.lines_of(_UNDER_THE_SKIN)
    if "JA" in line.modifiers and under_skin and not into_vein:
        said, given, right = "JA (into a vein)", under_skin, "JB"
    elif "JB" in line.modifiers and into_vein and not under_skin:
        said, given, right = "JB (under the skin)", into_vein, "JA"
    else:
        return
    yield Hit(
        line,
        "SV101-3",
        f"{line.procedure} carries {said}, but is given by {codes_of(given)}",
        f"carry {right} if {codes_of(given)} is right",
        tuple(given),
    )
