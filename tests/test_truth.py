"""Planted defects: every one is found, and nothing is found where nothing was planted."""

from __future__ import annotations

from collections import Counter

import pytest
from batches import generated

from edi837.check import CheckResult, check_bytes
from edi837.model import Finding, Severity
from edi837.settings import Settings

pytestmark = pytest.mark.slow

BATCHES = {
    "usual": ("--claims", "10000"),
    "dense": ("--claims", "10000", "--injection-share", "1", "--defect-share", "0.5", "--seed", "2"),
    "spread": (
        *("--claims", "10000", "--injection-share", "0.6", "--defect-share", "0.4", "--repeat-share", "0.3"),
        *("--files", "3", "--interchanges", "2", "--claims-per-transaction", "700", "--billing-providers", "9"),
        *("--delimiters", "|>\\n^", "--seed", "3"),
    ),
}


@pytest.fixture(scope="module", params=BATCHES)
def batch(request):
    return generated(*BATCHES[request.param])


@pytest.fixture(scope="module")
def result(batch) -> CheckResult:
    return check_bytes(*batch.files, names=batch.names, settings=Settings(preview=True))


def place(finding: Finding) -> tuple[str, str, str | None, str]:
    """A finding as a row of the truth file."""
    return finding.file, finding.claim, finding.line, finding.code


def planted(batch):
    """The rows of the truth file."""
    return [(row["file"], row["claim"], row["line"], row["rule"]) for row in batch.truth]


def test_every_planted_defect_is_found_and_no_other(batch, result):
    expected = Counter(planted(batch))
    rules = {code for _, _, _, code in expected}
    assert len(rules) >= 35
    found = Counter(place(item) for item in result.findings if item.code in rules)
    assert {"missed": expected - found, "invented": found - expected} == {"missed": Counter(), "invented": Counter()}


def test_claims_without_a_planted_defect_have_nothing_that_would_be_denied(batch, result):
    spoiled = {(file, claim) for file, claim, _, _ in planted(batch)}
    invented = Counter(
        (item.code, item.name, item.severity.value)
        for item in result.findings
        if item.severity is not Severity.INFO and (item.file, item.claim) not in spoiled
    )
    assert invented == Counter()


def test_the_batch_is_read_whole(batch, result):
    assert result.diagnostics == ()
    assert {file.status for file in result.files} == {"ok"}
    assert not result.crashed
    summary = result.summary
    assert (summary.claims, summary.unreadable) == (10_000, 0)
    assert summary.checked == 10_000 - summary.not_applicable
    assert summary.findings.error == sum(item.severity is Severity.ERROR for item in result.findings)
    assert summary.at_risk > 0


def test_each_finding_is_told_once(batch, result):
    told = Counter((*place(item), item.element, item.partners) for item in result.findings)
    assert {item: count for item, count in told.items() if count > 1} == {}


ALL_CLEAN = ("--claims", "50000", "--defect-share", "0", "--seed", "11")
PLANTED = ("--claims", "20000", "--defect-share", "0.4", "--seed", "12")
FEWER_PLANTED = ("--claims", "3000", "--injection-share", "0.6", "--defect-share", "0.4", "--seed", "13")


def test_a_batch_without_a_defect_has_no_error_and_no_warning():
    batch = generated(*ALL_CLEAN)
    result = check_bytes(*batch.files, names=batch.names, settings=Settings(preview=True))
    assert (batch.truth, result.diagnostics, result.crashed) == ((), (), False)
    assert result.summary.checked > 10_000
    assert Counter(item.code for item in result.findings if item.severity is not Severity.INFO) == Counter()


@pytest.mark.parametrize(
    ("options", "plan"), [(PLANTED, True), (FEWER_PLANTED, True), (FEWER_PLANTED, False)], ids=["", "few", "no plan"]
)
def test_a_batch_with_every_defect_has_those_and_nothing_else(options, plan):
    batch = generated(*options)
    settings = Settings(preview=True)
    result = check_bytes(*batch.files, names=batch.names, settings=settings, plan=plan, prefilter=plan)
    expected = Counter(planted(batch))
    found = Counter(place(item) for item in result.findings)
    told = Counter(place(item) for item in result.findings if item.severity is not Severity.INFO)
    assert {"missed": expected - found, "invented": told - expected} == {"missed": Counter(), "invented": Counter()}
    if options is PLANTED:
        assert len({rule for _, _, _, rule in expected}) >= 100
