"""What to look for in the bytes of service lines, so that most claims need not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from edi837.claims.starts import compiled_search, unit_expression
from edi837.x12.boundary import Boundary, Search
from edi837.x12.delimiters import Delimiters

CODE_LENGTH = 5
"""Characters of a CPT or HCPCS Level II code."""


class Trigger:
    """Finds service lines whose procedure (SV101-2) is one of some codes, and what cannot be told to be none.

    In a code `#` stands for any digit. The match is made between delimiters: digits in a note or a charge are no
    procedure. An SV1 segment that is not HC, two delimiters and five characters of code matches too, and so do an LX
    without SV1 behind it, an SV1 without LX in front of it and a CLM without any LX, so that what cannot be read is
    never taken for clean.
    """

    def __init__(self, codes: Iterable[str]) -> None:
        self._codes = tuple(sorted(codes))
        if not all(len(code) == CODE_LENGTH and code.isascii() for code in self._codes):
            raise ValueError(f"procedure codes have {CODE_LENGTH} characters: {', '.join(self._codes)}")
        self.boundary = Boundary(unit_expression, self._expressions, compiled=self._compiled)
        """The search for units that finds the lines too."""

    def __reduce__(self) -> tuple[type[Trigger], tuple[tuple[str, ...]]]:
        return Trigger, (self._codes,)

    def _compiled(self, delimiters: Delimiters) -> Search | None:
        return compiled_search(delimiters, "".join(self._codes).encode())

    def _expressions(self, delimiters: Delimiters) -> tuple[bytes, bytes, bytes]:
        """SV1 with a procedure of interest or none that can be read, or without LX; LX without SV1; CLM without LX."""
        element, component = re.escape(delimiters.element), re.escape(delimiters.component)
        code_end = b"[" + component + element + b"]"
        wanted = b"(?:" + _alternation(self._codes) + b")" + code_end if self._codes else b"(?!)"
        odd = b"(?!HC" + component + b"[0-9A-Z]{5}" + code_end + b")"
        service = b"SV1" + element
        behind = delimiters.break_pattern + service
        # Most lines are numbered with one digit: looked at first, it takes a third of the time.
        line = b"LX" + element + b"(?![0-9]" + behind + b")(?![0-9]{2,3}" + behind + b")"
        return (
            service + b"(?:HC" + component + wanted + b"|" + odd + _not_behind_line(delimiters) + b")",
            line,
            b"CLM" + element + b"(?!" + _to_line(delimiters) + b")",
        )


def _to_line(delimiters: Delimiters) -> bytes:
    """From within a CLM segment up to its first LX. Nothing is tried twice: a claim may be long."""
    element, terminator = re.escape(delimiters.element), re.escape(delimiters.terminator)
    rest = b"[^" + terminator + b"]*+"
    start = delimiters.break_pattern + (b"+" if delimiters.padding is None else b"")
    other = b"(?!(?:LX|CLM|HL)" + element + b")"
    return rest + b"(?:" + start + other + rest + b")*+" + start + b"LX" + element


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
    alternatives = [f"{stem}[{''.join(sorted(ends))}]" for stem, ends in sorted(stems.items())]
    return "|".join(alternatives).replace("[#]", "[0-9]").replace("#", "[0-9]").encode()
