"""`edi837 remits`: the rows of a remittance, its exit codes and messages."""

from __future__ import annotations

import csv
import gzip
import json

import pytest
from jsonschema import Draft202012Validator
from remit_cases import GOOD, HEADER, ROOT, interchange

FULL = (ROOT / "fixtures" / "835" / "every_feature.835").read_bytes()
COLUMNS = [
    "file", "claim", "payer_claim_control_number", "status_code", "procedure", "original_procedure", "modifiers",
    "charge", "paid", "units", "service_date", "line_control_number", "adjustments", "claim_adjustments", "remarks",
    "payer", "payer_name", "trace_number", "payment_date",
]  # fmt: skip
PAYMENT = {
    "file": "full.835",
    "payer": "99301",
    "payer_name": "SAMPLE PLAN OF THE COAST",
    "trace_number": "EFT0000001",
    "payment_date": "2026-04-02",
}


@pytest.fixture(autouse=True)
def files(folder):
    (folder / "full.835").write_bytes(FULL)
    (folder / "good.835").write_bytes(interchange(GOOD))


def test_every_column_of_a_row(run):
    result = run("remits", "full.835")
    assert (result.exit_code, result.stderr) == (0, "1 remittance, 3 claim payments, 5 service payments.\n")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["claim"], row["procedure"]) for row in rows] == [
        ("P0001", "99213"),
        ("P0001", "96372"),
        ("P0001", "J1030"),
        ("P0001", "J3490"),
        ("P0002", "99212"),
        ("P0003", None),
    ]
    assert [list(row) for row in rows] == [COLUMNS] * 6
    assert rows[1] == {
        **PAYMENT,
        "claim": "P0001",
        "payer_claim_control_number": "ICN0001",
        "status_code": "1",
        "procedure": "96372",
        "original_procedure": None,
        "modifiers": ["59", "RT"],
        "charge": "35",
        "paid": "0",
        "units": "1",
        "service_date": "2026-03-10",
        "line_control_number": "P0001L2",
        "adjustments": [{"group": "CO", "reason": "97", "amount": "35", "quantity": None}],
        "claim_adjustments": [],
        "remarks": ["N19", "M15", "MA01", "N130"],
    }
    assert rows[2]["original_procedure"] == "J3301"
    assert rows[2]["adjustments"][4] == {"group": "CO", "reason": "151", "amount": "25", "quantity": "2"}
    # A service without a date of its own has the claim's.
    assert [row["service_date"] for row in rows[3:]] == ["2026-03-09", "2026-03-12", None]
    assert rows[4]["claim_adjustments"] == [{"group": "OA", "reason": "23", "amount": "20", "quantity": None}]


def test_a_claim_payment_without_services_is_one_row(run):
    assert json.loads(run("remits", "full.835").stdout.splitlines()[-1]) == {
        **PAYMENT,
        "claim": "P0003",
        "payer_claim_control_number": None,
        "status_code": "4",
        "procedure": None,
        "original_procedure": None,
        "modifiers": [],
        "charge": "75",
        "paid": "0",
        "units": None,
        "service_date": None,
        "line_control_number": None,
        "adjustments": [],
        "claim_adjustments": [{"group": "CO", "reason": "29", "amount": "75", "quantity": None}],
        "remarks": ["N211"],
    }


def test_json_and_csv_hold_the_same_rows(run, schema):
    rows = json.loads(run("remits", "full.835", "good.835", "--format", "json").stdout)
    Draft202012Validator(schema("remits")).validate(rows)
    assert [json.loads(line) for line in run("remits", "full.835", "good.835").stdout.splitlines()] == rows
    table = list(csv.DictReader(run("remits", "full.835", "good.835", "--format", "csv").stdout.splitlines()))
    assert [list(row) for row in table] == [COLUMNS] * 7
    assert [row["procedure"] for row in table] == [row["procedure"] or "" for row in rows]
    assert table[0]["adjustments"] == "CO-45:24;PR-3:10"
    assert table[2]["adjustments"] == "CO-45:10;CO-253:1;CO-94:-1;CO-144:5;CO-151:25;CO-222:10"
    assert (table[4]["claim_adjustments"], table[1]["remarks"], table[1]["modifiers"]) == (
        "OA-23:20",
        "N19 M15 MA01 N130",
        "59 RT",
    )


