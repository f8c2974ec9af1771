"""`edi837 denials`: its formats, what it says to a person, its exit codes and messages."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from datetime import date

import pytest
from denial_cases import PAIRS, SHOT, VISIT, clp, header
from jsonschema import Draft202012Validator
from published import load, mue_file
from remit_cases import interchange as remittance
from rule_cases import interchange

COLUMNS = (
    "claim line procedure payer service_date charge paid status matched_by adjustments remarks category label rule "
    "alternates"
)
BOTH = ("--claims", "sent", "--remits", "received")


@pytest.fixture(autouse=True)
def pairs(folder):
    """Folders with the claims and the remittances of all pairs, and those of two pairs in the current one."""
    for suffix, name in ((".837", "sent"), (".835", "received")):
        (folder / name).mkdir()
        for path in PAIRS.glob(f"*{suffix}"):
            shutil.copy(path, folder / name)
        for name in ("vector-1", "partner"):
            shutil.copy(PAIRS / f"{name}{suffix}", folder)


def test_the_json_report_is_the_contract(run, schema):
    result = run("denials", *BOTH, "--format", "json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    Draft202012Validator(schema("denials")).validate(report)
    assert list(report) == [
        "schema_version", "tool", "summary", "lines", "scorecard", "root_causes", "unmatched_payments"
    ]  # fmt: skip
    assert " ".join(report["summary"]) == (
        "lines paid denied partial patient_responsibility pending unmatched denied_amount foreseen_amount "
        "preventable_amount"
    )
    assert all(" ".join(row) == COLUMNS for row in report["lines"])
    assert " ".join(report["scorecard"][0]) == (
        "rule payer hits denied_as_predicted denied_otherwise paid pending precision precision_low precision_high "
        "amount"
    )
    assert " ".join(report["root_causes"][0]) == "payer adjustment remark procedure label rule lines amount"
    assert report["summary"]["lines"] == len(report["lines"])
    assert isinstance(report["summary"]["denied_amount"], str)


def test_a_row(run):
    result = run("denials", "--claims", "partner.837", "--remits", "partner.835", "--format", "jsonl")
    row = json.loads(result.stdout.splitlines()[1])
    alternates = row.pop("alternates")
    assert "B01" not in alternates
    assert row == {
        "claim": "PARTNER",
        "line": "2",
        "procedure": "96372",
        "payer": "00001",
        "service_date": "2026-03-10",
        "charge": "35",
        "paid": "0",
        "status": "denied",
        "matched_by": "line-control-number",
        "adjustments": ["CO-97"],
        "remarks": ["N19"],
        "category": "bundling",
        "label": "predicted-on-partner",
        "rule": "B01",
    }


def test_jsonl_and_csv_hold_the_lines_of_the_json_report(run):
    report = json.loads(run("denials", *BOTH, "--format", "json").stdout)
    assert [json.loads(line) for line in run("denials", *BOTH, "--format", "jsonl").stdout.splitlines()] == report[
        "lines"
    ]
    table = list(csv.DictReader(run("denials", *BOTH, "--format", "csv").stdout.splitlines()))
    assert " ".join(table[0]) == COLUMNS
    assert [row["adjustments"] for row in table] == [" ".join(row["adjustments"]) for row in report["lines"]]
    assert [row["label"] for row in table] == [row["label"] or "" for row in report["lines"]]


def test_unmatched_payments_have_no_names(run, folder):
    (folder / "other.835").write_bytes(remittance(header() + clp("NOBODY", "155", "80")))
    report = json.loads(run("denials", "--claims", "vector-1.837", "--remits", "other.835", "--format", "json").stdout)
    assert report["unmatched_payments"] == [{"claim": "NOBODY", "payer": "00001", "charge": "155", "paid": "80"}]
    assert report["summary"]["unmatched"] == 1


@pytest.mark.parametrize("format_name", ["text", "full", "json", "jsonl", "csv"])
def test_no_format_names_the_patient(run, format_name):
    result = run("denials", *BOTH, "--all-claims", "--format", format_name)
    assert result.exit_code == 0
    for private in ("DOE", "JANE", "ROE", "MEMBER000", "SECOND1"):
        assert private not in result.output.replace("WHOLE-ROE", "")


def test_text_adds_up_to_the_cent(run):
    text = run("denials", *BOTH, "--all-claims").stdout
    head, *rows = [line.split() for line in text.split("\n\n")[1].splitlines()]
    assert head[1:] == ["charges", "paid", "adjusted", "patient", "denied", "pending"]
    amounts = [[round(float(cell.strip("$-").replace(",", "")) * 100) for cell in row[-6:]] for row in rows]
    assert all(charges == sum(parts) for charges, *parts in amounts)
    assert [sum(column) for column in zip(*amounts[:-1], strict=True)] == amounts[-1]
    assert rows[-1][:2] == ["all", "payers"]


def test_text_says_what_precision_is_measured_on(run):
    text = run("denials", *BOTH).stdout
    assert "measured on what was sent" in " ".join(text.split())
    assert "100% (" in text
    for title in ("Where the charges went", "Denials by cause", "How often the rules were right", "no rule foresaw"):
        assert title in text


def test_full_tells_a_claim_from_both_sides(run):
    text = run("denials", "--claims", "vector-1.837", "--remits", "vector-1.835", "--format", "full").stdout
    for part in (
        "Claim VECTOR1 (payer 00001 EXAMPLE PAYER, $155.00)",
        "2026-04-02, status 1, number ICN1",
        "sent 99213 (2026-03-10, 1 UN, place 11, $120.00)",
        "CO-97 $120.00: already included in another paid service",
        "N19 incidental to primary procedure",
        "foreseen by B01 em-modifier-25-missing-office",
        "foreseen by A01 admin-without-drug-line",
        "to do",
    ):
        assert part in text, part


def test_full_tells_the_nearest_rule_and_why_it_does_not_count(run, folder):
    services = "SVC*HC:99213*120*0~ CAS*CO*50*120~ REF*6R*1A~ SVC*HC:96372*35*20~ CAS*CO*45*15~ REF*6R*1B~ "
    (folder / "c.837").write_bytes(interchange(f"CLM*CLAIM1~ {VISIT}{SHOT}"))
    (folder / "r.835").write_bytes(remittance(header() + clp(paid="20") + services))
    text = " ".join(run("denials", "--claims", "c.837", "--remits", "r.835", "--format", "full").stdout.split())
    assert "none foresaw it; the nearest is B01" in text
    assert "it does not count: CO-50 is none of the denials that it predicts" in text


def test_one_claim_is_told_in_full_though_nothing_was_denied(run):
    text = run("denials", *BOTH, "--claim", "MENDED").stdout
    assert text.startswith("Claim MENDED")
    assert "taken back" in text
    assert text.splitlines()[-1].startswith("3 service lines: 3 paid")
    assert run("denials", *BOTH, "--claim", "MENDED", "--format", "csv").stdout.count("MENDED") == 3


def test_a_claim_that_is_not_there_is_exit_2(run):
    result = run("denials", *BOTH, "--claim", "NOBODY")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "edi837: there is no claim NOBODY in the files of --claims"


def test_one_option_takes_several_paths(run):
    one = run("denials", "--claims", "vector-1.837", "partner.837", "--remits", "vector-1.835", "partner.835", "-q")
    two = run(
        "denials", "--remits=partner.835", "--claims", "partner.837", "--claims", "vector-1.837", "-q",
        "--remits", "vector-1.835",
    )  # fmt: skip
    assert (one.exit_code, two.exit_code) == (0, 0)
    assert one.stdout == two.stdout


def test_compressed_files_and_the_standard_input(run, folder):
    expected = run("denials", "--claims", "vector-1.837", "--remits", "vector-1.835", "-q").stdout
    (folder / "r.835.gz").write_bytes(gzip.compress((folder / "vector-1.835").read_bytes()))
    stdin = (folder / "vector-1.837").read_bytes()
    assert run("denials", "--claims", "-", "--remits", "r.835.gz", "-q", stdin=stdin).stdout == expected
    both = run("denials", "--claims", "-", "--remits", "-", stdin=stdin)
    assert both.exit_code == 2
    assert "not both" in both.stderr


def test_the_output_file_is_written_whole_and_is_no_input(run, folder):
    result = run("denials", *BOTH, "--format", "json", "-o", "report.json")
    assert result.exit_code == 0
    assert json.loads((folder / "report.json").read_text())["schema_version"] == 1
    assert "service lines:" in result.stderr
    refused = run("denials", "--claims", "vector-1.837", "--remits", "vector-1.835", "-o", "vector-1.835")
    assert refused.exit_code == 2
    assert "also an input" in refused.stderr


def test_nothing_matched_is_said_and_is_no_failure(run):
    result = run("denials", "--claims", "vector-1.837", "--remits", "partner.835")
    assert result.exit_code == 0
    assert "No payment answers any of the claims" in result.stderr
    assert "pending" in result.stdout


def test_no_claim_that_the_rules_speak_about_is_said(run, folder):
    (folder / "visit.837").write_bytes(interchange(f"CLM*VISIT~ {VISIT}"))
    result = run("denials", "--claims", "visit.837", "--remits", "vector-1.835")
    assert result.exit_code == 0
    assert "--all-claims" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--claims", "vector-1.835", "--remits", "vector-1.835"), "no 837P claim was found in the files of --claims"),
        (
            ("--claims", "vector-1.837", "--remits", "vector-1.837"),
            "no claim payment was found in the files of --remits",
        ),
        (("--claims", "missing.837", "--remits", "vector-1.835"), "missing.837: no such file or folder"),
    ],
)
def test_a_side_without_anything_to_read_is_exit_2(run, arguments, reason):
    result = run("denials", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == f"edi837: {reason}"


@pytest.mark.parametrize("arguments", [("--claims", "vector-1.837"), ("--remits", "vector-1.835"), ("--claims",), ()])
def test_both_sides_are_asked_for(run, arguments):
    assert run("denials", *arguments).exit_code == 2


@pytest.mark.parametrize("suffix", ["837", "835"])
def test_a_side_that_is_cut_off_is_exit_2_with_the_report_of_the_rest(run, folder, suffix):
    whole = (folder / f"vector-1.{suffix}").read_bytes()
    (folder / f"vector-1.{suffix}").write_bytes(whole[:-70])
    result = run("denials", "--claims", "vector-1.837", "--remits", "vector-1.835", "--format", "csv")
    assert result.exit_code == 2
    assert f"vector-1.{suffix}" in result.stderr
    assert result.stdout.startswith("claim,line,")


def test_what_does_not_add_up_is_a_warning(run, folder):
    spoiled = (folder / "vector-1.835").read_bytes().replace(b"CAS*CO*97*120", b"CAS*CO*97*119")
    (folder / "vector-1.835").write_bytes(spoiled)
    result = run("denials", "--claims", "vector-1.837", "--remits", "vector-1.835")
    assert result.exit_code == 0
    assert "warning R401" in result.stderr
    assert "$1.00 of what was adjusted is explained by no adjustment code" in result.stdout
    assert run("denials", "--claims", "vector-1.837", "--remits", "vector-1.835", "-q").stderr == ""


def test_the_settings_say_which_rules_speak(run, folder):
    (folder / "edi837.toml").write_text('ignore = ["B01"]\n')
    arguments = ("denials", "--claims", "vector-1.837", "--remits", "vector-1.835", "--format", "jsonl")
    assert json.loads(run(*arguments).stdout.splitlines()[0])["rule"] != "B01"
    assert json.loads(run(*arguments, "--isolated").stdout.splitlines()[0])["rule"] == "B01"


def test_imported_tables_speak_too(run, folder):
    load(folder / "data", "mue", mue_file(folder, date(2026, 1, 1), {"J1050": 4}))
    arguments = ["denials", "--claims", "partner.837", "--remits", "partner.835", "--format", "json"]
    report = json.loads(run(*arguments, "--refdata", "data").stdout)
    assert report["tool"]["reference"]["mue"].endswith("2026q1 (imported)")
    assert "imported" not in json.loads(run(*arguments).stdout)["tool"]["reference"]["mue"]
    missing = run(*arguments, "--refdata", "nowhere")
    assert (missing.exit_code, missing.stdout, missing.stderr) == (2, "", "edi837: nowhere: no such folder\n")


@pytest.mark.parametrize("name", ["jsonl", "csv"])
def test_rows_are_the_same_where_nothing_is_added_up(run, name):
    loud, quiet = (run("denials", *BOTH, "--format", name, *more) for more in ([], ["--quiet"]))
    assert loud.stdout == quiet.stdout != ""
    assert (loud.exit_code, quiet.stderr) == (quiet.exit_code, "")
