"""Reads the claim payments of a region: bytes in, `ClaimPayment` values and diagnostics out."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from edi837.claims.elements import read_number
from edi837.claims.syntax import Syntax, syntax_of
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.payments import Adjustment, ClaimPayment
from edi837.remits.segments import ZERO, Fault, SegmentReader, part, unreadable
from edi837.remits.services import ServiceReader
from edi837.remits.transaction import OpenTransaction, PlacedFault, Remittance, read_header
from edi837.x12.body import Boundary
from edi837.x12.delimiters import PADDING, Delimiters
from edi837.x12.region import Region

_CLP_ELEMENTS = 9


@lru_cache(maxsize=64)
def _claim_start(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Matches at the terminator in front of a CLP segment."""
    return re.compile(delimiters.irregular().break_pattern + b"CLP" + re.escape(delimiters.element))


CLAIM_BOUNDARY = Boundary(b"CLP", _claim_start)
"""Where a region of a remittance may be cut: at any CLP."""


class _Head(NamedTuple):
    """What the segments between CLP and the first service say."""

    adjustments: tuple[Adjustment, ...]
    adjusted: Decimal | None
    """The sum of the adjustments; None where an amount could not be read."""
    remarks: tuple[str, ...]
    member_id: str
    rendering_npi: str
    first: date | None
    last: date | None


