"""Whole runs: pairs of files, a simulated practice with its truth, hostile files, and any order of the files."""

from __future__ import annotations

import json
import random
import tomllib
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from batches import NO_SAMPLES, SAMPLES
from denial_cases import PAIRS, SHOT, VISIT, clp, header
from denial_runs import practice, run
from remit_cases import interchange as remittance
from rule_cases import interchange as batch

from edi837.denials.money import difference, proves

NAMES = sorted(path.stem for path in PAIRS.glob("*.toml"))


def said(row):
    words = (row.status, row.matched_by, row.category, row.label, row.rule)
    return f"{row.claim}/{row.line} {' '.join(word or '-' for word in words)}"


def proven(told):
    """The account of a run holds: charges = paid + adjusted + patient + denied + pending, by payer and in total."""
    card = told.scorecard
    assert proves(card.total(), list(card.payers.values()))
    assert card.total().charge == sum(row.charge for row in told.rows)
    assert card.total().paid == sum(row.paid for row in told.rows)
    assert card.total().denied == told.summary.denied_amount == sum(cause.amount for cause in card.root_causes())
    assert sum(cause.lines for cause in card.root_causes()) == told.summary.denied + told.summary.partial
    for row in card.rules():
        assert row.hits == row.denied_as_predicted + row.denied_otherwise + row.paid + row.pending
    return True


@pytest.mark.parametrize("name", NAMES)
def test_pairs(name):
    expected = tomllib.loads((PAIRS / f"{name}.toml").read_text("utf-8"))["rows"]
    told = run([PAIRS / f"{name}.837"], [PAIRS / f"{name}.835"], all_claims=True)
    assert [said(row) for row in told.rows] == expected
    assert proven(told)
    assert told.scorecard.total().unexplained == 0
    assert (told.unmatched, told.diagnostics) == ([], [])


def test_every_pair_in_one_run():
    told = run(sorted(PAIRS.glob("*.837")), sorted(PAIRS.glob("*.835")), all_claims=True)
    assert proven(told)
    assert told.unmatched == []


# A practice -----------------------------------------------------------------------------------------------------------


def check_against_the_truth(made, told, scope_only=True):
    """Every line is there, matched as it should be, with its status, label and rule."""
    wanted = {key: row for key, row in made.truth.items() if row["scope"] or not scope_only}
    found = {
        (Path(report.outcome.claim.origin.file).name, row.claim, row.line): row
        for report in told.reports
        for row in report.rows
    }
    assert found.keys() == wanted.keys()
    wrong = [key for key, row in wanted.items() if found[key].matched_by not in (None, row["matched_by"])]
    missed = [key for key, row in wanted.items() if row["matched_by"] and not found[key].matched_by]
    assert wrong == []
    assert len(missed) <= len(wanted) // 1000
    for field in ("status", "paid", "charge", "procedure", "payer"):
        differs = [key for key, row in wanted.items() if str(getattr(found[key], field)) != str(
            Decimal(row[field]) if field in ("paid", "charge") else row[field]
        )]  # fmt: skip
        assert differs == [], field
    labelled = [
        (key, row["label"], row["rule"], found[key].label, found[key].rule)
        for key, row in wanted.items()
        if (row["label"], row["rule"]) != (found[key].label, found[key].rule)
    ]
    assert len(labelled) <= len(wanted) // 100, labelled[:10]
    answerless = Counter()
    for text in (made.folder / "truth-unmatched.jsonl").read_text().splitlines():
        row = json.loads(text)
        # Another payer's payment has a claim, and a predetermination pays nothing.
        if row["reason"] != "other-payer" and row["status_code"] != "25":
            answerless[row["claim"], row["payer"], row["charge"]] += 1
    assert Counter((item.claim, item.payer, str(item.charge)) for item in told.unmatched) == answerless


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("practice") / "files"
    return practice(folder, "--claims", "2000", "--months", "4", "--seed", "7", "--all-lines")


def test_a_practice_of_2000_claims(small):
    told = run(small.claims, small.remits)
    check_against_the_truth(small, told)
    assert proven(told)
    assert told.diagnostics == []


def test_all_claims_of_a_practice(small):
    told = run(small.claims, small.remits, all_claims=True)
    check_against_the_truth(small, told, scope_only=False)
    assert proven(told)


def test_the_order_of_the_remittances_and_copies_of_them_change_nothing(small, tmp_path):
    expected = run(small.claims, small.remits)
    shuffled = small.remits[:]
    random.Random(1).shuffle(shuffled)
    copies = []
    for path in small.remits[::3]:
        copies.append(tmp_path / path.name)
        copies[-1].write_bytes(path.read_bytes())
    for remits in (small.remits[::-1], shuffled, [*copies, *small.remits]):
        told = run(small.claims, remits)
        assert told.rows == expected.rows
        assert told.summary == expected.summary
        assert told.scorecard.rules() == expected.scorecard.rules()
        assert told.scorecard.root_causes() == expected.scorecard.root_causes()
        assert Counter(told.unmatched) == Counter(expected.unmatched)


