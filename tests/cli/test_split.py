"""`edi837 split`: which claims go where, what is said about it, and that nothing is left behind when it fails."""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import json
import logging
import os
import re
import resource
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import split_oracle
from batches import EVERY, FIXTURES, NO_SAMPLES, SAMPLES, changed, fixture, generated, read, segments
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import structs
from rule_cases import interchange

from cli.conftest import CLEAN, DENIED
from edi837.check import check_bytes
from edi837.cli import main, output
from edi837.engines import split
from edi837.model import Claim, Severity
from edi837.reporters import BUILT_IN
from edi837.rules import load_rules
from edi837.rules.base import Hit

BOTH = interchange(
    "CLM*DENIED~ SV1*HC:96372*25*UN*1***1~"
    "NM1*IL*1*ROE*JEAN****MI*MEMBER0002~ CLM*CLEAN~ SV1*HC:96372*25*UN*1***1~ SV1*HC:J3420*10*UN*1***1~"
)
OUT = ("--clean", "clean.out", "--held", "held.out")
SPLIT = ("split", "--isolated", *OUT)


@pytest.fixture
def batch(folder: Path) -> Path:
    """The current folder, with both.837: one claim to hold and one to send."""
    (folder / "both.837").write_bytes(BOTH)
    return folder


def claims(data: bytes) -> list[str]:
    """The numbers of the claims in a file."""
    return [item.elements[1] for item in segments(data) if item.tag == "CLM"]


def new(folder: Path) -> set[str]:
    """What a run has written into the folder, hidden files too."""
    return set(os.listdir(folder)) - {"both.837", "clean.837", "denied.837"}


# Which claims go where ------------------------------------------------------------------------------------------------


def test_a_claim_with_an_error_leaves_the_batch(run, batch):
    result = run(*SPLIT, "both.837")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "clean.out: 1 claim clean, $35.00.\nheld.out: 1 claim held, $25.00.\n"
    assert new(batch) == {"clean.out", "held.out"}
    held = [item.offset for item in segments(BOTH) if item.text.startswith(b"CLM*DENIED")]
    clean, kept = split_oracle.split(BOTH, held)
    assert (batch / "clean.out").read_bytes() == clean
    assert (batch / "held.out").read_bytes() == kept
    assert (claims(clean), claims(kept)) == (["CLEAN"], ["DENIED"])


def test_a_batch_with_nothing_to_hold_has_no_held_file(run, batch):
    (batch / "held.out").write_bytes(b"of yesterday")
    result = run(*SPLIT, "clean.837")
    assert result.exit_code == 0
    assert result.stderr == "clean.out: 1 claim clean, $35.00.\nheld.out: not written, no claim is held.\n"
    # What lay there would be taken for the held claims of this batch.
    assert new(batch) == {"clean.out"}
    assert (batch / "clean.out").read_bytes() == CLEAN


def test_a_batch_of_held_claims_has_no_clean_file(run, batch):
    (batch / "clean.out").write_bytes(b"of yesterday")
    result = run(*SPLIT, "denied.837")
    assert result.exit_code == 1
    assert result.stderr == "clean.out: not written, no claim is clean.\nheld.out: 1 claim held, $25.00.\n"
    assert new(batch) == {"held.out"}
    assert (batch / "held.out").read_bytes() == DENIED


def test_a_batch_that_no_rule_speaks_about_goes_on_and_that_is_said(run, batch):
    (batch / "visit.837").write_bytes(interchange("CLM*VISIT~ SV1*HC:99213*90*UN*1***1~"))
    result = run(*SPLIT, "visit.837")
    assert result.exit_code == 0
    assert result.stderr == (
        "No claim has a procedure that a rule speaks about.\n"
        "clean.out: 1 claim clean, $90.00.\nheld.out: not written, no claim is held.\n"
    )


@pytest.mark.parametrize("level", [Severity.ERROR, Severity.WARNING])
def test_the_level_decides(run, batch, level):
    data = fixture("demo")
    (batch / "demo.837").write_bytes(data)
    result = run(*SPLIT, "--hold-on", level.value, "demo.837")
    held = {item.claim for item in check_bytes(data).findings if item.severity.reaches(level)}
    assert result.exit_code == 1
    assert claims((batch / "held.out").read_bytes()) == [name for name in claims(data) if name in held]
    assert claims((batch / "clean.out").read_bytes()) == [name for name in claims(data) if name not in held]


