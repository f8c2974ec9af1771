"""The check on Spark gives what the local engine gives: findings row for row, figures, files and diagnostics."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from spark_cases import in_order, plain, write_claims

from edi837.baseline import Baseline
from edi837.cli.messages import DiagnosticPrinter
from edi837.diagnostics import Diagnostic
from edi837.engines.inputs import expand
from edi837.engines.local import CheckRun
from edi837.model import Finding
from edi837.rules import load_rules
from edi837.settings import parse_settings
from edi837.suppression import Suppressor

TINY = 20_000
"""Bytes of a split that cuts a small batch in many places."""

SETTINGS = parse_settings(
    """
    [[suppress]]
    code = "C01"
    drug = "J*"
    reason = "the drug is billed elsewhere"

    [[suppress]]
    code = "B01"
    claim = "NOBODY"
    reason = "fits nothing"
    """,
    load_rules(),
)


class Local:
    """A run of the local engine."""

    def __init__(self, paths: list[str], suppressor: Suppressor | None) -> None:
        self.run = CheckRun(expand(paths), SETTINGS, suppressor=suppressor)
        self.findings: list[Finding] = [finding for batch in self.run for finding in batch]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return write_claims(tmp_path_factory.mktemp("claims"))


@pytest.fixture(scope="module")
def suppressor(paths: list[str]) -> Suppressor:
    """Knows every third finding, and one that does not come up."""
    known: dict[str, set[str]] = {"C01": {"0" * 16}}
    for finding in Local(paths, None).findings[::3]:
        known.setdefault(finding.code, set()).add(finding.fingerprint)
    baseline = Baseline({code: frozenset(prints) for code, prints in known.items()})
    return Suppressor.of(SETTINGS, load_rules(), date(2026, 6, 1), baseline=baseline)


@pytest.fixture(scope="module")
def local(paths: list[str], suppressor: Suppressor) -> Local:
    return Local(paths, suppressor)


def by_place(diagnostics: Iterable[Any]) -> list[tuple[Any, ...]]:
    """What diagnostics say, by file and place."""
    rows = map(plain, diagnostics)
    told = [tuple(row[name] for name in Diagnostic.__struct_fields__) for row in rows]
    return sorted(told, key=lambda row: (row[3], row[5] or 0, row[4] or 0, row[0], row[2]))


def printed(diagnostics: Iterable[Diagnostic], capsys: pytest.CaptureFixture[str]) -> str:
    """What the command line prints of them."""
    printer = DiagnosticPrinter()
    for found in diagnostics:
        printer.show(found)
    printer.finish()
    return capsys.readouterr().err


@pytest.mark.parametrize("split_size", [TINY, 16 << 20])
def test_the_answer_is_that_of_the_local_engine(spark, paths, local, suppressor, split_size, capsys):
    from edi837.engines.spark.api import check

    with check(paths, SETTINGS, suppressor=suppressor, split_size=split_size) as result:
        findings = in_order(result.findings.collect())
        figures = result.figures
        diagnostics = result.diagnostics.collect()
    assert findings == [plain(finding) for finding in local.findings]
    assert figures.summary == local.run.summary
    assert figures.files == local.run.files
    assert not figures.crashed
    # Behind those of the files stand those of the suppressions, which belong to no row of Spark.
    of_files = [item for item in local.run.diagnostics if not item.code.startswith("S")]
    assert by_place(diagnostics) == by_place(of_files)
    assert printed(figures.diagnostics, capsys) == printed(local.run.diagnostics, capsys)
    assert local.run.summary.suppressed > 100
    assert local.run.summary.unreadable > 10


def test_the_cases_are_what_they_should_be(spark, paths):
    from edi837.engines.spark.files import ranges
    from edi837.engines.spark.splits import cut_claims

    [large] = [item for item in expand(paths) if item.name.endswith("crowd.837")]
    with ranges(large) as read:
        splits = list(cut_claims(0, large, read, TINY))
    assert len(splits) > 5
    assert [split.number for split in splits] == list(range(len(splits)))
    # Some splits begin in the middle of a billing provider's claims, and know its loop.
    assert any(split.pieces and split.pieces[0].billing_size for split in splits)


def test_rows_of_path_and_content(spark, paths, tmp_path):
    from edi837.engines.spark.api import check

    for name in ("demo.837", "two-billing-providers.837", "cut-in-segment.837", "packed.837.gz"):
        (tmp_path / name).write_bytes(Path(paths[0], name).read_bytes())
    names = sorted(str(path) for path in tmp_path.iterdir())
    run = CheckRun(expand(names), SETTINGS)
    expected = [plain(finding) for batch in run for finding in batch]
    files = spark.read.format("binaryFile").load(str(tmp_path))
    with check(files.selectExpr("replace(path, 'file:') as path", "content"), SETTINGS) as result:
        assert in_order(result.findings.collect()) == expected
        assert result.figures.summary == run.summary
    with check(spark.createDataFrame([(name,) for name in reversed(names)], "path string"), SETTINGS) as result:
        assert in_order(result.findings.collect()) == expected


def test_a_file_that_is_named_twice_in_a_dataframe_is_refused(spark):
    from edi837.engines.spark.api import check
    from edi837.errors import SourceError

    with pytest.raises(SourceError, match="stands in the DataFrame twice"):
        check(spark.createDataFrame([("a.837",), ("a.837",)], "path string"))


def test_nothing_to_read_is_said(spark):
    from edi837.engines.spark.api import check
    from edi837.errors import SourceError

    with pytest.raises(SourceError, match="names no file"):
        check(spark.createDataFrame([], "path string"))


def readers_of(path: Path) -> list[int]:
    """The processes, other than this one, that have a file open."""
    found = []
    for process in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            links = [os.readlink(link) for link in Path(f"/proc/{process}/fd").iterdir()]
        except OSError:
            continue
        if process != os.getpid() and str(path) in links:
            found.append(process)
    return found


def serve(pipe: Path, data: bytes, killed: list[int], done: threading.Event) -> None:
    """Lets the first worker that reads from a pipe be killed at it, and gives every later one the data."""
    while not done.wait(0.05):
        try:
            end = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            continue  # nobody reads
        while not (readers := readers_of(pipe)):
            done.wait(0.05)
        if killed:
            os.write(end, data)
        else:
            os.kill(readers[0], signal.SIGKILL)
            killed.append(readers[0])
        os.close(end)
        # The reader has to see the end of it before the next one comes.
        while readers_of(pipe):
            done.wait(0.05)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks for processes in /proc")
def test_a_worker_that_dies_is_made_up_for(spark, paths, tmp_path, monkeypatch):
    from edi837.engines.spark.api import check

    names = ["demo.837", "two-claims.837"]
    monkeypatch.chdir(paths[0])
    run = CheckRun(expand(names), SETTINGS)
    expected = [plain(finding) for batch in run for finding in batch]
    data = Path("demo.837").read_bytes()
    (tmp_path / "two-claims.837").write_bytes(Path("two-claims.837").read_bytes())
    monkeypatch.chdir(tmp_path)
    os.mkfifo("demo.837")

    spark.sparkContext.setJobGroup("deaths", "a worker dies")
    killed: list[int] = []
    done = threading.Event()
    server = threading.Thread(target=serve, args=(tmp_path / "demo.837", data, killed, done))
    server.start()
    try:
        with check(names, SETTINGS) as result:
            findings = in_order(result.findings.collect())
            summary = result.figures.summary
    finally:
        done.set()
        server.join()
    tracker = spark.sparkContext.statusTracker()
    stages = [stage for job in tracker.getJobIdsForGroup("deaths") for stage in tracker.getJobInfo(job).stageIds]
    infos = [tracker.getStageInfo(stage) for stage in stages]
    assert len(killed) == 1
    assert sum(info.numFailedTasks for info in infos if info) == 1
    assert (findings, summary) == (expected, run.summary)


def test_a_file_that_changes_between_the_passes_ends_the_job_with_its_name(spark, tmp_path, paths):
    from edi837.cli.spark import failed
    from edi837.engines.spark.api import check

    batch = tmp_path / "batch.837"
    batch.write_bytes(Path(paths[0], "canary.837").read_bytes())
    with check([str(batch)], SETTINGS) as result:
        batch.write_bytes(b"ISA*")
        with pytest.raises(Exception, match="WorkerError") as caught:
            result.findings.collect()
    failure = failed("out", caught.value)
    assert failure.message == f"{batch}: the file was cut short while it was read"
    assert "CANARY" not in str(caught.value).upper().replace("CANARY.837", "")
