"""`edi837 check` on what a night's run meets: each ends with one line that says why, and with exit code 2."""

from __future__ import annotations

import gzip
import io
import os
import stat
import subprocess
import sys
import threading
import zipfile

import pytest
from batches import fixture
from click.testing import CliRunner
from rule_cases import interchange

from edi837.cli import main
from edi837.engines import local

A01 = ("--select", "A01")
DENIED = interchange("CLM*DENIED~ SV1*HC:96372*25*UN*1***1~")
FOUND = "denied.837:24  claim DENIED line 1  error    A01 "
STORY = "1 finding: 1 error, 0 warnings, 0 info. 1 claim: 1 checked, 0 not applicable, 0 unreadable. $25.00 at risk.\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with denied.837 in it."""
    (tmp_path / "denied.837").write_bytes(DENIED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def check(folder):
    """Runs `edi837 check`; no run may end in an exception of its own."""

    def invoke(*arguments: str, stdin: bytes | None = None):
        result = CliRunner().invoke(main, ["check", *arguments], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        assert "internal error" not in result.output
        return result

    return invoke


def refused(result, line):
    """Whether the run did nothing but say this."""
    return (result.exit_code, result.stdout, result.stderr) == (2, "", line + "\n")


# Paths ----------------------------------------------------------------------------------------------------------------


def test_a_missing_file(check):
    assert refused(check("none.837"), "edi837: none.837: no such file or folder")
    assert refused(check("denied.837", "none.837"), "edi837: none.837: no such file or folder")


def test_a_folder_without_files(check, folder):
    (folder / "empty").mkdir()
    (folder / "hidden").mkdir()
    (folder / "hidden" / ".batch.837").write_bytes(DENIED)
    assert refused(check("empty"), "edi837: empty: the folder holds no files")
    assert refused(check("hidden"), "edi837: hidden: the folder holds no files")


def test_a_folder_that_is_named_like_a_file(check, folder):
    (folder / "night.837").mkdir()
    assert refused(check("night.837"), "edi837: night.837: the folder holds no files")
    (folder / "night.837" / "one.837").write_bytes(DENIED)
    result = check("night.837", *A01)
    assert (result.exit_code, result.stdout.split()[0]) == (1, "night.837/one.837:24")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(check, folder):
    (folder / "secret.837").write_bytes(DENIED)
    (folder / "secret.837").chmod(0)
    result = check("secret.837", "denied.837", *A01)
    assert result.exit_code == 2
    assert "secret.837: error X107 permission denied; " in result.stderr
    assert FOUND in result.stdout


def test_a_file_that_fails_while_it_is_read(check, folder, monkeypatch):
    """What the system says when a file may not be read, for a test that runs as root too."""
    real = open

    def deny(path, *arguments, **options):
        if os.fspath(path) == "secret.837":
            raise PermissionError(13, "Permission denied", path)
        return real(path, *arguments, **options)

    (folder / "secret.837").write_bytes(DENIED)
    monkeypatch.setattr("builtins.open", deny)
    result = check("secret.837", "denied.837", *A01)
    assert result.exit_code == 2
    assert result.stdout.startswith(FOUND)
    said = result.stderr.splitlines()[-1]
    assert said.startswith("secret.837: error X107 ")
    assert "ermission denied; check that the file is whole and readable" in said
    assert said.count("secret.837") == 1
    assert "the file is empty" not in result.output


def test_a_file_without_a_byte_or_with_blanks(check, folder):
    (folder / "empty.837").write_bytes(b"")
    (folder / "blank.837").write_bytes(b"\r\n \r\n")
    result = check("empty.837", "blank.837", "denied.837", *A01)
    assert result.exit_code == 2
    assert result.stdout.splitlines()[0].startswith(FOUND)
    assert "empty.837: unreadable: X100 the file is empty" in result.stdout
    assert "blank.837: unreadable: X100 the file holds nothing but blanks" in result.stdout
    cure = "send the file that the billing system wrote; this one holds nothing"
    assert result.stderr == (
        f"empty.837: error X100 the file is empty; {cure}\n"
        f"blank.837: error X100 the file holds nothing but blanks; {cure}\n"
    )


# Archives -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"not gzip at all", "the archive is broken"),
        (gzip.compress(DENIED)[:-9], "the archive is cut off"),
        (gzip.compress(DENIED)[:40], "the archive is cut off"),
        (gzip.compress(DENIED)[:12] + b"\xff" * 200, "the archive is broken"),
        (gzip.compress(DENIED)[:-8] + b"\0" * 8, "the archive is broken"),
    ],
    ids=["text", "end", "middle", "noise", "checksum"],
)
def test_a_corrupt_gzip_file(check, folder, content, reason):
    (folder / "night.837.gz").write_bytes(content)
    result = check("night.837.gz", "denied.837", *A01)
    assert result.exit_code == 2
    assert result.stdout.splitlines()[0].startswith(FOUND) or "night.837.gz:24" in result.stdout.splitlines()[0]
    assert (
        f"night.837.gz: error X107 {reason}; check that the file is whole and readable, and run again" in result.stderr
    )
    assert "night.837.gz: " in result.stdout
    assert "the file is empty" not in result.output


