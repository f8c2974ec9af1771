"""The batch generator: conformant, repeatable, and true to the findings that it says it planted."""

from __future__ import annotations

import ast
import importlib
import io
import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))
Capture = pytest.CaptureFixture[str]
generate_batch: Any = importlib.import_module("generate_batch")


def codes(text: str) -> list[str]:
    return text.split()


DEFECTS = set(
    codes(
        "A01 A02 A03 A04 A05 A07 B01 B02 B03 B04 B05 B06 B08 B09 B12 C01 C03 C04 C06 "
        "D01 D03 D05 D06 D08 D09 E01 E02 E03 F01 F02 F03 F06 G01 H01 I04 "
        "A08 A09 A10 A11 B07 B10 B11 B13 B14 B15 B16 B17 B18 B19 I01 I02 I03 I05 I06 J01 J02 "
        "C02 C05 C07 C08 C09 D02 D04 D07 D10 D11 D12 D13 D14 E04 E05 E07 E08 "
        "F04 F05 F07 F08 F09 F10 F11 F12 F13 F14 F15 F16 F17 F18 G02 G03 G04 G05 G06 G08 "
        "H02 H03 H04 H05 H06 H07 H08 H09 H10 H11"
    )
)

# Rules that speak about a claim as a whole.
WHOLE_CLAIM = set(codes("G08 I02 I03 I04 I06"))

# What the line of a finding bills: a procedure, or DRUG for any code of a drug.
SUBJECT = {
    **dict.fromkeys(codes("A01 A02 A05 A07 B03 B04 B09 B12 E02 F01 F03 F06 G01"), "96372"),
    **dict.fromkeys(codes("A04 C01 C03 C04 D01 D05 D06 D08 D09 E03 H01"), "DRUG"),
    **dict.fromkeys(codes("B01 B05 B08"), "VISIT"),
    "B02": "99211",
    "D03": "J3490",
    "F02": "96374",
    **dict.fromkeys(codes("A08 A11 B10 B13 B14 B15 B18 J02"), "96372"),
    **dict.fromkeys(codes("B07 B17"), "VISIT"),
    "B16": "96523",
    "B19": "G2211",
    "J01": "DRUG",
    **dict.fromkeys(codes("F07 F08 F10 F11 F12 F13 F14 F15 F16 F17 F18 G03 G05 H10 H11"), "96372"),
    **dict.fromkeys(codes("G04 G06 H02 H03 H04 H05 H06 H07"), "DRUG"),
    "F09": "96401",
}


@dataclass
class Claim:
    number: str
    charge: Decimal
    member: str
    service: list[tuple[str, Decimal]] = field(default_factory=list)
    dates: set[str] = field(default_factory=set)


@dataclass
class Batch:
    paths: list[Path]
    truth: list[dict[str, Any]]
    bytes: list[bytes]

    def segments(self, file: int = 0) -> list[list[str]]:
        text = self.bytes[file].decode("ascii")
        return [part.strip("\r\n").split(text[3]) for part in text.split(text[105]) if part.strip("\r\n")]

    def claims(self, file: int = 0) -> Iterator[Claim]:
        """The claims of a file, read apart from the code under test."""
        claim: Claim | None = None
        member = ""
        separator = chr(self.bytes[file][104])
        for segment in self.segments(file):
            if segment[0] in ("HL", "CLM", "SE") and claim is not None:
                yield claim
                claim = None
            if segment[0] == "NM1" and segment[1] == "IL" and claim is None:
                member = segment[9]
            elif segment[0] == "CLM":
                claim = Claim(segment[1], Decimal(segment[2]), member)
            elif segment[0] == "SV1" and claim is not None:
                claim.service.append((segment[1].split(separator)[1], Decimal(segment[2])))
            elif segment[0] == "DTP" and segment[1] == "472" and claim is not None:
                claim.dates.add(segment[3])


