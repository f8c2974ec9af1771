"""H08: a modifier that had ended on the date of service."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import ENDED_MODIFIERS, INJECTION
from edi837.rules.encounter import Encounter

_SUCCESSORS = {"JG": "TB"}


@rule(
    "H08",
    triggers={INJECTION, DRUG},
    needs={"ended-modifier"},
    severity=Severity.ERROR,
    category="modifier-policy",
    predicts=("CO-182+N823|M78",),
    suppresses={"line": {"H07"}},
    confidence="verified",
)
def modifier_terminated_on_dos(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A line of an injection claim carries a modifier that had ended on the date of service.

    Why: GD ended on 2019-12-31, JF on 2015-06-30, L1 on 2016-12-31, and JG on 2024-12-31, for which TB stands since.
        Payers deny a line with an invalid modifier.
    Fix: Remove the modifier; put TB for JG on a drug of the 340B program.
    Denied:
        SV1*HC:J2357:JZ:JG*1200*UN*30***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J2357:JZ:TB*1200*UN*30***1~
        SV1*HC:96372*35*UN*1***1~
    Source: HCPCS modifier file, October 2026; OPPS final rule 2017 for L1.
    """
    on = encounter.service_date
    if on is None or not (encounter.injections or encounter.drugs):
        return
    for line in encounter.lines:
        for modifier in line.modifiers:
            last = ENDED_MODIFIERS.get(modifier)
            if last is None or on <= last:
                continue
            successor = _SUCCESSORS.get(modifier)
            yield Hit(
                line,
                "SV101-3",
                f"modifier {modifier} of {line.procedure} ended on {last}",
                f"put {successor} for {modifier} if {line.procedure} is a 340B drug, otherwise remove {modifier}"
                if successor
                else f"remove {modifier} from {line.procedure}",
            )
