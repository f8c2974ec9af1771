"""`edi837 rule`: the list, the page of a rule, and both as JSON."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from edi837.rules import load_rules

RULES = load_rules()
A01 = next(rule for rule in RULES if rule.code == "A01")


def test_the_list_has_a_line_for_each_rule(run):
    lines = run("rule").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [rule.code for rule in RULES]
    for line, rule in zip(lines, RULES, strict=True):
        assert line.split(maxsplit=3)[1:3] == [rule.severity.value, rule.name]
        assert rule.help.summary in line


@pytest.mark.parametrize("name", ["A01", "a01", "admin-without-drug-line"])
def test_a_rule_is_explained_by_code_or_name(run, name):
    result = run("rule", name)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == [f"A01 {A01.name}", A01.help.summary]
    assert [line for line in lines if line in ("Why", "Fix", "Denied", "Clean", "Source")] == [
        "Why",
        "Fix",
        "Denied",
        "Clean",
        "Source",
    ]
    words = " ".join(result.stdout.split())
    for text in (A01.help.why, A01.help.fix, A01.help.denied, A01.help.clean, A01.help.source):
        assert " ".join(text.split()) in words


def test_every_rule_can_be_explained(run):
    for rule in RULES:
        result = run("rule", rule.code)
        assert result.exit_code == 0
        assert max(map(len, result.stdout.splitlines())) <= 120


def test_json(run, schema):
    everything = json.loads(run("rule", "--format", "json").stdout)
    one = json.loads(run("rule", "A01", "--format", "json").stdout)
    for document in (everything, one):
        Draft202012Validator(schema("rule")).validate(document)
    assert [entry["code"] for entry in everything] == [rule.code for rule in RULES]
    assert one in everything
    assert list(one)[:3] == ["code", "name", "category"]
    assert one["triggers"] == sorted(A01.triggers)
    assert one["summary"] == A01.help.summary


def test_an_unknown_rule_names_the_nearest(run):
    result = run("rule", "admin-without-drug-lines")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        'edi837: there is no rule "admin-without-drug-lines"; did you mean "admin-without-drug-line"?\n'
    )
