"""Finds where an interchange begins, and says what stands before it."""

from __future__ import annotations

import re
from typing import NamedTuple

from edi837.x12.delimiters import ISA_WIDTH, IsaSegment, read_isa

_ISA_AHEAD = 512
"""Bytes that are enough for an ISA segment and what tells its padding."""

_PREAMBLE = 1 << 16
"""Bytes within which an ISA is looked for behind something that is no X12."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PLAUSIBLE_START = re.compile(rb"ISA[^A-Za-z0-9\s]")
_BLANKS = re.compile(rb"[\s\0]*(?:\xef\xbb\xbf\s*)?")


class Fault(NamedTuple):
    """Something to report: diagnostic code, message and index in the buffer."""

    code: str
    message: str
    at: int


class Opening(NamedTuple):
    """What was found at the place where an interchange should begin."""

    position: int
    """Where to go on reading."""
    isa: IsaSegment | None = None
    hopeless: bool = False
    """Whether nothing behind this place can be read."""
    faults: tuple[Fault, ...] = ()


def find_interchange(buffer: bytes, position: int, *, first: bool, final: bool) -> Opening:
    """The next ISA segment at or behind a position.

    An answer without ISA that is not hopeless means that more bytes are needed, or with `final` that there are none.
    """
    blanks = _BLANKS.match(buffer, position)
    start = blanks.end() if blanks else position
    enough = final or len(buffer) - start >= _ISA_AHEAD
    if start >= len(buffer) or not enough:
        # Blanks without an end are let go, so that they do not fill the memory.
        return Opening(start if final or len(buffer) - position > _PREAMBLE else position)
    faults: tuple[Fault, ...] = ()
    leading = buffer[position:start]
    if _BYTE_ORDER_MARK in leading:
        faults = (Fault("X103", "a byte order mark before ISA", position),)
    elif leading and (first or leading.strip()):
        faults = (Fault("X103", "blanks before ISA", position),)
    if buffer[start : start + 3] != b"ISA":
        return _skip(buffer, position, start, first=first, final=final)
    isa = read_isa(buffer, start)
    if isa is not None:
        return Opening(start, isa, faults=faults)
    following = _PLAUSIBLE_START.search(buffer, start + 3)
    unreadable = Fault("X102", "the delimiters of this ISA segment cannot be told: wrong width or element count", start)
    position = following.start() if following else len(buffer)
    return Opening(position, hopeless=following is None, faults=(*faults, unreadable))


def _skip(buffer: bytes, position: int, start: int, *, first: bool, final: bool) -> Opening:
    """What does not begin with ISA is passed over up to the next ISA that can be read, or for good."""
    if not final and len(buffer) - start < _PREAMBLE:
        return Opening(position)
    for match in _PLAUSIBLE_START.finditer(buffer, start, start + _PREAMBLE):
        isa = read_isa(buffer, match.start())
        if isa is not None and isa.width == ISA_WIDTH:
            fault = Fault("X105", f"{match.start() - start} bytes before ISA are no X12 segment", start)
            return Opening(match.start(), isa, faults=(fault,))
    return Opening(len(buffer), hopeless=True, faults=(_what_it_is(buffer, start, first=first),))


def _what_it_is(buffer: bytes, start: int, *, first: bool) -> Fault:
    head = buffer[start : start + 3]
    if not first:
        return Fault("X105", "what follows the last IEA segment is no interchange", start)
    if head.upper() == b"ISA":
        return Fault("X101", "the file is in lower case: segment ids must be capitals", start)
    if head[:2] in (b"GS", b"ST"):
        return Fault("X101", f"the file begins with {head[:2].decode()}, not with ISA", start)
    sample = buffer[start : start + _ISA_AHEAD]
    if sum(byte < 9 or 13 < byte < 28 for byte in sample) > len(sample) // 20:
        return Fault("X104", "the file is binary, not X12 text", start)
    return Fault("X101", "the file does not begin with an ISA segment", start)
