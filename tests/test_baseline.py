"""The baseline: its file, what it knows, and the fingerprints that it stands on."""

from __future__ import annotations

import json
import random
from datetime import date

import msgspec
import pytest
from batches import fixture
from jsonschema import Draft202012Validator
from known import check_known
from rule_cases import interchange

from edi837.baseline import NO_BASELINE, Baseline
from edi837.check import check_bytes
from edi837.errors import SettingsError
from edi837.results import FindingCounts
from edi837.rules import load_rules
from edi837.settings import Settings, parse_settings
from edi837.suppression import Suppressor

RULES = load_rules()
TODAY = date(2026, 11, 23)
DEMO = fixture("demo")

FILE = b"""\
{
  "schema_version": 1,
  "findings": {
    "A01": [
      "0123456789abcdef",
      "fedcba9876543210"
    ],
    "B01": [
      "0011223344556677"
    ]
  }
}
"""


def checked(data: bytes, baseline: Baseline, *, adding: bool = False, settings: Settings | None = None, rules=None):
    settings = settings or Settings()
    known = Suppressor.of(settings, RULES, TODAY, baseline=baseline, adding=adding, baseline_name="baseline.json")
    return check_known(data, settings, known, rules)


def baseline_of(data: bytes) -> Baseline:
    """The baseline that knows all findings of a batch."""
    found: dict[str, set[str]] = {}
    for item in check_bytes(data).findings:
        found.setdefault(item.code, set()).add(item.fingerprint)
    return Baseline({code: frozenset(fingerprints) for code, fingerprints in found.items()})


# The file -------------------------------------------------------------------------------------------------------------


def test_the_file_is_sorted_and_has_one_fingerprint_a_line(schema):
    baseline = Baseline.parse(FILE)
    assert baseline.to_bytes() == FILE
    assert len(baseline) == 3
    shuffled = {"B01": ["0011223344556677"], "A01": ["fedcba9876543210", "0123456789abcdef", "fedcba9876543210"]}
    assert Baseline.parse(json.dumps({"findings": shuffled, "schema_version": 1}).encode()).to_bytes() == FILE
    Draft202012Validator(schema("baseline")).validate(json.loads(FILE))
    assert NO_BASELINE.to_bytes() == b'{\n  "schema_version": 1,\n  "findings": {}\n}\n'
    assert Baseline.parse(NO_BASELINE.to_bytes()) == NO_BASELINE


def test_one_more_finding_is_one_more_line():
    more = Baseline.parse(FILE).merged(Baseline({"A01": frozenset({"89abcdef01234567"})}))
    added = [line for line in more.to_bytes().splitlines() if line not in FILE.splitlines()]
    assert added == [b'      "89abcdef01234567",']
    assert len(more) == 4


DAMAGED = "not a baseline, or a damaged one; write a new one into another file with --add-baseline"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", DAMAGED),
        (b" \n", DAMAGED),
        (DEMO, DAMAGED),
        (FILE[:-20], DAMAGED),
        (FILE[:40], DAMAGED),
        (b"\x00\xff" * 100, DAMAGED),
        (b'{"schema_version": 1, "findings": {"A01": ["\xff"]}}', DAMAGED),
        (b"[]", DAMAGED),
        (b"{}", DAMAGED),
        (b'{"runs": [], "version": "2.1.0"}', DAMAGED),
        (FILE.replace(b": 1", b": 2"), "a baseline of version 2, and this edi837 reads version 1"),
        (FILE.replace(b": 1", b': "1"'), DAMAGED),
        (FILE.replace(b"cdef", b"cdeg"), DAMAGED),
        (FILE.replace(b"cdef", b"cd"), DAMAGED),
        (FILE.replace(b"A01", b"INT001"), DAMAGED),
        (FILE.replace(b'"findings"', b'"known": 1, "findings"'), DAMAGED),
        (b'{"schema_version": 1, "findings": {"A01": 1}}', DAMAGED),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(data, message):
    with pytest.raises(SettingsError) as caught:
        Baseline.parse(data)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "data",
    [
        fixture("canary"),
        b'{"CANARY": "CANARY"}',
        FILE.replace(b"cdef", b"CANARY"),
        FILE.replace(b"A01", b"CANARY"),
        FILE.replace(b'"findings"', b'"schema": "CANARY", "findings"'),
    ],
)
def test_what_is_wrong_with_it_repeats_nothing_of_it(data):
    with pytest.raises(SettingsError) as caught:
        Baseline.parse(data)
    assert "CANARY" not in str(caught.value)


# What it knows --------------------------------------------------------------------------------------------------------


