"""What to look for in the bytes of service lines, so that most claims need not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from edi837.claims.starts import unit_expression
from edi837.x12.boundary import Boundary
from edi837.x12.delimiters import Delimiters


class Trigger:
    """Finds service lines whose procedure (SV101-2) is one of some codes, and lines whose procedure cannot be told.

    `codes` are exact; `pattern` is a regular expression of five-character codes to add, or empty. The match is made
    between delimiters: digits in a note or a charge are no procedure. An SV1 segment that is not HC, two delimiters
    and five characters of code matches too, and so do an LX without SV1 behind it and an SV1 without LX in front of
    it, so that a line which cannot be read is never taken for a clean one.
    """

    def __init__(self, codes: Iterable[str], pattern: str = "") -> None:
        self._codes = tuple(sorted(codes))
        self._pattern = pattern
        self.boundary = Boundary(unit_expression, self._expressions)
        """The search for units that finds the lines too."""

    def __reduce__(self) -> tuple[type[Trigger], tuple[tuple[str, ...], str]]:
        return Trigger, (self._codes, self._pattern)

    def _expressions(self, delimiters: Delimiters) -> tuple[bytes, bytes]:
        """An SV1 segment with a procedure of interest or none that can be read, or without LX; an LX without SV1."""
        element, component = re.escape(delimiters.element), re.escape(delimiters.component)
        code_end = b"[" + component + element + b"]"
        alternatives = [_alternation(self._codes)] if self._codes else []
        if self._pattern:
            alternatives.append(self._pattern.encode())
        wanted = b"(?:" + b"|".join(alternatives) + b")" + code_end
        odd = b"(?!HC" + component + b"[0-9A-Z]{5}" + code_end + b")"
        service = b"SV1" + element
        behind = delimiters.break_pattern + service
        # Most lines are numbered with one digit: looked at first, it takes a third of the time.
        line = b"LX" + element + b"(?![0-9]" + behind + b")(?![0-9]{2,3}" + behind + b")"
        return service + b"(?:HC" + component + wanted + b"|" + odd + _not_behind_line(delimiters) + b")", line


def _not_behind_line(delimiters: Delimiters) -> bytes:
    """An alternative for an SV1 without LX in front; none where the padding changes: what stands in front has no size.

    Who searches such bytes has to count (`edi837.claims.units`).
    """
    if delimiters.padding is None:
        return b""
    element, behind = re.escape(delimiters.element), delimiters.break_pattern + b"SV1" + re.escape(delimiters.element)
    numbers = (b"[0-9]", b"[0-9][0-9]", b"[0-9][0-9][0-9]")
    return b"|" + b"".join(b"(?<!LX" + element + number + behind + b")" for number in numbers)


def _alternation(codes: Iterable[str]) -> bytes:
    """The codes as an expression that shares their first four characters: 9637[24]."""
    stems: dict[str, list[str]] = {}
    for code in codes:
        stems.setdefault(code[:-1], []).append(code[-1])
    return "|".join(
        re.escape(stem) + "[" + "".join(map(re.escape, sorted(ends))) + "]" for stem, ends in sorted(stems.items())
    ).encode()
