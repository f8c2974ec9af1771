"""Reads the services of claim payments: loop 2110.

What they repeat is looked up (`edi837.remits.cut`). Where the pieces of a service hold something else than usual
(segments in another order, a fault), it is read segment by segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from edi837.claims.elements import Memo
from edi837.payments import Adjustment, ServicePayment
from edi837.remits.cut import ClaimText
from edi837.remits.segments import MOST_AMOUNTS, ZERO, Fault, Notes, SegmentReader

Services = tuple[tuple[ServicePayment, ...], Decimal | None]
"""The services of a claim payment, and the sum of their adjustments in dollars (None where one could not be read)."""

_Usual = tuple[
    str,
    str,
    tuple[str, ...],
    Decimal,
    Decimal,
    Decimal | None,
    str,
    tuple[str, ...],
    Decimal | None,
    tuple[Adjustment, ...],
    tuple[str, ...],
    tuple[str, ...],
    Decimal | None,
    Decimal | None,
    bool,
]
"""What a service says but for its days and its line control number: the fields of `ServicePayment` in their order, the
sum of the adjustments, and whether that is all there is to say."""


class _Loop(NamedTuple):
    """What the segments behind SVC say. Faults and others stand with their positions, the first segment's being 1."""

    adjustments: tuple[Adjustment, ...]
    adjusted: Decimal | None
    day: date | None
    first: date | None
    last: date | None
    control: str
    remarks: tuple[str, ...]
    policies: tuple[str, ...]
    allowed: Decimal | None
    faults: tuple[tuple[int, Fault], ...]
    others: tuple[tuple[int, str], ...]

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The first and last day of the service."""
        return self.day or self.first, self.day or self.last or self.first


class ServiceReader:
    """Reads the services of the claims of interchanges with the same separators.

    `split` is what stands between two segments.
    """

    def __init__(self, segments: SegmentReader, split: str, notes: Notes) -> None:
        self._segments = segments
        self._split = split
        self._notes = notes
        element = segments.element
        self._tags = tuple(tag + element for tag in ("CAS", "DTM", "REF", "AMT", "LQ"))
        self._control, self._policy = f"6R{element}", f"0K{element}"
        self._others = (f"PLB{element}", "CLP", "SVC")
        self._service_tag = f"{split}SVC{element}"
        self._dates = Memo(self._read_dates)
        self._usual = Memo(self._read_usual, segments.is_coded, most=MOST_AMOUNTS)

    def read(self, text: str, claims: Sequence[ClaimText]) -> list[Services]:
        """The services of the claim payments of a text."""
        dates_of, usual_of, element = self._dates, self._usual, self._segments.element
        # Compiled code looks up the names of a module each time.
        payment_of, zero = ServicePayment, ZERO
        result: list[Services] = []
        for start, end, _, _, _, texts in claims:
            found: list[ServicePayment] = []
            adjusted = zero
            whole = True
            for place in range(0, len(texts), 3):
                usual_text, dates, control = texts[place], texts[place + 1], texts[place + 2]
                (
                    qualifier,
                    procedure,
                    modifiers,
                    charge,
                    paid,
                    units,
                    original_procedure,
                    original_modifiers,
                    original_units,
                    adjustments,
                    remarks,
                    policies,
                    allowed,
                    total,
                    usual,
                ) = usual_of[usual_text]
                first, last, only_dates = dates_of[dates]
                if element in control:
                    control = control.split(element, 1)[0]
                if not (usual and only_dates):
                    again = text[start:end].split(self._service_tag)[len(found) + 1]
                    loop = self._read_again(again, len(result), len(found))
                    adjustments, total, (first, last) = loop.adjustments, loop.adjusted, loop.days
                    control, remarks, policies, allowed = loop.control, loop.remarks, loop.policies, loop.allowed
                if total is None:
                    whole = False
                else:
                    adjusted = adjusted + total if found else total
                found.append(
                    payment_of(
                        qualifier,
                        procedure,
                        modifiers,
                        charge,
                        paid,
                        units,
                        original_procedure,
                        original_modifiers,
                        original_units,
                        first,
                        last,
                        control.strip() or None,
                        adjustments,
                        remarks,
                        policies,
                        allowed,
                    )
                )
            result.append((tuple(found), adjusted if whole else None))
        return result

    def _read_dates(self, text: str) -> tuple[date | None, date | None, bool]:
        """The days of a service, and whether the text says nothing else."""
        loop = self._read_loop(text.split(self._split))
        rest = loop.adjustments or loop.control or loop.remarks or loop.policies or loop.allowed is not None
        return *loop.days, not (rest or loop.faults or loop.others)

    def _read_usual(self, text: str) -> _Usual:
        segments = text.split(self._split)
        service, reduction, wrong = self._segments.read_service(segments[0])
        del segments[0]
        cas_tag, adjustments_of = self._tags[0], self._segments.read_adjustments
        adjustments: tuple[Adjustment, ...] = ()
        total = ZERO
        # Behind SVC there is hardly ever more than CAS.
        for segment in segments:
            if not segment.startswith(cas_tag):
                break
            more, amount, odd = adjustments_of(segment[4:])
            if odd or amount is None:
                break
            adjustments += more
            total += amount
        else:
            return *service, adjustments, (), (), None, total, reduction == total and not wrong
        loop = self._read_loop(segments)
        said = loop.adjustments, loop.remarks, loop.policies, loop.allowed, loop.adjusted
        unusual = wrong or loop.faults or loop.others or loop.days != (None, None) or loop.control
        return *service, *said, reduction == loop.adjusted and not unusual

    def _read_again(self, text: str, claim: int, service: int) -> _Loop:
        """A service segment by segment, its faults noted."""
        own, *segments = text.split(self._split)
        (_, _, _, charge, paid, *_), reduction, faults = self._segments.read_service(own)
        loop = self._read_loop(segments)
        for index, (code, message) in [*((0, fault) for fault in faults), *loop.faults]:
            self._notes.fault(claim, code, f"service {service + 1}: {message}", service, index)
        for index, segment in loop.others:
            self._notes.other(claim, segment, service, index)
        if reduction != loop.adjusted and reduction is not None and loop.adjusted is not None:
            message = (
                f"service {service + 1}: SVC02 {charge} - SVC03 {paid} = {reduction}, "
                f"but the CAS segments of the service add up to {loop.adjusted}"
            )
            self._notes.fault(claim, "R401", message, service)
        return loop

    def _read_loop(self, segments: Sequence[str]) -> _Loop:
        """What segments say, in whatever order they stand."""
        memo, element = self._segments, self._segments.element
        cas, dtm, ref, amt, lq = self._tags
        adjustments: tuple[Adjustment, ...] = ()
        adjusted: Decimal | None = ZERO
        day = first = last = allowed = None
        control = ""
        remarks: tuple[str, ...] = ()
        policies: tuple[str, ...] = ()
        faults: list[tuple[int, Fault]] = []
        others: list[tuple[int, str]] = []
        for index, segment in enumerate(segments, 1):
            tag = segment[:4]
            wrong: tuple[Fault, ...] = ()
            if tag == cas:
                more, total, wrong = memo.read_adjustments(segment[4:])
                adjustments += more
                adjusted = None if adjusted is None or total is None else adjusted + total
            elif tag == dtm:
                kind, value, wrong = memo.days[segment]
                if kind == "472":
                    day = value
                elif kind == "150":
                    first = value
                elif kind == "151":
                    last = value
            elif tag == ref:
                kind, value_text = segment[4:7], segment[7:].split(element, 1)[0].strip()
                if kind == self._control:
                    control = control or value_text
                elif kind == self._policy:
                    policies += (value_text,)
            elif tag == amt:
                amount, wrong = memo.allowed[segment]
                allowed = allowed if amount is None else amount
            elif tag[:3] == lq:
                remarks += memo.remarks[segment]
            elif tag in self._others:
                others.append((index, segment))
            if wrong:
                faults += [(index, fault) for fault in wrong]
        said = adjustments, adjusted, day, first, last, control, remarks, policies, allowed
        return _Loop(*said, tuple(faults), tuple(others))
