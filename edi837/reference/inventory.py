"""What tables there are: built-in and imported editions, and which of them answer on a day."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import msgspec

from edi837.reference.codes import load_editions
from edi837.reference.editions import KINDS, Edition, begins, builtin_spans, choose
from edi837.reference.tables import Reader

# The last column of these tables has all codes that share a row.
_SHARED = frozenset({"column1", "codes", "ndc11"})


class TableEntry(msgspec.Struct, frozen=True):
    """One edition of one table."""

    table: str
    edition: str
    imported: bool
    valid_from: date
    valid_to: date | None
    """The last date of service that it was made for; None where it is for all that follow."""
    rows: int
    source: str
    """Where it comes from: the files and the day of an import."""
    kind: str = ""
    """The kind of file that can be imported for it, empty for a table that only ships with the product."""
    payer: str = ""


class Answer(msgspec.Struct, frozen=True):
    """Which edition of a table answers on a day."""

    table: str
    kind: str
    payer: str
    edition: str
    """Empty where none does."""
    imported: bool
    valid_from: date | None
    valid_to: date | None
    out_of_date: bool
    """Whether the day lies behind what it was made for."""


def inventory(read: Reader, editions: Iterable[Edition]) -> list[TableEntry]:
    """Every edition of every table, by table and first day; built-in ones first."""
    kinds = {kind.table: kind.name for kind in KINDS.values()}
    entries = []
    for table, name in load_editions(read).items():
        spans = builtin_spans(name)
        entries.append(
            TableEntry(
                table, name, False, spans[0][0], spans[-1][1], _rows(read, table), "built-in", kinds.get(table, "")
            )
        )
    entries += [
        TableEntry(
            KINDS[edition.kind].table,
            edition.edition,
            True,
            edition.valid_from,
            edition.valid_to,
            edition.rows,
            f"{', '.join(source.file for source in edition.sources)} ({edition.imported_on})",
            edition.kind,
            edition.payer,
        )
        for edition in editions
    ]
    return sorted(entries, key=lambda entry: (entry.table, entry.imported, entry.payer, entry.valid_from))


def answers(read: Reader, editions: Iterable[Edition], on: date) -> list[Answer]:
    """The edition that answers on a day, for each table that can be imported and for each payer."""
    builtin = load_editions(read)
    groups: dict[tuple[str, str], list[Edition]] = defaultdict(list)
    for kind in KINDS:
        if kind != "payer":
            groups[kind, ""] = []
    for edition in editions:
        groups[edition.kind, edition.payer].append(edition)
    found = []
    for (kind, payer), known in groups.items():
        table = KINDS[kind].table
        name = builtin.get(table, "")
        chosen = choose(known, begins(kind, name), on)
        first: date | None
        last: date | None
        if chosen is not None:
            name, first, last = chosen.edition, chosen.valid_from, chosen.valid_to
        else:
            spans = builtin_spans(name)
            first, last = (spans[0][0], spans[-1][1]) if spans else (None, None)
        stale = last is not None and last < on
        found.append(Answer(table, kind, payer, name, chosen is not None, first, last, stale))
    return sorted(found, key=lambda answer: (answer.table, answer.payer))


def _rows(read: Reader, table: str) -> int:
    header, *body = csv.reader(read(f"{table}.csv").decode().splitlines())
    return sum(len(row[-1].split(" ")) for row in body) if header[-1] in _SHARED else len(body)
