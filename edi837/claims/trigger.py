"""What to look for in the bytes of service lines, so that most claims need not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from edi837.x12.delimiters import Delimiters


class Trigger:
    """Finds service lines whose procedure (SV101-2) is one of some codes, and lines whose procedure cannot be told.

    `codes` are exact; `pattern` is a regular expression of five-character codes to add, or empty. The match is made
    between delimiters: digits in a note or a charge are no procedure. An SV1 segment that is not HC, two delimiters
    and five characters of code matches too, so that a line which cannot be read is never taken for a clean one.
    """

    def __init__(self, codes: Iterable[str], pattern: str = "") -> None:
        self._codes = tuple(sorted(codes))
        self._pattern = pattern
        self._compiled: dict[Delimiters, re.Pattern[bytes]] = {}

    def __reduce__(self) -> tuple[type[Trigger], tuple[tuple[str, ...], str]]:
        return Trigger, (self._codes, self._pattern)

    def pattern(self, delimiters: Delimiters) -> re.Pattern[bytes]:
        """The compiled expression for an interchange; matches at the terminator in front of SV1."""
        compiled = self._compiled.get(delimiters)
        if compiled is None:
            element, component = re.escape(delimiters.element), re.escape(delimiters.component)
            code_end = b"[" + component + element + b"]"
            alternatives = [_alternation(self._codes)] if self._codes else []
            if self._pattern:
                alternatives.append(self._pattern.encode())
            wanted = b"(?:" + b"|".join(alternatives) + b")" + code_end
            odd = b"(?!HC" + component + b"[0-9A-Z]{5}" + code_end + b")"
            compiled = re.compile(
                delimiters.break_pattern + b"SV1" + element + b"(?:HC" + component + wanted + b"|" + odd + b")"
            )
            self._compiled[delimiters] = compiled
        return compiled


def _alternation(codes: Iterable[str]) -> bytes:
    """The codes as an expression that shares their first four characters: 9637[24]."""
    stems: dict[str, list[str]] = {}
    for code in codes:
        stems.setdefault(code[:-1], []).append(code[-1])
    return "|".join(
        re.escape(stem) + "[" + "".join(map(re.escape, sorted(ends))) + "]" for stem, ends in sorted(stems.items())
    ).encode()
