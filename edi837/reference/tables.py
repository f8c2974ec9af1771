"""Reading the packaged tables: whole, by column position, after a check of the header."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Protocol, cast

from edi837.errors import SourceError

Reader = Callable[[str], bytes]
"""Gives the bytes of a table file by its name, such as `drugs.csv`."""


class Blob(Protocol):
    """The bytes of a table file: `bytes`, or a memory map that the caller has made."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: slice, /) -> bytes: ...

    def find(self, sub: bytes, start: int, end: int, /) -> int:
        """Where the bytes stand between two places; -1 where they do not."""
        ...


class _Loader(Protocol):
    """What imported this module: it reads from a folder and from a zip archive alike."""

    def get_data(self, path: str) -> bytes: ...


# The module's own loader, because importing importlib.resources costs as much as reading every table.
_LOADER = cast(_Loader, __spec__.loader)


def packaged(name: str) -> bytes:
    """The bytes of a file that ships with the package; OSError where there is none of that name."""
    return _LOADER.get_data(os.path.join(os.path.dirname(__file__), "data", name))


def rows(read: Reader, table: str, columns: str) -> Iterator[list[str]]:
    """The rows of a table below its header; SourceError where its columns are not these, comma-separated."""
    return cells(lines(read, table, columns))


def lines(read: Reader, table: str, columns: str) -> list[str]:
    """The same rows as text, for a large table of which few are needed; no cell of one has a line end in it."""
    text = read(f"{table}.csv").decode()
    header, _, body = text.partition("\n")
    if header.rstrip("\r") != columns:
        raise SourceError(f"reference table {table} has other columns than {columns}")
    return body.splitlines()


def cells(lines: Iterable[str]) -> Iterator[list[str]]:
    """The rows of lines."""
    return csv.reader(lines)


def contents(blob: Blob) -> Reader:
    """A reader that gives the bytes of one table, whatever name it is asked for."""
    return lambda name: blob[: len(blob)]


def day(text: str) -> date | None:
    """A date, None for a blank."""
    return date.fromisoformat(text) if text else None


def amount(text: str) -> Decimal | None:
    """A decimal, None for a blank."""
    return Decimal(text) if text else None


def items(text: str) -> tuple[str, ...]:
    """The parts of a cell with semicolons between them; none for a blank."""
    return tuple(text.split(";")) if text else ()
