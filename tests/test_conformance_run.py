"""Conformance in worker processes: order, failures of workers, files that break off."""

from __future__ import annotations

import gzip

import conformance_workers
import pytest
from batches import fixture
from conformance_cases import judged

from edi837.conformance import judge as judge_module
from edi837.engines import conformance
from edi837.engines.conformance import ConformanceRun, _judge, _not_judged
from edi837.engines.inputs import expand

BAD = fixture("short-sv1")
SOUND = fixture("demo")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, data in (("a.837", BAD), ("bad.837", BAD), ("z.837", SOUND)):
        (tmp_path / name).write_bytes(data)
    return tmp_path


def run(*paths: str, **how):
    found = ConformanceRun(expand(paths), **how)
    return found, [finding for batch in found for finding in batch]


def test_findings_of_several_files_and_processes_come_in_order(folder):
    whole, found = run("z.837", "bad.837", "a.837", jobs=2)
    assert [item.file for item in found] == ["bad.837"] * 7 + ["a.837"] * 7
    assert [item.code for item in found] == judged(BAD).codes * 2
    assert (whole.summary.claims, whole.summary.checked, whole.summary.findings.error) == (16, 16, 14)
    assert [(file.file, file.status, file.claims) for file in whole.files] == [
        ("z.837", "ok", 14),
        ("bad.837", "ok", 1),
        ("a.837", "ok", 1),
    ]
    assert whole.diagnostics == ()
    assert whole.complete


def test_a_worker_that_dies_costs_what_it_was_at(folder, monkeypatch):
    monkeypatch.setattr(conformance, "_judge", conformance_workers.die)
    whole, found = run("a.837", "bad.837", "z.837", jobs=2)
    assert {item.file for item in found} == {"a.837"}
    [said] = whole.diagnostics
    assert (said.code, said.file, said.segment) == ("X501", "bad.837", 1)
    assert said.message == "the process that judged it broke down: 33 segments from here on were not judged"
    assert [file.status for file in whole.files] == ["ok", "partial", "ok"]
    assert (whole.summary.claims, whole.summary.checked, whole.summary.unreadable) == (16, 15, 1)
    assert not whole.complete


def test_patience_has_an_end(folder):
    whole, found = run("bad.837", "z.837", patience=0.0001)
    assert found == []
    assert [item.code for item in whole.diagnostics] == ["X501", "X501"]
    assert "judging it took more than 0 s" in whole.diagnostics[0].message
    assert (whole.summary.checked, whole.summary.unreadable) == (0, 15)
    assert not whole.complete


def test_where_pyx12_fails_is_named_and_the_rest_judged(monkeypatch):
    """In this process, since a fault of pyx12 has to be made up."""
    data = BAD
    outline = conformance.Outline("bad.837")
    [stretch] = [*outline.feed(data), *outline.close()]
    usual = judge_module.element_fault

    def fail(error, node, segment, tag):
        if error.err_cde == "1" and tag == "SV1":
            raise LookupError("CANARY")
        return usual(error, node, segment, tag)

    monkeypatch.setattr(judge_module, "element_fault", fail)
    answer = _judge(stretch, 60)
    assert [(item.code, item.segment, item.message) for item in answer.diagnostics] == [
        ("X501", 24, "pyx12 failed at this segment (LookupError): it was not judged")
    ]
    assert [item.code for item in answer.findings] == ["P401", "P408", "P403"]


def test_what_the_envelope_shows_is_told_of_a_stretch_that_was_not_judged():
    data = BAD.replace(b"IEA*1*", b"IEA*3*")
    outline = conformance.Outline("bad.837")
    [stretch] = [*outline.feed(data), *outline.close()]
    assert [item.code for item in _not_judged(stretch, "why").findings] == ["P121"]


def test_a_file_that_breaks_off_keeps_what_came(folder, monkeypatch):
    monkeypatch.setattr(conformance, "CHUNK", 1 << 12)
    packed = gzip.compress(SOUND * 20, compresslevel=0)
    (folder / "cut.837.gz").write_bytes(packed[: len(packed) // 2])
    whole, found = run("cut.837.gz", "a.837", jobs=2)
    assert {item.file for item in found} == {"cut.837.gz", "a.837"}
    assert {item.code for item in whole.diagnostics} >= {"X107"}
    assert whole.files[0].status == "partial"
    assert whole.files[0].claims > 14
    assert whole.files[1].status == "ok"
    assert not whole.complete


def test_a_file_that_is_gone_is_named(folder):
    inputs = expand(["a.837", "z.837"])
    (folder / "z.837").unlink()
    whole = ConformanceRun(inputs)
    assert len([item for batch in whole for item in batch]) == 7
    assert [(item.code, item.file) for item in whole.diagnostics] == [("X107", "z.837")]
    assert [file.status for file in whole.files] == ["ok", "unreadable"]


def test_progress_counts_bytes_and_claims(folder):
    seen = []
    run("a.837", "z.837", progress=lambda done, claims: seen.append((done, claims)))
    assert seen == sorted(seen)
    assert seen[-1][1] == 15
