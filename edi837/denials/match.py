"""Which service payment answers which service line: the cascade of RULES.md 2.1 within one claim.

Each step is taken for all services before the next one: the line control number (REF*6R), the line number in its place,
the procedure with modifiers, date and charge, and the same with less. A wrong match is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple, TypeVar

from edi837.model import ServiceLine
from edi837.payments import ServicePayment

Step = Literal["line-control-number", "line-number", "procedure", "claim"]

BY_CONTROL: Step = "line-control-number"
BY_NUMBER: Step = "line-number"
BY_PROCEDURE: Step = "procedure"
BY_CLAIM: Step = "claim"


T = TypeVar("T")
_Of = Callable[[ServicePayment], T]


class Matches(NamedTuple):
    """The services of one claim payment on the lines of a claim."""

    lines: Sequence[Sequence[tuple[int, Step]]]
    """For each line the services that answer it, by their positions, and how each was found."""
    unmatched: Sequence[int]
    """Services that answer no line."""


def match_lines(lines: Sequence[ServiceLine], services: Sequence[ServicePayment]) -> Matches:
    """Matches the services of a claim payment; the lines may have more answers in other payments of the claim."""
    if len(services) <= len(lines) <= _MOST_PLAIN:
        plain = _plainly(lines, services)
        if plain is not None:
            return plain
    matcher = _Matcher(lines, services)
    matcher.by_control()
    if matcher.left:
        matcher.by_number()
    if matcher.left and len(matcher.left) * len(lines) <= _MOST_PAIRS:
        matcher.by_procedure()
    return Matches([sorted(found.items()) for found in matcher.taken], sorted(matcher.left))


def _plainly(lines: Sequence[ServiceLine], services: Sequence[ServicePayment]) -> Matches | None:
    """The usual case, in one go: each service can only mean one line, and no two of them the same.

    The steps of the cascade then cannot come into each other's way; None where they might.
    """
    controls: dict[str, int] = {}
    for index, line in enumerate(lines):
        if line.line_control_number:
            controls[line.line_control_number] = index
    numbers: list[str | None] | None = None
    procedures: list[str] | None = None
    found = [_NO_ANSWER] * len(lines)
    for place, service in enumerate(services):
        control = service.line_control_number
        at = controls.get(control, -1) if control else -1
        if at >= 0:
            if service.procedure != lines[at].procedure or len(controls) < len(lines):
                return None
            answer = _BY_CONTROL[place]
        else:
            if numbers is None:
                numbers = [line.number.lstrip("0") if line.number else None for line in lines]
            number = control.lstrip("0") if control else ""
            if number in numbers:
                at = numbers.index(number)
                if numbers.count(number) > 1 or not _is_numbered(lines[at], service):
                    return None
                answer = _BY_NUMBER[place]
            else:
                if procedures is None:
                    procedures = [line.procedure for line in lines]
                procedure = service.original_procedure or service.procedure
                if procedures.count(procedure) != 1:
                    return None
                at = procedures.index(procedure)
                if not _is_exactly(lines[at], service):
                    return None
                answer = _BY_PROCEDURE[place]
        if found[at]:
            return None
        found[at] = answer
    return Matches(found, ())


_Answer = list[tuple[int, Step]]

_MOST_PLAIN = 50
"""Lines that a professional claim has at most."""


def _answers(step: Step) -> list[_Answer]:
    return [[(number, step)] for number in range(_MOST_PLAIN)]


# What a line is told that one service answers, by the service's position: made once.
_NO_ANSWER: _Answer = []
_BY_CONTROL, _BY_NUMBER, _BY_PROCEDURE = _answers(BY_CONTROL), _answers(BY_NUMBER), _answers(BY_PROCEDURE)

_MOST_PAIRS = 1 << 18
"""Lines times services that are compared; a claim with more is none that a person has written."""


class _Matcher:
    """The state of one cascade: which services are left, and which each line has taken."""

    def __init__(self, lines: Sequence[ServiceLine], services: Sequence[ServicePayment]) -> None:
        self.lines = lines
        self.services = services
        self.left = dict.fromkeys(range(len(services)))
        """As a set that keeps its order."""
        self.taken: list[dict[int, Step]] = [{} for _ in lines]

    def _take(self, line: int, service: int, step: Step) -> None:
        self.taken[line][service] = step
        del self.left[service]

    def _release(self, line: int, service: int) -> None:
        del self.taken[line][service]
        self.left[service] = None

    def _room(self, line: int) -> Decimal:
        """What of a line's charge no service has answered yet."""
        return self.lines[line].charge - sum(self.services[service].charge for service in self.taken[line])

    # REF*6R -----------------------------------------------------------------------------------------------------------

    def by_control(self) -> None:
        """The line control number of the line comes back; a number that several lines have says nothing alone."""
        places: dict[str, list[int]] = {}
        for index, line in enumerate(self.lines):
            if line.line_control_number:
                places.setdefault(line.line_control_number, []).append(index)
        for number in sorted(self.left):
            service = self.services[number]
            at = places.get(service.line_control_number or "", [])
            if len(at) > 1:
                at = [index for index in at if self._is_same(index, service) and not self.taken[index]][:1]
            if len(at) == 1 and not self._contradicts(self.lines[at[0]], service):
                self._take(at[0], number, BY_CONTROL)
        for index, services in enumerate(self.taken):
            if len(services) > 1:
                self._release_what_is_too_much(index)

    def _is_same(self, index: int, service: ServicePayment) -> bool:
        line = self.lines[index]
        return line.procedure in _procedures(service) and line.charge == service.charge

    def _contradicts(self, line: ServiceLine, service: ServicePayment) -> bool:
        """Whether nothing but the control number speaks for a match."""
        return (
            line.procedure not in _procedures(service)
            and line.charge != service.charge
            and not _same_day(line, service)
        )

    def _release_what_is_too_much(self, index: int) -> None:
        """A line may be split into several services, but not into more than it charged for.

        More than that is a payer that repeats one number on services of other lines.
        """
        line, room = self.lines[index], self._room(index)
        for fitting in (False, True):
            for number in sorted(self.taken[index], reverse=True):
                if room >= 0 or len(self.taken[index]) == 1:
                    return
                if fitting or line.procedure not in _procedures(self.services[number]):
                    self._release(index, number)
                    room += self.services[number].charge

    # The line number in the place of REF*6R ---------------------------------------------------------------------------

    def by_number(self) -> None:
        """Payers that received no control number return the line's position; it counts where the service agrees."""
        places: dict[str, list[int]] = {}
        for index, line in enumerate(self.lines):
            if line.number:
                places.setdefault(line.number.lstrip("0"), []).append(index)
        for number in sorted(self.left):
            service = self.services[number]
            at = places.get((service.line_control_number or "").lstrip("0"), [])
            if len(at) != 1 or self.taken[at[0]]:
                continue
            if _is_numbered(self.lines[at[0]], service):
                self._take(at[0], number, BY_NUMBER)

    # Procedure, modifiers, date and charge ----------------------------------------------------------------------------

    def by_procedure(self) -> None:
        """The procedure that was billed (SVC06, else SVC01): with everything, without modifiers, without charge."""
        for code in (_billed, _adjudicated):
            for numbers in self._alike(code, _exact_key):
                self._give(numbers, self._open(numbers[0], code, exact=True))
            for numbers in self._alike(code, _key):
                self._give(numbers, self._open(numbers[0], code, exact=False))
            for numbers in self._alike(code, _day):
                self._give_only(numbers, code)
            if not self.left:
                return

    def _alike(self, code: _Of[str], key: _Of[tuple[Hashable, ...]]) -> list[list[int]]:
        """The services that are left, those with the same procedure and key together."""
        groups: dict[Hashable, list[int]] = {}
        for number in sorted(self.left):
            service = self.services[number]
            groups.setdefault((code(service), key(service)), []).append(number)
        return list(groups.values())

    def _open(self, number: int, code: _Of[str], *, exact: bool) -> list[int]:
        """The lines without an answer that a service fits by procedure, day and charge, and modifiers where exact."""
        service = self.services[number]
        return [
            index
            for index, line in enumerate(self.lines)
            if not self.taken[index]
            and line.procedure == code(service)
            and (_is_exactly(line, service) if exact else line.charge == service.charge and _same_day(line, service))
        ]

    def _give(self, numbers: list[int], indices: list[int]) -> None:
        """Gives equal services to equal lines in their order; what could be given in several ways is left."""
        if len(numbers) > len(indices):
            if any(self.services[number] != self.services[numbers[0]] for number in numbers):
                return
        elif len({(frozenset(self.lines[at].modifiers), self.lines[at].service_date) for at in indices}) > 1 and (
            len(numbers) < len(indices) or len({_exact_key(self.services[number]) for number in numbers}) > 1
        ):
            return
        for number, index in zip(numbers, indices, strict=False):
            self._take(index, number, BY_PROCEDURE)

    def _give_only(self, numbers: list[int], code: _Of[str]) -> None:
        """Gives services of a procedure and day to the only line that can have them, whatever its charge."""
        first, total = self.services[numbers[0]], sum(self.services[number].charge for number in numbers)
        indices = [
            index
            for index, line in enumerate(self.lines)
            if line.procedure == code(first)
            and _same_day(line, first)
            and (not self.taken[index] or self._room(index) >= total)
        ]
        if len(indices) != 1:
            return
        room = self._room(indices[0])
        if room >= total or (len(numbers) == 1 and not self.taken[indices[0]]):
            for number in numbers:
                self._take(indices[0], number, BY_PROCEDURE)