def test_only_the_selected_rules_hold(run, batch):
    data = fixture("demo")
    (batch / "demo.837").write_bytes(data)
    assert run(*SPLIT, "--select", "B01,F", "demo.837").exit_code == 1
    held = {item.claim for item in check_bytes(data).findings if item.code[0] == "F" or item.code == "B01"}
    assert set(claims((batch / "held.out").read_bytes())) == held


def test_what_somebody_answers_for_holds_nothing(run, batch):
    entry = '[[suppress]]\ncode = "A01"\nclaim = "DENIED"\nreason = "agreed with the payer"\n'
    (batch / "edi837.toml").write_text(entry)
    result = run("split", *OUT, "both.837", "--worklist", "why.csv")
    assert result.exit_code == 0
    assert result.stderr == "clean.out: 2 claims clean, $60.00.\nheld.out: not written, no claim is held.\n"
    assert (batch / "clean.out").read_bytes() == BOTH
    assert len((batch / "why.csv").read_text("utf-8").splitlines()) == 1
    # Another finding of the claim still holds it, and is all that its worklist names.
    (batch / "edi837.toml").write_text(entry.replace("A01", "A02"))
    result = run("split", *OUT, "both.837")
    assert result.exit_code == 1
    assert "S102 [[suppress]] 1 (A02) fits no finding" in result.stderr


def test_what_the_baseline_knows_holds_nothing(run, batch):
    known = ("--baseline", "known.json")
    assert run("check", "--isolated", "both.837", *known, "--add-baseline").exit_code == 0
    assert run(*SPLIT, "both.837", *known).exit_code == 0
    assert run(*SPLIT, "both.837").exit_code == 1
    before = (batch / "known.json").read_bytes()
    result = run("split", "--isolated", "both.837", *known, "--clean", "known.json", "--held", "held.out")
    assert (result.exit_code, result.stderr) == (2, "edi837: known.json: the output is also an input\n")
    assert (batch / "known.json").read_bytes() == before


def test_a_claim_is_held_for_its_encounter_in_another_file(run, batch):
    """The drug stands on a claim of its own: neither can be judged without the other."""
    (batch / "drug.837").write_bytes(interchange("CLM*DRUG~ SV1*HC:J3420*10*UN*1***1~"))
    assert run(*SPLIT, "denied.837", "drug.837").exit_code == 1
    found = check_bytes(DENIED, (batch / "drug.837").read_bytes()).findings
    errors = {item.claim for item in found if item.severity is Severity.ERROR}
    held = batch / "held.out"
    assert set(claims(held.read_bytes()) if held.exists() else ()) == errors


def test_several_inputs_follow_each_other_in_both_outputs(run, batch):
    # Patients of their own: the same patient's claims of a day are judged together, whatever file they stand in.
    a, b, c, d = (data.replace(b"MEMBER000", b"MEMBER%d" % at) for at, data in enumerate((BOTH, BOTH, BOTH, DENIED)))
    (batch / "night").mkdir()
    (batch / "night" / "a.837.gz").write_bytes(gzip.compress(a))
    with zipfile.ZipFile(batch / "night" / "b.zip", "w") as archive:
        archive.writestr("b.837", b)
    (batch / "c.837").write_bytes(c)
    result = run(*SPLIT, "night", "c.837", "-", stdin=d)
    assert result.exit_code == 1
    assert claims((batch / "clean.out").read_bytes()) == ["CLEAN"] * 3
    assert claims((batch / "held.out").read_bytes()) == ["DENIED"] * 4
    assert result.stderr == "clean.out: 3 claims clean, $105.00.\nheld.out: 4 claims held, $100.00.\n"


def test_the_held_interchange_is_numbered_as_asked(run, batch):
    result = run(*SPLIT, "--held-control-number", "7", "both.837", "denied.837")
    assert result.exit_code == 1
    numbers = [item.elements[13] for item in segments((batch / "held.out").read_bytes()) if item.tag == "ISA"]
    assert numbers == ["000000007", "000000008"]
    assert b"*000000001*0*T" in (batch / "clean.out").read_bytes()
    result = run(*SPLIT, "--held-control-number", "999999999", "both.837", "denied.837")
    assert (result.exit_code, result.stderr) == (
        2,
        "edi837: there is no interchange control number above 999999999: begin with a lower one\n",
    )
    assert run(*SPLIT, "--held-control-number", "1000000000", "both.837").exit_code == 2


