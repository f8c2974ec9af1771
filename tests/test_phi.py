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
from conformance_cases import judged

from edi837.check import RegionChecker, check_bytes
from edi837.claims.units import UnitStream
from edi837.cli import main
from edi837.engine import Engine
from edi837.engines import line_workers, local
from edi837.index import FileScan, Run
from edi837.reference import Reference
from edi837.reporters import BUILT_IN
from edi837.rules import load_rules
from edi837.rules.base import Hit
from edi837.settings import Settings
from edi837.split.blocks import BlockReader
from edi837.split.cut import Cutter
from edi837.split.hold import HoldingChecker
from edi837.split.part import Part

DATA = fixture("canary")
PERSON = re.compile("canary|1901-?02-?03|1901, 2, 3", re.IGNORECASE)
FREE_TEXT = re.compile("finch", re.IGNORECASE)


def told(data: bytes) -> str:
    """The text of what was written, of a workbook that of all its parts."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(name.encode() + archive.read(name) for name in archive.namelist())
    return data.decode("utf-8", "replace")


def assert_nobody(text: str | bytes, *, free_text: bool = False) -> None:
    """No mark of a person in the text, nor of a payer's name or a description unless they belong there."""
    if isinstance(text, bytes):
        text = told(text)
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


@pytest.fixture
def outputs(tmp_path):
    """Where a split writes: claims, which are full of persons. The folder is not looked at."""
    (tmp_path / "claims").mkdir()
    return "--clean", "claims/clean.837", "--held", "claims/held.837"


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


@pytest.mark.parametrize("form", BUILT_IN)
def test_what_is_known_of_a_batch_names_nobody(run, tmp_path, form):
    entry = '[[suppress]]\ncode = "A03"\nreason = "agreed"\nclaim = "CLAIM0{}"\nexpires = 9999-12-31\n'
    (tmp_path / "edi837.toml").write_text(entry.format(4) + entry.format(9) + entry.format(4).replace("9999", "2020"))
    options = ("--format", form, "-o", "report", "--show-suppressed", "--baseline", "known.json")
    assert run("check", "batch.837", *options, "--add-baseline").exit_code == 0
    assert len((tmp_path / "known.json").read_bytes()) > 1000
    assert run("check", "batch.837", *options).exit_code == 0
    result = run("check", "batch.837", *options[:-2])
    assert result.exit_code == 1
    assert {code for code in ("S101", "S102") if code in result.stderr} == {"S101", "S102"}


@pytest.mark.parametrize("form", BUILT_IN)
def test_the_worklist_of_a_split_names_nobody(run, outputs, form):
    for options in ((), ("--hold-on", "warning"), ("--quiet", "--select", "Z99"), ("--worklist", "batch.837")):
        run("split", "batch.837", *outputs, "--worklist", "why", "--worklist-format", form, *options)
    assert run("split", "batch.837", *outputs, "--worklist", "why", "--worklist-format", form).exit_code == 1


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
        ("check", "batch.837", "--baseline", "batch.837"),
        ("check", "batch.837", "--baseline", "batch.837", "--add-baseline"),
        ("check", "batch.837", "--baseline", "none/known.json", "--add-baseline"),
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
def test_a_fault_of_the_file_names_nobody(run, tmp_path, outputs, name):
    assert SPOILED[name] != DATA
    (tmp_path / "spoiled.837").write_bytes(SPOILED[name])
    for form in ("text", "full", "json", "junit", "sarif", "github", "html"):
        run("check", "spoiled.837", "--format", form, "--preview")
    run("split", "spoiled.837", *outputs, "--worklist", "why.json")
    # The rows show what the file has for a code, and the line beside it on the standard error must not.
    result = CliRunner().invoke(main, ["lines", "spoiled.837"])
    assert_nobody(result.stderr)


@pytest.mark.parametrize("name", SPOILED)
def test_a_breach_of_the_guide_names_nobody(name):
    """pyx12's own messages quote the elements that are wrong."""
    result = judged(SPOILED[name])
    assert result.findings or result.diagnostics or name in ("words before", "words behind")
    assert_nobody(repr([result.findings, result.diagnostics, result.failures]))
    assert_nobody(msgspec.json.encode([result.findings, result.diagnostics]))
    assert_nobody(result.acknowledgement)


@pytest.mark.parametrize("form", BUILT_IN)
def test_a_validation_names_nobody(run, tmp_path, form):
    damaged = re.sub(rb"NM1\*IL\*1\*", b"NM1*IL*1*CANARY~CANARY*", DATA).replace(b"*UN*", b"*CANARY*")
    (tmp_path / "damaged.837").write_bytes(damaged)
    result = run("validate", "damaged.837", "--format", form, "--ack", "answer.999", "-o", "report")
    assert result.exit_code == 1
    assert (tmp_path / "answer.999").read_bytes().count(b"IK3*") > 10
    assert run("check", "damaged.837", "--conformance", "--format", form, "-o", "both").exit_code == 1


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
        assert "INT001" in told(result.stdout_bytes)
        assert "LookupError" in told(result.stdout_bytes)


@pytest.mark.parametrize("verb", ["check", "lines"])
def test_a_fault_of_the_program_names_nobody(run, monkeypatch, verb):
    def fail(*arguments):
        raise ValueError(DATA.decode("ascii"), *map(repr, arguments))

    monkeypatch.setattr(local.CheckRun, "__iter__", fail)
    monkeypatch.setattr(line_workers, "line_row", fail)
    result = run(verb, "batch.837")
    assert result.exit_code == 2
    assert "internal error (ValueError)" in result.stderr


@pytest.mark.parametrize(("part", "name"), [(HoldingChecker, "hold"), (Cutter, "_take"), (Part, "put")])
def test_a_fault_of_the_program_in_a_split_names_nobody(run, outputs, monkeypatch, part, name):
    def fail(*arguments):
        raise ValueError(DATA.decode("ascii"), *map(repr, arguments))

    monkeypatch.setattr(part, name, fail)
    result = run("split", "batch.837", *outputs, "--worklist", "why.csv")
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
    reader = BlockReader()
    blocks = [*reader.feed(DATA), *reader.close()]
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
        "blocks of a split": blocks,
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
