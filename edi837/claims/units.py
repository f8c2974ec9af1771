"""Finds the units of a region, their subscribers' member ids and the procedures in them, without reading the rest."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple
from zlib import crc32

import msgspec

from edi837.claims.trigger import Trigger
from edi837.x12.body import Boundary
from edi837.x12.delimiters import Delimiters
from edi837.x12.kinds import described
from edi837.x12.region import Region, Transaction, count_segments

GUIDE = "005010X222"
"""The implementation guide of professional claims; its addenda A1 and A2 read alike."""


def refuse_other_than_professional_claims(kind: str, version: str) -> tuple[str, str] | None:
    """The diagnostic code and message for a transaction set that holds no 5010 professional claims, else None."""
    if kind == "837" and version.startswith(GUIDE):
        return None
    if kind == "837" and version.startswith("004010"):
        return "X402", "skipped a transaction set of version 004010: only 005010X222 claims are read"
    return "X401", f"skipped {described(kind, version, '837', GUIDE)}: no professional claims"


def _not_a_patient(element: bytes, terminator: bytes) -> bytes:
    """What follows the id of an HL segment of any level (HL03) but the patient's, 23."""
    stop = b"[" + element + terminator + b"]"
    value = b"[^" + element + terminator + b"]*"
    return element + b"(?!" + (value + element) * 2 + b"23" + stop + b")"


@lru_cache(maxsize=64)
def _unit_start(delimiters: Delimiters) -> re.Pattern[bytes]:
    """An HL segment of any level but the patient's, whole."""
    element, terminator = re.escape(delimiters.element), re.escape(delimiters.terminator)
    level = _not_a_patient(element, terminator)
    return re.compile(delimiters.break_pattern + b"HL" + level + b"[^" + terminator + b"]*(?=" + terminator + b")")


UNIT_BOUNDARY = Boundary(b"HL", lambda delimiters: _unit_start(delimiters.irregular()))
"""Where a region of professional claims may be cut: at any HL but a patient's."""

NO_MEMBER = 0


@lru_cache(maxsize=64)
def _unit(delimiters: Delimiters) -> re.Pattern[bytes]:
    """A unit's HL with its level and, where SBR and NM1*IL follow as they should, the member id; both may be empty."""
    element, terminator = re.escape(delimiters.element), re.escape(delimiters.terminator)
    value = b"[^" + element + terminator + b"]*"
    rest = b"[^" + terminator + b"]*"
    start = delimiters.break_pattern
    patient = b"(?:" + start + b"PAT" + element + rest + b")?"
    subscriber = start + b"SBR" + element + rest + patient
    insured = start + b"NM1" + element + b"IL" + (element + value) * 7 + element
    level = _not_a_patient(element, terminator) + b"(?:" + (value + element) * 2 + b")?([0-9A-Z]*)"
    return re.compile(start + b"HL" + level + rest + b"(?:" + subscriber + insured + b")?(" + value + b")")


_BILLING = b"20"
_LEVEL, _MEMBER = itemgetter(1), itemgetter(2)
"""What a match of `_unit` holds."""


@lru_cache(maxsize=64)
def _member(delimiters: Delimiters) -> re.Pattern[bytes]:
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


class Unit(msgspec.Struct, frozen=True, gc=False):
    """The bytes of one unit with what stands above it, ready to be read."""

    transaction: Transaction
    delimiters: Delimiters
    raw: bytes
    """From the terminator in front of the unit's first segment up to the one behind its last."""
    billing: bytes
    """The billing provider's loop (2000A, 2010AA, 2010AB), in the same form."""
    offset: int
    """Byte offset of raw[0] in the file."""
    segment: int
    """Position of the unit's first segment in the transaction set, ST being 1."""
    file_segment: int
    """Position of the unit's first segment in the file, the first ISA being 1."""
    has_empty: bool

    def __repr__(self) -> str:
        """Only what may stand in a log: no bytes of the file."""
        return f"Unit(offset={self.offset}, size={len(self.raw)})"


