"""C08: an injection over a span of days that its units do not fit."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION, INJECTION_ADMINISTRATION
from edi837.rules.encounter import Encounter

_LONG_ACTING = frozenset(
    {"J0401", "J0402", "J0577", "J0578", "J1631", "J1943", "J1944", "J2315", "J2358", "J2426", "J2427", "J2428"}
    | {"J2680", "J2794", "J2798", "J2799", "J2801", "Q9991", "Q9992"}
)
"""Antipsychotics, naltrexone and buprenorphine for a month or more, which some Medicaid programs pay by the month."""


@rule(
    "C08",
    triggers={INJECTION, DRUG},
    needs={"date-span"},
    severity=Severity.WARNING,
    category="units-frequency",
    predicts=("CO-16+N345|M52|M59", "CO-152"),
    confidence="partly verified",
)
def date_range_vs_units(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug or an injection is billed for a span of days that its units do not fit.

    Why: An injection is given on one day. A span of days is read as one service a day, so 96372 needs a unit for
        each day, and the drug units that divide by the days beside it; otherwise the dates or the units are denied
        as wrong. Monthly bundles of long-acting drugs for Medicaid are left out.
    Fix: Bill a line for each date of service, each with the units of that day.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        DTP*472*RD8*20260310-20260312~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20260310~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        DTP*472*RD8*20260310-20260310~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20260310~
    Source: RARC N345, M52, M59; how payers read a span is professional knowledge.
    """
    on = encounter.service_date
    if on is None:
        return
    for line in encounter.lines:
        if line.service_date_end == on:
            continue
        code, last = line.procedure, line.service_date_end
        if last is None:
            continue
        if (code != INJECTION and ctx.reference.drug_lines[code] is None) or _is_monthly_bundle(line, encounter):
            continue
        if last < on:
            yield Hit(line, "DTP03", f"the dates of {code} end on {last}, before they begin on {on}")
            continue
        days = (last - on).days + 1
        if not _fits(line, encounter, days):
            units = "no units" if line.units is None else f"{line.units:f} units"
            yield Hit(line, "DTP03", f"{code} has {units} for the {days} days from {on} to {last}")


def _fits(line: ServiceLine, encounter: Encounter, days: int) -> bool:
    """Whether the line can be one service a day; for a drug, an administration of the same days must say so."""
    if line.procedure == INJECTION:
        return line.units == days
    return (
        line.units is not None
        and line.units > 0
        and not line.units % days
        and any(
            other.procedure in INJECTION_ADMINISTRATION
            and other.units == days
            and other.service_date_end == line.service_date_end
            for other in encounter.lines
        )
    )


def _is_monthly_bundle(line: ServiceLine, encounter: Encounter) -> bool:
    claim = encounter.claim_of(line)
    return claim.payer.payer_class == "MC" and any(other.procedure in _LONG_ACTING for other in claim.lines)
