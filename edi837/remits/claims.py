"""Reads claim payments: loop 2100, and with it the services of loop 2110."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from edi837.claims.elements import Memo, read_number
from edi837.claims.syntax import Syntax
from edi837.payments import Adjustment, ClaimPayment
from edi837.remits.cut import ClaimText
from edi837.remits.segments import ZERO, Fault, Notes, SegmentReader, part, unreadable
from edi837.remits.services import ServiceReader
from edi837.remits.transaction import OpenTransaction

_CLP_ELEMENTS = 9

_MOST_SEPARATORS = 16
"""Sets of separators for which a reader is kept."""


_Said = tuple[tuple[Adjustment, ...], Decimal | None, tuple[str, ...], str, str, str, date | None, date | None]
"""What the segments between CLP and the first service say: adjustments and their sum (None: an amount could not be
read), remarks, NM109 of NM1*IL, NM1*QC and NM1*82, first and last day."""

_Head = tuple[tuple[Adjustment, ...], Decimal | None, tuple[str, ...], str, str, str, date | None, date | None, bool]
"""The same, and whether there are faults among them or segments that are no part of a claim."""


class ClaimReaders:
    """A reader for each set of separators, for all the files of a run."""

    def __init__(self) -> None:
        self._segments: dict[tuple[str, str], SegmentReader] = {}
        self._readers: dict[tuple[str, str, str], ClaimReader] = {}

    def of(self, syntax: Syntax, split: str) -> ClaimReader:
        """The reader for some separators; `split` stands between two segments."""
        key = syntax.element, syntax.component
        reader = self._readers.get((*key, split))
        if reader is None:
            if len(self._readers) >= _MOST_SEPARATORS:
                self._readers.clear()
                self._segments.clear()
            segments = self._segments.setdefault(key, SegmentReader(*key))
            reader = self._readers[*key, split] = ClaimReader(segments, split)
        return reader


class ClaimReader:
    """Reads the claim payments of interchanges with the same separators; `split` stands between two segments."""

    def __init__(self, segments: SegmentReader, split: str) -> None:
        self.notes = Notes()
        """What the claims read last have left."""
        self._element = element = segments.element
        self._split = split
        self._service_tag = f"{split}SVC{element}"
        self._segments = segments
        self._services = ServiceReader(segments, split, self.notes)
        self._patient, self._insured, self._rendering = (f"NM1{element}{kind}{element}" for kind in ("QC", "IL", "82"))
        self._tags = tuple(tag + element for tag in ("CAS", "DTM", "MIA", "MOA", "PLB"))
        self._heads = Memo(self._read_head, self._names_nobody)

    def read(
        self,
        text: str,
        claims: Sequence[ClaimText],
        current: OpenTransaction,
        segment: int,
        file_segment: int,
        offsets: Sequence[int],
    ) -> list[ClaimPayment]:
        """The claim payments of a text; the first has these positions, and each its own offset."""
        split, element = self._split, self._element
        patient_tag, insured_tag, heads = self._patient, self._insured, self._heads
        segments, amounts = self._segments, self._segments.amounts
        # Step by step for all of them: it is faster when the code of a step stays in the processor's cache.
        services = self._services.read(text, claims)
        file, seen = current.file, current.seen
        interchange, transaction = current.transaction.interchange, current.transaction.control
        _, payer, payer_name, _, trace_number, payment_date, _ = current.header
        found: list[ClaimPayment] = []
        # Compiled code looks up the names of a module each time.
        payment_of, zero = ClaimPayment, ZERO
        for number, (start, end, size, own, behind, _) in enumerate(claims):
            clp = own.split(element)
            if len(clp) < _CLP_ELEMENTS or " " in own:
                clp = _elements(clp)
            elif len(clp) > _CLP_ELEMENTS:
                clp = clp[:_CLP_ELEMENTS]
            claim, status, clp03, clp04, clp05, filing_code, control_number, place, frequency = clp
            charge, paid = amounts[clp03], amounts[clp04]
            responsibility = amounts[clp05] if clp05 else zero
            # Patient and subscriber stand first as a rule, and are others each time; the rest comes again.
            patient_id = insured_id = ""
            if behind.startswith(patient_tag):
                name, _, behind = behind.partition(split)
                patient_id = segments.read_id(name)
            if behind.startswith(insured_tag):
                name, _, behind = behind.partition(split)
                insured_id = segments.read_id(name)
            adjustments, adjusted, remarks, insured, patient, rendering_npi, first, last, odd = heads[behind]
            service_payments, reduced = services[number]
            if reduced is None or adjusted is None:
                adjusted = None
            elif adjustments:
                adjusted += reduced
            else:
                adjusted = reduced
            # In it already, or not: asking once is enough.
            known = len(seen)
            seen.add(hash((claim, status, clp03, control_number)))
            again = len(seen) == known
            if (
                odd
                or charge is None
                or paid is None
                or responsibility is None
                or charge - paid != adjusted
                or again
                or not claim
                or not status
            ):
                if odd:
                    self._note(number, text[start:end].split(self._service_tag, 1)[0])
                self._check(number, clp, adjusted)
                if again:
                    self.notes.fault(number, "R404", "a second CLP with the same CLP01, CLP02, CLP03 and CLP07")
                if paid is None:
                    current.whole = False
            found.append(
                payment_of(
                    claim,
                    status,
                    zero if charge is None else charge,
                    zero if paid is None else paid,
                    zero if responsibility is None else responsibility,
                    filing_code,
                    control_number,
                    place,
                    frequency,
                    service_payments,
                    adjustments,
                    remarks,
                    insured or insured_id or patient or patient_id,
                    rendering_npi,
                    first,
                    last,
                    payer,
                    payer_name,
                    trace_number,
                    payment_date,
                    file,
                    interchange,
                    transaction,
                    segment,
                    file_segment,
                    offsets[number],
                )
            )
            segment += size
            file_segment += size
        return found

    def _check(self, claim: int, clp: list[str], adjusted: Decimal | None) -> None:
        """Notes what is wrong with a CLP segment, given from CLP01 on, or with its balance."""
        fault = self.notes.fault
        charge, paid, responsibility = map(read_number, clp[2:5])
        if not clp[0]:
            fault(claim, "R201", "CLP01 is empty: a claim payment without a patient control number")
        if not clp[1]:
            fault(claim, "R201", "CLP02 is empty: a claim payment without a status")
        for element, value in (("CLP03", charge), ("CLP04", paid), ("CLP05", responsibility if clp[4] else ZERO)):
            if value is None:
                fault(claim, "R202", f"{element} is {unreadable(clp[int(element[3:]) - 1])}")
        if charge is not None and paid is not None and adjusted is not None and charge - paid != adjusted:
            message = (
                f"CLP03 {charge} - CLP04 {paid} = {charge - paid}, "
                f"but the CAS segments of the claim and its services add up to {adjusted}"
            )
            fault(claim, "R402", message)

    def _names_nobody(self, text: str) -> bool:
        """Whether no member stands in a text: it may be remembered, and will come again."""
        return self._patient not in text and self._insured not in text

    def _read_head(self, text: str) -> _Head:
        """What the segments say that stand in a text between CLP and the first service."""
        said, faults, others = self._read_segments(text)
        return (*said, bool(faults or others))

    def _read_segments(self, text: str) -> tuple[_Said, list[tuple[int, Fault]], list[tuple[int, str]]]:
        """What the segments say; with their positions behind CLP faults, and segments that are no part of a claim."""
        memo = self._segments
        cas, dtm, mia, moa, plb = self._tags
        adjustments: tuple[Adjustment, ...] = ()
        adjusted: Decimal | None = ZERO
        remarks: tuple[str, ...] = ()
        patient = insured = rendering_npi = ""
        day = first = last = None
        faults: list[tuple[int, Fault]] = []
        others: list[tuple[int, str]] = []
        for index, segment in enumerate(text.split(self._split), 1):
            tag = segment[:4]
            wrong: tuple[Fault, ...] = ()
            if segment.startswith(self._rendering):
                rendering_npi = memo.ids[segment]
            elif segment.startswith(self._insured):
                insured = memo.read_id(segment)
            elif segment.startswith(self._patient):
                patient = memo.read_id(segment)
            elif tag == dtm:
                qualifier, value, wrong = memo.days[segment]
                if qualifier == "232":
                    first = value
                elif qualifier == "233":
                    last = value
                elif qualifier == "472":
                    day = value
                else:
                    wrong = ()
            elif tag == cas:
                more, total, wrong = memo.read_adjustments(segment[4:])
                adjustments += more
                adjusted = None if adjusted is None or total is None else adjusted + total
            elif tag in (mia, moa):
                remarks += memo.remarks[segment]
            elif tag == plb or segment in ("CLP", "SVC"):
                others.append((index, segment))
            faults += [(index, fault) for fault in wrong]
        first, last = first or day, last or first or day
        return (adjustments, adjusted, remarks, insured, patient, rendering_npi, first, last), faults, others

    def _note(self, claim: int, head: str) -> None:
        """Notes the faults between CLP and the first service, and the segments that are no part of a claim."""
        _, faults, others = self._read_segments(head.partition(self._split)[2])
        for index, (code, message) in faults:
            self.notes.fault(claim, code, message, index=index)
        for index, segment in others:
            self.notes.other(claim, segment, -1, index)


def _elements(clp: list[str]) -> list[str]:
    """CLP01 to CLP09, without blanks around them."""
    return [part(clp, index) for index in range(_CLP_ELEMENTS)]
