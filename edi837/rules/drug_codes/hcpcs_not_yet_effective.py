"""D02: a drug code that did not exist yet on the date of service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import ServiceLine, Severity
from edi837.reference import Reference, Succession
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.encounter import Encounter
from edi837.rules.wording import plain


@rule(
    "D02",
    triggers={DRUG},
    needs={"not-yet-begun"},
    severity=Severity.ERROR,
    category="code-ndc",
    predicts=("CO-181+N56", "277CA A7:507"),
    suppresses={"line": {"D09"}},
    confidence="verified",
)
def hcpcs_not_yet_effective(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug code is billed for a date of service before its first day.

    Why: The date of service decides, not the day of billing: a new code is rejected at the front end (A7:507) or
        denied for earlier days. Until then the code that it replaced was right, or an unlisted one.
    Fix: Bill the code that was valid on the date of service, with its own units; where there was none, J3490 (J3590
        for a biologic) with the name and dose of the drug.
    Denied:
        SV1*HC:J1010*20*UN*80***1~
        DTP*472*D8*20240331~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20240331~
    Clean:
        SV1*HC:J1010*20*UN*80***1~
        DTP*472*D8*20240401~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20240401~
    Source: HCPCS October 2025 add and termination dates.
    """
    on = encounter.service_date
    if on is None:
        return
    for line, facts in encounter.drugs:
        first = facts.drug.effective_from if facts.drug is not None else None
        if first is not None and on < first:
            yield Hit(
                line,
                "SV101-2",
                f"{line.procedure} begins on {first}, the date of service is {on}",
                _fix(line, on, ctx.reference),
            )


def _fix(line: ServiceLine, on: date, reference: Reference) -> str:
    """The codes that this one replaced, as far as they were valid; the rule's own text where there was none."""
    before = [old for old in reference.predecessors(line.procedure) if _was_valid(old, on, reference)]
    if not before:
        return ""
    if len(before) == 1:
        units = _old_units(line, before[0])
        return f"bill {before[0].old} {units}: it was the code until {before[0].old_last}"
    return f"bill {' or '.join(old.old for old in before)}, by the dose, with the units counted anew"


def _was_valid(old: Succession, on: date, reference: Reference) -> bool:
    drug = reference.drug(old.old)
    begun = drug is not None and drug.effective_from is not None and drug.effective_from <= on
    return begun and old.old_last is not None and on <= old.old_last


def _old_units(line: ServiceLine, old: Succession) -> str:
    if old.factor and line.units and not line.units % old.factor:
        return f"x {plain(line.units / old.factor)} ({plain(line.units)} / {plain(old.factor)})"
    return "with the units counted anew"
