"""Nothing that identifies a person comes out of a check, whatever goes wrong.

In canary.837 every name, address, member id, phone, note and number of a person holds CANARY, everybody is born on
1901-02-03, and what the rows of `lines` show by contract (payer name and description) holds FINCH instead.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile

import msgspec
import pytest
from batches import changed, fixture, looked_at, read, regions
from click.testing import CliRunner

from edi837.check import RegionChecker, check_bytes
from edi837.claims.units import UnitStream
from edi837.cli import lines as lines_verb
from edi837.cli import main
from edi837.engine import Engine
from edi837.engines import local
from edi837.index import FileScan, Run
from edi837.reference import Reference
from edi837.reporters import BUILT_IN
from edi837.rules import load_rules
from edi837.rules.base import Hit
from edi837.settings import Settings

DATA = fixture("canary")
PERSON = re.compile("canary|1901-?02-?03|1901, 2, 3", re.IGNORECASE)
FREE_TEXT = re.compile("finch", re.IGNORECASE)


def assert_nobody(text: str | bytes, *, free_text: bool = False) -> None:
    """No mark of a person in the text, nor of a payer's name or a description unless they belong there."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    for pattern in (PERSON,) if free_text else (PERSON, FREE_TEXT):
        found = pattern.search(text)
        assert not found, text[max(0, found.start() - 200) : found.end() + 60]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the command in a folder with batch.837; what it prints and leaves behind must name nobody."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "batch.837").write_bytes(DATA)

    def invoke(*arguments: str, stdin: bytes | None = None, free_text: bool = False):
        before = set(tmp_path.iterdir())
        result = CliRunner().invoke(main, arguments, input=stdin)
        assert_nobody(result.stdout_bytes, free_text=free_text)
        assert_nobody(result.stderr_bytes)
        for path in set(tmp_path.iterdir()) - before:
            assert_nobody(path.read_bytes(), free_text=free_text)
        if not isinstance(result.exception, SystemExit):
            assert_nobody(repr(result.exception))
        return result

    return invoke


def test_the_canary_sings():
    """The file has what must not come out, where a person has it, and findings of many rules."""
    text = DATA.decode("ascii")
    for pattern in (
        "NM1.IL.1.CANARY",
        "N3.CANARY",
        "NTE.ADD.CANARY",
        "CANARYPHONE",
        "19010203",
        "NM1.QC.1.CANARY",
        "MI.CANARY",
    ):
        assert re.search(pattern, text)
    result = check_bytes(DATA, settings=Settings(preview=True))
    assert result.diagnostics == ()
    assert len({item.code for item in result.findings}) >= 25
    assert len({item.code[0] for item in result.findings}) >= 8


# What is printed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", BUILT_IN)
def test_a_report_names_nobody(run, form):
    for options in ((), ("--preview",), ("-o", "report"), ("--statistics",), ("--quiet",)):
        result = run("check", "batch.837", "--format", form, *options)
        assert result.exit_code == 1
        assert result.output or "-o" in options or form != "text"


@pytest.mark.slow
def test_several_processes_name_nobody(run):
    assert run("check", "batch.837", "--jobs", "2", "--format", "json").exit_code == 1


@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
def test_rows_hold_what_the_contract_says_and_no_person(run, form):
    result = run("lines", "batch.837", "--format", form, free_text=True)
    assert result.exit_code == 0
    assert "FINCHPAYER" in result.stdout
    assert "FINCHTEXT" in result.stdout
    assert run("lines", "batch.837", "--format", form, "-o", "rows", free_text=True).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("rule",),
        ("rule", "A03"),
        ("config",),
        ("config", "--format", "json"),
        ("check", "batch.837", "--select", "Z99"),
        ("check", "batch.837", "--config", "batch.837"),
        ("check", "batch.837", "-o", "batch.837"),
        ("check", "batch.837", "--format", "odd"),
        ("lines", "batch.837", "-o", "none/rows"),
    ],
    ids=" ".join,
)
def test_a_mistake_of_the_caller_shows_nothing(run, arguments):
    run(*arguments)


def test_a_batch_that_is_taken_for_settings_shows_nothing(run, tmp_path):
    (tmp_path / "edi837.toml").write_bytes(DATA)
    assert run("check", "batch.837").exit_code == 2
    (tmp_path / "edi837.toml").write_text('select = ["A01"]\n' + DATA.decode("ascii"))
    assert run("check", "batch.837").exit_code == 2


