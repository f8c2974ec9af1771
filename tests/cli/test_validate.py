"""`edi837 validate` and `check --conformance`: reports, exit codes, the 999."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys

import pytest
from batches import FIXTURES, changed, fixture
from jsonschema import Draft7Validator, Draft202012Validator
from lxml import etree

SOUND = fixture("subscriber")
BAD = changed(SOUND, b"SV1*HC:96372*25*UN*1***1~", b"SV1*HC:96372**UN*1***1~")
SHOWN = "bad.837:24  claim C1 line 1  error    P501 required element SV102 is missing\n"
STORY = "1 finding: 1 error, 0 warnings, 0 info. 1 claim: 1 checked, 0 not applicable, 0 unreadable.\n"


@pytest.fixture(autouse=True)
def files(folder):
    (folder / "sound.837").write_bytes(SOUND)
    (folder / "bad.837").write_bytes(BAD)


def test_findings_are_shown_and_exit_1(run):
    result = run("validate", "bad.837", "--jobs", "1")
    assert (result.exit_code, result.stdout, result.stderr) == (1, f"{SHOWN}\n{STORY}", "")


def test_a_sound_file_is_exit_0(run):
    result = run("validate", "sound.837", "--jobs", "1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "No findings. 1 claim: 1 checked, 0 not applicable, 0 unreadable.\n"


def test_json_is_the_contract_of_check(run, schema):
    document = json.loads(run("validate", "bad.837", "--format", "json").stdout)
    Draft202012Validator(schema("check")).validate(document)
    assert document["tool"]["reference"] == {"pyx12": "4.0.0"}
    [found] = document["findings"]
    assert (found["code"], found["loop"], found["element"], found["segment"]) == ("P501", "2400", "SV102", 22)


@pytest.mark.parametrize("form", ["full", "jsonl", "csv", "junit", "sarif", "github", "html"])
def test_every_format_of_check_can_be_had(run, form):
    result = run("validate", "bad.837", "--format", form, "-q")
    assert result.exit_code == 1
    assert "SV102" in result.stdout


def test_sarif_and_junit_follow_their_schemas(run, folder):
    (folder / "count.837").write_bytes(SOUND.replace(b"SE*29*", b"SE*28*").replace(b"IEA*1*", b"IEA*7*"))
    schemas = FIXTURES.parent / "tests" / "schemas"
    sarif = json.loads(run("validate", "bad.837", "count.837", "--format", "sarif").stdout)
    Draft7Validator(json.loads((schemas / "sarif-schema-2.1.0.json").read_text("utf-8"))).validate(sarif)
    assert [item["ruleId"] for item in sarif["runs"][0]["results"]] == ["P501", "P304", "P121"]
    junit = run("validate", "bad.837", "count.837", "--format", "junit").stdout_bytes
    etree.XMLSchema(etree.parse(str(schemas / "junit.xsd"))).assertValid(etree.fromstring(junit))


def test_a_remittance_is_validated_too(run):
    path = str(FIXTURES / "835" / "reversal_and_correction.835")
    result = run("validate", path, "--format", "jsonl", "-q")
    assert result.exit_code == 1
    assert [json.loads(line)["code"] for line in result.stdout.splitlines()] == ["P403"] * 3 + ["P507"] * 2


def test_what_belongs_to_no_claim_is_named_by_its_transaction_set(run, folder):
    (folder / "count.837").write_bytes(SOUND.replace(b"SE*29*", b"SE*28*"))
    result = run("validate", "count.837")
    assert result.stdout.startswith(
        "count.837:31  transaction 0001  error    P304 SE01 is not the number of segments, 29\n"
    )


# The 999 --------------------------------------------------------------------------------------------------------------


def test_the_999_is_written_and_the_same_each_time(run, folder):
    assert run("validate", "bad.837", "sound.837", "--ack", "answer.999").exit_code == 1
    first = (folder / "answer.999").read_bytes()
    assert first.count(b"ISA*") == 2
    assert b"IK5*R*5~" in first
    assert b"IK5*A~" in first
    assert run("validate", "bad.837", "sound.837", "--ack", "answer.999", "--jobs", "1").exit_code == 1
    assert (folder / "answer.999").read_bytes() == first
    assert run("validate", "answer.999", "-q").exit_code == 2  # another kind: passed over, in words


def test_no_999_where_not_all_was_validated(run, folder):
    (folder / "answer.999").write_bytes(b"old")
    (folder / "cut.837").write_bytes(SOUND[:-120])
    result = run("validate", "sound.837", "cut.837", "--ack", "answer.999")
    assert result.exit_code == 2
    assert result.stderr.endswith("edi837: answer.999: not written: not all was validated\n")
    assert (folder / "answer.999").read_bytes() == b"old"
    assert not [name for name in os.listdir(folder) if name.endswith(".tmp")]
    assert "P302" in result.stdout


def test_no_999_for_a_transaction_set_without_group(run, folder):
    (folder / "bare.837").write_bytes(changed(SOUND, SOUND[SOUND.index(b"GS*") : SOUND.index(b"ST*")], b""))
    result = run("validate", "bare.837", "--ack", "answer.999")
    assert result.exit_code == 2
    assert result.stderr.endswith("answer.999: not written: a transaction set is in no functional group\n")
    assert not (folder / "answer.999").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--ack", "-"), "--ack needs the name of a file"),
        (("--ack", "x", "-o", "./x"), "--ack and --output name the same file"),
        (("--ack", "bad.837"), "bad.837: the output is also an input"),
        (("--ack", "/dev/full"), "/dev/full: cannot be written: no space left on device"),
        (("--ack", "none/x"), "none/x: cannot be written: no such file or directory"),
        (("--format", "odd"), 'there is no format "odd"'),
    ],
)
def test_a_mistake_of_the_caller_is_one_line(run, folder, arguments, message):
    result = run("validate", "bad.837", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert (folder / "bad.837").read_bytes() == BAD


# Hostile input --------------------------------------------------------------------------------------------------------

HOSTILE = {
    "empty": (b"", "X100"),
    "blanks": (b" \n\t\n", "X100"),
    "binary": (bytes(range(256)) * 40, "X104"),
    "lower case": (SOUND.lower(), "X101"),
    "no ISA": (SOUND[SOUND.index(b"GS*") :], "X101"),
    "words": (b"Dear Sir or Madam\n" * 50, "X101"),
    "4010": (fixture("transaction-4010"), "X402"),
    "999": (fixture("transaction-unknown"), "X401"),
    "837I": (fixture("transaction-837i"), "X401"),
    "cut in a segment": (SOUND[: SOUND.index(b"HI*") + 4], "X209"),
    "1 MB of garbage in a segment": (SOUND.replace(b"2 TEST WAY", b"G" * 1_000_000), "X302"),
    "1 MB of separators": (SOUND.replace(b"2 TEST WAY", b"*:" * 500_000), "X302"),
    "only ISA": (SOUND[:106], None),
    "ISA and IEA": (SOUND[:107] + b"IEA*0*000000001~\n", None),
    "envelope upside down": (SOUND[:107] + b"\n".join(reversed(SOUND[107:].splitlines())), None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_in_words(run, folder, name):
    data, code = HOSTILE[name]
    (folder / "hostile.837").write_bytes(data)
    result = run("validate", "hostile.837", "--jobs", "1")
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    for text in (result.stdout, result.stderr):
        assert "Traceback" not in text
        assert "internal error" not in text
        assert "pyx12" not in text
    assert code is None or code in result.stderr


def test_a_broken_file_does_not_keep_the_others_from_being_validated(run, folder):
    (folder / "empty.837").write_bytes(b"")
    result = run("validate", "empty.837", "bad.837", "sound.837")
    assert result.exit_code == 2
    assert SHOWN in result.stdout
    assert "empty.837: error X100 the file is empty" in result.stderr


def test_a_missing_file_is_one_line(run):
    result = run("validate", "nothing.837")
    assert (result.exit_code, result.stderr) == (2, "edi837: nothing.837: no such file or folder\n")


def test_standard_input_and_packed_files(run, folder):
    result = run("validate", "-", "--stdin-filename", "bad.837", stdin=BAD)
    assert (result.exit_code, result.stdout) == (1, f"{SHOWN}\n{STORY}")
    (folder / "bad.837.gz").write_bytes(gzip.compress(BAD))
    assert run("validate", "bad.837.gz").stdout == f"{SHOWN}\n{STORY}".replace("bad.837:", "bad.837.gz:")


def test_nothing_of_pyx12_is_printed():
    """In a process of its own, as pyx12 would write to the standard error of it."""
    command = [sys.executable, "-m", "edi837", "validate", "bad.837"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, f"{SHOWN}\n{STORY}", "")


# With a check ---------------------------------------------------------------------------------------------------------


def test_check_has_both_kinds_of_findings_in_order(run):
    plain = run("check", "denied.837", "bad.837", "--isolated", "--format", "json")
    both = run("check", "denied.837", "bad.837", "--isolated", "--conformance", "--format", "json")
    before, after = json.loads(plain.stdout), json.loads(both.stdout)
    own = [item for item in after["findings"] if item["category"] == "conformance"]
    assert [item for item in after["findings"] if item not in own] == before["findings"]
    assert [(item["file"], item["code"]) for item in own] == [("bad.837", "P501")]
    assert after["tool"]["reference"] == before["tool"]["reference"] | {"pyx12": "4.0.0"}
    order = [(("denied.837", "bad.837").index(item["file"]), item["offset"]) for item in after["findings"]]
    assert order == sorted(order)
    assert after["summary"]["findings"]["error"] == before["summary"]["findings"]["error"] + len(own)
    assert (plain.exit_code, both.exit_code) == (2, 2)  # SV102 is empty: the check cannot read the claim whole


def test_the_report_of_a_check_with_conformance_does_not_replace_its_input(run, folder):
    packed = gzip.compress(BAD)
    (folder / "bad.837.gz").write_bytes(packed)
    result = run("check", "bad.837.gz", "--isolated", "--conformance", "-o", "bad.837.gz")
    assert (result.exit_code, (folder / "bad.837.gz").read_bytes()) == (2, packed)


def test_check_with_conformance_is_exit_1_where_only_the_guide_is_broken(run, folder):
    data = fixture("two-claims").replace(b"NM1*PR*2*TEST MEDICARE*", b"NM1*PR*2*TEST MEDICARE*X")
    (folder / "odd.837").write_bytes(data)
    plain = run("check", "odd.837", "--isolated", "--fail-on", "error")
    both = run("check", "-", "--isolated", "--conformance", "--stdin-filename", "odd.837", stdin=data)
    assert "P520 NM104 is not used" in both.stdout
    assert plain.stdout.splitlines()[0] in both.stdout
    assert both.exit_code == 1


def test_a_plain_check_pays_nothing_for_conformance():
    command = [sys.executable, "-X", "importtime", "-m", "edi837", "check", "sound.837", "--isolated"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "edi837.engines.local" in done.stderr
    for module in ("pyx12", "multiprocessing", "edi837.conformance", "edi837.engines.conformance"):
        assert f"| {module}\n" not in done.stderr.replace("  ", "")
