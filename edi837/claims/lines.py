"""Reads the service lines of a claim: loop 2400 with 2410, 2420A and 2430.

Most lines are LX, SV1, DTP*472 and REF*6R and nothing else, and their SV1 and DTP texts repeat from claim to claim:
those are looked up, and only what is new or unusual is taken apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from msgspec import structs

from edi837.claims.elements import Memo, read_number, read_period, read_procedure, read_text
from edi837.claims.syntax import Syntax
from edi837.model import Drug, ServiceLine

_ZERO = Decimal(0)
_NO_DESCRIPTION = 6
"""A composite SV101 with fewer separators has no free text in SV101-7."""

_BEHIND = frozenset(("CLM", "HL"))
_NO_FAULTS: tuple[tuple[str, str], ...] = ()

Say = Callable[[str, str, int], None]
"""(diagnostic code, message, position of the segment in the claim, CLM being 0)."""


class _Service(NamedTuple):
    """What an SV1 segment says."""

    qualifier: str
    procedure: str
    modifiers: tuple[str, ...]
    description: str
    charge: Decimal
    unit_basis: str
    units: Decimal | None
    place_of_service: str
    pointers: tuple[int, ...]
    faults: tuple[tuple[str, str], ...]
    """Diagnostic codes and messages."""


class _Period(NamedTuple):
    """What a DTP*472 segment says."""

    first: date | None
    last: date | None
    faults: tuple[tuple[str, str], ...]


_NO_SERVICE = _Service("", "", (), "", _ZERO, "", None, "", (), (("C205", "no SV1 segment"),))
_NO_PERIOD = _Period(None, None, (("C204", "no date of service"),))


class _Rest:
    """What the segments behind the usual ones of a line say; filled in one pass over them."""

    __slots__ = (
        "adjudicated_by",
        "authorizations",
        "control",
        "counted",
        "drug",
        "faults",
        "measurements",
        "notes",
        "period",
        "rendering",
        "service",
        "unread",
    )

    def __init__(self) -> None:
        self.service: _Service | None = None
        self.period: _Period | None = None
        self.control = ""
        self.drug: Drug | None = None
        self.counted = False
        self.rendering: tuple[str, str] | None = None
        self.notes: list[str] = []
        self.authorizations: list[str] = []
        self.measurements: list[tuple[str, str, str]] = []
        self.adjudicated_by: list[str] = []
        self.faults: list[tuple[str, str]] = []
        self.unread = 0
        """Segments from the next CLM or HL on: they are not the line's."""

    def extra(self) -> dict[str, tuple[object, ...]]:
        """The fields of a service line that few lines have."""
        found: dict[str, Sequence[object]] = {
            "notes": self.notes,
            "authorizations": self.authorizations,
            "measurements": self.measurements,
            "adjudicated_by": self.adjudicated_by,
        }
        return {name: tuple(values) for name, values in found.items() if values}


