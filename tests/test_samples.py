"""Public X12 files that nobody here wrote: each is read or refused in words, and every claim in it is accounted for.

The files are no part of the repository; without them these tests are skipped.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from typing import NamedTuple

import pytest
from batches import NO_SAMPLES, SAMPLES
from click.testing import CliRunner, Result

from edi837.cli import main

pytestmark = [pytest.mark.slow, pytest.mark.skipif(SAMPLES is None, reason=NO_SAMPLES)]

FOLDERS = ("837p", "broken", "837i", "837d", "835", "999", "277ca", "ta1")
FILES = [path for folder in FOLDERS for path in sorted((SAMPLES / folder).iterdir())] if SAMPLES else []
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")


class Counted(NamedTuple):
    """What a plain look finds in the 005010X222 transaction sets of a file."""

    claims: int
    lines: int


def counted(data: bytes) -> Counted:
    """CLM segments of 5010 professional claims and LX segments in them, by plain split from one ISA to the next."""
    claims = lines = 0
    # An ISA that a sender has written is told by its elements, not by what they hold.
    starts = [match.start() for match in re.finditer(rb"ISA([^A-Za-z0-9\s])(?:[^\n]*?\1){15}", data)]
    for start, end in pairwise([*starts, len(data)]):
        separator = data[start + 3 : start + 4]
        last = data[start:end].split(separator, 16)[16]
        terminator, text = last[1:2], data[start:end]
        version, wanted, in_claim = "", False, False
        for segment in text.split(terminator):
            elements = segment.strip().decode("latin-1").split(separator.decode("latin-1"))
            match elements:
                case ["GS", *_]:
                    version = elements[8].strip() if len(elements) > 8 else ""
                case ["ST", kind, *rest]:
                    guide = version or (rest[1] if len(rest) > 1 else "")
                    wanted = kind == "837" and guide.startswith("005010X222")
                case ["SE" | "GE" | "IEA", *_]:
                    wanted = in_claim = False
                case ["HL", *_]:
                    in_claim = False
                case ["CLM", _, *_]:
                    claims += wanted
                    in_claim = wanted
                case ["LX", _, *_]:
                    lines += in_claim
    return Counted(claims, lines)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert "internal error" not in result.output
    return result


@each_file
def test_a_check_ends_with_an_answer(path):
    result = run("check", str(path), "--isolated", "--format", "json")
    document = json.loads(result.stdout)
    [file], summary = document["files"], document["summary"]
    assert result.exit_code in (0, 1, 2)
    assert summary["claims"] == file["claims"] == counted(path.read_bytes()).claims
    assert summary["claims"] == summary["checked"] + summary["not_applicable"] + summary["unreadable"]
    assert not [item for item in document["findings"] if item["code"] == "INT001"]
    # Not checked is not clean, and nothing is left out in silence.
    complete = file["status"] == "ok" and summary["checked"] > 0
    errors = [item for item in document["diagnostics"] if item["severity"] == "error"]
    assert (result.exit_code == 2) == (not complete or bool(errors))
    assert file["status"] == "ok" or file["reason"]
    assert summary["claims"] or file["status"] in ("skipped", "unreadable")


@each_file
def test_lines_are_read_or_refused_in_words(path):
    result = run("lines", str(path))
    rows = [json.loads(row) for row in result.stdout.splitlines()]
    assert len(rows) == counted(path.read_bytes()).lines
    data = path.read_bytes()
    for row in rows:
        assert data[row["offset"] :].startswith(b"CLM")
    if not rows:
        assert result.exit_code == 2
        said = [line for line in result.stderr.splitlines() if re.search(r" (error|warning|info) [XC]\d{3} ", line)]
        assert said or result.stderr.endswith("edi837: no 837P claim was found\n")
    elif result.exit_code:
        assert " error " in result.stderr


@each_file
def test_findings_stand_on_a_segment_of_the_file(path):
    data = path.read_bytes()
    document = json.loads(run("check", str(path), "--isolated", "--preview", "--format", "json").stdout)
    for finding in document["findings"]:
        text = data[finding["offset"] : finding["offset"] + finding["length"]]
        tag = "HI" if finding["element"].startswith("HI") else finding["element"][:3]
        assert text.startswith((tag.encode(), b"SV1", b"CLM")), finding
        assert b"\n" not in text
        assert data[finding["offset"] + finding["length"] :][:1] not in (b"", data[finding["offset"] + 3 :][:1])


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("837p/kputnam__stupidedi__wheelchair.edi", {2}),
        ("837p/LinuxForHealth__x12__demo.drug.example10.1.837", {0, 1}),
        ("broken/imsweb__x12-parser__x12_no_isa_line.txt", {2}),
    ],
)
def test_the_command_itself_ends_with_an_answer(name, codes):
    command = [sys.executable, "-m", "edi837", "check", "--isolated", str(SAMPLES / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode in codes, done.stdout
    assert done.stdout.splitlines()


def test_all_files_are_one_run(tmp_path):
    report = tmp_path / "report.json"
    folders = [str(SAMPLES / folder) for folder in FOLDERS]
    result = run("check", *folders, "--isolated", "--preview", "--format", "json", "-o", str(report))
    assert result.exit_code == 2
    document = json.loads(report.read_text("utf-8"))
    assert len(document["files"]) == len(FILES)
    claims = sum(counted(path.read_bytes()).claims for path in FILES)
    assert document["summary"]["claims"] == claims
    assert claims > 2000
