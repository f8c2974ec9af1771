"""Reads the service lines of a claim: loop 2400 with 2410, 2420A and 2430."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

from msgspec import structs

from edi837.claims.elements import read_number, read_period, read_procedure, read_text
from edi837.model import Drug, ServiceLine
from edi837.x12.delimiters import PADDING, Delimiters

_ZERO = Decimal(0)
_PADDING = PADDING.decode()
_NO_DATES: tuple[date | None, date | None] = (None, None)
_NO_EXTRA: tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, str, str], ...], tuple[str, ...]] = (
    (),
    (),
    (),
    (),
)


@lru_cache(maxsize=64)
def _line_pattern(delimiters: Delimiters) -> re.Pattern[str]:
    """One service line: LX, then SV1, DTP*472 and REF*6R where they stand in their usual places, then all the rest."""
    element, terminator = (re.escape(part.decode("latin-1")) for part in (delimiters.element, delimiters.terminator))
    start = delimiters.break_pattern.decode("latin-1")
    value = f"[^{element}{terminator}]*"
    rest = f"[^{terminator}]*"
    group = f"{element}({value})"
    return re.compile(
        f"{start}LX(?:{group})?{rest}"
        f"(?:{start}SV1{group * 4}(?:{group}(?:{element}{value}(?:{group})?)?)?{rest})?"
        f"(?:{start}DTP{element}472{group}{group}{rest})?"
        f"(?:{start}REF{element}6R{group}{rest})?"
        f"((?:{start}(?!LX{element}){rest})*)"
    )


@lru_cache(maxsize=1 << 12)
def _read_pointers(text: str, component: str) -> tuple[int, ...]:
    """Positions in the claim's diagnoses; 0 for one that is no number."""
    if not text:
        return ()
    return tuple(
        int(part) if part.isascii() and part.isdigit() and len(part) < 4 else 0
        for part in text.split(component)
        if part
    )


class _Rest:
    """What the segments behind the usual ones of a line say; filled in one pass over them."""

    __slots__ = (
        "adjudicated_by",
        "authorizations",
        "control",
        "drug",
        "measurements",
        "notes",
        "period",
        "rendering",
        "repeated_drug",
        "service",
    )

    def __init__(self) -> None:
        self.service: list[str] | None = None
        self.period: tuple[str, str] | None = None
        self.control: str | None = None
        self.drug: Drug | None = None
        self.repeated_drug = False
        self.rendering: tuple[str, str] | None = None
        self.notes: list[str] = []
        self.authorizations: list[str] = []
        self.measurements: list[tuple[str, str, str]] = []
        self.adjudicated_by: list[str] = []


