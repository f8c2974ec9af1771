"""The element types of X12 that claims and remittances share: numbers, dates, procedure composites, text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_CACHE = 1 << 14
"""Entries of each interning cache: texts repeat from claim to claim, and reading them once is most of the speed."""

_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_LONGEST_NUMBER = 32


@lru_cache(maxsize=_CACHE)
def read_number(text: str) -> Decimal | None:
    """The value of an R element (digits with at most one point, a leading minus), or None where it is none."""
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    return Decimal(text)


@lru_cache(maxsize=_CACHE)
def read_day(text: str) -> date | None:
    """The day of a CCYYMMDD element, or None where there is no such day."""
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


@lru_cache(maxsize=_CACHE)
def read_period(qualifier: str, text: str) -> tuple[date | None, date | None]:
    """The first and last day of a D8 or RD8 element pair; None for a day that cannot be read."""
    if qualifier == "RD8":
        first, _, last = text.partition("-")
        return read_day(first), read_day(last)
    day = read_day(text) if qualifier == "D8" else None
    return day, day


def remember(known: dict[K, V], key: K, value: V, most: int = _CACHE) -> None:
    """Adds what a text means to what is known; forgets everything else when `most` are known."""
    if len(known) >= most:
        known.clear()
    known[key] = value


class Memo(dict[K, V]):
    """Remembers what texts mean: `memo[text]` reads a text that is new. Forgets everything when `most` are known.

    `keep` tells which texts to remember; free text is not to be, for it hardly ever comes twice and may name a patient.
    """

    def __init__(self, read: Callable[[K], V], keep: Callable[[K], bool] | None = None, *, most: int = _CACHE) -> None:
        self._read = read
        self._keep = keep
        self._most = most

    def __missing__(self, key: K) -> V:
        value = self._read(key)
        if self._keep is None or self._keep(key):
            if len(self) >= self._most:
                self.clear()
            self[key] = value
        return value


class Procedure(NamedTuple):
    """A procedure composite: SV101 of the 837, SVC01 and SVC06 of the 835."""

    qualifier: str
    code: str
    modifiers: tuple[str, ...]
    description: str


_NO_PROCEDURE = Procedure("", "", (), "")


@lru_cache(maxsize=_CACHE)
def _coded_procedure(text: str, component: str) -> Procedure:
    parts = text.split(component)
    if len(parts) < 2:
        return _NO_PROCEDURE._replace(code=text.upper())
    return Procedure(parts[0], parts[1].strip().upper(), tuple(part.upper() for part in parts[2:6] if part), "")


def read_procedure(text: str, component: str) -> Procedure:
    """The parts of a procedure composite; codes and modifiers in capitals.

    Only the coded parts are interned: the description is free text, hardly ever the same twice, and may name a patient.
    """
    if text.count(component) < 6:
        return _coded_procedure(text, component)
    parts = text.split(component)
    return _coded_procedure(component.join(parts[:6]), component)._replace(description=read_text(parts[6]))


def read_text(text: str) -> str:
    """Free text or a name, decoded: the bytes were read as latin-1 to keep offsets; they are UTF-8 where that fits."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text