class PaymentReader:
    """Reads the regions of one file in their order; knows the transaction set that is open.

    What is wrong is appended to `diagnostics`, and a transaction set that has ended to `remittances`.
    """

    def __init__(self, file: str, diagnostics: list[Diagnostic]) -> None:
        self.file = file
        self.diagnostics = diagnostics
        self.remittances: list[Remittance] = []
        self._open: OpenTransaction | None = None
        self._faults: list[PlacedFault] = []
        self._syntax: Syntax | None = None

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
        if self._syntax is None or syntax[:2] != self._syntax[:2]:
            self._use(syntax)
        self._syntax = syntax
        data, end = region.data, region.end
        text, tags = syntax.read(data[region.start : end], has_empty=region.has_empty)
        split, claim_tag = tags.split, f"{tags.split}CLP{syntax.element}"
        above, *texts = text.split(claim_tag)
        even = len(text) == end - region.start
        starts = [region.start + len(above)]
        if not even:
            starts = [match.start() for match in _claim_start(region.delimiters).finditer(data, region.start, end)]
            starts.append(end)
        if region.first:
            self._read_header(current, region, above.split(split)[1:], starts[0])
        passed = above.count(split)
        found: list[ClaimPayment] = []
        for number, claim_text in enumerate(texts):
            start = starts[number]
            if even:
                starts.append(start + len(claim_tag) + len(claim_text))
                offset = region.offset + start + len(split)
            else:
                offset = region.offset + data.find(b"CLP", start)
            place = (region.segment + passed, region.file_segment + passed, offset)
            payment, size = self._read_claim(claim_text, split, current, place)
            found.append(payment)
            if self._faults:
                self._report(region, start, starts[number + 1], passed)
            passed += size
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

    def _use(self, syntax: Syntax) -> None:
        element = syntax.element
        self._segments = SegmentReader(element, syntax.component)
        self._services = ServiceReader(self._segments, self._say, self._read_other)
        self._tags = tuple(tag + element for tag in ("NM1", "CAS", "DTM", "PLB"))
        self._remark_tags = ("MOA" + element, "MIA" + element)

    def _say(self, code: str, message: str, index: int) -> None:
        self._faults.append((code, message, index))

    def _report(self, region: Region, start: int, end: int, passed: int) -> None:
        """Makes diagnostics of the faults among the segments of data[start:end], `passed` segments into the region."""
        for code, message, index in self._faults:
            self.diagnostics.append(diagnostic(code, message, self.file, *_place(region, start, end, passed, index)))
        self._faults.clear()

    def _read_header(self, current: OpenTransaction, region: Region, segments: list[str], end: int) -> None:
        """Reads what stands above the first claim, up to data[end]: all of a transaction set without claims."""
        current.header = header = read_header(segments, self._segments.element)
        current.place = _place(region, region.start, end, 0, header.payment)
        self._faults += header.faults
        for index, segment in enumerate(segments):
            self._read_other(segment, index)
        self._report(region, region.start, end, 0)

    def _read_other(self, segment: str, index: int) -> None:
        """Takes a PLB segment, or a CLP or SVC without elements, for what it is; leaves every other one."""
        parts = segment.split(self._segments.element)
        if parts[0] == "PLB" and self._open is not None:
            for code, message in self._open.read_provider_adjustments(parts, self._segments.component):
                self._say(code, message, index)
        elif segment in ("CLP", "SVC"):
            self._say("R104", f"{segment} segment without elements", index)

    # The claim --------------------------------------------------------------------------------------------------------

    def _read_claim(
        self, text: str, split: str, current: OpenTransaction, place: tuple[int, int, int]
    ) -> tuple[ClaimPayment, int]:
        """The claim payment whose text begins with CLP01, and the number of its segments."""
        element = self._segments.element
        above, *service_texts = text.split(f"{split}SVC{element}")
        segments = above.split(split)
        clp = segments[0].split(element)
        if len(clp) < _CLP_ELEMENTS:
            clp += [""] * (_CLP_ELEMENTS - len(clp))
        claim, status = clp[0].strip(), clp[1].strip()
        charge, paid = read_number(clp[2].strip()), read_number(clp[3].strip())
        responsibility = read_number(clp[4].strip())
        if not claim or not status or charge is None or paid is None or responsibility is None:
            self._check_claim(claim, clp)
        head = self._read_head(segments, claim)
        services, adjusted, size = self._services.read(service_texts, split, len(segments), claim)
        header, transaction = current.header, current.transaction
        payment = ClaimPayment(
            claim,
            status,
            ZERO if charge is None else charge,
            ZERO if paid is None else paid,
            ZERO if responsibility is None else responsibility,
            clp[5].strip(),
            clp[6].strip(),
            clp[7].strip(),
            clp[8].strip(),
            services,
            head.adjustments,
            head.remarks,
            head.member_id,
            head.rendering_npi,
            head.first,
            head.last,
            header.payer,
            header.payer_name,
            header.trace_number,
            header.payment_date,
            self.file,
            transaction.interchange,
            transaction.control,
            *place,
        )
        if paid is None:
            current.whole = False
        elif charge is not None and adjusted is not None and head.adjusted is not None:
            adjusted += head.adjusted
            if charge - paid != adjusted:
                message = (
                    f"claim {claim}: CLP03 {charge} - CLP04 {paid} = {charge - paid}, "
                    f"but the CAS segments of the claim and its services add up to {adjusted}"
                )
                self._say("R402", message, 0)
        if current.add(payment.paid, len(services), hash((claim, status, clp[2], clp[6]))):
            self._say("R404", f"claim {claim}: a second CLP with the same CLP01, CLP02, CLP03 and CLP07", 0)
        return payment, size

    def _check_claim(self, claim: str, clp: list[str]) -> None:
        """Says what is wrong with a CLP segment, given from CLP01 on."""
        if not claim:
            self._say("R201", "CLP01 is empty: a claim payment without a patient control number", 0)
        if not part(clp, 1):
            self._say("R201", f"claim {claim}: CLP02 is empty: a claim payment without a status", 0)
        for index, required in ((2, True), (3, True), (4, False)):
            amount = part(clp, index)
            if read_number(amount) is None and (amount or required):
                self._say("R202", f"claim {claim}: CLP{index + 1:02} is {unreadable(amount)}", 0)

    def _read_head(self, segments: list[str], claim: str) -> _Head:
        """What the segments in front of the services say; the first one is CLP."""
        memo = self._segments
        element = memo.element
        nm1, cas, dtm, plb = self._tags
        adjustments: tuple[Adjustment, ...] = ()
        adjusted: Decimal | None = ZERO
        remarks: tuple[str, ...] = ()
        patient = insured = rendering = ""
        day = first = last = None
        faults: tuple[Fault, ...]
        for index in range(1, len(segments)):
            segment = segments[index]
            tag = segment[:4]
            if tag == nm1:
                entity = segment[4:6]
                if entity == "QC":
                    patient = segment
                elif entity == "IL":
                    insured = segment
                elif entity == "82":
                    rendering = segment
            elif tag == cas:
                more, total, faults = memo.adjustments[segment]
                adjustments += more
                adjusted = None if adjusted is None or total is None else adjusted + total
                if faults:
                    self._complain(faults, claim, index)
            elif tag == dtm:
                qualifier, value, faults = memo.days[segment]
                if qualifier == "232":
                    first = value
                elif qualifier == "233":
                    last = value
                elif qualifier == "472":
                    day = value
                if faults:
                    self._complain(faults, claim, index)
            elif tag in self._remark_tags:
                remarks += memo.remarks[segment]
            elif tag == plb or len(segment) < len(plb):
                self._read_other(segment, index)
        return _Head(
            adjustments,
            adjusted,
            remarks,
            part(insured.split(element), 9) or part(patient.split(element), 9),
            part(rendering.split(element), 9) if rendering else "",
            first or day,
            last or first or day,
        )

    def _complain(self, faults: tuple[Fault, ...], claim: str, index: int) -> None:
        for code, message in faults:
            self._say(code, f"claim {claim}: {message}", index)


def _place(region: Region, start: int, end: int, passed: int, index: int) -> tuple[int, int]:
    """Position in the file and byte offset of a segment by its index in data[start:end]; those of ST for -1.

    `passed` is the number of the region's segments in front of data[start].
    """
    if index < 0:
        return region.transaction.file_segment, region.transaction.offset
    terminator = region.delimiters.terminator
    padding = PADDING.replace(terminator, b"")
    left, at = index, start
    for piece in region.data[start:end].split(terminator):
        text = piece.lstrip(padding)
        if text and not left:
            at += len(piece) - len(text)
            break
        left -= bool(text)
        at += len(piece) + 1
    return region.file_segment + passed + index, region.offset + at
