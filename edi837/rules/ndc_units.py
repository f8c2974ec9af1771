"""What the NDC quantity of a line comes to in billing units (RULES.md section 8, ruling 14)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from edi837.model import Drug, ServiceLine
from edi837.reference import DrugLine, Reference
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wording import plain

_DIGITS = 11
_HALF = Decimal("0.5")
_TWO_PERCENT = Decimal("0.02")
_RANGES = frozenset({"up to", "over"})
_NO_DRUG = "0" * _DIGITS


class NdcUnits(NamedTuple):
    """The billing units of one code that an NDC quantity makes."""

    quantity: Decimal
    unit: str
    """ML or UN, as it was sent."""
    factor: Decimal
    """Billing units in one of that unit."""
    readings: tuple[Decimal, ...]
    """As millilitres, as containers, and so on for further rows of the crosswalk: the unit is often the wrong one."""

    @property
    def expected(self) -> Decimal:
        """The billing units by the unit as it was sent."""
        return self.quantity * self.factor

    @property
    def arithmetic(self) -> str:
        """How `expected` comes about, for a message: "2 ML x 40"."""
        return f"{plain(self.quantity)} {self.unit} x {plain(self.factor)}"


def is_ndc(text: str) -> bool:
    """Whether a text has the form of an NDC in a claim: eleven digits, not all of them zero."""
    return len(text) == _DIGITS and text.isascii() and text.isdigit() and text != _NO_DRUG


def lines_with_ndc(encounter: Encounter, reference: Reference) -> Iterator[tuple[ServiceLine, Drug]]:
    """The drug and 96372 lines that name a product by N4, with what loop 2410 says."""
    for line in encounter.lines:
        drug = line.drug
        if (
            drug is not None
            and drug.qualifier == "N4"
            and (line.procedure == INJECTION or reference.drug_line(line.procedure) is not None)
        ):
            yield line, drug


def ndc_units(code: str, drug: Drug | None, reference: Reference) -> NdcUnits | None:
    """What the NDC quantity makes in units of a code; None where that cannot be told.

    It can be for a valid NDC with a quantity in ML or UN that the crosswalk has under this very code.
    """
    if drug is None or drug.qualifier != "N4" or drug.unit not in ("ML", "UN"):
        return None
    quantity = drug.quantity
    if quantity is None or quantity <= 0 or not is_ndc(drug.ndc):
        return None
    rows = [row for row in reference.ndc(drug.ndc) if row.hcpcs == code]
    if not rows:
        return None
    factor = rows[0].hcpcs_units_per_ndc_unit if drug.unit == "ML" else rows[0].billunits_per_item
    factors = [units for row in rows for units in (row.hcpcs_units_per_ndc_unit, row.billunits_per_item)]
    return NdcUnits(quantity, drug.unit, factor, tuple([quantity * units for units in factors]))


def agrees(billed: Decimal, readings: tuple[Decimal, ...], facts: DrugLine | None) -> bool:
    """Whether billed units are what one of the readings comes to, within half a unit or two percent.

    Where a unit covers a range of doses, the units are whole ones.
    """
    in_ranges = is_in_ranges(facts)
    for reading in readings:
        rounded = whole_units(reading)
        expected = rounded if in_ranges else reading
        if billed == rounded or abs(billed - expected) <= max(_HALF, _TWO_PERCENT * expected):
            return True
    return False


def is_in_ranges(facts: DrugLine | None) -> bool:
    """Whether one unit of the code covers any dose up to a full one."""
    return facts is not None and facts.drug is not None and facts.drug.unit_basis in _RANGES


def whole_units(units: Decimal) -> Decimal:
    """Units rounded up to the next whole one."""
    return units.to_integral_value(ROUND_CEILING)
