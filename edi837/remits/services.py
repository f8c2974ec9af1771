"""Reads the services of a claim payment: loop 2110."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from edi837.payments import Adjustment, ServicePayment
from edi837.remits.segments import ZERO, SegmentReader

Say = Callable[[str, str, int], None]
"""(diagnostic code, message, position of the segment in the claim, CLP being 0)."""

Other = Callable[[str, int], None]
"""Takes a segment that belongs to no claim or has no elements, and its position in the claim."""


class Services(NamedTuple):
    """The services of one claim payment."""

    services: tuple[ServicePayment, ...]
    adjusted: Decimal | None
    """The sum of their adjustments, dollars; None where an amount could not be read."""
    end: int
    """Position in the claim behind their last segment."""


class ServiceReader:
    """Reads the services of the claims of interchanges with the same element and component separators."""

    def __init__(self, segments: SegmentReader, say: Say, other: Other) -> None:
        self._segments = segments
        self._say = say
        self._other = other
        element = segments.element
        self._tags = tuple(tag + element for tag in ("CAS", "DTM", "REF", "AMT", "PLB"))
        self._remark = f"LQ{element}"
        self._control, self._policy = f"REF{element}6R{element}", f"REF{element}0K{element}"

    def read(self, texts: list[str], split: str, index: int, claim: str) -> Services:
        """The services whose texts, each from SVC01 up to the next SVC, are split into segments by `split`.

        `index` is the position of the first SVC in the claim, CLP being 0.
        """
        memo = self._segments
        services, cas_segments, days, amounts = memo.services, memo.adjustments, memo.days, memo.allowed
        element, (cas, dtm, ref, amt, plb), lq = memo.element, self._tags, self._remark
        control_tag, policy_tag = self._control, self._policy
        found: list[ServicePayment] = []
        adjusted: Decimal | None = ZERO
        for number, text in enumerate(texts, 1):
            segments = text.split(split)
            procedure, charge, paid, units, original, original_units, reduction, faults = services[segments[0]]
            if faults:
                self._complain(faults, claim, number, index)
            adjustments: tuple[Adjustment, ...] = ()
            total: Decimal | None = ZERO
            remarks: tuple[str, ...] = ()
            policies: tuple[str, ...] = ()
            day = first = last = control = allowed = None
            position = index
            del segments[0]
            for segment in segments:
                position += 1
                tag = segment[:4]
                if tag == cas:
                    more, amount, faults = cas_segments[segment]
                    total = amount if not adjustments else None if total is None or amount is None else total + amount
                    adjustments += more
                    if faults:
                        self._complain(faults, claim, number, position)
                elif tag == ref:
                    if segment[:7] == control_tag:
                        control = segment[7:].split(element, 1)[0].strip()
                    elif segment[:7] == policy_tag:
                        policies += (segment[7:].split(element, 1)[0].strip(),)
                elif tag == dtm:
                    qualifier, value, faults = days[segment]
                    if qualifier == "472":
                        day = value
                    elif qualifier == "150":
                        first = value
                    elif qualifier == "151":
                        last = value
                    if faults:
                        self._complain(faults, claim, number, position)
                elif tag == amt:
                    amount, faults = amounts[segment]
                    allowed = allowed if amount is None else amount
                    if faults:
                        self._complain(faults, claim, number, position)
                elif tag[:3] == lq:
                    remarks += memo.remarks[segment]
                elif tag == plb or len(segment) < len(plb):
                    self._other(segment, position)
            if total is None or adjusted is None:
                adjusted = None
            else:
                adjusted += total
            if reduction != total and reduction is not None and total is not None:
                self._say(
                    "R401",
                    f"claim {claim} service {number}: SVC02 {charge} - SVC03 {paid} = {reduction}, "
                    f"but the CAS segments of the service add up to {total}",
                    index,
                )
            found.append(
                ServicePayment(
                    procedure.qualifier,
                    procedure.code,
                    procedure.modifiers,
                    charge,
                    paid,
                    units,
                    original.code,
                    original.modifiers,
                    original_units,
                    day or first,
                    day or last or first,
                    control or None,
                    adjustments,
                    remarks,
                    policies,
                    allowed,
                )
            )
            index = position + 1
        return Services(tuple(found), adjusted, index)

    def _complain(self, faults: tuple[tuple[str, str], ...], claim: str, number: int, index: int) -> None:
        for code, message in faults:
            self._say(code, f"claim {claim} service {number}: {message}", index)
