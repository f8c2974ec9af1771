"""The delimiters of one interchange, which its own ISA segment declares."""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple

import msgspec

ISA_WIDTH = 106
"""ISA is the one segment of fixed width: 105 characters and its terminator."""

_ISA_ELEMENTS = 16
_ISA_LONGEST = 400
"""An ISA whose elements are padded wrongly is still looked for within so many bytes."""

PADDING = b"\r\n\t "
"""Line ends and indents that senders put behind a terminator for people; they are no part of X12."""


class Delimiters(msgspec.Struct, frozen=True, dict=True):
    """The four delimiters of an interchange and the padding that its sender puts behind a terminator."""

    element: bytes
    """Byte 4 of ISA."""
    component: bytes
    """ISA16."""
    repetition: bytes
    """ISA11; the letter U of 004010 files is no repetition separator."""
    terminator: bytes
    """The byte behind ISA16."""
    padding: bytes | None
    """What stands behind the terminators, always the same; None where it changes within the interchange."""

    @cached_property
    def break_pattern(self) -> bytes:
        """A regular expression for the end of one segment up to the start of the next."""
        terminator = re.escape(self.terminator)
        if self.padding is None:
            return terminator + self.any_padding
        return terminator + re.escape(self.padding)

    @cached_property
    def any_padding(self) -> bytes:
        """A regular expression for whatever may stand behind a terminator without being part of a segment."""
        return b"[" + re.escape(PADDING.replace(self.terminator, b"")) + b"]*"

    @cached_property
    def encoding(self) -> str:
        """How element text is decoded: latin-1 where a delimiter is no ASCII character, UTF-8 else."""
        return "utf-8" if b"".join((self.element, self.component, self.terminator)).isascii() else "latin-1"

    def irregular(self) -> Delimiters:
        """The same delimiters for segments with changing padding."""
        return msgspec.structs.replace(self, padding=None)

    @cached_property
    def _irregularity(self) -> re.Pattern[bytes]:
        """Finds a terminator that has other padding behind it."""
        padding = re.escape(self.padding or b"")
        return re.compile(re.escape(self.terminator) + b"(?!" + padding + rb"(?![\r\n\t ]))")

    def is_regular(self, data: bytes, start: int, end: int) -> bool:
        """Whether each terminator of a slice has just this padding behind it."""
        return self.padding is None or self._irregularity.search(data, start, end) is None


class IsaSegment(NamedTuple):
    """The ISA segment of an interchange."""

    delimiters: Delimiters
    elements: tuple[bytes, ...]
    """ISA01 to ISA16."""
    end: int
    """Index behind its terminator and the padding."""
    width: int
    """Characters with the terminator; 106 in a valid one."""


def read_isa(data: bytes, start: int) -> IsaSegment | None:
    """The ISA segment that begins at an index of the data, or None where its delimiters cannot be told.

    An ISA of the wrong width is read by its element separators, and believed when a GS, TA1 or IEA segment follows.
    """
    window = data[start : start + _ISA_LONGEST]
    separator = window[3:4]
    if window[:3] != b"ISA" or not separator or separator.isalnum():
        return None
    parts = window.split(separator, _ISA_ELEMENTS)
    if len(parts) <= _ISA_ELEMENTS:
        return None
    width = len(window) - len(parts[-1]) + 2
    component, terminator = parts[-1][:1], parts[-1][1:2]
    if not terminator or len({separator, component, terminator}) < 3 or component.isalnum() or terminator.isalnum():
        return None
    behind = parts[-1][2:]
    following = behind.lstrip(PADDING.replace(terminator, b""))
    if width != ISA_WIDTH and not following.startswith((b"GS", b"TA1", b"IEA")):
        return None
    padding = behind[: len(behind) - len(following)]
    repetition = parts[11]
    return IsaSegment(
        Delimiters(separator, component, b"" if repetition.isalnum() else repetition, terminator, padding),
        (*parts[1:-1], component),
        start + width + len(padding),
        width,
    )
