"""`edi837 lines`: the rows of a batch, its exit codes and messages."""

from __future__ import annotations

import csv
import json

import pytest
from jsonschema import Draft202012Validator
from rule_cases import interchange

from cli.conftest import CLEAN

DRUG = interchange(
    "SBR*P*18*******CI~ NM1*PR*2*AETNA*****PI*60054~ NM1*IL*1*DOE*JANE****MI*M1~"
    "CLM*FULL****11:B:7~ REF*F8*PAYER1~ HI*ABK:M1711*ABF:M25561~"
    "SV1*HC:J3301:JZ::::SHOULDER*40*UN*4***1:2~ DTP*472*RD8*20260310-20260311~ REF*6R*LC1~ LIN**N4*00003029305~"
    "CTP****1.5*ML~"
)
ROW = {
    "file": "full.837",
    "claim": "FULL",
    "line": "1",
    "procedure": "J3301",
    "modifiers": ["JZ"],
    "charge": "40",
    "unit_basis": "UN",
    "units": "4",
    "place_of_service": "11",
    "diagnosis_pointers": [1, 2],
    "diagnoses": ["M1711", "M25561"],
    "service_date": "2026-03-10",
    "service_date_end": "2026-03-11",
    "line_control_number": "LC1",
    "ndc": "00003029305",
    "ndc_quantity": "1.5",
    "ndc_unit": "ML",
    "description": "SHOULDER",
    "payer": "60054",
    "payer_name": "AETNA",
    "payer_class": "CI",
    "billing_npi": "1234567893",
    "rendering_npi": "1234567893",
    "frequency": "7",
    "payer_claim_control_number": "PAYER1",
    "transaction": "0001",
}


@pytest.fixture(autouse=True)
def full(folder):
    (folder / "full.837").write_bytes(DRUG)


def test_every_column_of_a_row(run):
    result = run("lines", "full.837")
    assert (result.exit_code, result.stderr) == (0, "1 claim, 1 service line.\n")
    row = json.loads(result.stdout)
    segment, offset = row.pop("segment"), row.pop("offset")
    assert row == ROW
    assert list(row) == list(ROW)
    assert DRUG.split(b"~\n")[segment + 1].startswith(b"SV1*")
    assert DRUG[offset:].startswith(b"CLM*FULL")


def test_json_and_csv_hold_the_same_rows(run, schema):
    rows = json.loads(run("lines", "full.837", "clean.837", "--format", "json").stdout)
    Draft202012Validator(schema("lines")).validate(rows)
    assert [json.loads(line) for line in run("lines", "full.837", "clean.837").stdout.splitlines()] == rows
    table = list(csv.DictReader(run("lines", "full.837", "clean.837", "--format", "csv").stdout.splitlines()))
    assert [list(row) for row in table] == [list(row) for row in rows]
    assert [row["procedure"] for row in table] == [row["procedure"] for row in rows] == ["J3301", "96372", "J3420"]
    assert (table[0]["diagnoses"], table[1]["description"]) == ("M1711 M25561", "")


def test_a_file_gets_the_whole_table(run, folder):
    result = run("lines", "full.837", "-o", "rows.jsonl", "-q")
    assert (result.exit_code, result.output) == (0, "")
    assert (folder / "rows.jsonl").read_text() == run("lines", "full.837").stdout


def test_no_claim_is_exit_2(run, folder):
    (folder / "text.837").write_bytes(b"Dear payer,\n")
    result = run("lines", "text.837")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == "edi837: no 837P claim was found"


def test_what_could_not_be_read_is_exit_2_with_the_rows_of_the_rest(run, folder):
    (folder / "cut.837").write_bytes(CLEAN[:-80])
    result = run("lines", "clean.837", "cut.837")
    assert result.exit_code == 2
    assert "cut.837" in result.stderr
    assert len(result.stdout.splitlines()) >= 2


def test_standard_input_has_the_name_that_is_given(run):
    result = run("lines", "-", "--stdin-filename", "night.837", stdin=DRUG)
    assert json.loads(result.stdout)["file"] == "night.837"
