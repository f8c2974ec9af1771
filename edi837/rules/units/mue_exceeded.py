"""C01: more units of a code than a day's medically unlikely edit allows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from edi837.model import ServiceLine, Severity
from edi837.reference import Mue
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION_ADMINISTRATION
from edi837.rules.encounter import Encounter
from edi837.rules.wording import plain

_EACH_LINE = 1
_ABSOLUTE = 2
_ZERO, _ONE = Decimal(0), Decimal(1)


@rule(
    "C01",
    triggers=INJECTION_ADMINISTRATION | {DRUG},
    needs={"units-above-limit", "units-together-above-limit"},
    severity=Severity.ERROR,
    category="units-frequency",
    predicts=("CO-151+N362", "CO-222+N362", "CO-35+N362", "CO-96+N362", "MA01"),
    suppresses={"line": {"C05"}},
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def mue_exceeded(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """More units of a drug or injection are billed than the medically unlikely edit (MUE) allows.

    Why: The payer adds up the units of the code for the day and the rendering provider (for adjudication indicator 1
        line by line; of a line for several days, the units divided by the days) and denies the whole line, not only the
        excess. Indicator 2 is absolute; indicator 3 can be
        appealed. Units of discarded drug (JW) that carry the sum over the limit are a warning.
    Fix: Correct the units if the dose was entered as units; split over lines only where the indicator is 1; appeal
        with the record where it is 3 and the dose was given.
    Denied:
        SV1*HC:J1885*90*UN*9***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1885*80*UN*8***1~
        SV1*HC:96372*35*UN*1***1~
    Source: CMS practitioner MUE 2024Q3 and 2026Q4, Medicaid MUE 2026Q1; NGS 1943300, FCSO and Palmetto MUE pages;
        MaineCare notice; Horizon NJ Health NDC edits.
    """
    on = encounter.service_date
    if on is None:
        return
    mue, drug_lines = ctx.reference.mue, ctx.reference.drug_lines
    # A limit of 0 is C02's, but for Medicaid, about which C02 says nothing: only there can one unit be too many.
    least = _ZERO if any(claim.payer.payer_class == "MC" for claim in encounter.claims) else _ONE
    counted = set()
    suspects = set()
    for line in encounter.lines:
        code, units = line.procedure, line.units
        if units is None or (drug_lines[code] is None and code not in INJECTION_ADMINISTRATION):
            continue
        if code in counted:
            suspects.add(code)
            continue
        counted.add(code)
        if units > least:
            limit = mue(code, encounter.payer_of(line).payer_class, on)
            if limit is not None and units > limit.units:
                suspects.add(code)
    if not suspects:
        return
    groups: dict[tuple[str, str, str], list[ServiceLine]] = {}
    for line in encounter.lines:
        if line.procedure in suspects and line.units is not None:
            key = line.procedure, line.rendering_npi, encounter.payer_of(line).id
            groups.setdefault(key, []).append(line)
    for lines in groups.values():
        payer = encounter.payer_of(lines[0])
        limit = mue(lines[0].procedure, payer.payer_class, on)
        if limit is None or (limit.units == 0 and payer.payer_class != "MC") or not ctx.requirements(payer, on).ncci:
            continue
        if limit.mai == _EACH_LINE:
            for line in lines:
                yield from _over([line], limit)
        else:
            yield from _over(lines, limit)


def _over(lines: list[ServiceLine], limit: Mue) -> Iterator[Hit]:
    """One hit, on the line with which the sum passes the limit; the JW lines are added last and only warn."""
    total = _ZERO
    for line in sorted(lines, key=_is_discarded) if len(lines) > 1 else lines:
        total += _units_a_day(line)
        if total > limit.units:
            break
    else:
        return
    counted = lines if line.is_discarded else [other for other in lines if not other.is_discarded]
    units = " + ".join(
        plain(other.units) + _days_of(other) + (" JW" if other.is_discarded else "") for other in counted if other.units
    )
    span = "a line" if limit.mai == _EACH_LINE else "a day"
    indicator = f" (MAI {limit.mai})" if limit.mai else ""
    yield Hit(
        line,
        "SV104",
        f"{line.procedure} x {units}: the MUE is {limit.units} {span}{indicator}",
        _FIXES.get(limit.mai, _FIX) if limit.units else _NEVER,
        tuple(other for other in lines if other is not line),
        Severity.WARNING if line.is_discarded else None,
    )


def _units_a_day(line: ServiceLine) -> Decimal:
    """What a payer holds against the limit: of a line for several days, the units that fall on one of them."""
    units, days = line.units or _ZERO, line.days
    return units if days == 1 else (units / days).to_integral_value(ROUND_HALF_UP)


def _days_of(line: ServiceLine) -> str:
    return "" if line.days == 1 else f" in {line.days} days"


def _is_discarded(line: ServiceLine) -> bool:
    return line.is_discarded


_FIX = "correct the units from the dose in the record: the whole line is denied, not only what is over"
_NEVER = "bill another code: this one is never paid on a professional claim"
_FIXES: dict[int | None, str] = {
    _EACH_LINE: "correct the units, or split them over lines with 76, 59 or site modifiers if all were given",
    _ABSOLUTE: "correct the units: the limit is absolute, and no modifier or appeal passes it",
}
