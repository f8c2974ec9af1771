"""Reads a file as blocks of whole segments, as small as a split needs them: none of its bytes is left out between."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from edi837.claims.units import refuse_other_than_professional_claims
from edi837.x12.delimiters import PADDING, Delimiters, IsaSegment
from edi837.x12.envelope import WINDOW
from edi837.x12.opening import Opening, find_interchange, find_later_interchange
from edi837.x12.region import count_segments

PATIENT = b"23"
"""HL03 of a patient who is not the subscriber; what stands under it belongs to the subscriber's block."""

OTHER = b""
"""The tag of a block that is passed on as it is: TA1 segments, transaction sets without professional claims."""

PASSED = b"(ST)"
"""The tag of an empty block in front of such a transaction set."""

_WITH_ELEMENTS = frozenset({b"HL", b"CLM", b"SE"})
"""Segments that are none without an element, to the reader of transaction sets; the others are read bare too."""

_GS_ELEMENTS = 8

_BLANKS = 1 << 16
"""Blanks behind an interchange that are written with it; more of them are let go."""

Landmark = re.Match[bytes]
"""A segment up to its fourth element: group 1 is its id, groups 2 to 5 are the elements, as far as there are any."""


@lru_cache(maxsize=64)
def _landmark(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Matches at the terminator in front of an envelope, HL or CLM segment; without groups where it is empty."""
    element, terminator = re.escape(delimiters.element), re.escape(delimiters.terminator)
    value = element + b"([^" + element + terminator + b"]*)"
    # A segment that has not come as far as its fourth element is not taken for a shorter one.
    elements = value + b"(?=[" + element + terminator + b"])"
    for _ in range(3):
        elements = value + b"(?:" + elements + b"|(?=" + terminator + b"))"
    segment = b"(HL|CLM|S[TE]|G[SE]|IEA)(?:" + elements + b"|(?=" + terminator + b"))"
    # Possessive: what stands behind the padding is looked at once.
    return re.compile(terminator + delimiters.any_padding + b"+(?:" + segment + b"|(?=" + terminator + b"))")


class Block(NamedTuple):
    """Some segments that follow each other: buffer[begin:end].

    The tag is that of the first: ISA, GS, GE, IEA, SE each by itself, ST with all up to the first HL, HL (of any level
    but a patient's) with all up to the next one.
    """

    tag: bytes
    buffer: bytes
    begin: int
    end: int
    marks: Sequence[Landmark]
    """The first segment, and the CLM and patients' HL segments behind it; none for ISA and OTHER."""
    offset: int
    """Byte offset of buffer[0] in the file."""
    delimiters: Delimiters
    control: bytes
    """ISA13 of ISA, GS06 of GS, ST02 of ST."""
    has_empty: bool
    """Whether empty segments may stand in it."""

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self.buffer[self.begin : self.end]

    def __repr__(self) -> str:
        """Only what may stand in a log: no bytes of the file."""
        return f"Block({self.tag!r}, offset={self.offset + self.begin}, size={self.end - self.begin})"


class BlockReader:
    """Feeds on the bytes of one file and yields its blocks, the same for every way of cutting it into chunks.

    It reads what `edi837.x12.envelope.EnvelopeReader` found to be whole, and repeats none of its diagnostics. Bytes
    between interchanges are left out.
    """

    def __init__(self, *, window: int = WINDOW) -> None:
        self._window = window
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._buffer = b""
        self._base = 0
        self._begin = 0
        """Where what is not given yet begins, between two segments."""
        self._before = 0
        """The terminator in front of it."""
        self._counted = self._segments = 0
        """The file's segments up to an index of the buffer."""
        self._first = True
        self._lost = False
        self._delimiters: Delimiters | None = None
        self._has_empty = False
        self._version = ""
        """GS08."""
        self._passing = False
        """Whether the open transaction set holds no professional claims."""

    def feed(self, chunk: bytes) -> Iterator[Block]:
        """The blocks that are complete now that these bytes have come."""
        self._pending.append(chunk)
        self._pending_size += len(chunk)
        if self._pending_size >= self._window:
            self._gather()
            yield from self._advance(final=False)

    def close(self) -> Iterator[Block]:
        """The blocks that are left. A last segment without its terminator is given one."""
        self._gather()
        yield from self._advance(final=True)
        if self._delimiters is not None:
            terminator = self._delimiters.terminator
            text = self._buffer.rstrip(PADDING.replace(terminator, b""))
            if not text.endswith(terminator):
                self._buffer = text + terminator + self._buffer[len(text) :]
                yield from self._advance(final=True)

    def segment_at(self, index: int) -> int:
        """Position in the file of the segment that begins at an index of the last buffer, the first ISA being 1."""
        return self._segments + self._count(index) + 1

    def _gather(self) -> None:
        kept = min(self._before, self._begin)
        self._count_to(self._begin)
        self._buffer = b"".join([self._buffer[kept:], *self._pending])
        self._base += kept
        self._begin -= kept
        self._before -= kept
        self._counted -= kept
        self._pending.clear()
        self._pending_size = 0

    def _count_to(self, index: int) -> None:
        self._segments += self._count(index)
        self._counted = index

    def _count(self, index: int) -> int:
        if self._delimiters is None:
            return 0
        return count_segments(self._delimiters.irregular(), self._buffer, self._counted, index, self._has_empty)

    def _advance(self, *, final: bool) -> Iterator[Block]:
        """Goes on as far as the buffer allows."""
        more = True
        while more:
            delimiters = self._delimiters
            if delimiters is None:
                look = find_later_interchange if self._lost else self._look
                found = look(self._buffer, self._begin, final=final)
                more = found.isa is not None or (found.lost and not self._lost)
                self._lost = found.lost
                self._begin = self._before = self._counted = found.position
                if found.isa is not None:
                    yield self._open_interchange(found.isa)
            elif self._passing:
                more = yield from self._pass_on(delimiters, final)
            else:
                more = yield from self._read(delimiters, final)

    def _look(self, buffer: bytes, position: int, *, final: bool) -> Opening:
        return find_interchange(buffer, position, first=self._first, final=final)

    def _open_interchange(self, isa: IsaSegment) -> Block:
        self._first = self._has_empty = False
        self._delimiters = isa.delimiters
        block = self._block(b"ISA", isa.end, control=isa.elements[12])
        self._begin = isa.end
        self._before = isa.end - len(isa.delimiters.padding or b"") - 1
        return block

    def _block(self, tag: bytes, end: int, marks: Sequence[Landmark] = (), control: bytes = b"") -> Block:
        """The block from where the last one ended."""
        assert self._delimiters is not None
        return Block(tag, self._buffer, self._begin, end, marks, self._base, self._delimiters, control, self._has_empty)

    def _read(self, delimiters: Delimiters, final: bool) -> Generator[Block, None, bool]:
        """Gives what is complete, up to the end of the interchange or to a transaction set that is passed on."""
        marks: list[Landmark] = []
        for match in _landmark(delimiters).finditer(self._buffer, self._before):
            tag, start = match[1], match.start(1)
            if tag is None:
                self._has_empty = True
                continue
            if match[2] is None and tag in _WITH_ELEMENTS:
                continue
            if tag == b"CLM" or (tag == b"HL" and match[4] == PATIENT):
                marks.append(match)
                continue
            if start > self._begin:
                yield self._marked(marks, start)
            self._begin, self._before, marks = start, match.start(), [match]
            if tag == b"ST" and self._is_passed_on(match):
                yield self._block(PASSED, start)
                self._passing = True
                return True
            if tag == b"IEA":
                end = self._end_of_segment(delimiters, match.end(), final)
                if end is None:
                    return False
                yield self._block(tag, end[1], marks)
                self._count_to(end[1])
                self._before = self._begin = end[1]
                self._delimiters = None
                return True
        return False

    def _marked(self, marks: Sequence[Landmark], end: int) -> Block:
        if not marks:
            return self._block(OTHER, end)
        tag = marks[0][1]
        if tag == b"ST":
            return self._block(tag, end, marks, marks[0][3] or b"")
        if tag != b"GS":
            return self._block(tag, end, marks)
        assert self._delimiters is not None
        segment = self._buffer[self._begin : end].split(self._delimiters.terminator, 1)[0]
        elements = [*segment.split(self._delimiters.element), *[b""] * _GS_ELEMENTS]
        self._version = _text(elements[_GS_ELEMENTS])
        return self._block(tag, end, marks, elements[6])

    def _is_passed_on(self, st: Landmark) -> bool:
        """Whether a transaction set holds no claims that are read, by the rule of the reader of envelopes."""
        own = _text(st[4] or b"")
        version = self._version or own
        guide = version if "X" in version else own or version
        return refuse_other_than_professional_claims(_text(st[2] or b""), guide) is not None

    def _pass_on(self, delimiters: Delimiters, final: bool) -> Generator[Block, None, bool]:
        """Gives a transaction set without professional claims, as far as it has come."""
        marks = _landmark(delimiters).finditer(self._buffer, self._before)
        closing = next((match for match in marks if match[1] == b"SE" and match[2] is not None), None)
        end = self._end_of_segment(delimiters, closing.end(), final) if closing else None
        if end is not None:
            yield self._block(OTHER, end[1])
            self._before, self._begin = end
            self._passing = False
            return True
        stop = closing.start() if closing else self._buffer.rfind(delimiters.terminator, self._begin)
        if stop > self._begin:
            yield self._block(OTHER, stop)
            self._begin = self._before = stop
        return False

    def _end_of_segment(self, delimiters: Delimiters, start: int, final: bool) -> tuple[int, int] | None:
        """The index of a segment's terminator, and that behind the blanks that follow; None if more has to come."""
        buffer = self._buffer
        terminator = buffer.find(delimiters.terminator, start)
        if terminator < 0:
            return None
        most = buffer[terminator + 1 : terminator + 1 + _BLANKS]
        end = terminator + 1 + len(most) - len(most.lstrip(PADDING))
        return (terminator, end) if final or end < len(buffer) or len(most) == _BLANKS else None


def _text(element: bytes) -> str:
    return element.decode("latin-1").strip()