# The worklist ---------------------------------------------------------------------------------------------------------


def test_the_worklist_has_the_findings_of_held_claims(run, batch):
    data = fixture("demo")
    (batch / "demo.837").write_bytes(data)
    result = run(*SPLIT, "demo.837", "--worklist", "why.csv")
    assert result.exit_code == 1
    assert new(batch) == {"demo.837", "clean.out", "held.out", "why.csv"}
    rows = list(csv.DictReader(io.StringIO((batch / "why.csv").read_text("utf-8"))))
    findings = check_bytes(data, names=["demo.837"]).findings
    held = {item.claim for item in findings if item.severity is Severity.ERROR}
    assert [(row["claim"], row["code"]) for row in rows] == [
        (item.claim, item.code) for item in findings if item.claim in held
    ]


def test_a_json_worklist_is_a_report_of_the_check(run, batch, schema):
    (batch / "demo.837").write_bytes(fixture("demo"))
    assert run(*SPLIT, "demo.837", "--worklist", "why", "--worklist-format", "json").exit_code == 1
    document = json.loads((batch / "why").read_text("utf-8"))
    Draft202012Validator(schema("check")).validate(document)
    assert document["summary"]["claims"] == 14
    assert sum(document["summary"]["findings"].values()) == len(document["findings"])


@pytest.mark.parametrize("form", BUILT_IN)
def test_every_report_format_is_a_worklist(run, batch, form):
    (batch / "spoiled.837").write_bytes(BOTH + fixture("letters-in-claim-charge"))
    for name in ("spoiled.837", "clean.837"):
        result = run(*SPLIT, name, "--worklist", f"why.{form}")
        assert result.exit_code == (name != "clean.837"), result.stderr
        assert (batch / f"why.{form}").exists()


@pytest.mark.parametrize(("name", "form"), [("why.txt", "text"), ("why.XML", "junit"), ("why.Csv", "csv")])
def test_the_extension_tells_the_form(run, batch, name, form):
    assert run(*SPLIT, "both.837", "--worklist", name).exit_code == 1
    assert run(*SPLIT, "both.837", "--worklist", "named", "--worklist-format", form).exit_code == 1
    assert (batch / name).read_bytes().splitlines()[:1] == (batch / "named").read_bytes().splitlines()[:1]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--worklist", "why"), "--worklist why: has no extension that tells its form: give --worklist-format"),
        (("--worklist", "why.jsn"), 'why.jsn: there is no format "jsn", only '),
        (("--worklist-format", "csv"), "--worklist-format needs --worklist FILE"),
        (("--worklist", "why", "--worklist-format", "odd"), 'there is no format "odd", only '),
    ],
)
def test_a_worklist_whose_form_nobody_knows(run, batch, options, said):
    result = run(*SPLIT, "both.837", *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert new(batch) == set()


def test_a_claim_that_cannot_be_read_is_held_and_the_worklist_says_why(run, batch):
    data = fixture("letters-in-claim-charge")
    (batch / "spoiled.837").write_bytes(data)
    result = run(*SPLIT, "spoiled.837", "--worklist", "why.json")
    assert result.exit_code == 1
    finding, *more = json.loads((batch / "why.json").read_text("utf-8"))["findings"]
    assert "claim-not-read-whole" not in {item["name"] for item in more}
    assert (finding["code"], finding["severity"], finding["claim"]) == ("C102", "error", "C1")
    assert finding["message"] == "claim C1: CLM02 is no amount"
    assert finding["fix"] == "correct the amount: digits with at most one decimal point"
    start = data.index(b"CLM*")
    assert data[finding["offset"] :][: finding["length"]] == data[start : data.index(b"~", start)]
    assert claims((batch / "held.out").read_bytes()) == ["C1"]


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--clean", "both.837", "--held", "h"), "both.837: the output is also an input"),
        (("--clean", "c", "--held", "./both.837"), "./both.837: the output is also an input"),
        (("--clean", "c", "--held", "./c"), "./c: two outputs in one file"),
        (("--clean", "c", "--held", "h", "--worklist", "c", "--worklist-format", "csv"), "c: two outputs in one file"),
        (("--clean", "-", "--held", "h"), "-: is no regular file: the outputs appear together or not at all"),
        (("--clean", "c", "--held", "."), ".: is no regular file: the outputs appear together or not at all"),
        (("--clean", os.devnull, "--held", "h"), f"{os.devnull}: is no regular file: the outputs appear together or"),
        (("--clean", "c", "--held", "none/h"), "none/h: cannot be written: no such file or directory"),
    ],
)
def test_outputs_that_cannot_be_are_refused_before_anything_is_read(run, batch, arguments, said):
    result = run("split", "--isolated", "both.837", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"edi837: {said}")
    assert new(batch) == set()
    assert (batch / "both.837").read_bytes() == BOTH