# What goes wrong ------------------------------------------------------------------------------------------------------


def spoiled():
    """Names of faults, and the file with each."""
    yield "envelope", DATA.replace(b"ISA*00*          *00*", b"ISA*00*CANARY    *00*")
    yield "no ISA", DATA[DATA.index(b"GS*") :]
    yield "words before", b"Dear CANARY,\n" + DATA
    yield "words behind", DATA + b"Yours, CANARY\n"
    yield "lower case", DATA.lower()
    yield "no SE", re.sub(rb"SE\*\d+\*0001~\n", b"", DATA)
    yield "count", re.sub(rb"SE\*\d+\*", b"SE*CANARY*", DATA)
    yield "control number", DATA.replace(b"GE*1*1~", b"GE*1*CANARY~")
    yield "stray segment", DATA.replace(b"GE*1*1~", b"CANARY*CANARY~\nGE*1*1~")
    yield "kind", DATA.replace(b"ST*837*", b"ST*CANARY*")
    yield "guide", DATA.replace(b"*X*005010X222A1~", b"*X*CANARY~").replace(b"0001*005010X222A1", b"0001*CANARY")
    yield "terminator", DATA.replace(b"~\nNM1*82", b"NM1*82")
    yield "doubled terminators", DATA.replace(b"~\n", b"~~\n")
    yield "no HL", re.sub(rb"HL\*[^~]*~\n", b"", DATA)
    yield "no subscriber", re.sub(rb"(?:SBR|NM1\*IL)\*[^~]*~\n", b"", DATA)
    yield "no CLM", re.sub(rb"CLM\*[^~]*~\n", b"", DATA)
    yield "no SV1", re.sub(rb"SV1\*[^~]*~\n", b"", DATA)
    yield "short SV1", re.sub(rb"(SV1\*HC:\w+)[^~]*~", rb"\1~", DATA)
    yield "no id", re.sub(rb"CLM\*\w+", b"CLM*", DATA)
    for name, old, new in (
        ("claim charge", rb"(CLM\*\w+)\*\d+", rb"\1*CANARY"),
        ("line charge", rb"(SV1\*[^*]*)\*[\d.]+", rb"\1*CANARY"),
        ("units", rb"\*UN\*[\d.]+", b"*UN*CANARY"),
        ("pointer", rb"(SV1[^~]*\*)1~", rb"\1CANARY~"),
        ("date", rb"DTP\*472\*D8\*\d+", b"DTP*472*D8*CANARY"),
        ("date format", rb"DTP\*472\*D8", b"DTP*472*CANARY"),
        ("NDC quantity", rb"CTP\*\*\*\*\w+", b"CTP****CANARY"),
        ("birth date", rb"DMG\*D8\*19010203", b"DMG*D8*CANARY"),
        ("diagnosis", rb"HI\*ABK:\w+", b"HI*CANARY:CANARY"),
    ):
        yield name, re.sub(old, new, DATA)


SPOILED = dict(spoiled())


