"""scripts/bench.py: its readers, how what they read is compared, and the document. No package is installed here."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "scripts"
sys.path.insert(0, str(SCRIPTS))
document: Any = importlib.import_module("benchmark.document")
files: Any = importlib.import_module("benchmark.files")
peers: Any = importlib.import_module("benchmark.peers")
results: Any = importlib.import_module("benchmark.results")
stages: Any = importlib.import_module("benchmark.stages")

READERS = SCRIPTS / "benchmark" / "readers"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Small files."""
    return files.Files(tmp_path_factory.mktemp("bench"))


# The table of peers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", peers.PEERS, ids=lambda peer: peer.name)
def test_a_peer_has_a_reader_for_each_of_its_kinds(peer):
    tree = ast.parse((READERS / f"{peer.reader}.py").read_text("utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {name for name in functions if not name.startswith("_")} == set(peer.kinds)
    assert peer.distribution == re.sub(r"\[.*", "", peer.package)
    assert re.fullmatch(r"[A-Z0-9].*\.", peer.about)


def test_each_peer_and_each_reader_is_there_once():
    assert peers.PEERS[0].name == "edi837"
    assert len({peer.name for peer in peers.PEERS}) == len(peers.PEERS)
    assert sorted(peer.reader for peer in peers.PEERS) == sorted(path.stem for path in READERS.glob("read_*.py"))


# What is read ---------------------------------------------------------------------------------------------------------


def run(reader: Path | str, kind: str, mode: str, *paths: Path) -> str:
    command = [sys.executable, str(READERS / "run.py"), str(reader), kind, mode, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_claim_of_varied_files_is_read_right(generated):
    paths = generated.varied_claims(60)
    expected = {str(path): files.claims_of(path) for path in paths}
    assert [len(rows) for rows in expected.values()] == [60, 60, 120]
    read = files.read_rows(run("read_edi837", "claims", "rows", *paths))
    assert read == expected
    assert peers.compare(expected, read) == (240, 240, 240)


def test_every_payment_of_varied_files_is_read_right(generated):
    paths = generated.varied_payments(60)
    expected = {str(path): files.payments_of(path) for path in paths}
    count = sum(map(len, expected.values()))
    assert count > 50
    assert peers.compare(expected, files.read_rows(run("read_edi837", "payments", "rows", *paths))) == (count,) * 3


def test_the_plain_remittance_holds_the_payments_of_the_practice_and_balances(generated):
    [whole] = [generated.remittance(60)]
    rows = files.payments_of(whole)
    parts = [row for path in generated.varied_payments(60) for row in files.payments_of(path)]
    statuses = [elements[2] for elements, _ in files.segments(whole.read_bytes()) if elements[0] == "CLP"]
    assert "25" not in statuses
    assert {row[2:] for row in rows} <= {row[2:] for row in parts}
    [payment] = [elements[2] for elements, _ in files.segments(whole.read_bytes()) if elements[0] == "BPR"]
    assert Decimal(payment) == sum(row.paid for row in rows)
    assert len({row.payer for row in rows}) == 1
    command = [sys.executable, "-m", "edi837", "validate", str(whole)]
    assert subprocess.run(command, capture_output=True, check=False, cwd=ROOT).returncode == 0


def test_a_timed_run_tells_seconds_and_peak_and_what_was_refused(generated, tmp_path):
    empty = tmp_path / "missing.837"
    told = json.loads(run("read_edi837", "claims", "time", generated.batch(60, 0.2), empty))
    assert told.keys() == {"seconds", "peak", "refused"}
    assert told["seconds"] > 0
    assert told["peak"] > 5
    [refused] = told["refused"]
    assert refused.startswith("SourceError: ")
    assert str(tmp_path) not in peers._refusals([refused], 2, tmp_path)


def row(claim: str, payer: str = "P", charge: str = "10", line: str = "10") -> Any:
    money = Decimal(charge)
    return files.Row(claim, payer, money, None, (files.Line("96372", Decimal(line), None),))


@pytest.mark.parametrize(
    ("read", "right"),
    [
        ([row("1"), row("2"), row("2", charge="20")], (3, 3, 3)),
        ([row("2"), row("2", charge="20"), row("1")], (3, 3, 3)),
        ([row("1", payer="Q"), row("2"), row("2", charge="20")], (3, 2, 3)),
        ([row("1", charge="10.000001"), row("2", line="9"), row("2", charge="20")], (3, 3, 1)),
        ([row("2"), row("9")], (1, 1, 1)),
        ([row("1", charge="NaN")], (1, 1, 0)),
        ([], (0, 0, 0)),
    ],
)
def test_claims_are_compared_one_by_one(read, right):
    expected = {"a.837": [row("1"), row("2"), row("2", charge="20")]}
    assert peers.compare(expected, {"a.837": read, "b.837": [row("1")]}) == right
    assert peers.compare(expected, {"b.837": read}) == (0, 0, 0)


def test_what_is_no_amount_equals_none():
    told = "a.837"
    text = f'{json.dumps(told)}\n["1", "P", null, 0.1, [["96372", "x", null]]]\n'
    [found] = files.read_rows(text)["a.837"]
    assert (found.paid, found.lines[0].paid) == (Decimal("0.1"), None)
    assert found.charge.is_nan()
    assert found.lines[0].charge.is_nan()


# Stages ---------------------------------------------------------------------------------------------------------------


def test_the_stages_of_a_check_are_measured(generated):
    seconds = stages.measure(generated.batch(60, 0.2))
    assert list(seconds) == [
        "splitting",
        "first pass: envelope, places of units and triggers",
        "first pass: units, members, counts",
        "members in several places",
        "second pass: cut out the units",
        "second pass: parse claims",
        "second pass: encounters, rules, findings",
        "second pass: repeated members, order, tally",
        "output: findings to JSON",
    ]
    assert all(value >= 0 for value in seconds.values())
    assert seconds["second pass: parse claims"] > 0


# The document ---------------------------------------------------------------------------------------------------------


def reading(name: str, files: str = "plain", **more: Any) -> Any:
    given = {"seconds": 2.0, "ratio": 4.0, "peak": 50.0, "read": 1000, "payer": 1000, "money": 1000} | more
    return results.Reading(name, "1.0", files, "claims", 1000, **given)


CANNED = results.Results(
    results.Machine("a processor", 2, 8, "Linux x86_64", "3.11.1"),
    1000,
    [
        results.BudgetRow("lines", "1.50x", "4x", "2.8x", True, "2.50x"),
        results.BudgetRow("check", "5.00x", "4x", "3x", False),
    ],
    [results.Stages("5 %", 0.1, {"start-up": 0.25, "output": 0.5}, 0.8)],
    [
        reading("slow", payer=7, money=999, note="a | b"),
        reading("edi837", seconds=0.5, ratio=1.0),
        reading("late", seconds=None, ratio=None, read=0, payer=0, money=0, note="took longer"),
        reading("next"),
        reading("refused", read=0, payer=0, money=0, note="KeyError"),
        reading("tables", seconds=0.1, compared=False, read=0, payer=0, money=0),
        reading("edi837", "varied", ratio=None),
    ],
)


def sections(text: str) -> Iterator[tuple[str, list[str]]]:
    for part in re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        yield title, [line for line in body.splitlines() if line.startswith(("|", "Of those"))]


def test_the_document_has_every_figure():
    found = dict(sections(document.text(CANNED)))
    assert found["Budget"] == [
        "| work | measured | must | aim |  | pure Python |",
        "| --- | --- | --- | --- | --- | --- |",
        "| lines | 1.50x | 4x | 2.8x |  | 2.50x |",
        "| check | 5.00x | 4x | 3x | missed |  |",
    ]
    assert found["Stages of a check"] == [
        "| stage | 5 % injections |",
        "| --- | --- |",
        "| start-up | 0.25x |",
        "| output | 0.50x |",
        "| sum of the stages | 0.75x |",
        "| the whole process | 0.80x |",
    ]
    assert found["837P claims"] == [
        "| package | claims | claims a second | x | peak MB | read | payer | money |  |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| tables | 1,000 | 10,000 | 4.00x | 50 | - | - | - |  |",
        "| edi837 | 1,000 | 2,000 | 1.00x | 50 | all | all | all |  |",
        "| slow | 1,000 | 500 | 4.00x | 50 | all | 7 | 999 | a \\| b |",
        "| next | 1,000 | 500 | 4.00x | 50 | all | all | all |  |",
        "| late | 1,000 | - | - | - | - | - | - | took longer |",
        "| refused | 1,000 | - | - | - | 0 | 0 | 0 | KeyError |",
        "Of those that read everything right, edi837 is the fastest: 4.0 times as many claims a second as next.",
        "| package | claims | read | payer | money |  |",
        "| --- | --- | --- | --- | --- | --- |",
        "| edi837 | 1,000 | all | all | all |  |",
    ]
    assert [line.split(" | ")[0] for line in found["What they are"][2:]] == [f"| {peer.name}" for peer in peers.PEERS]


def test_a_peer_that_is_ahead_is_named_so():
    ahead = [reading("edi837"), reading("other", seconds=1.0), reading("wrong", seconds=0.5, payer=0)]
    told = "Of those that read everything right, other is the fastest: 2.0 times as many claims a second as edi837."
    assert document._standing(ahead) == [told]
    told = "Of those that read everything right, edi837 and other are the fastest, and level."
    assert document._standing([reading("edi837"), reading("other", seconds=2.1)]) == [told]


def test_the_document_in_the_repository_is_that_of_its_figures():
    stored = msgspec.json.decode((ROOT / "docs" / "performance.json").read_bytes(), type=results.Results)
    written = (ROOT / "docs" / "performance.md").read_text("utf-8")
    assert written == document.text(stored)
    assert not re.search(r"(?:^|[\s`'\"(])/(?:tmp|home|root|work|usr|opt|var)\b", written)
    assert {found.name for found in stored.readings} == {peer.name for peer in peers.PEERS}


def test_every_option_is_explained():
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "bench.py"), "--help"], capture_output=True, text=True, check=True
    )
    for option in ("--claims", "--runs", "--memory", "--stages", "--peers", "--document", "--output"):
        assert re.search(rf"^  {option}\b", done.stdout, re.MULTILINE), option
