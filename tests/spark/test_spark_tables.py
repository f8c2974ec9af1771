"""Service lines and service payments on Spark are those of the local engine, and the verbs write them as Parquet."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from spark_cases import ORDER, in_order, plain, write_claims

from edi837.cli import main
from edi837.engines.inputs import expand
from edi837.engines.lines import read_lines
from edi837.engines.remits import read_remits
from edi837.tables import line_row, remit_rows

ROOT = Path(__file__).parents[2]
TINY = 20_000


@pytest.fixture(scope="module")
def claims(tmp_path_factory):
    return write_claims(tmp_path_factory.mktemp("claims"))


@pytest.fixture(scope="module")
def remittances(tmp_path_factory):
    """Every fixture, and all of them together in one file, several times: cut at its transaction sets."""
    folder = tmp_path_factory.mktemp("remits")
    fixtures = sorted((ROOT / "fixtures" / "835").glob("*.835"))
    for path in fixtures:
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "large.835").write_bytes(b"".join(path.read_bytes() for path in fixtures) * 8)
    (folder / "cut-off.835").write_bytes((folder / "large.835").read_bytes()[:60_000])
    return [str(folder)]


def test_lines_are_those_of_the_local_engine(spark, claims):
    from edi837.engines.spark.api import lines

    told = []
    expected = [
        plain(line_row(claim, line))
        for batch in read_lines(expand(claims), on_diagnostic=told.append)
        for claim in batch
        for line in claim.lines
    ]
    with lines(claims, split_size=TINY) as result:
        assert in_order(result.rows.collect()) == expected
        assert result.counts.services == len(expected)
        found = Counter((row.file, row.code, row.offset, row.message) for row in result.diagnostics.collect())
    assert found == Counter((item.file, item.code, item.offset, item.message) for item in told)


def test_remits_are_those_of_the_local_engine(spark, remittances):
    from edi837.engines.spark.api import remits
    from edi837.engines.spark.files import ranges
    from edi837.engines.spark.splits import cut_remits

    [large] = [item for item in expand(remittances) if item.name.endswith("large.835")]
    with ranges(large) as read:
        assert len(list(cut_remits(0, large, read, 5_000))) > 3
    told, documents = [], []
    expected = [
        plain(row)
        for batch in read_remits(expand(remittances), on_diagnostic=told.append, on_remittance=documents.append)
        for payment in batch
        for row in remit_rows(payment)
    ]
    with remits(remittances, split_size=5_000) as result:
        assert in_order(result.rows.collect()) == expected
        assert result.counts.remittances == len(documents)
        found = Counter((row.file, row.code, row.offset, row.message) for row in result.diagnostics.collect())
    assert found == Counter((item.file, item.code, item.offset, item.message) for item in told)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("demo", "canary", "two-claims"):
        (tmp_path / f"{name}.837").write_bytes((ROOT / "fixtures" / "837p" / f"{name}.837").read_bytes())
    (tmp_path / "full.835").write_bytes((ROOT / "fixtures" / "835" / "every_feature.835").read_bytes())
    return lambda *arguments: CliRunner().invoke(main, [*arguments])


def table(folder: str, name: str):
    """The rows of a table in the folder."""
    import pyarrow.parquet

    return pyarrow.parquet.read_table(Path(folder, name)).to_pylist()


def as_json(rows):
    """Rows as the local engine prints them: money and days as text."""
    ordered = sorted(rows, key=lambda row: [row[name] for name in ORDER])
    return [{name: value for name, value in row.items() if name not in ORDER} for row in ordered]


def test_the_verb_check_writes_parquet(spark, run):
    local = run("check", "demo.837", "two-claims.837", "--format", "json", "--isolated")
    result = run("check", "demo.837", "two-claims.837", "--engine", "spark", "-o", "out", "--isolated")
    assert result.exit_code == local.exit_code == 1
    report = json.loads(local.stdout)
    story = run("check", "demo.837", "two-claims.837", "--format", "json", "-o", "report.json", "--isolated").stderr
    assert (result.stdout, result.stderr) == ("", story)
    found = as_json(table("out", "findings"))
    assert [(row["code"], row["claim"], row["line"], row["offset"], row["fingerprint"]) for row in found] == [
        (row["code"], row["claim"], row["line"], row["offset"], row["fingerprint"]) for row in report["findings"]
    ]
    assert [row["file"] for row in table("out", "files")] == ["demo.837", "two-claims.837"]
    assert table("out", "diagnostics") == []
    again = run("check", "demo.837", "--engine", "spark", "-o", "out", "--isolated")
    assert (again.exit_code, again.stderr) == (2, "edi837: out: exists already; name a new folder\n")


def test_the_verbs_lines_and_remits_write_parquet(spark, run):
    result = run("lines", "demo.837", "--engine", "spark", "-o", "lines-out")
    assert (result.exit_code, result.stderr) == (0, run("lines", "demo.837", "-o", "lines.jsonl").stderr)
    assert len(table("lines-out", "lines")) == len(Path("lines.jsonl").read_text().splitlines())
    result = run("remits", "full.835", "--engine", "spark", "-o", "remits-out")
    assert (result.exit_code, result.stderr) == (0, run("remits", "full.835", "-o", "remits.jsonl").stderr)
    assert len(table("remits-out", "remits")) == len(Path("remits.jsonl").read_text().splitlines())
    none = run("remits", "demo.837", "--engine", "spark", "-o", "none")
    assert (none.exit_code, none.stderr.splitlines()[-1]) == (2, "edi837: no 835 remittance was found")


def test_nobody_is_named_in_what_a_check_writes(spark, run, tmp_path):
    Path("canary.837").rename("batch.837")
    result = run("check", "batch.837", "--engine", "spark", "-o", "out", "--isolated")
    rows = [*table("out", "findings"), *table("out", "diagnostics"), *table("out", "files")]
    assert rows
    for text in (str(rows), result.stderr, result.stdout):
        for mark in ("CANARY", "FINCH", "1901, 2, 3", "1901-02-03", "19010203"):
            assert mark not in text.upper()
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or b"CANARY" not in path.read_bytes()


def test_a_fault_in_a_worker_names_nobody():
    pytest.importorskip("pyarrow")
    from edi837.engines.spark.worker import WorkerError, guarded

    def step(batches):
        yield from batches
        raise ValueError("CANARY")

    with pytest.raises(WorkerError, match=r"internal error \(ValueError\) at ") as caught:
        list(guarded(step)(iter([])))
    assert "CANARY" not in str(caught.value)
    assert caught.value.__suppress_context__