def test_a_zip_with_a_member_that_is_no_x12(check, folder):
    with zipfile.ZipFile(folder / "night.zip", "w") as archive:
        archive.writestr("a/denied.837", DENIED)
        archive.writestr("a/readme.txt", "Dear payer,\n")
        archive.writestr("a/scan.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 4)
    result = check("night.zip", *A01)
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert lines[0].startswith("night.zip/a/denied.837:24  claim DENIED line 1  error    A01 ")
    assert lines[2:4] == [
        "night.zip/a/readme.txt: unreadable: X101 the file does not begin with an ISA segment",
        "night.zip/a/scan.pdf: unreadable: X104 the file is binary, not X12 text",
    ]
    assert [line.split(";")[0] for line in result.stderr.splitlines()] == [
        "night.zip/a/readme.txt:1: error X101 the file does not begin with an ISA segment",
        "night.zip/a/scan.pdf:1: error X104 the file is binary, not X12 text",
    ]


def test_a_file_that_is_no_zip(check, folder):
    (folder / "night.zip").write_bytes(DENIED)
    assert refused(check("night.zip"), "edi837: night.zip: the archive is broken")


# Standard input -------------------------------------------------------------------------------------------------------


def test_nothing_on_the_standard_input(check):
    result = check("-", stdin=b"")
    assert (result.exit_code, result.stderr) == (
        2,
        "-: error X100 the file is empty; send the file that the billing system wrote; this one holds nothing\n",
    )
    assert result.stdout.startswith("-: unreadable: X100 the file is empty\n")


@pytest.mark.parametrize("content", [DENIED, fixture("canary"), b"x"], ids=["batch", "large", "tiny"])
def test_compressed_bytes_on_the_standard_input(check, content):
    """Names are what tells gzip files; a stream has none, so the message has to say what it is."""
    result = check("-", stdin=gzip.compress(content, mtime=0))
    assert result.exit_code == 2
    assert result.stderr == (
        "-:1: error X104 the file is binary, not X12 text; "
        "export the file again as X12 text, not as a document, image or archive\n"
    )


def test_wide_characters(check, folder):
    (folder / "wide.837").write_text(DENIED.decode("ascii"), encoding="utf-16")
    result = check("wide.837")
    assert result.exit_code == 2
    assert "wide.837:1: error X104 the file is binary, not X12 text" in result.stderr


# Output ---------------------------------------------------------------------------------------------------------------


def test_an_output_into_a_missing_folder(check, folder):
    result = check("denied.837", "-o", "none/report")
    assert refused(result, "edi837: none/report: cannot be written: no such file or directory")
    assert sorted(path.name for path in folder.iterdir()) == ["denied.837"]


def test_an_output_that_is_a_folder(check, folder):
    (folder / "out").mkdir()
    result = check("denied.837", "-o", "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("edi837: out: cannot be written: ")
    assert list((folder / "out").iterdir()) == []


@pytest.mark.parametrize("name", ["denied.837", "./denied.837", "link.837", "night.zip", "night.gz"])
def test_an_output_that_is_an_input(check, folder, name):
    (folder / "link.837").symlink_to("denied.837")
    with zipfile.ZipFile(folder / "night.zip", "w") as archive:
        archive.writestr("denied.837", DENIED)
    (folder / "night.gz").write_bytes(gzip.compress(DENIED))
    before = (folder / name).read_bytes()
    result = check("denied.837", "night.zip", "night.gz", "-o", name)
    assert refused(result, f"edi837: {name}: the output is also an input")
    assert (folder / name).read_bytes() == before


def test_a_failed_run_leaves_the_old_report(check, folder):
    (folder / "report").write_text("yesterday's")
    assert check("denied.837", "none.837", "-o", "report").exit_code == 2
    assert check("denied.837", "--select", "Z99", "-o", "report").exit_code == 2
    assert (folder / "report").read_text() == "yesterday's"
    assert sorted(path.name for path in folder.iterdir()) == ["denied.837", "report"]


def test_a_report_on_unreadable_files_is_written_all_the_same(check, folder):
    (folder / "text.837").write_bytes(b"Dear payer,\n")
    result = check("denied.837", "text.837", *A01, "-o", "report")
    assert result.exit_code == 2
    assert (folder / "report").read_text().startswith(FOUND)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_pipe_that_is_closed(folder, unbuffered):
    # More than a pipe holds.
    (folder / "many.837").write_bytes(DENIED * 1000)
    command = [sys.executable, "-m", "edi837", "check", "many.837", *A01]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        assert running.stdout.readline().startswith(b"many.837:24 ")
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 2


def test_a_pipe_that_was_never_open(folder):
    command = [sys.executable, "-m", "edi837", "check", "denied.837", *A01]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 2


# Options and settings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--select", "A99"), '--select: "A99" is no rule code, rule name or family letter; did you mean "A0'),
        (
            ("--select", "admin-without-drug"),
            '--select: "admin-without-drug" is no rule code, rule name or family letter; did you mean '
            '"admin-without-drug-line"?',
        ),
        (("--ignore", "A01,nonsense"), '--ignore: "nonsense" is no rule code, rule name or family letter'),
        (("--format", "jsno"), 'there is no format "jsno", only '),
        (("--config", "none.toml"), "none.toml: no such file or directory"),
        (("--config", "."), ".: is a directory"),
    ],
)
def test_an_option_that_cannot_be_meant(check, given, said):
    result = check("denied.837", *given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"edi837: {said}")
    assert result.stderr.count("\n") == 1


