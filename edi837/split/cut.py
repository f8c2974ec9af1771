"""Cuts a file into the claims that are held and everything else, as its bytes come.

What is cut apart are the claims of subscribers and their dependents (HL 22 and 23). A subscriber some of whose claims
are held goes to both sides. What stands around claims goes to the clean side, but for what the held claims leave empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from edi837.claims.elements import read_number
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.split.blocks import OTHER, PASSED, PATIENT, Block, BlockReader, Landmark
from edi837.split.part import Part
from edi837.x12.envelope import WINDOW

_PROVIDER, _SUBSCRIBER = b"20", b"22"

_DEPTHS = {PASSED: 2, b"GS": 1, b"ST": 2, b"HL": 3, b"SE": 3, b"GE": 2, b"IEA": 1}
"""How many envelopes are open where a block begins."""

_ZERO = Decimal(0)

_HL_DIGITS = 12
"""HL01 and HL02 have at most so many."""


class _Claim(NamedTuple):
    """Where a claim stands in the buffer, CLM to the next CLM, HL or SE, and whether it is held."""

    start: int
    end: int
    held: bool
    amount: Decimal
    """CLM02."""


class _Loop(NamedTuple):
    """An HL segment with the claims under it; for claims under no HL, the header of their transaction set."""

    segment: Landmark
    head_end: int
    """Where the loop's own segments end."""
    claims: list[_Claim]

    def goes(self, held: bool) -> bool:
        """Whether the loop is written on this side: with its claims, or where it never had any, on the clean one."""
        return any(claim.held is held for claim in self.claims) or not (self.claims or held)

    def pieces(self, buffer: bytes, start: int, held: bool) -> bytes:
        """What is written of it on this side, from an index of its own segments on."""
        if all(claim.held is held for claim in self.claims):
            return buffer[start : self.claims[-1].end if self.claims else self.head_end]
        claims = [buffer[claim.start : claim.end] for claim in self.claims if claim.held is held]
        return b"".join([buffer[start : self.head_end], *claims])


