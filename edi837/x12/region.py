"""What the envelope reader gives back: transaction sets and runs of their segments, and how segments are counted."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec
from msgspec import structs

from edi837.x12.boundary import Boundary, Landmarks
from edi837.x12.delimiters import Delimiters

try:
    from edi837.x12 import _search
except ImportError:  # not compiled
    _search = None  # type: ignore[assignment]


class Transaction(msgspec.Struct, frozen=True, gc=False):
    """One transaction set: its control numbers, its implementation guide and where it begins."""

    interchange: str
    """ISA13."""
    group: str
    """GS06."""
    control: str
    """ST02."""
    kind: str
    """ST01: 837, 835."""
    version: str
    """GS08, else ST03: 005010X222A1."""
    submitted: str
    """GS04, the date of the functional group: CCYYMMDD."""
    delimiters: Delimiters
    file_segment: int
    """Position of ST in the file, the first ISA being 1."""
    offset: int
    """Byte offset of ST."""


class Region(msgspec.Struct, gc=False):
    """Whole segments of one transaction set: data[start:end].

    `start` is the terminator in front of the first segment and `end` the one behind the last, so that every segment
    of the region stands behind a terminator.
    """

    transaction: Transaction
    delimiters: Delimiters
    """Those of the interchange; irregular where the padding changes within the region."""
    data: bytes
    start: int
    end: int
    offset: int
    """Byte offset of data[0] in the file."""
    segment: int
    """Position in the transaction set of the region's first segment, ST being 1."""
    file_segment: int
    """Position in the file of the region's first segment, the first ISA being 1."""
    first: bool
    """Whether the region follows ST directly."""
    has_empty: bool
    """Whether empty segments stand in the region; they have no position."""
    oversized: bool
    """Whether the region is part of a unit that has passed the ceiling: to be counted, not to be read."""
    cut_off: bool = False
    """Whether the file ends in this region, without the end of the transaction set."""
    landmarks: Landmarks | None = None
    """What the search for the region found in it; None where its bytes were left behind."""

    def landmarks_of(self, boundary: Boundary) -> Landmarks:
        """What a search finds in the region."""
        known = self.landmarks
        if known is not None and known.boundary is boundary:
            return known
        return boundary.find(self.delimiters, self.data, self.start, self.end)

    def without_bytes(self) -> Region:
        """The region for another process, which reads the bytes itself; `offset` is that of its first terminator."""
        size = self.end - self.start
        return structs.replace(self, data=b"", start=0, end=size, offset=self.offset + self.start, landmarks=None)

    def __repr__(self) -> str:
        """Only what may stand in a log: no bytes of the file."""
        return f"Region(offset={self.offset + self.start}, size={self.end - self.start})"


@lru_cache(maxsize=64)
def _empty_segment(delimiters: Delimiters) -> re.Pattern[bytes]:
    terminator = re.escape(delimiters.terminator)
    return re.compile(terminator + b"(?=" + delimiters.any_padding + terminator + b")")


def empty_segments(delimiters: Delimiters, data: bytes, start: int, end: int) -> list[int]:
    """The indices of the terminators in data[start:end] that have nothing but padding up to the next one."""
    terminator = delimiters.terminator
    if delimiters.padding is not None and data.find(terminator + delimiters.padding + terminator, start, end + 1) < 0:
        return []
    return [match.start() for match in _empty_segment(delimiters).finditer(data, start, end + 1)]


def count_segments(delimiters: Delimiters, data: bytes, start: int, end: int, has_empty: bool) -> int:
    """How many segments stand in data[start:end], which begins with the terminator in front of the first one."""
    if _search is not None:
        count = _search.count(data, start, end, delimiters.terminator)
    else:
        count = data.count(delimiters.terminator, start, end)
    return count - len(empty_segments(delimiters, data, start, end)) if has_empty else count
