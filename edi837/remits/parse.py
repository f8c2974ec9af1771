"""Reads the claim payments of a region: bytes in, `ClaimPayment` values and diagnostics out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import NamedTuple

from edi837.claims.syntax import Syntax, syntax_of
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.payments import ClaimPayment
from edi837.remits.claims import ClaimReader
from edi837.remits.segments import Notes, SegmentReader
from edi837.remits.transaction import OpenTransaction, Remittance, read_header
from edi837.x12.body import Boundary
from edi837.x12.delimiters import PADDING, Delimiters
from edi837.x12.region import Region


@lru_cache(maxsize=64)
def _claim_start(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Matches at the terminator in front of a CLP segment."""
    return re.compile(delimiters.irregular().break_pattern + b"CLP" + re.escape(delimiters.element))


_MOST_SEPARATORS = 16
"""Sets of separators for which a reader is kept."""

CLAIM_BOUNDARY = Boundary(b"CLP", _claim_start)
"""Where a region of a remittance may be cut: at any CLP."""


class PaymentReader:
    """Reads the regions of one file in their order; knows the transaction set that is open.

    What is wrong is appended to `diagnostics`, and a transaction set that has ended to `remittances`.
    """

    def __init__(self, file: str, diagnostics: list[Diagnostic]) -> None:
        self.file = file
        self.diagnostics = diagnostics
        self.remittances: list[Remittance] = []
        self._open: OpenTransaction | None = None
        self._segments: dict[tuple[str, str], SegmentReader] = {}
        self._claims: dict[tuple[str, str, str], ClaimReader] = {}

    def payments(self, region: Region) -> list[ClaimPayment]:
        """The claim payments of a region in their order, each as far as it could be read."""
        current = self._open
        if current is None or region.transaction is not current.transaction:
            self.finish()
            self._open = current = OpenTransaction(region.transaction)
        if region.oversized:
            current.whole = False
            return []
        syntax = syntax_of(region.delimiters)
        data, end = region.data, region.end
        text, tags = syntax.read(data[region.start : end], has_empty=region.has_empty)
        split, claim_tag = tags.split, f"{tags.split}CLP{syntax.element}"
        reader = self._reader(syntax, split)
        above, *texts = text.split(claim_tag)
        if len(text) == end - region.start:
            sizes = [len(claim_tag) + len(claim_text) for claim_text in texts]
            starts = list(accumulate(sizes, initial=region.start + len(above)))
            offsets = [region.offset + start + len(split) for start in starts[:-1]]
        else:
            starts = [match.start() for match in _claim_start(region.delimiters).finditer(data, region.start, end)]
            starts.append(end)
            offsets = [region.offset + data.find(b"CLP", start) for start in starts[:-1]]
        if region.first:
            self._read_header(current, region, above.split(split)[1:], starts[0])
        passed = above.count(split)
        found = reader.read(texts, current, region.segment + passed, region.file_segment + passed, offsets)
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
        remittance = self._open.finish(self.file)
        self.remittances.append(remittance)
        if remittance.difference:
            net = remittance.claims_paid - remittance.provider_adjusted
            message = (
                f"transaction set {remittance.transaction}: BPR02 is {remittance.paid}, but CLP04 "
                f"{remittance.claims_paid} - PLB {remittance.provider_adjusted} = {net}"
            )
            self.diagnostics.append(diagnostic("R403", message, self.file, *self._open.place))
        self._open = None

    def _reader(self, syntax: Syntax, split: str) -> ClaimReader:
        """The reader for some separators. Interchanges of one payer after the other share what was remembered."""
        reader = self._claims.get((syntax.element, syntax.component, split))
        if reader is None:
            if len(self._claims) >= _MOST_SEPARATORS:
                self._claims.clear()
                self._segments.clear()
            key = syntax.element, syntax.component
            segments = self._segments.setdefault(key, SegmentReader(*key))
            reader = self._claims[*key, split] = ClaimReader(self.file, segments, split)
        return reader

    def _read_header(self, current: OpenTransaction, region: Region, segments: list[str], end: int) -> None:
        """Reads what stands above the first claim, up to data[end]: all of a transaction set without claims."""
        notes = Notes()
        current.header = read_header(segments, syntax_of(region.delimiters).element, notes)
        span = _Span(region.start, end, region.file_segment)
        current.place = _place(region, span, current.header.payment)
        self._tell(notes, current, region, [span], [""])

    def _tell(
        self, notes: Notes, current: OpenTransaction, region: Region, spans: Sequence[_Span], names: Sequence[str]
    ) -> None:
        """Makes diagnostics of the notes on the segments in some spans, each with its name, and empties them."""
        element, component, *_ = syntax_of(region.delimiters)
        told = [(number, index, code, names[number] + message) for number, (code, message, index) in notes.faults]
        for number, (segment, index) in sorted(notes.others):
            parts = segment.split(element)
            if parts[0] == "PLB":
                faults = current.read_provider_adjustments(parts, component)
            else:
                faults = [("R104", f"{parts[0]} segment without elements")]
            told += [(number, index, code, message) for code, message in faults]
        for number, index, code, message in sorted(told, key=itemgetter(0, 1)):
            self.diagnostics.append(diagnostic(code, message, self.file, *_place(region, spans[number], index)))
        notes.faults.clear()
        notes.others.clear()


class _Span(NamedTuple):
    """Some whole segments of a region."""

    start: int
    """The terminator in front of the first one, an index in the region's data."""
    end: int
    file_segment: int
    """Position in the file of the first one."""


def _place(region: Region, span: _Span, index: int) -> tuple[int, int]:
    """Position in the file and byte offset of a segment by its index in a span; those of ST for -1."""
    if index < 0:
        return region.transaction.file_segment, region.transaction.offset
    terminator = region.delimiters.terminator
    padding = PADDING.replace(terminator, b"")
    left, at = index, span.start
    for piece in region.data[span.start : span.end].split(terminator):
        text = piece.lstrip(padding)
        if text and not left:
            at += len(piece) - len(text)
            break
        left -= bool(text)
        at += len(piece) + 1
    return span.file_segment + index, region.offset + at
