"""The envelope of X12: interchanges, functional groups and transaction sets, read from chunks of bytes.

`EnvelopeReader` is fed bytes and gives back regions: runs of whole segments of one transaction set, cut where the
reader of the transaction says that a new unit begins. It checks the counts and control numbers of the envelope on the
way and says what it finds as diagnostics. Its state is `_state`, the bytes not yet given back, and the counters of
the open interchange, group and transaction set; nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from edi837.diagnostics import Diagnostic, diagnostic
from edi837.x12.delimiters import ISA_WIDTH, PADDING, Delimiters, read_isa
from edi837.x12.region import Region, Transaction, count_segments, empty_segments

WINDOW = 1 << 20
"""Bytes gathered before a search: fewer would search the same bytes again, more would cost memory."""

CEILING = 16 << 20
"""Bytes of one unit (a subscriber's claims) held at most; one without an end is reported and left out."""

_ISA_AHEAD = 512
_PREAMBLE = 1 << 16
"""Bytes within which an ISA is looked for behind something that is no X12."""
_LONGEST_ENVELOPE_SEGMENT = 1 << 16
_PLAUSIBLE_START = re.compile(rb"ISA[^A-Za-z0-9\s]")


class _State(Enum):
    BETWEEN = "between interchanges"
    ENVELOPE = "inside an interchange, outside a transaction set"
    BODY = "inside a transaction set that is read"
    SKIPPED = "inside a transaction set that is not read"
    OVERSIZED = "inside a unit that has grown past the ceiling"
    DEAD = "no X12 file"


@lru_cache(maxsize=64)
def _envelope_segment(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Finds the end of a transaction set: the next segment that only an envelope has."""
    return re.compile(delimiters.irregular().break_pattern + rb"(?:S[ET]|G[ES]|I[SE]A)" + re.escape(delimiters.element))


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
            if before >= 0 and pattern.match(data, before):
                return before
        return -1


Refusal = Callable[[str, str], tuple[str, str] | None]
"""(kind, version) of a transaction set -> (diagnostic code, message) where it is not to be read, or None."""


class EnvelopeReader:
    """Feeds on bytes and yields the regions of the transaction sets that are wanted.

    The regions, taken together, are the same for every way of cutting the input into chunks, but for where one region
    ends and the next begins; units are never cut. What is wrong is appended to `diagnostics` in file order.
    """

    def __init__(
        self,
        file: str,
        refuse: Refusal,
        boundary: Boundary,
        *,
        window: int = WINDOW,
        ceiling: int = CEILING,
    ) -> None:
        self.file = file
        self.diagnostics: list[Diagnostic] = []
        self.interchanges = 0
        self.transactions = 0
        """Transaction sets that were wanted and read."""
        self._refuse = refuse
        self._boundary = boundary
        self._window = window
        self._ceiling = ceiling
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._buffer = b""
        self._position = 0
        self._base = 0
        self._searched = 0
        self._state = _State.BETWEEN
        self._delimiters: Delimiters | None = None
        self._file_segments = 0
        self._interchange = self._group = ""
        self._version = ""
        self._groups = self._group_transactions = 0
        self._transaction: Transaction | None = None
        self._transaction_segments = 0
        self._at_start = False

    def feed(self, chunk: bytes) -> Iterator[Region]:
        """The regions that are complete now that these bytes have come."""
        self._pending.append(chunk)
        self._pending_size += len(chunk)
        if self._pending_size >= self._window:
            self._gather()
            yield from self._advance(final=False)

    def close(self) -> Iterator[Region]:
        """The regions that are left at the end of the file, and the diagnostics of what was never closed."""
        self._gather()
        yield from self._advance(final=True)
        size = self._base + len(self._buffer)
        if size == 0:
            self._say("X100", "the file is empty", None, 0)
        elif self.interchanges == 0 and not self.diagnostics:
            self._say("X100", "the file holds nothing but blanks", None, 0)
        elif self._state is not _State.BETWEEN and self._state is not _State.DEAD:
            self._say(
                "X208",
                f"interchange {self._interchange} is not closed: no IEA segment",
                self._file_segments,
                size,
            )

    def _gather(self) -> None:
        self._buffer = b"".join([self._buffer[self._position :], *self._pending])
        self._base += self._position
        self._searched = max(0, self._searched - self._position)
        self._position = 0
        self._pending.clear()
        self._pending_size = 0

    def _say(self, code: str, message: str, segment: int | None, offset: int) -> None:
        self.diagnostics.append(diagnostic(code, message, self.file, segment, offset))

    def _advance(self, *, final: bool) -> Iterator[Region]:
        """Goes on as far as the buffer allows: one step a turn, until a step needs more bytes."""
        while True:
            state = self._state
            if state is _State.BETWEEN:
                more = self._find_interchange(final)
            elif state is _State.ENVELOPE:
                more = self._read_envelope_segment(final)
            elif state is _State.DEAD:
                self._position = len(self._buffer)
                return
            else:
                region, more = self._read_body(final)
                if region is not None:
                    yield region
            if not more:
                return

    # Between interchanges ---------------------------------------------------------------------------------------------

    def _find_interchange(self, final: bool) -> bool:
        buffer = self._buffer
        if not final and len(buffer) - self._position < _ISA_AHEAD:
            return False
        start = self._position
        while buffer[start : start + 1].isspace() or buffer[start : start + 1] == b"\0":
            start += 1
        marks = buffer[start : start + 3]
        if marks == b"\xef\xbb\xbf":
            start += 3
            while buffer[start : start + 1].isspace():
                start += 1
        if start >= len(buffer):
            self._position = len(buffer)
            return False
        if not final and len(buffer) - start < _ISA_AHEAD:
            self._drop_blanks(start, skipped_mark=marks == b"\xef\xbb\xbf")
            return False
        if buffer[start : start + 3] == b"ISA":
            isa = read_isa(buffer, start)
            if isa is None:
                self._refuse_isa(start)
                return True
            self._drop_blanks(start, skipped_mark=marks == b"\xef\xbb\xbf")
            self._open_interchange(isa.delimiters, isa.elements, isa.end, isa.width)
            return True
        return self._skip_to_isa(start, final)

    def _drop_blanks(self, start: int, *, skipped_mark: bool) -> None:
        if start > self._position:
            leading = self._buffer[self._position : start]
            if self.interchanges == 0 or skipped_mark or leading.strip(PADDING):
                what = "a byte order mark" if skipped_mark else "blanks"
                self._say("X103", f"{what} before ISA", None, self._base + self._position)
        self._position = start

    def _refuse_isa(self, start: int) -> None:
        offset = self._base + start
        following = _PLAUSIBLE_START.search(self._buffer, start + 3)
        self._say(
            "X102",
            "the delimiters of this ISA segment cannot be told: wrong width or element count",
            self._file_segments + 1,
            offset,
        )
        if following:
            self._position = following.start()
        else:
            self._state = _State.DEAD

    def _skip_to_isa(self, start: int, final: bool) -> bool:
        """What does not begin with ISA is passed over up to the next ISA that can be read, or for good."""
        buffer, offset = self._buffer, self._base + start
        if not final and len(buffer) - start < _PREAMBLE:
            return False
        for match in _PLAUSIBLE_START.finditer(buffer, start, start + _PREAMBLE):
            isa = read_isa(buffer, match.start())
            if isa is not None and isa.width == ISA_WIDTH:
                self._say("X105", f"{match.start() - start} bytes before ISA are no X12 segment", None, offset)
                self._position = match.start()
                return True
        head = buffer[start : start + 3]
        if self.interchanges:
            self._say("X105", "what follows the last IEA segment is no interchange", None, offset)
        elif head.upper() == b"ISA":
            self._say("X101", "the file is in lower case: segment ids must be capitals", 1, offset)
        elif head[:2] in (b"GS", b"ST"):
            self._say("X101", f"the file begins with {head[:2].decode()}, not with ISA", 1, offset)
        elif b"\0" in buffer[:_ISA_AHEAD] or _is_binary(buffer[start : start + _ISA_AHEAD]):
            self._say("X104", "the file is binary, not X12 text", None, offset)
        else:
            self._say("X101", "the file does not begin with an ISA segment", 1, offset)
        self._state = _State.DEAD
        return True

    def _open_interchange(self, delimiters: Delimiters, elements: tuple[bytes, ...], end: int, width: int) -> None:
        self._file_segments += 1
        self.interchanges += 1
        self._delimiters = delimiters
        self._interchange = _text(elements[12])
        self._groups = 0
        self._group = self._version = ""
        if width != ISA_WIDTH:
            self._say(
                "X106",
                f"the ISA segment has {width} characters instead of {ISA_WIDTH}",
                self._file_segments,
                self._base + self._position,
            )
        self._position = end - len(delimiters.padding or b"") - 1
        self._state = _State.ENVELOPE

    # Envelope segments ------------------------------------------------------------------------------------------------

    def _read_envelope_segment(self, final: bool) -> bool:
        """Reads the one segment behind the terminator at the position."""
        assert self._delimiters is not None
        buffer, terminator = self._buffer, self._delimiters.terminator
        start = self._position + 1
        while start < len(buffer) and buffer[start] in PADDING and buffer[start : start + 1] != terminator:
            start += 1
        if start >= len(buffer):
            return False
        end = buffer.find(terminator, start)
        unterminated = end < 0
        if unterminated:
            if not final and len(buffer) - start < _LONGEST_ENVELOPE_SEGMENT:
                return False
            end = len(buffer)
            if not buffer[start:].strip():
                self._position = end
                return False
        offset = self._base + start
        if end == start:
            self._say("X301", "empty segment", self._file_segments, offset)
            self._position = end
            return True
        elements = buffer[start:end].split(self._delimiters.element)
        tag = elements[0]
        if unterminated and tag not in (b"IEA", b"GE", b"SE"):
            self._say("X209", "the file ends inside a segment", self._file_segments + 1, offset)
            self._position = len(buffer)
            return False
        if tag == b"ISA":
            if not final and len(buffer) - start < _ISA_AHEAD:
                return False
            self._end_group_early(offset)
            self._say(
                "X208",
                f"interchange {self._interchange} is not closed: no IEA segment before the next ISA",
                self._file_segments,
                offset,
            )
            self._position = start
            self._state = _State.BETWEEN
            return True
        self._file_segments += 1
        self._position = end
        self._take_envelope_segment(_text(tag), [_text(element) for element in elements[:9]], offset)
        if unterminated:
            self._say("X211", f"the last segment, {_text(tag)}, has no terminator", self._file_segments, offset)
            self._position = len(buffer)
        return not unterminated

    def _take_envelope_segment(self, tag: str, elements: list[str], offset: int) -> None:
        values = elements + [""] * (9 - len(elements))
        if tag == "ST":
            self._open_transaction(values, offset)
        elif tag == "SE":
            self._close_transaction(values, offset)
        elif tag == "GS":
            self._end_group_early(offset)
            self._group, self._version = values[6], values[8]
            self._groups += 1
            self._group_transactions = 0
        elif tag == "GE":
            self._end_transaction_early(offset)
            self._check(values[1], self._group_transactions, "X203", "GE01", "transaction sets", offset)
            if values[2] != self._group:
                self._say("X204", "GE02 differs from GS06", self._file_segments, offset)
            self._group = ""
        elif tag == "IEA":
            self._end_group_early(offset)
            self._check(values[1], self._groups, "X205", "IEA01", "functional groups", offset)
            if values[2] != self._interchange:
                self._say("X206", "IEA02 differs from ISA13", self._file_segments, offset)
            self._state = _State.BETWEEN
            self._position = self._behind_padding(self._position + 1)
        elif tag != "TA1":
            shown = tag if tag.isalnum() and len(tag) <= 3 else "a segment without a valid id"
            self._say("X210", f"{shown} outside any transaction set", self._file_segments, offset)

    def _behind_padding(self, position: int) -> int:
        while position < len(self._buffer) and self._buffer[position] in PADDING:
            position += 1
        return position

    def _check(self, declared: str, counted: int, code: str, element: str, what: str, offset: int) -> None:
        if not (declared.isdigit() and int(declared) == counted):
            shown = declared if declared.isdigit() else "no number"
            self._say(code, f"{element} says {shown}, but {counted} {what} were read", self._file_segments, offset)

    # Transaction sets -------------------------------------------------------------------------------------------------

    def _open_transaction(self, values: list[str], offset: int) -> None:
        self._end_transaction_early(offset)
        assert self._delimiters is not None
        self._group_transactions += 1
        kind, version = values[1], self._version or values[3]
        self._transaction = Transaction(
            self._interchange,
            self._group,
            values[2],
            kind,
            version,
            self._delimiters,
            self._file_segments,
            offset,
        )
        self._transaction_segments = 1
        refusal = self._refuse(kind, version if "X" in version else values[3] or version)
        if refusal is None:
            self.transactions += 1
            self._state = _State.BODY
        else:
            self._say(refusal[0], refusal[1], self._file_segments, offset)
            self._state = _State.SKIPPED
        self._at_start = True
        self._searched = self._position

    def _close_transaction(self, values: list[str], offset: int) -> None:
        transaction = self._transaction
        if transaction is None:
            self._say("X210", "SE outside any transaction set", self._file_segments, offset)
            return
        self._check(values[1], self._transaction_segments + 1, "X201", "SE01", "segments", offset)
        if values[2] != transaction.control:
            self._say("X202", "SE02 differs from ST02", self._file_segments, offset)
        self._transaction = None

    def _end_transaction_early(self, offset: int) -> None:
        if self._transaction is not None:
            self._say(
                "X207",
                f"transaction set {self._transaction.control} is not closed: no SE segment",
                self._file_segments,
                offset,
            )
            self._transaction = None

    def _end_group_early(self, offset: int) -> None:
        self._end_transaction_early(offset)
        if self._group:
            self._say(
                "X208",
                f"functional group {self._group} is not closed: no GE segment",
                self._file_segments,
                offset,
            )
            self._group = ""

    def _read_body(self, final: bool) -> tuple[Region | None, bool]:
        """The next region of the open transaction set, and whether there may be more in the buffer."""
        transaction = self._transaction
        assert transaction is not None
        delimiters, buffer, start = transaction.delimiters, self._buffer, self._position
        match = _envelope_segment(delimiters).search(buffer, max(start, self._searched))
        if match:
            region = self._give(start, match.start())
            self._state = _State.ENVELOPE
            return region, True
        # Only the last segment can still turn out to be one of the envelope's.
        self._searched = max(start, buffer.rfind(delimiters.terminator, start))
        if final:
            return self._give_rest(start), False
        if self._state is _State.BODY:
            cut = self._boundary.last(delimiters, buffer, start)
            if cut < 0 and len(buffer) - start > self._ceiling:
                self._say(
                    "X302",
                    f"no end of this subscriber's claims within {self._ceiling} bytes: left out",
                    self._file_segments + 1,
                    self._base + start + 1,
                )
                self._state = _State.OVERSIZED
                return None, True
        else:
            cut = buffer.rfind(delimiters.terminator, start)
            if self._state is _State.OVERSIZED:
                found = self._boundary.first(delimiters, buffer, start + 1)
                if found > 0:
                    region = self._give(start, found)
                    self._state = _State.BODY
                    return region, True
        return (self._give(start, cut), False) if cut > start else (None, False)

    def _give(self, start: int, end: int) -> Region | None:
        """Takes data[start:end] as read: counts its segments, and makes a region of it where it is wanted."""
        transaction = self._transaction
        assert transaction is not None
        self._position = end
        delimiters, buffer = transaction.delimiters, self._buffer
        if not delimiters.is_regular(buffer, start, end):
            delimiters = delimiters.irregular()
        empty = empty_segments(delimiters, buffer, start, end)
        for position in empty:
            before = self._file_segments + count_segments(delimiters, buffer, start, position, True)
            self._say("X301", "empty segment", before, self._base + position + 1)
        segments = count_segments(delimiters, buffer, start, end, bool(empty))
        region = None
        if self._state is not _State.SKIPPED and segments:
            region = Region(
                transaction,
                delimiters,
                buffer,
                start,
                end,
                self._base,
                self._transaction_segments + 1,
                self._file_segments + 1,
                self._at_start,
                bool(empty),
                self._state is _State.OVERSIZED,
            )
        self._transaction_segments += segments
        self._file_segments += segments
        self._at_start = False
        return region

    def _give_rest(self, start: int) -> Region | None:
        """At the end of the file: what there is of a transaction set that was never closed."""
        buffer = self._buffer
        transaction = self._transaction
        assert transaction is not None
        stripped = len(buffer.rstrip(PADDING.replace(transaction.delimiters.terminator, b"")))
        whole = buffer.endswith(transaction.delimiters.terminator, start, stripped)
        end = stripped - 1 if whole else stripped
        region = self._give(start, end) if end > start else None
        if not whole:
            last = buffer.rfind(transaction.delimiters.terminator, 0, stripped) + 1
            self._say("X209", "the file ends inside a segment", self._file_segments, self._base + last)
        else:
            self._end_transaction_early(self._base + stripped)
        self._position = len(buffer)
        return region


def _text(element: bytes) -> str:
    return element.decode("latin-1").strip()


def _is_binary(sample: bytes) -> bool:
    return sum(byte < 9 or 13 < byte < 28 for byte in sample) > len(sample) // 20
