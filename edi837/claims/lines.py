"""Reads the service lines of a claim: loop 2400 with 2410, 2420A and 2430.

Most lines are LX, SV1, DTP*472 and REF*6R, with LIN and CTP for a drug, and their SV1 and DTP texts repeat from
claim to claim: those are looked up, and only what is new or unusual is taken apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from msgspec import structs

from edi837.claims.elements import read_number, read_period, read_procedure, read_text, remember
from edi837.claims.syntax import Syntax
from edi837.model import Drug, ServiceLine

_ZERO = Decimal(0)
_BEHIND = frozenset(("CLM", "HL"))
_USUAL = 6
"""LX, SV1, DTP*472, REF*6R, LIN and CTP: the segments of most lines, of which the last three may be missing."""

Say = Callable[[str, str, int], None]
"""(diagnostic code, message, position of the segment in the claim, CLM being 0)."""

Faults = tuple[tuple[str, str], ...]
"""Diagnostic codes and messages."""

# What the usual segments say is kept as plain tuples: these are taken apart in a third of the time of named ones.
_Service = tuple[str, str, tuple[str, ...], str, Decimal, str, Decimal | None, str, tuple[int, ...], bool, Faults]
"""SV1: qualifier, procedure, modifiers, description, charge, unit basis, units, place of service, pointers,
whether it lets its line be plain (`ServiceLine.plain`), faults."""

_Period = tuple[date | None, date | None, bool, Faults]
"""DTP*472: first day, last day, whether it lets its line be plain, faults."""

_NO_SERVICE: _Service = ("", "", (), "", _ZERO, "", None, "", (), False, (("C205", "no SV1 segment"),))
_NO_PERIOD: _Period = (None, None, False, (("C204", "no date of service"),))


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


class LineReader:
    """Reads the service lines of the claims of one interchange."""

    def __init__(self, syntax: Syntax, say: Say) -> None:
        self._element = syntax.element
        self._component = syntax.component
        self._say = say
        self._control = "REF" + syntax.element + "6R" + syntax.element
        self._services: dict[str, _Service] = {}
        self._periods: dict[str, _Period] = {}
        self._drugs: dict[tuple[str, str], Drug] = {}

    def read(
        self, texts: Iterator[str], split: str, index: int, claim: str, place: str, npi: str, taxonomy: str
    ) -> tuple[tuple[ServiceLine, ...], str]:
        """The lines of a claim, and what stands behind them: from the next CLM or HL on, empty at the unit's end.

        Each text goes from LX01 up to the next LX, with `split` between its segments; no text behind the claim's last
        one is taken. `index` is the position of the first LX in the claim, CLM being 0; place, npi and taxonomy are
        the claim's own, for lines without one.
        """
        lines: list[ServiceLine] = []
        services, periods, element, control_tag = self._services, self._periods, self._element, self._control
        is_rendered = npi != "" and taxonomy != ""
        for text in texts:
            segments = text.split(split)
            size = len(segments)
            if 3 <= size <= _USUAL:
                number, sv1, dtp = segments[0], segments[1], segments[2]
                service = services.get(sv1) or self._read_service(sv1)
                period = periods.get(dtp) or self._read_period(dtp)
                control: str | None = None
                drug: Drug | None = None
                read = 3
                if size > 3:
                    control = segments[3].removeprefix(control_tag)
                    if len(control) < len(segments[3]):
                        read = 4
                    else:
                        control = None
                    if size == read + 2:
                        drug = self._usual_drug(segments[read], segments[read + 1])
                        if drug is not None:
                            read = size
                if (
                    read == size
                    and service is not None
                    and period is not None
                    and number
                    and element not in number
                    and (control is None or (control and element not in control))
                ):
                    qualifier, procedure, modifiers, description, charge, basis, units, own, pointers, plain, faults = (
                        service
                    )
                    first, last, is_one_day, undated = period
                    lines.append(
                        ServiceLine(
                            number,
                            procedure,
                            modifiers,
                            charge,
                            basis,
                            units,
                            own or place,
                            pointers,
                            first,
                            last,
                            control,
                            drug,
                            description,
                            qualifier,
                            npi,
                            taxonomy,
                            index + 1,
                            plain and is_one_day and is_rendered and control is not None,
                        )
                    )
                    if faults or undated:
                        self._tell(faults + undated, claim, number, index + 1)
                    index += size
                    continue
            line, unread = self._read_line(segments, index, claim, place, npi, taxonomy)
            lines.append(line)
            if unread:
                return tuple(lines), split + split.join(segments[size - unread :])
            index += size
        return tuple(lines), ""

    def _usual_drug(self, lin: str, ctp: str) -> Drug | None:
        """What LIN and CTP say; None where the two segments are others, or have a fault to report."""
        known = self._drugs.get((lin, ctp))
        if known is None:
            lin_parts, ctp_parts = lin.split(self._element), ctp.split(self._element)
            if lin_parts[0] != "LIN" or ctp_parts[0] != "CTP" or len(lin_parts) < 4 or len(ctp_parts) < 5:
                return None
            quantity = read_number(ctp_parts[4].strip())
            if quantity is None and ctp_parts[4].strip():
                return None
            known = Drug(lin_parts[2].strip().upper(), lin_parts[3].strip(), quantity, self._read_unit(ctp_parts))
            remember(self._drugs, (lin, ctp), known)
        return known

    def _read_line(
        self, segments: list[str], index: int, claim: str, place: str, npi: str, taxonomy: str
    ) -> tuple[ServiceLine, int]:
        """A line of any form, and how many of the segments stand behind it."""
        size = len(segments)
        service = self._services.get(segments[1]) or self._read_service(segments[1]) if size > 1 else None
        period = self._periods.get(segments[2]) or self._read_period(segments[2]) if size > 2 else None
        control = ""
        usual = 1
        if service is not None and period is not None:
            usual = 3
            if size > 3 and segments[3].startswith(self._control):
                control = segments[3].removeprefix(self._control).split(self._element, 1)[0]
                usual = 4
        rest = self._read_rest(segments, usual)
        if rest.rendering is not None:
            npi, taxonomy = rest.rendering
        at = index + 1
        if usual == 1:
            own = segments[: size - rest.unread]
            at = index + next((i for i, segment in enumerate(own) if segment[:3] == "SV1"), 0)
        number = segments[0].split(self._element, 1)[0]
        control = control or rest.control
        qualifier, procedure, modifiers, description, charge, basis, units, own_place, pointers, plain, faults = (
            service or rest.service or _NO_SERVICE
        )
        first, last, is_one_day, undated = period or rest.period or _NO_PERIOD
        is_rare = bool(rest.notes or rest.authorizations or rest.measurements or rest.adjudicated_by)
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
            rest.drug,
            description,
            qualifier,
            npi,
            taxonomy,
            at,
            plain and is_one_day and all((number, control, npi, taxonomy)) and not is_rare,
            tuple(rest.notes),
            tuple(rest.authorizations),
            tuple(rest.measurements),
            tuple(rest.adjudicated_by),
        )
        self._tell((*faults, *undated, *rest.faults), claim, number, at)
        return line, rest.unread

    def _tell(self, faults: Faults, claim: str, number: str, at: int) -> None:
        for code, message in faults:
            self._say(code, f"claim {claim} line {number or '(no LX01)'}: {message}", at)

    def _read_service(self, text: str) -> _Service | None:
        """What an SV1 segment says, or None where the segment is another one; remembered but for free text."""
        parts = text.split(self._element)
        if parts[0] != "SV1":
            return None
        parts += [""] * (8 - len(parts))
        procedure = read_procedure(parts[1], self._component)
        charge, units = read_number(parts[2]), read_number(parts[4])
        pointers = _read_pointers(parts[7], self._component)
        service = (
            procedure.qualifier,
            procedure.code,
            procedure.modifiers,
            procedure.description,
            _ZERO if charge is None else charge,
            parts[3],
            units,
            parts[5],
            pointers,
            parts[3] == "UN" and not procedure.description,
            tuple(_service_faults(procedure.code, parts, charge, units, pointers)),
        )
        if not procedure.description:
            remember(self._services, text, service)
        return service

    def _read_period(self, text: str) -> _Period | None:
        """What a DTP*472 segment says, or None where the segment is another one."""
        parts = text.split(self._element)
        if parts[0] != "DTP" or parts[1:2] != ["472"]:
            return None
        first, last = read_period(*parts[2:4]) if len(parts) > 3 else (None, None)
        faults: Faults = ()
        if first is None or last is None:
            faults = (("C203", "DTP03 is no date of service as DTP02 announces it"),)
        period = (first, last, first == last and not faults, faults)
        remember(self._periods, text, period)
        return period

    def _read_unit(self, ctp: list[str]) -> str:
        return ctp[5].split(self._component)[0].strip().upper() if len(ctp) > 5 else ""

    def _read_rest(self, segments: list[str], usual: int) -> _Rest:
        """One pass over the segments of a line that do not stand in the usual places, which are the first ones."""
        element = self._element
        rest = _Rest()
        entity = ""
        for number, segment in enumerate(segments[usual:], usual):
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
                rest.period = rest.period or self._read_period(segment)
            elif tag == "MEA" and size > 3:
                rest.measurements.append((parts[1], parts[2], parts[3]))
            elif tag == "SV1":
                rest.service = rest.service or self._read_service(segment)
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
