"""Which claim payments may answer which claims, for files of any size: flat arrays of checksums and places.

A claim payment costs 37 bytes and a claim 28, whatever they hold. The join compares checksums; whoever reads the
claims and payments afterwards compares what they say.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from typing import NamedTuple

import msgspec

from edi837.denials.numbers import LENGTH, cents, checksum, checksum_pair, checksums, cut, mentions
from edi837.x12.delimiters import Delimiters
from edi837.x12.region import Region, Transaction

_LOW = (1 << 32) - 1
_STRETCH = 1 << 16
"""Checksums that are compared at a time."""
_MOST_ALIKE = 1 << 10
"""Pairs of claims and payments with numbers alike that are looked at; where there are more, the number says nothing."""


class Context(msgspec.Struct, frozen=True, gc=False):
    """What a claim payment needs besides its own bytes: its transaction set, and where the header of that stands."""

    file: int
    transaction: Transaction
    delimiters: Delimiters
    has_empty: bool
    offset: int
    """Byte offset of the header: from the terminator in front of the segment behind ST up to the first CLP."""
    size: int


class PaymentIndex:
    """All claim payments of the remittances, in input order: a row each."""

    def __init__(self) -> None:
        self.contexts: list[Context] = []
        self.numbers, self.folded, self.charges = array("I"), array("I"), array("I")
        self._transaction: Transaction | None = None
        self._header = (0, 0)
        self._context, self._size, self._offset = array("I"), array("I"), array("Q")
        self._taken = bytearray()
        self._by_number = array("Q")
        self._by_form = array("Q")
        self._hopeless: set[int] = set()
        """Checksums of numbers that too many claims have in common."""

    def __len__(self) -> int:
        return len(self.numbers)

    def add(self, file: int, region: Region) -> None:
        """Takes the next region of a file, in its order."""
        if region.oversized:
            return
        offsets, numbers, forms, charges = self._offset, self.numbers, self.folded, self.charges
        before, end = len(offsets), region.offset + region.end
        found = mentions(region, b"CLP", 3)
        offsets.extend(found.starts)
        own, like = checksums(found.numbers)
        numbers.extend(own)
        forms.extend(like)
        charges.extend(cents(found.charges))
        count = len(offsets) - before
        if region.transaction is not self._transaction:
            start = region.offset + region.start
            self._transaction = region.transaction
            self._header = start, (offsets[before] if count else end) - start
        self._context.extend([self._enter(file, region)] * count)
        stops = chain(offsets[before + 1 :], [end])
        self._size.extend([stop - begin for begin, stop in zip(offsets[before:], stops, strict=False)])
        self._taken.extend(bytes(count))

    def _enter(self, file: int, region: Region) -> int:
        known = self.contexts[-1] if self.contexts else None
        if (
            known is None
            or known.transaction is not region.transaction
            or known.delimiters is not region.delimiters
            or known.has_empty != region.has_empty
        ):
            self.contexts.append(Context(file, region.transaction, region.delimiters, region.has_empty, *self._header))
        return len(self.contexts) - 1

    def context_of(self, row: int) -> int:
        """The number of a row's context."""
        return self._context[row]

    def place(self, row: int) -> tuple[int, int]:
        """Where a row's bytes are in its file: the byte offset of the terminator in front of CLP, and the size."""
        return self._offset[row], self._size[row]

    def take(self, row: int, taken: bool = True) -> None:
        """Notes whether a claim was found for a row."""
        self._taken[row] = taken

    def left(self) -> Iterator[int]:
        """The rows that no claim has taken."""
        row = self._taken.find(0)
        while row >= 0:
            yield row
            row = self._taken.find(0, row + 1)

    def candidates(self, number: str) -> list[int]:
        """The rows that may answer a claim: those with its number, and those left over with a form of it."""
        own, form = checksum_pair(number)
        rows = [] if own in self._hopeless else _find(self._by_number, own)
        if self._by_form:
            rows += _find(self._by_form, form)
            if len(number) > LENGTH:
                rows += _find(self._by_form, checksum(cut(number)))
        return rows

    def exact(self, number: str) -> list[int]:
        """The rows with a patient control number; none where too many claims have it."""
        own = checksum(number)
        return [] if own in self._hopeless else _find(self._by_number, own)

    def join(self, claims: ClaimIndex) -> list[Group]:
        """Finds the claims of all rows, as far as numbers tell, and takes the rows that have one.

        Returns the groups that have to be looked at: several claims with one number, and numbers that are only alike
        where the charge is another one.
        """
        groups: list[Group] = []
        self._by_number = _ordered(enumerate(self.numbers))
        sent = _ordered(enumerate(claims.numbers))
        several: list[int] = []
        for rows, numbers in _shared(sent, self._by_number):
            several += numbers
            for row in rows:
                self._taken[row] = 1
        for number in several:
            owners, rows = _find(sent, number), _find(self._by_number, number)
            if len(owners) * len(rows) > _MOST_ALIKE:
                self._hopeless.add(number)
                continue
            for row in rows:
                self._taken[row] = 1
            if len(owners) > 1:
                groups.append(Group(owners, rows, True))
        left = [row for row in self.left() if self.numbers[row] not in self._hopeless]
        if not left:
            return groups
        forms = {self.folded[row] for row in left}
        self._by_form = _ordered((row, self.folded[row]) for row in left)
        sent = _ordered((row, form) for row, form in enumerate(claims.folded) if form in forms)
        seen: set[int] = set()
        for form in sorted(forms):
            owners = _find(sent, form)
            if owners:
                rows = _find(self._by_form, form)
                seen.update(rows)
                self._alike(claims, owners, rows, groups)
        for form, owners in claims.cut.items():
            self._alike(claims, owners, [row for row in _find(self._by_form, form) if row not in seen], groups)
        return groups

    def _alike(self, claims: ClaimIndex, owners: list[int], rows: list[int], groups: list[Group]) -> None:
        if not rows or len(owners) * len(rows) > _MOST_ALIKE:
            return
        if len(owners) > 1 or any(self.charges[row] != claims.charges[owners[0]] for row in rows):
            groups.append(Group(owners, rows, False))
            return
        for row in rows:
            self._taken[row] = 1


