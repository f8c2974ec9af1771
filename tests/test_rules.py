"""Every rule against its own examples and its fixture file; nothing here names a rule."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from rule_cases import FIXTURES, Case, check, check_case, example_settings, load_cases

from edi837.rules import load_rules
from edi837.rules.base import Rule

RULES = {rule.code: rule for rule in load_rules()}
FILES = {path.stem: path for path in sorted(FIXTURES.glob("*.toml"))}
CASES = [(code, case) for code, path in FILES.items() for case in load_cases(path)]

_CARC = r"(?:(?:CO|OA|PI|PR)-[A-Z]?\d{1,3})"
_RARC = r"[A-Z]{1,2}\d{1,3}"
_RARCS = rf"{_RARC}(?:\|{_RARC})*"
_REJECTION = r"277CA A[378]:\d{1,3}"
_SIGNATURE = re.compile(rf"(?:{_CARC}(?:\|{_CARC})*(?:\+{_RARCS})?|{_RARCS}|{_REJECTION})\Z")

each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))


@each_rule
def test_the_denied_example_is_found(rule: Rule) -> None:
    result = check(rule.help.denied, example_settings(rule.code))
    assert not [diagnostic.message for diagnostic in result.diagnostics]
    assert rule.code in {finding.code for finding in result.findings}


@each_rule
def test_the_clean_example_is_checked_and_not_found(rule: Rule) -> None:
    result = check(rule.help.clean, example_settings(rule.code))
    assert not [diagnostic.message for diagnostic in result.diagnostics]
    assert [finding.message for finding in result.findings if finding.code == rule.code] == []


@pytest.mark.parametrize(("code", "case"), CASES, ids=[f"{code}: {case.name}" for code, case in CASES])
def test_case(code: str, case: Case) -> None:
    check_case(code, case)


@each_rule
def test_every_rule_has_cases_with_and_without_a_finding(rule: Rule) -> None:
    assert rule.code in FILES, f"fixtures/rules/{rule.code}.toml is missing"
    cases = load_cases(FILES[rule.code])
    assert any(case.expect for case in cases)
    assert any(not case.expect for case in cases)
    names = [case.name for case in cases]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("code", FILES)
def test_every_fixture_file_belongs_to_a_rule(code: str) -> None:
    assert code in RULES


@each_rule
def test_the_predictions_are_signatures(rule: Rule) -> None:
    assert [text for text in rule.predicts if not _SIGNATURE.match(text)] == []


@each_rule
def test_the_summary_is_one_sentence(rule: Rule) -> None:
    assert "\n" not in rule.help.summary
    assert rule.help.summary.endswith(".")
    assert ". " not in rule.help.summary


@each_rule
def test_silenced_rules_exist(rule: Rule) -> None:
    families = {code[0] for code in RULES}
    named = {code for codes in rule.suppresses.values() for code in codes}
    assert sorted(named - set(RULES) - families) == []
    assert rule.code not in named


def test_an_unknown_key_in_a_case_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "A01.toml"
    path.write_text('[[case]]\nname = "a"\nsegments = ""\nexpect = []\nexpected = []\n', "utf-8")
    with pytest.raises(msgspec.ValidationError, match="expected"):
        load_cases(path)
