"""`edi837 config`: the settings in force and where they come from."""

from __future__ import annotations

import json
import tomllib

import pytest
from jsonschema import Draft202012Validator

from edi837.rules import load_rules
from edi837.settings import Settings, builtin_policies, parse_settings

TEXT = """\
select = ["A", "B01"]
ignore = ["A02"]
fail-on = "warning"
preview = true

[severity]
A01 = "info"

[[payer]]
id = "60054"
class = "CI"
name = 'aet"na'
ignore = ["B01"]
severity = { A01 = "error" }
ncci = false
note = "asks for 25"
source = "their manual"
"""


@pytest.fixture
def file(folder):
    (folder / "edi837.toml").write_text(TEXT)
    return str(folder / "edi837.toml")


def test_defaults(run):
    lines = run("config").stdout.splitlines()
    assert lines[0] == "# the defaults: no edi837.toml"
    assert lines[1] == f"# fingerprint {Settings().fingerprint()}"
    assert lines[2].split()[:3] == ["#", str(len(Settings().rules(load_rules()))), "rules:"]
    assert lines[3:7] == ["select = []", "ignore = []", 'fail-on = "error"', "preview = false"]


def test_text_is_a_settings_file_of_the_same_settings(run, file):
    text = run("config").stdout
    assert text.startswith(f"# from {file}\n")
    own = parse_settings(TEXT, load_rules())
    again = parse_settings(text, load_rules())
    assert (again.select, again.severities, again.payers) == (own.select, own.severities, own.payers)
    assert (again.fail_on, again.preview, again.ignore) == (own.fail_on, own.preview, own.ignore)
    declared = {rule.code: dict(rule.options) for rule in load_rules() if rule.options}
    assert again.options == declared


def test_json(run, file, schema):
    document = json.loads(run("config", "--format", "json").stdout)
    Draft202012Validator(schema("config")).validate(document)
    assert document["file"] == file
    assert document["fingerprint"] == parse_settings(TEXT, load_rules()).fingerprint()
    assert document["payer"] == tomllib.loads(TEXT)["payer"]
    assert document["policies"] == [*(policy.key for policy in builtin_policies()), "[[payer]] 1"]
    assert {key: document[key] for key in ("select", "ignore", "fail-on", "preview", "severity")} == {
        "select": ["A", "B01"],
        "ignore": ["A02"],
        "fail-on": "warning",
        "preview": True,
        "severity": {"A01": "info"},
    }
    assert "A01" in document["enabled"]
    assert "A02" not in document["enabled"]


def test_isolated_and_named(run, file, folder):
    assert json.loads(run("config", "--isolated", "--format", "json").stdout)["file"] is None
    (folder / "other.toml").write_text('select = ["A01"]')
    document = json.loads(run("config", "--config", "other.toml", "--format", "json").stdout)
    assert (document["file"], document["enabled"]) == ("other.toml", ["A01"])
