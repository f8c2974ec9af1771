"""Settings: which rules run, how severe they are for whom, and what is said of a mistake in the text."""

from __future__ import annotations

import pickle
import subprocess
import sys
from decimal import Decimal

import pytest

from edi837.errors import SettingsError
from edi837.model import Payer, Severity
from edi837.rules import load_rules
from edi837.rules.base import Rule, rule
from edi837.settings import Settings, parse_settings

HELP = """A summary.

Why: w.
Fix: f.
Denied: SV1*HC:96372*1*UN*1***1
Clean: SV1*HC:96372*1*UN*1***1
Source: s.
"""


def made(code: str, name: str, **facts: object) -> Rule:
    """A rule that finds nothing."""

    def check(encounter, ctx):
        return iter(())

    check.__name__ = name
    check.__doc__ = HELP
    facts = {"severity": Severity.WARNING, "category": "technical", "confidence": "knowledge", **facts}
    return rule(code, triggers={"96372"}, **facts)(check)


PAIR = made(
    "A01",
    "drug_is_missing",
    severity_by_payer={"MB": Severity.ERROR, "commercial": Severity.INFO},
)
OPTIONS = made(
    "A02",
    "has_options",
    options={
        "limit": 4,
        "tolerance": 0.5,
        "factor": Decimal("2"),
        "strict": False,
        "label": "x",
        "codes": ("J1", "J2"),
        "skipped": frozenset({"S1"}),
    },
)
NEW = made("B01", "is_new", status="preview")
OTHER = made("B02", "is_other")
RULES = (PAIR, OPTIONS, NEW, OTHER)

MEDICARE = Payer("00831", "NORIDIAN", "MB", "P")
MEDICAID = Payer("77003", "STATE MEDICAID", "MC", "P")
AETNA = Payer("60054", "AETNA", "CI", "P")


def enabled(text: str) -> str:
    return " ".join(found.code for found in parse_settings(text, RULES).rules(RULES))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", "A01 A02 B02"),
        ("preview = true", "A01 A02 B01 B02"),
        ('select = ["A"]', "A01 A02"),
        ('select = ["a01"]', "A01"),
        ('select = ["drug-is-missing", "B"]', "A01 B02"),
        ('select = ["B01"]', "B01"),
        ('select = ["B"]', "B02"),
        ('ignore = ["A"]', "B02"),
        ('ignore = ["A"]\nselect = ["A02"]', "A02"),
        ('select = ["A"]\nignore = ["A02"]', "A01"),
        ('select = ["A02"]\nignore = ["A02"]', ""),
        ('ignore = ["A", "B"]', ""),
    ],
)
def test_enabled_rules(text, codes):
    assert enabled(text) == codes


def test_default_settings_run_every_stable_rule_in_order():
    assert Settings().rules(RULES) == (PAIR, OPTIONS, OTHER)


