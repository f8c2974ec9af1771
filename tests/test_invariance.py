"""The same answer for every way of cutting the input, of sharing out the work and of leaving work out."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import NamedTuple

import pytest
from batches import EVERY, fixture, generated
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from edi837.check import CheckResult, check_bytes
from edi837.cli import main

WHOLE = 1 << 30
CUTS = [(size, size) for size in (1, 7, 106, 65536)] + [(1, 50), (7, 1 << 20), (WHOLE, 1), (WHOLE, 50)]
"""(bytes fed at a time, bytes gathered before they are looked at)"""


def answer(result: CheckResult) -> tuple[object, ...]:
    """All that a check says."""
    return result.findings, result.diagnostics, result.files, result.summary, result.crashed


@pytest.mark.parametrize("name", EVERY)
def test_chunks_and_windows_do_not_matter(name):
    data = fixture(name)
    expected = answer(check_bytes(data))
    for chunk, window in CUTS:
        assert answer(check_bytes(data, chunk=chunk, window=window)) == expected, (chunk, window)


@pytest.mark.parametrize("name", EVERY)
def test_shortcuts_do_not_matter(name):
    data = fixture(name)
    expected = answer(check_bytes(data))
    assert answer(check_bytes(data, plan=False)) == expected
    assert answer(check_bytes(data, prefilter=False)) == expected
    assert answer(check_bytes(data, prefilter=False, plan=False)) == expected


MIX = ("--injection-share", "0.5", "--defect-share", "0.5", "--repeat-share", "0.3", "--billing-providers", "4")
SMALL = (*MIX, "--claims", "300", "--claims-per-transaction", "70", "--interchanges", "2", "--line-ending", "lf")
LARGE = (*MIX, "--claims", "5000", "--claims-per-transaction", "1200", "--interchanges", "2")


@pytest.mark.parametrize(("chunk", "window"), CUTS)
def test_tiny_chunks_of_a_batch(chunk, window):
    [data] = generated(*SMALL).files
    expected = check_bytes(data)
    assert expected.summary.claims == 300
    assert len(expected.findings) > 50
    assert answer(check_bytes(data, chunk=chunk, window=window)) == answer(expected)


@pytest.mark.slow
@pytest.mark.parametrize(("chunk", "window"), [(106, 4096), (4096, 4096), (65536, 65536), (1 << 20, 1 << 20)])
def test_chunks_of_a_large_batch(chunk, window):
    [data] = generated(*LARGE).files
    expected = check_bytes(data, chunk=WHOLE)
    assert expected.summary.claims == 5000
    assert len(expected.findings) > 500
    assert answer(check_bytes(data, chunk=chunk, window=window)) == answer(expected)


@pytest.mark.slow
@pytest.mark.parametrize(("prefilter", "plan"), [(False, True), (True, False), (False, False)])
def test_shortcuts_of_a_large_batch(prefilter, plan):
    [data] = generated(*LARGE).files
    assert answer(check_bytes(data, prefilter=prefilter, plan=plan)) == answer(check_bytes(data))


# Files of a run -------------------------------------------------------------------------------------------------------

SPLIT = (*MIX, "--claims", "2000", "--files", "2")
_PLACES = ("file", "file_segment", "offset")


def apart_from_places(result: CheckResult) -> list[object]:
    """The findings without what depends on how claims are shared out among files."""
    return [structs.replace(item, **dict.fromkeys(_PLACES, 0)) for item in result.findings]


def test_two_files_are_the_same_run_as_one():
    first, second = generated(*SPLIT).files
    apart, together = check_bytes(first, second), check_bytes(first + second)
    assert apart_from_places(apart) == apart_from_places(together)
    assert structs.replace(apart.summary, files=1) == together.summary
    across = [item for item in apart.findings if item.code == "A02"]
    assert across, "no pair that spans claims: the batch is too small to say anything"


def test_the_order_of_files_changes_no_figure():
    first, second = generated(*SPLIT).files
    forward, backward = check_bytes(first, second), check_bytes(second, first)
    assert forward.summary == backward.summary
    # Of two lines that repeat each other the later one is told of, so that it may be the other one.
    assert Counter(item.code for item in forward.findings) == Counter(item.code for item in backward.findings)
    pairs = [
        {(item.claim, item.line, item.partners) for item in result.findings if item.code == "A02"}
        for result in (forward, backward)
    ]
    assert pairs[0] == pairs[1]


def test_a_file_alone_gives_less_than_the_run():
    first, second = generated(*SPLIT).files
    alone = [*check_bytes(first).findings, *check_bytes(second).findings]
    together = check_bytes(first, second).findings
    assert len({item.fingerprint for item in alone} ^ {item.fingerprint for item in together}) > 0


# Processes ------------------------------------------------------------------------------------------------------------


class Told(NamedTuple):
    code: int
    out: bytes
    err: str


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "text", "csv"])
def test_processes_do_not_matter(tmp_path, monkeypatch, form):
    monkeypatch.chdir(tmp_path)
    batch = generated(*SPLIT)
    for name, data in zip(batch.names, batch.files, strict=True):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "cut.837").write_bytes(batch.files[0][:200_000])
    (tmp_path / "empty.837").write_bytes(b"")

    def run(jobs: str) -> Told:
        result = CliRunner().invoke(main, ["check", ".", "--format", form, "--jobs", jobs])
        return Told(result.exit_code, result.stdout_bytes, result.stderr)

    alone = run("1")
    assert alone.code == 2
    assert len(alone.out.splitlines()) > 200
    assert run("2") == alone
    if form == "json":
        document = json.loads(alone.out)
        assert [file["status"] for file in document["files"]] == ["ok", "ok", "partial", "unreadable"]


@pytest.mark.slow
def test_parts_of_a_large_file_do_not_matter(tmp_path, monkeypatch):
    """A file that is cut between processes: several transaction sets, interchanges and billing providers."""
    monkeypatch.setattr("edi837.engines.workers._CUT_ABOVE", 0)
    monkeypatch.setattr("edi837.engines.workers._REGIONS_A_TASK", 1)
    [data] = generated(*LARGE).files
    batch = tmp_path / "batch.837"
    batch.write_bytes(data[: data.index(b"IEA*") + 12] + data + data[: len(data) // 2])

    def run(jobs: str) -> Told:
        result = CliRunner().invoke(main, ["check", str(batch), "--format", "json", "--jobs", jobs])
        return Told(result.exit_code, result.stdout_bytes, result.stderr)

    alone = run("1")
    assert (alone.code, json.loads(alone.out)["files"][0]["status"]) == (2, "partial")
    assert len(alone.out.splitlines()) > 200
    assert run("3") == alone


@pytest.mark.slow
@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
def test_processes_do_not_matter_to_lines(tmp_path, monkeypatch, form):
    """Small files and large ones that are cut, compressed ones, and what is damaged; messages in the same order."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("edi837.engines.line_workers._CUT_ABOVE", 100_000)
    [data] = generated(*LARGE).files
    (tmp_path / "1-large.837").write_bytes(data[: data.index(b"IEA*") + 12] + data + data[: len(data) // 2])
    (tmp_path / "2-empty.837").write_bytes(b"")
    (tmp_path / "3-packed.837.gz").write_bytes(gzip.compress(data))
    for name in ("no-hl", "letters-in-units", "two-interchanges", "no-se"):
        (tmp_path / f"4-{name}.837").write_bytes(fixture(name))
    (tmp_path / "5-cut.837").write_bytes(data[:200_001])
    (tmp_path / "6-lines.837").write_bytes(data[:300_000].replace(b"~", b"~\r\n"))
    (tmp_path / "7-some-lines.837").write_bytes(data[:200_000] + data[200_000:400_000].replace(b"~", b"~\n"))

    def run(jobs: str) -> Told:
        result = CliRunner().invoke(main, ["lines", ".", "--format", form, "--jobs", jobs])
        return Told(result.exit_code, result.stdout_bytes, result.stderr)

    alone = run("1")
    assert alone.code == 2
    assert len(alone.out.splitlines()) > 30_000
    assert alone.err.count("\n") > 6
    assert run("3") == alone


# Anything at all ------------------------------------------------------------------------------------------------------

NAMES = sorted(name for name in EVERY if name not in ("canary", "demo"))
PIECES = [
    b"~", b"*", b":", b"\n", b"\r\n", b" ", b"~~", b"\x00", b"\xb2", b"\xef\xbb\xbf", b"ISA", b"~ISA*", b"~IEA*1*1~",
    b"~GE*1*1~", b"~SE*1*1~", b"~ST*837*1*005010X222A1~", b"~HL*9**20*1~", b"~HL*3*1*22*0~", b"~HL*4*2*23*0~",
    b"~CLM*X*1~", b"~LX*1~", b"~SV1*HC:96372*1*UN*1~", b"~NM1*IL*1*A****MI*Q~", b"~SBR*S~", b"~REF*F8*X~", b"~HL*5~",
]  # fmt: skip

edits = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.one_of(
            st.tuples(st.just("insert"), st.sampled_from(PIECES)),
            st.tuples(st.just("insert"), st.binary(max_size=8)),
            st.tuples(st.just("delete"), st.sampled_from([1, 2, 3, 30, 200, 5000])),
            st.tuples(st.just("replace"), st.integers(0, 255)),
            st.tuples(st.just("repeat"), st.integers(1, 600)),
        ),
    ),
    min_size=1,
    max_size=6,
)