class LineReader:
    """Reads the service lines of the claims of one interchange."""

    def __init__(self, syntax: Syntax, say: Say) -> None:
        self._element = syntax.element
        self._component = syntax.component
        self._say = say
        self._control = "REF" + syntax.element + "6R" + syntax.element
        self._services = Memo(self._read_service, lambda text: text.count(syntax.component) < _NO_DESCRIPTION)
        self._periods = Memo(self._read_period)
        self._drugs = Memo(self._read_drug)

    def read(
        self, texts: Iterator[str], split: str, index: int, claim: str, place: str, npi: str, taxonomy: str
    ) -> tuple[tuple[ServiceLine, ...], str]:
        """The lines of a claim, and what stands behind them: from the next CLM or HL on, empty at the unit's end.

        Each text goes from LX01 up to the next LX, with `split` between its segments; no text behind the claim's last
        one is taken. `index` is the position of the first LX in the claim, CLM being 0; place, npi and taxonomy are
        the claim's own, for lines without one.
        """
        lines: list[ServiceLine] = []
        services, periods, drugs, control_tag = self._services, self._periods, self._drugs, self._control
        element = self._element
        behind = ""
        for text in texts:
            segments = text.split(split)
            size = len(segments)
            service = services[segments[1]] if size > 1 else None
            period = periods[segments[2]] if size > 2 else None
            line_npi, line_taxonomy, drug, extra, more = npi, taxonomy, None, None, _NO_FAULTS
            control = None
            usual = 0
            if service is not None and period is not None:
                usual = 3
                if size > 3 and segments[3][:7] == control_tag:
                    control = segments[3][7:]
                    if element in control:
                        control = control.split(element, 1)[0]
                    usual = 4
            if size > usual and (size != usual + 2 or (drug := drugs[segments[usual], segments[usual + 1]]) is None):
                rest = self._read_rest(segments[usual or 1 :])
                service = service or rest.service
                period = period or rest.period
                control = control or rest.control
                if rest.rendering is not None:
                    line_npi, line_taxonomy = rest.rendering
                drug = rest.drug
                more = tuple(rest.faults)
                extra = rest.extra()
                if rest.unread:
                    behind = split + split.join(segments[size - rest.unread :])
                    size -= rest.unread
            qualifier, procedure, modifiers, description, charge, basis, units, own_place, pointers, faults = (
                service or _NO_SERVICE
            )
            first, last, undated = period or _NO_PERIOD
            number = segments[0]
            if element in number:
                number = number.split(element, 1)[0]
            at = index + 1
            if usual == 0:
                at = index + next((i for i, segment in enumerate(segments[:size]) if segment[:3] == "SV1"), 0)
            line = ServiceLine(
                number or None,
                procedure,
                modifiers,
                charge,
                basis,
                units,
                own_place or place,
                pointers,
                first,
                last,
                control or None,
                drug,
                description,
                qualifier,
                line_npi,
                line_taxonomy,
                at,
            )
            lines.append(structs.replace(line, **extra) if extra else line)
            if faults or undated or more:
                for code, message in (*faults, *undated, *more):
                    self._say(code, f"claim {claim} line {number or '(no LX01)'}: {message}", at)
            if behind:
                break
            index += size
        return tuple(lines), behind

    def _read_service(self, text: str) -> _Service | None:
        """What an SV1 segment says, or None where the segment is another one."""
        parts = text.split(self._element)
        if parts[0] != "SV1":
            return None
        parts += [""] * (8 - len(parts))
        procedure = read_procedure(parts[1], self._component)
        charge, units = read_number(parts[2]), read_number(parts[4])
        pointers = _read_pointers(parts[7], self._component)
        return _Service(
            procedure.qualifier,
            procedure.code,
            procedure.modifiers,
            procedure.description,
            _ZERO if charge is None else charge,
            parts[3],
            units,
            parts[5],
            pointers,
            tuple(_service_faults(procedure.code, parts, charge, units, pointers)),
        )

    def _read_period(self, text: str) -> _Period | None:
        """What a DTP*472 segment says, or None where the segment is another one."""
        parts = text.split(self._element)
        if parts[0] != "DTP" or parts[1:2] != ["472"]:
            return None
        first, last = read_period(*parts[2:4]) if len(parts) > 3 else (None, None)
        if first is None or last is None:
            return _Period(first, last, (("C203", "DTP03 is no date of service as DTP02 announces it"),))
        return _Period(first, last, ())

    def _read_drug(self, segments: tuple[str, str]) -> Drug | None:
        """What LIN and CTP say; None where the two segments are others, or CTP has a fault to report."""
        lin, ctp = (segment.split(self._element) for segment in segments)
        if lin[0] != "LIN" or ctp[0] != "CTP" or len(lin) < 4 or len(ctp) < 5:
            return None
        quantity = read_number(ctp[4].strip())
        if quantity is None and ctp[4].strip():
            return None
        return Drug(lin[2].strip().upper(), lin[3].strip(), quantity, self._read_unit(ctp))

    def _read_unit(self, ctp: list[str]) -> str:
        return ctp[5].split(self._component)[0].strip().upper() if len(ctp) > 5 else ""

    def _read_rest(self, segments: list[str]) -> _Rest:
        """One pass over the segments of a line that do not stand in the usual places."""
        element = self._element
        rest = _Rest()
        entity = ""
        for number, segment in enumerate(segments):
            parts = segment.split(element)
            tag = parts[0]
            size = len(parts)
            if tag in _BEHIND and size > 1:
                rest.unread = len(segments) - number
                break
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
                    rest.faults.append(("C208", "more than one LIN segment"))
            elif tag == "CTP" and size > 4 and rest.drug is not None:
                if rest.counted:
                    continue
                rest.counted = True
                quantity = read_number(parts[4].strip())
                if quantity is None and parts[4].strip():
                    rest.faults.append(("C207", "CTP04 is no number"))
                rest.drug = structs.replace(rest.drug, quantity=quantity, unit=self._read_unit(parts))
            elif tag == "REF" and size > 2:
                self._read_reference(rest, parts)
            elif tag == "NTE" and size > 2:
                rest.notes.append(read_text(parts[2].strip()))
            elif tag == "DTP":
                rest.period = rest.period or self._periods[segment]
            elif tag == "MEA" and size > 3:
                rest.measurements.append((parts[1], parts[2], parts[3]))
            elif tag == "SV1":
                rest.service = rest.service or self._services[segment]
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


def _read_pointers(text: str, component: str) -> tuple[int, ...]:
    """Positions in the claim's diagnoses; 0 for one that is no number."""
    if not text:
        return ()
    return tuple(
        int(part) if part.isascii() and part.isdigit() and len(part) < 4 else 0
        for part in text.split(component)
        if part
    )


def _service_faults(
    procedure: str, parts: list[str], charge: Decimal | None, units: Decimal | None, pointers: tuple[int, ...]
) -> Iterator[tuple[str, str]]:
    missing = [name for name, value in (("SV101-2", procedure), ("SV102", parts[2]), ("SV104", parts[4])) if not value]
    if missing:
        yield "C201", f"{' and '.join(missing)} missing"
    if parts[2] and charge is None:
        yield "C102", "SV102 is no amount"
    if parts[4] and units is None:
        yield "C202", "SV104 is no number"
    if 0 in pointers:
        yield "C206", "a diagnosis pointer in SV107 is no number from 1 to 12"
