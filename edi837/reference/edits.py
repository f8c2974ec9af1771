"""CMS code edits as of a date of service: NCCI procedure-to-procedure pairs and medically unlikely units."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol

import msgspec

from edi837.reference.tables import Reader, cells, day, lines, rows


class Pair(msgspec.Struct, frozen=True, gc=False):
    """An NCCI pair: the line with the code of column 2 denies. Table ncci (practitioner edits, 2024q3)."""

    column1: str
    column2: str
    indicator: int
    """1: a modifier may clear the pair; 0: no modifier does."""
    effective: date | None
    """The first date of service; None where the source does not know it: always before `deletion`."""
    deletion: date | None
    """The last date of service; None while the pair is active."""
    rationale: str
    edition: str
    """The key of the source."""


class Mue(msgspec.Struct, frozen=True, gc=False):
    """A medically unlikely edit: the most units that are paid. Table mue (practitioner services)."""

    units: int
    """0: never paid on a professional claim."""
    mai: int | None
    """1 a line; 2 a day, absolute; 3 a day, can be appealed; None where the edition has none (Medicaid)."""
    edition: str
    """The key of the source."""


class Pairs(Protocol):
    """A table of pairs, built-in or imported."""

    def find(self, column1: str, column2: str, on: date) -> Pair | None:
        """The pair in this direction that is active on a date of service."""
        ...

    def has(self, column1: str, column2: str) -> bool:
        """Whether there is a pair in this direction, on any day."""
        ...


class Limits(Protocol):
    """A table of unit limits, built-in or imported."""

    def find(self, code: str, payer_class: str, on: date) -> Mue | None:
        """The limit of a code for a class of payer on a date of service."""
        ...


_Window = tuple[date, date, int, date | None, date | None, str, str]


class PairIndex:
    """The NCCI pairs: by the code of column 2, then of column 1, the windows in which the pair is active.

    Rows stay lines until the code of column 2 is asked for: one run sees few of them.
    """

    def __init__(self, read: Reader) -> None:
        columns = "column2,indicator,effective,deletion,rationale,source,column1"
        self._lines: dict[str, list[str]] = {}
        self._columns2: dict[str, dict[str, tuple[_Window, ...]]] = {}
        for line in lines(read, "ncci", columns):
            self._lines.setdefault(line.partition(",")[0], []).append(line)

    def find(self, column1: str, column2: str, on: date) -> Pair | None:
        """The pair in this direction that is active on a date of service, ends of a window included."""
        windows = self._partners(column2).get(column1, ())
        for first, last, indicator, effective, deletion, rationale, edition in windows:
            if first <= on <= last:
                return Pair(column1, column2, indicator, effective, deletion, rationale, edition)
        return None

    def has(self, column1: str, column2: str) -> bool:
        """Whether there is a pair in this direction, on any day."""
        return column1 in self._partners(column2)

    def _partners(self, column2: str) -> dict[str, tuple[_Window, ...]]:
        known = self._columns2.get(column2)
        if known is not None or column2 not in self._lines:
            return known or {}
        partners = self._columns2[column2] = {}
        for _, indicator, first, last, rationale, source, codes in cells(self._lines[column2]):
            effective, deletion = day(first), day(last)
            window = (
                effective or date.min,
                deletion or date.max,
                int(indicator),
                effective,
                deletion,
                rationale,
                source,
            )
            for column1 in codes.split(" "):
                partners[column1] = (*partners.get(column1, ()), window)
        return partners


MEDICAID = "MC"
"""The payer class (SBR09) that has limits of its own."""

# Medicare's later edition is read from this date of service on.
_FIRST_2026 = date(2026, 1, 1)

_Editions = tuple[Mue | None, Mue | None, Mue | None]
_NO_LIMITS: _Editions = (None, None, None)


class MueIndex:
    """Medically unlikely edits: by code, the limits of three editions. Rows stay lines until a code is asked for."""

    def __init__(self, read: Reader) -> None:
        columns = "medicare_2024q3,mai_2024q3,medicare_2026q4,mai_2026q4,medicaid_2026q1,source,codes"
        self._lines: dict[str, str] = {}
        self._limits: dict[str, _Editions] = {}
        for line in lines(read, "mue", columns):
            for code in line.rpartition(",")[2].split(" "):
                self._lines[code] = line

    def find(self, code: str, payer_class: str, on: date) -> Mue | None:
        """Medicaid's limit for payer class MC where there is one, else Medicare's of the date of service."""
        medicare_2024, medicare_2026, medicaid = self._editions(code)
        if payer_class == MEDICAID and medicaid is not None:
            return medicaid
        if medicare_2026 is not None and on >= _FIRST_2026:
            return medicare_2026
        return medicare_2024

    def medicaid(self, code: str) -> Mue | None:
        """Medicaid's limit."""
        return self._editions(code)[2]

    def recent(self, code: str) -> Mue | None:
        """Medicare's limit of the later edition, which has the codes around injections only."""
        return self._editions(code)[1]

    def _editions(self, code: str) -> _Editions:
        limits = self._limits.get(code)
        if limits is not None:
            return limits
        line = self._lines.get(code)
        if line is None:
            return _NO_LIMITS
        [(units_2024, mai_2024, units_2026, mai_2026, medicaid, _, _)] = cells([line])
        limits = self._limits[code] = (
            _limit(units_2024, mai_2024, "mue-medicare-2024q3"),
            _limit(units_2026, mai_2026, "mue-medicare-2026q4"),
            _limit(medicaid, "", "mue-medicaid-2026q1"),
        )
        return limits


class MueTable:
    """Medically unlikely edits of one imported edition: Medicare's, which say nothing of Medicaid."""

    def __init__(self, read: Reader, edition: str) -> None:
        """`edition` is the key of the source."""
        self._limits: dict[str, Mue] = {}
        for units, mai, codes in rows(read, "mue", MUE_COLUMNS):
            limit = Mue(int(units), int(mai) if mai else None, edition)
            for code in codes.split(" "):
                self._limits[code] = limit

    def find(self, code: str) -> Mue | None:
        """The limit of a code."""
        return self._limits.get(code)


MUE_COLUMNS = "units,mai,codes"


class MueView:
    """The limits of one day: a payer's own come first, then Medicaid's for Medicaid, then Medicare's edition."""

    def __init__(
        self,
        own: Callable[[str], Mue | None] | None,
        medicare: Callable[[str], Mue | None] | None,
        since: date,
        builtin: MueIndex,
    ) -> None:
        """Each of the first two looks up a code, or is None where nothing is imported for the day.

        `since` is the first day of Medicare's imported edition.
        """
        self._own = own
        self._medicare = medicare
        self._is_older = since < _FIRST_2026
        self._builtin = builtin

    def find(self, code: str, payer_class: str, on: date) -> Mue | None:
        """The limit of a code for a class of payer."""
        limit = self._own(code) if self._own else None
        if limit is not None:
            return limit
        if self._medicare is None:
            return self._builtin.find(code, payer_class, on)
        medicaid = self._builtin.medicaid(code) if payer_class == MEDICAID else None
        # An older edition that goes on answering after its end knows less than the built-in one of 2026.
        recent = self._builtin.recent(code) if self._is_older and on >= _FIRST_2026 else None
        return medicaid or recent or self._medicare(code)


def _limit(units: str, mai: str, edition: str) -> Mue | None:
    return Mue(int(units), int(mai) if mai else None, edition) if units else None
