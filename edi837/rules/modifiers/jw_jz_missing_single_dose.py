"""H01: a single-dose drug without the modifier that says whether some of it was thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.clinics import is_clinic
from edi837.rules.encounter import Encounter
from edi837.rules.ndc_units import ndc_units, whole_units
from edi837.rules.wording import plain

_JZ_SINCE = date(2023, 7, 1)
_WASTE = frozenset({"JW", "JZ"})
_SINGLE_DOSE = frozenset({"Y", "mixed"})


@rule(
    "H01",
    triggers={DRUG},
    needs={"single-dose-bare"},
    severity=Severity.ERROR,
    severity_by_payer={
        "16": Severity.WARNING,
        "MC": Severity.OFF,
        "MA": Severity.OFF,
        "commercial": Severity.OFF,
    },
    category="modifier-policy",
    predicts=("CO-16+N822|N823|M78", "CO-4", "MA130"),
    skips_adjudicated=True,
    policies=("jw-jz",),
    confidence="verified",
)
def jw_jz_missing_single_dose(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug from a single-dose container carries neither JW nor JZ.

    Why: Since 2023-07-01 Medicare wants JZ on a single-dose drug of which nothing was thrown away, and a second line
        with JW for what was; since 2023-10-01 a line with neither is returned as unprocessable. Multi-dose vials,
        supplied drugs at a cent, unclassified codes, facilities and FQHC or RHC clinics are left out. A payer policy
        (`jw-jz`) says which other payers want it.
    Fix: Append JZ where nothing was discarded, or add a line of the same code with JW for the discarded
        units.
    Denied:
        SV1*HC:J2357*1200*UN*30***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J2357:JZ*1200*UN*30***1~
        SV1*HC:96372*35*UN*1***1~
    Source: Noridian, JW and JZ; FCSO 0503966; CGS cope134488; CMS article A53024.
    """
    on = encounter.service_date
    if on is None or on < _JZ_SINCE:
        return
    for line, facts in encounter.drugs:
        drug = facts.drug
        if (
            drug is None
            or drug.single_dose not in _SINGLE_DOSE
            or facts.noc
            or line.is_nominal
            or not _WASTE.isdisjoint(line.modifiers)
            or _is_exempt_place(line, encounter, ctx)
            or _has_discarded_line(line, encounter)
            or _is_below_one_unit(line, ctx)
        ):
            continue
        if drug.single_dose == "Y":
            yield Hit(
                line,
                "SV101-3",
                f"{line.procedure} comes in single-dose containers and carries neither JW nor JZ",
                _fix(line, ctx),
            )
        else:
            yield Hit(
                line,
                "SV101-3",
                f"{line.procedure} comes in single-dose containers too and carries neither JW nor JZ",
                f"append JZ to {line.procedure}, or a line with JW, if the container was single-dose",
                severity=Severity.WARNING,
            )


def _is_exempt_place(line: ServiceLine, encounter: Encounter, ctx: Context) -> bool:
    place = ctx.reference.pos(line.place_of_service)
    return (place is not None and place.facility) or is_clinic(line, encounter.claim_of(line))


def _has_discarded_line(line: ServiceLine, encounter: Encounter) -> bool:
    return any(other.is_discarded and other.procedure == line.procedure for other in encounter.lines_beside(line))


def _is_below_one_unit(line: ServiceLine, ctx: Context) -> bool:
    """Whether the dose by NDC is less than the one unit billed, so that JW must not be used."""
    if line.drug is None or line.units != 1:
        return False
    made = ndc_units(line.procedure, line.drug, ctx.reference)
    return made is not None and made.expected < 1


def _fix(line: ServiceLine, ctx: Context) -> str:
    """JZ or JW, by the containers that the units fill where the NDC tells their size."""
    code, units = line.procedure, line.units
    rows = ctx.reference.ndc(line.drug.ndc) if line.drug is not None else ()
    size = next((row.billunits_per_item for row in rows if row.hcpcs == code), None)
    if not size or not units or units < 0:
        return f"append JZ to {code} if nothing was discarded, or add a {code} line with JW for what was"
    containers = whole_units(units / size)
    left = containers * size - units
    filled = f"{plain(containers)} x {plain(size)} units"
    if not left:
        return f"append JZ to {code}: {plain(units)} units are {filled}"
    return f"add a {code} line with JW for {plain(left)} units: {filled} less {plain(units)}"