def test_the_nearest_format_is_named(check):
    assert check("denied.837", "--format", "jsno").stderr.endswith('; did you mean "json"?\n')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"select = [", "not TOML: "),
        (b"\xff\xfe", "not UTF-8 text"),
        (b'fail_on = "error"', 'unknown key "fail_on"; did you mean "fail-on"?'),
        (b'fail-on = "eror"', 'fail-on: "eror" is none of error, warning, info, off; did you mean "error"?'),
        (b'select = "A01"', 'select: needs a list, not "A01"'),
        (b'[severity]\nA1 = "error"', '[severity]: there is no rule "A1"; did you mean "A'),
        (b"[rules.A01]\nlimit = 3", '[rules.A01]: unknown key "limit"'),
        (b"[[payer]]\nncci = true", "[[payer]] 1: say which payer by id (NM109), class (SBR09), plan or name"),
        (b'[[payer]]\nname = "("', "[[payer]] 1 name: not a regular expression"),
    ],
)
def test_a_broken_settings_file(check, folder, text, said):
    (folder / "edi837.toml").write_bytes(text)
    result = check("denied.837")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"edi837: {folder / 'edi837.toml'}: {said}")
    assert result.stderr.count("\n") == 1
    assert check("denied.837", "--isolated", *A01).exit_code == 1


# Files that change while they are read --------------------------------------------------------------------------------


def between_passes(monkeypatch, change):
    """Calls the function when the first pass is done and the second has not begun."""
    real = local.Run.of

    def of(files):
        change()
        return real(files)

    monkeypatch.setattr(local.Run, "of", of)


def test_a_file_that_shrinks_between_the_passes(check, folder, monkeypatch):
    between_passes(monkeypatch, lambda: os.truncate(folder / "denied.837", 400))
    result = check("denied.837", "-o", "report")
    assert refused(result, "edi837: denied.837: the file was cut short while it was read")
    assert not (folder / "report").exists()


def test_a_file_that_goes_away_between_the_passes(check, folder, monkeypatch):
    between_passes(monkeypatch, (folder / "denied.837").unlink)
    result = check("denied.837", "-o", "report")
    assert refused(result, "edi837: denied.837: no such file or directory")
    assert not (folder / "report").exists()