def generate(folder: Path, *options: str, name: str = "batch.837") -> Batch:
    folder.mkdir(exist_ok=True)
    generate_batch.run(["--output", str(folder / name), "--truth", str(folder / "truth.jsonl"), *options])
    paths = sorted(folder.glob("*.837"))
    truth = [json.loads(row) for row in (folder / "truth.jsonl").read_text().splitlines()]
    return Batch(paths, truth, [path.read_bytes() for path in paths])


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    return generate(tmp_path_factory.mktemp("default"), "--claims", "10000", "--defect-share", "0.4")


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Several of everything: files, interchanges, transaction sets, claims of a patient, defects."""
    return generate(
        tmp_path_factory.mktemp("spread"),
        *("--claims", "2003", "--files", "3", "--interchanges", "2", "--claims-per-transaction", "90"),
        *("--injection-share", "0.7", "--defect-share", "0.6", "--repeat-share", "0.2"),
        *("--billing-providers", "4"),
    )


def pyx12_errors(path: Path) -> list[Any]:
    """What pyx12 holds against a file."""
    params = importlib.import_module("pyx12.params")
    document = importlib.import_module("pyx12.x12n_document")
    logger = logging.getLogger("pyx12")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = False
    report, acknowledgement = io.StringIO(), io.StringIO()
    with path.open(encoding="ascii", newline="") as file:
        valid = document.x12n_document(params.ParamsBase(), file, acknowledgement, None, None, report)
    errors = [] if valid else ["not valid"]
    for interchange in json.loads(report.getvalue())["interchanges"]:
        errors += interchange["errors"]
        for group in interchange["groups"]:
            errors += group["errors"]
            for transaction in group["transactions"]:
                errors += transaction["segments"]
                assert transaction["ack_code"] == "A"
    assert "AK9*A*" in acknowledgement.getvalue()
    return errors


def test_clean_batch_is_conformant(tmp_path: Path) -> None:
    options = ("--claims", "300", "--injection-share", "0.5", "--repeat-share", "0.1")
    batch = generate(tmp_path, *options, "--defect-share", "0")
    assert batch.truth == []
    assert pyx12_errors(batch.paths[0]) == []


def test_defects_are_legal_syntax(tmp_path: Path) -> None:
    batch = generate(tmp_path, "--claims", "300", "--injection-share", "1", "--defect-share", "1")
    assert {row["rule"] for row in batch.truth} == DEFECTS
    assert pyx12_errors(batch.paths[0]) == []


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    options = ("--claims", "500", "--seed", "7", "--injection-share", "0.5", "--repeat-share", "0.2")
    one, two = generate(tmp_path / "one", *options), generate(tmp_path / "two", *options)
    other = generate(tmp_path / "other", *options, "--seed", "8")
    assert (one.bytes, one.truth) == (two.bytes, two.truth)
    assert one.bytes != other.bytes
    assert not {claim.number for claim in one.claims()} & {claim.number for claim in other.claims()}


def test_claim_counts_and_numbers(default: Batch, spread: Batch) -> None:
    assert len({claim.number for claim in default.claims()}) == 10_000
    numbers = [[claim.number for claim in spread.claims(file)] for file in range(3)]
    assert [path.name for path in spread.paths] == ["batch-0001.837", "batch-0002.837", "batch-0003.837"]
    assert [len(found) for found in numbers] == [668, 668, 667]
    assert len({number for found in numbers for number in found}) == 2003


def test_charges_balance_unless_planted(spread: Batch) -> None:
    planted = {row["claim"] for row in spread.truth if row["rule"] == "I04"}
    claims = [claim for file in range(3) for claim in spread.claims(file)]
    adrift = {claim.number for claim in claims if claim.charge != sum(charge for _, charge in claim.service)}
    assert adrift == planted
    assert planted


def test_envelopes(spread: Batch) -> None:
    controls = set()
    for file in range(3):
        interchange = group = transaction = ""
        groups = transactions = claims = segments = 0
        for segment in spread.segments(file):
            segments += 1
            match segment[0]:
                case "ISA":
                    interchange, groups = segment[13], 0
                    assert interchange not in controls
                    controls.add(interchange)
                case "GS":
                    group, groups, transactions = segment[6], groups + 1, 0
                    assert segment[8] == "005010X222A1"
                case "ST":
                    transaction, transactions, segments, claims = segment[2], transactions + 1, 1, 0
                case "CLM":
                    claims += 1
                case "SE":
                    assert segment[1:] == [str(segments), transaction]
                    assert 0 < claims <= 90
                case "GE":
                    assert segment[1:] == [str(transactions), group]
                case "IEA":
                    assert segment[1:] == [str(groups), interchange]
    assert len(controls) == 6


def test_levels(spread: Batch) -> None:
    parents = {"20": "", "22": "20", "23": "22"}
    levels: dict[str, tuple[str, bool]] = {}
    used: set[str] = set()
    kinds = Counter[str]()
    current = ""
    for segment in spread.segments(1):
        if segment[0] == "ST":
            levels, used = {}, set()
        elif segment[0] == "HL":
            current, parent, level, child = segment[1:]
            assert current == str(len(levels) + 1)
            assert (levels[parent][0] if parent else "") == parents[level]
            levels[current] = (level, child == "1")
            used.add(parent)
            kinds[level] += 1
        elif segment[0] == "CLM":
            # Claims hang below the patient: a level that has no other below it.
            assert not levels[current][1]
        elif segment[0] == "SE":
            assert {number for number, (_, child) in levels.items() if child} == used - {""}
    assert min(kinds.values()) > 1
    assert set(kinds) == {"20", "22", "23"}


def test_every_defect_is_planted_often(default: Batch) -> None:
    found = Counter(row["rule"] for row in default.truth)
    assert set(found) == DEFECTS == set(generate_batch.RULES)
    assert min(found.values()) >= 5


def test_every_shape_is_planted(default: Batch) -> None:
    shapes = importlib.import_module("generate.defects").SHAPES
    names = [shape.name for made in shapes.values() for shape in made]
    assert len(set(names)) == len(names)
    assert {row["defect"] for row in default.truth} == set(names)


def test_truth_is_in_file_order_and_names_lines(spread: Batch) -> None:
    places = {
        (path.name, claim.number): (place, claim)
        for file, path in enumerate(spread.paths)
        for place, claim in enumerate(spread.claims(file))
    }
    keys = []
    for row in spread.truth:
        assert list(row) == ["file", "claim", "line", "rule", "defect"]
        place, claim = places[row["file"], row["claim"]]
        keys.append((row["file"], place, int(row["line"] or 0), row["rule"]))
        if row["line"] is None:
            assert row["rule"] in WHOLE_CLAIM
            continue
        code = claim.service[int(row["line"]) - 1][0]
        subject = SUBJECT.get(row["rule"])
        if subject == "DRUG":
            assert code[0] in "JQ"
        elif subject == "VISIT":
            assert code[:2] == "99"
        elif subject is not None:
            assert code == subject
    assert keys == sorted(keys)


def test_only_the_defects_asked_for(tmp_path: Path) -> None:
    options = ("--claims", "400", "--injection-share", "1", "--defect-share", "1")
    batch = generate(tmp_path, *options, "--defects", "b01,A02")
    assert Counter(row["rule"] for row in batch.truth).keys() == {"A02", "B01"}
    apart = [row["claim"] for row in batch.truth if row["rule"] == "A02"]
    members = Counter(claim.member for claim in batch.claims())
    assert all(members[claim.member] == 2 for claim in batch.claims() if claim.number in apart)


def test_patients_are_met_again(default: Batch, spread: Batch) -> None:
    members = Counter(claim.member for claim in default.claims())
    assert 150 < len(members) * 0.02 < sum(count > 1 for count in members.values()) < 350
    files = [{claim.member for claim in spread.claims(file)} for file in range(3)]
    assert files[0] & files[1]
    same_day = Counter((claim.member, date) for claim in spread.claims() for date in claim.dates)
    assert max(same_day.values()) == 2


@pytest.mark.parametrize("share", ["0.05", "0.2", "1"])
def test_size_of_a_claim(tmp_path: Path, share: str) -> None:
    batch = generate(tmp_path, "--claims", "4000", "--injection-share", share)
    lines = sum(len(claim.service) for claim in batch.claims())
    segments = len(batch.segments())
    assert 2.8 < lines / 4000 < 3.2
    assert 25.5 < segments / 4000 < 26.8
    assert 570 < len(batch.bytes[0]) / 4000 < 650
    with_injection = sum(any(code == "96372" for code, _ in claim.service) for claim in batch.claims())
    assert with_injection / 4000 == pytest.approx(float(share), rel=0.12)


@pytest.mark.parametrize(
    ("delimiters", "ending", "between"),
    [("*:~^", "lf", b"~\n"), ("*:~^", "crlf", b"~\r\n"), ("|>\\n^", "none", b"\n"), ("\\t<!}", "lf", b"!\n")],
)
def test_delimiters_and_line_endings(tmp_path: Path, delimiters: str, ending: str, between: bytes) -> None:
    options = ("--claims", "200", "--injection-share", "0.5", "--defect-share", "0.5")
    usual = generate(tmp_path / "usual", *options)
    other = generate(tmp_path / "other", *options, "--delimiters", delimiters, "--line-ending", ending)
    assert other.bytes[0].count(between) == len(usual.segments())
    assert other.bytes[0].endswith(between)
    element, component, _, repetition = tuple(delimiters.replace("\\n", "\n").replace("\\t", "\t"))
    swapped = str.maketrans(component + repetition, ":^")
    assert chr(other.bytes[0][3]) == element
    assert [[part.translate(swapped) for part in segment] for segment in other.segments()] == usual.segments()
    assert other.truth == usual.truth


def test_npis_pass_the_check_digit(default: Batch) -> None:
    npis = {segment[9] for segment in default.segments() if segment[0] == "NM1" and segment[8:9] == ["XX"]}
    assert len(npis) > 20
    for npi in npis:
        digits = [int(digit) for digit in f"80840{npi}"]
        doubled = [sum(divmod(digit * 2, 10)) for digit in digits[-2::-2]]
        assert (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def test_payers_of_every_class(default: Batch) -> None:
    classes = {segment[9] for segment in default.segments() if segment[0] == "SBR"}
    assert classes == {"MB", "16", "MC", "BL", "CI", "HM", "12", "ZZ"}
    names = {segment[0] for segment in default.segments()}
    assert {"PAT", "SVD", "CAS", "AMT", "OI", "LIN", "CTP", "NTE", "REF"} <= names


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--claims", "0"], "must be 1 or more"),
        (["--defect-share", "2"], "between 0 and 1"),
        (["--defects", "A01,Z99"], "no defect for Z99"),
        (["--delimiters", "*:~-"], "four different characters"),
        (["--delimiters", "**~^"], "four different characters"),
        (["--start-date", "2025-01-01"], "must be 2025-07-01 or later"),
        (["--start-date", "soon"], "must be a date"),
        (["--end-date", "2026-01-05"], "at least 30 days"),
        (["--end-date", "2027-01-01"], "within a year"),
        (["--claims", "3", "--files", "4"], "at least one"),
    ],
)
def test_wrong_arguments(tmp_path: Path, capfd: Capture, options: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        generate(tmp_path, *options)
    assert stopped.value.code == 2
    assert message in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("claims", ["1", "2", "3"])
def test_smallest_batches(tmp_path: Path, claims: str) -> None:
    options = ("--claims", claims, "--injection-share", "1", "--defect-share", "1", "--defects", "A02")
    batch = generate(tmp_path, *options)
    assert len(list(batch.claims())) == int(claims)
    assert len(batch.truth) == int(claims) // 2


def test_it_stands_alone() -> None:
    for path in [SCRIPTS / "generate_batch.py", *(SCRIPTS / "generate").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""] if not node.level else []
            else:
                continue
            for module in modules:
                top = module.partition(".")[0]
                assert top in sys.stdlib_module_names or top == "generate", f"{path.name} imports {module}"