def edited(data: bytes, changes) -> bytes:
    """The data with some damage, each at a place between its begin (0) and its end (1)."""
    for where, (kind, value) in changes:
        at = int(where * len(data))
        match kind:
            case "insert":
                data = data[:at] + value + data[at:]
            case "delete":
                data = data[:at] + data[at + value :]
            case "replace":
                data = data[:at] + bytes([value]) + data[at + 1 :]
            case "repeat":
                data = data[:at] + data[max(0, at - value) : at] + data[at:]
    return data


ANYTHING = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.mark.fuzz
@pytest.mark.slow
@settings(ANYTHING, max_examples=800)
@given(name=st.sampled_from(NAMES), changes=edits)
def test_no_damage_raises_and_every_claim_is_counted(name, changes):
    result = check_bytes(edited(fixture(name), changes))
    summary = result.summary
    assert summary.claims == summary.checked + summary.not_applicable + summary.unreadable
    assert min(summary.checked, summary.not_applicable, summary.unreadable) >= 0
    assert not result.crashed
    assert summary.checked + summary.unreadable or not result.findings
    [file] = result.files
    assert (file.status != "ok") == bool(file.reason)


@pytest.mark.fuzz
@pytest.mark.slow
@settings(ANYTHING, max_examples=500)
@given(name=st.sampled_from(NAMES), changes=edits, size=st.sampled_from([1, 7, 50, 106, 513]))
def test_the_damaged_file_is_read_the_same_for_every_chunk(name, changes, size):
    data = edited(fixture(name), changes)
    assert answer(check_bytes(data, chunk=size, window=size)) == answer(check_bytes(data))


@pytest.mark.fuzz
@settings(ANYTHING, max_examples=100)
@given(name=st.sampled_from(NAMES), end=st.floats(0, 1))
def test_a_file_that_is_cut_off_anywhere_is_read_as_far_as_it_goes(name, end):
    data = fixture(name)
    cut = data[: int(end * len(data))]
    found, whole = check_bytes(cut), check_bytes(data)
    assert found.summary.claims <= whole.summary.claims
    # A loss is never silent.
    assert found.diagnostics or cut.rstrip() == data.rstrip() or whole.files[0].status == "skipped"


@pytest.mark.fuzz
@settings(ANYTHING, max_examples=100)
@given(st.binary(max_size=3000))
def test_any_bytes_are_a_diagnostic(data):
    result = check_bytes(data)
    assert result.summary.claims == 0
    assert [item.severity.value for item in result.diagnostics][:1] == ["error"]