def _billed(service: ServicePayment) -> str:
    return service.original_procedure or service.procedure


def _adjudicated(service: ServicePayment) -> str:
    return service.procedure


def _procedures(service: ServicePayment) -> tuple[str, str]:
    return service.original_procedure, service.procedure


def _modifiers(service: ServicePayment) -> frozenset[str]:
    """The modifiers that were billed: those of SVC06 where the payer changed the procedure."""
    return frozenset(service.original_modifiers if service.original_procedure else service.modifiers)


def _is_numbered(line: ServiceLine, service: ServicePayment) -> bool:
    """Whether a service that has a line's number agrees with it."""
    procedure, charge = line.procedure in _procedures(service), line.charge == service.charge
    agrees = (procedure and charge) if line.line_control_number else (procedure or charge)
    return agrees and _same_day(line, service)


def _is_exactly(line: ServiceLine, service: ServicePayment) -> bool:
    """Whether a service of a line's procedure agrees in charge, day and modifiers."""
    if line.charge != service.charge or not _same_day(line, service):
        return False
    modifiers = service.original_modifiers if service.original_procedure else service.modifiers
    return line.modifiers == modifiers or frozenset(line.modifiers) == frozenset(modifiers)


def _day(service: ServicePayment) -> tuple[Hashable, ...]:
    return (service.service_date,)


def _key(service: ServicePayment) -> tuple[Hashable, ...]:
    return (service.service_date, service.charge)


def _exact_key(service: ServicePayment) -> tuple[Hashable, ...]:
    return (service.service_date, service.charge, _modifiers(service))


def _same_day(line: ServiceLine, service: ServicePayment) -> bool:
    """Whether a service may be of a line's day: it is within the line's dates, or one of both is not known."""
    day, first = service.service_date, line.service_date
    return day is None or first is None or first <= day <= (line.service_date_end or first)
