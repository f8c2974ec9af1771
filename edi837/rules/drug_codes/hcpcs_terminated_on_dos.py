"""D01: a drug code that had ended on the date of service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import ServiceLine, Severity
from edi837.reference import Drug, Reference, Succession
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.encounter import Encounter
from edi837.rules.ndc_units import ndc_units, whole_units
from edi837.rules.wording import plain


@rule(
    "D01",
    triggers={DRUG},
    needs={"ended-code"},
    severity=Severity.ERROR,
    category="code-ndc",
    predicts=("CO-181+N56|M20|M84",),
    suppresses={"line": {"D09"}},
    confidence="verified",
)
def hcpcs_terminated_on_dos(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug code is billed for a date of service after its last day.

    Why: The date of service decides, not the day of billing. Ended codes are rejected at the front end
        (A7:507) or denied.
        The code that follows often counts another dose, so the units change with it: one unit of J1040 is 80 units
        of J1010. Where the last day is not known for sure, the finding is a warning.
    Fix: Bill the code that is valid on the date of service, with the units counted anew.
    Denied:
        SV1*HC:J1040*20*UN*1***1~
        DTP*472*D8*20240502~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20240502~
    Clean:
        SV1*HC:J1040*20*UN*1***1~
        DTP*472*D8*20240331~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20240331~
    Source: HCPCS October 2025 add and termination dates; CEDI top-ten edits (X222.351.2400.SV101-2.020).
    """
    reference = ctx.reference
    for line, facts in encounter.drugs:
        drug, on = facts.drug, line.service_date
        if drug is None or on is None:
            continue
        if drug.effective_to is not None:
            if on > drug.effective_to:
                yield Hit(
                    line,
                    "SV101-2",
                    f"{drug.code} ended on {drug.effective_to}, the date of service is {on}",
                    _fix(line, drug, reference.succession(drug.code), on, reference),
                )
            continue
        following = reference.succession(drug.code)
        if following is not None and following.new_first is not None and on >= following.new_first:
            yield Hit(
                line,
                "SV101-2",
                f"{following.new} takes the place of {drug.code} from {following.new_first}, "
                f"the date of service is {on}",
                _fix(line, drug, following, on, reference),
                severity=Severity.WARNING,
            )


def _fix(line: ServiceLine, drug: Drug, following: Succession | None, on: date, reference: Reference) -> str:
    if following is None or not following.new:
        return f"bill the code of the product that was given that is valid on {on}: {drug.code} has no successor"
    code = _successor(line, following, reference)
    alternatives = [other for other in (following.new, *following.also) if other != code]
    by_product = f" ({', '.join(alternatives)} for other products)" if alternatives else ""
    measured = ndc_units(code, line.drug, reference)
    if measured is not None:
        return f"bill {code} x {plain(whole_units(measured.expected))}, by NDC {measured.arithmetic}{by_product}"
    if following.factor is None or not line.units or line.units < 0:
        return f"bill {code} with the units counted anew from the dose{by_product}"
    units = whole_units(line.units * following.factor)
    most = " at most" if drug.unit_basis == "up to" else ""
    return (
        f"bill {code} x {plain(units)}{most}, by the dose given "
        f"({plain(line.units)} x {plain(following.factor)}){by_product}"
    )


def _successor(line: ServiceLine, following: Succession, reference: Reference) -> str:
    """The code to use instead: of several, the one that the NDC belongs to."""
    if following.also and line.drug is not None:
        codes = {row.hcpcs for row in reference.ndc(line.drug.ndc)}
        for code in (following.new, *following.also):
            if code in codes:
                return code
    return following.new
