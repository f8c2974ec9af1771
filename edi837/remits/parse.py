"""Reads the claim payments of a region: bytes in, `ClaimPayment` values and diagnostics out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

from edi837.claims.syntax import syntax_of
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.payments import ClaimPayment
from edi837.remits.claims import ClaimReaders
from edi837.remits.cut import cut
from edi837.remits.segments import Notes
from edi837.remits.transaction import NO_HEADER, Header, OpenTransaction, Remittance, read_header
from edi837.x12.boundary import Boundary
from edi837.x12.delimiters import PADDING, Delimiters
from edi837.x12.region import Region, Transaction


@lru_cache(maxsize=64)
def _claim_start(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Matches at the terminator in front of a CLP segment."""
    return re.compile(delimiters.irregular().break_pattern + b"CLP" + re.escape(delimiters.element))


CLAIM_BOUNDARY = Boundary(lambda delimiters: b"CLP" + re.escape(delimiters.element), cuts_only=True)
"""Where a region of a remittance may be cut: at any CLP."""


class PaymentReader:
    """Reads the regions of one file in their order; knows the transaction set that is open.

    What is wrong is appended to `diagnostics`, and a transaction set that has ended to `remittances`. Files that are
    read one after the other may share `readers`, which remember what comes again.
    """

    def __init__(self, file: str, diagnostics: list[Diagnostic], readers: ClaimReaders | None = None) -> None:
        self.file = file
        self.diagnostics = diagnostics
        self.remittances: list[Remittance] = []
        self._open: OpenTransaction | None = None
        self._readers = readers or ClaimReaders()

    @property
    def header(self) -> Header:
        """The header of the open transaction set."""
        return self._open.header if self._open else NO_HEADER

    def resume(self, file: str, transaction: Transaction, header: Header) -> None:
        """Opens a transaction set with a known header, without ending another: its claims are read apart."""
        self.file = file
        self._open = OpenTransaction(file, transaction, header)

    def payments(self, region: Region) -> list[ClaimPayment]:
        """The claim payments of a region in their order, each as far as it could be read."""
        current = self._open
        if current is None or region.transaction is not current.transaction:
            self.finish()
            self._open = current = OpenTransaction(self.file, region.transaction)
        if region.oversized:
            current.whole = False
            return []
        syntax = syntax_of(region.delimiters)
        data, end = region.data, region.end
        text, tags = syntax.read(data[region.start : end], has_empty=region.has_empty)
        split = tags.split
        reader = self._readers.of(syntax, split)
        first, claims = cut(text, syntax.element, split)
        above = text[:first]
        if len(text) == end - region.start:
            base = region.offset + region.start - len("CLP") - len(syntax.element)
            offsets = [base + claim[0] for claim in claims]
            starts = [offset - region.offset - len(split) for offset in offsets]
        else:
            starts = [match.start() for match in _claim_start(region.delimiters).finditer(data, region.start, end)]
            offsets = [region.offset + data.find(b"CLP", start) for start in starts]
        starts.append(end)
        if region.first:
            self._read_header(current, region, above.split(split)[1:], starts[0])
        passed = above.count(split)
        found = reader.read(text, claims, current, region.segment + passed, region.file_segment + passed, offsets)
        if reader.notes.faults or reader.notes.others:
            spans = [
                _Span(start, end, payment.file_segment)
                for (start, end), payment in zip(pairwise(starts), found, strict=True)
            ]
            names = [f"claim {payment.id or '(no CLP01)'}: " for payment in found]
            self._tell(reader.notes, current, region, spans, names)
        current.add(found)
        return found

    def finish(self) -> None:
        """Ends the open transaction set, if any, and checks that it adds up."""
        if self._open is None:
            return
        remittance = self._open.finish()
        self.remittances.append(remittance)
        if remittance.difference:
            net = remittance.claims_paid - remittance.provider_adjusted
            message = (
                f"transaction set {remittance.transaction}: BPR02 is {remittance.paid}, but CLP04 "
                f"{remittance.claims_paid} - PLB {remittance.provider_adjusted} = {net}"
            )
            self.diagnostics.append(diagnostic("R403", message, self.file, *self._open.place))
        self._open = None

    def _read_header(self, current: OpenTransaction, region: Region, segments: list[str], end: int) -> None:
        """Reads what stands above the first claim, up to data[end]: all of a transaction set without claims."""
        notes = Notes()
        current.header = read_header(segments, syntax_of(region.delimiters).element, notes)
        span = _Span(region.start, end, region.file_segment)
        current.place = _Places(region, span).of(-1, current.header.payment)
        if notes.faults or notes.others:
            self._tell(notes, current, region, [span], [""])

    def _tell(
        self, notes: Notes, current: OpenTransaction, region: Region, spans: Sequence[_Span], names: Sequence[str]
    ) -> None:
        """Makes diagnostics of the notes on the segments in some spans, each with its name, and empties them."""
        element, component, *_ = syntax_of(region.delimiters)
        told = [note._replace(text=names[note.claim] + note.text) for note in notes.faults]
        for note in sorted(notes.others):
            parts = note.text.split(element)
            if parts[0] == "PLB":
                faults = current.read_provider_adjustments(parts, component)
            else:
                faults = [("R104", f"{parts[0]} segment without elements")]
            told += [note._replace(code=code, text=message) for code, message in faults]
        told.sort(key=itemgetter(0, 1, 2))
        for number, group in groupby(told, itemgetter(0)):
            places = _Places(region, spans[number])
            for note in group:
                place = places.of(note.service, note.place)
                self.diagnostics.append(diagnostic(note.code, note.text, self.file, *place))
        notes.faults.clear()
        notes.others.clear()


class _Span(NamedTuple):
    """Some whole segments of a region."""

    start: int
    """The terminator in front of the first one, an index in the region's data."""
    end: int
    file_segment: int
    """Position in the file of the first one."""


class _Places:
    """Where the segments of a span stand."""

    def __init__(self, region: Region, span: _Span) -> None:
        terminator = region.delimiters.terminator
        padding, service = PADDING.replace(terminator, b""), b"SVC" + region.delimiters.element
        self._start = region.transaction.file_segment, region.transaction.offset
        self._first = span.file_segment
        self._offsets: list[int] = []
        self._services: list[int] = []
        at = region.offset + span.start
        for piece in region.data[span.start : span.end].split(terminator):
            text = piece.lstrip(padding)
            if text.startswith(service):
                self._services.append(len(self._offsets))
            if text:
                self._offsets.append(at + len(piece) - len(text))
            at += len(piece) + 1

    def of(self, service: int, index: int) -> tuple[int, int]:
        """Position in the file and byte offset of a segment, placed as in a `Note`."""
        if index < 0:
            return self._start
        if service >= 0:
            index += self._services[service]
        return self._first + index, self._offsets[index]