CANNOT = (
    "binary",
    "cut-between-segments",
    "cut-in-envelope",
    "cut-in-segment",
    "empty",
    "lower-case",
    "no-clm",
    "no-ge",
    "no-hl-two-subscribers",
    "no-iea-before-isa",
    "no-isa",
    "no-se-before-st",
    "stray-segment",
)


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
@pytest.mark.parametrize("name", CANNOT)
def test_what_would_lose_a_claim_is_not_split_and_the_reason_is_named(run, batch, name, quiet):
    for path in ("clean.out", "held.out"):
        (batch / path).write_bytes(b"of yesterday")
    (batch / "bad.837").write_bytes(fixture(name))
    result = run(*SPLIT, *quiet, "both.837", "bad.837", "--worklist", "why.csv")
    assert result.exit_code == 2
    *reasons, last = result.stderr.splitlines()
    assert last == "edi837: nothing was written: put right what is named above, and split the batch again"
    assert any(line.startswith("bad.837") for line in reasons)
    assert new(batch) == {"bad.837", "clean.out", "held.out"}
    assert (batch / "held.out").read_bytes() == (batch / "clean.out").read_bytes() == b"of yesterday"


@pytest.mark.parametrize("name", ["no-claims", "transaction-835", "transaction-837i", "transaction-4010"])
def test_a_file_without_professional_claims_is_not_split(run, batch, name):
    (batch / "other.837").write_bytes(fixture(name))
    result = run(*SPLIT, "other.837")
    assert result.exit_code == 2
    assert result.stderr.endswith("edi837: no 837P claim was found: nothing was written\n")
    assert new(batch) == {"other.837"}


def test_lines_under_no_claim_are_refused_though_they_follow_one(run, batch):
    """They stand in a dependent's loop without CLM: neither the claim above nor anybody else can be billed for them."""
    data = changed(BOTH, b"SE*", b"HL*99*4*23*0~\nLX*1~\nSV1*HC:96372*25*UN*1***1~\nSE*")
    (batch / "both.837").write_bytes(data)
    result = run(*SPLIT, "both.837")
    assert result.exit_code == 2
    assert "error C107 service lines (LX) stand under no claim (CLM)" in result.stderr
    assert new(batch) == set()


