"""The practice generator: its remittances balance and conform, and its truth is what they say.

The 837s and 835s are read and matched here apart from the code under test and from the product.
"""

from __future__ import annotations

import ast
import importlib
import io
import json
import logging
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))
Capture = pytest.CaptureFixture[str]
generate_practice: Any = importlib.import_module("generate_practice")
labels: Any = importlib.import_module("generate.labels")
claims: Any = importlib.import_module("generate.claims")

ZERO = Decimal(0)
NOT_DENIALS = {"1", "2", "3", "23", "45", "101", "253"}
Row = dict[str, Any]


@dataclass
class Billed:
    """A service line of an 837."""

    number: str
    code: str
    modifiers: list[str]
    charge: Decimal
    date: str = ""
    control: str = ""


@dataclass
class Claim:
    file: str
    number: str
    charge: Decimal
    frequency: str
    payer: str
    original: str = ""
    lines: list[Billed] = field(default_factory=list)


@dataclass
class Service:
    """A service line of an 835; adjustments are (group, reason, amount)."""

    code: str
    modifiers: list[str]
    charge: Decimal
    paid: Decimal
    units: str
    original: str
    original_units: str
    date: str = ""
    control: str = ""
    adjustments: list[tuple[str, str, Decimal]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass
class Payment:
    file: str
    date: str
    payer: str
    number: str
    status: str
    charge: Decimal
    paid: Decimal
    control: str
    member: str = ""
    services: list[Service] = field(default_factory=list)
    adjustments: list[tuple[str, str, Decimal]] = field(default_factory=list)


@dataclass
class Transaction:
    file: str
    amount: Decimal
    payments: list[Payment] = field(default_factory=list)
    apart: Decimal = ZERO


def segments(path: Path) -> Iterator[tuple[list[str], str]]:
    """The segments of a file with its component separator; all interchanges of a file have the same delimiters."""
    text = path.read_bytes().decode("ascii")
    for part in text.split(text[105]):
        if part.strip("\r\n"):
            yield part.strip("\r\n").split(text[3]), text[104]


def read_claims(path: Path) -> Iterator[Claim]:
    claim: Claim | None = None
    payer = ""
    for segment, separator in segments(path):
        name = segment[0]
        if name in ("HL", "CLM", "SE") and claim is not None:
            yield claim
            claim = None
        if name == "CLM":
            claim = Claim(path.name, segment[1], Decimal(segment[2]), segment[5].split(separator)[2], payer)
        elif claim is None:
            payer = segment[9] if segment[:2] == ["NM1", "PR"] else payer
        elif segment[:2] == ["REF", "F8"]:
            claim.original = segment[2]
        elif name == "LX":
            number = segment[1]
        elif name == "SV1":
            _, code, *modifiers = segment[1].split(separator)
            claim.lines.append(Billed(number, code, [one for one in modifiers[:4] if one], Decimal(segment[2])))
        elif segment[:2] == ["DTP", "472"]:
            claim.lines[-1].date = segment[3]
        elif segment[:2] == ["REF", "6R"]:
            claim.lines[-1].control = segment[2]


def read_remittance(path: Path) -> Iterator[Transaction]:
    transaction = Transaction(path.name, ZERO)
    for segment, separator in segments(path):
        name, element = segment[0], [*segment, *[""] * 8]
        payment = transaction.payments[-1] if transaction.payments else None
        service = payment.services[-1] if payment and payment.services else None
        if name == "BPR":
            transaction = Transaction(path.name, Decimal(segment[2]))
            company, day, payer = segment[10], segment[16], ""
        elif segment[:2] == ["N1", "PR"]:
            payer = element[4]
        elif segment[:2] == ["REF", "2U"]:
            payer = segment[2]
        elif name == "CLP":
            money = Decimal(segment[3]), Decimal(segment[4])
            one = Payment(path.name, day, payer or company, segment[1], segment[2], *money, segment[7])
            transaction.payments.append(one)
        elif segment[:2] == ["NM1", "QC"] and payment:
            payment.member = segment[9]
        elif name == "SVC" and payment:
            _, code, *modifiers = segment[1].split(separator)
            original = element[6].split(separator)[1] if element[6] else ""
            money = Decimal(segment[2]), Decimal(segment[3])
            payment.services.append(Service(code, modifiers, *money, element[5], original, element[7]))
        elif name == "DTM" and service:
            service.date = segment[2]
        elif name == "CAS" and payment:
            found = [(segment[1], segment[at], Decimal(segment[at + 1])) for at in range(2, len(segment), 3)]
            (service or payment).adjustments.extend(found)
        elif segment[:2] == ["REF", "6R"] and service:
            service.control = segment[2]
        elif name == "LQ" and service:
            service.remarks.append(segment[2])
        elif name == "PLB":
            transaction.apart += sum((Decimal(segment[at]) for at in range(4, len(segment), 2)), ZERO)
        elif name == "SE":
            yield transaction


@dataclass
class Made:
    """A generated practice, read again."""

    folder: Path

    @cached_property
    def truth(self) -> list[Row]:
        return self.rows("truth")

    @cached_property
    def claims(self) -> list[Claim]:
        return [claim for path in sorted(self.folder.glob("claims-*.837")) for claim in read_claims(path)]

    @cached_property
    def transactions(self) -> list[Transaction]:
        return [one for path in sorted(self.folder.glob("remits-*.835")) for one in read_remittance(path)]

    @cached_property
    def payments(self) -> list[Payment]:
        """In the order in which they were made."""
        found = [payment for one in self.transactions for payment in one.payments]
        return sorted(found, key=lambda payment: payment.date)

    @cached_property
    def summary(self) -> Row:
        return dict(json.loads((self.folder / "summary.json").read_text()))

    def rows(self, name: str) -> list[Row]:
        return [json.loads(row) for row in (self.folder / f"{name}.jsonl").read_text().splitlines()]


def generate(folder: Path, *options: str) -> Made:
    generate_practice.run(["--output", str(folder), *options])
    return Made(folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return generate(tmp_path_factory.mktemp("practice"), "--claims", "5000", "--all-lines")


# Files


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    options = ("--claims", "400", "--months", "2", "--seed", "7", "--duplicate-remits", "3", "--unbalanced", "3")
    contents = [
        {path.name: path.read_bytes() for path in generate(tmp_path / name, *options).folder.iterdir()}
        for name in ("one", "two")
    ]
    assert contents[0] == contents[1]
    other = generate(tmp_path / "other", *options[:4], "--seed", "8")
    assert (other.folder / "claims-2026-01.837").read_bytes() != contents[0]["claims-2026-01.837"]


def test_files_of_a_practice(made: Made) -> None:
    names = sorted(path.name for path in made.folder.iterdir())
    assert [name for name in names if name.endswith(".837")] == [f"claims-2026-0{month}.837" for month in range(1, 5)]
    counts = Counter(claim.file for claim in made.claims)
    assert set(counts.values()) == {1250}
    remittances = Counter(name.rpartition("-")[0] for name in names if name.endswith(".835"))
    assert max(remittances.values()) > 4
    assert {stem.rpartition("-")[2] for stem in remittances} == {habits.key for habits in _payers()}
    transactions = Counter(one.file for one in made.transactions)
    interchanges = {
        path.name: sum(segment[0] == "ISA" for segment, _ in segments(path)) for path in made.folder.glob("*.835")
    }
    assert max(interchanges.values()) > 1
    assert any(transactions[name] > 1 and interchanges[name] == 1 for name in transactions)
    # What Medicare pays is not due before its two weeks have passed.
    assert min(one.date for one in made.payments if one.payer == "99001" and one.status == "1") >= "20260212"


def _payers() -> Any:
    return importlib.import_module("generate.habits").PRACTICE


@pytest.mark.slow
def test_conforms_by_pyx12(tmp_path: Path) -> None:
    params = importlib.import_module("pyx12.params")
    document = importlib.import_module("pyx12.x12n_document")
    logger = logging.getLogger("pyx12")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = False
    folder = generate(tmp_path / "practice", "--claims", "200", "--months", "2", "--injection-share", "1").folder
    paths = sorted(folder.glob("*.8*"))
    assert len(paths) > 50
    for path in paths:
        settings = params.ParamsBase()
        # Its list of remark codes ends with N734.
        settings.set("exclude_external_codes", "remark_code")
        report, acknowledgement = io.StringIO(), io.StringIO() if path.suffix == ".837" else None
        with path.open(encoding="ascii", newline="") as file:
            valid = document.x12n_document(settings, file, acknowledgement, None, None, report)
        assert valid, f"{path.name}: {report.getvalue()[:2000]}"


def test_envelopes(made: Made) -> None:
    controls = []
    for path in made.folder.glob("*.8*"):
        transactions = count = 0
        for segment, _ in segments(path):
            count += 1
            match segment[0]:
                case "ISA":
                    control, transactions = segment[13], 0
                    controls.append((path.suffix, control))
                case "ST":
                    count, transactions = 1, transactions + 1
                    assert segment[2] == f"{transactions:04d}"
                case "SE":
                    assert segment[1:] == [str(count), f"{transactions:04d}"]
                case "GE":
                    assert segment[1] == str(transactions)
                case "IEA":
                    assert segment[1:] == ["1", control]
    assert len(set(controls)) == len(controls)


# Money


def unbalanced(transactions: list[Transaction]) -> list[tuple[str, str | None]]:
    """(kind, claim) of all that does not add up."""
    found: list[tuple[str, str | None]] = []
    for one in transactions:
        for payment in one.payments:
            adjusted = sum(amount for _, _, amount in payment.adjustments)
            for service in payment.services:
                parts = sum(amount for _, _, amount in service.adjustments)
                adjusted += parts
                if service.charge - service.paid != parts:
                    found.append(("line", payment.number))
            if payment.charge - payment.paid != adjusted:
                found.append(("claim", payment.number))
            if payment.services and payment.charge != sum(service.charge for service in payment.services):
                found.append(("charge", payment.number))
        if one.amount != sum(payment.paid for payment in one.payments) - one.apart:
            found.append(("transaction", None))
        assert one.amount >= 0
    return found


def test_everything_balances(made: Made) -> None:
    assert unbalanced(made.transactions) == []
    assert made.rows("truth-unbalanced") == []
    assert sum(one.apart != 0 for one in made.transactions) > 20


def test_faults_are_planted(tmp_path: Path) -> None:
    made = generate(tmp_path / "practice", "--claims", "2000", "--unbalanced", "8")
    planted = Counter((row["fault"], row["claim"]) for row in made.rows("truth-unbalanced"))
    assert Counter(kind for kind, _ in planted.elements()) == {"line": 3, "claim": 3, "transaction": 2}
    # A line that does not add up lets its claim not add up either.
    expected = planted + Counter(("claim", claim) for kind, claim in planted.elements() if kind == "line")
    assert Counter(unbalanced(made.transactions)) == expected


def test_remittances_delivered_again(tmp_path: Path) -> None:
    options = ("--claims", "400", "--months", "2")
    made = generate(tmp_path / "again", *options, "--duplicate-remits", "4")
    once = generate(tmp_path / "once", *options)
    copies = made.summary["delivered_again"]
    assert len(copies) == 4
    for name in copies:
        original = name.replace("-again", "")
        assert (made.folder / name).read_bytes() == (made.folder / original).read_bytes()
    assert made.truth == once.truth


# Truth


def test_rows_are_those_of_the_claims(made: Made) -> None:
    billed = {
        (claim.file, claim.number, claim.frequency, line.number): (claim.payer, line.code, line.charge, line.date)
        for claim in made.claims
        for line in claim.lines
    }
    told = {
        (row["file"], row["claim"], row["frequency"], row["line"]): (
            row["payer"],
            row["procedure"],
            Decimal(row["charge"]),
            row["service_date"].replace("-", ""),
        )
        for row in made.truth
    }
    assert len(told) == len(made.truth)
    assert told == billed


def test_scope(made: Made, tmp_path: Path) -> None:
    injections = {
        (claim.file, claim.number)
        for claim in made.claims
        if claim.frequency != "8" and any(line.code == "96372" for line in claim.lines)
    }
    scope = {(row["file"], row["claim"]) for row in made.truth if row["scope"]}
    assert injections < scope
    assert any(not row["scope"] for row in made.truth)
    few = ("--claims", "200", "--months", "2")
    usual, all_lines = generate(tmp_path / "usual", *few), generate(tmp_path / "all", *few, "--all-lines")
    assert usual.truth == [row for row in all_lines.truth if row["scope"]]


def test_findings_are_on_lines_of_the_truth(made: Made) -> None:
    lines = {(row["file"], row["claim"], row["line"]) for row in made.truth if row["scope"]}
    findings = made.rows("truth-findings")
    assert {(row["file"], row["claim"], row["line"]) for row in findings} <= lines
    planted = {row["rule"] for row in findings}
    assert {row["rule"] for row in made.truth if row["rule"]} <= planted
    assert len(planted) > 25


class Matcher:
    """Finds the claim and line of a payment by section 2.1 of the specification."""

    def __init__(self, made: Made) -> None:
        self._numbers: dict[tuple[str, str], list[Claim]] = defaultdict(list)
        for claim in made.claims:
            for number in {claim.number, claim.number.lstrip("0"), claim.number[:20]}:
                self._numbers[number, claim.payer].append(claim)

    def claim(self, payment: Payment) -> Claim | None:
        """Of a claim and its replacement the one that the payer's own number tells."""
        found = self._numbers.get((payment.number, payment.payer), [])
        if len(found) < 2:
            return found[0] if found else None
        original = next(claim for claim in found if not claim.original)
        later = next(claim for claim in found if claim.original)
        return original if later.frequency == "8" or payment.control == later.original else later

    @staticmethod
    def lines(claim: Claim, payment: Payment) -> list[tuple[Service | None, Billed, str]]:
        """(service, line, step)."""
        if not payment.services:
            return [(None, line, "claim") for line in claim.lines]
        found: list[tuple[Service | None, Billed, str]] = []
        free = list(claim.lines)
        for service in payment.services:
            code = service.original or service.code
            steps = (
                ("line-control-number", lambda line, s=service: s.control and line.control == s.control),
                ("line-number", lambda line, s=service: line.number == s.control),
                (
                    "procedure",
                    lambda line, s=service, c=code: (line.code, line.date, line.charge) == (c, s.date, abs(s.charge))
                    and sorted(line.modifiers) == sorted(s.modifiers),
                ),
                (
                    "procedure",
                    lambda line, s=service, c=code: (line.code, line.date, line.charge) == (c, s.date, abs(s.charge)),
                ),
            )
            for step, fits in steps:
                line = next((line for line in free if fits(line)), None)
                if line is not None:
                    free.remove(line)
                    found.append((service, line, step))
                    break
            else:
                raise AssertionError(f"no line of {claim.number} for {service}")
        return found


def test_truth_is_what_the_remittances_say(made: Made) -> None:
    matcher = Matcher(made)
    live: dict[tuple[str, str], list[Payment]] = defaultdict(list)
    of: dict[tuple[str, str], Claim] = {(claim.file, claim.number): claim for claim in made.claims}
    for payment in made.payments:
        claim = matcher.claim(payment)
        if claim is None or payment.status == "25":
            continue
        payments = live[claim.file, claim.number]
        if payment.status == "22":
            reversed_one = next(one for one in payments if one.control == payment.control)
            assert reversed_one.charge == -payment.charge
            assert reversed_one.paid == -payment.paid
            payments.remove(reversed_one)
        else:
            payments.append(payment)
    told: dict[tuple[str, str, str], dict[str, Any]] = {}
    for (file, number), payments in live.items():
        for payment in payments:
            for service, line, step in matcher.lines(of[file, number], payment):
                parts = service.adjustments if service else payment.adjustments
                cut = service is not None and service.original_units != "" and service.paid > 0
                row = told.setdefault(
                    (file, number, line.number),
                    {"paid": ZERO, "step": step, "parts": [], "remarks": [], "cut": False},
                )
                row["paid"] += service.paid if service else ZERO
                row["parts"] += parts
                row["remarks"] += service.remarks if service else []
                row["cut"] |= cut
    adjudicated = Counter[str]()
    for row in made.truth:
        found = told.get((row["file"], row["claim"], row["line"]))
        if found is None or row["frequency"] == "8":
            assert (row["status"], row["matched_by"], row["paid"], row["label"]) == ("pending", None, "0", None)
            continue
        assert Decimal(row["paid"]) == found["paid"]
        assert row["matched_by"] == found["step"]
        assert row["adjustments"] == list(dict.fromkeys(f"{group}-{reason}" for group, reason, _ in found["parts"]))
        assert row["remarks"] == list(dict.fromkeys(found["remarks"]))
        if row["matched_by"] != "claim":
            assert Decimal(row["charge"]) == found["paid"] + sum(amount for _, _, amount in found["parts"])
        assert row["status"] == status_of(Decimal(row["charge"]), found)
        adjudicated[row["status"]] += 1
    assert min(adjudicated.values()) > 5


def status_of(charge: Decimal, found: dict[str, Any]) -> str:
    """Section 2.2 and ruling 20, once more."""
    denied = any(reason not in NOT_DENIALS and amount for _, reason, amount in found["parts"])
    if found["paid"] > 0:
        return "partial" if denied or found["cut"] else "paid"
    if denied and charge > Decimal("0.01"):
        return "denied"
    shared = any(group == "PR" and reason in ("1", "2", "3") for group, reason, _ in found["parts"])
    return "patient-responsibility" if shared and not denied else "paid"


def test_unmatched_payments(made: Made) -> None:
    matcher = Matcher(made)
    left = Counter(
        (payment.number, payment.payer, payment.charge, payment.paid)
        for payment in made.payments
        if matcher.claim(payment) is None
    )
    told = Counter(
        (row["claim"], row["payer"], Decimal(row["charge"]), Decimal(row["paid"]))
        for row in made.rows("truth-unmatched")
    )
    reasons = Counter(row["reason"] for row in made.rows("truth-unmatched"))
    assert left == told
    assert min(reasons["unknown-claim"], reasons["other-payer"]) > 5
    # The other payer of a claim returns the same patient control number.
    numbers = {claim.number for claim in made.claims}
    assert any(row["claim"] in numbers for row in made.rows("truth-unmatched") if row["reason"] == "other-payer")


def test_every_outcome_occurs(made: Made) -> None:
    scope = [row for row in made.truth if row["scope"]]
    for name, wanted in (
        ("status", ("paid", "denied", "partial", "patient-responsibility", "pending")),
        (
            "label",
            ("predicted", "predicted-on-partner", "consistent", "unflagged", "unrelated", "not-enforced", None),
        ),
        ("matched_by", ("line-control-number", "line-number", "procedure", "claim", None)),
    ):
        found = Counter(row[name] for row in scope)
        assert set(found) == set(wanted)
        assert min(found.values()) >= 5, found
    assert {payment.status for payment in made.payments} == {"1", "2", "3", "4", "19", "20", "22", "25"}


HABITS = (
    # What each payer does to planted findings.
    *("medicare:B01-CO-97-line", "medicare:H01-CO-16-line", "medicare:C01-CO-151-line", "medicare:A0?-CO-16-line"),
    *("medicare:G01-CO-5-*", "everstone:B01-CO-4-line", "everstone:H01-CO-4-line", "medicaid:D0?-CO-16-line"),
    *("medicaid:B0?-CO-97-*", "community:A07-CO-1*-line", "community:daily-limit", "blue:B0?-CO-97-partner"),
    *("northwind:E03-*", "northwind:own-policy", "openroad:B0?-CO-16-line", "trades:B0?-CO-234-line"),
    # What happens to any claim.
    *("claim-level", "claim-status-4", "correction-keeps-number", "deductible", "duplicate-of-replacement"),
    *("earlier-payer", "forwarded", "interest", "lines-turned", "modifiers-dropped", "modifiers-turned"),
    *("nominal-line", "not-covered", "number-changed", "paid-after-all", "panel", "policy-named", "predetermination"),
    *("predetermination-only", "recoded", "replacement", "resubmitted", "secondary", "split", "taken-back"),
    *("unanswered", "units-cut", "voided", "withheld"),
    *("unrelated-CO-29", "unrelated-CO-22", "unrelated-CO-27", "unrelated-PR-27", "unrelated-CO-197"),
    "unrelated-CO-16-MA27",
)


@pytest.mark.parametrize("habit", HABITS)
def test_every_habit_occurs(made: Made, habit: str) -> None:
    found = sum(count for event, count in made.summary["events"].items() if fnmatchcase(event, habit))
    assert found >= 5


def test_payers_that_ignore_findings(made: Made) -> None:
    for payer in ("99041", "99051"):
        rows = [row for row in made.truth if row["payer"] == payer and row["scope"]]
        assert sum(row["label"] == "not-enforced" for row in rows) >= 5
        assert not any(row["label"] in ("predicted", "predicted-on-partner", "consistent") for row in rows)
    slow = Counter(row["status"] for row in made.truth if row["payer"] == "99051")
    assert slow["pending"] > slow.total() / 5


# Labels, by examples of the specification


def line(code: str, charge: int = 10000) -> Any:
    return claims.Line(code, charge, (1,), "20260310")


def told(
    lines: dict[str, Any], hits: list[tuple[str, str, int, tuple[str, ...]]], answers: dict[str, tuple[str, ...]]
) -> dict[str, tuple[str | None, str | None]]:
    """Labels by name of line: hits are (rule, line, severity, partners), answers (CARC with group, RARCs ...)."""
    around = frozenset(lines.values())
    found = [
        labels.Hit(rule, lines[on], severity, "MB", frozenset(map(lines.get, partners)), frozenset(), around, around)
        for rule, on, severity, partners in hits
    ]
    outcomes = {}
    for name, one in lines.items():
        if name in answers:
            reason, *remarks = answers[name]
            part = labels.Adjustment(*reason.split("-"), one.charge)
            outcomes[one] = labels.Outcome(one.charge, 0, (part,), tuple(remarks))
        else:
            outcomes[one] = labels.Outcome(one.charge, one.charge)
    return {name: labels.label(one, outcomes, found) for name, one in lines.items()}


VISIT = {"visit": "99213", "injection": "96372", "drug": "J1885"}
B01 = ("B01", "visit", 3, ("injection",))
A01 = ("A01", "injection", 2, ())


@pytest.mark.parametrize(
    ("hits", "answers", "expected"),
    [
        ([B01], {"visit": ("CO-97", "N19")}, {"visit": ("predicted", "B01")}),
        ([B01], {"injection": ("CO-97", "N19")}, {"injection": ("predicted-on-partner", "B01"), "visit": (None, None)}),
        ([B01], {"visit": ("CO-234",)}, {"visit": ("consistent", "B01")}),
        ([B01], {"visit": ("CO-50",)}, {"visit": ("unflagged", None)}),
        ([B01], {"visit": ("CO-29",)}, {"visit": ("unrelated", None)}),
        ([B01], {"visit": ("CO-16", "N822")}, {"visit": ("predicted", "B01")}),
        # A generic reason needs the remark; without one its category is missing information.
        ([B01], {"visit": ("CO-16",)}, {"visit": ("unflagged", None)}),
        ([A01], {"injection": ("CO-16",)}, {"injection": ("consistent", "A01")}),
        # Another line of the encounter is consistent at most.
        ([B01], {"drug": ("CO-97", "M15")}, {"drug": ("consistent", "B01"), "visit": ("not-enforced", "B01")}),
        ([B01], {}, {"visit": ("not-enforced", "B01"), "injection": (None, None)}),
        ([A01], {}, {"injection": (None, None)}),
        # Both sides of the first test vector.
        (
            [B01, A01],
            {"visit": ("CO-97", "N19"), "injection": ("CO-16", "N349")},
            {"visit": ("predicted", "B01"), "injection": ("predicted", "A01")},
        ),
        ([], {"visit": ("CO-97",)}, {"visit": ("unflagged", None)}),
        ([], {"visit": ("PR-27",)}, {"visit": ("unrelated", None)}),
        ([], {"visit": ("CO-16", "MA27")}, {"visit": ("unrelated", None)}),
    ],
)
def test_labels(hits: Any, answers: Any, expected: dict[str, tuple[str | None, str | None]]) -> None:
    found = told({name: line(code) for name, code in VISIT.items()}, hits, answers)
    assert {name: found[name] for name in expected} == expected


def test_open_questions_are_not_answered() -> None:
    lines = {name: line(code) for name, code in VISIT.items()}
    two_errors = [("C01", "drug", 3, ()), ("C03", "drug", 3, ())]
    with pytest.raises(labels.AmbiguousError, match="C01, C03"):
        told(lines, two_errors, {})


@pytest.mark.parametrize(
    ("charge", "paid", "parts", "cut", "expected"),
    [
        (10000, 6000, (("CO", "45", 4000),), False, "paid"),
        (10000, 0, (("CO", "97", 10000),), False, "denied"),
        (10000, 0, (("PR", "50", 10000),), False, "denied"),
        (10000, 0, (("CO", "45", 4000), ("PR", "1", 6000)), False, "patient-responsibility"),
        (10000, 0, (("OA", "23", 10000),), False, "paid"),
        (10000, 3000, (("CO", "45", 2000), ("CO", "151", 5000)), True, "partial"),
        (1, 0, (("CO", "45", 1),), False, "paid"),
        (1, 0, (("CO", "29", 1),), False, "paid"),
    ],
)
def test_status(charge: int, paid: int, parts: Any, cut: bool, expected: str) -> None:
    adjustments = tuple(labels.Adjustment(*part) for part in parts)
    outcome = labels.Outcome(charge, paid, adjustments, units_cut=cut)
    assert outcome.status == expected


# The command


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--claims", "0"], "must be 1 or more"),
        (["--claims", "19"], "one claim a month"),
        (["--start", "2025-01"], "must be 2025-08 or later"),
        (["--start", "soon"], "must be a month"),
        (["--defect-share", "2"], "between 0 and 1"),
    ],
)
def test_wrong_arguments(tmp_path: Path, capfd: Capture, options: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        generate(tmp_path / "practice", *options)
    assert stopped.value.code == 2
    assert message in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_not_mixed_in(tmp_path: Path, capfd: Capture) -> None:
    (tmp_path / "claims.837").touch()
    with pytest.raises(SystemExit):
        generate(tmp_path)
    assert "new or empty folder" in capfd.readouterr().err


def test_smallest_practice(tmp_path: Path) -> None:
    made = generate(tmp_path / "practice", "--claims", "5", "--months", "1", "--all-lines")
    assert len(made.claims) == 5


def test_it_stands_alone() -> None:
    for node in ast.walk(ast.parse((SCRIPTS / "generate_practice.py").read_text())):
        if isinstance(node, ast.ImportFrom):
            top = (node.module or "").partition(".")[0]
            assert top in sys.stdlib_module_names or top == "generate"
