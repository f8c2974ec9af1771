"""Reads the inside of one transaction set: finds its end, and cuts it into regions between units."""

from __future__ import annotations

import re
from typing import NamedTuple

from edi837.x12.boundary import IRREGULAR, Boundary, Landmarks
from edi837.x12.delimiters import PADDING, Delimiters
from edi837.x12.region import Region, Transaction, count_segments, empty_segments

STRETCH = 1 << 20
"""Bytes searched at a time: regions of more would cost memory, of fewer time."""

_AHEAD = 64
"""Bytes behind a terminator that must have come before it is looked at: padding and the beginnings of two segments."""

_BLOCK = 1 << 13
"""Bytes in which the last unit of a stretch is looked for first."""

_ENVELOPE_ONLY = Boundary(None)


class BodyFault(NamedTuple):
    """Something to report: diagnostic code, message, segments of this step before it, index in the buffer (at)."""

    code: str
    message: str
    segments: int
    at: int


class Step(NamedTuple):
    """What one look at the buffer gave."""

    position: int
    """The terminator in front of what is to be read next."""
    segments: int
    """Segments passed."""
    region: Region | None
    ended: bool
    """Whether an envelope segment stands at the position, or the file is at its end."""
    faults: list[BodyFault]


class _Found(NamedTuple):
    """What one search found, up to a terminator."""

    end: int
    """The index of the terminator in front of the next envelope segment, or -1."""
    landmarks: Landmarks
    whole: bool
    """Whether all of the buffer was searched."""


class Body:
    """The open transaction set. With no boundary it is passed over: counted, and not given back."""

    def __init__(self, transaction: Transaction, boundary: Boundary | None, ceiling: int, position: int) -> None:
        self.transaction = transaction
        self.segments = 1
        """Segments passed so far, ST included."""
        self._is_wanted = boundary is not None
        self._boundary = boundary or _ENVELOPE_ONLY
        self._ceiling = ceiling
        self._stretch = min(STRETCH, ceiling)
        self._searched = position
        self._notable: list[int] = []
        """What was found in front of `_searched` since the last region."""
        self._regular = True
        self._oversized = False
        self._first = True

    def rebase(self, shift: int) -> None:
        """Tells that the buffer has lost so many bytes at its start."""
        self._searched = max(0, self._searched - shift)
        self._notable = [index - shift for index in self._notable]

    def read(self, buffer: bytes, position: int, base: int, file_segments: int, *, final: bool) -> Step:
        """The next step from a position on; `base` is the byte offset of the buffer in the file."""
        found = self._search(buffer, position, final)
        end, units = found.end, found.landmarks.units
        if end < 0 and final and found.whole:
            return self._give_rest(buffer, position, base, file_segments, found)
        if not self._is_wanted:
            cut = end if end >= 0 else self._searched
            return self._pass(buffer, position, cut, base, file_segments, found)
        begins = bool(units) and units[0] == position
        others = units[1:] if begins else units
        after = others[0] if others else end
        if begins:
            self._oversized = False
        if self._boundary.cuts_only and (self._oversized or after - position > self._ceiling) and after >= 0:
            after = self._first_unit(buffer, position + 1, after)
        if self._oversized or (after if after >= 0 else self._searched) - position > self._ceiling:
            return self._one_unit(buffer, position, after, base, file_segments, found)
        cut = end if end >= 0 else others[-1] if others else -1
        return self._pass(buffer, position, cut, base, file_segments, found)

    def _search(self, buffer: bytes, position: int, final: bool) -> _Found:
        """The next units and the end, as far as the first stretch with a unit behind the position."""
        delimiters = self.transaction.delimiters
        terminator = delimiters.terminator
        if not self._regular:
            delimiters = delimiters.irregular()
        boundary = self._boundary
        search, unit = boundary.search(delimiters), boundary.unit(delimiters)
        start = max(position, self._searched)
        # A terminator is looked at only when what stands behind it has come.
        last = len(buffer) if final else max(start, buffer.rfind(terminator, start, max(start, len(buffer) - _AHEAD)))
        found = boundary.start(delimiters, self._notable)
        end, whole = -1, False
        while not whole:
            stop = _stop(buffer, terminator, start, last, self._stretch)
            whole = stop >= last
            end = search(buffer, start, stop, stop + _AHEAD, found)
            if end == IRREGULAR:
                # All is searched again, and none of it taken as regular.
                self._regular = False
                self._searched = position
                self._notable = []
                return self._search(buffer, position, final)
            if end >= 0:
                break
            if unit is not None and boundary.cuts_only:
                found.units.extend(_last_unit(unit, buffer, max(start, position + 1), stop))
            start = self._searched = stop
            if found.units and found.units[-1] > position:
                break
        if unit is not None:
            _with_first(unit, found, buffer, position)
        return _Found(end, found, whole)

    def _first_unit(self, buffer: bytes, start: int, end: int) -> int:
        """The index of the first unit from one on, or the end."""
        delimiters = self.transaction.delimiters
        unit = self._boundary.unit(delimiters if self._regular else delimiters.irregular())
        match = unit.search(buffer, start, end) if unit else None
        return match.start() if match else end

    def _pass(self, buffer: bytes, start: int, end: int, base: int, file_segments: int, found: _Found) -> Step:
        ended = found.end >= 0
        if end <= start and not ended:
            return Step(start, 0, None, False, [])
        return self._give(buffer, start, end, base, file_segments, found, ended=ended)

    def _one_unit(self, buffer: bytes, start: int, after: int, base: int, file_segments: int, found: _Found) -> Step:
        """A long unit by itself, up to what stands behind it (-1: more of it); above the ceiling it is not read."""
        delimiters = self.transaction.delimiters
        whole = after >= 0
        cut = after
        faults = []
        if (cut if whole else self._searched) - start > self._ceiling and not self._oversized:
            self._oversized = True
            message = f"more than {self._ceiling} bytes without the beginning of another unit: left out"
            faults.append(BodyFault("X302", message, 1, _text_at(delimiters, buffer, start)))
        if not whole and not self._oversized:
            return Step(start, 0, None, False, [])
        if not whole:
            cut = self._searched
            if cut <= start:
                return Step(start, 0, None, False, faults)
        step = self._give(buffer, start, cut, base, file_segments, found, ended=cut == found.end)
        self._oversized = self._oversized and not whole
        return step._replace(faults=faults + step.faults)

    def _give(
        self,
        buffer: bytes,
        start: int,
        end: int,
        base: int,
        file_segments: int,
        found: _Found,
        *,
        ended: bool,
        cut_off: bool = False,
    ) -> Step:
        """Takes buffer[start:end] as read: counts its segments, and makes a region of it where it is wanted."""
        delimiters = self.transaction.delimiters
        empty: list[int] = []
        if not self._regular:
            if not delimiters.is_regular(buffer, start, end):
                delimiters = delimiters.irregular()
            empty = empty_segments(delimiters, buffer, start, end)
            self._regular = ended
        faults = [
            BodyFault("X301", "empty segment", count_segments(delimiters, buffer, start, position, True), position + 1)
            for position in empty
        ]
        segments = count_segments(delimiters, buffer, start, end, bool(empty))
        region = None
        # What stands behind the end will be found again.
        found.landmarks.drop_from(end)
        # A transaction set without any segment is a region too: who reads it will say what is missing.
        if self._is_wanted and (segments or (ended and self._first)):
            region = Region(
                self.transaction,
                delimiters,
                buffer,
                start,
                end,
                base,
                self.segments + 1,
                file_segments + 1,
                self._first,
                bool(empty),
                self._oversized,
                cut_off,
                found.landmarks,
            )
        self.segments += segments
        self._first = False
        self._searched = end
        self._notable = []
        return Step(end, segments, region, ended, faults)

    def _give_rest(self, buffer: bytes, start: int, base: int, file_segments: int, found: _Found) -> Step:
        """At the end of the file: what there is of a transaction set that was never closed."""
        terminator = self.transaction.delimiters.terminator
        stripped = len(buffer.rstrip(PADDING.replace(terminator, b"")))
        whole = buffer.endswith(terminator, start, stripped)
        end = stripped - 1 if whole else stripped
        self._regular = False
        step = self._give(buffer, start, max(end, start), base, file_segments, found, ended=True, cut_off=True)
        if not whole:
            last = _text_at(self.transaction.delimiters, buffer, buffer.rfind(terminator, 0, stripped))
            step.faults.append(BodyFault("X209", "the file ends inside a segment", step.segments, last))
        return step._replace(position=len(buffer))


