"""Reads single claim payments out of remittance files, by their rows in a `PaymentIndex`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import structs

from edi837.denials.index import PaymentIndex
from edi837.diagnostics import Diagnostic
from edi837.engines.sources import Files, Source
from edi837.payments import ClaimPayment
from edi837.remits.parse import CLAIM_BOUNDARY, PaymentReader
from edi837.remits.reader import refuse_other_than_remittances
from edi837.remits.transaction import NO_HEADER, Header
from edi837.x12.envelope import EnvelopeReader
from edi837.x12.region import Region

_MOST_HEADERS = 4096
_NEAR = 4096
"""Bytes that are read for nothing sooner than reading once more."""
# Said of payments read in a row; here they are read one by one, and some twice.
_OF_SEQUENCES = "R404"


def index_remittances(
    sources: Sequence[Source], progress: Callable[[int], None]
) -> tuple[PaymentIndex, list[Diagnostic]]:
    """The index of all claim payments of the files, and what was found wrong with the files around them.

    `progress` is told of each piece's size.
    """
    index = PaymentIndex()
    diagnostics: list[Diagnostic] = []
    for number, source in enumerate(sources):
        envelope = EnvelopeReader(source.name, refuse_other_than_remittances, CLAIM_BOUNDARY)

        def take(chunk: bytes, number: int = number, envelope: EnvelopeReader = envelope) -> None:
            for region in envelope.feed(chunk):
                index.add(number, region)

        error, before, done = None, 0, 0
        try:
            for done in source.feed(take):
                progress(done - before)
                before = done
        except OSError as failure:
            error = failure
        for region in envelope.close():
            index.add(number, region)
        diagnostics += envelope.diagnostics
        failed = source.failed(error, done)
        if failed:
            diagnostics.append(failed)
    return index, diagnostics


class PaymentSource:
    """The claim payments of an index, read from their files when they are asked for."""

    def __init__(self, index: PaymentIndex, sources: Sequence[Source], files: Files) -> None:
        self.diagnostics: dict[tuple[str, str, str], Diagnostic] = {}
        """What was found wrong in the payments that were read, each once."""
        self._index = index
        self._sources = sources
        self._files = files
        self._reader = PaymentReader("", [])
        self._headers: OrderedDict[int, Header] = OrderedDict()

    def read(self, rows: Iterable[int]) -> dict[int, ClaimPayment]:
        """The payments of some rows; those of one transaction set are read together."""
        together: dict[int, list[int]] = {}
        for row in sorted(set(rows)):
            together.setdefault(self._index.context_of(row), []).append(row)
        found: dict[int, ClaimPayment] = {}
        for number, own in together.items():
            header = self._headers.get(number) or self._header(number)
            file = self._index.contexts[number].file
            data = b"".join(self._pieces(file, own))
            payments = self._read(number, header, data, first=False)
            # A piece that does not hold just one claim payment was changed since it was indexed.
            if len(payments) == len(own):
                found.update(zip(own, payments, strict=True))
        return found

    def _pieces(self, file: int, rows: Sequence[int]) -> Iterator[bytes]:
        """The bytes of some rows of a file, in its order; what stands near each other is read at once."""
        places = [self._index.place(row) for row in rows]
        while places:
            start, size = places[0]
            end = start + size
            together = 1
            while together < len(places) and places[together][0] <= end + _NEAR:
                offset, size = places[together]
                end = offset + size
                together += 1
            data = self._files.read(file, start, end - start)
            for offset, size in places[:together]:
                yield data[offset - start : offset - start + size]
            del places[:together]

    def _header(self, number: int) -> Header:
        """The header of a transaction set."""
        context = self._index.contexts[number]
        if context.size:
            self._read(number, NO_HEADER, self._files.read(context.file, context.offset, context.size), first=True)
            header = self._reader.header
        else:
            header = NO_HEADER
        if len(self._headers) >= _MOST_HEADERS:
            self._headers.popitem(last=False)
        self._headers[number] = header
        return header

    def _read(self, number: int, header: Header, data: bytes, *, first: bool) -> list[ClaimPayment]:
        """The payments in some bytes of a transaction set; `first` tells that these are its header."""
        context, reader = self._index.contexts[number], self._reader
        region = Region(
            *(context.transaction, context.delimiters, data, 0, len(data), 0, 0, 0),
            first=first,
            has_empty=context.has_empty,
            oversized=False,
        )
        file = self._sources[context.file].name
        reader.resume(file, context.transaction, header)
        found = reader.payments(region)
        for item in reader.diagnostics:
            if item.code != _OF_SEQUENCES:
                # Pieces that were read apart have no places of their own.
                placeless = structs.replace(item, segment=None, offset=None)
                self.diagnostics[file, item.code, item.message] = placeless
        reader.diagnostics.clear()
        return found
