"""What worker processes leave for the one that started them."""

import os
import stat
import tempfile

import pytest
from click.testing import CliRunner
from test_invariance import LARGE, generated

from edi837.cli import main
from edi837.engines.handover import Handover, leaving
from edi837.errors import ReportError


@pytest.fixture
def handover(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = Handover()
    yield made
    made.close()
    assert list(tmp_path.iterdir()) == []


def left(file, *parts):
    with leaving(file) as leave:
        for part in parts:
            leave(part)
    return [len(part) for part in parts]


def test_the_parts_come_back_in_their_order(handover):
    parts = [b"one\n", b"", b"x" * 3_000_000, b"four\n"]
    file = handover.file()
    assert list(handover.take(file, left(file, *parts))) == parts


def test_a_file_that_is_used_again_gives_nothing_of_what_was_in_it(handover):
    first = handover.file()
    assert list(handover.take(first, left(first, b"a long part", b"another"))) == [b"a long part", b"another"]
    assert handover.file() == first
    assert list(handover.take(first, left(first, b"short"))) == [b"short"]
    assert list(handover.take(first, left(first))) == []


def test_no_two_tasks_have_one_file(handover):
    first, second = handover.file(), handover.file()
    assert first != second
    sizes = left(first, b"first"), left(second, b"second")
    assert list(handover.take(second, sizes[1])) == [b"second"]
    assert handover.file() == second
    assert list(handover.take(first, sizes[0])) == [b"first"]


def test_only_its_owner_can_read_it(handover):
    file = handover.file()
    left(file, b"a claim")
    modes = [stat.S_IMODE(os.stat(path).st_mode) for path in (os.path.dirname(file), file)]
    assert modes == [0o700, 0o600]


def test_a_folder_without_room_is_told(handover):
    with pytest.raises(ReportError) as failure, leaving("/dev/full") as leave:
        leave(b"a claim")
    assert str(failure.value) == (
        "the system's temporary folder, where the processes leave their rows: no space left on device; "
        "point TMPDIR to a folder with room that nothing else clears"
    )


def test_what_has_gone_from_the_folder_is_told(handover):
    file = handover.file()
    sizes = left(file, b"a claim", b"another")
    os.truncate(file, 9)
    with pytest.raises(ReportError, match="what was left there is gone"):
        list(handover.take(file, sizes))
    os.unlink(file)
    with pytest.raises(ReportError, match="no such file"):
        list(handover.take(file, sizes))


def test_no_temporary_folder_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(ReportError, match=r"temporary folder.*no such file"):
        Handover()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
def test_a_run_leaves_nothing_behind(tmp_path, monkeypatch, form):
    """However it ends: read to its end, or with a worker that finds no room."""
    kept = tmp_path / "temporary"
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))
    monkeypatch.setattr("edi837.engines.line_workers._CUT_ABOVE", 100_000)
    batch = tmp_path / "batch.837"
    batch.write_bytes(generated(*LARGE).files[0])
    command = ["lines", str(batch), "--format", form, "--jobs", "2"]
    assert CliRunner().invoke(main, command).exit_code == 0
    assert list(kept.iterdir()) == []
    monkeypatch.setattr(Handover, "file", lambda self: "/dev/full")
    failed = CliRunner().invoke(main, command)
    assert (failed.exit_code, failed.stderr.partition(":")[0]) == (2, "edi837")
    assert "no space left on device; point TMPDIR" in failed.stderr
    assert list(kept.iterdir()) == []
