"""Reads remittances on this machine, file after file, as they stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from edi837.diagnostics import Diagnostic, diagnostic
from edi837.engines.inputs import InputFile
from edi837.engines.sources import CHUNK
from edi837.errors import SourceError
from edi837.payments import ClaimPayment
from edi837.remits.claims import ClaimReaders
from edi837.remits.reader import RemittanceReader
from edi837.remits.transaction import Remittance

Progress = Callable[[int, int], None]
"""(bytes done, claim payments seen)."""


def read_remits(
    inputs: Sequence[InputFile],
    *,
    on_diagnostic: Callable[[Diagnostic], None],
    on_remittance: Callable[[Remittance], None] | None = None,
    progress: Progress | None = None,
) -> Iterator[list[ClaimPayment]]:
    """Every claim payment of the inputs, in batches, in input order; each file is read once.

    `on_remittance` takes each transaction set when it has ended. Of a file that breaks off, what came is read.
    """
    done = claims = 0
    readers = ClaimReaders()
    for item in inputs:
        reader = RemittanceReader(item.name, readers=readers)
        for chunk in _chunks(item, on_diagnostic):
            for batch in reader.feed(chunk) if chunk else reader.close():
                claims += len(batch)
                yield batch
            for found in reader.diagnostics:
                on_diagnostic(found)
            reader.diagnostics.clear()
            if on_remittance:
                for remittance in reader.remittances:
                    on_remittance(remittance)
            reader.remittances.clear()
            done += len(chunk)
            if progress:
                progress(done, claims)


def _chunks(item: InputFile, on_diagnostic: Callable[[Diagnostic], None]) -> Iterator[bytes]:
    """The chunks of an input and at its end an empty one; where it cannot be read on, that is its end."""
    come = 0
    try:
        with item.open() as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
                come += len(chunk)
    except SourceError as error:
        on_diagnostic(diagnostic("X107", str(error), item.name, None, come))
        if not come:
            return
    yield b""
