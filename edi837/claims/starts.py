"""Where units, claims and lines begin, as regular expressions."""

from __future__ import annotations

import re
from functools import lru_cache

from edi837.x12.boundary import Boundary, Landmarks, Search
from edi837.x12.delimiters import Delimiters

try:
    from edi837.claims import _search
except ImportError:  # not compiled
    _search = None  # type: ignore[assignment]


def unit_expression(delimiters: Delimiters) -> bytes:
    """A unit's HL, of any level but the patient's (23), with two groups: its level and a member id.

    The level (HL03) is None where the segment ends in front of it. The member id is the subscriber's where SBR and
    NM1*IL follow as they should, else empty. Alternatives that may be empty stand for what is optional: they take less
    time than a repetition.
    """
    element, terminator = re.escape(delimiters.element), re.escape(delimiters.terminator)
    value = b"[^" + element + terminator + b"]*"
    rest = b"[^" + terminator + b"]*"
    start = delimiters.break_pattern
    above = (value + element) * 2
    level = b"(?:" + above + b"(?!23[" + element + terminator + b"])(" + value + b")|(?!" + above + b"))" + rest
    subscriber = start + b"SBR" + element + rest
    patient = b"(?:" + start + b"PAT" + element + rest + b"|)"
    insured = start + b"NM1" + element + b"IL" + element + (value + element) * 7
    return b"HL" + element + level + b"(?:" + subscriber + patient + insured + b"|)(" + value + b")"


def compiled_search(delimiters: Delimiters, codes: bytes | None = None) -> Search | None:
    """The search for units in C, and where there are codes for the lines that a `Trigger` finds; None without C."""
    if _search is None:
        return None
    find_starts = _search.find_starts
    element, component, terminator = delimiters.element, delimiters.component, delimiters.terminator
    padding = delimiters.padding or b""

    def search(buffer: bytes, start: int, stop: int, limit: int, found: Landmarks) -> int:
        _, _, units, levels, members, notable = found
        lists = units, levels, members, notable
        return find_starts(buffer, start, stop, limit, *lists, element, component, terminator, padding, codes)

    return search


UNIT_BOUNDARY = Boundary(unit_expression, compiled=compiled_search)
"""Where a region of professional claims may be cut: at any HL but a patient's."""

UNIT_CUTS = Boundary(unit_expression, cuts_only=True)
"""The same, for a reader that has others look for the units."""


@lru_cache(maxsize=64)
def member_id(delimiters: Delimiters) -> re.Pattern[bytes]:
    """The member id of the first NM1*IL segment, wherever it stands."""
    element, terminator = re.escape(delimiters.element), re.escape(delimiters.terminator)
    value = b"[^" + element + terminator + b"]*"
    return re.compile(
        delimiters.break_pattern + b"NM1" + element + b"IL" + (element + value) * 7 + element + b"(" + value + b")"
    )


@lru_cache(maxsize=64)
def claim_start(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Matches at the terminator in front of a CLM segment."""
    return re.compile(delimiters.break_pattern + b"CLM" + re.escape(delimiters.element))


@lru_cache(maxsize=64)
def line_start(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Matches in front of an LX segment; group 1 is the segment's id."""
    return re.compile(delimiters.irregular().break_pattern + b"(LX)" + re.escape(delimiters.element))


def count_claims(delimiters: Delimiters, data: bytes, start: int, end: int) -> tuple[int, int]:
    """How many claims, and how many lines of the number 1, begin at the terminators in data[start:end]."""
    element = delimiters.element
    if delimiters.padding is None:
        claims, _, lines, _ = (pattern.findall(data, start, end) for pattern in _patterns(delimiters))
        return len(claims), len(lines)
    if _search is not None:
        return _search.count_starts(data, start, end, element, delimiters.terminator, delimiters.padding)
    between = delimiters.terminator + delimiters.padding
    first_line = between.join((b"", b"LX" + element + b"1", b"SV1" + element))
    return data.count(between + b"CLM" + element, start, end), data.count(first_line, start, end)


def has_odd_lines(delimiters: Delimiters, data: bytes, start: int, end: int) -> bool:
    """Whether there are not as many lines as SV1 segments, where the padding changes."""
    _, line, _, service = _patterns(delimiters)
    return len(line.findall(data, start, end)) != len(service.findall(data, start, end))


@lru_cache(maxsize=64)
def _patterns(delimiters: Delimiters) -> tuple[re.Pattern[bytes], ...]:
    """What begins claims, lines, lines of the number 1 and SV1 segments, where the padding changes."""
    between, element = delimiters.break_pattern, re.escape(delimiters.element)
    claim, line, service = (between + tag + element for tag in (b"CLM", b"LX", b"SV1"))
    return tuple(map(re.compile, (claim, line, line + b"1" + service, service)))
