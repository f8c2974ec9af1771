"""H09: one modifier twice on a line."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter


@rule(
    "H09",
    triggers={INJECTION, DRUG},
    needs={"repeated-modifier"},
    severity=Severity.ERROR,
    category="modifier-policy",
    predicts=("277CA A7:453",),
    confidence="verified",
)
def duplicate_modifier_on_line(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A line of an injection claim carries the same modifier twice.

    Why: The front end of Medicare and of many clearinghouses rejects the line, and the claim with it.
    Fix: Remove the second one.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372:59:59*35*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372:59*35*UN*1***1~
    Source: CEDI, the ten commonest edits (X222.351.2400.SV101-3.040).
    """
    if not encounter.injections and not encounter.drugs:
        return
    for line in encounter.lines:
        modifiers = line.modifiers
        if len(modifiers) > 1 and len(set(modifiers)) < len(modifiers):
            twice = dict.fromkeys(modifier for modifier in modifiers if modifiers.count(modifier) > 1)
            yield Hit(
                line,
                "SV101-4",
                f"{line.procedure} carries {', '.join(twice)} more than once",
                f"keep one {', '.join(twice)} on {line.procedure}",
            )