def _text_at(delimiters: Delimiters, buffer: bytes, terminator: int) -> int:
    """The index of the segment behind a terminator, its padding passed."""
    start = terminator + 1
    while start < len(buffer) and buffer[start] in PADDING and buffer[start : start + 1] != delimiters.terminator:
        start += 1
    return start


def _with_first(unit: re.Pattern[bytes], found: Landmarks, buffer: bytes, position: int) -> None:
    """Puts the unit at the position in front, where the search has not come by."""
    if found.units and found.units[0] == position:
        return
    match = unit.match(buffer, position)
    if match is not None:
        found.units.insert(0, position)
        if not found.boundary.cuts_only:
            found.first.insert(0, match[1])
            found.second.insert(0, match[2])


def _last_unit(unit: re.Pattern[bytes], buffer: bytes, start: int, stop: int) -> list[int]:
    """The last unit in front of an index, or none; looked for from behind, in blocks."""
    size = _BLOCK
    while True:
        first = max(start, stop - size)
        found = [match.start() for match in unit.finditer(buffer, first, stop + _AHEAD) if match.start() < stop]
        if found or first == start:
            return found[-1:]
        size *= 4


def _stop(buffer: bytes, terminator: bytes, start: int, last: int, stretch: int) -> int:
    """A terminator about a stretch behind the start, or the last place to search."""
    if last - start <= stretch:
        return last
    at = buffer.rfind(terminator, start + 1, start + stretch)
    if at < 0:
        at = buffer.find(terminator, start + stretch)
    return at if 0 <= at < last else last
