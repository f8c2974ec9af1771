"""A practice over some months: its claims, what its payers answer, and the truth about every line."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from .adjudication import planted, triggers
from .claims import Claim, Filler, Line, claim_loop, money
from .habits import PRACTICE, Habits
from .history import Calendar, History, Sequel
from .labels import AmbiguousError, Hit, Outcome, label
from .payments import Case, Payment, returned_number, reversal
from .people import Dice, billing_group
from .practice_visits import PracticeMaker, Visits, month_days, next_month
from .remits import RemitWriter
from .writer import Layout, Levels, Output, interchange_start, shares, transaction_start

GROUPS = 5
_UNNUMBERED = 4
_CLAIMS_IN_A_TRANSACTION = 5000
_AFTER_THE_LAST_FILE = dt.timedelta(days=45)
# Payments for claims that are still to be sent do not lie before this many days ahead of the file.
_AHEAD = dt.timedelta(days=20)
_UNKNOWN = 0.006


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    claims: int
    months: int
    seed: int
    start: dt.date
    output: Path
    injections: float = 0.5
    defects: float = 0.3
    all_lines: bool = False
    duplicates: int = 0
    unbalanced: int = 0


@dataclass(slots=True)
class Counts:
    """What was written."""

    claims: int = 0
    lines: int = 0
    rows: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    habits: Counter[str] = field(default_factory=Counter)
    payments: int = 0
    unmatched: int = 0
    ambiguous: int = 0


class Practice:
    """Simulates a practice and writes all its files."""

    def __init__(self, wanted: Wanted) -> None:
        self.counts = Counts()
        self._wanted = wanted
        self._dice = dice = Dice(wanted.seed)
        self._tag = f"{wanted.seed % 36**3:05d}"
        self._groups = tuple(billing_group(dice, number) for number in range(GROUPS))
        self._payers = {habits.payer.id: habits for habits in PRACTICE}
        firsts = [wanted.start]
        while len(firsts) < wanted.months:
            firsts.append(next_month(firsts[-1]))
        self._firsts = firsts
        sent = tuple(next_month(first) for first in firsts)
        self._calendar = Calendar(sent, sent[-1] + _AFTER_THE_LAST_FILE)
        self._make = PracticeMaker(dice, month_days(firsts[0]), self._groups[0], self._tag)
        self._visits = Visits(self._make, GROUPS, wanted.injections, wanted.defects)
        quotas = [shares(part, GROUPS) for part in shares(wanted.claims, wanted.months)]
        # So many claims of a file may follow from earlier ones.
        slots = {(month, group): part // 4 for month, parts in enumerate(quotas) for group, part in enumerate(parts)}
        self._quotas = quotas
        self._history = History(dice, self._calendar, self._payers, slots)
        self._sequels: dict[tuple[int, int], list[Sequel]] = {}
        self._serial = 0
        self._control = wanted.seed % 10_000 * 10**5

    def write(self) -> Counts:
        """Write claims, remittances and truth; returns what they hold."""
        folder = self._wanted.output
        self._remits = RemitWriter(folder, self._groups, self._wanted.unbalanced)
        with ExitStack() as stack:
            self._truth = self._open(stack, "truth")
            self._unmatched = self._open(stack, "truth-unmatched")
            self._findings = self._open(stack, "truth-findings")
            for month, first in enumerate(self._firsts):
                self._visits.begin(month, first)
                name = f"claims-{first:%Y-%m}.837"
                with Output(folder / name, Layout(())) as out:
                    self._month(out, name, month)
                if month + 1 < len(self._firsts):
                    self._remits.write(self._calendar.sent[month + 1] - _AHEAD)
            self._remits.close()
        copies = self._duplicate()
        self.counts.payments = self._remits.payments
        self._summary(copies)
        return self.counts

    def _open(self, stack: ExitStack, name: str) -> TextIO:
        path = self._wanted.output / f"{name}.jsonl"
        return stack.enter_context(path.open("w", encoding="ascii", newline="\n"))

    # Claims

    def _month(self, out: Output, name: str, month: int) -> None:
        sent = self._calendar.sent[month]
        self._control += 1
        out.add(interchange_start(self._control, sent))
        transactions = 0
        for group, claims in enumerate(self._quotas[month]):
            texts = self._group(name, month, group, claims)
            for part in range(0, claims, _CLAIMS_IN_A_TRANSACTION):
                transactions += 1
                number = f"{transactions:04d}"
                before = out.segments
                out.add(transaction_start(number, self._control, sent))
                levels = Levels()
                for _ in range(min(_CLAIMS_IN_A_TRANSACTION, claims - part)):
                    case = next(texts)
                    out.add(levels.before(self._groups[group], case.claim.patient))
                    out.add(claim_loop(case.claim, case.number, self._filler(case)))
                out.add(f"SE*{out.segments - before + 1}*{number}~")
        out.add(f"GE*{transactions}*{self._control}~IEA*1*{self._control:09d}~")

    def _group(self, name: str, month: int, group: int, room: int) -> Iterator[Case]:
        """The claims of a provider group in a month's file: new visits, and what follows from earlier claims."""
        self._make.billing = self._groups[group]
        waiting = [self._follow(name, month, sequel) for sequel in self._sequels.pop((month, group), [])]
        room -= len(waiting)
        for _ in range(round(room * _UNKNOWN) or 1):
            self._unknown(month, group)
        while room or waiting:
            if waiting and (not room or self._dice.chance(0.1)):
                yield waiting.pop(0)
                continue
            first, *others = self._visit(name, month, group, room)
            room -= 1 + len(others)
            waiting += others
            yield first

    def _visit(self, name: str, month: int, group: int, room: int) -> list[Case]:
        visit = self._visits.visit(group, room)
        cases = [self._case(claim, group, name) for claim in visit.claims]
        hits = planted(cases)
        sequels = self._history.answer(cases, hits, month)
        if not self._settle(cases, hits):
            for case in cases:
                case.payments, case.others, case.superseded = [], [], ""
                case.tags = {"unanswered"}
            self._settle(cases, hits)
            self.counts.ambiguous += 1
            return cases
        for sequel in sequels:
            self._sequels.setdefault((sequel.file, group), []).append(sequel)
        return cases

    def _case(self, claim: Claim, group: int, name: str) -> Case:
        self._serial += 1
        number = f"P{self._tag}{self._serial:07d}"
        if group == 2:
            number = f"000{self._tag}{self._serial:07d}"
        elif group == 3:
            number = f"M{self._tag}{self._serial:07d}-{claim.lines[0].date[2:]}-{self._serial % 97:02d}XV"
        elif group == _UNNUMBERED:
            # The software of this group does not number its service lines.
            for line in claim.lines:
                line.control = False
        if claim.frequency == "8":
            claim.frequency, claim.original = "1", ""
        return Case(claim, number, group, self._groups[group], self._payers[claim.patient.payer.id], name)

    def _follow(self, name: str, month: int, sequel: Sequel) -> Case:
        """A replacement or void of an earlier claim, under the same patient control number."""
        old = sequel.case
        case = Case(sequel.claim, old.number, old.group, old.billing, old.habits, name)
        if sequel.claim.frequency == "8":
            case.tags.add("void")
        else:
            case.tags.add("replacement")
            self._history.answer([case], [], month)
        self._settle([case], [])
        return case

    def _filler(self, case: Case) -> Filler:
        dice = self._dice
        return Filler(
            f"DTP*431*D8*{case.claim.lines[0].date}~" if dice.chance(0.3) else "",
            f"REF*EA*MR{self._serial:07d}~" if dice.chance(0.3) else "",
            case.billing.referrer if dice.chance(0.3) else "",
            case.billing.site if dice.chance(0.1) else "",
        )

    def _unknown(self, month: int, group: int) -> None:
        """A payment for a claim that is in none of the files; a few take back one of long ago."""
        visit = self._make.injection()
        case = self._case(visit.claim, group, "")
        case.number = f"OLD{case.number[-9:]}"
        self._history.answer([case], [], month)
        if case.payments and self._dice.chance(0.15):
            case.payments = [reversal(case.payments[0], case.payments[0].day)]
        for payment in case.payments:
            self._stray(case, case.habits, payment, "unknown-claim")

    # Truth

    def _settle(self, cases: Sequence[Case], hits: Sequence[Hit]) -> bool:
        """Write the truth about some claims and hand their payments on; False where a label is a matter of opinion."""
        outcomes = {line: case.outcome(line) for case in cases for line in case.claim.lines}
        try:
            labels = {line: label(line, outcomes, hits) for line in outcomes}
        except AmbiguousError:
            return False
        for case in cases:
            case.tags |= case.forms()
            self.counts.claims += 1
            self.counts.lines += len(case.claim.lines)
            self._describe(case, cases, outcomes, labels)
            for payment in case.payments:
                self._remits.add(case.claim, case.number, case.group, case.habits, payment)
            for habits, payment in case.others:
                self._stray(case, habits, payment, "other-payer")
        return True

    def _stray(self, case: Case, habits: Habits, payment: Payment, why: str) -> None:
        self._remits.add(case.claim, case.number, case.group, habits, payment)
        self.counts.unmatched += 1
        charge = sum(service.line.charge for service in payment.services) or case.charge
        row = {
            "claim": returned_number(case.number, habits),
            "payer": habits.payer.id,
            "charge": _money(payment.sign * charge),
            "paid": _money(sum(service.paid for service in payment.services)),
            "status_code": payment.status,
            "date": f"{payment.day}",
            "reason": why,
        }
        self._unmatched.write(json.dumps(row) + "\n")

    def _describe(
        self,
        case: Case,
        cases: Sequence[Case],
        outcomes: dict[Line, Outcome],
        labels: dict[Line, tuple[str | None, str | None]],
    ) -> None:
        patient = case.claim.patient
        dates = {line.date for line in case.claim.lines}
        scope = case.claim.frequency != "8" and any(
            triggers(line)
            for other in cases
            if other.claim.patient is patient
            for line in other.claim.lines
            if line.date in dates
        )
        places = {line: place for place, line in enumerate(case.claim.lines, 1)}
        self._expect(case, places, scope)
        if scope:
            self.counts.habits.update({f"{case.habits.key}:{tag}" for tag in case.tags} | case.tags)
        if not scope and not self._wanted.all_lines:
            return
        for line, place in places.items():
            self._row(case, line, place, outcomes[line], labels[line], scope)

    def _expect(self, case: Case, places: dict[Line, int], scope: bool) -> None:
        """The findings to expect on a claim: the planted ones, and I05 where its lines are not numbered."""
        expected = [(line, rule) for line, rule in case.claim.expected if line is not None]
        if scope and case.group == _UNNUMBERED:
            first_of_days = {line.date: line for line in reversed(places)}
            expected += [(line, "I05") for line in first_of_days.values()]
        for place, rule in sorted((places[line], rule) for line, rule in expected):
            found = {
                "file": case.file,
                "claim": case.number,
                "line": str(place),
                "rule": rule,
                "defect": case.claim.shape,
                "superseded": case.superseded or None,
            }
            self._findings.write(json.dumps(found) + "\n")

    def _row(
        self,
        case: Case,
        line: Line,
        place: int,
        outcome: Outcome,
        labelled: tuple[str | None, str | None],
        scope: bool,
    ) -> None:
        status, step = outcome.status, case.matched_by(line)
        row: dict[str, Any] = {
            "claim": case.number,
            "line": str(place),
            "procedure": line.code,
            "payer": case.habits.payer.id,
            "service_date": f"{line.date[:4]}-{line.date[4:6]}-{line.date[6:]}",
            "charge": money(line.charge),
            "paid": _money(outcome.paid),
            "status": status,
            "matched_by": step,
            "adjustments": list(dict.fromkeys(part.name for part in outcome.adjustments)),
            "remarks": list(dict.fromkeys(outcome.remarks)),
            "label": labelled[0],
            "rule": labelled[1],
            "scope": scope,
            "file": case.file,
            "frequency": case.claim.frequency,
            "superseded": case.superseded or None,
            "events": sorted(case.tags),
        }
        self._truth.write(json.dumps(row) + "\n")
        counts = self.counts
        counts.rows += 1
        if scope:
            counts.statuses[status] += 1
            counts.labels[labelled[0] or "null"] += 1
            counts.steps[step or "null"] += 1

    # Afterwards

    def _duplicate(self) -> list[str]:
        """Deliver some remittances again under another name; returns those names."""
        folder, names = self._wanted.output, self._remits.files
        wanted = min(self._wanted.duplicates, len(names))
        copies = []
        for place in range(wanted):
            name = names[place * len(names) // wanted]
            copies.append(name.replace(".835", "-again.835"))
            (folder / copies[-1]).write_bytes((folder / name).read_bytes())
        return copies

    def _summary(self, copies: list[str]) -> None:
        counts = self.counts
        told: dict[str, Any] = {
            "claims": counts.claims,
            "lines": counts.lines,
            "truth_rows": counts.rows,
            "status": dict(sorted(counts.statuses.items())),
            "label": dict(sorted(counts.labels.items())),
            "matched_by": dict(sorted(counts.steps.items())),
            "payments": counts.payments,
            "transactions": self._remits.transactions,
            "remittances": len(self._remits.files),
            "delivered_again": copies,
            "unmatched_payments": counts.unmatched,
            "unbalanced_not_planted": self._remits.faults.left,
            "left_unanswered_as_ambiguous": counts.ambiguous,
            "events": dict(sorted(counts.habits.items())),
        }
        (self._wanted.output / "summary.json").write_text(json.dumps(told, indent=2) + "\n", encoding="ascii")


def _money(cents: int) -> str:
    return f"-{money(-cents)}" if cents < 0 else money(cents)
