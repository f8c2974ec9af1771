"""One of the two batches that come out of a split: envelopes, loops and counts are written anew, the rest as it was."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from edi837.errors import Edi837Error
from edi837.x12.delimiters import Delimiters
from edi837.x12.region import count_segments

_CONTROL_WIDTH = 9
"""ISA13 and IEA02 are nine digits."""

_ISA13 = 13


class _Envelope(msgspec.Struct):
    """An interchange, functional group or transaction set that is open; written when something in it is."""

    header: bytes
    control: bytes
    """ISA13, GS06 or ST02."""
    written: bool = False
    count: int = 0
    """Functional groups, transaction sets or segments in it, as written."""

    def __repr__(self) -> str:
        """Only what may stand in a log: no bytes of the file."""
        return f"_Envelope(written={self.written}, count={self.count})"


class Part:
    """Takes the pieces of a batch in their order, and writes them with the envelopes and HL segments that they need.

    An envelope or billing provider is kept back until a piece of it comes. `control_number` is the first interchange's
    ISA13, counted up for each further one; without it they keep their own.
    """

    def __init__(self, write: Callable[[bytes], object], control_number: int | None = None) -> None:
        self.claims = 0
        self.charges = Decimal(0)
        """The sum of CLM02, where it is an amount."""
        self.interchanges = 0
        self.has_empty = False
        """Whether empty segments, which no count counts, may stand in the interchange."""
        self._write = write
        self._control_number = control_number
        self._pieces: list[bytes] = []
        self._open: list[_Envelope] = []
        self._in_transaction = False
        self._delimiters: Delimiters
        self._loops = 0
        """The number of the last HL segment of the transaction set."""
        self._provider: tuple[int, bytes] | None = None
        """Its HL number, 0 where it is not written yet, and its segments behind HL04."""

    # Envelopes --------------------------------------------------------------------------------------------------------

    def open_interchange(self, isa: bytes, control: bytes, delimiters: Delimiters) -> None:
        """Begins an interchange with its ISA segment."""
        self._delimiters = delimiters
        self.has_empty = self._in_transaction = False
        self._open = [_Envelope(isa, control)]

    def open_group(self, gs: bytes, control: bytes) -> None:
        """Begins a functional group with its GS segment."""
        self._open.append(_Envelope(gs, control))

    def open_transaction(self, header: bytes, control: bytes) -> None:
        """Begins a transaction set with all that stands in front of its first HL segment or claim."""
        self._open.append(_Envelope(header, control))
        self._in_transaction = True
        self._loops = 0
        self._provider = None

    def pass_on(self, data: bytes) -> None:
        """Writes bytes of the interchange, or of the functional group, as they are."""
        self._write_envelopes()
        self._pieces.append(data)

    def count_transaction(self) -> None:
        """Counts a transaction set of the functional group that is passed on."""
        self._open[-1].count += 1

    def close(self, trailer: bytes, *, keep: bool) -> None:
        """Ends the innermost envelope with its SE, GE or IEA segment, in which count and control number are set right.

        One that nothing was written of is left out, unless it is to be kept.
        """
        if keep:
            self._write_envelopes()
        self.flush()
        self._in_transaction = False
        envelope = self._open.pop()
        if not envelope.written:
            return
        delimiters = self._delimiters
        text, terminator, padding = trailer.partition(delimiters.terminator)
        tag, count, control, *more = [*text.split(delimiters.element), b"", b""]
        counted = envelope.count + (tag == b"SE")
        if count.strip().lstrip(b"0") != b"%d" % counted:
            count = b"%d" % counted
        if control.strip() != envelope.control.strip():
            control = envelope.control
        self._pieces.append(delimiters.element.join([tag, count, control, *more[:-2]]) + terminator + padding)

    def _write_envelopes(self) -> None:
        """Writes the headers of the envelopes that are open and not written yet."""
        outer: _Envelope | None = None
        for envelope in self._open:
            if not envelope.written:
                envelope.written = True
                self.flush(counted=False)
                if outer is None:
                    self.interchanges += 1
                    self._number(envelope)
                else:
                    outer.count += 1
                self._pieces.append(envelope.header)
            outer = envelope

    def _number(self, interchange: _Envelope) -> None:
        """Gives an interchange its control number, in the width that ISA13 has."""
        if self._control_number is None:
            return
        if len(str(self._control_number)) > _CONTROL_WIDTH:
            raise Edi837Error("there is no interchange control number above 999999999: begin with a lower one")
        separator = self._delimiters.element
        elements = interchange.header.split(separator, _ISA13 + 1)
        elements[_ISA13] = interchange.control = b"%0*d" % (_CONTROL_WIDTH, self._control_number)
        interchange.header = separator.join(elements)
        self._control_number += 1

    # Loops ------------------------------------------------------------------------------------------------------------

    def open_provider(self, segments: bytes) -> None:
        """Begins a billing provider with what stands behind the HL04 of its HL segment up to the next one."""
        self._provider = (0, segments)

    def close_provider(self, *, keep: bool) -> None:
        """Ends the billing provider; one under which nothing was written is left out, unless it is to be kept."""
        if keep and self._provider is not None and not self._provider[0]:
            self.write_provider(b"0")
        self._provider = None

    def loop(self, level: bytes | None, child: bytes | None, parent: int | None = None) -> int:
        """Writes an HL segment up to its HL04, and gives its number; elements that are None are left out.

        Without a parent it is the open billing provider's.
        """
        if parent is None:
            parent = 0
            if self._provider is not None:
                parent = self._provider[0] or self.write_provider(b"1")
        if not self._open[-1].written:
            self._write_envelopes()
        self._loops = number = self._loops + 1
        elements = [b"HL", b"%d" % number, b"%d" % parent if parent else b""]
        if level is not None:
            elements.append(level)
        if child is not None:
            elements.append(child)
        self._pieces.append(self._delimiters.element.join(elements))
        return number

    def write_provider(self, child: bytes | None) -> int:
        """Writes the open billing provider, and gives the number of its HL segment."""
        assert self._provider is not None
        _, segments = self._provider
        number = self.loop(b"20", child, 0)
        self._pieces.append(segments)
        self._provider = (number, segments)
        return number

    def put(self, data: bytes) -> None:
        """Writes segments of the open transaction set."""
        self._pieces.append(data)

    def flush(self, *, counted: bool = True) -> None:
        """Hands over what has gathered, and counts its segments."""
        if not self._pieces:
            return
        data = b"".join(self._pieces)
        self._pieces.clear()
        if counted and self._in_transaction and self._open[-1].written:
            delimiters = self._delimiters.irregular() if self.has_empty else self._delimiters
            self._open[-1].count += count_segments(delimiters, data, 0, len(data), self.has_empty)
        self._write(data)
