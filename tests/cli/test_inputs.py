"""The files of a run: what a path stands for, and what is said of one that leads to nothing."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import zipfile

import pytest

from edi837.engines.inputs import InputFile, expand
from edi837.errors import SourceError


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in ("b.837", "a.837", "sub/c.837", "sub/.hidden", ".git/d.837", "sub/e.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*paths):
    return [file.name for file in expand(paths)]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["b.837", "a.837"], "b.837 a.837"),
        (["a.837", "./a.837", "sub/../a.837"], "a.837"),
        (["sub"], "sub/c.837 sub/e.txt"),
        (["."], "./a.837 ./b.837 ./sub/c.837 ./sub/e.txt"),
        (["*.837"], "a.837 b.837"),
        (["**/*.837"], "a.837 b.837 sub/c.837"),
        (["s*"], "sub/c.837 sub/e.txt"),
        (["sub", "."], "sub/c.837 sub/e.txt ./a.837 ./b.837"),
        (["sub/.hidden"], "sub/.hidden"),
        (["-", "a.837", "-"], "- a.837"),
    ],
)
def test_expansion(tree, paths, expected):
    assert names(*paths) == expected.split()


def test_a_link_is_not_read_twice(tree):
    (tree / "link.837").symlink_to("a.837")
    assert names("a.837", "link.837") == ["a.837"]


def test_a_name_with_a_bracket_is_a_name_first(tree):
    (tree / "a[1].837").write_bytes(b"x")
    assert names("a[1].837") == ["a[1].837"]


def test_a_plain_file_can_be_read_twice_and_anywhere(tree):
    [file] = expand(["a.837"])
    assert (file.path, file.size) == ("a.837", 5)
    with file.open() as stream:
        assert stream.read() == b"a.837"


def test_a_gzip_file_is_a_stream(tree):
    (tree / "a.837.GZ").write_bytes(gzip.compress(b"ISA"))
    [file] = expand(["a.837.GZ"])
    assert (file.path, file.size) == (None, None)
    assert file.open().read() == b"ISA"


def test_the_members_of_a_zip_archive(tree):
    with zipfile.ZipFile("b.zip", "w") as archive:
        for name in ("z.837", "in/a.837", "in/", "__MACOSX/in/a.837", ".DS_Store", "in/.b"):
            archive.writestr(name, name)
    files = expand(["b.zip"])
    assert [(file.name, file.path, file.size) for file in files] == [
        ("b.zip/in/a.837", None, 8),
        ("b.zip/z.837", None, 5),
    ]
    assert [pickle.loads(pickle.dumps(file)).open().read() for file in files] == [b"in/a.837", b"z.837"]


def test_a_pipe_is_read_once(tree):
    os.mkfifo("pipe")
    [file] = expand(["pipe"])
    assert file.path is None


def test_standard_input_has_the_name_that_is_given(monkeypatch):
    class Stdin:
        buffer = io.BytesIO(b"ISA")

    monkeypatch.setattr("sys.stdin", Stdin)
    [file] = expand(["-"], "night.837")
    assert (file.name, file.path, file.open().read()) == ("night.837", None, b"ISA")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none.837", "none.837: no such file or folder"),
        ("none/*.837", "none/*.837: no file matches"),
        ("empty", "empty: the folder holds no files"),
        ("dangling.837", "dangling.837: no such file or directory"),
        ("text.zip", "text.zip: the archive is broken"),
        ("empty.zip", "empty.zip: the archive holds no files"),
    ],
)
def test_a_path_that_leads_to_nothing(tree, path, message):
    (tree / "empty").mkdir()
    (tree / "dangling.837").symlink_to("none")
    (tree / "text.zip").write_bytes(b"not an archive")
    zipfile.ZipFile(tree / "empty.zip", "w").close()
    with pytest.raises(SourceError) as caught:
        expand([path])
    assert str(caught.value) == message


def flipped(content):
    """The content with one byte in the middle of it changed."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


PLAIN = os.urandom(5000)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.gz", b"not gzip", "the archive is broken"),
        ("a.gz", gzip.compress(PLAIN)[:-20], "the archive is cut off"),
        ("a.gz", flipped(gzip.compress(PLAIN)), "the archive is broken"),
    ],
)
def test_a_broken_archive_says_so_while_it_is_read(tree, name, content, message):
    (tree / name).write_bytes(content)
    [file] = expand([name])
    with pytest.raises(SourceError) as caught:
        file.open().read()
    assert str(caught.value) == message


def test_a_broken_or_encrypted_member_says_so(tree):
    with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.837", PLAIN)
    whole = (tree / "a.zip").read_bytes()
    (tree / "a.zip").write_bytes(flipped(whole))
    with pytest.raises(SourceError, match="the archive is broken"):
        expand(["a.zip"])[0].open().read()
    # Bit 0 of the flags, in the local header and in the central directory, says that a member is encrypted.
    directory = whole.index(b"PK\x01\x02")
    marked = bytearray(whole)
    marked[6] |= 1
    marked[directory + 8] |= 1
    (tree / "a.zip").write_bytes(bytes(marked))
    with pytest.raises(SourceError, match="the archive is encrypted"):
        expand(["a.zip"])[0].open()


def test_a_file_that_is_gone_says_so(tree):
    with pytest.raises(SourceError, match=r"^no such file or directory$"):
        InputFile("x", "x").open()
