"""A format of another package: found by its entry point, and a broken one told in a word."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from batches import FIXTURES
from click.testing import CliRunner

from edi837.cli import main
from edi837.errors import SettingsError
from edi837.reporters import BUILT_IN, load_reporter

DEMO = str(FIXTURES / "837p" / "demo.837")

COUNTING = '''
class CountReporter:
    """How many findings each payer has."""

    name = "count"
    human = True
    binary = False
    billed = True

    def __init__(self):
        self.payers = {}

    def start(self, tool):
        return f"{tool.name}\\n".encode()

    def findings(self, batch):
        for finding in batch:
            self.payers.setdefault(finding.payer, []).append(finding.procedure)
        return b""

    def finish(self, summary, files, diagnostics):
        return "".join(f"{payer}: {' '.join(codes)}\\n" for payer, codes in sorted(self.payers.items())).encode()


class Nothing:
    """No reporter."""

    name = "nothing"


class Failing(CountReporter):
    def __init__(self):
        raise RuntimeError("no licence")
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package as pip lays it down: its module, its metadata with entry points, in a folder of the path."""
    (tmp_path / "claim_counter.py").write_text(COUNTING)
    metadata = tmp_path / "claim_counter-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: claim-counter\nVersion: 1.2\n")
    (metadata / "entry_points.txt").write_text(
        "[edi837.reporters]\n"
        "count = claim_counter:CountReporter\n"
        "text = claim_counter:CountReporter\n"
        "nothing = claim_counter:Nothing\n"
        "failing = claim_counter:Failing\n"
        "absent = claim_counter:Absent\n"
        "unknown = claim_counter_unknown:Reporter\n"
        "\n[other.group]\nodd = claim_counter:CountReporter\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("claim_counter", None)


def check(form: str):
    return CliRunner().invoke(main, ["check", DEMO, "--format", form])


@pytest.mark.usefixtures("package")
def test_a_format_of_another_package_is_used():
    result = check("count")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout == (
        "edi837\n99001: J1885 J1885\n99201: 96372\n99211: J0690\n99301: 99213 96372 96372\n99311: J0897\n"
    )


@pytest.mark.usefixtures("package")
def test_it_cannot_take_the_place_of_a_built_in_one():
    assert type(load_reporter("text")).__module__ == "edi837.reporters.text"


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("nothing", "it has no human, binary, billed, start, findings, finish"),
        ("failing", "RuntimeError: no licence"),
        ("absent", "AttributeError: module 'claim_counter' has no attribute 'Absent'"),
        ("unknown", "ModuleNotFoundError: No module named 'claim_counter_unknown'"),
    ],
)
@pytest.mark.usefixtures("package")
def test_a_broken_one_is_told_with_its_package(form, reason):
    result = check(form)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f'edi837: the format "{form}" of claim-counter 1.2 cannot be used: {reason}\n'


@pytest.mark.usefixtures("package")
def test_a_format_that_nobody_offers_is_told_with_those_that_are():
    known = ", ".join([*BUILT_IN, "absent", "count", "failing", "nothing", "unknown"])
    with pytest.raises(SettingsError, match=f'^there is no format "cuont", only {known}; did you mean "count"'):
        load_reporter("cuont")
    result = check("odd")
    assert result.exit_code == 2
    assert result.stderr.startswith('edi837: there is no format "odd"')


def test_a_plain_check_asks_for_no_entry_points(monkeypatch):
    """It would cost more than the other start-up."""
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: pytest.fail("asked"))
    for name in BUILT_IN:
        assert load_reporter(name).name == name


def test_the_example_of_the_documentation_is_a_format(package):
    text = (FIXTURES.parent / "docs" / "formats.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    [entry] = re.findall(r'^\[project.entry-points."edi837.reporters"\]\ntally = "(.*)"$', text, re.MULTILINE)
    (package / "my_package.py").write_text(code)
    (package / "claim_counter-1.2.dist-info" / "entry_points.txt").write_text(f"[edi837.reporters]\ntally = {entry}\n")
    result = check("tally")
    sys.modules.pop("my_package")
    assert (result.exit_code, result.stdout) == (1, "99311 1\n99301 3\n99201 1\n99001 2\n99211 1\n")
