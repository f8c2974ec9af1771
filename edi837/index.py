"""The first pass over a run: which subscribers need a look, and who of them stands in more than one place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress, count

import msgspec

from edi837.claims.starts import UNIT_BOUNDARY
from edi837.claims.trigger import Trigger
from edi837.claims.units import (
    NO_MEMBER,
    RegionUnits,
    find_units,
    refuse_other_than_professional_claims,
)
from edi837.diagnostics import Diagnostic
from edi837.x12.boundary import Boundary
from edi837.x12.envelope import CEILING, WINDOW, EnvelopeReader
from edi837.x12.region import Region, Transaction


class FileIndex(msgspec.Struct, gc=False):
    """What the first pass found in one file."""

    file: str
    size: int
    regions: list[RegionUnits]
    diagnostics: list[Diagnostic]
    interchanges: int
    transactions: int
    claims: int
    lost: int
    """Claims in units that were left out because they passed the ceiling."""


class FileScan:
    """The first pass over one file: fed with its bytes, it gives a `FileIndex` at the end.

    Without a trigger every subscriber is looked at: slower, and the same findings. Whoever has others find the units
    goes over the `regions` instead, and hands the units in with `add`, in their order; with `UNIT_CUTS` as the boundary
    none of them is found here.
    """

    def __init__(
        self,
        file: str,
        trigger: Trigger | None,
        *,
        boundary: Boundary | None = None,
        window: int = WINDOW,
        ceiling: int = CEILING,
    ) -> None:
        boundary = boundary or (UNIT_BOUNDARY if trigger is None else trigger.boundary)
        self._reader = EnvelopeReader(
            file, refuse_other_than_professional_claims, boundary, window=window, ceiling=ceiling
        )
        self._trigger = trigger
        self._index = FileIndex(file, 0, [], [], 0, 0, 0, 0)
        self._transaction: Transaction | None = None
        self._billing = (0, 0)

    @property
    def claims(self) -> int:
        """Claims seen so far."""
        return self._index.claims

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes of the file."""
        for region in self.regions(chunk):
            self._take(region)

    def regions(self, chunk: bytes | None) -> Iterator[Region]:
        """The regions that are complete with the next bytes of the file; with None, those that are left at its end."""
        if chunk is None:
            yield from self._reader.close()
            return
        self._index.size += len(chunk)
        yield from self._reader.feed(chunk)

    def add(self, region: Region, units: RegionUnits) -> None:
        """Takes the units of a region."""
        # Units that come from another process have copies of what all regions share.
        units.transaction, units.delimiters = region.transaction, region.delimiters
        if region.transaction is not self._transaction:
            self._transaction = region.transaction
            self._billing = (0, 0)
        units.billing_offset, units.billing_size = self._billing
        if units.billings:
            last = units.billings[-1]
            self._billing = units.offset + units.starts[last], units.end_of(last) - units.starts[last]
        self._index.claims += units.claims
        if region.oversized:
            self._index.lost += units.claims
        elif units.claims or units.triggered:
            self._index.regions.append(units)

    def close(self) -> FileIndex:
        """The index, once all bytes were fed."""
        for region in self.regions(None):
            self._take(region)
        return self.index()

    def index(self) -> FileIndex:
        """What was found, once the units of all regions were taken."""
        index = self._index
        index.diagnostics = self._reader.diagnostics
        index.interchanges = self._reader.interchanges
        index.transactions = self._reader.transactions
        return index

    def _take(self, region: Region) -> None:
        self.add(region, find_units(region, self._trigger))


class Run(msgspec.Struct, gc=False):
    """The first pass of all files, and the members with a trigger whose claims stand in more than one place."""

    files: list[FileIndex]
    repeated: frozenset[int]

    @classmethod
    def of(cls, files: list[FileIndex]) -> Run:
        """Finds the repeated members; a checksum that two members share does no harm but a second look."""
        # Once for each subscriber of a batch: maps and filters, for a loop would take twice the time.
        wanted: set[int] = set()
        for file in files:
            for region in file.regions:
                wanted.update(map(region.members.__getitem__, region.triggered))
        wanted.discard(NO_MEMBER)
        seen: set[int] = set()
        repeated: set[int] = set()
        for file in files:
            for region in file.regions:
                for member in filter(wanted.__contains__, region.members):
                    if member in seen:
                        repeated.add(member)
                    seen.add(member)
        return cls(files, frozenset(repeated))

    def repeated_in(self, region: RegionUnits) -> Iterator[int]:
        """The numbers of a region's units whose members stand in more than one place."""
        return compress(count(), map(self.repeated.__contains__, region.members)) if self.repeated else iter(())
