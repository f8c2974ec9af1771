"""Makes the 999 (005010X231A1) of what was judged: the same bytes for the same input, whenever it is made.

pyx12 can make one too, with the time of day, random control numbers, an order of its own each time and copies of bad
elements, and breaks off where ST03 is missing (835). Here the date, time and control numbers are those of the input,
sender and receiver change places, and no element is copied. Errors of the interchange itself belong into a TA1.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from edi837.conformance.findings import MISSING
from edi837.conformance.guides import PROFESSIONAL_CLAIM
from edi837.conformance.segments import Segment
from edi837.conformance.stretch import Stretch
from edi837.model import Finding

_GUIDE = "005010X231A1"
_MOST_CODES = 5
"""Error codes in one IK5 or AK9 segment."""

_IK304 = {"P401": "1", "P402": "2", "P403": "3", "P404": "4", "P405": "5"}
_HAS_ELEMENT_ERRORS = "8"
_NOT_USED = "I10"
_PLACE = re.compile(r"(\d\d)(?:-(\d+))?\Z")
_UNSAFE = re.compile(r"[^A-Za-z0-9 !\"&'()+,\-./;?=%@\[\]_{}\\|<>#$`]")
_TAGS = frozenset({b"ISA", b"GS", b"ST", b"SE", b"GE", b"IEA"})


class _Set:
    """The acknowledgement of a transaction set."""

    def __init__(self, kind: str, control: str, guide: str) -> None:
        self.head = _segment("AK2", kind, _clean(control)[:9].rjust(4, "0"), _clean(guide)[:35])
        self.segments: list[str] = []
        self.codes: set[str] = set()

    def lines(self) -> list[str]:
        """AK2 to IK5."""
        codes = sorted(self.codes, key=lambda code: (len(code), code))[:_MOST_CODES]
        return [self.head, *self.segments, _segment("IK5", "R" if codes else "A", *codes)]


class _Group:
    """The acknowledgement of a functional group."""

    def __init__(self, kind: str, elements: Sequence[str]) -> None:
        control = _at(elements, 6).strip()
        self.head = _segment("AK1", kind, control if _is_count(control) else "0", _at(elements, 8)[:12])
        self.lines: list[str] = []
        self.received = self.accepted = 0
        self.included = ""
        self.codes: set[str] = set()
        self.noted = False
        """Whether something is wrong between its transaction sets."""

    def take(self, done: _Set) -> None:
        """Adds a transaction set."""
        self.lines += done.lines()
        self.received += 1
        self.accepted += not done.codes

    def transaction(self, control: str) -> list[str]:
        """ST to SE of the 999's transaction set."""
        accepted = 0 if self.codes else self.accepted
        verdict = "R" if not accepted else "P" if accepted < self.received else "E" if self.noted else "A"
        included = self.included if _is_count(self.included) else str(self.received)
        codes = sorted(self.codes, key=int)[:_MOST_CODES]
        tail = _segment("AK9", verdict, included, str(self.received), str(accepted), *codes)
        body = [_segment("ST", "999", control, _GUIDE), self.head, *self.lines, tail]
        return [*body, _segment("SE", str(len(body) + 1), control)]