def test_a_file_that_grows_between_the_passes_is_checked_as_it_was(check, folder, monkeypatch):
    def grow():
        with (folder / "denied.837").open("ab") as file:
            file.write(DENIED)

    between_passes(monkeypatch, grow)
    result = check("denied.837", *A01)
    assert (result.exit_code, result.stdout.splitlines()[-1] + "\n") == (1, STORY)


def test_a_named_pipe_is_read_once(check, folder):
    os.mkfifo(folder / "pipe.837")
    writer = threading.Thread(target=(folder / "pipe.837").write_bytes, args=(DENIED,))
    writer.start()
    result = check("pipe.837", *A01)
    writer.join()
    assert (result.exit_code, result.stdout.split()[0]) == (1, "pipe.837:24")


def test_no_spool_is_left_behind(check, folder, monkeypatch, tmp_path_factory):
    spools = tmp_path_factory.mktemp("spools")
    monkeypatch.setattr("tempfile.tempdir", str(spools))
    (folder / "night.837.gz").write_bytes(gzip.compress(DENIED))
    (folder / "cut.837.gz").write_bytes(gzip.compress(DENIED)[:-9])
    seen = []
    between_passes(monkeypatch, lambda: seen.extend(spools.iterdir()))
    assert check("night.837.gz", "cut.837.gz", "-", *A01, stdin=DENIED).exit_code == 2
    assert len(seen) == 3
    assert all(path.name.startswith("edi837-") for path in seen)
    assert list(spools.iterdir()) == []


def test_a_spool_is_for_nobody_else_to_read(check, folder, monkeypatch, tmp_path_factory):
    spools = tmp_path_factory.mktemp("spools")
    monkeypatch.setattr("tempfile.tempdir", str(spools))
    (folder / "night.837.gz").write_bytes(gzip.compress(DENIED))
    rights = []
    between_passes(monkeypatch, lambda: rights.extend(stat.S_IMODE(path.stat().st_mode) for path in spools.iterdir()))
    assert check("night.837.gz", *A01).exit_code == 1
    assert rights == [0o600]


# Names ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["two words.837", "ünïcode.837", "-dash.837", "a[1].837", "semi;colon.837"])
def test_odd_names(check, folder, name):
    (folder / name).write_bytes(DENIED)
    result = check("--", name) if name.startswith("-") else check(name)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{name}:24  claim DENIED")


def test_a_name_that_steers_a_terminal_is_printed_without_doing_so(check, folder):
    name = "a\x1b[31m\n.837"
    (folder / name).write_bytes(b"Dear payer,\n")
    result = check(name)
    assert result.exit_code == 2
    assert "\x1b" not in result.output
    assert "a?[31m?.837" in result.stderr


def test_a_name_that_is_no_text(folder):
    name = os.fsdecode(b"latin-\xe9.837")
    (folder / name).write_bytes(DENIED)
    for form in ("text", "json", "csv", "jsonl"):
        command = [sys.executable, "-m", "edi837", "check", name, *A01, "--format", form]
        done = subprocess.run(command, capture_output=True, check=False)
        assert b"Traceback" not in done.stderr
        assert b"internal error" not in done.stderr, form
        assert done.returncode == 1


def test_the_same_file_under_two_names_is_read_once(check, folder):
    (folder / "link.837").symlink_to("denied.837")
    assert check("denied.837", "link.837", ".", *A01).stdout.endswith(STORY)


def test_very_many_files(check, folder):
    for number in range(600):
        (folder / f"{number:03}.837").write_bytes(DENIED.replace(b"MEMBER0001", b"MEMBER%04d" % number))
    result = check(".", *A01, "--format", "jsonl")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 601


def test_a_batch_in_which_every_claim_is_broken(check, folder):
    (folder / "broken.837").write_bytes(DENIED.replace(b"UN*1*", b"UN*ONE*") * 500)
    result = check("broken.837", *A01)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 4
    assert result.stderr.splitlines()[-1] == "broken.837: 497 more C202"
    assert "500 claims: 0 checked, 0 not applicable, 500 unreadable." in result.stdout


def test_the_standard_output_may_be_a_text_stream_without_a_descriptor(folder, monkeypatch):
    """As in a notebook or a test."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(SystemExit) as ended:
        main(["check", "denied.837", *A01])
    assert ended.value.code == 1
    assert stream.buffer.getvalue().decode().startswith(FOUND)
