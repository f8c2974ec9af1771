"""Finds where an interchange begins, and says what stands before it."""

from __future__ import annotations

import re
from typing import NamedTuple

from edi837.x12.delimiters import ISA_WIDTH, IsaSegment, read_isa

_ISA_AHEAD = 512
"""Bytes that are enough for an ISA segment and what tells its padding."""

_PREAMBLE = 1 << 16
"""Bytes that may stand before the first ISA without making the file something else than X12."""

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
    lost: bool = False
    """Whether what stands here cannot be read: the next ISA is to be looked for."""
    faults: tuple[Fault, ...] = ()


def find_interchange(buffer: bytes, position: int, *, first: bool, final: bool) -> Opening:
    """The ISA segment at a position, behind blanks that may stand there.

    An answer without ISA and without being lost means that more bytes are needed, or with `final` that there are none.
    """
    blanks = _BLANKS.match(buffer, position)
    start = blanks.end() if blanks else position
    if start >= len(buffer) or not (final or len(buffer) - start >= _ISA_AHEAD):
        if final or len(buffer) - position <= _PREAMBLE:
            return Opening(start if final else position)
        # Blanks without an end are let go, so that they do not fill the memory.
        return Opening(start, faults=_blanks(buffer[position:start], position, first=first))
    faults = _blanks(buffer[position:start], position, first=first)
    if buffer[start : start + 3] == b"ISA":
        isa = read_isa(buffer, start)
        if isa is not None:
            return Opening(start, isa, faults=faults)
        message = "the delimiters of this ISA segment cannot be told: wrong width or element count"
        return Opening(start + 3, lost=True, faults=(*faults, Fault("X102", message, start)))
    if first:
        if not final and len(buffer) - start < _PREAMBLE + _ISA_AHEAD:
            return Opening(position)
        found = find_later_interchange(buffer[: start + _PREAMBLE + ISA_WIDTH], start, final=True)
        if found.isa is not None:
            message = f"{found.position - start} bytes before ISA are no X12 segment"
            return Opening(found.position, lost=True, faults=(Fault("X105", message, start),))
        return Opening(start, lost=True, faults=(_what_it_is(buffer, start),))
    message = "what follows the last IEA segment is no interchange"
    return Opening(start, lost=True, faults=(Fault("X105", message, start),))


def find_later_interchange(buffer: bytes, position: int, *, final: bool) -> Opening:
    """The next ISA segment of the right width, however far away it is."""
    for match in _PLAUSIBLE_START.finditer(buffer, position):
        if not final and len(buffer) - match.start() < _ISA_AHEAD:
            return Opening(match.start(), lost=True)
        isa = read_isa(buffer, match.start())
        if isa is not None and isa.width == ISA_WIDTH:
            return Opening(match.start(), isa)
    # The first letters of an ISA may be the last ones that have come.
    return Opening(len(buffer) if final else max(position, len(buffer) - 3), lost=True)


def _blanks(leading: bytes, position: int, *, first: bool) -> tuple[Fault, ...]:
    if _BYTE_ORDER_MARK in leading:
        return (Fault("X103", "a byte order mark before ISA", position + leading.index(_BYTE_ORDER_MARK)),)
    if leading and (first or leading.strip()):
        return (Fault("X103", "blanks before ISA", position),)
    return ()


def _what_it_is(buffer: bytes, start: int) -> Fault:
    head = buffer[start : start + 3]
    if head.upper() == b"ISA":
        return Fault("X101", "the file is in lower case: segment ids must be capitals", start)
    if head[:2] in (b"GS", b"ST"):
        return Fault("X101", f"the file begins with {head[:2].decode()}, not with ISA", start)
    sample = buffer[start : start + _ISA_AHEAD]
    if sum(byte < 9 or 13 < byte < 28 for byte in sample) > len(sample) // 20:
        return Fault("X104", "the file is binary, not X12 text", start)
    return Fault("X101", "the file does not begin with an ISA segment", start)
