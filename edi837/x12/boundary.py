"""What is looked for inside a transaction set: its end, the units that are never cut, and what its reader asks for.

All of it is found in one search, for each search through a batch takes as long as a tenth of splitting it. Regular
expressions say what is found. Where the package was compiled and the padding never changes, the search is made in C,
with the same result (tests/test_search.py) in a fifth of the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from edi837.x12.delimiters import Delimiters

try:
    from edi837.x12 import _search
except ImportError:  # not compiled
    _search = None  # type: ignore[assignment]

Expression = Callable[[Delimiters], bytes]
"""A regular expression for what stands behind a terminator and its padding."""

_ENVELOPE_TAGS = rb"(?:S[ET]|G[ES]|I[SE]A)"

NOT_FOUND, IRREGULAR = -1, -2


class Landmarks(NamedTuple):
    """What a search found in a stretch of bytes; every index is that of a terminator."""

    boundary: Boundary
    """Which search it was."""
    delimiters: Delimiters
    """What it went by."""
    units: list[int]
    first: list[bytes | None]
    """What the first group of the unit's expression holds, for each unit; none of them where there are only cuts."""
    second: list[bytes]
    notable: list[int]

    def drop_from(self, end: int) -> None:
        """Drops what was found from an index on."""
        units, notable = self.units, self.notable
        while units and units[-1] >= end:
            units.pop()
        del self.first[len(units) :], self.second[len(units) :]
        while notable and notable[-1] >= end:
            notable.pop()


Search = Callable[[bytes, int, int, int, Landmarks], int]
"""Looks at the terminators in buffer[start:stop], and at nothing from an index `limit` on, given in this order.

Adds what it finds and returns the terminator in front of the next envelope segment, where it ends, or NOT_FOUND; or
IRREGULAR where a terminator has not just the padding and a segment id behind it, unless the padding changes.
"""

Compiled = Callable[[Delimiters], Search | None]
"""A search in C for an interchange's delimiters, or None where there is none."""


class Boundary:
    """Where the units of a transaction set begin, which are never cut: a subscriber's claims, a claim payment.

    `unit` is the segment that begins one, with two groups for what its reader takes from it; `notable` are segments
    that the reader wants to know the places of, with no groups. Each begins with the segment's id: what another segment
    is not, is told by its first letter. Without `unit` nothing but the end is looked for; with `cuts_only` no more
    units than are needed to cut between them, for whoever has others look for the rest. `compiled` finds the same.
    """

    def __init__(
        self,
        unit: Expression | None,
        notable: Callable[[Delimiters], Sequence[bytes]] | None = None,
        *,
        cuts_only: bool = False,
        compiled: Compiled | None = None,
    ) -> None:
        self.cuts_only = cuts_only
        self._unit = unit
        self._notable = notable
        self._compiled = _end_search if unit is None or cuts_only else compiled
        self._searches: dict[Delimiters, Search] = {}
        self._units: dict[Delimiters, re.Pattern[bytes]] = {}

    def search(self, delimiters: Delimiters) -> Search:
        """The search for an interchange's delimiters."""
        found = self._searches.get(delimiters)
        if found is None:
            compiled = self._compiled(delimiters) if self._compiled and delimiters.padding is not None else None
            found = self._searches[delimiters] = compiled or self.expression_search(delimiters)
        return found

    def unit(self, delimiters: Delimiters) -> re.Pattern[bytes] | None:
        """A pattern that matches at the terminator in front of a unit."""
        found = self._units.get(delimiters)
        if found is None and self._unit:
            found = self._units[delimiters] = re.compile(delimiters.break_pattern + self._unit(delimiters))
        return found

    def start(self, delimiters: Delimiters, notable: list[int] | None = None) -> Landmarks:
        """Landmarks for a search to add to; some notable ones may be known."""
        return Landmarks(self, delimiters, [], [], [], [] if notable is None else notable)

    def find(self, delimiters: Delimiters, data: bytes, start: int, end: int) -> Landmarks:
        """What stands in data[start:end], for whoever has nothing but the bytes."""
        found = self.start(delimiters)
        if self.search(delimiters)(data, start, end, end + 1, found) == IRREGULAR:
            return self.find(delimiters.irregular(), data, start, end)
        return found

    def expression_search(self, delimiters: Delimiters) -> Search:
        """The search as the expressions say it."""
        pattern = self._compile(delimiters)
        is_unit, is_end = pattern.groupindex.get("unit", 0), pattern.groupindex["end"]

        def search(buffer: bytes, start: int, stop: int, limit: int, found: Landmarks) -> int:
            _, _, units, first, second, notable = found
            for match in pattern.finditer(buffer, start, limit):
                at, kind = match.start(), match.lastindex
                if at >= stop:
                    break
                if kind == is_unit:
                    units.append(at)
                    first.append(match[1])
                    second.append(match[2])
                elif kind is None:
                    notable.append(at)
                else:
                    return at if kind == is_end else IRREGULAR
            return NOT_FOUND

        return search

    def _compile(self, delimiters: Delimiters) -> re.Pattern[bytes]:
        """Matches at the terminator in front of what is found; `lastindex` is None where it is notable."""
        terminator, padding = re.escape(delimiters.terminator), delimiters.any_padding
        wanted = []
        if self._unit and not self.cuts_only:
            # In front, so that the groups in it keep their numbers.
            wanted.append(self._unit(delimiters) + b"(?P<unit>)")
        if self._notable:
            wanted.extend(self._notable(delimiters))
        wanted.append(_ENVELOPE_TAGS + re.escape(delimiters.element) + b"(?P<end>)")
        if delimiters.padding is None:
            return re.compile(terminator + padding + b"(?:" + b"|".join(wanted) + b")")
        padding = re.escape(delimiters.padding)
        wanted.append(b"[^A-Z0-9](?P<odd>)")
        regular = padding + b"(?:" + b"|".join(wanted) + b")"
        if padding:
            regular = b"(?:" + regular + b"|(?!" + padding + b")(?s:.)(?P<other>))"
        return re.compile(terminator + regular)


def _end_search(delimiters: Delimiters) -> Search | None:
    """The search for the end and nothing else."""
    if _search is None:
        return None
    find_end = _search.find_end
    element, terminator, padding = delimiters.element, delimiters.terminator, delimiters.padding or b""

    def search(buffer: bytes, start: int, stop: int, limit: int, found: Landmarks) -> int:
        return find_end(buffer, start, stop, limit, element, terminator, padding)

    return search
