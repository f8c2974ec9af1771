"""Reads the inside of one transaction set: finds its end, and cuts it into regions between units."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from edi837.x12.delimiters import PADDING, Delimiters
from edi837.x12.region import Region, Transaction, count_segments, empty_segments

_ENVELOPE_TAGS = rb"(?:S[ET]|G[ES]|I[SE]A)"


@lru_cache(maxsize=64)
def _envelope_segment(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Finds the end of a transaction set: the next segment that only an envelope has."""
    return re.compile(delimiters.irregular().break_pattern + _ENVELOPE_TAGS + re.escape(delimiters.element))


@lru_cache(maxsize=64)
def _envelope_segment_or_oddity(delimiters: Delimiters) -> re.Pattern[bytes]:
    """The same, or a terminator that has not just the interchange's padding and a segment id behind it (a group)."""
    terminator, padding = re.escape(delimiters.terminator), re.escape(delimiters.padding or b"")
    found = b"[^A-Z0-9]()|" + _ENVELOPE_TAGS + re.escape(delimiters.element)
    if padding:
        return re.compile(terminator + b"(?:" + padding + b"(?:" + found + b")|(?!" + padding + b")(?s:.)())")
    return re.compile(terminator + b"(?:" + found + b")")


class Boundary(NamedTuple):
    """Where the units of a transaction set begin, which are never cut: a subscriber's claims, a claim payment."""

    tag: bytes
    """The id of the segment that begins a unit."""
    pattern: Callable[[Delimiters], re.Pattern[bytes]]
    """Matches at the terminator in front of a whole segment that begins a unit."""

    def first(self, delimiters: Delimiters, data: bytes, start: int) -> int:
        """The index of the terminator in front of the first unit that begins behind `start`, or -1."""
        match = self.pattern(delimiters).search(data, start)
        return match.start() if match else -1

    def last(self, delimiters: Delimiters, data: bytes, start: int) -> int:
        """The same for the last unit."""
        literal, pattern = self.tag + delimiters.element, self.pattern(delimiters)
        position = len(data)
        while (position := data.rfind(literal, start, position)) > start:
            before = data.rfind(delimiters.terminator, start, position)
            if before > start and pattern.match(data, before):
                return before
        return -1


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


class Body:
    """The open transaction set. With no boundary it is passed over: counted, and not given back."""

    def __init__(self, transaction: Transaction, boundary: Boundary | None, ceiling: int, position: int) -> None:
        self.transaction = transaction
        self.segments = 1
        """Segments passed so far, ST included."""
        self._boundary = boundary
        self._ceiling = ceiling
        self._searched = position
        self._regular = True
        self._oversized = False
        self._first = True

    def rebase(self, shift: int) -> None:
        """Tells that the buffer has lost so many bytes at its start."""
        self._searched = max(0, self._searched - shift)

    def read(self, buffer: bytes, position: int, base: int, file_segments: int, *, final: bool) -> Step:
        """The next step from a position on; `base` is the byte offset of the buffer in the file."""
        delimiters, boundary = self.transaction.delimiters, self._boundary
        end = self._find_end(buffer, position, final)
        if end < 0 and final:
            return self._give_rest(buffer, position, base, file_segments)
        if boundary is None:
            cut = end if end >= 0 else buffer.rfind(delimiters.terminator, position)
            return self._pass(buffer, position, cut, base, file_segments, ended=end >= 0)
        cut = end if end >= 0 else boundary.last(delimiters, buffer, position)
        if self._oversized and boundary.first(delimiters, buffer, position) == position:
            self._oversized = False
        if self._oversized or max(cut, len(buffer) if cut < 0 else 0) - position > self._ceiling:
            return self._one_unit(boundary, buffer, position, end, base, file_segments)
        return self._pass(buffer, position, cut, base, file_segments, ended=end >= 0)

    def _pass(self, buffer: bytes, start: int, end: int, base: int, file_segments: int, *, ended: bool) -> Step:
        if end <= start and not ended:
            return Step(start, 0, None, False, [])
        return self._give(buffer, start, end, base, file_segments, ended=ended)

    def _one_unit(self, boundary: Boundary, buffer: bytes, start: int, end: int, base: int, file_segments: int) -> Step:
        """The first unit of a long stretch by itself: one that is longer than the ceiling is not to be read."""
        delimiters = self.transaction.delimiters
        cut = boundary.first(delimiters, buffer, start + 1)
        whole = 0 <= cut < end or (end < 0 <= cut)
        if not whole and end >= 0:
            cut, whole = end, True
        size = (cut if whole else len(buffer)) - start
        faults = []
        if size > self._ceiling and not self._oversized:
            self._oversized = True
            message = f"more than {self._ceiling} bytes without the beginning of another unit: left out"
            faults.append(BodyFault("X302", message, 1, _text_at(delimiters, buffer, start)))
        if not whole and not self._oversized:
            return Step(start, 0, None, False, [])
        if not whole:
            cut = buffer.rfind(delimiters.terminator, start)
            if cut <= start:
                return Step(start, 0, None, False, faults)
        step = self._give(buffer, start, cut, base, file_segments, ended=cut == end)
        self._oversized = self._oversized and not whole
        return step._replace(faults=faults + step.faults)

    def _find_end(self, buffer: bytes, position: int, final: bool) -> int:
        """The index of the terminator in front of the next envelope segment, or -1."""
        delimiters = self.transaction.delimiters
        start = max(position, self._searched)
        # The last terminator is looked at only when what stands behind it has come.
        last = len(buffer) if final else buffer.rfind(delimiters.terminator, start)
        if self._regular and delimiters.padding is not None:
            match = _envelope_segment_or_oddity(delimiters).search(buffer, start, max(last, start) + 1)
            if match and match.lastindex:
                self._regular = False
        if not self._regular or delimiters.padding is None:
            match = _envelope_segment(delimiters).search(buffer, start)
        self._searched = max(start, last if not final else start)
        return match.start() if match else -1

    def _give(
        self,
        buffer: bytes,
        start: int,
        end: int,
        base: int,
        file_segments: int,
        *,
        ended: bool = False,
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
        # A transaction set without any segment is a region too: who reads it will say what is missing.
        if self._boundary is not None and (segments or (ended and self._first)):
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
            )
        self.segments += segments
        self._first = False
        return Step(end, segments, region, ended, faults)

    def _give_rest(self, buffer: bytes, start: int, base: int, file_segments: int) -> Step:
        """At the end of the file: what there is of a transaction set that was never closed."""
        terminator = self.transaction.delimiters.terminator
        stripped = len(buffer.rstrip(PADDING.replace(terminator, b"")))
        whole = buffer.endswith(terminator, start, stripped)
        end = stripped - 1 if whole else stripped
        self._regular = False
        step = self._give(buffer, start, max(end, start), base, file_segments, ended=True, cut_off=True)
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