def test_one_claim_alone_is_told_as_in_the_whole(small):
    expected = run(small.claims, small.remits, all_claims=True)
    number = next(row.claim for row in expected.rows if row.label == "predicted-on-partner")
    told = run(small.claims, small.remits, only=number)
    assert told.rows == [row for row in expected.rows if row.claim == number]


@pytest.mark.slow
def test_a_practice_of_20000_claims(tmp_path):
    options = ("--claims", "20000", "--months", "4", "--seed", "11", "--duplicate-remits", "25")
    made = practice(tmp_path / "files", *options)
    told = run(made.claims, made.remits)
    check_against_the_truth(made, told)
    assert proven(told)


# Hostile files --------------------------------------------------------------------------------------------------------

CLAIMS = batch(f"CLM*CLAIM1~ {VISIT}{SHOT}")
REMITS = remittance(header() + clp(paid="100") + (
    "SVC*HC:99213*120*80~ DTM*472*20260310~ CAS*CO*45*40~ REF*6R*1A~ "
    "SVC*HC:96372*35*20~ DTM*472*20260310~ CAS*CO*45*15~ REF*6R*1B~ "
))  # fmt: skip


@pytest.fixture
def told_of(tmp_path):
    """Runs over the bytes of one claim file and of one remittance file."""

    def told(claims, remits, **options):
        (tmp_path / "claims.837").write_bytes(claims)
        (tmp_path / "remits.835").write_bytes(remits)
        return run([tmp_path / "claims.837"], [tmp_path / "remits.835"], **options)

    return told


@pytest.mark.parametrize("seed", range(60))
def test_broken_remittances_never_stop_the_run(told_of, seed):
    dice = random.Random(seed)
    broken = bytearray(REMITS)
    for _ in range(dice.randrange(1, 12)):
        place = dice.randrange(106, len(broken))
        match dice.randrange(4):
            case 0:
                broken[place] = dice.choice(b"*:~^0A- .\xff\n")
            case 1:
                del broken[place : place + dice.randrange(1, 40)]
            case 2:
                broken[place:place] = broken[place : place + dice.randrange(1, 60)]
            case 3:
                broken[place:place] = dice.choice([b"~~", b"CLP*CLAIM1*1*1*1~", b"SVC*", b"CAS*CO*45*1e9~", b"~CLP~"])
    told = told_of(CLAIMS, bytes(broken), all_claims=True)
    assert proven(told)
    assert len(told.rows) == 2


@pytest.mark.parametrize("size", [0, 50, 150, 300, 500])
def test_remittances_that_are_cut_off(told_of, size):
    told = told_of(CLAIMS, REMITS[:size])
    assert proven(told)
    assert any(diagnostic.severity.value == "error" for diagnostic in told.diagnostics)


def test_the_sides_mixed_up(told_of):
    told = told_of(REMITS, CLAIMS)
    assert (told.rows, told.unmatched) == ([], [])
    assert {diagnostic.code for diagnostic in told.diagnostics} == {"X401"}


def test_amounts_that_are_no_numbers(told_of):
    spoiled = REMITS.replace(b"CLP*CLAIM1*1*155*100*", b"CLP*CLAIM1*1*NaN*Infinity*").replace(
        b"*120*80~", b"*120*1E99~"
    )
    told = told_of(CLAIMS, spoiled)
    assert proven(told)
    assert {"R202", "R303"} <= {diagnostic.code for diagnostic in told.diagnostics}


def test_one_number_for_every_claim_is_no_number(told_of):
    several = "".join(f"NM1*IL*1*ROE*JEAN****MI*MEMBER{number}~ CLM*1~ {VISIT}{SHOT}" for number in range(150))
    paid = "".join(clp("1", "155", control=f"ICN{number}", member=f"MEMBER{number}") for number in range(150))
    told = told_of(batch(several), remittance(header() + paid), all_claims=True)
    assert {row.status for row in told.rows} == {"pending"}
    assert len(told.unmatched) == 150
    assert proven(told)


def test_numbers_of_few_claims_that_are_the_same_are_told_apart(told_of):
    several = "".join(f"NM1*IL*1*ROE*JEAN****MI*MEMBER{number}~ CLM*1~ {VISIT}{SHOT}" for number in range(9))
    paid = "".join(
        clp("1", "155", control=f"ICN{number}", member=f"MEMBER{number}", more="CAS*CO*29*155~ ")
        for number in range(0, 9, 2)
    )
    told = told_of(batch(several), remittance(header() + paid), all_claims=True)
    assert [row.status for row in told.rows[::2]] == ["denied", "pending"] * 4 + ["denied"]
    assert told.unmatched == []


