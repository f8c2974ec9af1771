"""What is looked for inside a transaction set: its end, the units that are never cut, and what its reader asks for.

All of it is found in one search, for each search through a batch takes as long as a tenth of splitting it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from edi837.x12.delimiters import Delimiters

Expression = Callable[[Delimiters], bytes]
"""A regular expression for what stands behind a terminator and its padding."""

_ENVELOPE_TAGS = rb"(?:S[ET]|G[ES]|I[SE]A)"


class Finder(NamedTuple):
    """A compiled search; `lastindex` of a match tells what was found, and is None where it is notable."""

    pattern: re.Pattern[bytes]
    """Matches at the terminator in front of what is found."""
    unit: int
    end: int
    """An envelope segment, which ends the transaction set."""


class Landmarks(NamedTuple):
    """What a search found in a stretch of bytes."""

    boundary: Boundary
    """Which search it was."""
    units: list[re.Match[bytes]]
    notable: list[int]
    """Indices of terminators."""


class Boundary:
    """Where the units of a transaction set begin, which are never cut: a subscriber's claims, a claim payment.

    `unit` is the segment that begins one, with groups for what its reader takes from it; `notable` are segments that
    the reader wants to know the places of, with no groups. Each begins with the segment's id: what another segment is
    not, is told by its first letter. Without `unit` nothing but the end is looked for; with `cuts_only` no more units
    than are needed to cut between them, for whoever has others look for the rest.
    """

    def __init__(
        self,
        unit: Expression | None,
        notable: Callable[[Delimiters], Sequence[bytes]] | None = None,
        *,
        cuts_only: bool = False,
    ) -> None:
        self.cuts_only = cuts_only
        self._unit = unit
        self._notable = notable
        self._finders: dict[Delimiters, Finder] = {}
        self._units: dict[Delimiters, re.Pattern[bytes]] = {}

    def finder(self, delimiters: Delimiters) -> Finder:
        """The search for an interchange's delimiters.

        It stops at a terminator that has not just the padding and a segment id behind it, unless the padding changes.
        """
        found = self._finders.get(delimiters)
        if found is None:
            found = self._finders[delimiters] = self._compile(delimiters)
        return found

    def unit(self, delimiters: Delimiters) -> re.Pattern[bytes] | None:
        """A pattern that matches at the terminator in front of a unit."""
        found = self._units.get(delimiters)
        if found is None and self._unit:
            found = self._units[delimiters] = re.compile(delimiters.break_pattern + self._unit(delimiters))
        return found

    def find(self, delimiters: Delimiters, data: bytes, start: int, end: int) -> Landmarks:
        """What stands in data[start:end], for whoever has nothing but the bytes."""
        pattern, unit, _ = self.finder(delimiters)
        found = Landmarks(self, [], [])
        for match in pattern.finditer(data, start, end + 1):
            if match.lastindex == unit:
                found.units.append(match)
            elif match.lastindex is None:
                found.notable.append(match.start())
        return found

    def _compile(self, delimiters: Delimiters) -> Finder:
        terminator, padding = re.escape(delimiters.terminator), delimiters.any_padding
        wanted = []
        if self._unit and not self.cuts_only:
            # In front, so that the groups in it keep their numbers.
            wanted.append(self._unit(delimiters) + b"(?P<unit>)")
        if self._notable:
            wanted.extend(self._notable(delimiters))
        wanted.append(_ENVELOPE_TAGS + re.escape(delimiters.element) + b"(?P<end>)")
        if delimiters.padding is None:
            pattern = re.compile(terminator + padding + b"(?:" + b"|".join(wanted) + b")")
        else:
            padding = re.escape(delimiters.padding)
            wanted.append(b"[^A-Z0-9](?P<odd>)")
            regular = padding + b"(?:" + b"|".join(wanted) + b")"
            if padding:
                regular = b"(?:" + regular + b"|(?!" + padding + b")(?s:.)(?P<other>))"
            pattern = re.compile(terminator + regular)
        return Finder(pattern, pattern.groupindex.get("unit", 0), pattern.groupindex["end"])