@pytest.mark.parametrize(
    ("text", "payer", "plan", "severity"),
    [
        ("", MEDICARE, None, Severity.ERROR),
        ("", MEDICAID, None, Severity.WARNING),
        ("", AETNA, None, Severity.INFO),
        ("", AETNA, "ibc", Severity.INFO),
        ('[[payer]]\nplan = "ibc"\nseverity = { A01 = "off" }', AETNA, "ibc", Severity.OFF),
        ('[[payer]]\nplan = "ibc"\nseverity = { A01 = "off" }', AETNA, None, Severity.INFO),
        ('severity = { A01 = "warning" }', MEDICARE, None, Severity.WARNING),
        ('severity = { drug-is-missing = "warning" }', AETNA, "regence", Severity.WARNING),
        ('severity = { A01 = "off" }', MEDICARE, None, Severity.OFF),
        ('[[payer]]\nclass = "MB"\nseverity = { A01 = "info" }', MEDICARE, None, Severity.INFO),
        ('[[payer]]\nclass = "MB"\nseverity = { A01 = "info" }', MEDICAID, None, Severity.WARNING),
        (
            '[severity]\nA01 = "warning"\n[[payer]]\nid = "00831"\nseverity = { A01 = "info" }',
            MEDICARE,
            None,
            Severity.INFO,
        ),
        ('[[payer]]\nid = "00831"\nignore = ["A"]', MEDICARE, None, Severity.OFF),
        ('[[payer]]\nname = "nor.*an"\nignore = ["A01"]', MEDICARE, None, Severity.OFF),
        ('[[payer]]\nname = "nor.*an"\nselect = ["B"]', MEDICARE, None, Severity.OFF),
        ('[[payer]]\nname = "nor.*an"\nselect = ["B"]', AETNA, None, Severity.INFO),
        ('[[payer]]\nid = "00831"\nclass = "CI"\nignore = ["A"]', MEDICARE, None, Severity.ERROR),
        (
            '[[payer]]\nclass = "MB"\nseverity = { A01 = "info" }\n'
            '[[payer]]\nid = "00831"\nseverity = { A01 = "warning" }',
            MEDICARE,
            None,
            Severity.WARNING,
        ),
        (
            '[[payer]]\nid = "00831"\nseverity = { A01 = "info" }\n[[payer]]\nclass = "MB"\nignore = ["A01"]',
            MEDICARE,
            None,
            Severity.OFF,
        ),
    ],
)
def test_severity(text, payer, plan, severity):
    assert parse_settings(text, RULES).severity(PAIR, payer, plan, None)[0] is severity


def test_every_payer_follows_ncci_but_those_that_a_policy_excludes():
    settings = parse_settings('[[payer]]\nid = "60054"\nncci = false\nnote = "n"\nsource = "s"', RULES)
    assert not settings.requirements(AETNA, None, None).ncci
    assert settings.requirements(MEDICARE, None, None).ncci
    assert Settings().requirements(AETNA, None, None).ncci


def test_options_have_the_type_of_their_default():
    settings = parse_settings(
        '[rules.A02]\nlimit = 5\ntolerance = 1\nfactor = 0.25\nstrict = true\ncodes = ["J3"]\nskipped = []', RULES
    )
    assert settings.options["A02"] == {
        "limit": 5,
        "tolerance": 1.0,
        "factor": Decimal("0.25"),
        "strict": True,
        "codes": ("J3",),
        "skipped": frozenset(),
    }
    assert settings.option("A02", "limit") == 5
    assert isinstance(settings.option("A02", "tolerance"), float)


