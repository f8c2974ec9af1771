"""Finds the segment that a finding speaks about: loop, position and bytes."""

from __future__ import annotations

from typing import NamedTuple

from edi837.model import Claim, ServiceLine

_LINE_LOOPS = {"LIN": "2410", "CTP": "2410", "SVD": "2430", "NM1": "2420A", "PRV": "2420A"}
_CLAIM_LOOPS = {"NM1": "2310B", "PRV": "2310B", "SBR": "2320"}


class Place(NamedTuple):
    """Where a finding stands."""

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
    terminator = claim.origin.terminator.encode("latin-1")
    parts = claim.raw.split(terminator)
    tag = element[:3] if not element.startswith("HI") else "HI"
    wanted = tag.encode() + claim.origin.element.encode("latin-1")
    if line is None:
        index, loop = 1, "2300"
        if tag != "CLM":
            stop = claim.lines[0].segment if claim.lines else len(parts)
            found = _find(parts, wanted, 2, stop)
            if found:
                index, loop = found, _CLAIM_LOOPS.get(tag, "2300")
    else:
        index, loop = line.segment + 1, "2400"
        if tag != "SV1":
            found = _find(parts, wanted, index + 1, _line_end(claim, line, len(parts)))
            if found:
                index = found
            loop = _LINE_LOOPS.get(tag, "2400")
    segment = parts[index] if index < len(parts) else b""
    text = segment.lstrip(b"\r\n\t ")
    before = parts[1:index]
    empty = sum(not part.strip() for part in before)
    offset = sum(map(len, before)) + len(terminator) * (index - 1) + len(segment) - len(text)
    start = len(parts[1]) - len(parts[1].lstrip(b"\r\n\t "))
    return Place(
        loop,
        claim.segment + index - 1 - empty,
        claim.file_segment + index - 1 - empty,
        claim.offset + offset - start,
        len(text),
    )


def _find(parts: list[bytes], wanted: bytes, start: int, stop: int) -> int:
    """The index of the first segment of an id, 0 where there is none."""
    for index in range(start, min(stop, len(parts))):
        if parts[index].lstrip(b"\r\n\t ").startswith(wanted):
            return index
    return 0


def _line_end(claim: Claim, line: ServiceLine, size: int) -> int:
    for other in claim.lines:
        if other.segment > line.segment:
            return other.segment
    return size