class Cutter:
    """Cuts one file: fed with its bytes, it gives each claim to the clean or to the held part.

    `held` are the byte offsets of the CLM segments that are held, ascending. What keeps claims from being cut apart is
    told as a diagnostic with the severity error: then the parts are not to be used.
    """

    def __init__(
        self,
        file: str,
        held: Iterable[int],
        clean: Part,
        kept: Part,
        on_diagnostic: Callable[[Diagnostic], None],
        *,
        window: int = WINDOW,
    ) -> None:
        self._file = file
        self._reader = BlockReader(window=window)
        self._held = iter(held)
        self._next_held = next(self._held, -1)
        self._clean = clean
        self._kept = kept
        self._parts = (clean, kept)
        self._say = on_diagnostic
        self._marks: list[int] = []
        """Of each open envelope, how many claims were held when it began."""
        self._provider: tuple[bytes, int] | None = None
        """HL01 of the open billing provider, and how many claims were held when it began."""

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes of the file."""
        for block in self._reader.feed(chunk):
            self._take(block)
        self._flush()

    def close(self) -> None:
        """Ends the file."""
        for block in self._reader.close():
            self._take(block)
        if self._marks:
            self._say(diagnostic("X306", "the last interchange is not closed", self._file))
        self._flush()

    def _flush(self) -> None:
        for part in self._parts:
            part.flush()

    def _take(self, block: Block) -> None:
        tag = block.tag
        if tag == b"ISA":
            self._marks.clear()
        elif len(self._marks) != _DEPTHS.get(tag, len(self._marks)):
            message = f"{tag.decode().strip('()')} stands where its envelope is not open"
            self._report("X306", message, block.begin, block)
            return
        if block.has_empty:
            self._clean.has_empty = self._kept.has_empty = True
        if tag == b"HL":
            self._take_unit(block)
        elif tag == OTHER:
            self._clean.pass_on(block.data)
        elif tag == PASSED:
            self._clean.pass_on(b"")
            self._clean.count_transaction()
        elif tag in (b"SE", b"GE", b"IEA"):
            self._close_envelope(block)
        else:
            self._open_envelope(block)

    def _open_envelope(self, block: Block) -> None:
        self._marks.append(self._kept.claims)
        if block.tag == b"ISA":
            if block.delimiters.terminator in block.control:
                self._report("X306", "ISA13 holds a segment terminator", block.begin, block)
            for part in self._parts:
                part.open_interchange(block.data, block.control, block.delimiters)
        elif block.tag == b"GS":
            for part in self._parts:
                part.open_group(block.data, block.control)
        else:
            loops = self._loops(block)
            for part in self._parts:
                part.open_transaction(block.buffer[block.begin : loops[0].head_end], block.control)
            if len(block.marks) > 1:
                self._cut(loops, block)

    def _close_envelope(self, block: Block) -> None:
        self._close_provider()
        keep = self._kept.claims == self._marks.pop()
        self._clean.close(block.data, keep=keep)
        self._kept.close(block.data, keep=False)

    # Loops ------------------------------------------------------------------------------------------------------------

    def _loops(self, block: Block) -> list[_Loop]:
        """The loops of a block with their claims; the first is that of its first segment."""
        loops: list[_Loop] = []
        stops = [match.start(1) for match in block.marks[1:]]
        stops.append(block.end)
        for match, stop in zip(block.marks, stops, strict=True):
            if match[1] != b"CLM":
                loops.append(_Loop(match, stop, []))
                continue
            start = match.start(1)
            held = block.offset + start == self._next_held
            if held:
                self._next_held = next(self._held, -1)
            loops[-1].claims.append(_Claim(start, stop, held, _amount(match)))
        return loops

    def _take_unit(self, block: Block) -> None:
        """Takes an HL of any level but a patient's, with the patients under it."""
        first = block.marks[0]
        level = first[4]
        if level == _SUBSCRIBER and not block.begin <= self._next_held - block.offset < block.end:
            self._pass_subscriber(block)
            return
        loops = self._loops(block)
        if level == _PROVIDER:
            self._close_provider()
            self._provider = first[2], self._kept.claims
            for part in self._parts:
                part.open_provider(block.buffer[first.end() : loops[0].head_end])
            if len(block.marks) == 1:
                return
        else:
            self._check_parent(first, self._provider[0] if self._provider else b"", block)
        self._cut(loops, block)

    def _cut(self, loops: list[_Loop], block: Block) -> None:
        """Gives the claims of a unit, or those under no HL, to their sides."""
        first = loops[0].segment
        for loop in loops[1:]:
            self._check_parent(loop.segment, first[2] if block.tag == b"HL" else b"", block)
        sides = {claim.held for loop in loops for claim in loop.claims}
        if len(sides) > 1 and first[4] != _SUBSCRIBER:
            message = "some of the claims here are held, and without a subscriber's HL they cannot be taken apart"
            self._report("X303", message, block.begin, block)
        if not sides or not all(loop.claims for loop in loops[1:]):
            sides.add(False)
        for side in sides:
            self._write_unit(loops, side, block)

    def _pass_subscriber(self, block: Block) -> None:
        """Writes a subscriber of whom no claim is held; what `_write_unit` would do, for most of a batch."""
        part, buffer = self._clean, block.buffer
        first, *marks = block.marks
        self._check_parent(first, self._provider[0] if self._provider else b"", block)
        start = first.end()
        patients = [mark for mark in marks if mark[1] == b"HL"]
        number = part.loop(_SUBSCRIBER, b"1" if patients else b"0")
        for mark in patients:
            self._check_parent(mark, first[2], block)
            part.put(buffer[start : mark.start(1)])
            part.loop(PATIENT, b"0", number)
            start = mark.end()
        part.put(buffer[start : block.end])
        for mark in marks:
            if mark[1] == b"CLM":
                part.claims += 1
                part.charges += _amount(mark)

    def _write_unit(self, loops: list[_Loop], held: bool, block: Block) -> None:
        """Writes what goes to one side of a unit."""
        part, buffer = self._parts[held], block.buffer
        segment, head_end, _ = loops[0]
        children = [loop for loop in loops[1:] if loop.goes(held)]
        if block.tag == b"ST":
            number = 0
            part.pass_on(loops[0].pieces(buffer, head_end, held))
        elif segment[4] == _PROVIDER:
            # Claims stand right under the provider: whether subscribers will follow is not known yet.
            number = part.write_provider(b"1" if children else segment[5])
            part.put(loops[0].pieces(buffer, head_end, held))
        else:
            child = (b"1" if children else b"0") if segment[4] == _SUBSCRIBER else segment[5]
            number = part.loop(segment[4], child)
            part.put(loops[0].pieces(buffer, segment.end(), held))
        for loop in children:
            part.loop(PATIENT, b"0", number)
            part.put(loop.pieces(buffer, loop.segment.end(), held))
        for loop in loops:
            for claim in loop.claims:
                if claim.held is held:
                    part.claims += 1
                    part.charges += claim.amount

    def _close_provider(self) -> None:
        if self._provider is not None:
            self._clean.close_provider(keep=self._kept.claims == self._provider[1])
            self._kept.close_provider(keep=False)
            self._provider = None

    # Faults -----------------------------------------------------------------------------------------------------------

    def _check_parent(self, loop: Landmark, parent: bytes, block: Block) -> None:
        """Compares HL02 with the HL above. A number from nowhere is put right; another loop's, nobody can know."""
        stated = (loop[3] or b"").strip()
        if stated == parent.strip():
            return
        named, own = _number(stated), _number(loop[2])
        if named and own and named < own:
            message = f"HL {own}: HL02 names HL {named}, which is not the loop that it stands in"
            self._report("X304", message, loop.start(1), block)
        else:
            message = "HL02 names no HL segment above: written as the loop it stands in"
            self._report("X305", message, loop.start(1), block)

    def _report(self, code: str, message: str, at: int, block: Block) -> None:
        """Tells about the segment that begins at an index of the block's buffer."""
        self._say(diagnostic(code, message, self._file, self._reader.segment_at(at), block.offset + at))


def _amount(claim: Landmark) -> Decimal:
    """CLM02; 0 where it is no amount."""
    return read_number((claim[3] or b"").decode("latin-1")) or _ZERO


def _number(element: bytes) -> int | None:
    """The value of an HL number, None where it is none."""
    return int(element) if element.isdigit() and len(element) <= _HL_DIGITS else None
