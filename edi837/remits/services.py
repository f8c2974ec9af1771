"""Reads the services of claim payments: loop 2110."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from edi837.payments import Adjustment, ServicePayment
from edi837.remits.segments import ZERO, Fault, Notes, SegmentReader

Services = tuple[tuple[ServicePayment, ...], Decimal | None, int]
"""The services of a claim payment, the sum of their adjustments in dollars (None where one could not be read), and the
position in the claim behind their last segment, CLP being 0."""


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

    def read(self, claims: Sequence[list[str]], sizes: Sequence[int]) -> list[Services]:
        """The services of some claim payments; each text stands between one SVC tag and the next, from SVC01 on.

        `sizes` are the numbers of segments in front of the first SVC of each claim, CLP included.
        """
        split, memo, notes, others = self._split, self._segments, self._notes, self._others
        element, svc_segments, cas_segments = memo.element, memo.services, memo.adjustments
        dtm_segments, amt_segments, lq_segments = memo.days, memo.allowed, memo.remarks
        cas, dtm, ref, amt, lq = self._tags
        control_tag, policy_tag = self._control, self._policy
        result: list[Services] = []
        for texts, index in zip(claims, sizes, strict=True):
            found: list[ServicePayment] = []
            adjusted: Decimal | None = ZERO
            notes.claim = len(result)
            for text in texts:
                segments = text.split(split)
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
                    reduction,
                    faults,
                ) = svc_segments[segments[0]]
                if faults:
                    self._note(faults, len(found), index)
                adjustments: tuple[Adjustment, ...] = ()
                remarks: tuple[str, ...] = ()
                policies: tuple[str, ...] = ()
                total: Decimal | None = ZERO
                day = first = last = control = allowed = None
                size = len(segments)
                del segments[0]
                for position, segment in enumerate(segments, index + 1):
                    tag = segment[:4]
                    if tag == cas:
                        more, amount, faults = cas_segments[segment]
                        if not adjustments:
                            adjustments, total = more, amount
                        else:
                            adjustments += more
                            total = None if total is None or amount is None else total + amount
                        if faults:
                            self._note(faults, len(found), position)
                    elif tag == dtm:
                        kind, value, faults = dtm_segments[segment]
                        if kind == "472":
                            day = value
                        elif kind == "150":
                            first = value
                        elif kind == "151":
                            last = value
                        if faults:
                            self._note(faults, len(found), position)
                    elif tag == ref:
                        kind = segment[4:7]
                        if kind == control_tag:
                            control = control or segment[7:].split(element, 1)[0].strip()
                        elif kind == policy_tag:
                            policies += (segment[7:].split(element, 1)[0].strip(),)
                    elif tag == amt:
                        amount, faults = amt_segments[segment]
                        if amount is not None:
                            allowed = amount
                        if faults:
                            self._note(faults, len(found), position)
                    elif tag[:3] == lq:
                        remarks += lq_segments[segment]
                    elif tag in others:
                        notes.other(segment, position)
                if reduction != total and reduction is not None and total is not None:
                    message = f"SVC02 {charge} - SVC03 {paid} = {reduction}, but the CAS segments of the service add up"
                    self._note((("R401", f"{message} to {total}"),), len(found), index)
                adjusted = None if adjusted is None or total is None else adjusted + total
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
                        day or first,
                        day or last or first,
                        control or None,
                        adjustments,
                        remarks,
                        policies,
                        allowed,
                    )
                )
                index += size
            result.append((tuple(found), adjusted, index))
        return result

    def _note(self, faults: Sequence[Fault], service: int, index: int) -> None:
        """Notes the faults of a segment of a service, which is told by its number from 0."""
        for code, message in faults:
            self._notes.fault(code, f"service {service + 1}: {message}", index)
