"""Has pyx12 judge a stretch: it walks the segments through its map of the guide and checks each one's elements.

Only its walker and its maps are used. Its reader stops at an empty segment, takes the delimiters of the first ISA for
all, and fails on trailers without headers; its error handler writes elements of claims to a log; its 999 is not
reproducible. What is read here has passed `edi837.conformance.segments`, and no text of pyx12 is shown: it may quote an
element.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Any

from pyx12.map_if import load_map_file
from pyx12.map_walker import walk_tree
from pyx12.params import ParamsBase
from pyx12.segment import Segment as Parsed
from pyx12.x12file import X12Base

from edi837.conformance.faults import Fault
from edi837.conformance.guides import PROFESSIONAL_CLAIM
from edi837.conformance.segments import Segment
from edi837.conformance.stretch import Stretch
from edi837.conformance.words import element_fault, loop_name, too_many_components, walk_fault

OUTDATED_LISTS = ("remark_code", "currency")
"""pyx12's code lists that are not asked: see docs/conformance.md."""

NEWER_CODES = {
    "states": frozenset({"NL", "NU", "PW", "QC", "UM"}),
    "country": frozenset({"AX", "BL", "BQ", "CW", "GG", "IM", "JE", "ME", "MF", "RS", "SS", "SX", "TL"}),
}
"""Codes in force that are missing in pyx12's lists of the name."""

_CONTROL_MAP = "x12.control.00501.xml"
_ISA, _TA1, _GS_LOOP, _GS = "/ISA_LOOP/ISA", "/ISA_LOOP/TA1", "/ISA_LOOP/GS_LOOP", "/ISA_LOOP/GS_LOOP/GS"


class Failure:
    """A segment at which pyx12 itself failed: what follows it was judged, it was not."""

    def __init__(self, at: Segment, kind: str) -> None:
        self.at = at
        self.kind = kind


@cache
def _map(name: str) -> Any:
    """pyx12's map of a guide: it is read once a process, which takes an eighth of a second, and never changes."""
    parameters = ParamsBase()
    parameters.set("exclude_external_codes", ",".join(OUTDATED_LISTS))
    return load_map_file(name, parameters)


_COUNTED = {
    "HL1": ("P411", "HL01 is not the number of the HL segment", "HL01"),
    "HL2": ("P412", "HL02 is not the number of an HL segment above", "HL02"),
    "LX": ("P413", "LX01 is not the number of the service line", "LX01"),
}


class _Part(Enum):
    """What is told of a segment: the way to it, the segment itself, or both."""

    WALK = 1
    LOOK = 2
    BOTH = 3


