"""H10: a modifier on an injection that means nothing there."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION, NO_INJECTION_MODIFIERS
from edi837.rules.encounter import Encounter
from edi837.rules.products import injection_units

_SIDES = frozenset({"LT", "RT"})


@rule(
    "H10",
    triggers={INJECTION},
    needs={"odd-injection-modifier"},
    severity=Severity.WARNING,
    category="modifier-policy",
    predicts=("CO-4", "CO-16+N519"),
    confidence="partly verified",
)
def nonsense_modifier_on_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 carries a modifier that means nothing on it.

    Why: The fee schedule knows no sides, no professional or technical part, no assistant and no reduction for 96372, so
        26, 50, 51, 80, AS, TC, and LT or RT on a single injection, can be denied as an invalid combination. Some payers
        like LT and RT for injections into both sides, which is left out.
    Fix: Remove the modifier.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372:RT*35*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: CMS PFS RVU24C indicators (PC/TC indicator 5, no bilateral surgery).
    """
    for line in encounter.injections:
        if NO_INJECTION_MODIFIERS.isdisjoint(line.modifiers):
            continue
        odd = [modifier for modifier in line.modifiers if modifier in NO_INJECTION_MODIFIERS]
        if injection_units(encounter) > 1:
            odd = [modifier for modifier in odd if modifier not in _SIDES]
        if odd:
            text = ", ".join(dict.fromkeys(odd))
            yield Hit(line, "SV101-3", f"96372 carries {text}, which means nothing on it", f"remove {text} from 96372")
