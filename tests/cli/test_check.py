"""`edi837 check`: exit codes, formats, inputs, settings."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
import zipfile

import pytest
from jsonschema import Draft202012Validator

from cli.conftest import CLEAN, DENIED, NOT_APPLICABLE
from edi837.engines import local
from edi837.model import Severity
from edi837.reporters import BUILT_IN
from edi837.rules import load_rules

A01 = ("--select", "A01")
DENIED_LINE = "denied.837:24  claim DENIED line 1  error    A01 "


def test_a_finding_is_exit_1_and_the_last_line_is_the_whole_story(run):
    result = run("check", "denied.837", *A01)
    assert result.exit_code == 1
    first, blank, last = result.stdout.splitlines()
    assert first.startswith(DENIED_LINE)
    assert blank == ""
    assert last == (
        "1 finding: 1 error, 0 warnings, 0 info. 1 claim: 1 checked, 0 not applicable, 0 unreadable. $25.00 at risk."
    )
    assert result.stderr == ""


def test_no_finding_is_exit_0(run):
    result = run("check", "clean.837", *A01)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "No findings. 1 claim: 1 checked, 0 not applicable, 0 unreadable.\n"


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        ("error", None, 1),
        ("warning", None, 0),
        ("warning", "warning", 1),
        ("info", "warning", 0),
        ("info", "info", 1),
        ("error", "off", 0),
    ],
)
def test_fail_on(run, folder, severity, fail_on, code):
    (folder / "edi837.toml").write_text(f'[severity]\nA01 = "{severity}"')
    assert run("check", "denied.837", *A01, *(["--fail-on", fail_on] if fail_on else [])).exit_code == code
    if fail_on:
        (folder / "edi837.toml").write_text(f'fail-on = "{fail_on}"\n[severity]\nA01 = "{severity}"')
        assert run("check", "denied.837", *A01).exit_code == code


def test_exit_zero_is_for_findings_only(run, folder):
    assert run("check", "denied.837", *A01, "--exit-zero").exit_code == 0
    (folder / "bad.837").write_bytes(DENIED[:300])
    assert run("check", "denied.837", "bad.837", *A01, "--exit-zero").exit_code == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cut.837", DENIED[:-80], "cut.837:"),
        ("empty.837", b"", "empty.837: error X100 "),
        ("text.837", b"Dear payer,\n", "text.837:1: error X101 "),
        ("visit.837", NOT_APPLICABLE, ""),
    ],
)
def test_what_was_not_checked_is_exit_2(run, folder, name, content, said):
    (folder / name).write_bytes(content)
    result = run("check", name, *A01)
    assert result.exit_code == 2
    assert result.stderr.startswith(said)


def test_exit_2_wins_over_1(run, folder):
    (folder / "text.837").write_bytes(b"Dear payer,\n")
    result = run("check", "denied.837", "text.837", *A01)
    assert result.exit_code == 2
    assert result.stdout.startswith(DENIED_LINE)
    assert "text.837: unreadable: " in result.stdout
    assert result.stderr.startswith("text.837:1: error X101 ")


def test_nothing_checked_says_why(run, folder):
    (folder / "visit.837").write_bytes(NOT_APPLICABLE)
    assert run("check", "visit.837", *A01).stdout == (
        "Nothing was checked: no claim has a procedure that a rule speaks about. "
        "1 claim: 0 checked, 1 not applicable, 0 unreadable.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check"], "Error: Missing argument 'PATH...'."),
        (["check", "none.837"], "edi837: none.837: no such file or folder"),
        (["check", "*.x12"], "edi837: *.x12: no file matches"),
        (["check", "clean.837", "--format", "jsn"], 'edi837: there is no format "jsn", only text, full, json, jsonl'),
        (["check", "clean.837", "--select", "A0"], 'edi837: --select: "A0" is no rule code, rule name or family'),
        (["check", "clean.837", "--config", "none.toml"], "edi837: none.toml: no such file or directory"),
        (["check", "clean.837", "--config", "x", "--isolated"], "Error: --config and --isolated exclude each other"),
        (["check", "clean.837", "--fail-on", "eror"], "Error: Invalid value for '--fail-on'"),
        (["check", "clean.837", "--jobs", "0"], "Error: Invalid value for '--jobs'"),
        (
            ["check", "clean.837", "-o", "none/report"],
            "edi837: none/report: cannot be written: no such file or directory",
        ),
        (["check", "clean.837", "-o", "clean.837"], "edi837: clean.837: the output is also an input"),
        (["chek"], "Error: No such command 'chek'."),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_2(run, arguments, said):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1].startswith(said)


def test_a_crashed_rule_is_a_finding_and_exit_2(run, monkeypatch):
    import msgspec

    def crash(encounter, ctx):
        raise KeyError("DOE*JANE")
        yield

    rules = tuple(msgspec.structs.replace(rule, check=crash) for rule in load_rules() if rule.code == "A01")
    monkeypatch.setattr(local, "load_rules", lambda: rules)
    result = run("check", "denied.837", "--exit-zero")
    assert result.exit_code == 2
    assert "INT001 the rule failed on this claim (KeyError)" in result.stdout
    assert "JANE" not in result.output


def test_a_fault_of_the_program_shows_no_data_and_is_exit_2(run, monkeypatch):
    def fail(self):
        raise KeyError("DOE*JANE")

    monkeypatch.setattr(local.CheckRun, "__iter__", fail)
    result = run("check", "denied.837")
    assert result.exit_code == 2
    assert result.stderr.startswith("edi837: internal error (KeyError); the run stopped")
    assert "test_check.py" in result.stderr
    assert "JANE" not in result.output


def test_an_interrupt_is_no_exit_code_of_a_finished_run(run, monkeypatch):
    def stop(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(local.CheckRun, "__iter__", stop)
    assert run("check", "denied.837").exit_code == 130


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_report_goes_to_the_output_and_the_story_to_the_standard_error(run, folder, name):
    printed = run("check", "denied.837", *A01, "--format", name)
    written = run("check", "denied.837", *A01, "--format", name, "-o", "report")
    assert (printed.exit_code, written.exit_code, written.stdout) == (1, 1, "")
    assert (folder / "report").read_bytes() == printed.stdout_bytes
    assert written.stderr.startswith("1 finding: 1 error, ")
    assert printed.stderr == ("" if name in ("text", "full") else written.stderr)
    assert sorted(path.name for path in folder.iterdir()) == ["clean.837", "denied.837", "report"]


def test_json_is_the_contract(run, schema):
    document = json.loads(run("check", "denied.837", "clean.837", *A01, "--format", "json").stdout)
    Draft202012Validator(schema("check")).validate(document)
    assert document["summary"] == {
        "files": 2,
        "interchanges": 2,
        "transactions": 2,
        "claims": 2,
        "checked": 2,
        "not_applicable": 0,
        "unreadable": 0,
        "findings": {"error": 1, "warning": 0, "info": 0},
        "suppressed": 0,
        "at_risk": "25",
    }
    assert [(file["file"], file["status"], file["claims"]) for file in document["files"]] == [
        ("denied.837", "ok", 1),
        ("clean.837", "ok", 1),
    ]
    assert [(finding["code"], finding["claim"], finding["line"]) for finding in document["findings"]] == [
        ("A01", "DENIED", "1")
    ]
    assert DENIED[document["findings"][0]["offset"] :].startswith(b"SV1*HC:96372")


def test_statistics(run):
    in_place = run("check", "denied.837", *A01, "--statistics")
    assert in_place.stdout.startswith("1  error    A01 admin-without-drug-line\n\n1 finding: ")
    beside = run("check", "denied.837", *A01, "--statistics", "--format", "jsonl")
    assert json.loads(beside.stdout)["code"] == "A01"
    assert beside.stderr.startswith("1  error    A01 admin-without-drug-line\n1 finding: ")


def test_quiet_says_only_why_it_failed(run, folder):
    assert run("check", "denied.837", *A01, "--format", "jsonl", "--quiet").stderr == ""
    (folder / "odd.837").write_bytes(b"\n" + CLEAN.replace(b"IEA*1*000000001", b"IEA*2*000000001"))
    assert "odd.837" in run("check", "odd.837", *A01).stderr
    assert run("check", "odd.837", *A01, "-q").stderr == ""
    (folder / "text.837").write_bytes(b"Dear payer,\n")
    assert run("check", "text.837", *A01, "-q").stderr.startswith("text.837:1: error X101 ")


def test_many_diagnostics_of_one_kind_are_counted_not_listed(run, folder):
    (folder / "doubled.837").write_bytes(CLEAN.replace(b"~\n", b"~~\n"))
    lines = [line for line in run("check", "doubled.837", *A01).stderr.splitlines() if "X301" in line]
    assert len(lines) == 4
    assert lines[-1].startswith("doubled.837: ")
    assert lines[-1].endswith(" more X301")


def test_standard_input(run):
    assert run("check", "-", *A01, stdin=DENIED).stdout.startswith("-:24  claim DENIED")
    named = run("check", "-", *A01, "--stdin-filename", "night.837", stdin=DENIED)
    assert (named.exit_code, named.stdout.split()[0]) == (1, "night.837:24")


def test_folders_archives_and_compressed_files(run, folder):
    (folder / "in").mkdir()
    (folder / "in" / "a.837.gz").write_bytes(gzip.compress(DENIED))
    with zipfile.ZipFile(folder / "in" / "b.zip", "w") as archive:
        archive.writestr("night/b.837", DENIED.replace(b"DENIED", b"ZIPPED"))
    (folder / "in" / ".hidden").write_bytes(b"not X12")
    result = run("check", "in", *A01, "--format", "jsonl")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(finding["file"], finding["claim"]) for finding in found] == [
        ("in/a.837.gz", "DENIED"),
        ("in/b.zip/night/b.837", "ZIPPED"),
    ]


def test_a_broken_archive_does_not_stop_the_others(run, folder):
    (folder / "cut.837.gz").write_bytes(gzip.compress(DENIED)[:-20])
    result = run("check", "cut.837.gz", "denied.837", *A01)
    assert result.exit_code == 2
    assert DENIED_LINE in result.stdout
    assert "cut.837.gz" in result.stderr


def test_the_nearest_settings_file_holds(run, folder, monkeypatch):
    (folder / "edi837.toml").write_text('ignore = ["A"]')
    (folder / "deep" / "down").mkdir(parents=True)
    monkeypatch.chdir(folder / "deep" / "down")
    path = str(folder / "denied.837")

    def codes(*arguments):
        return {
            json.loads(line)["code"] for line in run("check", path, "--format", "jsonl", *arguments).stdout.splitlines()
        }

    assert "A01" not in codes()
    assert "A01" in codes("--isolated")
    assert codes("--select", "A01") == {"A01"}
    (folder / "other.toml").write_text('select = ["A01"]')
    assert codes("--config", str(folder / "other.toml")) == {"A01"}
    assert codes("--config", str(folder / "other.toml"), "--ignore", "A01") == set()


def test_a_mistake_in_the_settings_file_names_the_file(run, folder):
    (folder / "edi837.toml").write_text('ignor = ["A"]')
    result = run("check", "denied.837")
    assert result.exit_code == 2
    assert result.stderr == f'edi837: {folder / "edi837.toml"}: unknown key "ignor"; did you mean "ignore"?\n'
    (folder / "edi837.toml").write_bytes(b"\xff")
    assert run("check", "denied.837").stderr == f"edi837: {folder / 'edi837.toml'}: not UTF-8 text\n"


def test_several_processes_give_the_same_report(run):
    alone = run("check", "denied.837", "clean.837", "--format", "json")
    together = run("check", "denied.837", "clean.837", "--format", "json", "--jobs", "2")
    assert together.stdout == alone.stdout


def test_progress_is_shown_on_a_terminal_only(folder):
    command = [sys.executable, "-m", "edi837", "check", "denied.837", "-o", "report"]
    terminal, slave = pty.openpty()
    done = subprocess.run(command, stderr=slave, stdout=subprocess.DEVNULL, check=False)
    os.close(slave)
    shown = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    assert done.returncode == 1
    assert "1 claims" in shown
    assert "at risk." in shown
    assert Severity.ERROR.value in shown
