"""Made-up facts in the layouts in which CMS publishes its reference files, from a seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

Row = tuple[str, ...]

INJECTION = "96372"
COPYRIGHT = "CPT only copyright American Medical Association. All rights reserved."
RATIONALES = (
    "Standards of medical / surgical practice",
    "Misuse of Column Two code with Column One code",
    "More extensive procedure",
    "CPT Manual or CMS manual coding instruction",
    "HCPCS/CPT procedure code definition",
    "Mutually exclusive procedures",
    'CPT "separate procedure" definition',
    "Sequential procedure",
)
_ADJUDICATION = (
    "1 Line Edit",
    "2 Date of Service Edit: Policy",
    "3 Date of Service Edit: Clinical",
)
_UNITS = ("mg", "mcg", "units", "g", "ml")
_SUBSTANCES = ("abacavir", "benzathine", "cortisol", "dexlan", "enoxa", "fosfo", "gluca", "hyalo", "inflix", "ketor")
_LABELERS = ("Sample Labs, Inc.", "Example Pharma LLC", "Demo Generics")
_PRE_1996 = "19960101"


class Quarter(NamedTuple):
    """A quarter of a year, as CMS names its editions."""

    year: int
    number: int

    @classmethod
    def of(cls, text: str) -> Quarter:
        """The quarter that a text such as 2026q3 names."""
        year, _, number = text.partition("q")
        return cls(int(year), int(number))

    @property
    def first(self) -> dt.date:
        """Its first day."""
        return dt.date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> dt.date:
        """Its last day."""
        behind = dt.date(self.year + self.number // 4, 3 * self.number % 12 + 1, 1)
        return behind - dt.timedelta(days=1)


def codes(count: int, seed: int) -> list[str]:
    """Procedure codes in the order of CMS: digits, digits with a letter behind, letters in front."""
    numeric = [f"{number:05d}" for number in range(100, 99608)]
    others = [f"{number:04d}{letter}" for letter in "ATU" for number in range(1, 900)]
    others += [f"{letter}{number:04d}" for letter in "ACGJQSV" for number in range(100, 9999)]
    random = Random(seed)
    chosen = set(random.sample(numeric, count * 4 // 5)) | set(random.sample(others, count - count * 4 // 5))
    return sorted(chosen | {INJECTION, "99213", "20610", "J1885"})


def ptp_rows(count: int, seed: int, quarter: Quarter) -> Iterator[Row]:
    """Some `count` procedure-to-procedure edits, sorted by column 1 and 2, among them pairs of 96372."""
    random = Random(seed)
    known = codes(max(40, min(13_000, count // 5)), seed)
    quarters = [
        f"{year}{month:02d}01"
        for year in range(1996, quarter.year + 1)
        for month in (1, 4, 7, 10)
        if (year, month) <= (quarter.year, quarter.first.month)
    ]
    each = count / len(known)
    for column1 in known:
        # Few codes have many partners: the share is skewed as it is in the real table.
        share = min(len(known) - 1, round(each * random.expovariate(1)) or 1)
        partners = {code for code in random.sample(known, share) if code != column1}
        if column1 == INJECTION:
            partners.add("99213")
        for column2 in sorted(partners):
            yield (column1, column2, *_window(random, quarters))
            if (column1, column2) == (INJECTION, "99213"):
                continue
            if random.random() < 0.05:
                yield (column1, column2, " ", quarters[-1], "*", "0", RATIONALES[2])


def _window(random: Random, quarters: Sequence[str]) -> Row:
    first = random.randrange(len(quarters) - 1)
    rationale = RATIONALES[min(int(random.expovariate(0.6)), len(RATIONALES) - 1)]
    old = "*" if quarters[first] == _PRE_1996 else " "
    chance = random.random()
    if chance < 0.02:
        return (old, quarters[first], quarters[first], "9", rationale)
    last = "*"
    if chance < 0.35:
        ended = dt.date.fromisoformat(quarters[random.randrange(first + 1, len(quarters))])
        last = f"{ended - dt.timedelta(days=1):%Y%m%d}"
    return (old, quarters[first], last, "1" if chance > 0.2 else "0", rationale)


def mue_rows(count: int, seed: int) -> Iterator[Row]:
    """Medically unlikely edits: code, units, adjudication indicator, rationale."""
    random = Random(seed)
    for code in codes(count, seed)[:count]:
        units = str(min(int(random.expovariate(0.1)), 999))
        yield (code, units, random.choice(_ADJUDICATION), random.choice(("Clinical: Data", "CMS Policy")))


def asp_rows(count: int, seed: int) -> Iterator[Row]:
    """The ASP crosswalk: a row a package."""
    random = Random(seed)
    for number in range(count):
        code = f"J{100 + number * 9 // max(1, count // 900):04d}"
        package = f"{random.randrange(1, 99999):05d}-{number % 10_000:04d}-{random.randrange(1, 99):02d}"
        size, quantity, per_item = (
            random.choice((1, 2, 5, 10)),
            random.choice((1, 5, 10, 25)),
            random.choice((1, 4, 10)),
        )
        unit = random.choice(_UNITS)
        name = f"{random.choice(_SUBSTANCES)}-{number}"
        dosage = f"{random.choice((1, 5, 10))} {unit.upper()}"
        yield (
            *(code, f"{name} injection", random.choice(_LABELERS), package, name, dosage),
            *(str(size), str(quantity), str(per_item), str(per_item * quantity)),
        )


class HcpcsRow(NamedTuple):
    """A code of the HCPCS Level II file, dates as YYYYMMDD or blank."""

    code: str
    long: str
    short: str
    added: str
    effective: str
    ended: str
    action: str


def hcpcs_rows(count: int, seed: int) -> Iterator[HcpcsRow]:
    """HCPCS Level II codes; those that begin with J are drugs with a dose."""
    random = Random(seed)
    every = sorted(f"{letter}{number:04d}" for letter in "AEGJKLQSV" for number in range(100, 2000))
    for number, code in enumerate(sorted(random.sample(every, min(count, len(every))))):
        name = f"{random.choice(_SUBSTANCES)}-{number}"
        added = f"{random.randrange(1984, 2026)}0101"
        ended = "20241231" if random.random() < 0.05 else ""
        if code[0] == "J":
            long = f"Injection, {name}, {random.choice((1, 5, 10, 15))} {random.choice(('mg', 'mcg', 'units'))}"
        else:
            long = f"Supply or service {name}, made up so that its description takes more than one record, per item"
        yield HcpcsRow(code, long, f"{name} item", added, added, ended, "D" if ended else "N")


class DiagnosisRow(NamedTuple):
    """A line of the ICD-10-CM order file."""

    code: str
    billable: bool
    short: str
    long: str


def diagnosis_rows(count: int, seed: int) -> Iterator[DiagnosisRow]:
    """Diagnosis codes in their order: a heading of three characters, then its codes."""
    random = Random(seed)
    made = 0
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        for category in range(100):
            if made >= count:
                return
            heading = f"{letter}{category:02d}"
            children = random.randrange(0, 2 * count // 2600 + 2)
            yield DiagnosisRow(heading, not children, f"Disorder {heading}", f"Disorder {heading}, all forms")
            made += 1
            for child in range(min(children, count - made)):
                code = f"{heading}{child:0{1 + child // 10}d}"[:7]
                yield DiagnosisRow(code, True, f"Disorder {code}", f"Disorder {code}, unspecified")
                made += 1
