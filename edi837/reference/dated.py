"""Reference tables with imported editions: for each date of service, and payer, the view of that day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar, cast

from edi837.reference import codes, diagnoses, dosing, drugs, edits
from edi837.reference.diagnosis_table import DiagnosisTable
from edi837.reference.editions import KINDS, Edition, Folder, begins, choose
from edi837.reference.hcpcs import HcpcsCode, HcpcsTable
from edi837.reference.lookup import Reference
from edi837.reference.pair_table import PairTable
from edi837.reference.payers import PayerTable
from edi837.reference.tables import Blob, Reader, contents

T = TypeVar("T")

# Dates of service are few in real claims and unlimited in broken ones: the memory of them has an end.
_REMEMBERED = 4096


class EditionTables:
    """The tables of the imported editions, each opened at its first use and shared by the views."""

    def __init__(self, folder: Folder) -> None:
        self.sources = {edition.key: edition.source for edition in folder.editions}
        """The sources that the rows of the tables name, by key."""
        self._folder = folder
        self._opened: dict[str, Any] = {}

    def pairs(self, edition: Edition) -> PairTable:
        """The table of an edition of kind ncci-ptp."""
        return self._open(edition, lambda data: PairTable(data, edition.key))

    def mue(self, edition: Edition) -> edits.MueTable:
        """The table of an edition of kind mue."""
        return self._open(edition, lambda data: edits.MueTable(contents(data), edition.key))

    def ndc(self, edition: Edition) -> dosing.NdcIndex:
        """The table of an edition of kind asp-ndc."""
        return self._open(edition, lambda data: dosing.NdcIndex(contents(data), edition.key))

    def hcpcs(self, edition: Edition) -> HcpcsTable:
        """The table of an edition of kind hcpcs."""
        return self._open(edition, lambda data: HcpcsTable(contents(data), edition.key))

    def icd10(self, edition: Edition) -> DiagnosisTable:
        """The table of an edition of kind icd10."""
        return self._open(edition, DiagnosisTable)

    def payer(self, edition: Edition) -> PayerTable:
        """The table of an edition of kind payer."""
        return self._open(edition, lambda data: PayerTable(contents(data), edition.key))

    def table(self, edition: Edition) -> object:
        """The table of an edition of any kind; SourceError or ValueError where it cannot be read."""
        opened: Mapping[str, Callable[[Edition], object]] = {
            "ncci-ptp": self.pairs,
            "mue": self.mue,
            "asp-ndc": self.ndc,
            "hcpcs": self.hcpcs,
            "icd10": self.icd10,
            "payer": self.payer,
        }
        return opened[edition.kind](edition)

    def _open(self, edition: Edition, read: Callable[[Blob], T]) -> T:
        if edition.data not in self._opened:
            self._opened[edition.data] = read(self._folder.data(edition))
        return cast(T, self._opened[edition.data])


class DatedView(Reference):
    """The tables of one date of service: imported editions where one answers, else the built-in tables."""

    def __init__(
        self,
        read: Reader,
        tables: dict[Callable[[Reader], Any], Any],
        editions: EditionTables,
        chosen: Mapping[str, Edition],
        crosswalks: tuple[Edition, ...],
    ) -> None:
        """`chosen` has the edition of each kind that answers; `crosswalks` are those of asp-ndc, by preference."""
        super().__init__(read, tables)
        self._imported = editions
        self._chosen = chosen
        self._crosswalks = crosswalks

    def edition_of(self, kind: str) -> Edition | None:
        """The imported edition of a kind (`ncci-ptp`) that answers here; None where the built-in table does."""
        return self._chosen.get(kind)

    def hcpcs(self, code: str) -> HcpcsCode | None:
        """The row of a code in the imported HCPCS Level II file."""
        edition = self._chosen.get("hcpcs")
        return self._imported.hcpcs(edition).find(code) if edition else None

    def source(self, key: str) -> codes.Source | None:
        """The source that a row names in its `source` or `edition`."""
        return self._imported.sources.get(key) or super().source(key)

    def diagnosis_code(self, code: str, on: date) -> diagnoses.DiagnosisCode | None:
        """What an ICD-10-CM code is on a day; None for any code where no table of that day is loaded."""
        if self._diagnoses is None:
            return super().diagnosis_code(code, on)
        edition, table = self._diagnoses
        return table.find(code, on) if edition.is_for(on) else None

    @cached_property
    def _diagnoses(self) -> tuple[Edition, DiagnosisTable] | None:
        edition = self._chosen.get("icd10")
        return (edition, self._imported.icd10(edition)) if edition else None

    @cached_property
    def _pairs(self) -> edits.Pairs:
        edition = self._chosen.get("ncci-ptp")
        return self._imported.pairs(edition) if edition else self._load(edits.PairIndex)

    @cached_property
    def _mue(self) -> edits.Limits:
        edition, own = self._chosen.get("mue"), self._chosen.get("payer")
        if edition is None and own is None:
            return self._load(edits.MueIndex)
        return edits.MueView(
            self._imported.payer(own).limit if own else None,
            self._imported.mue(edition).find if edition else None,
            edition.valid_from if edition else date.min,
            self._load(edits.MueIndex),
        )

    @cached_property
    def _ndc(self) -> dosing.Packages:
        own, answers = self._chosen.get("payer"), self._chosen.get("asp-ndc")
        tables: list[Callable[[], dosing.Packages]] = [
            lambda edition=edition: self._imported.ndc(edition)  # type: ignore[misc]
            for edition in self._crosswalks
        ]
        builtin: Callable[[], dosing.Packages] = lambda: self._load(dosing.NdcIndex)  # noqa: E731
        # The one that answers stands first, and the built-in one where none does.
        tables.insert(0 if answers is None else len(tables), builtin)
        if own is not None:
            tables.insert(0, lambda: self._imported.payer(own))
        return dosing.NdcChain(tables) if len(tables) > 1 else builtin()

    @cached_property
    def _drugs(self) -> dict[str, drugs.Drug]:
        edition, builtin = self._chosen.get("hcpcs"), self._load(drugs.load_drugs)
        return self._imported.hcpcs(edition).merged(builtin) if edition else builtin

    @cached_property
    def _editions(self) -> Mapping[str, str]:
        names = dict(self._load(codes.load_editions))
        for kind, edition in self._chosen.items():
            names[KINDS[kind].table] = f"{edition.payer} {edition.edition}".strip()
        return MappingProxyType(names)


class EditionedReference(DatedView):
    """The built-in tables and all editions of a folder, each for its dates; without a date, the newest answer."""

    def __init__(self, read: Reader, folder: Folder) -> None:
        self._groups: dict[tuple[str, str], list[Edition]] = defaultdict(list)
        for edition in sorted(folder.editions, key=lambda edition: edition.valid_from):
            self._groups[edition.kind, edition.payer].append(edition)
        named = codes.load_editions(read)
        self._begins = {kind.name: begins(kind.name, named.get(kind.table, "")) for kind in KINDS.values()}
        self._views: dict[tuple[Edition, ...], DatedView] = {}
        self._days: dict[tuple[date | None, str], DatedView] = {}
        chosen = self._choose(date.max, "")
        super().__init__(read, {}, EditionTables(folder), chosen, self._by_preference(chosen))

    def as_of(self, on: date | None, payer: str = "") -> Reference:
        """The tables of one date of service (the newest for None) and one payer."""
        if ("payer", payer) not in self._groups:
            payer = ""
        view = self._days.get((on, payer))
        if view is None:
            if len(self._days) >= _REMEMBERED:
                self._days.clear()
            view = self._days[on, payer] = self._view(on or date.max, payer)
        return view

    def pair(self, column1: str, column2: str, on: date) -> edits.Pair | None:
        """The NCCI pair in exactly this direction that is active on a date of service."""
        return self.as_of(on).pair(column1, column2, on)

    def pair_between(self, one: str, other: str, on: date) -> edits.Pair | None:
        """The NCCI pair of two codes in either direction that is active on a date of service."""
        return self.as_of(on).pair_between(one, other, on)

    def mue(self, code: str, payer_class: str, on: date) -> edits.Mue | None:
        """The most units of a code for a class of payer on a date of service."""
        return self.as_of(on).mue(code, payer_class, on)

    def diagnosis_code(self, code: str, on: date) -> diagnoses.DiagnosisCode | None:
        """What an ICD-10-CM code is on a day; None for any code where no table of that day is loaded."""
        return self.as_of(on).diagnosis_code(code, on)

    @cached_property
    def _editions(self) -> Mapping[str, str]:
        """By table, the built-in edition and the imported ones."""
        names = dict(self._load(codes.load_editions))
        for (kind, payer), editions in self._groups.items():
            table = KINDS[kind].table
            imported = [f"{payer} {edition.edition} (imported)".strip() for edition in editions]
            names[table] = ", ".join([*filter(None, [names.get(table)]), *imported])
        return MappingProxyType(dict(sorted(names.items())))

    def _view(self, on: date, payer: str) -> DatedView:
        chosen = self._choose(on, payer)
        key = tuple(chosen.values())
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = DatedView(
                self._read, self._tables, self._imported, chosen, self._by_preference(chosen)
            )
        return view

    def _choose(self, on: date, payer: str) -> dict[str, Edition]:
        chosen = {}
        for (kind, whose), editions in self._groups.items():
            if whose in ("", payer):
                edition = choose(editions, self._begins[kind], on)
                if edition is not None:
                    chosen[kind] = edition
        return chosen

    def _by_preference(self, chosen: Mapping[str, Edition]) -> tuple[Edition, ...]:
        """The crosswalks: the one that answers, then the others from the newest."""
        first = chosen.get("asp-ndc")
        others = [edition for edition in reversed(self._groups.get(("asp-ndc", ""), [])) if edition is not first]
        return (first, *others) if first else tuple(others)
