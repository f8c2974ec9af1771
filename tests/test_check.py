"""The check of files in memory: what became of each file, the figures of a run, and where findings go."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from batches import EVERY, changed, fixture, generated, read
from rule_cases import interchange
from test_x12 import THREE

from edi837.check import RegionChecker, check_bytes
from edi837.engine import Engine
from edi837.index import FileScan, Run
from edi837.model import Partner, Severity
from edi837.reference import Reference
from edi837.results import FileResult, FindingCounts, Summary
from edi837.rules import load_rules
from edi837.settings import Settings
from edi837.tally import Tally


def words(text: str) -> list[str]:
    """The names in a text."""
    return text.split()


PAIRING = Settings(select=("A01", "A02"))

NO_SE = "X207 transaction set 0001 is not closed: no SE segment"
UNTOLD = "X102 the delimiters of this ISA segment cannot be told: wrong width or element count"
NO_PERIOD = "C203 claim C1 line 1: DTP03 is no date of service as DTP02 announces it"

# By file: status, reason, claims, checked, not applicable, unreadable.
BECAME = {
    "bad-date": ("partial", NO_PERIOD, 1, 0, 0, 1),
    "binary": ("unreadable", "X104 the file is binary, not X12 text", 0, 0, 0, 0),
    "blanks": ("unreadable", "X100 the file holds nothing but blanks", 0, 0, 0, 0),
    "claim-without-id": ("partial", "C101 CLM01 is empty: a claim without a patient control number", 1, 0, 0, 1),
    "claim-without-lines": ("partial", "C103 claim C1: no service line", 2, 1, 0, 1),
    # Nobody knows what else the claim had.
    "cut-between-segments": ("partial", NO_SE, 1, 0, 0, 1),
    "cut-in-segment": ("partial", "X209 the file ends inside a segment", 1, 0, 0, 1),
    "empty": ("unreadable", "X100 the file is empty", 0, 0, 0, 0),
    "isa-elements": ("unreadable", UNTOLD, 0, 0, 0, 0),
    "isa-elements-then-whole": ("partial", UNTOLD, 1, 1, 0, 0),
    "letters-in-charge": ("partial", "C102 claim C1 line 1: SV102 is no amount", 1, 0, 0, 1),
    "letters-in-claim-charge": ("partial", "C102 claim C1: CLM02 is no amount", 1, 0, 0, 1),
    "letters-in-units": ("partial", "C202 claim C1 line 1: SV104 is no number", 1, 0, 0, 1),
    "line-without-sv1": ("partial", "C205 claim C1 line 1: no SV1 segment", 1, 0, 0, 1),
    "lower-case": ("unreadable", "X101 the file is in lower case: segment ids must be capitals", 0, 0, 0, 0),
    "no-claim-charge": ("partial", "C102 claim C1: CLM02 is empty", 1, 0, 0, 1),
    "no-claims": ("skipped", "no claim in its transaction sets", 0, 0, 0, 0),
    "no-isa": ("unreadable", "X101 the file begins with GS, not with ISA", 0, 0, 0, 0),
    "no-se": ("partial", NO_SE, 1, 1, 0, 0),
    "no-se-before-st": ("partial", NO_SE, 2, 2, 0, 0),
    # A claim whose procedures nobody can tell is not one without a procedure that matters.
    "only-claims-without-lines": ("partial", "C103 claim C1: no service line", 1, 0, 0, 1),
    "only-lines-without-sv1": ("partial", "C205 claim C1 line 1: no SV1 segment", 1, 0, 0, 1),
    "short-sv1": ("partial", "C201 claim C1 line 1: SV102 and SV104 missing", 1, 0, 0, 1),
    **{
        f"transaction-{name}": ("skipped", f"skipped {what}", 0, 0, 0, 0)
        for name, what in {
            "270": "an eligibility inquiry (270): no professional claims",
            "4010": "a transaction set of version 004010: only 005010X222 claims are read",
            "835": "a remittance (835): no professional claims",
            "837d": "dental claims (837D): no professional claims",
            "837i": "institutional claims (837I): no professional claims",
            "999": "an acknowledgement (999): no professional claims",
            "unknown": "a transaction set 850 of an implementation guide other than 005010X222: no professional claims",
        }.items()
    },
}
TWO_CLAIMS = words(
    "byte-order-mark carriage-return-terminator changing-padding control-delimiters crlf empty-segments indented "
    "leading-blanks newline-terminator other-delimiters patient-information two-billing-providers two-claims "
    "two-dependents two-groups two-interchanges two-interchanges-with-marks two-transactions unbroken "
    "hl-without-level no-hl-two-subscribers no-iea-before-isa no-subscriber-two-providers repeated-claim"
)


@pytest.mark.parametrize("name", sorted(EVERY.keys() - {"demo", "no-clm"}))
def test_what_became_of_a_file(name):
    whole = 12 if name == "canary" else 2 if name in TWO_CLAIMS else 1
    result = check_bytes(fixture(name))
    [file], summary = result.files, result.summary
    became = (file.status, file.reason, summary.claims, summary.checked, summary.not_applicable, summary.unreadable)
    assert became == BECAME.get(name, ("ok", "", whole, whole, 0, 0))
    assert (file.file, file.claims) == ("<bytes>", summary.claims)
    assert not result.crashed


def test_service_lines_under_no_claim_make_a_file_partial():
    result = check_bytes(fixture("no-clm"))
    assert (result.files[0].status, result.summary.claims, result.summary.checked) == ("partial", 1, 1)


@pytest.mark.parametrize("name", EVERY)
def test_a_check_says_all_that_reading_says(name):
    """These files hold nothing but claims that matter, so nothing may be passed over in silence."""
    said = [(item.code, item.segment, item.offset, item.message) for item in read(fixture(name)).diagnostics]
    checked = check_bytes(fixture(name), names=["batch.837"]).diagnostics
    assert [(item.code, item.segment, item.offset, item.message) for item in checked] == said
    assert {item.file for item in checked} <= {"batch.837"}


WITHOUT_DRUG = words(
    "acknowledgement-beside byte-order-mark carriage-return-terminator changing-padding claims-and-others "
    "control-delimiters crlf empty-segments indented leading-blanks newline-terminator other-delimiters "
    "two-billing-providers two-dependents unbroken no-subscriber-two-providers"
)
DRUG_ON_ANOTHER_CLAIM = words(
    "patient-information two-claims two-groups two-interchanges two-interchanges-with-marks two-transactions "
    "no-se-before-st"
)
PAIRS = {
    **{name: [("A01", "C1", "1", ())] for name in WITHOUT_DRUG},
    **{name: [("A02", "C1", "1", (Partner("C2", "1"),))] for name in DRUG_ON_ANOTHER_CLAIM},
    "several-dates": [("A01", "C1", "3", ())],
    "no-subscriber-two-providers": [("A01", "C1", "1", ()), ("A01", "C2", "1", ())],
}
# What is found in a claim that was not read whole is worth less than that it was not.
HALF = {name for name, became in BECAME.items() if became[5]} | {"hl-without-level", "no-hl-two-subscribers"}
MANY = {"canary", "demo", "no-clm"}


@pytest.mark.parametrize("name", sorted(EVERY.keys() - HALF - MANY))
def test_an_injection_and_its_drug_meet_where_they_should(name):
    data = fixture(name)
    found = check_bytes(data, settings=PAIRING).findings
    assert [(item.code, item.claim, item.line, item.partners) for item in found] == PAIRS.get(name, [])
    for item in found:
        assert b"96372" in data[item.offset : item.offset + item.length]


# Figures --------------------------------------------------------------------------------------------------------------

DENIED = interchange("CLM*A~ SV1*HC:96372*25*UN*1***1~")
CLEAN = interchange("NM1*IL*1*ROE*KIM****MI*M2~ CLM*B~ SV1*HC:96372*25*UN*1***1~ SV1*HC:J3420*10*UN*1***1~")
VISIT = interchange("NM1*IL*1*ROE*LEE****MI*M3~ CLM*C~ SV1*HC:99213*90*UN*1***1~")


def test_the_figures_of_a_run_are_those_of_its_files():
    contents = (
        DENIED,
        fixture("transaction-835"),
        VISIT,
        fixture("letters-in-units"),
        CLEAN + fixture("two-claims"),
        b"",
    )
    names = ["denied", "remit", "visit", "letters", "both", "empty"]
    result = check_bytes(*contents, names=names, settings=PAIRING)
    assert result.summary == Summary(
        files=6,
        interchanges=6,
        transactions=5,
        claims=6,
        checked=4,
        not_applicable=1,
        unreadable=1,
        findings=FindingCounts(error=2),
        suppressed=0,
        at_risk=Decimal(50),
    )
    assert result.files == (
        FileResult("denied", "ok", "", 1),
        FileResult("remit", "skipped", "skipped a remittance (835): no professional claims", 0),
        FileResult("visit", "ok", "", 1),
        FileResult("letters", "partial", "C202 claim C1 line 1: SV104 is no number", 1),
        FileResult("both", "ok", "", 3),
        FileResult("empty", "unreadable", "X100 the file is empty", 0),
    )
    assert [(item.file, item.code) for item in result.findings] == [("denied", "A01"), ("both", "A02")]
    assert [(item.file, item.code) for item in result.diagnostics] == [
        ("remit", "X401"),
        ("letters", "C202"),
        ("empty", "X100"),
    ]


def test_no_file_at_all():
    result = check_bytes()
    assert (result.findings, result.diagnostics, result.files, result.crashed) == ((), (), (), False)
    assert result.summary == Summary(0, 0, 0, 0, 0, 0, 0, FindingCounts(), 0, Decimal(0))


def test_files_without_a_name_have_a_number():
    assert [file.file for file in check_bytes(DENIED, CLEAN).files] == ["<bytes 1>", "<bytes 2>"]
    assert [file.file for file in check_bytes(DENIED, CLEAN, names=["a"]).files] == ["a", "<bytes 2>"]


def test_diagnostics_come_by_file_and_place():
    data = changed(fixture("letters-in-units"), b"SE*29*", b"SE*99*").replace(b"GS*HC", b"~GS*HC")
    found = check_bytes(data, data).diagnostics
    assert [item.code for item in found] == ["X301", "C202", "X201"] * 2
    assert [item.file for item in found] == ["<bytes 1>"] * 3 + ["<bytes 2>"] * 3
    assert [item.offset for item in found[:3]] == sorted(item.offset for item in found[:3])


def test_each_line_is_at_risk_once():
    settings = Settings(select=("A01", "A07", "C06", "I04"))
    twice = interchange("CLM*A~ SV1*HC:96372*25*UN*1.5***1~ SV1*HC:96372*30*UN*1***1~")
    result = check_bytes(twice, settings=settings)
    assert Counter(item.line for item in result.findings if item.severity is Severity.ERROR) == {"1": 2, "2": 2}
    assert result.summary.at_risk == Decimal(55)


def test_lines_of_the_same_number_are_at_risk_each():
    data = interchange("CLM*A~ LX*1~ SV1*HC:96372*25*UN*1***1~ LX*1~ SV1*HC:96372*30*UN*1***1~")
    assert check_bytes(data, settings=PAIRING).summary.at_risk == Decimal(55)


def test_what_is_at_risk_is_never_more_than_the_claim():
    data = interchange("CLM*A*999~ SV1*HC:96372*25*UN*1***1~")
    result = check_bytes(data, settings=Settings(select=("A01", "I04")))
    assert [(item.code, item.line, item.charge) for item in result.findings] == [
        ("I04", None, Decimal(999)),
        ("A01", "1", Decimal(25)),
    ]
    assert result.summary.at_risk in (Decimal(25), Decimal(999))


def test_a_warning_puts_nothing_at_risk():
    settings = Settings(select=("A01",), severities={"A01": Severity.WARNING})
    summary = check_bytes(DENIED, settings=settings).summary
    assert (summary.findings, summary.at_risk) == (FindingCounts(warning=1), Decimal(0))


@pytest.mark.parametrize("lines", ["", "LX*1~ DTP*472*D8*20260310~"], ids=["no line", "no SV1"])
def test_a_claim_whose_procedures_cannot_be_told_is_not_passed_over(lines):
    """One such claim in a batch of clean ones: the exit code must not say that all were checked."""
    empty = b"CLM*EMPTY*25***11:B:1~HI*ABK:M5450~" + lines.replace(" ", "").encode()
    data = fixture("unbroken").replace(b"CLM*C2*", empty + b"CLM*C2*")
    summary = check_bytes(data).summary
    assert (summary.claims, summary.checked, summary.not_applicable, summary.unreadable) == (3, 2, 0, 1)


def test_what_passed_the_ceiling_is_unreadable():
    scan = FileScan("big.837", None, window=100, ceiling=2000)
    for start in range(0, len(THREE), 100):
        scan.feed(THREE[start : start + 100])
    run = Run.of([scan.close()])
    checker = RegionChecker(
        run, Engine(load_rules(), PAIRING, Reference.builtin()), lambda _, at, size: THREE[at : at + size]
    )
    tally = Tally(run)
    for index in range(len(run.files[0].regions)):
        tally.add(0, checker.check(0, index))
    summary = tally.summary()
    assert (summary.claims, summary.checked, summary.not_applicable, summary.unreadable) == (4, 2, 0, 2)
    [file] = tally.files()
    assert (file.status, file.reason[:4]) == ("partial", "X302")


# A run over many places -----------------------------------------------------------------------------------------------

SPREAD = (
    "--claims",
    "1500",
    "--files",
    "2",
    "--injection-share",
    "0.7",
    "--defect-share",
    "0.6",
    "--repeat-share",
    "0.4",
)


def regions_of(order):
    """The results of all regions of a batch, checked in some order."""
    contents = generated(*SPREAD).files
    engine = Engine(load_rules(), Settings(), Reference.builtin())
    indexes = []
    for number, content in enumerate(contents):
        scan = FileScan(f"{number}.837", engine.trigger(), window=20_000)
        for start in range(0, len(content), 20_000):
            scan.feed(content[start : start + 20_000])
        indexes.append(scan.close())
    run = Run.of(indexes)
    assert len(run.repeated) > 50
    checker = RegionChecker(run, engine, lambda file, offset, size: contents[file][offset : offset + size])
    places = [(number, index) for number, file in enumerate(run.files) for index in range(len(file.regions))]
    assert len(places) > 30
    results = {place: checker.check(*place) for place in order(places)}
    return [results[place] for place in places]


def test_regions_may_be_checked_in_any_order():
    forward = regions_of(lambda places: places)
    backward = regions_of(lambda places: places[::-1])
    shuffled = regions_of(lambda places: sorted(places, key=lambda place: (place[1] * 7919 % 31, place)))
    assert forward == backward == shuffled
    assert sum(len(result.findings) for result in forward) > 300


def test_a_worker_that_checks_some_regions_gives_what_it_would_give_of_all():
    every = regions_of(lambda places: places)
    contents = generated(*SPREAD).files
    engine = Engine(load_rules(), Settings(), Reference.builtin())
    indexes = []
    for number, content in enumerate(contents):
        scan = FileScan(f"{number}.837", engine.trigger(), window=20_000)
        for start in range(0, len(content), 20_000):
            scan.feed(content[start : start + 20_000])
        indexes.append(scan.close())
    run = Run.of(indexes)
    found = []
    for number, file in enumerate(run.files):
        for index in range(len(file.regions)):
            worker = RegionChecker(run, engine, lambda file, offset, size: contents[file][offset : offset + size])
            found.append(worker.check(number, index))
    assert found == every


def test_a_run_reads_no_more_than_it_needs():
    """Regions without a trigger or a repeated patient are not read again."""
    asked = []

    def read_again(file, offset, size):
        asked.append(size)
        return VISIT[offset : offset + size]

    engine = Engine(load_rules(), Settings(), Reference.builtin())
    scan = FileScan("visit.837", engine.trigger())
    scan.feed(VISIT)
    run = Run.of([scan.close()])
    checker = RegionChecker(run, engine, read_again)
    assert [checker.check(0, index).claims for index in range(len(run.files[0].regions))] == [1]
    assert asked == []