class LineReader:
    """Reads the service lines of the claims of one interchange; `say` takes (code, message, segment, offset)."""

    def __init__(self, delimiters: Delimiters, say: Callable[[str, str, int, int], None]) -> None:
        self._element = delimiters.element.decode("latin-1")
        self._component = delimiters.component.decode("latin-1")
        self._terminator = delimiters.terminator.decode("latin-1")
        self._pattern = _line_pattern(delimiters)
        self._first = re.compile(delimiters.break_pattern.decode("latin-1") + "LX" + re.escape(self._element))
        self._say = say

    def start(self, text: str) -> int:
        """The index of the terminator in front of the first LX of a claim, or -1."""
        match = self._first.search(text)
        return match.start() if match else -1

    def read(
        self,
        text: str,
        start: int,
        claim: str,
        defaults: tuple[str, str, str],
        position: int,
        file_segment: int,
        offset: int,
    ) -> tuple[ServiceLine, ...]:
        """The lines of a claim's text from an index on.

        `defaults` are the claim's place of service, rendering provider and taxonomy; `position` counts the claim's
        segments before the first LX, `file_segment` and `offset` are those of its CLM, for diagnostics.
        """
        lines = []
        component, terminator = self._component, self._terminator
        default_place, default_npi, default_taxonomy = defaults
        for match in self._pattern.finditer(text, start):
            number, composite, amount, basis, count, place, pointers, form, period, control, others = match.groups()
            npi, taxonomy, drug, extra, rest = default_npi, default_taxonomy, None, _NO_EXTRA, None
            if others:
                rest = self._read_rest(others)
                if composite is None and rest.service:
                    composite, amount, basis, count, place, _, pointers = (rest.service + [""] * 7)[:7]
                if period is None and rest.period:
                    form, period = rest.period
                if rest.rendering:
                    npi, taxonomy = rest.rendering
                control = control or rest.control
                drug = rest.drug
                extra = (
                    tuple(rest.notes),
                    tuple(rest.authorizations),
                    tuple(rest.measurements),
                    tuple(rest.adjudicated_by),
                )
            procedure = read_procedure(composite or "", component)
            charge, units = read_number(amount or ""), read_number(count or "")
            dates = read_period(form, period) if period is not None else _NO_DATES
            line = ServiceLine(
                number or None,
                procedure.code,
                procedure.modifiers,
                _ZERO if charge is None else charge,
                basis or "",
                units,
                place or default_place,
                _read_pointers(pointers or "", component),
                dates[0],
                dates[1],
                control or None,
                drug,
                procedure.description,
                procedure.qualifier,
                npi,
                taxonomy,
                position + 1,
                extra[0],
                extra[1],
                extra[2],
                extra[3],
            )
            lines.append(line)
            if (
                rest is not None
                or charge is None
                or units is None
                or dates[0] is None
                or dates[1] is None
                or not procedure.code
                or 0 in line.diagnosis_pointers
            ):
                place_of_fault = file_segment + position + 1, offset + match.start()
                for code, message in _faults(line, rest, composite, amount, count, period):
                    self._say(code, f"claim {claim} line {number or '(no LX01)'}: {message}", *place_of_fault)
            position += text.count(terminator, match.start(), match.end())
        return tuple(lines)

    def _read_rest(self, text: str) -> _Rest:
        """One pass over the segments of a line that do not stand in the usual places."""
        element = self._element
        rest = _Rest()
        entity = ""
        for segment in text.split(self._terminator):
            parts = segment.lstrip(_PADDING).split(element)
            tag = parts[0]
            size = len(parts)
            if tag == "NM1":
                entity = parts[1] if size > 1 else ""
                if entity == "82":
                    rest.rendering = (parts[9].strip() if size > 9 else "", "")
            elif tag == "SVD":
                entity = tag
                rest.adjudicated_by.append(parts[1].strip() if size > 1 else "")
            elif tag == "PRV":
                if entity == "82" and rest.rendering and size > 3:
                    rest.rendering = (rest.rendering[0], parts[3].strip())
            elif entity:
                continue
            elif tag == "LIN" and size > 3:
                if rest.drug is None:
                    rest.drug = Drug(parts[2].strip().upper(), parts[3].strip(), None, "")
                else:
                    rest.repeated_drug = True
            elif tag == "CTP" and size > 4 and rest.drug is not None and not rest.drug.unit:
                unit = parts[5].split(self._component)[0].strip().upper() if size > 5 else ""
                rest.drug = structs.replace(
                    rest.drug,
                    quantity=read_number(parts[4].strip()),
                    unit=unit,
                    quantity_given=bool(parts[4].strip()),
                )
            elif tag == "REF" and size > 2:
                self._read_reference(rest, parts)
            elif tag == "NTE" and size > 2:
                rest.notes.append(read_text(parts[2].strip()))
            elif tag == "DTP" and size > 3 and parts[1] == "472" and rest.period is None:
                rest.period = (parts[2], parts[3])
            elif tag == "MEA" and size > 3:
                rest.measurements.append((parts[1], parts[2], parts[3]))
            elif tag == "SV1" and rest.service is None:
                rest.service = parts[1:]
        return rest

    def _read_reference(self, rest: _Rest, parts: list[str]) -> None:
        qualifier, value = parts[1], parts[2].strip()
        if qualifier == "6R":
            rest.control = rest.control or value
        elif qualifier == "G1" and len(parts) < 5:
            # REF04 names another payer whose authorization it is (RULES.md section 8, ruling 18).
            rest.authorizations.append(value)
        elif qualifier == "XZ" and rest.drug is not None:
            rest.drug = structs.replace(rest.drug, prescription_number=value)
        elif qualifier == "VY" and rest.drug is not None:
            rest.drug = structs.replace(rest.drug, link_number=value)


def _faults(
    line: ServiceLine,
    rest: _Rest | None,
    composite: str | None,
    amount: str | None,
    count: str | None,
    period: str | None,
) -> Iterator[tuple[str, str]]:
    """The diagnostic codes and messages of a line that could not be read whole."""
    if composite is None:
        yield "C205", "no SV1 segment"
        return
    missing = [name for name, value in (("SV101-2", line.procedure), ("SV102", amount), ("SV104", count)) if not value]
    if missing:
        yield "C201", f"{' and '.join(missing)} missing"
    if amount and read_number(amount) is None:
        yield "C102", "SV102 is no amount"
    if count and line.units is None:
        yield "C202", "SV104 is no number"
    if not period:
        yield "C204", "no date of service"
    elif line.service_date is None or line.service_date_end is None:
        yield "C203", "DTP03 is no date of service that its DTP02 announces"
    if 0 in line.diagnosis_pointers:
        yield "C206", "a diagnosis pointer in SV107 is no number from 1 to 12"
    if line.drug is not None and line.drug.quantity_given and line.drug.quantity is None:
        yield "C207", "CTP04 is no number"
    if rest is not None and rest.repeated_drug:
        yield "C208", "more than one LIN segment"
