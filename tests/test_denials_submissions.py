"""Patient control numbers in their three forms, and which submission of a number a payment answers."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from denial_cases import SHOT, VISIT, claim_of, claims_of, clp, header, payments, payments_of
from msgspec import structs

from edi837.denials.numbers import checksum_pair, checksums, cut, folded
from edi837.denials.submissions import answers, assign


def answered(number, returned, *, charge="155", member="MEMBER0001", day="20260310"):
    claim = claim_of(f"CLM*{number}~ {VISIT}{SHOT}")
    [payment] = payments(clp(returned, charge, member=member) + f"SVC*HC:99213*120*80~ DTM*472*{day}~ ")
    return answers(claim, payment)


@pytest.mark.parametrize(
    ("number", "returned"),
    [
        ("ACCT-1", "ACCT-1"),
        ("0001234", "1234"),
        ("1234", "0001234"),
        ("acct1", "ACCT1"),
        ("00AbC", "aBc"),
        ("A1234567890123456789-SUFFIX", "A1234567890123456789"),
        ("00A2345678901234567890", "00A23456789012345678"),
        ("00A2345678901234567890", "A23456789012345678"),
        ("0", "0"),
    ],
)
def test_forms_of_a_number_that_are_the_same(number, returned):
    assert answered(number, returned)


@pytest.mark.parametrize(
    ("number", "returned"),
    [
        ("ACCT1", "ACCT2"),
        ("ACCT12", "ACCT1"),
        ("A1234567890123456789-ONE", "A1234567890123456789-TWO"),
        ("A1234567890123456789", "A1234567890123456"),
        ("100", "1"),
        ("0", "00000A"),
    ],
)
def test_forms_of_a_number_that_are_not(number, returned):
    assert not answered(number, returned)


@pytest.mark.parametrize(
    ("number", "returned"), [("0001234", "1234"), ("A1234567890123456789-SUFFIX", "A1234567890123456789")]
)
def test_a_number_that_is_only_alike_needs_the_charge_or_the_member(number, returned):
    assert answered(number, returned, member="ANOTHER")
    assert answered(number, returned, charge="120")
    assert not answered(number, returned, charge="120", member="ANOTHER")


def test_the_same_number_needs_nothing_else_unless_everything_else_speaks_against_it():
    assert answered("1", "1", charge="99")
    assert answered("1", "1", charge="99", member="ANOTHER")
    assert answered("1", "1", member="ANOTHER", day="20250101")
    assert not answered("1", "1", charge="99", member="ANOTHER", day="20250101")


@pytest.mark.parametrize(("number", "form"), [("00Ab", "AB"), ("0", "0"), ("000", "000"), ("", "")])
def test_folded(number, form):
    assert folded(number) == form


def test_cut_is_only_for_numbers_that_are_too_long():
    assert cut("A" * 20) == ""
    assert cut("A" * 21) == "A" * 20


# Submissions ----------------------------------------------------------------------------------------------------------

AGAIN = "CLM*CLAIM1****11:B:7~ REF*F8*ICN1~ "
BOTH = claims_of(f"CLM*CLAIM1~ {VISIT}{SHOT}{AGAIN}{VISIT.replace('99213', '99213:25')}{SHOT}")
SERVICES = "SVC*HC:99213{0}*120*{1}~ SVC*HC:96372*35*20~ "


def block(control="ICN1", frequency="1", modifier="", paid="0", **more):
    return clp(control=control, frequency=frequency, **more) + SERVICES.format(modifier, paid)


FIRST = header("20260402", "EFT1") + block()
SECOND = header("20260502", "EFT2") + block("ICN2", "7", ":25", "80")
NEGATIVE = clp(charge="-155", status="22") + SERVICES.format("", "0").replace("*120*", "*-120*").replace(
    "*35*20", "*-35*-20"
)


def assigned(claims, *sets):
    """For each payment, by date, the position of its claim."""
    found = payments_of(*sets)
    return assign(claims, found)


@pytest.mark.parametrize("order", list(permutations([(FIRST, 0), (SECOND, 1)])))
def test_a_replacement_and_its_original(order):
    assert assigned(BOTH, *(text for text, _ in order)) == [place for _, place in order]


def test_a_payer_that_returns_no_frequency():
    one, two = FIRST.replace("*11*1~", "*11~"), SECOND.replace("*11*7~", "*11~")
    assert assigned(BOTH, one, two) == [0, 1]
    assert assigned(BOTH, two) == [1]


def test_a_payer_that_keeps_its_number_and_returns_no_frequency():
    one = FIRST.replace("*11*1~", "*11~")
    two = SECOND.replace("*11*7~", "*11~").replace("ICN2", "ICN1").replace("99213:25", "99213")
    assert assigned(BOTH, one, two) == [0, 1]


def test_ref_f8_tells_whose_payment_it_is():
    alone = header("20260502", "EFT2") + block("ICN9", "").replace("99213:25", "99213")
    assert assigned(BOTH, alone) == [1]
    original = header("20260502", "EFT2") + block("ICN1", "")
    assert assigned(BOTH, original) == [0]


def test_a_reversal_follows_its_original():
    both = header("20260502", "EFT2") + NEGATIVE + block("ICN2", "7", ":25", "80")
    assert assigned(BOTH, FIRST, both) == [0, 0, 1]
    assert assigned(BOTH, both, FIRST) == [0, 1, 0]


def test_a_remittance_that_comes_twice_goes_where_it_went():
    both = header("20260502", "EFT2") + NEGATIVE + block("ICN2", "7", ":25", "80")
    assert assigned(BOTH, FIRST, both, both, FIRST) == [0, 0, 1, 0, 1, 0]


def test_a_payment_before_the_replacement_was_sent_answers_the_original():
    origin = structs.replace(BOTH[1].origin, submitted=date(2026, 5, 1))
    claims = [BOTH[0], structs.replace(BOTH[1], origin=origin)]
    alike = block("ICN5", "", ":25", "80")
    assert assigned(claims, header("20260402", "EFT1") + alike) == [0]
    assert assigned(claims, header("20260430", "EFT1") + alike) == [1]


def test_two_patients_with_one_number():
    claims = claims_of(f"CLM*1~ {VISIT}{SHOT} NM1*IL*1*ROE*JEAN****MI*MEMBER0002~ CLM*1~ {VISIT}{SHOT}")
    one = header() + clp("1", "155", "100", member="MEMBER0002") + SERVICES.format("", "80")
    two = header("20260409", "EFT2") + clp("1", "155", control="ICN2") + SERVICES.format("", "0")
    assert assigned(claims, one, two) == [1, 0]
    stranger = header() + clp("1", "99", member="MEMBER0003") + "SVC*HC:99213*99*0~ DTM*472*20240101~ "
    assert assigned(claims, stranger) == [None]


def test_two_numbers_that_are_cut_off_alike_are_told_apart_or_not_at_all():
    claims = claims_of(
        f"CLM*A1234567890123456789-1~ {VISIT}{SHOT} NM1*IL*1*ROE*JEAN****MI*MEMBER0002~ "
        f"CLM*A1234567890123456789-2~ {VISIT}{SHOT}"
    )
    returned = "A1234567890123456789"
    assert assigned(claims, header() + clp(returned, member="MEMBER0002") + SERVICES.format("", "0")) == [1]
    assert assigned(claims, header() + clp(returned, member="UNKNOWN") + SERVICES.format("", "0")) == [None]


def test_a_split_original_and_its_replacement():
    one = clp(charge="120") + "SVC*HC:99213*120*0~ "
    two = clp(charge="35", control="ICN3") + "SVC*HC:96372*35*20~ "
    assert assigned(BOTH, header() + one + two, SECOND) == [0, 0, 1]


def test_a_void_is_answered_by_the_reversal_of_its_original():
    claims = claims_of(f"CLM*CLAIM1~ {VISIT}{SHOT} CLM*CLAIM1****11:B:8~ REF*F8*ICN1~ {VISIT}{SHOT}")
    assert assigned(claims, FIRST, header("20260502", "EFT2") + NEGATIVE) == [0, 0]


def test_primary_and_secondary_claims_under_one_number():
    first = "SBR*P*18*******CI~ NM1*PR*2*FIRST HEALTH*****PI*60001~ "
    second = "SBR*S*18*******MC~ NM1*PR*2*SECOND HEALTH*****PI*60002~ "
    claims = claims_of(f"{first}CLM*CLAIM1~ {VISIT}{SHOT}{second}CLM*CLAIM1~ {VISIT}{SHOT}")
    sets = (
        header(payer="SECOND HEALTH", number="60002") + block("X1", status="2"),
        header("20260330", "EFT0", "FIRST HEALTH", "60001") + block("X2"),
    )
    assert assigned(claims, *sets) == [1, 0]


def test_more_payments_than_anyone_sends():
    many = header() + "".join(block(f"ICN{number}") for number in range(300))
    assert set(assigned(BOTH, many)) <= {0, 1}


@pytest.mark.parametrize("odd", [b"", b" A1 ", b"A 1", b"A\n01", b"0012", b"000", b"ab1", b"\xe4\xc4"])
def test_many_checksums_are_those_of_each_number(odd):
    numbers = [b"A1", odd, b"B2"]
    pairs = [checksum_pair(number.strip().decode("latin-1")) for number in numbers]
    assert [*zip(*checksums(numbers), strict=True)] == pairs
