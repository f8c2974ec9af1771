"""What single segments of a claim payment say: texts in, values and faults out.

Segments that come again from claim to claim are looked up in the memos of `SegmentReader`: each is taken apart once.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from edi837.claims.elements import Memo, Procedure, read_day, read_number, read_procedure
from edi837.payments import Adjustment

ZERO = Decimal(0)
_ONE = Decimal(1)
_NO_PROCEDURE = Procedure("", "", (), "")

_DAYS = frozenset({"472", "150", "151", "232", "233"})
_CLAIM_REMARKS = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}

Fault = tuple[str, str]
"""Diagnostic code and message."""

PlacedFault = tuple[str, str, int]
"""Diagnostic code, message and position of the segment among those that were read together."""

PlacedSegment = tuple[str, int]
"""A segment and its position among those that were read together."""


class Notes:
    """What the claim payments of a batch leave for whoever reads their transaction set, who takes it out."""

    def __init__(self) -> None:
        self.claim = 0
        """The number of the claim payment that is being read."""
        self.faults: list[tuple[int, PlacedFault]] = []
        """By claim payment; positions are those in the claim, CLP being 0."""
        self.others: list[tuple[int, PlacedSegment]] = []
        """PLB segments, and CLP and SVC segments without elements: they are no part of a claim."""

    def fault(self, code: str, message: str, index: int = 0) -> None:
        """Notes a fault of the claim payment that is being read."""
        self.faults.append((self.claim, (code, message, index)))

    def other(self, segment: str, index: int) -> None:
        """Notes a segment that is no part of the claim payment that is being read."""
        self.others.append((self.claim, (segment, index)))


class Service(NamedTuple):
    """What an SVC segment says."""

    procedure: Procedure
    charge: Decimal
    paid: Decimal
    units: Decimal | None
    original: Procedure
    original_units: Decimal | None
    reduction: Decimal | None
    """SVC02 - SVC03; None where one of them could not be read."""
    faults: tuple[Fault, ...]


# What is looked up for every service is a plain tuple: taking one apart costs a quarter of what a NamedTuple costs.

Adjustments = tuple[tuple[Adjustment, ...], Decimal | None, tuple[Fault, ...]]
"""What a CAS segment says, the sum of its amounts (None where one could not be read), and its faults."""

Day = tuple[str, date | None, tuple[Fault, ...]]
"""The qualifier (empty where it is of no interest) and day of a DTM segment, and its faults."""

_OTHER_DAY: Day = ("", None, ())


class SegmentReader:
    """Reads the segments of interchanges with the same element and component separators."""

    def __init__(self, element: str, component: str) -> None:
        self.element = element
        self.component = component
        self.adjustments = Memo(self._read_adjustments)
        """By the CAS segment."""
        self.days = Memo(self._read_day)
        """By the DTM segment."""
        self.remarks = Memo(self._read_remarks)
        """The remark codes by the LQ, MIA or MOA segment."""

    def service(self, text: str) -> Service:
        """What an SVC segment says, given from SVC01 on."""
        parts = text.split(self.element)
        procedure = read_procedure(part(parts, 0), self.component)
        charge, paid = read_number(part(parts, 1)), read_number(part(parts, 2))
        units, original_units = part(parts, 4), part(parts, 6)
        original = read_procedure(part(parts, 5), self.component) if part(parts, 5) else _NO_PROCEDURE
        faults: list[Fault] = []
        if not procedure.code:
            faults.append(("R302", "SVC01-2 is empty: a service without a procedure"))
        elif not procedure.qualifier:
            faults.append(("R301", "SVC01 is no composite of qualifier and code"))
        if original.code and not original.qualifier:
            faults.append(("R301", "SVC06 is no composite of qualifier and code"))
        if charge is None:
            faults.append(("R303", f"SVC02 is {unreadable(part(parts, 1))}"))
        if paid is None:
            faults.append(("R303", f"SVC03 is {unreadable(part(parts, 2))}"))
        faults += [
            ("R304", f"{name} is no number")
            for name, value in (("SVC05", units), ("SVC07", original_units))
            if value and read_number(value) is None
        ]
        return Service(
            procedure,
            ZERO if charge is None else charge,
            ZERO if paid is None else paid,
            read_number(units) if units else _ONE,
            original,
            read_number(original_units),
            None if charge is None or paid is None else charge - paid,
            tuple(faults),
        )

    def allowed(self, text: str) -> tuple[Decimal | None, tuple[Fault, ...]]:
        """The amount of an AMT*B6 segment and its faults; None for every other AMT."""
        parts = text.split(self.element)
        if part(parts, 1) != "B6":
            return None, ()
        amount = read_number(part(parts, 2))
        return amount, (("R303", f"AMT02 of AMT*B6 is {unreadable(part(parts, 2))}"),) if amount is None else ()

    def _read_adjustments(self, text: str) -> Adjustments:
        parts = text.split(self.element)
        group = part(parts, 1).upper()
        found: list[Adjustment] = []
        faults: list[Fault] = []
        total: Decimal | None = ZERO
        if not group:
            faults.append(("R204", "CAS01 is empty: an adjustment without a group code"))
        for index in range(2, len(parts), 3):
            reason, amount, quantity = part(parts, index), part(parts, index + 1), part(parts, index + 2)
            if not (reason or amount or quantity):
                continue
            value, count = read_number(amount), read_number(quantity)
            if not reason:
                faults.append(("R204", f"CAS{index:02} is empty: an adjustment without a reason code"))
            if value is None:
                faults.append(("R203", f"CAS{index + 1:02} is {unreadable(amount)}"))
            if quantity and count is None:
                faults.append(("R203", f"CAS{index + 2:02} is no number"))
            total = None if total is None or value is None else total + value
            found.append(Adjustment(group, reason.upper(), ZERO if value is None else value, count))
        if not found:
            faults.append(("R204", "CAS02 is empty: an adjustment without a reason code"))
        return tuple(found), total, tuple(faults)

    def _read_day(self, text: str) -> Day:
        parts = text.split(self.element)
        qualifier = part(parts, 1)
        if qualifier not in _DAYS:
            return _OTHER_DAY
        day = read_day(part(parts, 2))
        faults = (("R205", f"DTM02 of DTM*{qualifier} is no date CCYYMMDD"),) if day is None else ()
        return qualifier, day, faults

    def _read_remarks(self, text: str) -> tuple[str, ...]:
        parts = text.split(self.element)
        if parts[0] == "LQ":
            codes = [part(parts, 2)] if part(parts, 1) == "HE" else []
        else:
            codes = [part(parts, index) for index in _CLAIM_REMARKS[parts[0]]]
        return tuple(code.upper() for code in codes if code)


def part(parts: list[str], index: int) -> str:
    """An element of a segment without blanks around it, empty where the segment is shorter."""
    return parts[index].strip() if index < len(parts) else ""


def unreadable(text: str) -> str:
    """What is wrong with a text that should be an amount and is none."""
    return "no amount" if text else "empty"