def test_an_archive_that_is_cut_off_is_not_split(run, batch):
    packed = gzip.compress(BOTH * 50)
    (batch / "cut.837.gz").write_bytes(packed[: len(packed) // 2])
    result = run(*SPLIT, "cut.837.gz")
    assert result.exit_code == 2
    assert "cut.837.gz: error X107 the archive is cut off" in result.stderr
    assert new(batch) == {"cut.837.gz"}


def test_a_rule_that_fails_splits_nothing(run, batch, monkeypatch):
    def fail(encounter, ctx):
        yield Hit(encounter.lines[0], "SV101-2", "a hit before the crash")
        raise LookupError

    rules = tuple(structs.replace(rule, check=fail) if rule.code == "A01" else rule for rule in load_rules())
    monkeypatch.setattr(split, "load_rules", lambda: rules)
    result = run(*SPLIT, "both.837")
    assert result.exit_code == 2
    assert result.stderr == (
        "edi837: a rule failed (admin-without-drug-line), so what it would have held is not known: nothing was "
        "written. Leave it out with ignore in the settings file, and report it\n"
    )
    assert new(batch) == set()


def test_a_file_that_changes_meanwhile_splits_nothing(run, batch, monkeypatch):
    whole = split.scan_file

    def scan(*arguments):
        found = whole(*arguments)
        (batch / "both.837").write_bytes(BOTH + BOTH)
        return found

    monkeypatch.setattr(split, "scan_file", scan)
    result = run(*SPLIT, "both.837")
    assert result.exit_code == 2
    assert result.stderr == (
        "edi837: 2 claims were checked and 1 of them held, but 4 and 1 were written: has a file changed meanwhile?\n"
    )
    assert new(batch) == set()


# What fails on the way ------------------------------------------------------------------------------------------------

SLOW_END = """
import os, signal, sys
from edi837.cli import main, output
from edi837.split.cut import Cutter
place, seen = sys.argv.pop(1), 0
def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
if place == "cut":
    Cutter.close = die
elif place == "finish":
    output.GrowingFile.finish = die
elif place == "feed":
    feed = Cutter.feed
    def half(self, chunk):
        feed(self, chunk[: len(chunk) // 2])
        die()
    Cutter.feed = half
main()
"""


def process(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]


@pytest.mark.parametrize("place", ["feed", "cut", "finish"])
def test_a_killed_run_leaves_no_output_and_the_next_one_succeeds(batch, place):
    arguments = (*SPLIT, "both.837", "--worklist", "why.csv")
    killed = process("-c", SLOW_END, place, *arguments)
    assert killed.returncode == -signal.SIGKILL
    # Readers of the folder pass hidden files over; the next run takes them away.
    assert {name for name in new(batch) if not name.startswith(".")} == set()
    assert len(new(batch)) == 3
    again = process("-m", "edi837", *arguments)
    assert (again.returncode, again.stdout) == (1, "")
    assert new(batch) == {"clean.out", "held.out", "why.csv"}


def test_what_grows_is_not_swept_away(run, batch):
    with output.open_together(["clean.out"]) as [file]:
        file.write(b"half")
        assert run(*SPLIT, "denied.837").exit_code == 1
        file.write(b" and half")
    assert (batch / "clean.out").read_bytes() == b"half and half"
    assert new(batch) == {"clean.out", "held.out"}


def limited(size: int) -> object:
    """Lets a process write no file beyond so many bytes: as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [0, 700, 100_000])
def test_a_full_disk_leaves_nothing_but_a_message(batch, size):
    [data] = generated("--claims", "300").files
    (batch / "many.837").write_bytes(data)
    failed = process("-m", "edi837", *SPLIT, "many.837", "--worklist", "why.csv", preexec_fn=limited(size))
    assert failed.returncode == 2
    assert failed.stderr.endswith(": cannot be written: file too large\n")
    assert failed.stderr.startswith("edi837: ")
    assert new(batch) == {"many.837"}
    assert process("-m", "edi837", *SPLIT, "many.837").returncode == 1
    assert new(batch) == {"many.837", "clean.out", "held.out"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
def test_a_device_that_is_full_is_told_at_the_latest_when_it_is_closed(run, folder):
    result = run("check", "denied.837", "--isolated", "-o", "/dev/full")
    assert (result.exit_code, result.stderr) == (
        2,
        "edi837: /dev/full: cannot be written: no space left on device\n",
    )


def test_a_folder_that_cannot_be_written_to(run, batch, monkeypatch):
    def refuse(path, mode):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(output, "open", refuse, raising=False)
    result = run(*SPLIT, "both.837")
    assert (result.exit_code, result.stderr) == (2, "edi837: clean.out: cannot be written: read-only file system\n")
    assert new(batch) == set()


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_where_one_file_cannot_be_placed_none_is(run, batch, monkeypatch, failing):
    replace, calls = os.replace, []

    def fail(source, target):
        calls.append(os.path.basename(target))
        if len(calls) == failing:
            raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    result = run(*SPLIT, "both.837", "--worklist", "why.csv")
    # The clean file comes last: who waits for it finds the others.
    assert calls == ["why.csv", "held.out", "clean.out"][:failing]
    assert (result.exit_code, result.stderr) == (2, f"edi837: {calls[-1]}: cannot be written: input/output error\n")
    assert new(batch) == set()


# Spoiled files --------------------------------------------------------------------------------------------------------

TOKENS = (
    b"~",
    b"~~",
    b"\n",
    b"*",
    b"\xff",
    b"HL",
    b"HL*1",
    b"HL*3*1*22*0~",
    b"HL*9*2*23*0~",
    b"CLM*X*1~",
    b"LX*1~",
    b"SBR*P~",
    b"TA1*1~",
    b"ISA",
    b"ST*837*0009*005010X222A1~",
    b"ST*835*1~",
    b"SE*1*1~",
    b"GS*HC*A*B*1*1*1*X*005010X222A1~",
    b"GE*1*1~",
    b"IEA*1*1~",
)
spoilings = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from([0, 1, 5, 30, 200]), st.sampled_from([b"", *TOKENS])), max_size=4
)


def own_bytes(claim: Claim) -> bytes:
    """A claim's segments, without what stands in front of it and another patient's loop that follows."""
    return re.split(rb"[~\n\r\x1c|]\s*HL", claim.raw)[0].strip(b"~|\n\r\x1c\t ")


@given(st.sampled_from(sorted(EVERY)), spoilings)
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_spoiled_file_is_split_exactly_or_not_at_all(tmp_path_factory, name, spoiling):
    data = fixture(name)
    for place, size, token in spoiling:
        at = int(place * len(data))
        data = data[:at] + token + data[at + size :]
    folder = tmp_path_factory.mktemp("spoiled")
    (folder / "in.837").write_bytes(data)
    outputs = folder / "clean", folder / "held"
    options = ("--clean", str(outputs[0]), "--held", str(outputs[1]), "--worklist", str(folder / "why.json"))
    result = CliRunner().invoke(main, ["split", "--isolated", str(folder / "in.837"), *options])
    assert "internal error" not in result.output
    assert "were written" not in result.output
    if result.exit_code == 2:
        assert os.listdir(folder) == ["in.837"]
        return
    source = read(data)
    written = [read(path.read_bytes()) for path in outputs if path.exists()]
    assert sorted(own_bytes(claim) for item in written for claim in item.claims) == sorted(
        map(own_bytes, source.claims)
    )
    if not {"X401", "X402"} & {item.code for item in source.diagnostics}:
        # Nothing of the envelope is wrong any more.
        assert [found for item in written for found in item.diagnostics if found.code.startswith("X2")] == []


# Against other programs -----------------------------------------------------------------------------------------------


def accepted(path: Path) -> bool:
    """Whether pyx12 finds nothing wrong with a file."""
    document = importlib.import_module("pyx12.x12n_document")
    params = importlib.import_module("pyx12.params")
    logger = logging.getLogger("pyx12")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = False
    try:
        # A file that it opens itself it does not close where it gives up.
        text = io.StringIO(path.read_bytes().decode("latin-1"), newline="")
        return bool(document.x12n_document(params.ParamsBase(), text, None, None))
    except Exception:  # noqa: BLE001 - its way to refuse what it has no map for
        return False


def rows(run, *paths: str) -> list[dict[str, object]]:
    """The service lines of files, without the place where each stands."""
    found = [json.loads(row) for row in run("lines", "--quiet", *paths).stdout.splitlines()]
    for row in found:
        for name in ("file", "segment", "offset"):
            del row[name]
    return sorted(found, key=repr)


def assert_split(run, folder: Path, path: Path) -> bool:
    """Splits a file by hand, and compares the two with the one; whether pyx12 accepts it."""
    for name in ("clean.out", "held.out"):
        (folder / name).unlink(missing_ok=True)
    result = run(*SPLIT, "--hold-on", "warning", str(path))
    assert result.exit_code in (0, 1), result.stderr
    outputs = [name for name in ("clean.out", "held.out") if (folder / name).exists()]
    assert (result.exit_code == 1) == ("held.out" in outputs)
    assert rows(run, *outputs) == rows(run, str(path))
    is_accepted = accepted(path)
    if is_accepted:
        assert [name for name in outputs if not accepted(folder / name)] == []
    return is_accepted


@pytest.mark.slow
def test_pyx12_accepts_what_comes_of_what_it_accepts(run, folder):
    options = ("--claims", "150", "--claims-per-transaction", "40", "--interchanges", "2", "--defect-share", "0.9")
    [data] = generated(*options, "--injection-share", "0.6", "--line-ending", "lf").files
    (folder / "batch.837").write_bytes(data)
    assert assert_split(run, folder, folder / "batch.837")
    assert claims((folder / "held.out").read_bytes())
    assert assert_split(run, folder, FIXTURES / "837p" / "demo.837")


PUBLIC = sorted((SAMPLES / "837p").iterdir()) if SAMPLES else []


@pytest.mark.slow
@pytest.mark.skipif(SAMPLES is None, reason=NO_SAMPLES)
def test_public_files_are_split(run, folder):
    # pyx12 takes minutes for the two large ones.
    paths = [path for path in PUBLIC if path.stat().st_size < 100_000 and read(path.read_bytes()).claims]
    accepted_ones = [path for path in paths if assert_split(run, folder, path)]
    assert len(paths) > 60
    assert len(accepted_ones) >= 15
