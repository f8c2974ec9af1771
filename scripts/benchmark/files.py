"""The files that are measured: generated, all invented, and what is known to be in them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from benchmark.processes import SCRIPTS


class Line(NamedTuple):
    """A service line; `paid` is None where it was not yet."""

    procedure: str
    charge: Decimal
    paid: Decimal | None


class Row(NamedTuple):
    """A claim, or what was paid for it."""

    claim: str
    payer: str
    """NM109 of the payer of a claim, N102 of the payer of a remittance."""
    charge: Decimal
    paid: Decimal | None
    lines: tuple[Line, ...]


class Files:
    """Generated files, each made once, in a folder that the caller removes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def batch(self, claims: int, share: float, *more: str, name: str = "") -> Path:
        """A batch of 837P claims, of which a share has an injection."""
        path = self.folder / f"batch{name}-{claims}-{share}.837"
        if not path.exists():
            self._generate(
                "generate_batch.py", "--claims", claims, "--injection-share", share, "--repeat-share", 0.02,
                "--defect-share", 0.1, "--output", path, "--truth", path.with_suffix(".truth"), *more,
            )  # fmt: skip
        return path

    def practice(self, claims: int) -> Path:
        """A practice: all claims in claims.837, all remittances in remits.835, and each in a file of its own."""
        folder = self.folder / f"practice-{claims}"
        if not folder.exists():
            self._generate("generate_practice.py", "--claims", claims, "--injection-share", 0.2, "--output", folder)
            for name, pattern in (("claims.837", "claims-*.837"), ("remits.835", "remits-*.835")):
                parts = sorted(folder.glob(pattern))
                (folder / name).write_bytes(b"".join(part.read_bytes() for part in parts))
        return folder

    def varied_claims(self, claims: int) -> list[Path]:
        """Claims as senders write them: line ends, other delimiters, and both in one file."""
        usual = self.batch(claims, 0.2, "--line-ending", "crlf", "--interchanges", "2", name="-crlf")
        other = self.batch(claims, 0.2, "--delimiters", "|>\\n^", "--seed", "8", name="-other")
        both = self.folder / f"batch-both-{claims}.837"
        both.write_bytes(usual.read_bytes() + other.read_bytes())
        return [usual, other, both]

    def varied_payments(self, claims: int) -> list[Path]:
        """Remittances as payers send them: some hundred files, with one or more interchanges, payees and delimiters."""
        return sorted(self.practice(claims).glob("remits-*.835"))

    def remittance(self, claims: int) -> Path:
        """The claim payments of a practice in one transaction set, as if one payer had sent them."""
        path = self.folder / f"remittance-{claims}.835"
        if not path.exists():
            path.write_bytes(_one_remittance(self.varied_payments(claims)))
        return path

    def _generate(self, script: str, *arguments: object) -> None:
        options = ["--seed", "7", *map(str, arguments)]
        command = [sys.executable, str(SCRIPTS / script), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def segments(data: bytes) -> Iterator[tuple[list[str], str]]:
    """The elements of each segment with the component separator, by nothing but splitting."""
    text = data.decode("latin-1")
    start = text.find("ISA")
    while start >= 0:
        element, component, terminator = text[start + 3], text[start + 104], text[start + 105]
        end = text.index(terminator, text.index(f"IEA{element}", start)) + 1
        for segment in text[start:end].split(terminator):
            if segment := segment.strip("\r\n"):
                yield segment.split(element), component
        start = text.find("ISA", end)


def claims_of(path: Path) -> list[Row]:
    """The claims of an 837P file: what a reader of it has to find."""
    rows: list[Row] = []
    payer, above = "", True
    for elements, component in segments(path.read_bytes()):
        match elements:
            case ["HL", *_]:
                above = True
            case ["NM1", "PR", *_, identifier] if above:
                payer = identifier
            case ["CLM", claim, charge, *_]:
                rows.append(Row(claim, payer, Decimal(charge), None, ()))
                above = False
            case ["SV1", composite, charge, *_]:
                line = Line(composite.split(component)[1], Decimal(charge), None)
                rows[-1] = rows[-1]._replace(lines=(*rows[-1].lines, line))
    return rows


def payments_of(path: Path) -> list[Row]:
    """The claim payments of an 835 file: what a reader of it has to find."""
    rows: list[Row] = []
    payer = ""
    for elements, component in segments(path.read_bytes()):
        match elements:
            case ["N1", "PR", name, *_]:
                payer = name
            case ["CLP", claim, _, charge, paid, *_]:
                rows.append(Row(claim, payer, Decimal(charge), Decimal(paid), ()))
            case ["SVC", composite, charge, paid, *_]:
                line = Line(composite.split(component)[1], Decimal(charge), Decimal(paid))
                rows[-1] = rows[-1]._replace(lines=(*rows[-1].lines, line))
    return rows


def read_rows(text: str) -> dict[str, list[Row]]:
    """The rows by file that a reader printed (`readers/run.py`)."""
    found: dict[str, list[Row]] = {}
    rows: list[Row] = []
    for line in text.splitlines():
        match json.loads(line):
            case str(file):
                rows = found.setdefault(file, [])
            case [claim, payer, charge, paid, lines]:
                each = tuple(Line(procedure, _money(charged), _paid(of_it)) for procedure, charged, of_it in lines)
                rows.append(Row(claim, str(payer), _money(charge), _paid(paid), each))
    return found


def _money(value: object) -> Decimal:
    """An amount that a reader gave, as it is written; where it is none, one that equals nothing."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal("NaN")


def _paid(value: object) -> Decimal | None:
    return None if value is None else _money(value)


def _one_remittance(paths: Iterable[Path]) -> bytes:
    """The claim payments of some remittances below the header of the first, with the usual delimiters."""
    header: list[list[str]] = []
    body: list[list[str]] = [["LX", "1"]]
    paid = Decimal(0)
    for number, path in enumerate(paths):
        in_header = number == 0
        in_claim = False
        for elements, component in segments(path.read_bytes()):
            tag = elements[0]
            if tag == "LX":
                in_header = False
            elif tag == "CLP":
                # Not an adjudication, and a status that not every reader knows.
                in_claim = elements[2] != "25"
                paid += Decimal(elements[4]) if in_claim else 0
            elif tag in ("PLB", "SE"):
                in_claim = False
            if in_header:
                header.append(elements)
            elif in_claim and tag != "LX":
                body.append([element.replace(component, ":") for element in elements])
    isa, group, *transaction = header
    payment = next(elements for elements in transaction if elements[0] == "BPR")
    payment[2] = str(paid)
    count = len(transaction) + len(body) + 1
    trailer = [["SE", str(count), transaction[0][2]], ["GE", "1", group[6]], ["IEA", "1", isa[13]]]
    return b"".join(f"{'*'.join(elements)}~".encode() for elements in (*header, *body, *trailer))
