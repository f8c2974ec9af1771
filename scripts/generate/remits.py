"""835 remittances on disk: payments gathered by payer and day of payment, written as transaction sets."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple, TextIO

from .claims import Claim, money
from .habits import Habits
from .labels import Adjustment
from .payments import REVERSAL, Payment, Service, returned_modifiers, returned_number
from .people import Billing
from .writer import Layout, Output

VERSION = "005010X221A1"
FAULTS = ("line", "claim", "transaction")
_TRIPLETS = 6
_PAIRS = 6
_CLAIMS_UNDER_ONE_LX = 100
_DOLLAR = 100
# Every so manieth payment or transaction set that could bear a fault does, until all are planted.
_SPACING = {"line": 20, "claim": 20, "transaction": 3}


class Block(NamedTuple):
    """A claim payment as text, what it adds to the payment, and what moves apart from it (PLB)."""

    number: str
    text: str
    paid: int
    apart: tuple[tuple[str, str, int], ...]
    fault: str


class Faults:
    """Hands out the faults to plant, spaced over what could bear them."""

    def __init__(self, wanted: int) -> None:
        self._left = deque(FAULTS[place % len(FAULTS)] for place in range(wanted))
        self._passed = 0

    def take(self, *kinds: str) -> str:
        """The next fault, if it is one of ``kinds`` and enough has passed since the last; else empty."""
        if not self._left or self._left[0] not in kinds:
            return ""
        self._passed += 1
        if self._passed % _SPACING[self._left[0]]:
            return ""
        return self._left.popleft()

    @property
    def left(self) -> int:
        """How many could not be planted."""
        return len(self._left)


def _segment(*elements: str) -> str:
    return "*".join(elements).rstrip("*") + "~"


def _adjusted(adjustments: Sequence[Adjustment], more: int) -> str:
    """CAS, one for each group; ``more`` cents are added to the first contractual amount to spoil the balance."""
    groups: dict[str, list[Adjustment]] = {}
    for part in adjustments:
        groups.setdefault(part.group, []).append(part)
    text = ""
    for group, parts in groups.items():
        for start in range(0, len(parts), _TRIPLETS):
            elements = ["CAS", group]
            for part in parts[start : start + _TRIPLETS]:
                cents = part.cents
                if part.reason == "45":
                    cents, more = cents + more, 0
                elements += [part.reason, _signed(cents), str(part.quantity or "")]
            text += _segment(*elements)
    return text


def _signed(cents: int) -> str:
    return f"-{money(-cents)}" if cents < 0 else money(cents)


def _six(apart: Sequence[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """As many amounts as one PLB holds: where there are more, those of one reason together, under the first number."""
    if len(apart) <= _PAIRS:
        return list(apart)
    sums: dict[str, tuple[str, str, int]] = {}
    for reason, reference, cents in apart:
        first = sums.get(reason, (reason, reference, 0))
        sums[reason] = (reason, first[1], first[2] + cents)
    return list(sums.values())


def _service(service: Service, place: int, number: str, habits: Habits, payment: Payment, more: int) -> str:
    """Loop 2110."""
    line = service.line
    modifiers = returned_modifiers(line.modifiers, habits)
    own = ":".join(("HC", line.code, *modifiers))
    paid_as = ":".join(("HC", service.code, *modifiers)) if service.code else own
    changed = service.units_paid is not None
    units = str(service.units_paid) if changed else line.units
    if habits.spans and units == "1":
        units = ""
    text = _segment(
        "SVC",
        paid_as,
        _signed(payment.sign * line.charge),
        _signed(service.paid),
        "",
        units,
        own if service.code else "",
        line.units if changed else "",
    )
    if habits.spans:
        text += f"DTM*150*{line.date}~DTM*151*{line.date}~"
    else:
        text += f"DTM*472*{line.date}~"
    text += _adjusted(service.adjustments, more)
    if habits.control == "line-number":
        text += f"REF*6R*{place}~"
    elif habits.control == "returned" and line.control:
        text += f"REF*6R*{number}L{place}~"
    if service.policy:
        text += f"REF*0K*{service.policy}~"
    if service.paid > 0 and habits.sequestered:
        share = sum(part.cents for part in service.adjustments if part.group == "PR" or part.reason == "253")
        text += f"AMT*B6*{money(service.paid + share)}~"
    return text + "".join(f"LQ*HE*{remark}~" for remark in service.remarks)


def claim_payment(claim: Claim, number: str, habits: Habits, payment: Payment, fault: str = "") -> Block:
    """Loop 2100 with its service lines."""
    patient = claim.patient
    own = habits.payer.id == patient.payer.id
    member = patient.member if own or patient.other is None else patient.other.member
    places = {line: place for place, line in enumerate(claim.lines, 1)}
    # Lines without a number of their own are told apart by their order, if they are alike.
    turned = habits.reversed_lines and all(line.control for line in claim.lines)
    services = payment.services[::-1] if turned else payment.services
    charge = payment.sign * (
        sum(service.line.charge for service in services)
        if services
        else sum(line.charge for line in claim.lines)
    )
    paid = sum(service.paid for service in services)
    parts = [part for service in services for part in service.adjustments] + payment.adjustments
    share = sum(part.cents for part in parts if part.group == "PR")
    written = paid + (_DOLLAR if fault == "claim" else 0)
    text = _segment(
        "CLP",
        returned_number(number, habits),
        payment.status,
        _signed(charge),
        _signed(written),
        money(share) if share > 0 and payment.status != REVERSAL else "",
        habits.filing,
        payment.control,
        claim.place,
        claim.frequency,
    )
    text += _adjusted(payment.adjustments, 0)
    person, holder = patient.person, patient.subscriber
    text += f"NM1*QC*1*{person.last}*{person.first}****MI*{member}~"
    if patient.dependent is not None:
        text += f"NM1*IL*1*{holder.last}*{holder.first}****MI*{member}~"
    text += claim.renderer.segments.partition("~")[0] + "~"
    if payment.status == "19" and patient.other is not None:
        text += f"NM1*TT*2*{patient.other.payer.name}*****PI*{patient.other.payer.id}~MOA***MA18~"
    if habits.spans or not services:
        dates = [line.date for line in claim.lines]
        text += f"DTM*232*{min(dates)}~DTM*233*{max(dates)}~"
    for service in services:
        spoiled = _DOLLAR if fault == "line" and any(part.reason == "45" for part in service.adjustments) else 0
        fault = "" if spoiled else fault
        text += _service(service, places[service.line], number, habits, payment, spoiled)
    apart = [("L6", payment.control, -payment.interest), ("WO", payment.control, payment.withheld)]
    return Block(returned_number(number, habits), text, written, tuple(part for part in apart if part[2]), "")


class RemitWriter:
    """Gathers payments and writes the remittances that are due."""

    def __init__(self, folder: Path, groups: Sequence[Billing], unbalanced: int) -> None:
        self.files: list[str] = []
        self.transactions = 0
        self.payments = 0
        self.faults = Faults(unbalanced)
        self._folder = folder
        self._groups = groups
        self._due: dict[tuple[dt.date, str], dict[int, list[Block]]] = {}
        self._habits: dict[str, Habits] = {}
        self._numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))
        self._control = 0
        # What a payer is owed since reversals came to more than the payments of a day.
        self._owed: dict[tuple[str, int], int] = {}
        self._spoiled: TextIO = (folder / "truth-unbalanced.jsonl").open("w", encoding="ascii", newline="\n")

    def add(self, claim: Claim, number: str, group: int, habits: Habits, payment: Payment) -> None:
        """Note a payment for the day on which it is made."""
        usual = payment.sign > 0 and any(
            part.reason == "45" for service in payment.services if service.paid for part in service.adjustments
        )
        fault = self.faults.take("line", "claim") if usual else ""
        block = claim_payment(claim, number, habits, payment, fault)._replace(fault=fault)
        self._habits[habits.key] = habits
        self._due.setdefault((payment.day, habits.key), {}).setdefault(group, []).append(block)
        self.payments += 1

    def write(self, before: dt.date | None = None) -> None:
        """Write what is paid before a day, or all that is left."""
        for day, key in sorted(run for run in self._due if before is None or run[0] < before):
            run = sorted(self._due.pop((day, key)).items())
            habits = self._habits[key]
            if habits.layout == "files":
                for part in run:
                    self._file(day, habits, [[part]])
            elif habits.layout == "interchanges":
                self._file(day, habits, [[part] for part in run])
            else:
                self._file(day, habits, [run])

    def close(self) -> None:
        """Write all that is left."""
        self.write()
        self._spoiled.close()

    def _file(self, day: dt.date, habits: Habits, interchanges: Iterable[list[tuple[int, list[Block]]]]) -> None:
        stem = f"remits-{day:%Y-%m}-{habits.key}"
        name = f"{stem}-{next(self._numbers[stem]):02d}.835"
        self.files.append(name)
        layout = Layout((), delimiters=habits.delimiters, line_ending=habits.ending)
        with Output(self._folder / name, layout) as out:
            for parts in interchanges:
                self._control += 1
                control = f"{self._control:09d}"
                sender = habits.key.upper()
                out.add(
                    f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{'SAMPLEBILLING':15}"
                    f"*{day:%y%m%d}*0400*^*00501*{control}*0*T*:~"
                    f"GS*HP*{sender}*SAMPLEBILLING*{day:%Y%m%d}*0400*{self._control}*X*{VERSION}~"
                )
                for place, (group, blocks) in enumerate(parts, 1):
                    self._transaction(out, f"{place:04d}", day, habits, group, blocks)
                out.add(f"GE*{len(parts)}*{self._control}~IEA*1*{control}~")

    def _transaction(
        self, out: Output, number: str, day: dt.date, habits: Habits, group: int, blocks: Sequence[Block]
    ) -> None:
        before = out.segments
        self.transactions += 1
        apart = [part for block in blocks for part in block.apart]
        apart += self._carried(habits, group, sum(block.paid for block in blocks) - sum(part[2] for part in apart))
        amount = sum(block.paid for block in blocks) - sum(part[2] for part in apart)
        fault = self.faults.take("transaction") if amount else ""
        out.add(self._header(number, day, habits, self._groups[group], amount + (_DOLLAR if fault else 0)))
        for place, block in enumerate(blocks):
            if place % _CLAIMS_UNDER_ONE_LX == 0:
                out.add(f"LX*{place // _CLAIMS_UNDER_ONE_LX + 1}~")
            out.add(block.text)
            if block.fault:
                self._note(out.path.name, number, block.number, block.fault)
        if apart:
            pairs = ((f"{reason}:{reference}", _signed(cents)) for reason, reference, cents in _six(apart))
            out.add(_segment("PLB", self._groups[group].npi, f"{day.year}1231", *chain.from_iterable(pairs)))
        out.add(f"SE*{out.segments - before + 1}*{number}~")
        if fault:
            self._note(out.path.name, number, None, fault)

    def _carried(self, habits: Habits, group: int, amount: int) -> list[tuple[str, str, int]]:
        """Forwarding balances: what is owed is carried on, and taken from a later payment."""
        key = (habits.key, group)
        owed = self._owed.pop(key, 0)
        if amount - owed < 0:
            self._owed[key] = owed - min(amount, 0)
            return [("FB", f"{habits.key.upper()}{group}", amount)] if amount < 0 else []
        return [("FB", f"{habits.key.upper()}{group}", owed)] if owed else []

    def _header(self, number: str, day: dt.date, habits: Habits, payee: Billing, amount: int) -> str:
        payer = habits.payer
        company = payer.id if habits.identity == "BPR10" else f"1{payer.id:0>9}"
        way = ("ACH", "CCP", "01", "999999992", "DA", "100200300") if amount else ("NON", "", "", "", "", "")
        into = ("01", "999988880", "DA", "300200100") if amount else ("", "", "", "")
        text = f"ST*835*{number}~"
        text += _segment("BPR", "I" if amount else "H", money(amount), "C", *way, company, "", *into, f"{day:%Y%m%d}")
        text += f"TRN*1*{habits.key[:3].upper()}{self.transactions:08d}*{company}~REF*EV*SAMPLEBILLING~"
        text += f"DTM*405*{day:%Y%m%d}~"
        known = f"*XV*{payer.id}" if habits.identity == "N104" else ""
        text += f"N1*PR*{payer.name}{known}~N3*1 SAMPLE PLAZA~N4*HARMONY*PA*160370008~"
        if habits.identity == "2U":
            text += f"REF*2U*{payer.id}~"
        text += "PER*BL*REMITTANCE DESK*TE*5555550199~"
        return text + f"N1*PE*{payee.name}*XX*{payee.npi}~REF*TJ*{payee.tax}~"

    def _note(self, file: str, transaction: str, claim: str | None, fault: str) -> None:
        row = {"file": file, "transaction": transaction, "claim": claim, "fault": fault}
        self._spoiled.write(json.dumps(row) + "\n")
