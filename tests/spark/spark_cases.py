"""Folders of claim files for the tests on Spark, and rows as plain values, to compare them."""

from __future__ import annotations

import gzip
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from batches import INVALID, VALID, generated

ORDER = ("file_number", "claim_offset", "position")


def write_claims(folder: Path) -> list[str]:
    """Every fixture, damaged ones too, and generated batches; returns the paths in the order of the run."""
    for path in (*VALID.values(), *INVALID.values()):
        (folder / path.name).write_bytes(path.read_bytes())
    # Patients who come back, in other files too, and in a file that is cut in many places.
    options = ("--claims", "1500", "--injection-share", "0.4", "--repeat-share", "0.3", "--billing-providers", "3")
    batch = generated(*options, "--files", "4", "--seed", "5", "--claims-per-transaction", "200")
    for name, data in zip(batch.names, batch.files, strict=True):
        (folder / name).write_bytes(data)
    first, second = batch.files[:2]
    (folder / "packed.837.gz").write_bytes(gzip.compress(first))
    (folder / "broken.837.gz").write_bytes(gzip.compress(first)[:-5000])
    with zipfile.ZipFile(folder / "packed.zip", "w") as archive:
        archive.writestr("one.837", second)
    (folder / "crowd.837").write_bytes(one_member(batch.files[2]))
    (folder / "cut-off.837").write_bytes(one_member(batch.files[2])[:150_000])
    return [str(folder)]


def one_member(data: bytes) -> bytes:
    """The batch with one member id in all of its claims."""
    return re.sub(rb"(NM1\*IL\*1\*[^~]*\*MI\*)[^~*]*", rb"\1CROWD0001", data)


def plain(value: Any) -> Any:
    """A value of the product, of Spark or of Arrow as what JSON has, and exact numbers."""
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if hasattr(value, "asDict"):
        return {name: plain(each) for name, each in value.asDict().items()}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    return getattr(value, "value", value)


def in_order(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows in the order of input, without the columns that say it."""
    ordered = sorted(rows, key=lambda row: [row[name] for name in ORDER])
    return [{name: value for name, value in plain(row).items() if name not in ORDER} for row in ordered]
