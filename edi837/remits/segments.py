"""What single segments of a claim payment say: texts in, values and faults out.

What comes again from claim to claim (dates, procedures, amounts, many a CAS segment) is looked up in the memos of
`SegmentReader`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from edi837.claims.elements import Memo, Procedure, read_day, read_number, read_procedure
from edi837.payments import Adjustment

ZERO = Decimal(0)
ONE = Decimal(1)
_NO_DESCRIPTION = 6
"""A composite with fewer component separators has no free text in SVC01-7."""
_NO_PROCEDURE = Procedure("", "", (), "")

_DAYS = frozenset({"472", "150", "151", "232", "233"})
_CLAIM_REMARKS = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}

Fault = tuple[str, str]
"""Diagnostic code and message."""


class Note(NamedTuple):
    """Something to report of a claim payment, and the place of the segment that it is about."""

    claim: int
    """The number of the claim payment in its region, from 0."""
    service: int
    """The number of its service, from 0; -1 above the services."""
    place: int
    """Position behind SVC; above the services behind CLP, or in the header behind ST. -1 stands for ST."""
    text: str
    """A message, or the segment itself."""
    code: str = ""


class Notes:
    """What the claim payments of a region leave for whoever reads their transaction set, who takes it out."""

    def __init__(self) -> None:
        self.faults: list[Note] = []
        self.others: list[Note] = []
        """PLB segments, and CLP and SVC segments without elements: they are no part of a claim."""

    def fault(self, claim: int, code: str, message: str, service: int = -1, index: int = 0) -> None:
        """Notes a fault of a claim payment, of its first segment unless told else."""
        self.faults.append(Note(claim, service, index, message, code))

    def other(self, claim: int, segment: str, service: int, index: int) -> None:
        """Notes a segment that is no part of the claim payment that it stands in."""
        self.others.append(Note(claim, service, index, segment))


# What is looked up often is a plain tuple: taking one apart costs a quarter of what a NamedTuple costs.

UsualProcedure = tuple[str, str, tuple[str, ...]]
"""Qualifier, code and modifiers."""

Service = tuple[
    tuple[str, str, tuple[str, ...], Decimal, Decimal, Decimal | None, str, tuple[str, ...], Decimal | None],
    Decimal | None,
    tuple[Fault, ...],
]
"""What an SVC segment says: the first fields of `ServicePayment`, SVC02 - SVC03 (None where one could not be read), and
its faults."""

Adjustments = tuple[tuple[Adjustment, ...], Decimal | None, tuple[Fault, ...]]
"""What a CAS segment says, the sum of its amounts (None where one could not be read), and its faults."""

Day = tuple[str, date | None, tuple[Fault, ...]]
"""The qualifier (empty where it is of no interest) and day of a DTM segment, and its faults."""

Allowed = tuple[Decimal | None, tuple[Fault, ...]]
"""The amount of an AMT*B6 segment, None for every other AMT, and its faults."""

_OTHER_DAY: Day = ("", None, ())
_SHORTEST_SVC, _USUAL_SVC = 3, 5
"""Elements of an SVC segment without what the payer changed, the tag left out: up to the payment, and to the units."""
_SIMPLE_CAS = 3
"""Elements of a CAS segment with one adjustment without quantity, the tag left out."""
_NM109 = 9
MOST_AMOUNTS = 1 << 16
"""Entries of a memo of what has amounts, for each payer has fees of its own; a full one takes some 40 MB."""
_LONGEST_AMOUNT = 16


def _is_short(text: str) -> bool:
    return len(text) < _LONGEST_AMOUNT


def read_amount(text: str) -> Decimal | None:
    """The value of an amount, or None where it is none: `read_number`, faster for what is plain."""
    if text and _is_short(text) and not text.strip("0123456789."):
        try:
            return Decimal(text)
        except InvalidOperation:
            return None
    return read_number(text)


class SegmentReader:
    """Reads the segments of interchanges with the same element and component separators."""

    def __init__(self, element: str, component: str) -> None:
        self.element = element
        self.component = component
        self.amounts = Memo(read_amount, _is_short, most=MOST_AMOUNTS)
        self._procedures = Memo(self._read_usual_procedure, self.is_coded)
        self._codes: Memo[str, str] = Memo(lambda text: text.strip().upper())
        self.days = Memo(self._read_day)
        """By the DTM segment."""
        self.allowed = Memo(self._read_allowed)
        """By the AMT segment."""
        self.remarks = Memo(self._read_remarks)
        """The remark codes by the LQ, MIA or MOA segment."""
        self.ids = Memo(self.read_id)
        """NM109 by the NM1 segment; for names that come again."""

    def is_coded(self, text: str) -> bool:
        """Whether there is no room for free text in a text's procedure composite."""
        return text.count(self.component) < _NO_DESCRIPTION

    def read_service(self, text: str) -> Service:
        """What an SVC segment says, given from SVC01 on."""
        parts = text.split(self.element)
        if _SHORTEST_SVC <= len(parts) <= _USUAL_SVC:
            usual, charge, paid = self._procedures[parts[0]], self.amounts[parts[1]], self.amounts[parts[2]]
            units = self.amounts[parts[4]] if len(parts) == _USUAL_SVC and parts[4] else ONE
            if usual is not None and charge is not None and paid is not None and units is not None:
                qualifier, code, modifiers = usual
                return (qualifier, code, modifiers, charge, paid, units, "", (), None), charge - paid, ()
        procedure = read_procedure(part(parts, 0), self.component)
        charge, paid = read_number(part(parts, 1)), read_number(part(parts, 2))
        paid_units, original_units = part(parts, 4), part(parts, 6)
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
            for name, value in (("SVC05", paid_units), ("SVC07", original_units))
            if value and read_number(value) is None
        ]
        said = (
            procedure.qualifier,
            procedure.code,
            procedure.modifiers,
            ZERO if charge is None else charge,
            ZERO if paid is None else paid,
            read_number(paid_units) if paid_units else ONE,
            original.code,
            original.modifiers,
            read_number(original_units),
        )
        return said, None if charge is None or paid is None else charge - paid, tuple(faults)

    def read_id(self, text: str) -> str:
        """NM109 of an NM1 segment."""
        if text.count(self.element) == _NM109:
            # As a rule it is the last one.
            return text[text.rfind(self.element) + 1 :].strip()
        return part(text.split(self.element), _NM109)

    def _read_usual_procedure(self, text: str) -> UsualProcedure | None:
        qualifier, code, modifiers, _ = read_procedure(text.strip(), self.component)
        return (qualifier, code, modifiers) if qualifier and code else None

    def _read_allowed(self, text: str) -> Allowed:
        parts = text.split(self.element)
        if part(parts, 1) != "B6":
            return None, ()
        amount = read_number(part(parts, 2))
        return amount, (("R303", f"AMT02 of AMT*B6 is {unreadable(part(parts, 2))}"),) if amount is None else ()

    def read_adjustments(self, text: str) -> Adjustments:
        """What a CAS segment says, given from CAS01 on."""
        parts = text.split(self.element)
        if len(parts) == _SIMPLE_CAS and parts[0] and parts[1]:
            simple = self.amounts[parts[2]]
            if simple is not None:
                return (Adjustment(self._codes[parts[0]], self._codes[parts[1]], simple),), simple, ()
        group = part(parts, 0).upper()
        found: list[Adjustment] = []
        faults: list[Fault] = []
        total: Decimal | None = ZERO
        if not group:
            faults.append(("R204", "CAS01 is empty: an adjustment without a group code"))
        for index in range(2, len(parts) + 1, 3):
            reason, amount, quantity = part(parts, index - 1), part(parts, index), part(parts, index + 1)
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
