"""Reads the services of a claim payment: loop 2110.

What tells a service from others like it is its date and its control number; the rest, from the procedure to the
remarks, comes again wherever the same payer pays the same fee. So these two are cut out, and the rest is looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from edi837.claims.elements import Memo
from edi837.payments import Adjustment, ServicePayment
from edi837.remits.segments import ZERO, Notes, PlacedFault, PlacedSegment, SegmentReader

_NO_DESCRIPTION = 6
"""An SVC segment with fewer component separators has no free text in SVC01-7 or SVC06-7."""

_WITH_REST = 3
"""Pieces of a service with more than SVC and DTM, when it is split twice."""

Services = tuple[tuple[ServicePayment, ...], Decimal | None, int]
"""The services of a claim payment, the sum of their adjustments in dollars (None where one could not be read), and the
position in the claim behind their last segment, CLP being 0."""


class _Unusual(NamedTuple):
    """What else the segments of a service say, where they say more than the usual; SVC has position 0."""

    first: date | None
    last: date | None
    control: str | None
    whole: bool
    """Whether every amount of the adjustments could be read."""
    faults: tuple[PlacedFault, ...]
    others: tuple[PlacedSegment, ...]


_Line = tuple[
    str,  # SVC01-1
    str,  # SVC01-2
    tuple[str, ...],
    Decimal,  # SVC02
    Decimal,  # SVC03
    Decimal | None,  # SVC05
    str,  # SVC06-2
    tuple[str, ...],
    Decimal | None,  # SVC07
    tuple[Adjustment, ...],
    tuple[str, ...],  # LQ*HE
    tuple[str, ...],  # REF*0K
    Decimal | None,  # AMT*B6
    Decimal,
    int,
    _Unusual | None,
]
"""What the segments of a service say: the fields of `ServicePayment` but for dates and control number, the sum of the
adjustments, the number of segments, and what else there is."""


class ServiceReader:
    """Reads the services of the claims of interchanges with the same separators.

    `split` is what stands between two segments.
    """

    def __init__(self, segments: SegmentReader, split: str, notes: Notes) -> None:
        self._segments = segments
        self._split = split
        self._notes = notes
        element = segments.element
        self._element = element
        self._tags = tuple(tag + element for tag in ("CAS", "DTM", "REF", "AMT"))
        self._remark = f"LQ{element}"
        self._others = (f"PLB{element}", "CLP", "SVC")
        self._control = f"REF{element}6R{element}"
        self._days = Memo(self._read_usual_day)
        self._lines = Memo(
            self._read_line, lambda text: text.split(split, 1)[0].count(segments.component) < _NO_DESCRIPTION
        )

    def read(self, claims: Sequence[list[str]], sizes: Sequence[int]) -> list[Services]:
        """The services of some claim payments; each text stands between one SVC tag and the next, from SVC01 on.

        `sizes` are the numbers of segments in front of the first SVC of each claim, CLP included.
        """
        split, element, lines, days = self._split, self._element, self._lines, self._days
        control_first = self._control
        control_tag = split + control_first
        result: list[Services] = []
        control: str | None
        for texts, index in zip(claims, sizes, strict=True):
            found: list[ServicePayment] = []
            adjusted = ZERO
            whole = True
            for text in texts:
                line, dated = None, 1
                pieces = text.split(split, 2)
                first = last = days[pieces[1]] if len(pieces) == _WITH_REST else None
                if first is not None:
                    before, tag, behind = pieces[2].partition(control_tag)
                    if not tag and before.startswith(control_first):
                        before, tag, behind = before.partition(control_first)
                    control, end, after = behind.partition(split)
                    if element not in control:
                        line = lines[f"{pieces[0]}{split}{before}{tag}{end}{after}"]
                if line is None or line[-1] is not None:
                    # As it stands: it has no usual date and control number, or it matters where a segment stands.
                    line, dated = lines[text], 0
                    self._notes.claim = len(result)
                    first, last, control, readable = self._take_unusual(line[-1], index, len(found) + 1)
                    whole = whole and readable
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
                    size,
                    _,
                ) = line
                found.append(
                    ServicePayment(
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
                        control.strip() or None if control else None,
                        adjustments,
                        remarks,
                        policies,
                        allowed,
                    )
                )
                adjusted += total
                index += size + dated
            result.append((tuple(found), adjusted if whole else None, index))
        return result

    def _take_unusual(
        self, unusual: _Unusual | None, index: int, number: int
    ) -> tuple[date | None, date | None, str | None, bool]:
        """Notes the faults and other segments of a service; returns its dates, its control number and `whole`."""
        if unusual is None:
            return None, None, None, True
        for code, message, position in unusual.faults:
            self._notes.fault(code, f"service {number}: {message}", index + position)
        for segment, position in unusual.others:
            self._notes.other(segment, index + position)
        return unusual.first, unusual.last, unusual.control, unusual.whole

    def _read_usual_day(self, segment: str) -> date | None:
        """The day of a DTM*472 segment; None for every other segment, and for a day that cannot be read."""
        if not segment.startswith(f"DTM{self._element}472{self._element}"):
            return None
        return self._segments.days[segment][1]

    def _read_line(self, text: str) -> _Line:
        """What the segments of a service say, whichever there are and in any order."""
        memo, element = self._segments, self._element
        cas, dtm, ref, amt = self._tags
        segments = text.split(self._split)
        procedure, charge, paid, units, original, original_units, reduction, own = memo.service(segments[0])
        faults: list[PlacedFault] = [(code, message, 0) for code, message in own]
        others: list[PlacedSegment] = []
        adjustments: tuple[Adjustment, ...] = ()
        adjusted, whole = ZERO, True
        remarks: tuple[str, ...] = ()
        policies: tuple[str, ...] = ()
        day = first = last = control = allowed = None
        for index, segment in enumerate(segments[1:], 1):
            tag, more = segment[:4], own[:0]
            if tag == cas:
                added, total, more = memo.adjustments[segment]
                adjustments += added
                adjusted, whole = adjusted + (total or ZERO), whole and total is not None
            elif tag == dtm:
                qualifier, value, more = memo.days[segment]
                if qualifier == "472":
                    day = value
                elif qualifier == "150":
                    first = value
                elif qualifier == "151":
                    last = value
            elif tag == ref:
                parts = segment.split(element)
                if len(parts) > 2 and parts[1] == "6R":
                    control = control or parts[2].strip()
                elif len(parts) > 2 and parts[1] == "0K":
                    policies += (parts[2].strip(),)
            elif tag == amt:
                amount, more = memo.allowed(segment)
                allowed = allowed if amount is None else amount
            elif segment.startswith(self._remark):
                remarks += memo.remarks[segment]
            elif tag in self._others:
                others.append((segment, index))
            faults += [(code, message, index) for code, message in more]
        if reduction is not None and whole and reduction != adjusted:
            message = (
                f"SVC02 {charge} - SVC03 {paid} = {reduction}, but the CAS segments of the service add up to {adjusted}"
            )
            faults.append(("R401", message, 0))
        first, last = day or first, day or last or first
        unusual = None
        if first or last or control or faults or others:
            unusual = _Unusual(first, last, control, whole, tuple(faults), tuple(others))
        return (
            procedure.qualifier,
            procedure.code,
            procedure.modifiers,
            charge,
            paid,
            units,
            original.code,
            original.modifiers,
            original_units,
            adjustments,
            remarks,
            policies,
            allowed,
            adjusted,
            len(segments),
            unusual,
        )
