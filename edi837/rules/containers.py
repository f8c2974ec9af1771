"""The containers, by NDC, that the units of a drug come from: vials, syringes and pens (RULES.md H02, H03, F16)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from edi837.model import ServiceLine
from edi837.reference import Reference
from edi837.rules.ndc_units import ndc_units, whole_units

_HALF = Decimal("0.5")


class Opened(NamedTuple):
    """The containers that some units take, all of one NDC."""

    units: Decimal
    """What is billed in all."""
    size: Decimal
    """Billing units in one container."""
    containers: Decimal
    """How many of them, the last one perhaps for a part of it."""

    @property
    def left(self) -> Decimal:
        """What the last container holds beyond the units."""
        return self.containers * self.size - self.units

    @property
    def is_whole(self) -> bool:
        """Whether the units are those of whole containers, but for less than one unit either way."""
        return self.left < 1 or self.size - self.left < 1


def container_size(line: ServiceLine, reference: Reference) -> Decimal | None:
    """Billing units in one container of the line's NDC; None where the crosswalk has none of this code."""
    if line.drug is None:
        return None
    sizes = [row.billunits_per_item for row in reference.ndc(line.drug.ndc) if row.hcpcs == line.procedure]
    return sizes[0] if sizes else None


def fills_containers(line: ServiceLine, reference: Reference) -> bool:
    """Whether the units of the line are those of whole containers of its NDC, or the size of one is not known."""
    size = container_size(line, reference)
    return not size or line.units is None or not line.units % size


def opened_containers(lines: Sequence[ServiceLine], reference: Reference) -> Opened | None:
    """What the units of some lines of one code come to in containers; None where that cannot be told.

    It can where they name one NDC and its quantity accounts for the units: a dose out of containers of two sizes,
    or one that contradicts its NDC (C03), is no question of the last container.
    """
    billed = as_millilitres = as_containers = Decimal(0)
    size, named = None, set()
    for line in lines:
        if line.units is None:
            return None
        billed += line.units
        if line.drug is None:
            continue
        named.add(line.drug.ndc)
        made = ndc_units(line.procedure, line.drug, reference)
        if made is None:
            return None
        as_millilitres += made.readings[0]
        as_containers += made.readings[1]
        size = size or container_size(line, reference)
    if not size or len(named) > 1 or min(abs(billed - as_millilitres), abs(billed - as_containers)) > _HALF:
        return None
    return Opened(billed, size, whole_units(billed / size))
