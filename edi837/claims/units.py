"""Finds the units of a region, their subscribers' member ids and the procedures in them, without reading the rest."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from zlib import crc32

import msgspec

from edi837.claims.starts import UNIT_BOUNDARY, claim_start, count_claims, has_odd_lines, member_id
from edi837.claims.trigger import Trigger
from edi837.x12.boundary import Landmarks
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


NO_MEMBER = 0


BILLING = b"20"
"""HL03 of a billing provider."""


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
        data, delimiters = region.data, region.delimiters
        transaction, has_empty, base = region.transaction, region.has_empty, region.offset
        segment, file_segment = region.segment, region.file_segment
        found = region.landmarks_of(UNIT_BOUNDARY)
        starts, levels = [*found.units, region.end], found.first
        if starts[0] > region.start or not levels:
            starts, levels = [region.start, *starts], [None, *levels]
        billing = self._billing
        for level, (start, stop) in zip(levels, pairwise(starts), strict=True):
            raw = data[start:stop]
            if level == BILLING:
                billing = self._billing = raw
            yield Unit(transaction, delimiters, raw, billing, base + start, segment, file_segment, has_empty)
            passed = count_segments(delimiters, data, start, stop, has_empty)
            segment += passed
            file_segment += passed


def _late_member(delimiters: Delimiters, data: bytes, start: int, end: int) -> int:
    """The member of a unit whose NM1*IL does not follow SBR, searched up to its first claim."""
    claim = claim_start(delimiters).search(data, start, end)
    match = member_id(delimiters).search(data, start, claim.start()) if claim else None
    return crc32(match[1]) if match else NO_MEMBER


def _odd_units(found: RegionUnits, landmarks: Landmarks, data: bytes, start: int, first_lines: int) -> Iterator[int]:
    """The units in which claims and first lines, or lines and SV1 segments, are not as many.

    What cannot be read has no trigger. The trigger finds most of it; but it cannot tell a first line whose claim is
    lost from one that has a claim, nor, where the padding changes, an SV1 without a line. That is told by counting, in
    the whole region first and then, where that does not come out even, in each unit.
    """
    delimiters, irregular = landmarks.delimiters, landmarks.delimiters.padding is None
    if found.claims == first_lines and not (irregular and has_odd_lines(delimiters, data, start, start + found.size)):
        return
    for unit, at in enumerate(found.starts):
        first, last = start + at, start + found.end_of(unit)
        claims, first_lines = count_claims(delimiters, data, first, last)
        if claims != first_lines or (irregular and has_odd_lines(delimiters, data, first, last)):
            yield unit


def find_units(region: Region, trigger: Trigger | None) -> RegionUnits:
    """The units of a region; with no trigger every one of them counts as triggered.

    Which billing provider is open where the region begins is left to be told.
    """
    data, start, end, delimiters = region.data, region.start, region.end, region.delimiters
    landmarks = region.landmarks_of(UNIT_BOUNDARY if trigger is None else trigger.boundary)
    levels = landmarks.first
    # Once for each unit of a batch: maps, for a loop would take twice the time.
    starts = array("L", map((-start).__add__, landmarks.units))
    members = array("L", map(crc32, landmarks.second))
    if region.first:
        starts.insert(0, 0)
        members.insert(0, NO_MEMBER)
        levels = [None, *levels]
    billings = array("L", [unit for unit, level in enumerate(levels) if level == BILLING] if BILLING in levels else ())
    claims, first_lines = count_claims(delimiters, data, start, end)
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
        claims,
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
        triggered = _units_of(landmarks.notable, starts, start)
        odd = set(_odd_units(found, landmarks, data, start, first_lines))
        found.triggered.extend(sorted(odd.union(triggered)) if odd else triggered)
    return found


def _units_of(places: Sequence[int], starts: Sequence[int], base: int) -> list[int]:
    """The numbers of the units in which ascending places stand, each once."""
    units: list[int] = []
    last = len(starts) - 1
    unit, end = -1, base + starts[0] if starts else 0
    for place in places:
        if place < end:
            continue
        while unit < last and place >= end:
            unit += 1
            end = base + starts[unit + 1] if unit < last else sys.maxsize
        units.append(unit)
    return units
