"""How much and how often: packages by NDC, usual units of a dose, intervals between two administrations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from functools import cached_property
from typing import Protocol

import msgspec

from edi837.reference.tables import Reader, amount, items, rows


class NdcRow(msgspec.Struct, frozen=True, gc=False):
    """One package of one drug code. Table ndc (CMS ASP NDC-HCPCS crosswalk 2025q4, Part B drugs only)."""

    hcpcs: str
    ndc11: str
    pkg_size: Decimal
    """Contents of one item in the NDC's own unit: mL for liquids, 1 for a vial of powder."""
    billunits_per_item: Decimal
    """HCPCS units in one item (vial, syringe)."""
    hcpcs_units_per_ndc_unit: Decimal
    """HCPCS units in one mL of a liquid, in one vial of a powder."""
    source: str


class TypicalUnits(msgspec.Struct, frozen=True, gc=False):
    """Usual HCPCS units of one administration. Table typical_units (ranges are professional knowledge)."""

    code: str
    minimum: Decimal
    maximum: Decimal
    suspicious: frozenset[Decimal]
    """Units that betray a dose in milligrams, or the unit of an older code."""
    explanation: str
    source: str


class DrugInterval(msgspec.Struct, frozen=True, gc=False):
    """The least time between two administrations. Table drug_interval (knowledge: for warnings only)."""

    code: str
    condition: str
    """When the schedule applies, in words: `any`, `60 units (Prolia)`, `maintenance`."""
    units_min: Decimal | None
    """The least HCPCS units that the schedule is for; None for any."""
    units_max: Decimal | None
    """The most HCPCS units that the schedule is for; None for any."""
    diagnoses: tuple[str, ...]
    """ICD-10-CM patterns that the schedule is for, as `matches` reads them; none for any."""
    days: int
    schedule: str
    """The usual schedule, in words."""
    source: str


class Packages(Protocol):
    """An NDC crosswalk, built-in or imported."""

    @property
    def codes(self) -> AbstractSet[str]:
        """The drug codes that have packages."""
        ...

    def find(self, ndc11: str) -> tuple[NdcRow, ...]:
        """The rows of one NDC of eleven digits."""
        ...

    def packages(self, code: str) -> tuple[NdcRow, ...]:
        """The rows of one drug code, by NDC."""
        ...


class NdcIndex:
    """The NDC crosswalk. Rows stay text until their NDC is asked for: one run sees few of the packages."""

    def __init__(self, read: Reader, source: str = "") -> None:
        """`source` is the key of the source of all rows, where the table does not say it of each."""
        self._source = source
        self._text: dict[str, tuple[list[str], ...]] = {}
        self._rows: dict[str, tuple[NdcRow, ...]] = {}
        self.codes: set[str] = set()
        """The drug codes that have packages."""
        text = self._text
        for row in rows(read, "ndc", NDC_COLUMNS):
            alone = (row,)
            self.codes.add(row[0])
            for ndc11 in row[5].split(" "):
                known = text.setdefault(ndc11, alone)
                if known is not alone:
                    text[ndc11] = known + alone

    def find(self, ndc11: str) -> tuple[NdcRow, ...]:
        """The rows of one NDC of eleven digits, by drug code; none for one that is not in the crosswalk."""
        known = self._rows.get(ndc11)
        if known is None:
            text = self._text.get(ndc11)
            if text is None:
                return ()
            known = self._rows[ndc11] = tuple(
                NdcRow(hcpcs, ndc11, Decimal(size), Decimal(per_item), Decimal(per_unit), source or self._source)
                for hcpcs, size, per_item, per_unit, source, _ in text
            )
        return known


    def packages(self, code: str) -> tuple[NdcRow, ...]:
        """The rows of one drug code, by NDC."""
        ndcs = sorted(ndc11 for ndc11, rows in self._text.items() if any(row[0] == code for row in rows))
        return tuple(row for ndc11 in ndcs for row in self.find(ndc11) if row.hcpcs == code)


NDC_COLUMNS = "hcpcs,pkg_size,billunits_per_item,hcpcs_units_per_ndc_unit,source,ndc11"


class NdcChain:
    """Several crosswalks, the one that answers first: a package that one quarter leaves out is in another.

    That an NDC is not in one quarter's file says nothing of the package, so those of other quarters answer for it.
    """

    def __init__(self, tables: Sequence[Callable[[], Packages]]) -> None:
        """Each gives a crosswalk when it is needed."""
        self._tables = tables

    @cached_property
    def codes(self) -> AbstractSet[str]:
        """The drug codes that have packages in any of them."""
        return frozenset[str]().union(*(table().codes for table in self._tables))

    def find(self, ndc11: str) -> tuple[NdcRow, ...]:
        """The rows of one NDC in the first crosswalk that has it."""
        return next((rows for table in self._tables if (rows := table().find(ndc11))), ())

    def packages(self, code: str) -> tuple[NdcRow, ...]:
        """The rows of one drug code in the first crosswalk that has any."""
        return next((rows for table in self._tables if (rows := table().packages(code))), ())


def load_typical_units(read: Reader) -> dict[str, TypicalUnits]:
    """The usual units by code."""
    columns = "hcpcs,minimum,maximum,suspicious,explanation,source"
    return {
        code: TypicalUnits(
            code,
            Decimal(least),
            Decimal(most),
            frozenset(map(Decimal, items(suspicious))),
            explanation,
            source,
        )
        for code, least, most, suspicious, explanation, source in rows(read, "typical_units", columns)
    }


def load_intervals(read: Reader) -> dict[str, tuple[DrugInterval, ...]]:
    """The intervals by code, in the order of the table."""
    columns = "hcpcs,condition,units_min,units_max,diagnoses,days,schedule,source"
    by_code: dict[str, list[DrugInterval]] = defaultdict(list)
    for code, condition, least, most, diagnoses, days, schedule, source in rows(
        read, "drug_interval", columns
    ):
        by_code[code].append(
            DrugInterval(
                code, condition, amount(least), amount(most), items(diagnoses), int(days), schedule, source
            )
        )
    return {code: tuple(intervals) for code, intervals in by_code.items()}
