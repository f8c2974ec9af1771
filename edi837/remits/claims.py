"""Reads claim payments: loop 2100, and with it the services of loop 2110."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from edi837.claims.elements import Memo, read_number
from edi837.payments import Adjustment, ClaimPayment
from edi837.remits.segments import ZERO, Fault, Notes, SegmentReader, part, unreadable
from edi837.remits.services import ServiceReader
from edi837.remits.transaction import OpenTransaction

BATCH = 32
"""Claim payments to read at a time: what a batch makes stays in the processor's cache."""

_CLP_ELEMENTS = 9
_NM109 = 9

_Head = tuple[tuple[Adjustment, ...], Decimal | None, tuple[str, ...], str, str, date | None, date | None]
"""Adjustments and their sum (None: an amount could not be read), remarks, member id, NPI, first and last day."""


def _wanted_segments(element: str, split: str) -> re.Pattern[str]:
    """Matches the segments between CLP and the first service that are read: (segment, its kind)."""
    element, end = re.escape(element), re.escape(split[0])
    kinds = rf"NM1{element}(?:QC|IL|82)|DTM{element}(?:232|233|472)|CAS|MIA|MOA|PLB"
    return re.compile(rf"{re.escape(split)}((?:({kinds}){element}[^{end}]*|(?:CLP|SVC)(?![^{end}])))")


class ClaimReader:
    """Reads the claim payments of interchanges with the same separators; `split` stands between two segments."""

    def __init__(self, file: str, element: str, component: str, split: str) -> None:
        self.notes = Notes()
        """What the last batch has left."""
        self._file = file
        self._element = element
        self._split = split
        self._service_tag = f"{split}SVC{element}"
        self._segments = SegmentReader(element, component)
        self._services = ServiceReader(self._segments, split, self.notes)
        self._wanted = _wanted_segments(element, split)
        self._names = tuple(f"NM1{element}{entity}" for entity in ("QC", "IL", "82"))
        self._ids = Memo(self._read_id)

    def read(
        self, texts: Sequence[str], current: OpenTransaction, segment: int, file_segment: int, offsets: Sequence[int]
    ) -> tuple[list[ClaimPayment], int]:
        """The claim payments of a batch, whose texts begin with CLP01, and the number of their segments.

        The first has these positions, and each its own offset.
        """
        split, element, service_tag = self._split, self._element, self._service_tag
        # Step by step for the whole batch: it takes half the time when each step's code stays in the processor's cache.
        service_texts = [text.split(service_tag) for text in texts]
        heads = [pieces.pop(0) for pieces in service_texts]
        contents = self._read_heads(heads)
        services = self._services.read(service_texts, [head.count(split) + 1 for head in heads])
        file, header, transaction = self._file, current.header, current.transaction
        payer, payer_name, trace_number, payment_date = header[1:5]
        seen, notes = current.seen, self.notes
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
            charge, paid, responsibility = read_number(clp03), read_number(clp04), read_number(clp05)
            if not claim or not status or charge is None or paid is None or responsibility is None:
                notes.claim = len(found)
                self._check_claim(clp)
                ...
