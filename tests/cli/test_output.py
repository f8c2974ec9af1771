"""Where a report goes: whole into a file or not at all; a reader that hangs up is no error message."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from cli.conftest import DENIED
from edi837.cli.failure import Failure
from edi837.cli.output import open_output


def test_a_file_appears_at_the_end_and_is_hidden_until_then(tmp_path):
    target = tmp_path / "report"
    with open_output(str(target)) as write:
        write(b"one\n")
        [growing] = os.listdir(tmp_path)
        assert growing.startswith(".report.")
        write(b"two\n")
    assert os.listdir(tmp_path) == ["report"]
    assert target.read_bytes() == b"one\ntwo\n"


def write_half(target, error):
    with open_output(str(target)) as write:
        write(b"half")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_what_was_there(tmp_path, error):
    target = tmp_path / "report"
    for before in ([], ["report"]):
        with pytest.raises(error):
            write_half(target, error)
        assert os.listdir(tmp_path) == before
        target.write_bytes(b"old")
    assert target.read_bytes() == b"old"


def test_rights_are_those_of_the_target_or_the_usual_ones(tmp_path):
    usual, own = tmp_path / "usual", tmp_path / "own"
    own.write_bytes(b"")
    own.chmod(0o640)
    before = os.umask(0o027)
    try:
        for target in (usual, own):
            with open_output(str(target)) as write:
                write(b"x")
    finally:
        os.umask(before)
    assert [stat.S_IMODE(target.stat().st_mode) for target in (usual, own)] == [0o640, 0o640]


def test_a_link_is_followed(tmp_path):
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    with open_output(str(tmp_path / "link")) as write:
        write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_a_device_is_written_to_as_it_is():
    with open_output(os.devnull) as write:
        write(b"x")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
def test_a_full_disk_is_one_line():
    with pytest.raises(Failure, match="/dev/full: cannot be written: no space left"), open_output("/dev/full") as write:
        write(b"x" * 1_000_000)


def test_an_input_is_never_the_output(tmp_path):
    (tmp_path / "a.837").write_bytes(b"ISA")
    with (
        pytest.raises(Failure, match="the output is also an input"),
        open_output(str(tmp_path / "." / "a.837"), [str(tmp_path / "a.837")]),
    ):
        pass
    assert (tmp_path / "a.837").read_bytes() == b"ISA"


def test_a_reader_that_hangs_up_ends_the_run_quietly_but_not_with_0(folder):
    (folder / "many.837").write_bytes(DENIED * 2000)
    for verb in ("lines", "check"):
        command = [sys.executable, "-m", "edi837", verb, "many.837", "--format", "jsonl"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            assert running.stdout.readline().startswith(b"{")
            running.stdout.close()
            assert running.stderr.read() == b""
            assert running.wait() == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("form", ["text", "sarif", "xlsx"])
def test_a_standard_output_without_room_is_one_line(folder, form):
    (folder / "denied.837").write_bytes(DENIED)
    command = [sys.executable, "-m", "edi837", "check", "denied.837", "--format", form]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        "edi837: standard output: cannot be written: no space left on device\n",
    )