class Group(NamedTuple):
    """Claims and claim payments with the same number, or with numbers that are alike, by their rows."""

    claims: list[int]
    payments: list[int]
    exact: bool


class ClaimPlace(NamedTuple):
    """Where a claim stands."""

    file: int
    region: int
    """Of the file."""
    offset: int
    """Byte offset of its CLM."""


class ClaimIndex:
    """All claims of the 837 side, in input order: a row each."""

    def __init__(self) -> None:
        self.numbers, self.folded, self.charges = array("I"), array("I"), array("I")
        self.cut: dict[int, list[int]] = {}
        """Rows by the checksum of what a number of more than twenty characters is cut down to."""
        self._regions: list[tuple[int, int]] = []
        self._first = array("Q")
        self._offset = array("Q")

    def __len__(self) -> int:
        return len(self.numbers)

    def add(self, file: int, number: int, region: Region) -> None:
        """Takes the claims of a region of a file."""
        self._regions.append((file, number))
        self._first.append(len(self))
        found, row = mentions(region, b"CLM", 2), len(self)
        self._offset.extend(found.ids)
        own, like = checksums(found.numbers)
        self.numbers.extend(own)
        self.folded.extend(like)
        self.charges.extend(cents(found.charges))
        for place, text in enumerate(found.numbers, row):
            if len(text) > LENGTH:
                self.cut.setdefault(checksum(cut(text.strip().decode("latin-1"))), []).append(place)

    def place(self, row: int) -> ClaimPlace:
        """Where a row's claim stands."""
        return ClaimPlace(*self._regions[bisect_right(self._first, row) - 1], self._offset[row])


def _ordered(rows: Iterable[tuple[int, int]]) -> array[int]:
    """Rows with their checksums, in the order of these, each as checksum and row in one number."""
    return array("Q", sorted([checksum << 32 | row for row, checksum in rows]))


def _find(ordered: array[int], number: int) -> list[int]:
    place, end = bisect_left(ordered, number << 32), len(ordered)
    found: list[int] = []
    while place < end and ordered[place] >> 32 == number:
        found.append(ordered[place] & _LOW)
        place += 1
    return found


def _shared(claims: array[int], payments: array[int]) -> Iterator[tuple[list[int], list[int]]]:
    """The rows of payments whose checksum one claim has, and the other checksums that both sides have, in order.

    Others are those of several claims, and of more than `_MOST_ALIKE` payments. A stretch at a time: it takes less than
    going from checksum to checksum, and sets of all would take more memory than what they are made of.
    """
    start = 0
    while start < len(payments):
        end = min(start + _STRETCH, len(payments))
        end = bisect_left(payments, (payments[end - 1] >> 32) + 1 << 32, end)
        numbers = [key >> 32 for key in payments[start:end]]
        first, last = bisect_left(claims, numbers[0] << 32), bisect_left(claims, numbers[-1] + 1 << 32)
        theirs = [key >> 32 for key in claims[first:last]]
        known = set(theirs)
        others = {number for number, following in pairwise(theirs) if number == following}
        others.update(number for number, later in zip(numbers, numbers[_MOST_ALIKE:], strict=False) if number == later)
        others &= known
        known -= others
        rows = [key & _LOW for key, number in zip(payments[start:end], numbers, strict=True) if number in known]
        yield rows, sorted(others.intersection(numbers))
        start = end
