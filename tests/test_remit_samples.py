"""The public 835 files: everything in them is read or named, and the balances agree with an independent count."""

from __future__ import annotations

import csv
import re

import pytest
from remit_cases import SAMPLES, read

MANIFEST = SAMPLES / "MANIFEST.csv"
needs_samples = pytest.mark.skipif(
    not MANIFEST.exists(), reason="the public sample files are not beside the repository (EDI837_SAMPLES names them)"
)
ROWS = [
    row
    for row in csv.DictReader(MANIFEST.read_text("utf-8").splitlines() if MANIFEST.exists() else [])
    if row["transaction_version"].startswith("835") and row["path"].startswith(("835/", "broken/"))
]
NOT_READ = {"X101", "X402"}
"""Diagnostics of a file without an ISA, and of a version that is not read."""


def naive(text: str, tag: str) -> int:
    return len(re.findall(rf"(?:^|[^A-Z0-9]){tag}[*|]", text))


def unbalanced(cell: str) -> int:
    """The manifest says "good / all"."""
    if not cell:
        return 0
    good, every = (int(part) for part in cell.split("/"))
    return every - good


@needs_samples
@pytest.mark.parametrize("row", ROWS, ids=[row["path"] for row in ROWS])
def test_every_claim_and_service_payment_is_read_or_the_file_is_named(row):
    data = (SAMPLES / row["path"]).read_bytes()
    found = read(data)
    text = data.decode("latin-1")
    counts = (len(found.payments), sum(len(payment.services) for payment in found.payments))
    if counts != (naive(text, "CLP"), naive(text, "SVC")):
        assert counts == (0, 0)
        assert NOT_READ & set(found.codes)
        return
    if not counts[0]:
        return
    told = tuple(found.codes.count(code) for code in ("R401", "R402", "R403"))
    assert told == tuple(unbalanced(row[name]) for name in ("svc_balances", "clp_balances", "bpr_balances"))


@needs_samples
@pytest.mark.parametrize("row", ROWS, ids=[row["path"] for row in ROWS])
def test_chunks_do_not_matter(row):
    data = (SAMPLES / row["path"]).read_bytes()
    whole = read(data)
    for size in (7, 106, 65536):
        assert read(data, chunk=size, window=size) == whole
