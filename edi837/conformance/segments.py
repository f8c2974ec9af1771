"""Reads the segments of a file with their places, whatever stands between them: what pyx12 stops at without a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from edi837.diagnostics import Diagnostic, diagnostic
from edi837.x12.delimiters import PADDING, Delimiters
from edi837.x12.opening import find_interchange, find_later_interchange

LONGEST_SEGMENT = 1 << 16
"""Bytes of a segment that is judged: none of the guides has one of a tenth of that."""


class Segment(NamedTuple):
    """One segment with its place."""

    text: bytes
    """Without terminator and padding."""
    offset: int
    """Byte offset in the file."""
    file_segment: int
    """Position in the file, the first ISA being 1."""
    position: int = 0
    """Position in its transaction set, ST being 1; 0 outside."""
    remarks: tuple[str, ...] = ()
    """Codes of faults around it: P414 blanks and P415 an empty segment before it, P416 no terminator behind it."""

    def __repr__(self) -> str:
        """Only what may stand in a log: no bytes of the file."""
        return f"Segment(offset={self.offset}, length={len(self.text)})"


class SegmentReader:
    """Feeds on the bytes of one file and yields its segments, the same for every way of cutting it into chunks.

    `delimiters` are those of the segment that was yielded last. What could not be read is in `diagnostics`.
    """

    def __init__(self, file: str) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.interchanges = 0
        self.delimiters: Delimiters | None = None
        self._file = file
        self._buffer = b""
        self._position = 0
        self._base = 0
        self._lost = False
        self._blanks_told = False
        self._inside = False
        self._searched = 0
        self._dropped = 0
        self._empty = False
        self._count = 0

    def feed(self, chunk: bytes) -> Iterator[Segment]:
        """The segments that are whole now that these bytes have come."""
        self._base += self._position
        self._buffer = self._buffer[self._position :] + chunk
        self._searched = max(0, self._searched - self._position)
        self._position = 0
        yield from self._advance(final=False)

    def close(self) -> Iterator[Segment]:
        """The segments that are left, once all bytes were fed."""
        yield from self._advance(final=True)
        if self.interchanges == 0 and not self.diagnostics:
            size = self._base + len(self._buffer)
            self.say("X100", "the file holds nothing but blanks" if size else "the file is empty", None, 0)

    def say(self, code: str, message: str, segment: int | None, offset: int) -> None:
        """Appends a diagnostic."""
        self.diagnostics.append(diagnostic(code, message, self._file, segment, offset))

    def _advance(self, *, final: bool) -> Iterator[Segment]:
        while True:
            if not self._inside:
                isa = self._find_interchange(final)
                if isa is None:
                    return
                yield isa
                continue
            assert self.delimiters is not None
            end = self._buffer.find(self.delimiters.terminator, max(self._position, self._searched))
            if end < 0 and not final:
                self._searched = len(self._buffer)
                self._drop_what_is_too_long()
                return
            segment = self._segment(self.delimiters, end)
            if segment is not None:
                yield segment
            elif end < 0 and self._inside:
                return

    def _find_interchange(self, final: bool) -> Segment | None:
        """The next ISA segment, or None where it has not come yet or there is none."""
        while True:
            if self._lost:
                found = find_later_interchange(self._buffer, self._position, final=final)
            else:
                found = find_interchange(self._buffer, self._position, first=self.interchanges == 0, final=final)
            for code, message, at in found.faults:
                if code != "X103" or not self._blanks_told:
                    self.say(code, message, self._count + 1, self._base + at)
                self._blanks_told = code == "X103"
            newly_lost = found.lost and not self._lost
            self._lost = found.lost
            self._position = found.position
            if found.isa is not None:
                break
            if not newly_lost:
                return None
        self._blanks_told = self._empty = False
        self._inside = True
        self.interchanges += 1
        self.delimiters = found.isa.delimiters
        self._count += 1
        start, width = found.position, found.isa.width
        self._position = start + width
        return Segment(self._buffer[start : start + width - 1], self._base + start, self._count)

    def _drop_what_is_too_long(self) -> None:
        """Lets the beginning of a segment go that cannot be one, so that it does not fill the memory."""
        if len(self._buffer) - self._position > LONGEST_SEGMENT:
            self._dropped += len(self._buffer) - self._position
            self._position = len(self._buffer)

    def _segment(self, delimiters: Delimiters, end: int) -> Segment | None:
        """The segment up to the terminator at `end`, -1 where the file ends in it; None where it is none."""
        start, unterminated = self._position, end < 0
        raw = self._buffer[start : None if unterminated else end]
        dropped, self._dropped = self._dropped, 0
        self._position = self._searched = len(self._buffer) if unterminated else end + 1
        text = raw.lstrip(PADDING)
        offset = self._base + start + len(raw) - len(text)
        if dropped + len(raw) > LONGEST_SEGMENT:
            self._count += 1
            message = f"a segment of more than {LONGEST_SEGMENT:,} bytes was left out"
            self.say("X302", message, self._count, self._base + start - dropped)
            return None
        text = text.rstrip(PADDING) if unterminated else text
        if not text:
            self._empty = self._empty or not unterminated
            return None
        tag = text.partition(delimiters.element)[0]
        if tag == b"ISA":
            # The interchange before was not closed.
            self._position = self._searched = start + len(raw) - len(text)
            self._inside = False
            return None
        self._count += 1
        if unterminated and tag not in (b"IEA", b"GE", b"SE"):
            self.say("X209", "the file ends inside a segment", self._count, offset)
            return None
        remarks = [
            code
            for code, holds in (
                ("P414", raw[: len(raw) - len(text)].strip(b"\r\n") and not unterminated),
                ("P415", self._empty),
                ("P416", unterminated),
            )
            if holds
        ]
        self._empty = False
        self._inside = tag != b"IEA"
        return Segment(text, offset, self._count, 0, tuple(remarks))
