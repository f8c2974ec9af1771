"""Every rule against its own examples and its fixture file; nothing here names a rule."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from rule_cases import FIXTURES, Case, check, check_case, example_settings, load_cases

import edi837.rules
from edi837.errors import RuleDefinitionError
from edi837.model import Payer, Severity
from edi837.reference import Reference
from edi837.rules import load_rules, rules_version
from edi837.rules.base import SECTIONS, Context, Rule, parse_help, rule
from edi837.settings import Settings

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


def test_what_payers_require_is_remembered_for_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edi837.rules.base._REMEMBERED", 2)
    ctx = Context(Reference.builtin(), Settings())
    payers = [Payer(str(number), f"PLAN {number}", "CI", "P") for number in range(5)]
    found = [ctx.requirements(payer, None) for payer in payers]
    assert [ctx.requirements(payer, None) for payer in payers] == found


# What a rule has to be -----------------------------------------------------------------------------------------------

HELP = "\n".join(["It is wrong.", "", *(f"{section}: text" for section in SECTIONS)])


@pytest.mark.parametrize("code", ["", "A1", "A001", "a01"])
def test_a_rule_needs_a_code(code: str) -> None:
    with pytest.raises(RuleDefinitionError, match="is not a capital and two digits"):
        rule(code, triggers={"96372"}, severity=Severity.ERROR, category="technical", confidence="knowledge")


def test_a_rule_needs_a_trigger() -> None:
    with pytest.raises(RuleDefinitionError, match="rule A01 has no triggers"):
        rule("A01", triggers=set(), severity=Severity.ERROR, category="technical", confidence="knowledge")


@pytest.mark.parametrize(
    ("docstring", "message"),
    [
        ("", "needs the sections"),
        (HELP.replace("Why:", "Reason:"), "needs the sections"),
        (HELP.replace("Source: text", "Source:"), "the docstring's Source is empty"),
        (HELP.replace("It is wrong.", ""), "the docstring's summary is empty"),
    ],
)
def test_a_rule_needs_its_whole_help(docstring: str, message: str) -> None:
    with pytest.raises(RuleDefinitionError, match=f"rule A01: .*{message}"):
        parse_help("A01", docstring)


MODULE = """
from edi837.model import Severity
from edi837.rules.base import rule

@rule("{code}", triggers={{"96372"}}, severity=Severity.ERROR, category="technical", confidence="knowledge")
def {name}(encounter, ctx):
    '''{help}'''
"""


def load_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Rule, ...]:
    """The rules that the modules of a folder make, which is the only family for once."""
    package = ModuleType("edi837.rules.scratch")
    package.__path__ = [str(folder)]
    monkeypatch.setitem(sys.modules, package.__name__, package)
    monkeypatch.setattr(edi837.rules, "FAMILIES", ("scratch",))
    try:
        return load_rules.__wrapped__()
    finally:
        for name in [name for name in sys.modules if name.startswith("edi837.rules.scratch.")]:
            del sys.modules[name]


def test_a_module_in_a_family_is_a_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for code, name in (("A91", "second_rule"), ("A90", "third_rule")):
        (tmp_path / f"{name}.py").write_text(MODULE.format(code=code, name=name, help=HELP), "utf-8")
    assert [(rule.code, rule.name) for rule in load_from(tmp_path, monkeypatch)] == [
        ("A90", "third-rule"),
        ("A91", "second-rule"),
    ]


def test_a_module_without_its_rule_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "helpers.py").write_text("", "utf-8")
    with pytest.raises(RuleDefinitionError, match=r"edi837.rules.scratch.helpers must define the rule helpers"):
        load_from(tmp_path, monkeypatch)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_rule_without_a_section_of_its_help_cannot_be_imported(
    section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = HELP.replace(f"{section}: text", "")
    (tmp_path / "some_rule.py").write_text(MODULE.format(code="A90", name="some_rule", help=lacking), "utf-8")
    with pytest.raises(RuleDefinitionError, match="rule A90: the docstring needs the sections"):
        load_from(tmp_path, monkeypatch)


def test_two_rules_of_one_code_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("first_rule", "second_rule"):
        (tmp_path / f"{name}.py").write_text(MODULE.format(code="A90", name=name, help=HELP), "utf-8")
    with pytest.raises(RuleDefinitionError, match="rule A90 is defined by second-rule and by first-rule"):
        load_from(tmp_path, monkeypatch)


def test_the_version_of_the_rules_tells_which_there_are() -> None:
    rules = load_rules()
    assert rules_version(rules) == rules_version(rules)
    assert rules_version(rules).startswith(f"{len(rules)}-")
    assert rules_version(rules[1:]) != rules_version(rules)
    stricter = msgspec.structs.replace(rules[0], severity=Severity.INFO, predicts=("CO-1",))
    assert rules_version((stricter, *rules[1:])) != rules_version(rules)