class Acknowledgement:
    """Takes the stretches of a file in their order, each with its findings; gives the bytes of its 999."""

    def __init__(self) -> None:
        self._isa: list[str] = []
        self._gs: list[str] = []
        self._groups = 0
        self._group: _Group | None = None
        self._set: _Set | None = None
        self._interchanges = 0
        self.whole = True
        """Whether every transaction set is answered: one that stands in no functional group cannot be."""
        self._position = 0
        self._control = "", ""
        self._controls: set[str] = set()

    def take(self, stretch: Stretch, findings: Sequence[Finding]) -> bytes:
        """What can be written now: a functional group is acknowledged at its end."""
        separator = stretch.delimiters.element
        places = deque((place, list(group)) for place, group in groupby(findings, lambda item: item.file_segment))
        lines: list[str] = []
        for segment in stretch.segments:
            while places and places[0][0] < segment.file_segment:
                # At the header of a group that is not judged.
                self._place(places.popleft()[1], "", stretch)
            found = places.popleft()[1] if places and places[0][0] == segment.file_segment else []
            tag = segment.text.partition(separator)[0]
            if tag in _TAGS:
                elements = [element.decode("latin-1") for element in segment.text.split(separator)]
                lines += self._take_envelope(tag.decode(), elements, segment, found, stretch)
            else:
                self._place(found, tag.decode("latin-1"), stretch)
            self._position = segment.position or self._position
        # What is missing before the segment behind the stretch.
        for _, found in places:
            self._place(found, "", stretch)
        return _encoded(lines)

    def close(self) -> bytes:
        """What is left to be written where the file breaks off."""
        return _encoded([*self._end_group(), *self._end_interchange()])

    def _take_envelope(
        self, tag: str, elements: list[str], segment: Segment, found: list[Finding], stretch: Stretch
    ) -> Iterator[str]:
        if tag == "SE":
            self._place(found, tag, stretch)
            self._end_set()
            return
        # What is missing was due before this segment.
        missing = [item for item in found if item.code in MISSING]
        rest = [item for item in found if item.code not in MISSING]
        self._place(missing, tag, stretch)
        self._end_set()
        if tag == "ST":
            self._set = _Set(_at(elements, 1), _at(elements, 2), _at(elements, 3))
            self._position = 0
        elif tag == "GE" and self._group is not None:
            self._group.included = _at(elements, 1).strip()
        elif tag in ("GS", "IEA", "ISA"):
            yield from self._end_group()
        if tag == "GS":
            self._gs = self._gs or elements
            self._group = _Group("HC" if stretch.guide == PROFESSIONAL_CLAIM else "HP", elements)
        elif tag == "ISA":
            yield from self._end_interchange()
            self._isa, self._gs = elements, []
        self._place(rest, tag, stretch)
        if tag == "GE":
            yield from self._end_group()
        elif tag == "IEA":
            yield from self._end_interchange()

    # Errors -----------------------------------------------------------------------------------------------------------

    def _place(self, found: Iterable[Finding], tag: str, stretch: Stretch) -> None:
        """Puts findings on one segment where they belong."""
        of_segment: list[Finding] = []
        for item in found:
            owner, number = item.code[:2], item.code[2:].lstrip("0")
            if owner == "P2" and self._group is not None:
                self._group.codes.add(number)
            elif owner == "P3" and self._set is not None:
                self._set.codes.add(number)
            elif owner in ("P4", "P5"):
                of_segment.append(item)
        if not of_segment:
            return
        if self._set is None:
            if self._group is not None and tag in ("GS", "GE"):
                self._group.codes.update(_group_code(item.element) for item in of_segment)
            elif self._group is not None:
                self._group.noted = True
        elif tag in ("ST", "SE") and not any(item.code == "P403" for item in of_segment):
            self._set.codes.update(_set_code(item.element) for item in of_segment)
        else:
            self._set.codes.add("5")
            self._set.segments += _segment_errors(of_segment, tag, stretch, self._position + 1)

    # Envelope ---------------------------------------------------------------------------------------------------------

    def _end_set(self) -> None:
        done, self._set = self._set, None
        if done is not None and self._group is not None:
            self._group.take(done)
        elif done is not None:
            self.whole = False

    def _end_group(self) -> Iterator[str]:
        self._end_set()
        group, self._group = self._group, None
        if group is None or not group.received:
            return
        if not self._groups:
            yield from self._header()
        self._groups += 1
        yield from group.transaction(f"{self._groups:04d}")

    def _header(self) -> Iterator[str]:
        self._interchanges += 1
        isa, gs = self._isa, self._gs
        day = _digits(_at(isa, 9), 6) or _digits(_at(gs, 4)[2:], 6) or "700101"
        time = _digits(_at(isa, 10), 4) or "0000"
        control = _digits(_at(isa, 13), 9) or f"{self._interchanges:09d}"
        while control in self._controls:
            control = f"{(int(control) + 1) % 10**9:09d}"
        self._controls.add(control)
        self._control = control, _at(gs, 6).strip() if _is_count(_at(gs, 6).strip()) else str(int(control) or 1)
        mark = _at(isa, 15) if _at(isa, 15) in ("P", "T") else "T"
        yield (
            f"ISA*00*{'':10}*00*{'':10}*{_qualifier(_at(isa, 7))}*{_party(_at(isa, 8)):15}"
            f"*{_qualifier(_at(isa, 5))}*{_party(_at(isa, 6)):15}*{day}*{time}*^*00501*{control}*0*{mark}*:"
        )
        sent = _digits(_at(gs, 4), 8) or f"{'20' if day < '70' else '19'}{day}"
        yield _segment("GS", "FA", *_parties(gs), sent, time, self._control[1], "X", _GUIDE)

    def _end_interchange(self) -> Iterator[str]:
        groups, self._groups = self._groups, 0
        if groups:
            yield _segment("GE", str(groups), self._control[1])
            yield _segment("IEA", "1", self._control[0])