def test_a_file_gets_the_whole_table(run, folder):
    result = run("remits", "full.835", "-o", "rows.jsonl", "-q")
    assert (result.exit_code, result.output) == (0, "")
    assert (folder / "rows.jsonl").read_text() == run("remits", "full.835").stdout


def test_what_does_not_add_up_is_told_and_read(run, folder):
    (folder / "off.835").write_bytes(interchange(GOOD.replace("CAS*CO*45*40", "CAS*CO*45*30")))
    result = run("remits", "off.835")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["paid"] == "60"
    claim, line, summary = result.stderr.splitlines()
    assert line.startswith("off.835:9: warning R401 claim A: service 1: SVC02 100 - SVC03 60 = 40, but ")
    assert claim.startswith("off.835:7: warning R402 claim A: CLP03 100 - CLP04 60 = 40, but ")
    assert summary == "1 remittance, 1 claim payment, 1 service payment."
    assert run("remits", "off.835", "-q").stderr == ""


def test_what_could_not_be_read_is_exit_2_with_the_rows_of_the_rest(run, folder):
    (folder / "odd.835").write_bytes(interchange(GOOD.replace("CAS*CO*45*40", "CAS*CO*45*4O")))
    result = run("remits", "odd.835", "good.835", "-q")
    assert result.exit_code == 2
    assert result.stderr.startswith("odd.835:11: error R203 claim A: service 1: CAS03 is no amount; ")
    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == ["odd.835", "good.835"]


@pytest.mark.parametrize("data", [b"Dear clinic,\n", b"", interchange(GOOD, guide="004010X091A1")])
def test_no_remittance_is_exit_2(run, folder, data):
    (folder / "none.835").write_bytes(data)
    result = run("remits", "none.835")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == "edi837: no 835 remittance was found"


def test_claims_are_no_remittance(run):
    result = run("remits", "denied.837")
    assert result.exit_code == 2
    assert "X401 skipped claims (837): no remittance; " in result.stderr


def test_a_remittance_without_claims_is_read(run, folder):
    (folder / "plb.835").write_bytes(interchange(HEADER.replace("*60*", "*-5*") + "PLB*1234567893*20261231*WO:A*5~"))
    result = run("remits", "plb.835", "--format", "json")
    assert (result.exit_code, result.stdout) == (0, "[]\n")
    assert result.stderr == "1 remittance, 0 claim payments, 0 service payments.\n"


def test_standard_input_and_compressed_files(run, folder):
    result = run("remits", "-", "--stdin-filename", "night.835", stdin=FULL)
    assert json.loads(result.stdout.splitlines()[0])["file"] == "night.835"
    (folder / "good.835.gz").write_bytes(gzip.compress(interchange(GOOD)))
    assert json.loads(run("remits", "good.835.gz").stdout)["claim"] == "A"


def test_of_an_archive_that_breaks_off_what_came_is_read(run, folder):
    many = "".join(GOOD[len(HEADER) :].replace("CLP*A*", f"CLP*A{number}*") for number in range(30_000))
    packed = gzip.compress(interchange(HEADER + many))
    (folder / "cut.835.gz").write_bytes(packed[: len(packed) // 2])
    result = run("remits", "cut.835.gz", "good.835", "-q")
    assert result.exit_code == 2
    assert "error X107" in result.stderr
    rows = [json.loads(line)["claim"] for line in result.stdout.splitlines()]
    assert rows[:2] == ["A0", "A1"]
    assert len(rows) > 1000
    assert rows[-1] == "A"
    (folder / "bad.835.gz").write_bytes(b"no archive")
    assert run("remits", "bad.835.gz").stderr.count("error") == 1