@pytest.mark.parametrize("name", SPOILED)
def test_a_fault_of_the_file_names_nobody(run, tmp_path, name):
    assert SPOILED[name] != DATA
    (tmp_path / "spoiled.837").write_bytes(SPOILED[name])
    for form in ("text", "full", "json"):
        run("check", "spoiled.837", "--format", form, "--preview")
    # The rows show what the file has for a code, and the line beside it on the standard error must not.
    result = CliRunner().invoke(main, ["lines", "spoiled.837"])
    assert_nobody(result.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_a_file_that_is_cut_off_names_nobody(part):
    for end in range(part * 37, len(DATA), 8 * 37):
        result = check_bytes(DATA[:end], settings=Settings(preview=True))
        assert_nobody(repr(result))
        assert_nobody(msgspec.json.encode([result.findings, result.diagnostics, result.files, result.summary]))


def crash(encounter, ctx):
    """Fails with what it was looking at."""
    claim = encounter.claims[0]
    yield Hit(encounter.lines[0], "SV101-2", "a hit before the crash")
    raise LookupError(claim.head, claim.above, claim.patient)


@pytest.mark.parametrize("jobs", ["1"])
def test_a_rule_that_fails_names_nobody(run, monkeypatch, jobs):
    rules = tuple(msgspec.structs.replace(rule, check=crash) if rule.code == "A01" else rule for rule in load_rules())
    monkeypatch.setattr(local, "load_rules", lambda: rules)
    for form in BUILT_IN:
        result = run("check", "batch.837", "--format", form, "--jobs", jobs)
        assert result.exit_code == 2
        assert "INT001" in result.stdout
        assert "LookupError" in result.stdout


@pytest.mark.parametrize("verb", ["check", "lines"])
def test_a_fault_of_the_program_names_nobody(run, monkeypatch, verb):
    def fail(*arguments):
        raise ValueError(DATA.decode("ascii"), *map(repr, arguments))

    monkeypatch.setattr(local.CheckRun, "__iter__", fail)
    monkeypatch.setattr(lines_verb, "line_row", fail)
    result = run(verb, "batch.837")
    assert result.exit_code == 2
    assert "internal error (ValueError)" in result.stderr


@pytest.mark.parametrize("verb", ["check", "lines"])
def test_archives_and_pipes_name_nobody(run, tmp_path, verb):
    packed = gzip.compress(DATA)
    (tmp_path / "cut.837.gz").write_bytes(packed[: len(packed) // 2])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("batch.837", DATA[:-100])
    (tmp_path / "batch.zip").write_bytes(buffer.getvalue())
    free_text = verb == "lines"
    assert run(verb, "cut.837.gz", free_text=free_text).exit_code == 2
    assert run(verb, "batch.zip", free_text=free_text).exit_code in (1, 2, 0)
    assert run(verb, "-", stdin=DATA[:3000], free_text=free_text).exit_code == 2
    assert run(verb, "-", stdin=packed, free_text=free_text).exit_code == 2


# What a log would show ------------------------------------------------------------------------------------------------


def values():
    """One of every kind of value that the reading and checking of a claim makes, by name."""
    found = read(DATA)
    lines = [line for claim in found.claims for line in claim.lines]
    cut = regions(DATA)
    engine = Engine(load_rules(), Settings(preview=True), Reference.builtin())
    scan = FileScan("batch.837", engine.trigger())
    scan.feed(DATA)
    index = scan.close()
    run = Run.of([index])
    checker = RegionChecker(run, engine, lambda file, offset, size: DATA[offset : offset + size])
    seen = []

    def look(encounter, ctx):
        hit = Hit(encounter.lines[0], "SV101-2", "x", partners=encounter.lines)
        seen.append({"encounter": encounter, "drugs": encounter.drugs, "history": encounter.history, "hit": hit})
        yield hit

    rules = [msgspec.structs.replace(rule, check=look) for rule in load_rules() if rule.code == "A01"]
    Engine(rules, Settings(), Reference.builtin(), plan=False).check(found.claims)
    return {
        "claims": found.claims,
        "lines": lines,
        "drugs of lines": [line.drug for line in lines if line.drug],
        "origins": [claim.origin for claim in found.claims],
        "other payers": [claim.other_payers for claim in found.claims],
        "claims of two passes": looked_at(DATA),
        "regions": cut,
        "units": [unit for region in cut for unit in UnitStream().units(region)],
        "index": index,
        "run": run,
        "visited claims": list(checker.visit(0, 0)),
        "region result": checker.check(0, 0),
        "verdict": engine.check(found.claims),
        "check result": check_bytes(DATA),
        **seen[0],
    }


def shows_somebody(value: object) -> bool:
    """Whether the value, as a log shows it, has the mark of a person in it."""
    return any(PERSON.search(text) for text in (repr(value), str(value)))


def test_no_value_shows_a_person_in_a_log():
    assert [name for name, value in values().items() if shows_somebody(value)] == []


def test_the_report_of_a_finding_is_an_allow_list():
    """Every word of a finding comes from the claim's codes, numbers, dates and amounts, or from the rule."""
    [finding] = [item for item in check_bytes(DATA).findings if item.code == "A03"]
    told = json.loads(msgspec.json.encode(finding))
    assert told["claim"] == "CLAIM04"
    assert "SUPPLIED BY PATIENT" in DATA.decode("ascii")
    assert "SUPPLIED BY PATIENT" not in json.dumps(told)


def test_a_note_in_the_place_of_a_number_is_not_repeated():
    data = changed(DATA, b"CLM*CLAIM01*60*", b"CLM*CLAIM01*CANARY 60*")
    [item] = check_bytes(data).diagnostics
    assert item.message == "claim CLAIM01: CLM02 is no amount"
