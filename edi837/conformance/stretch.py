"""What is judged at a time: segments of one file, with what a judge has to know of the rest."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from edi837.conformance.faults import Fault
from edi837.conformance.guides import Guide
from edi837.conformance.segments import Segment
from edi837.x12.delimiters import Delimiters


class Counted(NamedTuple):
    """How far the numbers of a transaction set have come at a place, as pyx12 counts them."""

    levels: int = 0
    """HL segments."""
    parents: tuple[int, ...] = ()
    """Those of them that may have children yet."""
    lines: int = 0
    """LX segments of the claim."""


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """Segments to be judged, with all that a judge has to know of the rest of the file."""

    file: str
    guide: Guide
    delimiters: Delimiters
    interchange: str
    """ISA13."""
    transaction: str
    """ST02 of the transaction set in which the stretch begins."""
    above: tuple[Segment, ...]
    """What stands above the first segment: to be walked through, not to be judged."""
    segments: tuple[Segment, ...]
    following: Segment | None
    """The segment behind the last one: what is found missing there belongs to this stretch."""
    counted: Counted
    """Before the first segment."""
    faults: tuple[Fault, ...]
    """What is wrong with the envelope and around the segments."""
    claims: int
    """CLM or CLP segments."""

    def __repr__(self) -> str:
        """Only what may stand in a log: no bytes of the file."""
        return f"Stretch(file={self.file!r}, segments={len(self.segments)})"
