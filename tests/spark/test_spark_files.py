"""How workers open their inputs: paths, URIs and the bytes of a row, without a Spark session."""

from __future__ import annotations

import gzip
import os
import pickle
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install '.[spark]')")

from edi837.engines.spark.files import ContentFile, RemoteFile, expand_all, opened, ranges
from edi837.errors import SourceError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "b.837").write_bytes(b"ISA*second")
    (tmp_path / "a.837").write_bytes(b"ISA*first")
    (tmp_path / "c.837.gz").write_bytes(gzip.compress(b"ISA*third"))
    return tmp_path


def test_paths_keep_their_names_and_are_found_from_anywhere(folder, monkeypatch):
    monkeypatch.chdir(folder)
    items = expand_all(["b.837", "a.837", f"file:{folder}/b.837", f"file://{folder}/c.837.gz"])
    assert [(item.name, item.source) for item in items] == [
        ("b.837", f"{folder}/b.837"),
        ("a.837", f"{folder}/a.837"),
        (f"{folder}/c.837.gz", f"{folder}/c.837.gz"),
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("-", "Spark reads files: the standard input cannot be shared out among its workers"),
        ("nowhere.837", "nowhere.837: no such file or folder"),
        ("foo://bucket/claims", r"foo://bucket/claims: cannot be read \(ArrowInvalid\); hand it to edi837 as rows of"),
    ],
)
def test_what_leads_to_nothing_is_said(path, message):
    with pytest.raises(SourceError, match=message):
        expand_all([path])


def test_a_file_of_a_store_is_read_whole_and_in_parts(folder):
    # pyarrow's own local file system stands for a store.
    plain = RemoteFile("a", f"file://{folder}/a.837", size=9)
    packed = RemoteFile("c", f"file://{folder}/c.837.gz")
    for item, data in ((plain, b"ISA*first"), (packed, b"ISA*third")):
        with item.open() as stream:
            assert stream.read() == data
        with opened(pickle.loads(pickle.dumps(item))) as source:
            assert Path(source.path).read_bytes() == data
        assert not os.path.exists(source.path)
    with ranges(plain) as read:
        assert read(4, 5) == b"first"
        with pytest.raises(SourceError, match="a: the file was cut short while it was read"):
            read(4, 6)


def test_a_file_of_a_store_that_is_gone_is_a_diagnostic(folder):
    with opened(RemoteFile("gone", f"file://{folder}/gone.837")) as source:
        failed = source.failed(None, 0)
    assert failed is not None
    assert (failed.code, failed.file, failed.message) == ("X107", "gone", "no such file or directory")


def test_the_bytes_of_a_row_travel_with_it():
    item = pickle.loads(pickle.dumps(ContentFile.of("a.837.gz", gzip.compress(b"ISA*"))))
    with item.open() as stream:
        assert (item.name, item.path, stream.read()) == ("a.837.gz", None, b"ISA*")
