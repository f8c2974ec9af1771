"""Regions of claims without their bytes: what one process finds in an envelope for others to read."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator

import msgspec
from msgspec import structs

from edi837.claims.starts import UNIT_BOUNDARY
from edi837.claims.units import BILLING, Unit, UnitStream
from edi837.x12.boundary import Landmarks
from edi837.x12.region import Region, Transaction

Read = Callable[[int, int], bytes]
"""(byte offset, size) -> the bytes of a file."""


class Piece(msgspec.Struct, frozen=True):
    """One region of a file without its bytes, and the billing provider's loop that is open at its start."""

    region: Region
    """Its data is empty: `offset` is the byte offset of its first terminator, and `end` its size."""
    size: int
    """Bytes of the region with the terminator behind it, which is missing only at the end of a file."""
    billing_offset: int = 0
    billing_size: int = 0
    starts: array[int] | None = None
    """Where its units begin, counted from its first terminator; None where that is yet to be searched."""
    providers: tuple[int, ...] = ()
    """Numbers of the units that are billing provider loops (HL 20)."""

    @classmethod
    def of(cls, region: Region, billing: tuple[int, int] = (0, 0)) -> Piece:
        """A region as a piece, with byte offset and size of the loop that is open where it begins."""
        size = region.end - region.start + (region.end < len(region.data))
        return cls(region.without_bytes(), size, *billing)

    def with_units(self, region: Region) -> Piece:
        """The piece of a region with the places of its units, so that whoever reads them need not search again."""
        found = region.landmarks_of(UNIT_BOUNDARY)
        starts = array("L", map((-region.start).__add__, found.units))
        providers = tuple(number for number, level in enumerate(found.first) if level == BILLING)
        return structs.replace(self, starts=starts, providers=providers)

    def read(self, read: Read) -> Region:
        """The region with its bytes."""
        return structs.replace(self.region, data=read(self.region.offset, self.size))

    def units(self, read: Read) -> Iterator[Unit]:
        """Every unit of the region, in input order."""
        billing = read(self.billing_offset, self.billing_size) if self.billing_size else b""
        region = self.read(read)
        if self.starts is not None:
            levels: list[bytes | None] = [None] * len(self.starts)
            for number in self.providers:
                levels[number] = BILLING
            region.landmarks = Landmarks(UNIT_BOUNDARY, region.delimiters, self.starts.tolist(), levels, [], [])
        return UnitStream(billing).units(region)


class OpenProvider:
    """Follows which billing provider's loop is open from region to region."""

    def __init__(self) -> None:
        self._transaction: Transaction | None = None
        self._open = (0, 0)

    def before(self, region: Region) -> tuple[int, int]:
        """Byte offset and size of the loop that is open where a region begins; then takes the region in."""
        if region.transaction is not self._transaction:
            self._transaction = region.transaction
            self._open = (0, 0)
        before = self._open
        end = region.end
        found = region.landmarks_of(UNIT_BOUNDARY)
        for start, level in zip(reversed(found.units), reversed(found.first), strict=True):
            if level == BILLING:
                self._open = (region.offset + start, end - start)
                break
            end = start
        return before
