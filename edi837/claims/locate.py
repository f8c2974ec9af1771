"""Finds the segment that a finding or a diagnostic speaks about: loop, position and bytes."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from edi837.model import Claim, ServiceLine
from edi837.x12.delimiters import PADDING

_LINE_LOOPS = {"LIN": "2410", "CTP": "2410", "SVD": "2430", "NM1": "2420A", "PRV": "2420A"}
_CLAIM_LOOPS = {"NM1": "2310B", "PRV": "2310B", "SBR": "2320"}


class Place(NamedTuple):
    """Where a segment of a claim stands."""

    loop: str
    segment: int
    """Position in the transaction set, ST being 1."""
    file_segment: int
    """Position in the file, the first ISA being 1."""
    offset: int
    """Byte offset of the segment in the file."""
    length: int
    """Bytes of the segment without its terminator."""


def locate(claim: Claim, line: ServiceLine | None, element: str) -> Place:
    """The place of an element such as "SV101-2" or "CTP04" of a claim or of one of its lines.

    Where the segment is not there, which may be the finding, the place is the SV1 of the line or the CLM of the claim.
    """
    tag = "HI" if element.startswith("HI") else element[:3]
    if line is None:
        index, loop = 0, _CLAIM_LOOPS.get(tag, "2300")
        stop = claim.lines[0].segment if claim.lines else None
    else:
        index, loop = line.segment, _LINE_LOOPS.get(tag, "2400")
        stop = next((other.segment for other in claim.lines if other.segment > line.segment), None)
    if tag not in ("CLM", "SV1"):
        wanted = (tag + claim.origin.element).encode("latin-1")
        for position, (_, text) in enumerate(_segments(claim.raw, claim.origin.terminator)[index:stop], index):
            if text.startswith(wanted):
                return _place(claim, position, loop)
    return _place(claim, index, loop)


def locate_segment(claim: Claim, index: int) -> Place:
    """The place of a claim's segment by its position, CLM being 0."""
    return _place(claim, index, "2300" if not claim.lines or index < claim.lines[0].segment - 1 else "2400")


def _place(claim: Claim, index: int, loop: str) -> Place:
    segments = _segments(claim.raw, claim.origin.terminator)
    at, text = segments[min(index, len(segments) - 1)]
    return Place(loop, claim.segment + index, claim.file_segment + index, claim.offset - segments[0][0] + at, len(text))


@lru_cache(maxsize=4)
def _segments(raw: bytes, terminator: str) -> list[tuple[int, bytes]]:
    """(index in a claim's bytes, text) of each segment, empty ones left out. A claim often has several findings."""
    found = []
    start = 0
    end = terminator.encode("latin-1")
    padding = PADDING.replace(end, b"")
    for part in raw.split(end):
        text = part.lstrip(padding)
        if text:
            found.append((start + len(part) - len(text), text))
        start += len(part) + 1
    return found
