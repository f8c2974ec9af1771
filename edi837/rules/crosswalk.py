"""What the NDC crosswalk can be asked about: its quarter, and the codes that could be billed on a day."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from edi837.model import Drug
from edi837.reference import Reference
from edi837.rules.ndc_units import ndc_units, whole_units
from edi837.rules.wording import plain


@lru_cache(maxsize=16)
def crosswalk_quarter(reference: Reference) -> tuple[date, date]:
    """The first day of the quarter that the crosswalk is of ("2025q4"), and the first day behind it."""
    year, _, quarter = reference.editions()["ndc"].partition("q")
    first = 3 * int(quarter) - 2
    return date(int(year), first, 1), date(int(year) + first // 10, (first + 2) % 12 + 1, 1)


def was_valid(code: str, on: date, reference: Reference) -> bool:
    """Whether a code of the crosswalk could be billed on a day.

    Of a code whose dates are not known, it is known for the days since the crosswalk named it only.
    """
    drug = reference.drug(code)
    if drug is None or drug.effective_from is None:
        return on >= crosswalk_quarter(reference)[0]
    return drug.effective_from <= on and (drug.effective_to is None or on <= drug.effective_to)


def with_units(codes: list[str], drug: Drug, reference: Reference) -> str:
    """The codes of an NDC as a fix names them; a single one with the units that the NDC quantity makes."""
    measured = ndc_units(codes[0], drug, reference) if len(codes) == 1 else None
    if measured is None:
        return f"{' or '.join(codes)} with the units counted anew"
    return f"{codes[0]} x {plain(whole_units(measured.expected))} ({measured.arithmetic})"
