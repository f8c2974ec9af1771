"""C03: the billing units and the NDC quantity of a drug line contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from edi837.model import ServiceLine, Severity
from edi837.reference import DrugLine, Reference
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION_ADMINISTRATION
from edi837.rules.encounter import Encounter
from edi837.rules.ndc_units import NdcUnits, agrees, is_in_ranges, ndc_units, whole_units
from edi837.rules.wording import plain


@rule(
    "C03",
    triggers={DRUG},
    needs={"ndc-disagrees", "discarded"},
    severity=Severity.ERROR,
    category="units-frequency",
    predicts=("CO-16+M53|N430|N815", "CO-153", "CO-151"),
    suppresses={"line": {"C04", "C05"}},
    confidence="verified",
)
def units_vs_ndc_quantity(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """The units of a drug line do not agree with its NDC quantity.

    Why: Payers multiply the NDC quantity (CTP04) with the units per mL or per vial of that package and compare the
        result with SV104; more units than the package holds are cut, denied or taken back. A quantity that agrees as
        mL or as vials is accepted, whichever CTP05 says. One unit of an "up to" code covers a partial dose.
    Fix: Correct SV104, or the quantity and its unit of measure in CTP, from the dose in the record.
    Denied:
        SV1*HC:J1885*90*UN*60***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Source: CMS ASP NDC-HCPCS crosswalk October 2025; X12 RFI 2151 (CTP04 and CTP05-1).
    """
    for line, facts in encounter.drugs:
        if line.drug is None or line.is_discarded or (facts.drug is not None and not facts.drug.dose_per_unit):
            continue
        own = ndc_units(line.procedure, line.drug, ctx.reference)
        if own is None or line.units is None:
            continue
        together = _summed_with(line, encounter)
        if together:
            if together[0] is line:
                yield from _compare_sum(line, facts, own, together, encounter, ctx.reference)
        elif not _agrees(line.units, own.readings, facts, line, encounter):
            yield Hit(
                line,
                "SV104",
                f"{line.procedure} x {plain(line.units)}, but NDC {line.drug.ndc} makes {plain(own.expected)} "
                f"({own.arithmetic})",
                f"bill {line.procedure} x {plain(whole_units(own.expected))}, or correct the quantity in CTP04: "
                f"x {plain(line.units)} is {_quantity(line.units, own)} {line.drug.unit}",
            )


def _summed_with(line: ServiceLine, encounter: Encounter) -> list[ServiceLine]:
    """The lines of the code on the claim that count together, because one bills what was discarded; else none.

    The administered lines with an NDC come first, then the JW lines.
    """
    if len(encounter.drugs) == 1:
        return []
    same = [other for other in encounter.lines_beside(line) if other.procedure == line.procedure]
    discarded = [other for other in same if other.is_discarded]
    if not discarded:
        return []
    return [other for other in same if not other.is_discarded and other.drug is not None] + discarded


def _compare_sum(
    line: ServiceLine,
    facts: DrugLine,
    own: NdcUnits,
    together: list[ServiceLine],
    encounter: Encounter,
    reference: Reference,
) -> Iterator[Hit]:
    billed = expected = as_millilitres = as_containers = Decimal(0)
    terms = []
    for part in together:
        if part.units is None:
            return
        billed += part.units
        if part.drug is None:
            continue
        units = ndc_units(part.procedure, part.drug, reference)
        if units is None:
            return
        expected += units.expected
        as_millilitres += units.readings[0]
        as_containers += units.readings[1]
        terms.append(units.arithmetic)
    if _agrees(billed, (expected, as_millilitres, as_containers), facts, line, encounter):
        return
    counts = " + ".join(plain(part.units) + (" JW" if part.is_discarded else "") for part in together if part.units)
    yield Hit(
        line,
        "SV104",
        f"{line.procedure} x {counts} = {plain(billed)}, but the NDC quantities make {plain(expected)} "
        f"({' + '.join(terms)})",
        f"bill {line.procedure} x {plain(whole_units(expected))} over the administered and the JW lines, or correct "
        "the quantities in CTP04",
        tuple(part for part in together if part is not line),
    )


def _agrees(
    billed: Decimal, readings: tuple[Decimal, ...], facts: DrugLine, line: ServiceLine, encounter: Encounter
) -> bool:
    if agrees(billed, readings, facts):
        return True
    if not is_in_ranges(facts):
        return False
    # Each administration is rounded up by itself: two half doses are two units.
    further = _administrations(line, encounter) - 1
    return any(0 < billed - whole_units(reading) <= further for reading in readings)


def _administrations(line: ServiceLine, encounter: Encounter) -> Decimal:
    return sum(
        (
            other.units
            for other in encounter.lines_beside(line)
            if other.procedure in INJECTION_ADMINISTRATION and other.units is not None
        ),
        Decimal(0),
    )


def _quantity(units: Decimal, own: NdcUnits) -> str:
    return f"{units / own.factor:.3f}".rstrip("0").rstrip(".")
