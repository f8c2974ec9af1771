"""A full table of NCCI pairs as one file, looked up where it lies: next to nothing is read at the start.

The file, all numbers little-endian:

* the mark `edi837 ptp 1` with a line feed; three numbers of four bytes: column 1 codes, pairs, bytes of the rationales;
* the rationales, UTF-8, a line each;
* the directory: by column 1 code, sorted, five bytes of code and the number (four bytes) of its first pair;
* five bytes a pair: the column 2 code;
* six bytes a pair: first date, last date (days since 1950), rationale and indicator (two bits) in one number.

The codes stand by themselves so that a search through one block of them, by the C library, finds a pair faster than
a binary search in Python would.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date

from edi837.errors import SourceError
from edi837.reference.edits import Pair
from edi837.reference.tables import Blob

_MARK = b"edi837 ptp 1\n"
_HEAD = struct.Struct("<III")
_ENTRY = struct.Struct("<5sI")
_FACTS = struct.Struct("<HHH")
_CODE = 5
_EPOCH = date(1950, 1, 1).toordinal()
_UNKNOWN, _NEVER = 0, 0xFFFF
_MOST_RATIONALES = 1 << 14
# Claims carry whatever their sender typed: the memory of pairs has an end.
_REMEMBERED = 1 << 14

_Window = tuple[date, date, Pair]


class PairTable:
    """The pairs of one edition; finds what `edits.PairIndex` finds."""

    def __init__(self, data: Blob, edition: str) -> None:
        """`edition` is the key of the source; SourceError where the data is no such table."""
        self._data = data
        self._edition = edition
        start = len(_MARK) + _HEAD.size
        if data[: len(_MARK)] != _MARK or len(data) < start:
            raise SourceError("not a table of NCCI pairs")
        self._entries, self.pairs, size = _HEAD.unpack(data[len(_MARK) : start])
        """How many pairs the table has."""
        self._directory = start + size
        self._codes = self._directory + self._entries * _ENTRY.size
        self._facts = self._codes + self.pairs * _CODE
        if len(data) != self._facts + self.pairs * _FACTS.size:
            raise SourceError("the table of NCCI pairs is cut off")
        self._rationales = data[start : self._directory].decode().splitlines()
        self._blocks: dict[str, tuple[int, int]] = {}
        self._known: dict[tuple[str, str], tuple[_Window, ...]] = {}

    def find(self, column1: str, column2: str, on: date) -> Pair | None:
        """The pair in this direction that is active on a date of service, ends of a window included."""
        for first, last, pair in self._windows(column1, column2):
            if first <= on <= last:
                return pair
        return None

    def has(self, column1: str, column2: str) -> bool:
        """Whether there is a pair in this direction, on any day."""
        return bool(self._windows(column1, column2))

    def _windows(self, column1: str, column2: str) -> tuple[_Window, ...]:
        windows = self._known.get((column1, column2))
        if windows is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            windows = self._known[column1, column2] = tuple(self._read(column1, column2))
        return windows

    def _read(self, column1: str, column2: str) -> Iterator[_Window]:
        code, block = column2.encode(), self._blocks.get(column1)
        if len(code) != _CODE:
            return
        if block is None:
            if len(self._blocks) >= _REMEMBERED:
                self._blocks.clear()
            block = self._blocks[column1] = self._block(column1.encode())
        start, end = (self._codes + number * _CODE for number in block)
        place = start
        while (place := self._data.find(code, place, end)) >= 0:
            if (place - start) % _CODE:
                # The end of one code and the beginning of the next.
                place += 1
                continue
            yield self._window(column1, column2, (place - self._codes) // _CODE)
            place += _CODE

    def _block(self, column1: bytes) -> tuple[int, int]:
        """The number of the first pair of a column 1 code, and of the first behind them."""
        place = bisect_left(range(self._entries), column1, key=lambda number: self._entry(number)[0])
        if place == self._entries or self._entry(place)[0] != column1:
            return 0, 0
        behind = self._entry(place + 1)[1] if place + 1 < self._entries else self.pairs
        return self._entry(place)[1], behind

    def _entry(self, number: int) -> tuple[bytes, int]:
        """A column 1 code and the number of its first pair."""
        place = self._directory + number * _ENTRY.size
        code, first = _ENTRY.unpack(self._data[place : place + _ENTRY.size])
        return code, first

    def _window(self, column1: str, column2: str, number: int) -> _Window:
        place = self._facts + number * _FACTS.size
        first, last, kind = _FACTS.unpack(self._data[place : place + _FACTS.size])
        effective = date.fromordinal(_EPOCH + first) if first != _UNKNOWN else None
        deletion = date.fromordinal(_EPOCH + last) if last != _NEVER else None
        pair = Pair(column1, column2, kind & 3, effective, deletion, self._rationales[kind >> 2], self._edition)
        return effective or date.min, deletion or date.max, pair


class PairTableWriter:
    """Takes pairs in any order and gives the bytes of their table; pairs of one column 1 code keep their order."""

    def __init__(self) -> None:
        self._rationales: dict[str, int] = {}
        self._blocks: dict[str, tuple[bytearray, bytearray]] = {}
        self.newest = date.min
        """The latest first date of all pairs."""

    def facts(self, indicator: int, effective: date, deletion: date | None, rationale: str) -> bytes:
        """What a pair says besides its codes, packed for `add`. Many pairs say the same.

        Raises ValueError for a date that the table cannot hold, or for too many different rationales.
        """
        number = self._rationales.setdefault(rationale, len(self._rationales))
        first = effective.toordinal() - _EPOCH
        last = deletion.toordinal() - _EPOCH if deletion else _NEVER
        if number >= _MOST_RATIONALES or not _UNKNOWN < first < _NEVER or not _UNKNOWN < last <= _NEVER:
            raise ValueError("not to be packed")
        self.newest = max(self.newest, effective)
        return _FACTS.pack(first, last, number << 2 | indicator)

    def add(self, column1: str, column2: str, facts: bytes) -> None:
        """Takes one pair; both codes have five ASCII characters."""
        block = self._blocks.get(column1)
        if block is None:
            block = self._blocks[column1] = (bytearray(), bytearray())
        block[0].extend(column2.encode())
        block[1].extend(facts)

    def __len__(self) -> int:
        return sum(len(codes) for codes, _ in self._blocks.values()) // _CODE

    def chunks(self) -> Iterator[bytes]:
        """The file, piece by piece."""
        rationales = "".join(f"{text}\n" for text in self._rationales).encode()
        yield _MARK + _HEAD.pack(len(self._blocks), len(self), len(rationales)) + rationales
        blocks = sorted(self._blocks.items())
        first = 0
        for column1, (codes, _) in blocks:
            yield _ENTRY.pack(column1.encode(), first)
            first += len(codes) // _CODE
        yield from (bytes(codes) for _, (codes, _) in blocks)
        yield from (bytes(facts) for _, (_, facts) in blocks)
