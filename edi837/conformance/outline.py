"""Cuts a file into stretches of segments that can be judged apart from each other, in any process and order.

A stretch takes along what stands above it (headers, billing provider) and the segment behind it, so that its judge is
in the state of one who has read the whole file. What only that one can see, the envelope's counts and control numbers,
is checked here.
"""

from __future__ import annotations

from collections.abc import Iterator

from edi837.conformance.faults import Fault
from edi837.conformance.guides import Guide, guide_of
from edi837.conformance.opened import OpenGroup, OpenSet, at, begins, elements_of, number_of
from edi837.conformance.segments import Segment, SegmentReader
from edi837.conformance.stretch import Counted, Stretch
from edi837.diagnostics import Diagnostic
from edi837.x12.delimiters import Delimiters
from edi837.x12.envelope import CEILING

STRETCH = 4096
"""Segments after which a stretch ends at the next subscriber or claim payment: a third of a second of work."""

LONGEST_STRETCH = 100_000
"""Segments without the beginning of a subscriber or claim payment that are judged: no batch of claims has more."""

_REMARKS = {
    "P414": "blanks stand before the segment",
    "P415": "an empty segment stands before this one",
    "P416": "no terminator ends the last segment",
}


class Outline:
    """Feeds on the bytes of one file and yields its stretches in file order; the chunks make no difference."""

    _above: list[Segment]

    def __init__(self, file: str, *, stretch: int = STRETCH) -> None:
        self.file = file
        self.transactions = 0
        """Transaction sets that are judged."""
        self.claims = 0
        """CLM and CLP segments in them."""
        self._reader = SegmentReader(file)
        self._stretch = stretch
        self._ready: list[Stretch] = []
        self._interchange = ""
        self._is_open = False
        self._interchanges: set[str] = set()
        self._groups = 0
        self._group_controls: set[str] = set()
        self._group: OpenGroup | None = None
        self._set: OpenSet | None = None
        self._held: list[Segment] = []
        self._held_faults: list[Fault] = []
        self._headers: list[Segment] = []
        self._closed: list[Segment] = []
        self._guide: Guide | None = None
        self._delimiters: Delimiters | None = None
        self._last: Segment | None = None
        self._begin_stretch()

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """What could not be read, or was passed over."""
        return self._reader.diagnostics

    @property
    def interchanges(self) -> int:
        """ISA segments read."""
        return self._reader.interchanges

    def feed(self, chunk: bytes) -> Iterator[Stretch]:
        """The stretches that are complete now that these bytes have come."""
        yield from self._take_all(self._reader.feed(chunk))

    def close(self) -> Iterator[Stretch]:
        """The stretches that are left, once all bytes were fed."""
        yield from self._take_all(self._reader.close())
        self._end_interchange()
        yield from self._ready
        self._ready = []

    def _take_all(self, segments: Iterator[Segment]) -> Iterator[Stretch]:
        for segment in segments:
            self._take(segment)
            if self._ready:
                yield from self._ready
                self._ready = []

    # Segments ---------------------------------------------------------------------------------------------------------

    def _take(self, segment: Segment) -> None:
        assert self._reader.delimiters is not None
        separator = self._reader.delimiters.element
        tag = segment.text.partition(separator)[0]
        if tag == b"ISA":
            self._end_interchange()
            self._delimiters = self._reader.delimiters
            self._begin_interchange(segment, elements_of(segment, self._delimiters))
        elif tag in _ENVELOPE:
            _ENVELOPE[tag](self, segment, elements_of(segment, self._reader.delimiters))
        elif self._set is not None:
            self._take_body(self._set, segment, tag, separator)
        else:
            self._add(segment)
        self._last = segment

    def _take_body(self, owner: OpenSet, segment: Segment, tag: bytes, separator: bytes) -> None:
        owner.position += 1
        guide = owner.guide
        if guide is None or owner.left_out:
            return
        segment = segment._replace(position=owner.position)
        if begins(guide.outer, segment, separator):
            self._cut_before(segment)
            owner.inside, owner.outer = "outer", []
        elif owner.inside != "header" and begins(guide.inner, segment, separator):
            self._cut_before(segment)
            owner.inside = "inner"
        elif len(self._segments) >= LONGEST_STRETCH or self._bytes >= CEILING:
            self._leave_out(owner, segment)
            return
        if owner.inside == "header":
            owner.header.append(segment)
        elif owner.inside == "outer":
            owner.outer.append(segment)
        owner.count(tag, segment.text, separator)
        if tag == guide.claim:
            self._claims += 1
            self.claims += 1
        self._add(segment)

    def _leave_out(self, owner: OpenSet, segment: Segment) -> None:
        owner.left_out = True
        what = "a subscriber" if owner.guide is not None and owner.guide.kind == "837" else "a claim payment"
        message = f"too many segments without the beginning of {what}: the rest of the transaction set was left out"
        self._reader.say("X302", message, segment.file_segment, segment.offset)
        self._end_stretch(None)

    # Envelope ---------------------------------------------------------------------------------------------------------

    def _begin_interchange(self, segment: Segment, elements: list[str]) -> None:
        self._interchange = at(elements, 13)
        self._is_open = True
        self._groups = 0
        self._group_controls = set()
        self._held, self._held_faults = [], []
        if self._interchange in self._interchanges:
            self._held_faults.append(Fault("P125", segment, "ISA13 is that of an interchange before", "", "ISA13"))
        self._interchanges.add(self._interchange)
        self._add(segment)

    def _begin_group(self, segment: Segment, elements: list[str]) -> None:
        self._close_group(segment)
        group = self._group = OpenGroup(elements)
        if group.control in self._group_controls:
            self._held_faults.append(Fault("P206", segment, "GS06 is that of a group before", "", "GS06"))
        self._group_controls.add(group.control)
        self._groups += 1
        self._add(segment)

    def _begin_set(self, segment: Segment, elements: list[str]) -> None:
        segment = segment._replace(position=1)
        self._close_set(segment)
        kind, control, version = at(elements, 1), at(elements, 2), at(elements, 3)
        group = self._group
        if group is None:
            group = self._group = OpenGroup([])
            self._held_faults.append(Fault("P403", segment, "no functional group is open: GS is missing", "", "GS"))
        found = guide_of(kind, group.version if "X" in group.version else version or group.version)
        if isinstance(found, Guide) and group.guide not in (None, found):
            found = "X401", f"passed over a transaction set {found.kind} in a group of {group.version}"
        repeated = control in group.controls
        group.controls.add(control)
        group.sets += 1
        if not isinstance(found, Guide):
            self._reader.say(*found, segment.file_segment, segment.offset)
            self._set = OpenSet(control, None)
            self._set.position = 1
            return
        if group.guide is None:
            self._open_group(group, found)
        self._cut_before(segment)
        self.transactions += 1
        self._set = OpenSet(control, found)
        self._set.position = 1
        self._set.header.append(segment)
        self._closed = []
        self._add(segment)
        if repeated:
            self._faults.append(Fault("P323", segment, "ST02 is that of a transaction set before", "", "ST02"))

    def _open_group(self, group: OpenGroup, guide: Guide) -> None:
        """Takes in what was held back until it was known that the group is to be judged."""
        self._headers = [item for item in self._headers if item.text.startswith(b"ISA")]
        if self._guide is not guide:
            self._end_stretch(None)
            self._above = list(self._headers)
        group.guide = self._guide = guide
        held, faults = self._held, self._held_faults
        self._held, self._held_faults = [], []
        for segment in held:
            if segment.text[:3] == b"ISA" or segment.text[:2] == b"GS":
                self._headers.append(segment)
            self._append(segment)
        self._faults += faults

    def _end_set(self, segment: Segment, elements: list[str]) -> None:
        owner = self._set
        if owner is None:
            self._add(segment)
            return
        self._set = None
        if owner.guide is None:
            return
        segment = segment._replace(position=owner.position + 1)
        self._closed = [owner.header[0], segment]
        if not owner.left_out:
            self._add(segment)
        if at(elements, 2) != owner.control:
            self._faults.append(Fault("P303", segment, "SE02 differs from ST02", "", "SE02"))
        if number_of(at(elements, 1)) != owner.position + 1:
            message = f"SE01 is not the number of segments, {owner.position + 1}"
            self._faults.append(Fault("P304", segment, message, "", "SE01"))

    def _end_group(self, segment: Segment, elements: list[str]) -> None:
        self._close_set(segment)
        group, self._group = self._group, None
        if group is not None and group.guide is None:
            # Nothing of the group is judged: neither are its header and trailer.
            self._forget_group()
            return
        self._add(segment)
        self._closed.append(segment)
        if group is None:
            return
        if at(elements, 2) != group.control:
            self._faults.append(Fault("P204", segment, "GE02 differs from GS06", "", "GE02"))
        if number_of(at(elements, 1)) != group.sets:
            message = f"GE01 is not the number of transaction sets, {group.sets}"
            self._faults.append(Fault("P205", segment, message, "", "GE01"))

    def _close(self, segment: Segment, elements: list[str]) -> None:
        """IEA."""
        self._close_group(segment)
        if self._headers:
            self._add(segment)
            if at(elements, 2) != self._interchange:
                self._faults.append(Fault("P101", segment, "IEA02 differs from ISA13", "", "IEA02"))
            if number_of(at(elements, 1)) != self._groups:
                message = f"IEA01 is not the number of functional groups, {self._groups}"
                self._faults.append(Fault("P121", segment, message, "", "IEA01"))
        self._is_open = False
        self._end_stretch(None)
        self._headers, self._closed = [], []

    def _close_set(self, at: Segment) -> None:
        owner, self._set = self._set, None
        if owner is not None and owner.guide is not None:
            message = "the transaction set is not closed: SE is missing"
            self._faults.append(Fault("P302", at, message, "", "SE"))
            self._closed = [owner.header[0]]

    def _close_group(self, at: Segment) -> None:
        self._close_set(at)
        group, self._group = self._group, None
        if group is not None and group.guide is not None:
            self._faults.append(Fault("P203", at, "the functional group is not closed: GE is missing", "", "GE"))
        elif group is not None:
            self._forget_group()

    def _forget_group(self) -> None:
        self._held = [item for item in self._held if item.text.startswith(b"ISA")]
        self._held_faults = [fault for fault in self._held_faults if fault.code == "P125"]

    def _end_interchange(self) -> None:
        """The end of an interchange whose IEA has not come."""
        if not self._is_open or self._last is None:
            return
        # The place behind the last segment, where the trailer should stand.
        behind = Segment(b"", self._last.offset + len(self._last.text) + 1, self._last.file_segment + 1)
        self._close_group(behind)
        if self._headers:
            self._faults.append(Fault("P123", behind, "the interchange is not closed: IEA is missing", "", "IEA"))
        self._is_open = False
        self._end_stretch(None)
        self._headers, self._closed = [], []

    # Stretches --------------------------------------------------------------------------------------------------------

    def _add(self, segment: Segment) -> None:
        """Takes a segment into the stretch, or holds it back while it is not known whether its group is judged."""
        if not self._headers or (self._group is not None and self._group.guide is None):
            self._held.append(segment)
        else:
            self._append(segment)

    def _append(self, segment: Segment) -> None:
        self._segments.append(segment)
        self._bytes += len(segment.text)
        for code in segment.remarks:
            self._faults.append(Fault(code, segment, _REMARKS[code]))

    def _cut_before(self, segment: Segment) -> None:
        above = [*self._headers, *(self._set.above() if self._set else self._closed)]
        if len(self._segments) >= max(self._stretch, len(above)):
            self._end_stretch(segment)
            self._above = above
            self._transaction = self._set.control if self._set else ""
            if self._set:
                self._counted = self._set.counted()

    def _begin_stretch(self) -> None:
        self._segments: list[Segment] = []
        self._faults: list[Fault] = []
        self._above = []
        self._counted = Counted()
        self._transaction = ""
        self._claims = 0
        self._bytes = 0

    def _end_stretch(self, following: Segment | None) -> None:
        if self._segments:
            assert self._guide is not None
            assert self._delimiters is not None
            self._ready.append(
                Stretch(
                    self.file,
                    self._guide,
                    self._delimiters,
                    self._interchange,
                    self._transaction,
                    tuple(self._above),
                    tuple(self._segments),
                    following,
                    self._counted,
                    tuple(self._faults),
                    self._claims,
                )
            )
        self._begin_stretch()


_ENVELOPE = {
    b"GS": Outline._begin_group,
    b"ST": Outline._begin_set,
    b"SE": Outline._end_set,
    b"GE": Outline._end_group,
    b"IEA": Outline._close,
}
