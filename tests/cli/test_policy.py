"""`edi837 policy`: the list of the policies, and what holds for one payer."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from edi837.settings import builtin_policies

TEXT = """\
ignore-policies = ["regence-g01"]

[[payer]]
class = "BL"
from = 2026-01-01
daily-injections = 2
source = "their manual"
"""


@pytest.fixture
def file(folder):
    (folder / "edi837.toml").write_text(TEXT)


def test_the_list_has_every_policy_with_what_it_says(run, file, schema):
    result = run("policy", "list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    headings = [line for line in lines if line and not line.startswith(" ")]
    keys = [policy.key for policy in builtin_policies()]
    assert headings == [*(key + " (switched off)" * (key == "regence-g01") for key in keys), "[[payer]] 1"]
    for line in ('  class = "BL"', '  from = "2026-01-01"', "  daily-injections = 2", "  # rules J02"):
        assert line in lines
    document = json.loads(run("policy", "list", "--format", "json").stdout)
    Draft202012Validator(schema("policy")).validate(document)
    assert [entry["policy"] for entry in document if entry["ignored"]] == ["regence-g01"]
    assert document[-1] == {
        "policy": "[[payer]] 1",
        "builtin": False,
        "ignored": False,
        "says": {"class": "BL", "from": "2026-01-01", "daily-injections": 2, "source": "their manual"},
        "rules": ["J02"],
        "confidence": "",
    }


@pytest.mark.parametrize("payer", ["regence", "Regence BlueShield of Idaho"])
def test_a_payer_is_explained_by_plan_and_name(run, payer, schema):
    result = run("policy", "explain", payer, "--class", "bl", "--on", "2026-03-10", "--format", "json")
    document = json.loads(result.stdout)
    Draft202012Validator(schema("policy")).validate(document)
    assert (document["payer"], document["class"], document["plan"]) == (payer, "BL", "regence")
    assert [(entry["key"], entry["policy"], entry["rules"]) for entry in document["requirements"]] == [
        ("ndc-required", "bridgespan-regence-a01", ["D05"]),
        ("facility-pos", "regence-g01", ["G01"]),
        ("exempt-taxonomies", "regence-g01", ["G01"]),
    ]
    assert document["requirements"][1]["source"] == "Regence reimbursement policy Admin 109"
    assert document["severities"] == {"A01": "error", "A03": "error", "D05": "error"}
    text = run("policy", "explain", payer, "--class", "bl", "--on", "2026-03-10").stdout
    assert text.startswith(f"{payer}, class BL, plan regence, on 2026-03-10\n\nndc-required = true\n")
    assert "  rules  D05\n  from   bridgespan-regence-a01: BridgeSpan/Regence medication-claims page\n" in text
    assert "\nSeverities: A01 error, A03 error, D05 error\n" in text


@pytest.mark.parametrize(("on", "limit"), [("2025-12-31", []), ("2026-01-01", [2])])
def test_the_day_decides(run, file, on, limit):
    document = json.loads(run("policy", "explain", "1", "--class", "BL", "--on", on, "--format", "json").stdout)
    assert [entry["value"] for entry in document["requirements"]] == limit


def test_a_payer_without_a_policy(run):
    lines = run("policy", "explain", "12345").stdout.splitlines()
    assert lines[2:] == [
        "No policy states a requirement of this payer: what holds for its class holds.",
        "",
        "No policy speaks about this payer.",
    ]


def test_a_wrong_day_is_a_mistake_of_usage(run):
    result = run("policy", "explain", "1", "--on", "tomorrow")
    assert result.exit_code == 2
    assert '"tomorrow" is no date such as 2026-01-31' in result.stderr