class _Judge:
    """The walk through one stretch."""

    def __init__(self, stretch: Stretch) -> None:
        self._stretch = stretch
        self._guide_map = _map(stretch.guide.map)
        self._control_map = _map(_CONTROL_MAP)
        self._walker = walk_tree()
        self._node: Any = self._control_map.getnodebypath(_ISA)
        # pyx12's counts of HL and LX segments, and its look at segment ids.
        self._counts = X12Base()
        self._counts.check_837_lx = stretch.guide == PROFESSIONAL_CLAIM
        self._in_group = False

    def run(self) -> Iterator[Fault | Failure]:
        """What is wrong, in the order of the segments."""
        stretch = self._stretch
        for segment in stretch.above:
            for _ in self._take(segment):
                pass
        if stretch.above:
            self._counts.hl_count = stretch.counted.levels
            self._counts.hl_stack = list(stretch.counted.parents)
            self._counts.lx_count = stretch.counted.lines
        for index, segment in enumerate(stretch.segments):
            # What the first segment shows to be missing before it belongs to the stretch before.
            yield from self._take(segment, _Part.LOOK if index == 0 and stretch.above else _Part.BOTH)
        if stretch.following is not None:
            yield from self._take(stretch.following, _Part.WALK)

    def _take(self, segment: Segment, part: _Part = _Part.BOTH) -> Iterator[Fault | Failure]:
        try:
            parsed = _parse(segment, self._stretch)
            tag = parsed.get_seg_id()
            if tag == "TA1":
                # The walker takes GS for missing where a TA1 stands before it, which is its place.
                yield from self._elements(self._control_map.getnodebypath(_TA1), segment, parsed, tag)
                return
            found = list(self._walk(segment, parsed))
            if part is not _Part.LOOK:
                yield from found
            if part is _Part.WALK:
                return
            yield from self._look_at(segment, parsed, tag)
            if not self._lost:
                yield from self._elements(self._node, segment, parsed, tag)
        except Exception as error:  # noqa: BLE001 - pyx12 fails in many ways, and its text may quote the segment
            yield Failure(segment, type(error).__name__)

    def _walk(self, segment: Segment, parsed: Any) -> Iterator[Fault]:
        """Goes to the segment's place in the map, and tells what the way there shows."""
        tag = parsed.get_seg_id()
        self._lost = False
        if tag == "ISA":
            self._node = self._control_map.getnodebypath(_ISA)
            self._walker.forceWalkCounterToLoopStart("/ISA_LOOP", _ISA)
            return
        if tag == "GS" or (tag == "ST" and not self._in_group):
            self._in_group = True
            self._node = self._guide_map.getnodebypath(_GS)
            self._walker.forceWalkCounterToLoopStart(_GS_LOOP, _GS)
            if tag == "GS":
                return
        node, _, _, errors = self._walker.walk_errors(self._node, parsed, 0, 0, None)
        for error in errors:
            yield walk_fault(error, segment, tag, self._node)
        if node is None:
            self._lost = True
        else:
            self._node = node
        if tag == "GE":
            self._in_group = False

    def _look_at(self, segment: Segment, parsed: Any, tag: str) -> Iterator[Fault]:
        separator = self._stretch.delimiters.element
        if segment.text.endswith(separator):
            yield Fault("P417", segment, "separators stand at the end of the segment", self._loop())
        if tag in ("ISA", "GS", "SE", "GE", "IEA"):
            return
        if tag == "ST":
            self._counts.lx_count = 0
        self._counts._parse_segment(parsed)
        for code in [error[1] for error in self._counts.pop_errors() if error[0] == "seg"]:
            if code in _COUNTED:
                number, message, element = _COUNTED[code]
                yield Fault(number, segment, message, self._loop(), element)
            elif code == "8":
                yield Fault("P408", segment, "the segment has no element", self._loop())
            elif code == "1" and not self._lost:
                yield Fault("P401", segment, "the segment id is not valid", self._loop())

    def _elements(self, node: Any, segment: Segment, parsed: Any, tag: str) -> Iterator[Fault]:
        yield from _mend(node, parsed, segment, tag)
        for error in node.is_valid_errors(parsed)[1]:
            value = error.err_val
            place = error.map_node
            if error.err_cde == "7" and place is not None and value in NEWER_CODES.get(place.external_codes, ()):
                continue
            yield element_fault(error, node, segment, tag)

    def _loop(self) -> str:
        return loop_name(self._node.parent)


def judge(stretch: Stretch) -> Iterator[Fault | Failure]:
    """What is wrong with a stretch, in the order of its segments."""
    yield from _Judge(stretch).run()


def _parse(segment: Segment, stretch: Stretch) -> Any:
    """The segment as pyx12 takes it apart; other editions of the guide are read as the one that it has a map for."""
    delimiters = stretch.delimiters
    text = segment.text.decode(delimiters.encoding, "replace")
    separators = (delimiters.terminator, delimiters.element, delimiters.component)
    parsed = Parsed(text, *(separator.decode("latin-1") for separator in separators))
    place = _VERSION_AT.get(parsed.get_seg_id())
    if place and parsed.get_value(place) in stretch.guide.editions:
        parsed.set(place, stretch.guide.version)
    return parsed


_VERSION_AT = {"GS": "GS08", "ST": "ST03"}


def _mend(node: Any, parsed: Any, segment: Segment, tag: str) -> Iterator[Fault]:
    """Takes away what pyx12 would fail on, and tells it where that hides it."""
    for index, child in enumerate(node.children[: len(parsed)]):
        if not child.is_composite() or child.usage == "N":
            continue
        composite, most = parsed.elements[index], len(child.children)
        if len(composite) > most:
            yield too_many_components(node, index, segment, tag)
            del composite.elements[most:]
    if tag == "DTP" and (value := parsed.get_value("DTP03")) and value.count("-") > 1:
        # A range of dates with several hyphens: no range, whichever way.
        parsed.set("DTP03", value.replace("-", ""))