def _segment_errors(found: list[Finding], tag: str, stretch: Stretch, number: int) -> Iterator[str]:
    """IK3, CTX and IK4 of the segment that has a number. What has no segment id can only be told by IK5."""
    position = str(number)
    claims: dict[tuple[str, str], str] = {}
    for item in found:
        code = _IK304.get(item.code, _HAS_ELEMENT_ERRORS)
        claims.setdefault((code, item.element if item.code == "P403" else tag), item.claim)
    for (code, name), claim in sorted(claims.items()):
        if not re.fullmatch("[A-Z0-9]{2,3}", name):
            continue
        yield _segment("IK3", name, position, "", code)
        if claim and stretch.guide == PROFESSIONAL_CLAIM:
            yield f"CTX*CLM01:{_clean(claim)[:35]}"
        if code == _HAS_ELEMENT_ERRORS:
            yield from _element_errors(found)


def _element_errors(found: list[Finding]) -> Iterator[str]:
    for item in found:
        place = _PLACE.search(item.element)
        if place is None or item.code in _IK304:
            continue
        code = "7" if item.code[:2] == "P4" else _NOT_USED if item.code == "P520" else item.code[2:].lstrip("0")
        component = f":{place[2]}" if place[2] else ""
        yield f"IK4*{int(place[1])}{component}**{code}"


def _group_code(element: str) -> str:
    """AK905 of an error in GS or GE: version not supported, control number, or else the group itself."""
    return {"GS08": "2", "GS06": "6", "GE02": "6"}.get(element, "1")


def _set_code(element: str) -> str:
    """IK502 of an error in ST or SE."""
    return {"ST02": "7", "SE02": "7", "ST03": "I6"}.get(element, "6")


def _segment(tag: str, *elements: str) -> str:
    return "*".join([tag, *map(_clean, elements)]).rstrip("*")


def _encoded(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}~\n" for line in lines).encode("ascii")


def _at(elements: Sequence[str], index: int) -> str:
    return elements[index] if index < len(elements) else ""


def _clean(text: str) -> str:
    """Text without what would break a segment."""
    return _UNSAFE.sub("", text).strip()


def _digits(text: str, width: int) -> str:
    """The text where it is so many digits, else nothing."""
    return text if len(text) == width and text.isascii() and text.isdigit() else ""


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= len(text) <= 9


def _qualifier(text: str) -> str:
    return text if text in ("01", "14", "20", "27", "28", "29", "30", "33", "ZZ") else "ZZ"


def _party(text: str) -> str:
    return _clean(text)[:15] or "UNKNOWN"


def _parties(gs: Sequence[str]) -> tuple[str, str]:
    sender, receiver = (_clean(_at(gs, index))[:15] for index in (3, 2))
    return (sender if len(sender) > 1 else "UNKNOWN"), (receiver if len(receiver) > 1 else "UNKNOWN")
