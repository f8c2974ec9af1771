"""The envelope of X12: interchanges, functional groups and transaction sets, read from chunks of bytes.

`EnvelopeReader` is fed bytes and gives back regions: runs of whole segments of one transaction set, cut where the
reader of the transaction says that a new unit begins. It checks the counts and control numbers of the envelope on the
way and says what it finds as diagnostics. It is between interchanges (`_delimiters` is None), inside a transaction set
(`_body` is not None) or else among the segments of the envelope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edi837.diagnostics import Diagnostic, diagnostic
from edi837.x12.body import Body
from edi837.x12.boundary import Boundary
from edi837.x12.delimiters import ISA_WIDTH, PADDING, Delimiters, IsaSegment
from edi837.x12.opening import find_interchange, find_later_interchange
from edi837.x12.region import Region, Transaction

WINDOW = 1 << 20
"""Bytes gathered before a search: fewer would search the same bytes again, more would cost memory."""

CEILING = 16 << 20
"""Bytes of one unit (a subscriber's claims) held at most; one without an end is reported and left out."""

Refusal = Callable[[str, str], tuple[str, str] | None]
"""(kind, version) of a transaction set -> (diagnostic code, message) where it is not to be read, or None."""


_COUNT_DIGITS = 10
"""Digits of the largest count that SE01, GE01 and IEA01 take."""


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
        self._lost = False
        self._told = False
        self._blanks_told = False
        self._delimiters: Delimiters | None = None
        self._body: Body | None = None
        self._transaction: Transaction | None = None
        self._transaction_segments = 0
        self._file_segments = 0
        self._interchange = self._group = self._version = self._submitted = ""
        self._groups = self._group_transactions = 0

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
        if self._delimiters is not None:
            self._end_group_early(size)
            message = f"interchange {self._interchange} is not closed: no IEA segment"
            self._say("X208", message, self._file_segments, size)
        elif self.interchanges == 0 and not self._told:
            self._say("X100", "the file holds nothing but blanks" if size else "the file is empty", None, 0)

    def _gather(self) -> None:
        left = self._buffer[self._position :] if self._position else self._buffer
        self._buffer = b"".join([left, *self._pending])
        if self._body is not None:
            self._body.rebase(self._position)
        self._base += self._position
        self._position = 0
        self._pending.clear()
        self._pending_size = 0

    def _say(self, code: str, message: str, segment: int | None, offset: int) -> None:
        # Whoever feeds the reader may have taken the diagnostics away.
        self._told = True
        self.diagnostics.append(diagnostic(code, message, self.file, segment, offset))

    def _advance(self, *, final: bool) -> Iterator[Region]:
        """Goes on as far as the buffer allows: one step a turn, until a step needs more bytes."""
        more = True
        while more:
            if self._delimiters is None:
                more = self._find_interchange(final)
            elif self._body is None:
                more = self._read_envelope_segment(self._delimiters, final)
            else:
                step = self._body.read(self._buffer, self._position, self._base, self._file_segments, final=final)
                for code, message, segments, index in step.faults:
                    self._say(code, message, self._file_segments + segments, self._base + index)
                more = step.ended or step.position > self._position or bool(step.faults)
                self._position = step.position
                self._file_segments += step.segments
                self._transaction_segments = self._body.segments
                if step.ended:
                    self._body = None
                if step.region is not None:
                    yield step.region

    def _find_interchange(self, final: bool) -> bool:
        if self._lost:
            found = find_later_interchange(self._buffer, self._position, final=final)
        else:
            found = find_interchange(self._buffer, self._position, first=self.interchanges == 0, final=final)
        for code, message, at in found.faults:
            if code != "X103" or not self._blanks_told:
                self._say(code, message, self._file_segments + 1, self._base + at)
            self._blanks_told = code == "X103"
        more = found.isa is not None or (found.lost and not self._lost)
        self._lost = found.lost
        self._position = found.position
        if found.isa is not None:
            self._blanks_told = False
            self._open_interchange(found.isa)
        return more

    def _open_interchange(self, isa: IsaSegment) -> None:
        self._file_segments += 1
        self.interchanges += 1
        self._delimiters = isa.delimiters
        self._interchange = _text(isa.elements[12])
        self._groups = 0
        self._group = self._version = self._submitted = ""
        if isa.width != ISA_WIDTH:
            message = f"the ISA segment has {isa.width} characters instead of {ISA_WIDTH}"
            self._say("X106", message, self._file_segments, self._base + self._position)
        self._position = isa.end - len(isa.delimiters.padding or b"") - 1

    # Envelope segments ------------------------------------------------------------------------------------------------

    def _read_envelope_segment(self, delimiters: Delimiters, final: bool) -> bool:
        """Reads the one segment behind the terminator at the position."""
        buffer, terminator = self._buffer, delimiters.terminator
        start = self._position + 1
        while start < len(buffer) and buffer[start] in PADDING and buffer[start : start + 1] != terminator:
            start += 1
        if start >= len(buffer):
            return False
        end = buffer.find(terminator, start)
        unterminated = end < 0
        if unterminated:
            if not final and len(buffer) - start < self._ceiling:
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
        elements = buffer[start:end].split(delimiters.element)
        tag = elements[0]
        if unterminated and tag not in (b"IEA", b"GE", b"SE"):
            self._say("X209", "the file ends inside a segment", self._file_segments + 1, offset)
            self._position = len(buffer)
            return False
        if tag == b"ISA":
            self._end_group_early(offset)
            self._say(
                "X208",
                f"interchange {self._interchange} is not closed: no IEA segment before the next ISA",
                self._file_segments,
                offset,
            )
            self._position = start
            self._delimiters = None
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
            self._group, self._version, self._submitted = values[6], values[8], values[4]
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
            self._delimiters = None
            self._position = self._behind_padding(self._position + 1)
        elif tag != "TA1":
            shown = tag if tag.isalnum() and len(tag) <= 3 else "a segment without a valid id"
            self._say("X210", f"{shown} outside any transaction set", self._file_segments, offset)

    def _behind_padding(self, position: int) -> int:
        while position < len(self._buffer) and self._buffer[position] in PADDING:
            position += 1
        return position

    def _check(self, declared: str, counted: int, code: str, element: str, what: str, offset: int) -> None:
        is_count = declared.isascii() and declared.isdigit() and len(declared) <= _COUNT_DIGITS
        if not (is_count and int(declared) == counted):
            shown = declared if is_count else "no number"
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
            self._submitted,
            self._delimiters,
            self._file_segments,
            offset,
        )
        self._transaction_segments = 1
        refusal = self._refuse(kind, version if "X" in version else values[3] or version)
        if refusal is None:
            self.transactions += 1
        else:
            self._say(refusal[0], refusal[1], self._file_segments, offset)
        self._body = Body(self._transaction, self._boundary if refusal is None else None, self._ceiling, self._position)

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


def _text(element: bytes) -> str:
    return element.decode("latin-1").strip()