def test_an_option_that_is_not_set_has_the_default_of_the_rule():
    for found in load_rules():
        for name, default in found.options.items():
            assert Settings().option(found.code, name) == default
    with pytest.raises(KeyError):
        Settings().option("A01", "no-such-option")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('selct = ["A"]', 'unknown key "selct"; did you mean "select"?'),
        (
            "zzzzzz = 1",
            'unknown key "zzzzzz"; known are select, ignore, fail-on, preview, severity, rules, '
            "builtin-policies, ignore-policies, payer, suppress",
        ),
        ('select = ["A22"]', 'select: "A22" is no rule code, rule name or family letter; did you mean "A02"?'),
        (
            'ignore = ["drug-is-mising"]',
            'ignore: "drug-is-mising" is no rule code, rule name or family letter; did you mean "drug-is-missing"?',
        ),
        ('select = "A"', 'select: needs a list, not "A"'),
        ("select = [1]", "select: needs a text, not 1"),
        ("preview = 1", "preview: needs true or false, not 1"),
        ('fail-on = "eror"', 'fail-on: "eror" is none of error, warning, info, off; did you mean "error"?'),
        ('[severity]\nA1 = "error"', '[severity]: there is no rule "A1"; did you mean "A01"?'),
        ('[severity]\nA01 = "severe"', '[severity] A01: "severe" is none of error, warning, info, off'),
        ("[rules.C99]\nx = 1", '[rules.C99]: there is no rule "C99"'),
        ("[rules.A02]\nlimt = 1", '[rules.A02]: unknown key "limt"; did you mean "limit"?'),
        ("[rules.A01]\nlimit = 1", '[rules.A01]: unknown key "limit"; there are none here'),
        ("[rules.A02]\nlimit = true", "[rules.A02] limit: needs a whole number, not true"),
        ("[rules.A02]\nlimit = 1.5", "[rules.A02] limit: needs a whole number, not 1.5"),
        ('[rules.A02]\ntolerance = "1"', '[rules.A02] tolerance: needs a number, not "1"'),
        ('[rules.A02]\ncodes = "J1"', '[rules.A02] codes: needs a list, not "J1"'),
        ("[rules]\nA02 = 1", "[rules.A02]: needs a table, not 1"),
        (
            '[[payer]]\nignore = ["A"]',
            "[[payer]] 1: say which payer by id (NM109), class (SBR09), plan or name (a regular expression)",
        ),
        ('[[payer]]\nid = "1"\n[[payer]]\nclas = "MB"', '[[payer]] 2: unknown key "clas"; did you mean "class"?'),
        ('[[payer]]\nname = "("', "[[payer]] 1 name: not a regular expression: "),
        ('[[payer]]\nid = "1"\nncci = "no"', '[[payer]] 1 ncci: needs true or false, not "no"'),
        ('[[payer]]\nid = "1"\nselect = ["Z"]', '[[payer]] 1 select: "Z" is no rule code, rule name or family letter'),
        ("payer = 1", "[[payer]]: needs a list, not 1"),
        ("select = [", "not TOML: "),
    ],
)
def test_mistakes_name_their_place_and_the_nearest_name(text, message):
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, RULES)
    assert str(caught.value).startswith(message)


def test_the_command_line_stands_over_the_file():
    settings = parse_settings('select = ["A"]\nignore = ["A02"]\nfail-on = "info"', RULES)

    def codes(**options):
        return " ".join(found.code for found in settings.override(RULES, **options).rules(RULES))

    assert codes() == "A01"
    assert codes(select=["a02"]) == "A02"
    assert codes(ignore=["A01"]) == ""
    assert codes(select=["B"], preview=True) == "B01 B02"
    assert settings.override(RULES).fail_on is Severity.INFO
    assert settings.override(RULES, fail_on=Severity.OFF).fail_on is Severity.OFF
    with pytest.raises(SettingsError, match='--select: "A09" is no rule code'):
        settings.override(RULES, select=["A09"])


TEXT = """
select = ["A", "B"]
severity = { A01 = "warning" }
[rules.A02]
skipped = ["S3", "S1", "S2"]
factor = 0.5
[[payer]]
name = "aetna"
ignore = ["B02", "A02"]
"""


def test_settings_travel_to_a_worker():
    settings = parse_settings(TEXT, RULES)
    assert settings.severity(OTHER, AETNA, None, None) == (Severity.OFF, True)
    copy = pickle.loads(pickle.dumps(settings))
    assert copy == settings
    assert copy.severity(OTHER, AETNA, None, None) == (Severity.OFF, True)


def test_the_fingerprint_is_that_of_the_meaning():
    same = parse_settings(TEXT.replace('["S3", "S1", "S2"]', '["S1", "S2", "S3"]'), RULES)
    assert parse_settings(TEXT, RULES).fingerprint() == same.fingerprint()
    assert len(same.fingerprint()) == 12
    assert same.fingerprint() != parse_settings(TEXT.replace("0.5", "0.6"), RULES).fingerprint()
    assert Settings().fingerprint() == parse_settings("", RULES).fingerprint()


def test_the_fingerprint_is_the_same_in_every_process():
    program = (
        "from edi837.settings import parse_settings; from edi837.rules import load_rules;"
        'print(parse_settings(\'[[payer]]\\nclass="CI"\\nignore=["A", "B", "C"]\', load_rules()).fingerprint())'
    )
    printed = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(3)
    }
    assert len(printed) == 1
