"""A published file as an importer sees it: rows of cells or lines of text, its columns, and how it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import chain, dropwhile, islice
from typing import NamedTuple, NoReturn, Protocol

from edi837.errors import SourceError

Cell = object
"""A text, or from a workbook a number, a date or a truth value; empty cells are empty texts."""
NumberedRow = tuple[int, Sequence[Cell]]
"""The number of a row in its file, from 1, and its cells."""

# The header stands below a copyright notice of at most so many rows.
_PREAMBLE = 60


class PublishedFile(Protocol):
    """One file to import, which a shell has opened."""

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        ...

    @property
    def is_table(self) -> bool:
        """Whether its rows have cells: a workbook, or text with commas or tabs."""
        ...

    def rows(self) -> Iterator[NumberedRow]:
        """The rows of a table."""
        ...

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines of a text with their numbers, without line ends; SourceError where it is no text."""
        ...


class Imported(NamedTuple):
    """What an importer made of its files."""

    rows: int
    chunks: Iterable[bytes]
    """The bytes of the table file."""
    payer: str = ""
    begins: date | None = None
    """The first date of service as far as the rows themselves tell it."""
    notes: tuple[str, ...] = ()
    """What a person should know: rows that were left out."""


class Column(NamedTuple):
    """A column of a published table: its name in messages, and the pattern of its heading."""

    name: str
    heading: str


def refuse(file: PublishedFile, row: int, reason: str) -> NoReturn:
    """Refuses a file for what stands in one of its rows."""
    raise SourceError(f"{file.name}, row {row}: {reason}")


def text_of(cell: Cell) -> str:
    """What a cell says, without blanks around it: a whole number without a point, a date as YYYYMMDD."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)).normalize():f}"
    if isinstance(cell, date):
        return f"{cell:%Y%m%d}"
    return "" if cell is None else str(cell)


def table_rows(
    file: PublishedFile, columns: Mapping[str, Sequence[Column]], kind: str
) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """The rows below the header of a table, cells in the order of the kind's columns.

    `columns` has those of every kind, to say which kind a wrong file is of. Rows without any text are passed over.
    Refuses a file without the header, or without one of the columns, and a row that breaks off.
    """
    stream = file.rows()
    start = list(islice(stream, _PREAMBLE))
    header = next((index for index, (_, cells) in enumerate(start) if _is_header(_places(cells, columns[kind]))), None)
    if header is None:
        raise SourceError(f"{file.name}: {_no_header(start, columns, kind)}")
    places = []
    for column, place in zip(columns[kind], _places(start[header][1], columns[kind]), strict=True):
        if place is None:
            refuse(file, start[header][0], f"there is no column {column.name}")
        places.append(place)
    first, least = places[0], max(places) + 1
    # Long headings go on in the rows below, whose first cell is empty.
    below = dropwhile(lambda row: first >= len(row[1]) or not text_of(row[1][first]), start[header + 1 :])
    for number, cells in chain(below, stream):
        if len(cells) < least:
            if any(map(text_of, cells)):
                refuse(file, number, f"the row breaks off after {len(cells)} of {least} columns")
        elif text_of(cells[first]) or any(text_of(cells[place]) for place in places):
            yield number, tuple([cells[place] for place in places])


def _places(cells: Sequence[Cell], columns: Sequence[Column]) -> list[int | None]:
    headings = [_heading(cell) for cell in cells]
    found: list[int | None] = []
    for column in columns:
        pattern = _pattern(column.heading)
        found.append(next((place for place, text in enumerate(headings) if pattern.fullmatch(text)), None))
    return found


@cache
def _pattern(heading: str) -> re.Pattern[str]:
    return re.compile(heading)


def _heading(cell: Cell) -> str:
    """A heading in small letters, with one blank for any space and none around a stroke."""
    return re.sub(r"\s*/\s*", "/", " ".join(text_of(cell).lower().split()))


def _is_header(places: Sequence[int | None]) -> bool:
    """Whether a row has the first column and another one: prose in a notice has not."""
    return places[0] is not None and sum(place is not None for place in places) > 1


def _no_header(start: Sequence[NumberedRow], columns: Mapping[str, Sequence[Column]], kind: str) -> str:
    wanted = ", ".join(column.name for column in columns[kind])
    for other, theirs in columns.items():
        if other != kind and any(_is_header(_places(cells, theirs)) for _, cells in start):
            return f"not a file of kind {kind}: it has the columns of {other}"
    return f"not a file of kind {kind}: no row has the columns {wanted}"


# Codes and dates


@cache
def _is_code(text: str) -> bool:
    return re.fullmatch(r"[0-9A-Z]{4}[0-9A-Z]", text, re.ASCII) is not None


def procedure(file: PublishedFile, row: int, cell: Cell, column: str) -> str:
    """A procedure or drug code; a workbook's number gets the zeros back that it has lost."""
    text = text_of(cell)
    if isinstance(cell, int | float):
        text = text.zfill(5)
    if not _is_code(text):
        refuse(file, row, f'{column} "{shown(text)}" is no code of five characters')
    return text


def day_of(file: PublishedFile, row: int, cell: Cell, column: str) -> date:
    """A date written YYYYMMDD."""
    found = parse_day(text_of(cell))
    if found is None:
        refuse(file, row, f'{column} "{shown(text_of(cell))}" is no date (YYYYMMDD)')
    return found


def parse_day(text: str) -> date | None:
    """A date written YYYYMMDD; None for anything else."""
    if len(text) != 8 or not text.isdecimal() or not text.isascii():
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def amount_of(file: PublishedFile, row: int, cell: Cell, column: str) -> Decimal:
    """A quantity above zero."""
    text = text_of(cell).replace(",", "")
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found <= 0:
        refuse(file, row, f'{column} "{shown(text)}" is no quantity')
    return found


def units_of(file: PublishedFile, row: int, cell: Cell, column: str) -> int:
    """A whole number of units, 0 included."""
    text = text_of(cell)
    if not (text.isdecimal() and text.isascii() and len(text) < 7):
        refuse(file, row, f'{column} "{shown(text)}" is no number of units')
    return int(text)


def ndc_of(cell: Cell) -> str | None:
    """An NDC as claims have it, eleven digits; None for a text that is none."""
    text = text_of(cell)
    if isinstance(cell, int | float):
        text = text.zfill(11)
    parts = text.split("-")
    if [len(part) for part in parts] not in ([11], [5, 4, 2]):
        return None
    digits = "".join(parts)
    return digits if digits.isdecimal() and digits.isascii() else None


def shown(text: str) -> str:
    """A cell for a message: a wrong file may hold anything of any length."""
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= 40 else f"{text[:40]}..."