@lru_cache(maxsize=64)
def line_start(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Matches in front of an LX segment; group 1 is the segment's id."""
    return re.compile(delimiters.irregular().break_pattern + b"(LX)" + re.escape(delimiters.element))


def claim_starts(unit: Unit) -> list[int]:
    """The index of the terminator in front of the CLM of each claim of a unit."""
    return [match.start() for match in claim_start(unit.delimiters).finditer(unit.raw)]


class RegionUnits(msgspec.Struct, gc=False):
    """The units of one region as flat arrays: 13 bytes a unit, whatever the claims hold."""

    transaction: Transaction
    delimiters: Delimiters
    offset: int
    """Byte offset of the region's first terminator."""
    size: int
    segment: int
    file_segment: int
    has_empty: bool
    billing_offset: int
    """Byte offset of the billing provider's loop that is open where the region begins."""
    billing_size: int
    starts: array[int]
    """Of each unit, the index within the region."""
    members: array[int]
    """Of each unit, a checksum of the subscriber's member id; NO_MEMBER where there is none."""
    billings: array[int]
    """Numbers of the units that are billing provider loops (HL 20)."""
    triggered: array[int]
    """Numbers of the units with a procedure that triggers."""
    claims: int
    """CLM segments in the region."""
    cut_off: bool
    """Whether the file ends in the region's last claim."""

    def end_of(self, unit: int) -> int:
        """The index within the region behind a unit's last segment."""
        return self.starts[unit + 1] if unit + 1 < len(self.starts) else self.size

    def billing_of(self, unit: int) -> tuple[int, int]:
        """Byte offset and size of the billing provider's loop that is open at a unit; size 0 where none is."""
        index = bisect_right(self.billings, unit) - 1
        if index < 0:
            return self.billing_offset, self.billing_size
        number = self.billings[index]
        return self.offset + self.starts[number], self.end_of(number) - self.starts[number]

    def units(self, data: bytes, start: int, numbers: Iterable[int], billing: bytes) -> Iterator[tuple[int, Unit]]:
        """The units of these ascending numbers, cut out of the region's bytes, which begin at data[start].

        `billing` is the loop of the billing provider that is open where the region begins.
        """
        starts, billings = self.starts, self.billings
        segment, file_segment, counted = self.segment, self.file_segment, 0
        current = -1
        for number in numbers:
            at, end = starts[number], self.end_of(number)
            passed = count_segments(self.delimiters, data, start + counted, start + at, self.has_empty)
            segment, file_segment, counted = segment + passed, file_segment + passed, at
            if billings:
                index = bisect_right(billings, number) - 1
                if index >= 0 and billings[index] != current:
                    current = billings[index]
                    billing = data[start + starts[current] : start + self.end_of(current)]
            yield (
                number,
                Unit(
                    self.transaction,
                    self.delimiters,
                    data[start + at : start + end],
                    billing,
                    self.offset + at,
                    segment,
                    file_segment,
                    self.has_empty,
                ),
            )


class UnitStream:
    """Gives the units of a file one after the other, for a reader that sees each region once.

    `billing` is the loop of the billing provider that is open where the first region begins.
    """

    def __init__(self, billing: bytes = b"") -> None:
        self._transaction: Transaction | None = None
        self._billing = billing

    def units(self, region: Region) -> Iterator[Unit]:
        """Every unit of a region, in input order."""
        if region.transaction is not self._transaction:
            if self._transaction is not None:
                self._billing = b""
            self._transaction = region.transaction
        data, delimiters, end = region.data, region.delimiters, region.end
        transaction, has_empty, base, terminator = (
            region.transaction,
            region.has_empty,
            region.offset,
            delimiters.terminator,
        )
        segment, file_segment = region.segment, region.file_segment
        starts = [match.start() for match in _unit_start(delimiters).finditer(data, region.start, end + 1)]
        if not starts or starts[0] > region.start:
            starts.insert(0, region.start)
        starts.append(end)
        level = delimiters.element + b"20"
        billing = self._billing
        for start, stop in pairwise(starts):
            raw = data[start:stop]
            if level in raw[:_HL_LENGTH] and _is_billing(delimiters, raw):
                billing = self._billing = raw
            yield Unit(transaction, delimiters, raw, billing, base + start, segment, file_segment, has_empty)
            passed = count_segments(delimiters, data, start, stop, True) if has_empty else raw.count(terminator)
            segment += passed
            file_segment += passed


_HL_LENGTH = 40
"""Bytes within which HL03 stands in any HL segment that a sender would number."""


@lru_cache(maxsize=64)
def billing_start(delimiters: Delimiters) -> re.Pattern[bytes]:
    """The HL segment of a billing provider (level 20)."""
    element, terminator = re.escape(delimiters.element), re.escape(delimiters.terminator)
    value = b"[^" + element + terminator + b"]*"
    return re.compile(
        delimiters.break_pattern + b"HL" + (element + value) * 2 + element + b"20[" + element + terminator + b"]"
    )


def _is_billing(delimiters: Delimiters, raw: bytes) -> bool:
    return billing_start(delimiters).match(raw) is not None


def _late_member(delimiters: Delimiters, data: bytes, start: int, end: int) -> int:
    """The member of a unit whose NM1*IL does not follow SBR, searched up to its first claim."""
    claim = claim_start(delimiters).search(data, start, end)
    match = _member(delimiters).search(data, start, claim.start()) if claim else None
    return crc32(match[1]) if match else NO_MEMBER


def _odd_units(found: RegionUnits, data: bytes, start: int, end: int) -> list[int]:
    """The units in which a claim has no first line, a line no SV1 or no claim: what cannot be read has no trigger.

    Told by counting, in the whole region first and then, where that does not come out even, in each unit.
    """
    if _is_even(found.delimiters, data, start, end, found.claims):
        return []
    delimiters, odd = found.delimiters, []
    for unit, at in enumerate(found.starts):
        first, last = start + at, start + found.end_of(unit)
        if not _is_even(delimiters, data, first, last, _count(_tags(delimiters).claim, data, first, last)):
            odd.append(unit)
    return odd


class _Tags(NamedTuple):
    """What begins claims, lines, first lines and SV1 segments; patterns where the padding changes."""

    claim: re.Pattern[bytes] | bytes
    line: re.Pattern[bytes] | bytes
    first_line: re.Pattern[bytes] | bytes
    service: re.Pattern[bytes] | bytes


@lru_cache(maxsize=64)
def _tags(delimiters: Delimiters) -> _Tags:
    element = delimiters.element
    ends = (b"CLM" + element, b"LX" + element, b"LX" + element + b"1" + delimiters.terminator, b"SV1" + element)
    if delimiters.padding is None:
        return _Tags(*(re.compile(delimiters.break_pattern + re.escape(end)) for end in ends))
    return _Tags(*(delimiters.terminator + delimiters.padding + end for end in ends))


def _count(tag: re.Pattern[bytes] | bytes, data: bytes, start: int, end: int) -> int:
    return data.count(tag, start, end) if isinstance(tag, bytes) else len(tag.findall(data, start, end))


def _is_even(delimiters: Delimiters, data: bytes, start: int, end: int, claims: int) -> bool:
    tags = _tags(delimiters)
    return _count(tags.first_line, data, start, end) == claims and (
        _count(tags.line, data, start, end) == _count(tags.service, data, start, end)
    )


def find_units(region: Region, trigger: Trigger | None) -> RegionUnits:
    """The units of a region; with no trigger every one of them counts as triggered.

    Which billing provider is open where the region begins is left to be told.
    """
    data, start, end, delimiters = region.data, region.start, region.end, region.delimiters
    matches = list(_unit(delimiters).finditer(data, start, end + 1))
    # Once for each unit of a batch: maps, for a loop would take twice the time.
    starts = array("L", map((-start).__add__, map(re.Match.start, matches)))
    members = array("L", map(crc32, map(_MEMBER, matches)))
    levels = list(map(_LEVEL, matches))
    if region.first:
        starts.insert(0, 0)
        members.insert(0, NO_MEMBER)
        levels.insert(0, b"")
    billings = array("L")
    if _BILLING in levels:
        likely = (unit for unit, level in enumerate(levels) if level == _BILLING)
        is_billing = billing_start(delimiters).match
        billings.extend(unit for unit in likely if is_billing(data, start + starts[unit]))
    found = RegionUnits(
        region.transaction,
        delimiters,
        region.offset + start,
        end - start,
        region.segment,
        region.file_segment,
        region.has_empty,
        0,
        0,
        starts,
        members,
        billings,
        array("L"),
        _count(_tags(delimiters).claim, data, start, end),
        region.cut_off,
    )
    if members.count(NO_MEMBER) > len(billings):
        for unit in set(range(len(starts))).difference(billings):
            if members[unit] == NO_MEMBER:
                first, last = start + starts[unit], start + found.end_of(unit)
                members[unit] = _late_member(delimiters, data, first, last)
    if trigger is None:
        found.triggered.extend(range(len(starts)))
    else:
        hits = map(re.Match.start, trigger.pattern(delimiters).finditer(data, start, end))
        behind = set(map(partial(bisect_right, starts), map((-start).__add__, hits)))
        odd = _odd_units(found, data, start, end)
        found.triggered.extend(sorted({unit - 1 for unit in behind}.union(odd)))
    return found
