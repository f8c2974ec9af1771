"""`edi837 check` in a place that has findings already: the baseline, [[suppress]], --show-suppressed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rule_cases import interchange

from cli.conftest import DENIED
from edi837.cli import adoption
from edi837.cli.clock import today
from edi837.engines import local

A01 = ("--select", "A01")
KNOWN = ("--baseline", "known.json")
ADD = (*KNOWN, "--add-baseline")

ENTRY = """
[[suppress]]
code = "A01"
claim = "DENIED"
reason = "the pharmacy bills the drug"
expires = 2026-12-31
"""
NEW = interchange("NM1*IL*1*ROE*KIM****MI*M2~ CLM*NEW~ SV1*HC:96372*40*UN*1***1~")


@pytest.fixture(autouse=True)
def _day(monkeypatch):
    monkeypatch.setattr(adoption, "today", lambda: date(2026, 11, 23))


# The baseline ---------------------------------------------------------------------------------------------------------


def test_a_baseline_is_written_once_and_known_from_then_on(run, folder, schema):
    written = run("check", "denied.837", *A01, *ADD)
    assert written.exit_code == 0
    assert written.stdout == ("No findings. 1 suppressed. 1 claim: 1 checked, 0 not applicable, 0 unreadable.\n")
    assert written.stderr == "known.json: now knows 1 finding\n"
    text = (folder / "known.json").read_bytes()
    Draft202012Validator(schema("baseline")).validate(json.loads(text))
    [finding] = map(json.loads, run("check", "denied.837", *A01, "--format", "jsonl").stdout.splitlines())
    assert json.loads(text) == {"schema_version": 1, "findings": {"A01": [finding["fingerprint"]]}}
    again = run("check", "denied.837", *A01, *KNOWN)
    assert (again.exit_code, again.stdout, again.stderr) == (0, written.stdout, "")
    assert run("check", "denied.837", *A01).exit_code == 1
    assert sorted(path.name for path in folder.iterdir()) == ["clean.837", "denied.837", "known.json"]


def test_what_is_new_is_found(run, folder):
    run("check", "denied.837", *A01, *ADD)
    (folder / "new.837").write_bytes(NEW)
    result = run("check", "denied.837", "new.837", *A01, *KNOWN)
    assert result.exit_code == 1
    first, _, last = result.stdout.splitlines()
    assert first.startswith("new.837:24  claim NEW line 1  error    A01 ")
    assert last == (
        "1 finding: 1 error, 0 warnings, 0 info. 1 suppressed. "
        "2 claims: 2 checked, 0 not applicable, 0 unreadable. $40.00 at risk."
    )


def test_adding_keeps_what_was_known_and_changes_nothing_the_second_time(run, folder):
    run("check", "denied.837", *A01, *ADD)
    first = (folder / "known.json").read_bytes()
    (folder / "new.837").write_bytes(NEW)
    added = run("check", "new.837", *A01, *ADD)
    assert added.exit_code == 0
    assert added.stderr == (
        "known.json: info S103 1 of its findings did not come up; "
        "nothing: their claims are corrected, or not among these files\n"
        "known.json: now knows 2 findings\n"
    )
    both = (folder / "known.json").read_bytes()
    known, kept = (set(json.loads(text)["findings"]["A01"]) for text in (both, first))
    assert len(known) == 2
    assert kept < known
    assert run("check", "denied.837", "new.837", *A01, *KNOWN).exit_code == 0
    run("check", "denied.837", "new.837", *A01, *ADD)
    assert (folder / "known.json").read_bytes() == both


def test_the_order_of_the_files_makes_no_difference(run, folder):
    (folder / "new.837").write_bytes(NEW)
    run("check", "denied.837", "new.837", "--baseline", "a.json", "--add-baseline")
    run("check", "new.837", "denied.837", "--baseline", "b.json", "--add-baseline", "--jobs", "2")
    assert (folder / "a.json").read_bytes() == (folder / "b.json").read_bytes()
    assert len(json.loads((folder / "a.json").read_bytes())["findings"]["A01"]) == 2


def test_a_claim_that_moved_is_still_known(run, folder):
    run("check", "denied.837", *A01, *ADD)
    (folder / "new.837").write_bytes(NEW + DENIED)
    result = run("check", "new.837", *A01, *KNOWN, "--format", "jsonl")
    assert [json.loads(line)["claim"] for line in result.stdout.splitlines()] == ["NEW"]


def test_what_is_suppressed_by_an_entry_is_not_taken_in(run, folder):
    (folder / "edi837.toml").write_text(ENTRY)
    assert run("check", "denied.837", *A01, *ADD).stderr == "known.json: now knows 0 findings\n"
    assert json.loads((folder / "known.json").read_bytes())["findings"] == {}


def test_a_batch_that_was_not_read_whole_is_exit_2_and_what_was_found_is_known(run, folder):
    (folder / "cut.837").write_bytes(DENIED[:-80])
    result = run("check", "denied.837", "cut.837", *A01, *ADD)
    assert result.exit_code == 2
    assert result.stderr.startswith("cut.837:24: error C201 ")
    assert result.stderr.endswith("known.json: now knows 1 finding\n")
    assert run("check", "denied.837", *A01, *KNOWN).exit_code == 0


def test_quiet_says_nothing_of_what_is_known(run):
    assert run("check", "denied.837", *A01, *ADD, "--quiet").stderr == ""


def test_the_baseline_keeps_its_rights_and_its_link(run, folder):
    (folder / "kept").mkdir()
    run("check", "denied.837", *A01, "--baseline", "kept/known.json", "--add-baseline")
    (folder / "kept" / "known.json").chmod(0o640)
    (folder / "known.json").symlink_to("kept/known.json")
    (folder / "new.837").write_bytes(NEW)
    assert run("check", "new.837", *A01, *ADD).exit_code == 0
    assert (folder / "known.json").is_symlink()
    assert (folder / "kept" / "known.json").stat().st_mode & 0o777 == 0o640
    assert len(json.loads((folder / "known.json").read_bytes())["findings"]["A01"]) == 2


DAMAGED = "not a baseline, or a damaged one; write a new one into another file with --add-baseline"


@pytest.mark.parametrize("adding", [(), ("--add-baseline",)], ids=["known", "add"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", DAMAGED),
        (DENIED, DAMAGED),
        (b"\x00\xff\xfe" * 50, DAMAGED),
        (b'{"schema_version": 1, "findings": {"A01": ["0123', DAMAGED),
        (b'{"schema_version": 1, "findings": {"A01": ["CANARY"]}}', DAMAGED),
        (b'{"schema_version": 7, "findings": {}}', "a baseline of version 7, and this edi837 reads version 1"),
    ],
)
def test_a_damaged_baseline_is_exit_2_and_stays_as_it_is(run, folder, content, said, adding):
    (folder / "known.json").write_bytes(content)
    result = run("check", "denied.837", *KNOWN, *adding, "-o", "report")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"edi837: known.json: {said}\n")
    assert (folder / "known.json").read_bytes() == content
    assert not (folder / "report").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (KNOWN, "edi837: known.json: no such file; --add-baseline writes it"),
        (("--add-baseline",), "Error: --add-baseline needs --baseline FILE"),
        (("--baseline", "."), "edi837: .: is a directory"),
        (("--baseline", ".", "--add-baseline"), "edi837: .: is a directory"),
        (("--baseline", "/dev/full", "--add-baseline"), "edi837: /dev/full: is a device, not a file"),
        (("--baseline", "-"), "edi837: --baseline: needs a file, not the standard input"),
        (("--baseline", "-", "--add-baseline"), "edi837: --baseline: needs a file, not the standard input"),
        ((*ADD, "-o", "known.json"), "edi837: known.json: the baseline is also the output"),
        ((*KNOWN, "-o", "./known.json"), "edi837: known.json: the baseline is also the output"),
        (("--baseline", "denied.837", "--add-baseline"), f"edi837: denied.837: {DAMAGED}"),
        (
            ("--baseline", "none/known.json", "--add-baseline"),
            "edi837: none/known.json: cannot be written: no such file or directory",
        ),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_2(run, folder, arguments, said):
    before = (folder / "denied.837").read_bytes()
    result = run("check", "denied.837", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == said
    assert sorted(path.name for path in folder.iterdir()) == ["clean.837", "denied.837"]
    assert (folder / "denied.837").read_bytes() == before


def test_a_baseline_among_the_inputs_is_not_written_over(run, folder):
    (folder / "in").mkdir()
    (folder / "in" / "denied.837").write_bytes(DENIED)
    run("check", "in", *A01, "--baseline", "in/known.json", "--add-baseline")
    content = (folder / "in" / "known.json").read_bytes()
    result = run("check", "in", *A01, "--baseline", "in/known.json", "--add-baseline")
    assert (result.exit_code, result.stderr) == (2, "edi837: in/known.json: the output is also an input\n")
    assert (folder / "in" / "known.json").read_bytes() == content


def test_a_full_disk_leaves_the_old_baseline_and_no_report(run, folder, monkeypatch):
    run("check", "denied.837", *A01, *ADD)
    before = (folder / "known.json").read_bytes()
    (folder / "new.837").write_bytes(NEW)

    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = run("check", "new.837", *A01, *ADD, "-o", "report")
    assert result.exit_code == 2
    assert result.stderr.endswith("edi837: known.json: cannot be written: no space left on device\n")
    assert (folder / "known.json").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["clean.837", "denied.837", "known.json", "new.837"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_an_unreadable_baseline_is_exit_2(run, folder):
    (folder / "known.json").write_text("{}")
    (folder / "known.json").chmod(0)
    result = run("check", "denied.837", *KNOWN)
    assert (result.exit_code, result.stderr) == (2, "edi837: known.json: permission denied\n")


def test_a_run_that_is_stopped_leaves_the_old_baseline(run, folder, monkeypatch):
    run("check", "denied.837", *A01, *ADD)
    before = (folder / "known.json").read_bytes()

    def stop(self):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(local.CheckRun, "__iter__", stop)
    assert run("check", "denied.837", *ADD).exit_code == 130
    assert (folder / "known.json").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["clean.837", "denied.837", "known.json"]


# [[suppress]] ---------------------------------------------------------------------------------------------------------


def test_an_entry_takes_its_findings_out_of_the_exit_code(run, folder):
    (folder / "edi837.toml").write_text(ENTRY)
    result = run("check", "denied.837", *A01)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "No findings. 1 suppressed. 1 claim: 1 checked, 0 not applicable, 0 unreadable.\n"
    assert run("check", "denied.837", *A01, "--isolated").exit_code == 1
    (folder / "new.837").write_bytes(NEW)
    assert run("check", "denied.837", "new.837", *A01).exit_code == 1


def test_expired_and_unused_entries_are_reported(run, folder, monkeypatch, schema):
    unused = ENTRY.replace("DENIED", "GONE")
    (folder / "edi837.toml").write_text(ENTRY + unused)
    monkeypatch.setattr(adoption, "today", lambda: date(2027, 1, 1))
    expired = run("check", "denied.837", *A01)
    assert expired.exit_code == 1
    place = folder / "edi837.toml"
    assert expired.stderr == "".join(
        f"{place}: warning S101 [[suppress]] {number} (A01) expired on 2026-12-31 and suppresses nothing any more; "
        "remove the entry, or give it a new date if somebody still answers for it\n"
        for number in (1, 2)
    )
    monkeypatch.setattr(adoption, "today", lambda: date(2026, 12, 31))
    document = json.loads(run("check", "denied.837", *A01, "--format", "json").stdout)
    Draft202012Validator(schema("check")).validate(document)
    assert document["summary"]["suppressed"] == 1
    assert document["diagnostics"] == [
        {
            "code": "S102",
            "severity": "warning",
            "message": "[[suppress]] 2 (A01) fits no finding",
            "file": str(place),
            "segment": None,
            "offset": None,
        }
    ]
    assert run("check", "denied.837", *A01, "--quiet").stderr == ""


def test_the_day_is_that_of_the_machine(run, folder, monkeypatch):
    monkeypatch.setattr(adoption, "today", today)
    (folder / "edi837.toml").write_text(ENTRY.replace("2026-12-31", "2020-01-31"))
    assert "expired on 2020-01-31" in run("check", "denied.837", *A01).stderr
    (folder / "edi837.toml").write_text(ENTRY.replace("2026-12-31", "9999-12-31"))
    assert run("check", "denied.837", *A01).exit_code == 0


# What is shown --------------------------------------------------------------------------------------------------------

SHOWN = " (suppressed: [[suppress]] 1: the pharmacy bills the drug)"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_suppressed_findings_are_shown_on_demand_and_marked(run, folder, jobs):
    (folder / "edi837.toml").write_text(ENTRY)
    options = (*A01, "--jobs", jobs, "--show-suppressed")
    text = run("check", "denied.837", *options)
    assert text.exit_code == 0
    assert text.stdout.splitlines()[0].endswith(SHOWN)
    assert text.stdout.splitlines()[-1].startswith("No findings. 1 suppressed. ")
    full = " ".join(run("check", "denied.837", *options, "--format", "full").stdout.split())
    assert SHOWN.strip() in full
    [finding] = map(json.loads, run("check", "denied.837", *options, "--format", "jsonl").stdout.splitlines())
    assert finding["suppressed"] == "[[suppress]] 1: the pharmacy bills the drug"


def test_statistics_count_what_is_not_suppressed(run, folder):
    (folder / "edi837.toml").write_text(ENTRY)
    assert run("check", "denied.837", *A01, "--statistics", "--show-suppressed").stdout.startswith("No findings.")


@pytest.mark.parametrize("name", ["json", "jsonl", "csv"])
def test_without_the_option_no_format_shows_them(run, folder, name):
    (folder / "edi837.toml").write_text(ENTRY)
    shown = run("check", "denied.837", *A01, "--format", name, "--show-suppressed").stdout
    assert "DENIED" in shown
    assert "DENIED" not in run("check", "denied.837", *A01, "--format", name).stdout


def test_several_processes_suppress_the_same(run, folder):
    (folder / "edi837.toml").write_text(ENTRY)
    (folder / "new.837").write_bytes(NEW * 3)
    run("check", "new.837", *A01, *ADD)
    options = ("check", "denied.837", "new.837", "clean.837", *KNOWN, "--show-suppressed", "--format", "json")
    alone, together = run(*options), run(*options, "--jobs", "2")
    assert alone.stdout == together.stdout
    assert json.loads(alone.stdout)["summary"]["suppressed"] == 4
    assert alone.stderr == together.stderr


def test_the_settings_in_force_show_the_entries(run, folder, schema):
    (folder / "edi837.toml").write_text(ENTRY)
    document = json.loads(run("config", "--format", "json").stdout)
    Draft202012Validator(schema("config")).validate(document)
    assert document["suppress"] == [
        {
            "code": "A01",
            "reason": "the pharmacy bills the drug",
            "claim": "DENIED",
            "expires": "2026-12-31",
        }
    ]
    assert run("config").stdout.endswith(
        '[[suppress]]\ncode = "A01"\nreason = "the pharmacy bills the drug"\nclaim = "DENIED"\nexpires = "2026-12-31"\n'
    )


def test_denials_are_told_of_suppressed_findings_too(run, folder):
    """What payers do with a finding that somebody answers for is what the scorecard is for."""
    (folder / "edi837.toml").write_text(ENTRY)
    fixtures = Path(__file__).parents[2] / "fixtures" / "pairs"
    arguments = ("denials", "--claims", str(fixtures / "partner.837"), "--remits", str(fixtures / "partner.835"))
    assert run(*arguments).stdout == run(*arguments, "--isolated").stdout


def test_the_same_from_a_shell(folder):
    command = [sys.executable, "-m", "edi837", "check", "denied.837", *A01, *KNOWN]
    first = subprocess.run([*command, "--add-baseline"], capture_output=True, text=True, check=False)
    assert (first.returncode, first.stderr) == (0, "known.json: now knows 1 finding\n")
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (second.returncode, second.stderr, second.stdout) == (0, "", first.stdout)