def test_known_findings_are_suppressed_and_new_ones_are_not():
    plain = check_bytes(DEMO, names=["batch.837"])
    baseline = baseline_of(DEMO)
    known = checked(DEMO, baseline)
    assert {item.suppressed for item in known.findings} == {"baseline"}
    assert known.summary.suppressed == len(plain.findings) == 8
    assert (known.summary.findings, known.summary.at_risk) == (FindingCounts(), 0)
    assert known.diagnostics == ()
    one = plain.findings[1]
    rest = Baseline({code: some - {one.fingerprint} for code, some in baseline.fingerprints.items()})
    new = checked(DEMO, rest)
    assert [item for item in new.findings if item.suppressed is None] == [one]
    assert (new.summary.findings.error, new.summary.suppressed, new.summary.at_risk) == (1, 7, one.charge)


def test_a_fingerprint_of_another_rule_is_not_known():
    one = check_bytes(DEMO).findings[0]
    other = Baseline({"A11" if one.code != "A11" else "A10": frozenset({one.fingerprint})})
    assert checked(DEMO, other).summary.suppressed == 0


def test_what_did_not_come_up_is_counted_where_its_rule_ran():
    baseline = baseline_of(DEMO).merged(Baseline.parse(FILE))
    [found] = checked(DEMO, baseline).diagnostics
    assert (found.code, found.severity.value, found.file) == ("S103", "info", "baseline.json")
    assert found.message == "3 of its findings did not come up"
    assert found.cure == "nothing: their claims are corrected, or not among these files"
    [found] = checked(DEMO, Baseline.parse(FILE), settings=Settings(select=("B01",))).diagnostics
    assert found.message == "1 of its findings did not come up"
    assert checked(DEMO, Baseline.parse(FILE), settings=Settings(select=("C01",))).diagnostics == ()


def test_an_entry_comes_before_the_baseline():
    text = '[[suppress]]\ncode = "B01"\nreason = "agreed"\nclaim = "P000050000002"'
    settings = parse_settings(text, RULES)
    result = checked(DEMO, baseline_of(DEMO), settings=settings)
    assert [item.suppressed for item in result.findings if item.code == "B01"] == ["[[suppress]] 1: agreed"]
    assert result.summary.suppressed == 8
    assert result.diagnostics == ()


def test_a_rule_that_failed_is_never_known():
    def crash(encounter, ctx):
        raise KeyError
        yield

    rules = tuple(msgspec.structs.replace(rule, check=crash) for rule in RULES if rule.code == "A01")
    result = checked(DEMO, NO_BASELINE, adding=True, rules=rules)
    assert result.crashed
    assert {(item.code, item.suppressed) for item in result.findings} == {("INT001", None)}


# Fingerprints ---------------------------------------------------------------------------------------------------------

MANY = [
    f"NM1*IL*1*ROE*P{number}****MI*M{number}~ CLM*C{number}~ SV1*HC:99213*90*UN*1***1~ SV1*HC:96372*25*UN*1***1~"
    for number in range(8)
]


def identities(data: bytes) -> dict[tuple[str, str, str | None], str]:
    return {(item.code, item.claim, item.line): item.fingerprint for item in check_bytes(data).findings}


def test_a_fingerprint_stays_when_claims_move_come_and_go():
    whole = identities(interchange("".join(MANY)))
    assert len(whole) >= 16
    assert len(set(whole.values())) == len(whole)
    for seed in range(5):
        mixed = MANY[:]
        random.Random(seed).shuffle(mixed)
        assert identities(interchange("".join(mixed))) == whole
        some = mixed[:3]
        fewer = identities(interchange("".join(some)))
        assert fewer == {key: value for key, value in whole.items() if any(f"CLM*{key[1]}~" in text for text in some)}
        assert fewer


def test_a_fingerprint_does_not_hang_on_the_file_or_its_envelope():
    data = interchange(MANY[0])
    other = data.replace(b"000000001", b"000000077").replace(b"~\n", b"~\r\n")
    assert identities(other) == identities(data)
    both = check_bytes(b"", data, names=["a", "b"]).findings
    assert [item.fingerprint for item in both] == list(identities(data).values())


def test_two_equal_lines_have_two_fingerprints():
    data = interchange("CLM*A~ SV1*HC:96372*25*UN*1***1~ SV1*HC:96372*25*UN*1***1~")
    found = [item for item in check_bytes(data).findings if item.code == "A01"]
    assert [item.line for item in found] == ["1", "2"]
    assert len({item.fingerprint for item in found}) == 2
