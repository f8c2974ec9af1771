"""The functional group and the transaction set that are open, and how far they have come."""

from __future__ import annotations

from edi837.conformance.guides import Guide
from edi837.conformance.segments import Segment
from edi837.conformance.stretch import Counted
from edi837.x12.delimiters import Delimiters


class OpenGroup:
    """The functional group that is open."""

    def __init__(self, elements: list[str]) -> None:
        self.control = at(elements, 6)
        self.version = at(elements, 8)
        self.guide: Guide | None = None
        self.sets = 0
        """Transaction sets so far, those that are passed over too."""
        self.controls: set[str] = set()
        """ST02 of each."""


class OpenSet:
    """The transaction set that is open."""

    def __init__(self, control: str, guide: Guide | None) -> None:
        self.control = control
        self.guide = guide
        """None where it is passed over."""
        self.position = 0
        self.header: list[Segment] = []
        self.outer: list[Segment] = []
        self.inside = "header"
        self._levels = self._lines = 0
        self._parents: list[int] = []
        self.left_out = False
        """Whether it has run over the ceiling."""

    def count(self, tag: bytes, text: bytes, separator: bytes) -> None:
        """Counts as pyx12 does, which takes an HL segment without HL02 for the child of nobody."""
        if tag == b"CLM":
            self._lines = 0
        elif tag == b"LX":
            self._lines += 1
        elif tag == b"HL":
            self._levels += 1
            elements = text.split(separator)
            parent = elements[2] if len(elements) > 2 else None
            if parent != b"":
                number = number_of(parent)
                while self._parents and self._parents[-1] != number:
                    self._parents.pop()
            self._parents.append(self._levels)

    def counted(self) -> Counted:
        """How far the numbers have come."""
        return Counted(self._levels, tuple(self._parents), self._lines)

    def above(self) -> list[Segment]:
        """What a stretch that begins here has to be told."""
        return [*self.header, *self.outer]


def begins(unit: tuple[bytes, int, bytes], segment: Segment, separator: bytes) -> bool:
    """Whether a segment begins a unit of its guide: its id, and an element's position (0: any) and value."""
    tag, position, value = unit
    if not segment.text.startswith(tag + separator):
        return False
    if not position:
        return True
    elements = segment.text.split(separator)
    return len(elements) > position and elements[position] == value


def elements_of(segment: Segment, delimiters: Delimiters) -> list[str]:
    """The elements of an envelope segment as text, its id being 0."""
    return [element.decode("latin-1").strip() for element in segment.text.split(delimiters.element, 16)]


def at(elements: list[str], index: int) -> str:
    """The element at a position, empty where there is none."""
    return elements[index] if index < len(elements) else ""


def number_of(text: str | bytes | None) -> int | None:
    """The whole number that a text is, or None."""
    try:
        return int(text) if text is not None and len(text) <= _DIGITS else None
    except ValueError:
        return None


_DIGITS = 12
"""Of any count or level number that a sender would write."""
