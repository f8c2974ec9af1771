"""scripts/diff_rules.py: two versions of the package over the same files."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
DEMO = PROJECT / "fixtures" / "837p" / "demo.837"

_spec = importlib.util.spec_from_file_location("diff_rules", PROJECT / "scripts" / "diff_rules.py")
assert _spec is not None
assert _spec.loader is not None
diff_rules = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(diff_rules)


def copy(folder: Path) -> Path:
    shutil.copytree(PROJECT / "edi837", folder / "edi837", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def change(folder: Path, module: str, old: str, new: str) -> None:
    path = folder / "edi837" / "rules" / module
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy(tmp_path_factory.mktemp("before"))


@pytest.fixture
def after(tmp_path: Path) -> Path:
    return copy(tmp_path)


def test_the_same_rules_differ_in_nothing(before: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff_rules.main([str(before), str(PROJECT), str(DEMO)]) == 0
    assert capsys.readouterr().out.startswith("no difference in ")


def test_a_changed_rule(before: Path, after: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(after, "bundling/modifier_25_on_administration_line.py", "severity=Severity.ERROR", "severity=Severity.INFO")
    change(after, "pairing/admin_without_drug_line.py", "no drug line beside", "no drug beside")
    change(after, "units/mue_exceeded.py", "    if on is None:", "    if on is not None:")
    assert diff_rules.main([str(before), str(after), str(DEMO)]) == 1
    out = capsys.readouterr().out
    assert ", ".join(out.splitlines()[0].partition(": ")[2].split(", ")) == "1 lost, 2 changed"
    assert f"A01  1 changed\n  changed  {DEMO}:229 claim P000050000008 line 2  " in out
    assert "warning: no drug line beside 96372 on 2026-02-28 -> warning: no drug beside 96372 on 2026-02-28\n" in out
    assert f"B06  1 changed\n  changed  {DEMO}:54 claim P000050000002 line 2  error: " in out
    assert f"C01  1 lost\n  lost     {DEMO}:347 claim P000050000013 line 3  error: J1885 x 30" in out


def test_the_other_way_round_it_is_gained_as_json(
    before: Path, after: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(after, "units/mue_exceeded.py", "    if on is None:", "    if on is not None:")
    assert diff_rules.main([str(after), str(before), str(DEMO), "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["after"] == document["before"] + 1
    assert document["rules"] == {"C01": {"gained": 1, "lost": 0, "changed": 0}}
    [difference] = document["differences"]
    assert (difference["kind"], difference["old"]) == ("gained", None)
    assert (difference["new"]["code"], difference["new"]["line"]) == ("C01", "3")


def test_only_some_rules(before: Path, after: Path) -> None:
    change(after, "units/mue_exceeded.py", "    if on is None:", "    if on is not None:")
    assert diff_rules.main([str(before), str(after), str(DEMO), "--select", "A,B"]) == 0
    assert diff_rules.main([str(before), str(after), str(DEMO), "--select", "C"]) == 1


def test_only_the_first_places_of_many(before: Path) -> None:
    def finding(number: int) -> dict[str, object]:
        place = {"file": "a.837", "claim": "A", "line": str(number), "file_segment": number, "element": "SV104"}
        return {"code": "C01", "severity": "error", "message": "too many", **place}

    found = diff_rules.differences([finding(1), finding(1)], [finding(number) for number in range(1, 9)])
    assert [item.kind for item in found] == ["gained"] * 7 + ["lost"]
    text = diff_rules.as_text(found, (2, 8))
    assert "  gained   and 2 more\n" in text
    assert "7 gained, 1 lost\n" in text


def test_a_revision_is_checked_out_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = copy(tmp_path)

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=Example", "-c", "user.email=example@example.com"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=repository, capture_output=True, text=True, check=True
        )
        return done.stdout

    git("init", "--quiet")
    git("add", "edi837")
    git("commit", "--quiet", "--message", "before")
    change(repository, "units/mue_exceeded.py", "    if on is None:", "    if on is not None:")
    monkeypatch.setattr(diff_rules, "PROJECT", repository)
    assert diff_rules.main(["HEAD", str(repository), str(DEMO)]) == 1
    assert "C01  1 lost" in capsys.readouterr().out
    assert len(git("worktree", "list").splitlines()) == 1
    assert diff_rules.main(["no-such-revision", str(repository), str(DEMO)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("diff_rules: no-such-revision is neither a folder with edi837 in it nor a revision: ")


def test_what_cannot_be_compared_is_exit_2(
    before: Path, after: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff_rules.main([str(before), str(after), str(tmp_path / "none.837")]) == 2
    assert capsys.readouterr().err.endswith("none.837 does not exist\n")
    change(after, "units/mue_exceeded.py", "from __future__", "from __nowhere__")
    assert diff_rules.main([str(before), str(after), str(DEMO)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "mue_exceeded.py:3" in captured.err
    with pytest.raises(SystemExit) as caught:
        diff_rules.main([str(before)])
    assert caught.value.code == 2
