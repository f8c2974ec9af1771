"""Payer policies: what each key does to a claim, which policy wins and when, and those that ship with the program."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from rule_cases import REFERENCE, check

from edi837.errors import SettingsError
from edi837.model import Payer, Severity
from edi837.rules import load_rules
from edi837.settings import KEYS, Requirements, Settings, builtin_policies, parse_settings, settings_schema

RULES = load_rules()
ON = date(2026, 3, 10)
EXAMPLE = Payer("00001", "EXAMPLE PAYER", "CI", "P")

COMMERCIAL = "SBR*P*18*******CI~ "
TWO_INJECTIONS = "SV1*HC:96372*70*UN*2***1~ SV1*HC:J1885*8*UN*2***1~ SV1*HC:J2550*13*UN*1***1~"
TWO_LINES = "SV1*HC:96372*35*UN*1***1~ SV1*HC:96372*35*UN*1***1~ SV1*HC:J1885*8*UN*2***1~ SV1*HC:J2550*13*UN*1***1~"
DRUG = "SV1*HC:J1885*8*UN*2***1~ SV1*HC:96372*35*UN*1***1~"
WITH_VISIT = f"SV1*HC:99213:25*120*UN*1***1~ {DRUG}"
SPECIALTY = "SV1*HC:J2357*1200*UN*30***1~ SV1*HC:96372*35*UN*1***1~"
PREVENTIVE = f"SV1*HC:99396*150*UN*1***1~ {DRUG}"
OFFICE = f"SV1*HC:99213*120*UN*1***1~ {DRUG}"
VITAMIN = "SV1*HC:J3420*15*UN*1***1~ SV1*HC:96372*35*UN*1***1~"
LATE = "SV1*HC:J1885*8*UN*2***1~ DTP*472*D8*20251001~ SV1*HC:96372*35*UN*1***1~ DTP*472*D8*20251001~"
HORMONE = "HI*ABK:C61~ SV1*HC:J3315*980*UN*3***1~ SV1*HC:96372*35*UN*1***1~"


def place(code: str) -> str:
    return f"CLM*A****{code}:B:1~ {DRUG}"


def codes(segments: str, policy: str = "", *, shortcuts: bool = True) -> dict[str, str]:
    """What is found, by code, with a policy for the example payer; severities too."""
    text = f'[[payer]]\nid = "00001"\n{policy}' if policy else ""
    result = check(segments, text, shortcuts=shortcuts)
    assert not result.crashed
    return {finding.code: finding.severity.value for finding in result.findings}


@pytest.mark.parametrize(
    ("policy", "rule", "segments", "without", "within"),
    [
        ("daily-injections = 1", "J02", TWO_INJECTIONS, None, "warning"),
        ("daily-injections = 2", "J02", TWO_INJECTIONS, None, None),
        ('bundled-into-visit = ["J1885"]', "A10", COMMERCIAL + WITH_VISIT, None, "warning"),
        ('bundled-into-visit = ["J1*"]', "A10", COMMERCIAL + WITH_VISIT, None, "warning"),
        ('bundled-into-visit = ["J2550"]', "A10", COMMERCIAL + WITH_VISIT, None, None),
        ('bundled-into-visit = ["J1885"]', "A10", COMMERCIAL + DRUG, None, None),
        ("ndc-required = true", "D05", COMMERCIAL + DRUG, "warning", "error"),
        ("ndc-required = true", "D05", DRUG, None, "error"),
        ("ndc-required = false", "D05", COMMERCIAL + DRUG, "warning", None),
        ('ndc-required = ["J1885"]', "D05", COMMERCIAL + DRUG, "warning", "error"),
        ('ndc-required = ["J2550"]', "D05", COMMERCIAL + DRUG, "warning", None),
        ('authorization-drugs = ["J1885"]', "G06", COMMERCIAL + DRUG, None, "warning"),
        ('authorization-drugs = ["J1885"]', "G06", DRUG, None, "warning"),
        ('authorization-drugs = ["J1885"]', "G06", COMMERCIAL + SPECIALTY, "warning", None),
        ("authorization-drugs = []", "G06", COMMERCIAL + SPECIALTY, "warning", None),
        ('vendor-drugs = ["J23*"]', "G07", COMMERCIAL + SPECIALTY, None, "info"),
        ('vendor-drugs = ["J0897"]', "G07", COMMERCIAL + SPECIALTY, None, None),
        ('diagnoses = { J3420 = ["M54*"] }', "E03", COMMERCIAL + VITAMIN, "warning", None),
        ('diagnoses = { J3420 = ["D51*", "E53.8"] }', "E03", COMMERCIAL + VITAMIN, "warning", "warning"),
        ('diagnoses = { J1885 = ["M25.50"] }', "E03", COMMERCIAL + DRUG, None, "warning"),
        ('diagnoses = { J1885 = ["M25.50"] }', "A09", COMMERCIAL + DRUG, None, "warning"),
        ('diagnoses = { J1885 = ["M54.50"] }', "E03", COMMERCIAL + DRUG, None, None),
        ("jw-jz = true", "H01", COMMERCIAL + SPECIALTY, None, "error"),
        ("jw-jz = false", "H01", SPECIALTY, "error", None),
        ('modifier-25-families = ["preventive"]', "B05", COMMERCIAL + PREVENTIVE, "warning", "warning"),
        ('modifier-25-families = ["preventive"]', "B05", PREVENTIVE, None, "warning"),
        ('modifier-25-families = ["consult"]', "B05", COMMERCIAL + PREVENTIVE, "warning", None),
        ("modifier-25-families = []", "B05", COMMERCIAL + PREVENTIVE, "warning", None),
        ('modifier-25-families = ["office"]\nncci = false', "B05", COMMERCIAL + OFFICE, None, "warning"),
        ('modifier-25-families = ["office"]', "B05", COMMERCIAL + OFFICE, None, None),
        ("ncci = false", "B01", COMMERCIAL + OFFICE, "error", None),
        ('injection-style = "lines"', "A08", TWO_INJECTIONS, None, "warning"),
        ('injection-style = "units"', "A08", COMMERCIAL + TWO_INJECTIONS, "info", None),
        ('facility-pos = ["20"]', "G01", place("20"), None, "error"),
        ('pos-exceptions = ["22"]', "G01", place("22"), "error", None),
        ('pos-exceptions = ["12"]', "G05", place("12"), "warning", None),
        ('pos-exceptions = ["13"]', "G05", place("12"), "warning", "warning"),
        ('exempt-taxonomies = ["207Q00000X"]', "G01", place("22"), "error", None),
        ('by-96372 = ["J3315"]', "F07", HORMONE, "warning", None),
        ('by-96372 = ["J3316"]', "F07", HORMONE, "warning", "warning"),
        ('by-96372 = ["J1885"]', "F09", DRUG.replace("96372", "96401"), None, "error"),
        ("timely-filing-days = 90", "I02", COMMERCIAL + LATE, None, "warning"),
        ("timely-filing-days = 180", "I02", COMMERCIAL + LATE, None, None),
        ("timely-filing-days = 90", "I02", LATE, None, "warning"),
    ],
)
def test_what_a_key_does(policy, rule, segments, without, within):
    assert codes(segments).get(rule) == without
    found = codes(segments, policy)
    assert found.get(rule) == within
    assert found == codes(segments, policy, shortcuts=False)


def test_every_key_is_tried_above():
    [tried] = [mark.args[1] for mark in test_what_a_key_does.pytestmark if mark.name == "parametrize"]
    assert {name for case in tried for name in re.findall(r"^([\w-]+) =", case[0], re.MULTILINE)} == set(KEYS)


@pytest.mark.parametrize(
    ("style", "advice"),
    [
        ("", "append 59 or XS for the other drug"),
        ('injection-style = "lines"', "append 59 or XS for the other drug"),
        ('injection-style = "units"', "bill one line of 96372 with 2 units, as this payer wants"),
    ],
)
def test_the_advice_about_a_repeated_line_is_in_the_style_of_the_payer(style, advice):
    text = f'[[payer]]\nid = "00001"\n{style}'
    [finding] = [item for item in check(COMMERCIAL + TWO_LINES, text).findings if item.code == "A07"]
    assert finding.fix == advice


def test_a_policy_turns_a_rule_in_preview_on_for_its_payer_only():
    settings = parse_settings('[[payer]]\nclass = "CI"\nauthorization-drugs = ["J2357"]', RULES)
    rule = next(rule for rule in RULES if rule.code == "G06")
    assert rule in settings.rules(RULES)
    assert settings.severity(rule, EXAMPLE, None, ON) == (Severity.WARNING, False)
    other = Payer("2", "OTHER", "BL", "P")
    assert settings.severity(rule, other, None, ON) == (Severity.OFF, False)
    assert rule not in Settings().rules(RULES)
    assert Settings(preview=True).severity(rule, other, None, ON) == (Severity.WARNING, False)


# When, whom, and which wins -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "held"),
    [
        ("", True),
        ("from = 2026-03-10", True),
        ("from = 2026-03-11", False),
        ("to = 2026-03-10", True),
        ("to = 2026-03-09", False),
        ("from = 2026-01-01\nto = 2026-12-31", True),
        ('from = "2026-01-01"\nto = 9999-12-31', True),
    ],
)
def test_a_policy_speaks_about_the_dates_of_service_within_its_own(dates, held):
    policy = f"{dates}\ndaily-injections = 1"
    assert ("J02" in codes(TWO_INJECTIONS, policy)) is held
    off = f'{dates}\nignore = ["A07"]'
    assert ("A07" not in codes(TWO_LINES, off)) is held
    assert codes(TWO_LINES, off) == codes(TWO_LINES, off, shortcuts=False)


def test_a_line_without_a_date_hears_only_policies_without_dates():
    dated = parse_settings('[[payer]]\nid = "00001"\nfrom = 2026-01-01\nncci = false', RULES)
    assert dated.requirements(EXAMPLE, None, None).ncci
    assert not dated.requirements(EXAMPLE, None, ON).ncci
    assert not parse_settings('[[payer]]\nid = "00001"\nncci = false', RULES).requirements(EXAMPLE, None, None).ncci


def test_two_days_of_one_claim_can_have_two_policies():
    text = '[[payer]]\nid = "00001"\nfrom = 2026-03-11\nseverity = { A01 = "info" }'
    segments = "SV1*HC:96372*35*UN*1***1~ SV1*HC:96372*35*UN*1***1~ DTP*472*D8*20260311~"
    found = [(item.line, item.severity.value) for item in check(segments, text).findings if item.code == "A01"]
    assert found == [("1", "error"), ("2", "info")]


@pytest.mark.parametrize(
    ("match", "held"),
    [
        ('id = "00932"', True),
        ('id = "932"', False),
        ('class = "BL"', True),
        ('plan = "regence"', True),
        ('plan = "ibc"', False),
        ('name = "blue.?shield"', True),
        ('plan = "regence"\nclass = "CI"', False),
        ('plan = "regence"\nclass = "BL"\nid = "00932"\nname = "^regence"', True),
    ],
)
def test_all_that_a_policy_matches_by_must_fit(match, held):
    segments = f"SBR*P*18*******BL~ NM1*PR*2*REGENCE BLUESHIELD*****PI*00932~ {TWO_INJECTIONS}"
    found = check(segments, f"[[payer]]\n{match}\ndaily-injections = 1").findings
    assert ("J02" in {finding.code for finding in found}) is held


def test_the_later_policy_wins_key_by_key_and_diagnoses_code_by_code():
    text = """
    [[payer]]
    class = "CI"
    daily-injections = 1
    vendor-drugs = ["J0897"]
    diagnoses = { J3420 = ["D51*"], J1885 = ["M54*"] }
    [[payer]]
    id = "00001"
    daily-injections = 3
    diagnoses = { J3420 = ["E53.8"] }
    """
    found = parse_settings(text, RULES).requirements(EXAMPLE, None, ON)
    assert (found.daily_injections, found.vendor_drugs) == (3, ("J0897",))
    assert found.diagnoses == {"J3420": ("E538",), "J1885": ("M54*",)}


REGENCE = "SBR*P*18*******BL~ NM1*PR*2*REGENCE BLUESHIELD*****PI*00932~ "


@pytest.mark.parametrize(
    ("settings", "facility", "ndc"),
    [
        ("", True, "error"),
        ("builtin-policies = false", False, "warning"),
        ('ignore-policies = ["regence-g01"]', False, "error"),
        ('[[payer]]\nplan = "regence"\nfacility-pos = []', False, "error"),
        ('[[payer]]\nplan = "regence"\nndc-required = false', True, None),
        ('[[payer]]\nplan = "regence"\nseverity = { D05 = "info" }', True, "info"),
        ('[severity]\nD05 = "info"', True, "info"),
    ],
)
def test_the_user_overrides_built_in_policies_and_switches_them_off(settings, facility, ndc):
    found = {item.code: item.severity.value for item in check(REGENCE + place("32"), settings).findings}
    assert ("G01" in found) is facility
    assert found.get("D05") == ndc


def test_the_severity_of_a_built_in_policy_is_weaker_than_any_word_of_the_user():
    rule = next(rule for rule in RULES if rule.code == "A01")
    payer = Payer("00932", "REGENCE BLUESHIELD", "BL", "P")

    def severity(text: str) -> Severity:
        return parse_settings(text, RULES).severity(rule, payer, "regence", ON)[0]

    assert severity("") is Severity.ERROR
    assert severity("builtin-policies = false") is rule.severity
    assert severity('severity = { A01 = "info" }') is Severity.INFO
    assert severity('severity = { A01 = "info" }\n[[payer]]\nclass = "BL"\nignore = ["A"]') is Severity.OFF


def test_who_has_no_policy_has_the_defaults():
    settings = Settings(builtin_policies=False)
    assert settings.requirements(EXAMPLE, None, ON) == Requirements()
    assert settings.stated == frozenset()
    assert settings.requirements(EXAMPLE, None, ON) is settings.requirements(EXAMPLE, None, None)


def test_the_memory_of_payers_has_an_end():
    settings = Settings()
    for number in range(5000):
        settings.requirements(Payer(str(number), "X", "CI", "P"), None, ON)
    assert len(settings._memo) <= 4096


# The built-in policies ------------------------------------------------------------------------------------------------

each_builtin = pytest.mark.parametrize("policy", builtin_policies(), ids=lambda policy: policy.key)


@each_builtin
def test_a_built_in_policy_is_that_of_its_row(policy):
    row = next(row for row in REFERENCE.payer_policies if row.id == policy.key)
    assert row.confidence.startswith("verified")
    assert policy.confidence == row.confidence
    assert policy.rules == row.rules
    assert policy.source == REFERENCE.source(row.source).citation
    assert {*policy.rules, *policy.severities} <= {rule.code for rule in RULES}
    assert policy.requirements or policy.note


@each_builtin
def test_the_rules_of_a_built_in_policy_read_what_it_requires(policy):
    read = {name for rule in RULES if rule.code in policy.rules for name in rule.policies}
    assert set(policy.requirements) <= read


def test_only_society_historic_and_front_end_rows_are_no_policies():
    rows = {row.id for row in REFERENCE.payer_policies if row.confidence.startswith("verified")}
    assert rows - {policy.key for policy in builtin_policies()} == {
        "acr-f08",
        "all-ncci-payers-b09",
        "cahaba-a07",
        "cedi-d01",
        "sanofi-guidance-f05",
        "stedi-clearinghouse-e01",
    }


def test_what_rules_say_that_they_read_are_keys():
    assert {name for rule in RULES for name in rule.policies} == set(KEYS)
    assert {code for key in KEYS.values() for code in key.switches} <= {rule.code for rule in RULES}
    for rule in RULES:
        for name, key in KEYS.items():
            assert rule.code not in key.switches or name in rule.policies


def test_requirements_have_a_field_for_each_key():
    fields = {field.replace("_", "-") for field in Requirements.__struct_fields__}
    assert fields - {"told", "usual"} == set(KEYS)


# Mistakes, and the schema ---------------------------------------------------------------------------------------------

INVALID = [
    ('[[payer]]\nid = "1"\ndaily-injection = 1', 'unknown key "daily-injection"; did you mean "daily-injections"?'),
    ('[[payer]]\nid = "1"\nrules = ["A01"]', 'unknown key "rules"'),
    ('[[payer]]\nid = "1"\ndaily-injections = 0', "daily-injections: needs 1 or more, not 0"),
    ('[[payer]]\nid = "1"\ndaily-injections = true', "daily-injections: needs a whole number, not true"),
    ('[[payer]]\nid = "1"\nndc-required = "J1885"', "ndc-required: needs true, false or a list of codes"),
    ('[[payer]]\nid = "1"\nvendor-drugs = ["J12"]', 'vendor-drugs: "J12" is no procedure code'),
    ('[[payer]]\nid = "1"\nvendor-drugs = "J1885"', "vendor-drugs: needs a list"),
    ('[[payer]]\nid = "1"\ndiagnoses = { J3420 = ["?"] }', 'diagnoses J3420: "?" is no ICD-10-CM code'),
    ('[[payer]]\nid = "1"\ndiagnoses = ["D51"]', "diagnoses: needs a table"),
    ('[[payer]]\nid = "1"\nmodifier-25-families = ["ofice"]', 'did you mean "office"?'),
    ('[[payer]]\nid = "1"\ninjection-style = "line"', 'is none of lines, units; did you mean "lines"?'),
    ('[[payer]]\nid = "1"\nfacility-pos = ["1"]', 'facility-pos: "1" is no place of service'),
    ('[[payer]]\nid = "1"\nexempt-taxonomies = ["261Q"]', 'exempt-taxonomies: "261Q" is no taxonomy'),
    ('[[payer]]\nid = "1"\ntimely-filing-days = -1', "timely-filing-days: needs 0 or more, not -1"),
    ('[[payer]]\nplan = "regense"', 'is none of bcbs-al, horizon-nj, ibc, priority-health, regence; did you mean "reg'),
    ("[[payer]]\nncci = false", "say which payer by id (NM109), class (SBR09), plan or name"),
    ('[[payer]]\nid = ""', "say which payer by id"),
    ('[[payer]]\nid = "1"\nfrom = "soon"', 'from: needs a date such as 2026-01-31, not "soon"'),
    ('ignore-policies = ["regence-g02"]', 'there is no built-in policy "regence-g02"; did you mean "regence-g01"?'),
    ("builtin-policies = 1", "builtin-policies: needs true or false, not 1"),
    ('builtin-polices = "x"', 'unknown key "builtin-polices"; did you mean "builtin-policies"?'),
    ('select = ["Z99"]', '"Z99" is no rule code'),
    ('[severity]\nA01 = "severe"', "is none of error"),
    ("[rules.F14]\nkit = []", 'unknown key "kit"'),
]
VALID = [
    "",
    'select = ["A", "B01"]\nfail-on = "off"\npreview = true\nbuiltin-policies = false',
    'ignore-policies = ["regence-g01", "noridian-h01"]',
    '[severity]\nA01 = "off"\nadmin-without-drug-line = "info"',
    '[rules.F14]\nkits = ["1"]',
    '[[payer]]\nplan = "ibc"\nfrom = 2026-01-01\nto = "2026-12-31"\nncci = true\njw-jz = false\nndc-required = ["J*"]',
    '[[payer]]\nname = "a|b"\ndiagnoses = { "J1*" = [], J3420 = ["D51*", "E53.8"] }\nfacility-pos = ["01"]',
]


@pytest.mark.parametrize(("text", "message"), INVALID)
def test_mistakes_are_told_and_the_schema_sees_them_too(text, message):
    with pytest.raises(SettingsError, match=re.escape(message)):
        parse_settings(text, RULES)
    assert not valid(text)


def test_an_end_before_the_beginning_is_a_mistake():
    with pytest.raises(
        SettingsError, match=re.escape("[[payer]] 1: ends on 2025-01-01, before it begins on 2026-01-01")
    ):
        parse_settings('[[payer]]\nid = "1"\nfrom = 2026-01-01\nto = 2025-01-01', RULES)


@pytest.mark.parametrize("text", VALID)
def test_what_can_be_read_is_valid_by_the_schema(text):
    parse_settings(text, RULES)
    assert valid(text)


def valid(text: str) -> bool:
    schema: dict[str, Any] = settings_schema(RULES)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return validator.is_valid(msgspec.to_builtins(tomllib.loads(text)))
