"""Reads the service lines of claim files, each as it streams in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from edi837.claims.parse import ClaimReader
from edi837.claims.starts import UNIT_BOUNDARY
from edi837.claims.units import Unit, UnitStream, refuse_other_than_professional_claims
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.engines.inputs import InputFile
from edi837.engines.scan import Progress
from edi837.engines.sources import CHUNK
from edi837.errors import SourceError
from edi837.model import Claim
from edi837.x12.envelope import EnvelopeReader

_BATCH = 64
"""Claims given at a time: a reader that keeps many of them alive spends more time on memory than on reading."""


def batches(reader: ClaimReader, units: Iterable[Unit]) -> Iterator[list[Claim]]:
    """The claims of a region's units, in batches."""
    batch: list[Claim] = []
    for unit in units:
        batch += reader.claims(unit)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    yield batch


def read_lines(
    inputs: Sequence[InputFile],
    *,
    on_diagnostic: Callable[[Diagnostic], None],
    progress: Progress | None = None,
) -> Iterator[list[Claim]]:
    """Every claim of the inputs, in batches, in input order; each file is read once, as it streams."""
    done = claims = 0
    for item in inputs:
        envelope = EnvelopeReader(item.name, refuse_other_than_professional_claims, UNIT_BOUNDARY)
        stream, reader = UnitStream(), ClaimReader(item.name)
        try:
            for chunk in chain(_chunks(item), [None]):
                for region in envelope.close() if chunk is None else envelope.feed(chunk):
                    if region.oversized:
                        continue
                    for batch in batches(reader, stream.units(region)):
                        claims += len(batch)
                        yield batch
                for found in _taken(envelope.diagnostics) + _taken(reader.diagnostics):
                    on_diagnostic(found)
                done += len(chunk or b"")
                if progress:
                    progress(done, claims)
        except SourceError as error:
            on_diagnostic(diagnostic("X107", str(error), item.name))


def _taken(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    taken = diagnostics[:]
    diagnostics.clear()
    return taken


def _chunks(item: InputFile) -> Iterator[bytes]:
    with item.open() as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
