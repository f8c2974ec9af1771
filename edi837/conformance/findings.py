"""Gives faults their claim, line, payer and place: the findings of a stretch."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from hashlib import blake2b

import msgspec

from edi837.conformance.faults import KINDS, Fault
from edi837.conformance.guides import PROFESSIONAL_CLAIM
from edi837.conformance.segments import Segment
from edi837.conformance.stretch import Stretch
from edi837.model import Finding, Severity

CATEGORY = "conformance"

MISSING = frozenset({"P203", "P302", "P403"})
"""What is missing: it is noticed at the next segment, and belongs to what stands before it."""

_ON_THE_WAY = MISSING | {"P401", "P402", "P404", "P405"}
_ZERO = Decimal(0)
_ENVELOPE = frozenset({b"ISA", b"GS", b"ST", b"SE", b"GE", b"IEA"})


class _Context(msgspec.Struct, gc=False):
    """What a segment belongs to."""

    transaction: str
    claim: str = ""
    payer: str = ""
    charge: Decimal = _ZERO
    line: str | None = None
    line_charge: Decimal | None = None
    service_date: date | None = None
    start: int = 0
    """Position in the file of the segment that begins the claim, else of the transaction set."""


def findings(stretch: Stretch, faults: Iterable[Fault]) -> list[Finding]:
    """The findings of a stretch, in the order of its segments."""
    ordered = sorted([*stretch.faults, *faults], key=_order)
    if not ordered:
        return []
    contexts = _contexts(stretch, {fault.at.file_segment for fault in ordered})
    return [_finding(stretch, fault, contexts[fault.at.file_segment][fault.code not in MISSING]) for fault in ordered]


def _order(fault: Fault) -> tuple[int, bool, str, str]:
    """By place; first what the way to a segment shows, which may be told in the stretch before."""
    return fault.at.file_segment, fault.code not in _ON_THE_WAY, fault.code, fault.element


def _finding(stretch: Stretch, fault: Fault, context: _Context) -> Finding:
    kind, at = KINDS[fault.code], fault.at
    if fault.code < "P4":
        # What is wrong with an envelope belongs to no claim, and only the transaction set's to a transaction set.
        context = _Context(context.transaction if fault.code > "P3" else "", start=context.start)
    distance = at.file_segment - context.start
    identity = "|".join((fault.code, context.claim, context.line or "", fault.loop, fault.element, str(distance)))
    return Finding(
        code=fault.code,
        name=kind.name,
        severity=Severity.ERROR,
        category=CATEGORY,
        claim=context.claim,
        line=context.line,
        loop=fault.loop,
        element=fault.element,
        file=stretch.file,
        interchange=stretch.interchange,
        transaction=context.transaction,
        segment=at.position,
        file_segment=at.file_segment,
        offset=at.offset,
        length=len(at.text),
        payer=context.payer,
        service_date=context.service_date,
        charge=context.charge if context.line_charge is None else context.line_charge,
        message=fault.message,
        fix=kind.fix,
        predicts=(),
        partners=(),
        fingerprint=blake2b(identity.encode(), digest_size=8).hexdigest(),
    )


def _contexts(stretch: Stretch, wanted: set[int]) -> dict[int, tuple[_Context, _Context]]:
    """The contexts before and at each wanted segment, by its position in the file.

    What stands above a claim, from the subscriber on, belongs to the first claim below it.
    """
    reader = _ContextReader(stretch)
    found: dict[int, tuple[_Context, _Context]] = {}
    places = deque(sorted(wanted))
    for segment in stretch.segments:
        before = reader.current
        while places and places[0] < segment.file_segment:
            # The header of a group that is not judged.
            found[places.popleft()] = before, before
        context = reader.take(segment)
        if places and places[0] == segment.file_segment:
            found[places.popleft()] = before, context
    return found | dict.fromkeys(places, (reader.current, reader.current))


class _ContextReader:
    """Follows the claims of a stretch. A context is filled in further while it is current, for those who hold it."""

    def __init__(self, stretch: Stretch) -> None:
        self._guide = stretch.guide
        self._delimiters = stretch.delimiters
        self._is_claim = stretch.guide == PROFESSIONAL_CLAIM
        start = stretch.above[0].file_segment if stretch.above else 0
        self.current = _Context(stretch.transaction, start=start)
        self._payer = ""
        self._waiting: list[_Context] = []
        for segment in stretch.above:
            self.take(segment)

    def take(self, segment: Segment) -> _Context:
        """The context of the next segment."""
        elements = segment.text.split(self._delimiters.element)
        tag = elements[0]
        if tag in _ENVELOPE:
            self._payer = ""
        if tag == b"ST":
            self._renew(segment, transaction=self._text(elements, 2))
        elif tag in _ENVELOPE:
            transaction = self.current.transaction if tag == b"SE" else ""
            self._renew(segment, transaction=transaction)
        elif tag == b"HL" and self._is_claim:
            self._begin_level(segment, elements)
        elif tag == self._guide.claim:
            self._begin_claim(segment, elements)
        elif tag == b"LX" and not self._is_claim:
            self._renew(segment)
        elif tag == self._guide.line:
            self._begin_line(elements)
        elif tag == b"SV1" and self._is_claim:
            self.current.line_charge = _money(self._text(elements, 2))
        elif tag == b"DTP" and self._text(elements, 1) == "472":
            self.current.service_date = _day(self._text(elements, 3))
        elif tag == b"NM1" and self._text(elements, 1) == "PR" and not self.current.claim and self._is_claim:
            self._payer = self.current.payer = self._text(elements, 9)
        return self.current

    def _renew(self, segment: Segment, transaction: str | None = None) -> None:
        current = self.current.transaction if transaction is None else transaction
        self.current = _Context(current, start=segment.file_segment)
        self._waiting = []

    def _begin_level(self, segment: Segment, elements: list[bytes]) -> None:
        """An HL segment: the claim is still to come for a subscriber (22) and a patient (23)."""
        level, waiting = self._text(elements, 3), self._waiting
        self._renew(segment)
        if level == "23":
            self.current.payer = self._payer
            self._waiting = [*waiting, self.current]
        else:
            self._payer = ""
            self._waiting = [self.current] if level == "22" else []

    def _begin_claim(self, segment: Segment, elements: list[bytes]) -> None:
        waiting = self._waiting
        if not waiting:
            self._renew(segment)
            self.current.payer = self._payer
        for context in waiting or [self.current]:
            context.claim = self._text(elements, 1)
            context.charge = _money(self._text(elements, 2 if self._is_claim else 3))
            context.start = segment.file_segment
        self._waiting = []

    def _begin_line(self, elements: list[bytes]) -> None:
        claim = self.current
        number = self._text(elements, 1) if self._is_claim else None
        self.current = _Context(claim.transaction, claim.claim, claim.payer, claim.charge, number, start=claim.start)

    def _text(self, elements: list[bytes], index: int) -> str:
        if index >= len(elements):
            return ""
        return elements[index].decode(self._delimiters.encoding, "replace").strip()


def _money(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return _ZERO
    return amount if amount.is_finite() and len(text) <= _DIGITS else _ZERO


_DIGITS = 18
"""Of any amount that SV102 may hold."""


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if len(text) in (8, 17) else None
    except ValueError:
        return None
