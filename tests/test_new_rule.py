from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from rule_cases import check_case, load_cases

from edi837.rules.base import Rule

PROJECT = Path(__file__).resolve().parent.parent


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


new_rule = load(PROJECT / "scripts" / "new_rule.py")

ARGUMENTS = ["A97", "syringe-without-needle", "--family", "pairing"]
MODULE = Path("edi837/rules/pairing/syringe_without_needle.py")
FIXTURE = Path("fixtures/rules/A97.toml")


def test_it_writes_a_rule_of_the_right_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new_rule.main(ARGUMENTS, tmp_path) == 0
    assert capsys.readouterr().out.splitlines() == [str(MODULE), str(FIXTURE)]
    rule = load(tmp_path / MODULE).syringe_without_needle
    assert isinstance(rule, Rule)
    assert (rule.code, rule.name) == ("A97", "syringe-without-needle")
    assert (rule.category, rule.status) == ("missing-component", "preview")
    assert rule.help.summary == "Syringe without needle."


def test_its_case_fails_until_the_rule_is_written(tmp_path: Path) -> None:
    assert new_rule.main(ARGUMENTS, tmp_path) == 0
    found, not_found = load_cases(tmp_path / FIXTURE)
    check_case("A97", not_found)
    with pytest.raises(AssertionError):
        check_case("A97", found)


@pytest.mark.parametrize("kept", [MODULE, FIXTURE])
def test_it_overwrites_nothing(tmp_path: Path, kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / kept).parent.mkdir(parents=True)
    (tmp_path / kept).write_text("mine", "utf-8")
    assert new_rule.main(ARGUMENTS, tmp_path) == 2
    assert capsys.readouterr().err == f"new_rule: {kept} exists\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / kept]
    assert (tmp_path / kept).read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("code", "name", "message"),
    [
        ("A1", "syringe-without-needle", "the code A1 is not a capital and two digits"),
        ("B97", "syringe-without-needle", "the codes of the family pairing begin with A"),
        ("A97", "Syringe", "the name Syringe is not in lower case with hyphens, beginning with a letter"),
        ("A97", "2-syringes", "the name 2-syringes is not in lower case with hyphens, beginning with a letter"),
        ("A01", "syringe-without-needle", "A01 admin-without-drug-line exists"),
        ("A97", "admin-without-drug-line", "A01 admin-without-drug-line exists"),
    ],
)
def test_it_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, name: str, message: str) -> None:
    assert new_rule.main([code, name, "--family", "pairing"], tmp_path) == 2
    assert capsys.readouterr().err == f"new_rule: {message}\n"
    assert list(tmp_path.iterdir()) == []
