"""Reads claim payments: loop 2100, and with it the services of loop 2110."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from edi837.payments import Adjustment, ClaimPayment
from edi837.remits.segments import ZERO, Fault, Notes, SegmentReader, part, read_amount, unreadable
from edi837.remits.services import ServiceReader
from edi837.remits.transaction import OpenTransaction

_CLP_ELEMENTS = 9

_Head = tuple[tuple[Adjustment, ...], Decimal | None, tuple[str, ...], str, str, date | None, date | None]
"""Adjustments and their sum (None: an amount could not be read), remarks, member id, NPI, first and last day."""


def _wanted_segments(element: str, split: str) -> re.Pattern[str]:
    """Matches the segments between CLP and the first service that are read: (segment, its kind)."""
    element, end = re.escape(element), re.escape(split[0])
    kinds = rf"NM1{element}(?:QC|IL|82)|DTM{element}(?:232|233|472)|CAS|MIA|MOA|PLB"
    return re.compile(rf"{re.escape(split)}((?:({kinds}){element}[^{end}]*|(?:CLP|SVC)(?![^{end}])))")


class ClaimReader:
    """Reads the claim payments of interchanges with the same separators; `split` stands between two segments."""

    def __init__(self, file: str, segments: SegmentReader, split: str) -> None:
        self.notes = Notes()
        """What the claims read last have left."""
        self._file = file
        self._element = element = segments.element
        self._split = split
        self._service_tag = f"{split}SVC{element}"
        self._segments = segments
        self._services = ServiceReader(segments, split, self.notes)
        self._wanted = _wanted_segments(element, split)
        self._names = tuple(f"NM1{element}{entity}" for entity in ("QC", "IL", "82"))

    def read(
        self, texts: Sequence[str], current: OpenTransaction, segment: int, file_segment: int, offsets: Sequence[int]
    ) -> list[ClaimPayment]:
        """The claim payments whose texts begin with CLP01; the first has these positions, and each its own offset."""
        split, element, service_tag = self._split, self._element, self._service_tag
        # Step by step for all of them: it is faster when the code of a step stays in the processor's cache.
        service_texts = [text.split(service_tag) for text in texts]
        heads = [pieces.pop(0) for pieces in service_texts]
        contents = self._read_heads(heads)
        services = self._services.read(service_texts, [head.count(split) + 1 for head in heads])
        file, header, transaction, seen = self._file, current.header, current.transaction, current.seen
        found: list[ClaimPayment] = []
        passed = 0
        for head, content, (service_payments, also_adjusted, size), offset in zip(
            heads, contents, services, offsets, strict=True
        ):
            own = head.split(split, 1)[0]
            clp = own.split(element)
            if len(clp) < _CLP_ELEMENTS or " " in own:
                clp = [part(clp, index) for index in range(_CLP_ELEMENTS)]
            claim, status, clp03, clp04, clp05, filing_code, control_number, place, frequency, *_ = clp
            charge, paid, responsibility = read_amount(clp03), read_amount(clp04), read_amount(clp05)
            adjustments, adjusted, remarks, member_id, rendering_npi, first, last = content
            identity = hash((claim, status, clp03, control_number))
            if (
                charge is None
                or paid is None
                or (responsibility is None and clp05)
                or adjusted is None
                or also_adjusted is None
                or charge - paid != adjusted + also_adjusted
                or identity in seen
                or not claim
                or not status
            ):
                self.notes.claim = len(found)
                self._check(clp, None if adjusted is None or also_adjusted is None else adjusted + also_adjusted)
                if identity in seen:
                    self.notes.fault("R404", "a second CLP with the same CLP01, CLP02, CLP03 and CLP07")
                if paid is None:
                    current.whole = False
            seen.add(identity)
            found.append(
                ClaimPayment(
                    claim,
                    status,
                    ZERO if charge is None else charge,
                    ZERO if paid is None else paid,
                    ZERO if responsibility is None else responsibility,
                    filing_code,
                    control_number,
                    place,
                    frequency,
                    service_payments,
                    adjustments,
                    remarks,
                    member_id,
                    rendering_npi,
                    first,
                    last,
                    header.payer,
                    header.payer_name,
                    header.trace_number,
                    header.payment_date,
                    file,
                    transaction.interchange,
                    transaction.control,
                    segment + passed,
                    file_segment + passed,
                    offset,
                )
            )
            passed += size
        return found

    def _check(self, clp: list[str], adjusted: Decimal | None) -> None:
        """Notes what is wrong with a CLP segment, given from CLP01 on, or with its balance."""
        fault = self.notes.fault
        charge, paid = read_amount(clp[2]), read_amount(clp[3])
        if not clp[0]:
            fault("R201", "CLP01 is empty: a claim payment without a patient control number")
        if not clp[1]:
            fault("R201", "CLP02 is empty: a claim payment without a status")
        for index, required in ((2, True), (3, True), (4, False)):
            if read_amount(clp[index]) is None and (clp[index] or required):
                fault("R202", f"CLP{index + 1:02} is {unreadable(clp[index])}")
        if charge is not None and paid is not None and adjusted is not None and charge - paid != adjusted:
            message = (
                f"CLP03 {charge} - CLP04 {paid} = {charge - paid}, "
                f"but the CAS segments of the claim and its services add up to {adjusted}"
            )
            fault("R402", message)

    def _read_heads(self, texts: Sequence[str]) -> list[_Head]:
        """What the segments between each CLP and its first service say."""
        adjustments_of, day_of, id_of = self._segments.adjustments, self._segments.days, self._segments.ids
        patient_kind, insured_kind, rendering_kind = self._names
        wanted = self._wanted.findall
        found: list[_Head] = []
        for text in texts:
            adjustments: tuple[Adjustment, ...] = ()
            adjusted: Decimal | None = ZERO
            remarks: tuple[str, ...] = ()
            patient = insured = rendering_npi = ""
            day = first = last = None
            for segment, kind in wanted(text):
                if kind == patient_kind:
                    patient = segment
                elif kind == rendering_kind:
                    rendering_npi = id_of[segment]
                elif kind[:3] == "DTM":
                    qualifier, value, faults = day_of[segment]
                    if qualifier == "232":
                        first = value
                    elif qualifier == "233":
                        last = value
                    else:
                        day = value
                    if faults:
                        self._note(len(found), faults, segment, text)
                elif kind == insured_kind:
                    insured = segment
                elif kind == "CAS":
                    more, total, faults = adjustments_of[segment]
                    adjustments += more
                    adjusted = None if adjusted is None or total is None else adjusted + total
                    if faults:
                        self._note(len(found), faults, segment, text)
                elif kind in ("MIA", "MOA"):
                    remarks += self._segments.remarks[segment]
                else:
                    self._note(len(found), (), segment, text)
            member_id = (self._segments.read_id(insured) if insured else "") or self._segments.read_id(patient)
            found.append((adjustments, adjusted, remarks, member_id, rendering_npi, first or day, last or first or day))
        return found

    def _note(self, claim: int, faults: Sequence[Fault], segment: str, text: str) -> None:
        """Notes the faults of a segment in front of the services, or with none that it is no part of a claim."""
        index = text.split(self._split).index(segment)
        self.notes.claim = claim
        for code, message in faults:
            self.notes.fault(code, message, index)
        if not faults:
            self.notes.other(segment, index)
