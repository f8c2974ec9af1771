"""Cuts large files into splits, each with what its reader must know of the bytes before it.

One reader goes over the envelope of a large file: it finds the transaction sets and the places between units where a
region may end, as the local engine does, and counts the segments on the way. So a split knows its delimiters, its
transaction set, the positions of its segments and the billing provider's loop that is open at its start, and a worker
reads it as if it had read all that stands before. A smaller file is one split, and not looked at here.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from edi837.claims.pieces import OpenProvider, Piece, Read
from edi837.claims.starts import UNIT_BOUNDARY
from edi837.claims.units import refuse_other_than_professional_claims
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.engines.inputs import InputFile, reason
from edi837.errors import SourceError
from edi837.index import FileIndex
from edi837.remits.parse import CLAIM_BOUNDARY
from edi837.remits.reader import refuse_other_than_remittances
from edi837.x12.envelope import WINDOW, EnvelopeReader
from edi837.x12.region import Region

SPLIT_SIZE = 16 << 20
"""Bytes of a split: some seconds of work."""


class Split(msgspec.Struct, frozen=True):
    """A part of a file for one worker: some of its regions, or with `pieces` None all of it."""

    file_number: int
    number: int
    item: InputFile
    pieces: tuple[Piece, ...] | None
    facts: FileIndex | None
    """What the envelope of the whole file says, without regions: in its first split, where it was cut."""


def whole(file_number: int, item: InputFile) -> Split:
    """A file that is not cut."""
    return Split(file_number, 0, item, None, None)


def cut_claims(file_number: int, item: InputFile, read: Read, size: int) -> Iterator[Split]:
    """The splits of a file of claims: cut between units, at any HL but a patient's."""
    window = min(WINDOW, size)
    reader = EnvelopeReader(item.name, refuse_other_than_professional_claims, UNIT_BOUNDARY, window=window)
    return _cut(file_number, item, read, size, reader, between_transactions=False)


def cut_remits(file_number: int, item: InputFile, read: Read, size: int) -> Iterator[Split]:
    """The splits of a file of remittances: cut at ST, for a transaction set has to add up."""
    window = min(WINDOW, size)
    reader = EnvelopeReader(item.name, refuse_other_than_remittances, CLAIM_BOUNDARY, window=window)
    return _cut(file_number, item, read, size, reader, between_transactions=True)


def _cut(
    file_number: int, item: InputFile, read: Read, size: int, reader: EnvelopeReader, *, between_transactions: bool
) -> Iterator[Split]:
    provider = OpenProvider()
    splits: list[tuple[Piece, ...]] = []
    pieces: list[Piece] = []
    gathered = 0
    failed: list[Diagnostic] = []
    for region in _regions(reader, item, read, min(WINDOW, size), failed):
        piece = Piece.of(region) if between_transactions else Piece.of(region, provider.before(region))
        if gathered >= size and not (between_transactions and not region.first):
            splits.append(tuple(pieces))
            pieces, gathered = [], 0
        pieces.append(piece)
        gathered += piece.size
    splits.append(tuple(pieces))
    diagnostics = reader.diagnostics + failed
    facts = FileIndex(item.name, item.size or 0, [], diagnostics, reader.interchanges, reader.transactions, 0, 0)
    for number, own in enumerate(splits):
        yield Split(file_number, number, item, own, None if number else facts)


def _regions(
    reader: EnvelopeReader, item: InputFile, read: Read, chunk_size: int, failed: list[Diagnostic]
) -> Iterator[Region]:
    """The regions of a file; where it cannot be read to its end, what went wrong is appended to `failed`."""
    size, offset = item.size or 0, 0
    while offset < size:
        try:
            chunk = read(offset, min(chunk_size, size - offset))
        except (OSError, SourceError) as error:
            text = reason(error) if isinstance(error, OSError) else str(error).removeprefix(f"{item.name}: ")
            failed.append(diagnostic("X107", text, item.name, None, offset))
            break
        offset += len(chunk)
        yield from reader.feed(chunk)
    yield from reader.close()
