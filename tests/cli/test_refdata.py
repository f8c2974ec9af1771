"""`edi837 refdata`: list, show, import, verify; and a check with imported tables."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator
from published import PAYER_HEADER, contents, generator, load, mue_file, ptp_file, tables, write
from rule_cases import interchange

from edi837.cli.refdata import command
from edi837.engines.refdata import user_folder

ROOT = Path(__file__).parents[2]
MUE = "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv"


@pytest.fixture
def data(folder):
    """A data folder with one edition of the unit limits: J1885 x 5 from July 2026."""
    path = folder / "data"
    load(path, "mue", mue_file(folder, date(2026, 7, 1), {"J1885": 5, "96372": 4}))
    return path


def claim(units: int = 6, day: str = "20260815") -> bytes:
    return interchange(
        f"CLM*A~ SV1*HC:J1885*90*UN*{units}***1~ DTP*472*D8*{day}~ SV1*HC:96372*35*UN*1***1~ DTP*472*D8*{day}~"
    )


@pytest.mark.parametrize("verb", list(command.commands))
def test_every_verb_and_option_has_help(run, verb):
    result = run("refdata", verb, "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    inner = command.commands[verb]
    section = (ROOT / "docs" / "cli.md").read_text().partition(f"## edi837 refdata {verb}\n")[2].partition("\n##")[0]
    for option in inner.params:
        if isinstance(option, click.Option):
            assert option.help.endswith((".", "]"))
            assert all(name in result.stdout and f"`{name}`" in section for name in option.opts)


def test_the_fixture_is_an_import_of_its_file(run, folder):
    published, stored = ROOT / "fixtures" / "published", ROOT / "fixtures" / "refdata"
    load(folder / "data", "mue", published / MUE)
    load(folder / "data", "payer", published / "payer-99201.csv", effective=date(2026, 7, 1))
    made, kept = contents(folder / "data"), contents(stored)
    assert made.keys() == kept.keys()
    for name, content in kept.items():
        assert made[name].replace(b"2026-08-01", b"2026-07-02") == content


# list


def test_list(run, data, schema):
    result = run("refdata", "list", "--refdata", "data")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["TABLE", "EDITION", "FROM", "TO", "ROWS", "SOURCE"]
    assert lines[-1] == "Imported tables are in data."
    [built_in, imported] = [line for line in lines if line.startswith("mue ")]
    assert built_in.split()[-4:] == ["2024-07-01", "2026-12-31", "14,725", "built-in"]
    assert imported.split(maxsplit=5)[1:] == [
        *("2026q3", "2026-07-01", "2026-09-30", "2"),
        f"imported: {MUE} (2026-08-01)",
    ]
    report = json.loads(run("refdata", "list", "--refdata", "data", "--format", "json").stdout)
    Draft202012Validator(schema("refdata-list")).validate(report)
    assert len(report["tables"]) == len(lines) - 3
    entry = next(entry for entry in report["tables"] if entry["imported"])
    assert (entry["table"], entry["kind"], entry["rows"], entry["valid_to"]) == ("mue", "mue", 2, "2026-09-30")


def test_list_without_imports(run, folder, monkeypatch):
    monkeypatch.delenv("EDI837_REFDATA_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "home"))
    monkeypatch.setattr("sys.platform", "linux")
    result = run("refdata", "list")
    assert result.exit_code == 0
    assert " imported" not in result.stdout
    assert result.stdout.endswith(f"Imported tables are in {folder}/home/edi837/refdata.\n")


@pytest.mark.parametrize(
    ("platform", "variables", "place"),
    [
        ("linux", {"XDG_DATA_HOME": "", "HOME": "/home/me"}, "/home/me/.local/share/edi837/refdata"),
        ("linux", {"XDG_DATA_HOME": "relative", "HOME": "/home/me"}, "/home/me/.local/share/edi837/refdata"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/edi837/refdata"),
        ("darwin", {"HOME": "/Users/me"}, "/Users/me/Library/Application Support/edi837/refdata"),
        ("win32", {"LOCALAPPDATA": "/AppData"}, "/AppData/edi837/refdata"),
    ],
)
def test_the_users_folder_is_where_the_platform_has_data(monkeypatch, platform, variables, place):
    monkeypatch.setattr("sys.platform", platform)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert user_folder() == place


# show


def test_show(run, data, schema):
    page = run("refdata", "show", "j1885", "--on", "2026-08-15", "--refdata", "data")
    assert page.exit_code == 0
    text = " ".join(page.stdout.split())
    for part in (
        "J1885 on 2026-08-15",
        "Drug ketorolac; per 15 mg; routes IM IV; since 1993-01-01;",
        "MUE 5 units a day (MAI 3) [mue-2026q3]",
        "MUE Medicaid 8 units a day [mue-medicaid-2026q1]",
        "in a mL or vial [asp-ndc-2025q4]",
        "Usual units 1 to 8; suspicious: 15, 30, 60, 120 [typical-units]",
        "mue-2026q3: CMS Medicare medically unlikely edits, practitioner services",
    ):
        assert part in text
    report = json.loads(
        run("refdata", "show", "J1885", "--on", "2026-08-15", "--refdata", "data", "--format", "json").stdout
    )
    Draft202012Validator(schema("refdata-show")).validate(report)
    assert report["mue"] == {"units": 5, "mai": 3, "edition": "mue-2026q3"}
    assert set(report["sources"]) >= {"mue-2026q3", report["drug"]["source"]}
    before = run("refdata", "show", "J1885", "--on", "2026-06-30", "--refdata", "data").stdout
    assert "MUE           8 units a day (MAI 3) [mue-medicare-2024q3]" in before


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("99213", ["Visit office established; beside 96372 denies: E/M", "column 1 96372, column 2 99213 denies"]),
        ("99211", ["no modifier clears it"]),
        ("J1040", ["Successor J1010 after J1040, from 2024-04-01, 80 units for one", "to 2024-03-31"]),
        ("J1010", ["Predecessor J1020 until 2024-03-31, 20 units of J1010 for one"]),
        ("J1094", ["ended on", "without a successor"]),
        ("00338-0072-25", ["00338007225 on 2026-03-01", "units of J1885: 2 in an item"]),
        ("J0897", ["Interval 180 days at least (60 units (Prolia)): every 6 months", "Diagnoses denosumab, covered:"]),
        ("96376", ["MUE 0: never paid on a professional claim"]),
        ("d63.1", ["D631 on 2026-03-01", "Manifestation never first; before it N18*"]),
    ],
)
def test_show_tells_what_kind_of_code_it_is(run, code, parts):
    result = run("refdata", "show", code, "--on", "2026-03-01")
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    for part in parts:
        assert part in text
    assert max(map(len, result.stdout.splitlines())) <= 120


def test_show_for_a_payer_and_from_imported_code_sets(run, folder, data):
    rows = "60054,J1885,,4,day,,,\n60054,J1885,11111-2222-33,,,1,2,\n"
    load(data, "payer", write(folder, "payer.csv", PAYER_HEADER + rows), effective=date(2026, 7, 1))
    load(data, "hcpcs", *generator.write_builtin("hcpcs", folder))
    load(
        data, "icd10", write(folder, "icd10cm_order_2026.txt", f"00001 M5450   1 {'Low back pain':60} Low back pain\n")
    )
    options = ("--on", "2026-08-15", "--refdata", "data")
    page = " ".join(run("refdata", "show", "J1885", "--payer", "60054", *options).stdout.split())
    assert "J1885 on 2026-08-15 for payer 60054" in page
    assert "MUE 4 units a day [payer-60054-2026-07-01]" in page
    assert "NDC 11111222233, units of J1885: 2 in an item, 2 in a mL or vial [payer-60054-2026-07-01]" in page
    assert "HCPCS Injection, ketorolac, per 15 mg (1993-01-01 in use;" in page
    diagnosis = run("refdata", "show", "M54.50", *options).stdout
    assert "Diagnosis     may be billed" in diagnosis
    assert "icd10-fy-2026: ICD-10-CM order file (icd10cm_order_2026.txt, imported on 2026-08-01)" in diagnosis


def test_show_of_an_unknown_code(run):
    result = run("refdata", "show", "J00000", "--on", "2026-03-01")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == 'edi837: nothing is known of "J00000" on 2026-03-01\n'


# import


def test_import(run, folder):
    mue_file(folder, date(2026, 7, 1), {"J1885": 5})
    result = run("refdata", "import", "mue", MUE, "--refdata", "new/data")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "mue 2026q3 imported: 1 row, for dates of service from 2026-07-01 to 2026-09-30\n"
    again = run("refdata", "import", "mue", MUE, "--refdata", "new/data")
    assert (again.exit_code, again.stdout) == (
        0,
        "mue 2026q3 is there already, from the same files: nothing has changed\n",
    )


def test_the_folder_may_come_from_the_environment(run, folder, monkeypatch):
    monkeypatch.setenv("EDI837_REFDATA_DIR", "elsewhere")
    mue_file(folder, date(2026, 7, 1), {"J1885": 5})
    assert run("refdata", "import", "mue", MUE).exit_code == 0
    assert tables(folder / "elsewhere").mue("J1885", "MB", date(2026, 8, 1)).units == 5
    (folder / "a.837").write_bytes(claim())
    assert "the MUE is 5 a day" in run("check", "a.837").stdout


def test_other_files_for_the_same_dates_need_a_word(run, folder, data):
    before = contents(data)
    mue_file(folder, date(2026, 7, 1), {"J1885": 9})
    refused = run("refdata", "import", "mue", MUE, "--refdata", "data")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"edi837: mue 2026q3 (from 2026-07-01) is there already, from {MUE}: give all files of an edition in one "
        "import, and --replace to put them in its place; nothing was imported\n"
    )
    assert contents(data) == before
    replaced = run("refdata", "import", "mue", MUE, "--refdata", "data", "--replace")
    assert replaced.stdout == "mue 2026q3 replaced: 1 row, for dates of service from 2026-07-01 to 2026-09-30\n"
    assert tables(data).mue("J1885", "MB", date(2026, 8, 1)).units == 9
    # The old table stays a day for the runs that have it open, and goes with a later import.
    old = next(name for name in before if name.endswith(".table"))
    assert old in contents(data)
    os.utime(data / old, (0, 0))
    mue_file(folder, date(2026, 4, 1), {"J1885": 3})
    run("refdata", "import", "mue", "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", "--refdata", "data")
    assert old not in contents(data)


def test_an_import_that_is_refused(run, folder):
    mue_file(folder, date(2026, 7, 1), {"J1885": 5})
    result = run("refdata", "import", "ncci-ptp", MUE, "--refdata", "data")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"edi837: {MUE}: not a file of kind ncci-ptp: it has the columns of mue; nothing was imported\n"
    )
    missing = run("refdata", "import", "mue", "missing.csv", "--refdata", "data")
    assert missing.stderr == "edi837: missing.csv: no such file or directory; nothing was imported\n"
    assert run("refdata", "import", "mue", "--refdata", "data").exit_code == 2
    assert run("refdata", "import", "prices", MUE).exit_code == 2
    assert run("refdata", "import", "mue", MUE, "--effective", "July").exit_code == 2


def test_notes_of_an_import_go_to_the_standard_error(run, folder):
    ptp_file(folder, "v322r0", [("20610", "96372", "20260701", "*", "1")])
    result = run("refdata", "import", "ncci-ptp", "ccipra-v322r0-f1.txt", "--refdata", "data")
    assert result.exit_code == 0
    assert result.stderr == "note: no pair has 96372 in column 1: is a part missing?\n"


@pytest.mark.parametrize("seen", [".tmp", ".table"])
def test_a_kill_in_the_middle_leaves_no_half_edition(run, folder, data, seen):
    paths = generator.write_files("ncci-ptp", folder, rows=60_000, parts=1)
    before = contents(data)
    program = [sys.executable, "-m", "edi837", "refdata", "import", "ncci-ptp", *map(str, paths), "--refdata", "data"]
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL)
    # As soon as a file of the edition is seen: growing, or already whole but not yet named by a manifest.
    while process.poll() is None and not any(name.endswith(seen) and name not in before for name in os.listdir(data)):
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    whole = [name for name in contents(data) if name.startswith("ncci-ptp") and name.endswith(".json")]
    result = run("refdata", "verify", "--refdata", "data")
    assert result.exit_code == 0
    assert result.stdout.count(": ok") == 1 + len(whole)
    # What is left changes no answer, is in nobody's way, and goes once it is old.
    assert run("refdata", "import", "ncci-ptp", *map(str, paths), "--refdata", "data").exit_code == 0
    for path in data.iterdir():
        os.utime(path, (0, 0))
    mue_file(folder, date(2026, 4, 1), {"J1885": 3})
    run("refdata", "import", "mue", "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", "--refdata", "data")
    assert sum(name.endswith(".table") for name in contents(data)) == 3
    assert not any(name.endswith(".tmp") for name in contents(data))


# verify


def test_verify(run, data, schema):
    result = run("refdata", "verify", "--on", "2026-08-15", "--refdata", "data")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:3] == ["mue-2026-07-01.json: mue 2026q3, 2 rows: ok", "", "For claims of 2026-08-15 answer"]
    answers = {line.split()[0]: " ".join(line.split()[1:]) for line in lines[3:]}
    assert answers == {
        "drugs": "2025q4, 2026q2 built-in out of date since 2026-06-30: import a later file of kind hcpcs",
        "icd10": "none no table: import a file of kind icd10",
        "mue": "2026q3 imported for dates of service to 2026-09-30",
        "ncci": "2024q3 built-in out of date since 2024-09-30: import a later file of kind ncci-ptp",
        "ndc": "2025q4 built-in out of date since 2025-12-31: import a later file of kind asp-ndc",
    }
    later = run("refdata", "verify", "--on", "2026-10-01", "--refdata", "data", "--format", "json")
    report = json.loads(later.stdout)
    Draft202012Validator(schema("refdata-verify")).validate(report)
    answer = next(answer for answer in report["answers"] if answer["table"] == "mue")
    assert (answer["edition"], answer["imported"], answer["out_of_date"]) == ("2026q3", True, True)
    assert report["editions"][0]["fault"] == ""
    failing = run("refdata", "verify", "--on", "2026-08-15", "--refdata", "data", "--fail-out-of-date")
    assert (later.exit_code, failing.exit_code) == (0, 1)


def test_verify_without_imports(run):
    result = run("refdata", "verify")
    assert result.exit_code == 0
    assert result.stdout.startswith("no edition is imported\n\nFor claims of 20")


def spoiled_table(data):
    return next(path for path in data.iterdir() if path.suffix == ".table")


def flip(data):
    path = spoiled_table(data)
    path.write_bytes(path.read_bytes().replace(b"5,3", b"7,3"))


def cut(data):
    path = spoiled_table(data)
    path.write_bytes(path.read_bytes()[:-5])


def change(old, new):
    def spoil(data):
        path = data / "mue-2026-07-01.json"
        path.write_text(path.read_text().replace(old, new, 1))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "fault", "check_fails"),
    [
        (flip, "not the bytes that were imported", False),
        (cut, "bytes, but it was imported with", True),
        (lambda data: spoiled_table(data).unlink(), "no such file or directory", True),
        (change('"kind"', '"sort"'), "not the manifest of an edition", True),
        (change('"schema_version": 1', '"schema_version": 2'), "made by another version of edi837", True),
        (change('"kind": "mue"', '"kind": "prices"'), "made by another version of edi837", True),
        (change('"data": "', '"data": "../'), "the table lies outside the folder", True),
    ],
)
def test_damaged_editions(run, folder, data, spoil, fault, check_fails):
    spoil(data)
    result = run("refdata", "verify", "--on", "2026-08-15", "--refdata", "data")
    assert result.exit_code == 2
    assert fault in result.stdout.splitlines()[0]
    assert "import the edition again, or delete its manifest" in result.stdout
    # A damaged edition answers nothing: not checked is not clean.
    assert "mue    medicare 2024q3" in result.stdout
    (folder / "a.837").write_bytes(claim())
    checked = run("check", "a.837", "--refdata", "data")
    if check_fails:
        assert (checked.exit_code, checked.stdout) == (2, "")
        assert fault in checked.stderr
    # The same import mends what is broken.
    assert run("refdata", "import", "mue", MUE, "--refdata", "data").stdout.startswith("mue 2026q3 imported: 2 rows")
    assert run("refdata", "verify", "--refdata", "data").exit_code == 0


# check


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_check_with_imported_tables(run, folder, data, jobs):
    (folder / "a.837").write_bytes(claim())
    (folder / "b.837").write_bytes(claim(day="20260630"))
    result = run("check", "a.837", "b.837", "--refdata", "data", "--jobs", jobs, "--format", "json")
    report = json.loads(result.stdout)
    limits = [(finding["file"], finding["message"]) for finding in report["findings"] if finding["code"] == "C01"]
    assert limits == [("a.837", "J1885 x 6: the MUE is 5 a day (MAI 3)")]
    assert report["tool"]["reference"]["mue"].endswith(", 2026q3 (imported)")


def test_a_folder_that_is_named_must_exist(run):
    for arguments in (["check", "clean.837"], ["refdata", "list"], ["refdata", "verify"], ["refdata", "show", "J1885"]):
        result = run(*arguments, "--refdata", "nowhere")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "edi837: nowhere: no such folder\n"
