"""Editions of the reference tables: what an imported one is, and which one answers for a date of service.

CMS publishes most tables by the quarter. The rule, for each table by itself:

1. An imported edition answers for the dates within its validity; of two, the one that begins later.
2. For other dates the edition that began last on or before the date answers, built-in ones included: last quarter's
   file knows more of today than the tables of two years ago. (Not so for ICD-10-CM: every year has new codes.)
3. Before all of them the built-in tables answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol

import msgspec

from edi837.reference.codes import Source
from edi837.reference.tables import Blob

SCHEMA_VERSION = 1


class Kind(NamedTuple):
    """A kind of file that can be imported."""

    name: str
    table: str
    """The built-in table that it stands in for, or the name of its own."""
    title: str
    carries_on: bool
    """Whether its last edition answers for dates after its end."""


KINDS = {
    kind.name: kind
    for kind in (
        Kind("ncci-ptp", "ncci", "CMS Medicare NCCI procedure-to-procedure edits, practitioner services", True),
        Kind("mue", "mue", "CMS Medicare medically unlikely edits, practitioner services", True),
        Kind("asp-ndc", "ndc", "CMS ASP NDC-HCPCS crosswalk", True),
        Kind("hcpcs", "drugs", "CMS HCPCS Level II file", True),
        Kind("icd10", "icd10", "ICD-10-CM order file", False),
        Kind("payer", "payer", "limits and NDCs of one payer", True),
    )
}


class SourceFile(msgspec.Struct, frozen=True):
    """A file that an edition was read from."""

    file: str
    sha256: str


class Edition(msgspec.Struct, frozen=True):
    """One imported edition of one table, as its manifest in the data folder says."""

    kind: str
    edition: str
    """As a report names it: `2026q3`, `FY 2026`; of a payer's file the first day."""
    payer: str
    """The payer's id (2010BB NM109) of a payer's file, empty for others."""
    valid_from: date
    valid_to: date | None
    """The last date of service that the file is for; None where it is for all that follow."""
    rows: int
    imported_on: date
    sources: tuple[SourceFile, ...]
    data: str
    """The name of the table's file in the folder."""
    size: int
    sha256: str
    schema_version: int = SCHEMA_VERSION

    @property
    def key(self) -> str:
        """The key of the source that its rows name: `ncci-ptp-2026q3`."""
        parts = [self.kind, self.payer, self.edition.replace(" ", "-").lower()]
        if self.valid_from.isoformat() != self.edition and self.valid_from != period_of(self.kind, self.valid_from)[0]:
            parts.append(self.valid_from.isoformat())
        return "-".join(filter(None, parts))

    @property
    def source(self) -> Source:
        """What `Reference.source` says of it."""
        files = ", ".join(source.file for source in self.sources)
        whose = f" {self.payer}" if self.payer else ""
        citation = f"{KINDS[self.kind].title}{whose} ({files}, imported on {self.imported_on})"
        return Source(self.key, self.edition, citation, "yes")

    def is_for(self, on: date) -> bool:
        """Whether a date of service lies within its validity."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class Folder(Protocol):
    """The imported editions, and the bytes of their tables, which only a shell can read."""

    @property
    def editions(self) -> Sequence[Edition]:
        """The editions, in any order."""
        ...

    def data(self, edition: Edition) -> Blob:
        """The table of one of the editions; SourceError where it cannot be read."""
        ...


def choose(editions: Iterable[Edition], builtin: Sequence[date], on: date) -> Edition | None:
    """The imported edition that answers for a date of service, None where the built-in table does.

    The editions are those of one table (and payer); `builtin` says from which days the built-in ones are.
    """
    begun = [edition for edition in editions if edition.valid_from <= on]
    within = [edition for edition in begun if edition.is_for(on)]
    if within:
        return max(within, key=lambda edition: edition.valid_from)
    last = max(begun, key=lambda edition: edition.valid_from, default=None)
    if last is None or not KINDS[last.kind].carries_on:
        return None
    return None if any(last.valid_from < first <= on for first in builtin) else last


def quarter_of(day: date) -> tuple[date, date]:
    """The first and the last day of the quarter of a day."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    behind = date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)
    return first, behind - timedelta(days=1)


def fiscal_year_of(day: date) -> tuple[date, date]:
    """The first and the last day of the fiscal year of a day: from October, named for the year that follows."""
    year = day.year + (day.month >= 10)
    return date(year - 1, 10, 1), date(year, 9, 30)


def name_of(kind: str, valid_from: date) -> str:
    """What an edition of a kind is called."""
    if kind == "payer":
        return valid_from.isoformat()
    if kind == "icd10":
        return f"FY {fiscal_year_of(valid_from)[1].year}"
    return f"{valid_from.year}q{(valid_from.month + 2) // 3}"


def period_of(kind: str, day: date) -> tuple[date, date]:
    """The first and the last day of the quarter, or for ICD-10-CM the fiscal year, of a day."""
    return fiscal_year_of(day) if kind == "icd10" else quarter_of(day)


def last_day(kind: str, valid_from: date) -> date | None:
    """The last date of service that a file of a kind is for, by the day from which it is."""
    return None if kind == "payer" else period_of(kind, valid_from)[1]


_NAMED = re.compile(r"FY (?P<fiscal>\d{4})|(?P<year>\d{4})(?:q(?P<quarter>[1-4])|-(?P<month>\d\d))?")


def builtin_spans(text: str) -> list[tuple[date, date]]:
    """The spans of time that the edition of a built-in table names: "medicare 2024q3, medicare 2026q4" names two."""
    spans = []
    for found in _NAMED.finditer(text):
        if found["fiscal"]:
            spans.append(fiscal_year_of(date(int(found["fiscal"]), 1, 1)))
        elif found["quarter"]:
            spans.append(quarter_of(date(int(found["year"]), 3 * int(found["quarter"]), 1)))
        elif found["month"]:
            spans.append(quarter_of(date(int(found["year"]), int(found["month"]), 1)))
        else:
            spans.append((date(int(found["year"]), 1, 1), date(int(found["year"]), 12, 31)))
    return sorted(spans)


def begins(kind: str, builtin: str) -> list[date]:
    """The days from which the built-in editions of a kind's table are, by the name of their edition."""
    spans = [first for first, _ in builtin_spans(builtin)]
    # The later built-in editions of these tables are some codes only: they do not stand for the file.
    return spans[:1] if kind in ("hcpcs", "mue") else spans