def test_other_delimiters_and_padding_on_both_sides(told_of):
    table = bytes.maketrans(b"*:~", b"|>\x1d")
    other = remittance(header() + clp(paid="100") + "SVC*HC:99213*120*80~ REF*6R*1A~ SVC*HC:96372*35*20~ REF*6R*1B~ ",
                       separators="|>^\x1c", padding="\r\n")  # fmt: skip
    told = told_of(CLAIMS.translate(table), other)
    assert [row.paid for row in told.rows] == [80, 20]
    ragged = REMITS.replace(b"~\nSVC", b"~\r\n\n  SVC", 1).replace(b"~\nREF", b"~~\nREF", 1)
    told = told_of(CLAIMS, ragged)
    assert [(row.paid, row.matched_by) for row in told.rows] == [
        (80, "line-control-number"),
        (20, "line-control-number"),
    ]


def test_a_payment_for_another_claim_is_told(told_of):
    told = told_of(CLAIMS, REMITS.replace(b"CLAIM1", b"CLAIM9"))
    assert [(item.claim, item.payer, item.charge, item.paid) for item in told.unmatched] == [
        ("CLAIM9", "00001", 155, 100)
    ]
    assert {row.status for row in told.rows} == {"pending"}
    assert told.summary.unmatched == 1


def test_without_a_trigger_there_is_nothing_to_report_and_the_payment_is_not_without_a_claim(told_of):
    visit = batch(f"CLM*CLAIM1~ {VISIT}")
    paid = remittance(header() + clp(charge="120", paid="80") + "SVC*HC:99213*120*80~ CAS*CO*45*40~ REF*6R*1A~ ")
    told = told_of(visit, paid)
    assert (told.rows, told.unmatched) == ([], [])
    assert [row.status for row in told_of(visit, paid, all_claims=True).rows] == ["paid"]


def test_a_void_bills_nothing(told_of):
    void = batch(f"CLM*CLAIM1****11:B:8~ REF*F8*ICN1~ {VISIT}{SHOT}")
    assert told_of(void, REMITS, all_claims=True).rows == []


# Public samples -------------------------------------------------------------------------------------------------------


def sample_pairs():
    if SAMPLES is None:
        return []
    import csv

    with (SAMPLES / "MANIFEST.csv").open(newline="") as file:
        return [
            (row["path"], other)
            for row in csv.DictReader(file)
            for other in row["paired_with"].split()
            if row["path"].startswith("835/") and other.startswith("837p/")
        ]


@pytest.mark.skipif(SAMPLES is None, reason=NO_SAMPLES)
@pytest.mark.parametrize(("remits", "claims"), sample_pairs())
def test_public_samples_that_belong_together_match(remits, claims):
    told = run([SAMPLES / claims], [SAMPLES / remits], all_claims=True)
    assert proven(told)
    assert all(not difference(line.money) for report in told.reports for line in report.outcome.lines)
    assert any(report.outcome.adjudication.live for report in told.reports)
    answered = [report.outcome for report in told.reports if report.outcome.adjudication.live]
    assert all(line.matched_by for outcome in answered for line in outcome.lines)
    assert not any(outcome.unmatched for outcome in answered if outcome.lines)


# Too much of something ------------------------------------------------------------------------------------------------


def test_a_claim_with_hundreds_of_lines(told_of):
    lines = "".join(f"SV1*HC:96372*{number}*UN*1***1~ REF*6R*{number}~ " for number in range(10, 310))
    services = "".join(f"SVC*HC:96372*{number}*0~ CAS*CO*97*{number}~ " for number in range(10, 310))
    told = told_of(batch(f"CLM*CLAIM1~ {lines}"), remittance(header() + clp(charge="1") + services))
    assert [row.status for row in told.rows] == ["denied"] * 300
    assert proven(told)


def test_a_patient_with_hundreds_of_claims_that_replace_each_other(told_of):
    claims = "".join(f"CLM*CLAIM1****11:B:7~ REF*F8*ICN{number}~ {VISIT}{SHOT}" for number in range(300))
    told = told_of(batch(claims), REMITS)
    assert len(told.rows) == 600
    assert proven(told)


def test_one_patient_in_every_claim(told_of):
    claims = "".join(f"CLM*CLAIM{number}~ {VISIT}{SHOT}" for number in range(100))
    told = told_of(batch(claims), REMITS)
    assert len(told.rows) == 200
    assert proven(told)
