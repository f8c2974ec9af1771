"""Which claim payments count: reversals, corrections, predeterminations, other payers, copies, any order."""

from __future__ import annotations

from itertools import permutations

import pytest
from denial_cases import DRUG, SHOT, VISIT, claim_of, clp, header, payments, payments_of, statuses, told

from edi837.denials.adjudication import adjudicate
from edi837.denials.money import Money, proves

CLAIM = claim_of(VISIT + SHOT)
SERVICES = "SVC*HC:99213*120*{0}~ CAS*{1}*{2}~ REF*6R*1A~ SVC*HC:96372*35*{3}~ CAS*{4}*{5}~ REF*6R*1B~ "
PAID = clp(paid="100") + SERVICES.format(80, "CO*45", 40, 20, "CO*45", 15)
DENIED = clp() + SERVICES.format(0, "CO*50", 120, 0, "CO*50", 35)
REVERSED = clp(charge="-155", status="22") + SERVICES.format(0, "CO*50", -120, 0, "CO*50", -35).replace(
    "*120*", "*-120*"
).replace("*35*0", "*-35*0")
CORRECTED = clp(paid="100", control="ICN2") + SERVICES.format(80, "CO*45", 40, 20, "CO*45", 15)

BY_TIME = {
    "denied": header("20260402", "EFT1") + DENIED,
    "reversed": header("20260416", "EFT2") + REVERSED + CORRECTED,
}


def live(claim, *sets):
    return [(item.status, item.payer_claim_control_number) for item in adjudicate(claim, payments_of(*sets)).live]


def test_a_reversal_takes_its_original_back_and_the_correction_stands():
    result = told(CLAIM, payments_of(*BY_TIME.values()))
    assert statuses(result) == ["paid", "paid"]
    assert [item.status for item in result.adjudication.reversed] == ["1", "22"]
    assert proves(sum_of(result), [sum_of(result)])


def test_reversed_without_a_correction_is_pending_again():
    result = told(CLAIM, payments_of(header() + PAID, header("20260416", "EFT2") + negative(PAID)))
    assert statuses(result) == ["pending", "pending"]
    assert sum_of(result).paid == 0


def negative(block):
    """The block as its reversal: CLP02 22 and every amount with the other sign."""
    found = []
    for segment in filter(None, (part.strip() for part in block.split("~"))):
        parts = segment.split("*")
        if parts[0] == "CLP":
            parts[2], places = "22", (3, 4)
        else:
            places = {"SVC": (2, 3), "CAS": (3,)}.get(parts[0], ())
        for place in places:
            parts[place] = str(-int(parts[place]))
        found.append("*".join(parts))
    return "".join(f"{segment}~ " for segment in found)


def sum_of(result):
    total = Money()
    for line in result.lines:
        total.add(line.money)
    return total


@pytest.mark.parametrize("order", list(permutations(BY_TIME)))
def test_the_order_of_the_files_does_not_matter(order):
    assert live(CLAIM, *(BY_TIME[name] for name in order)) == [("1", "ICN2")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_reversal_and_its_correction_of_one_day_in_any_order(order):
    blocks = [REVERSED, CORRECTED]
    both = header("20260416", "EFT2") + "".join(blocks[place] for place in order)
    assert live(CLAIM, both, header() + DENIED) == [("1", "ICN2")]


def test_a_correction_under_the_same_number_of_the_payer():
    again = CORRECTED.replace("ICN2", "ICN1")
    result = told(CLAIM, payments_of(header() + DENIED, header("20260416", "EFT2") + REVERSED + again))
    assert statuses(result) == ["paid", "paid"]


def test_a_correction_without_a_reversal_decides():
    result = told(CLAIM, payments_of(header() + DENIED, header("20260416", "EFT2") + CORRECTED))
    assert statuses(result) == ["paid", "paid"]
    assert [len(line.superseded) for line in result.lines] == [1, 1]
    assert sum_of(result).paid == 100


def test_a_reversal_years_later_leaves_the_latest_decision():
    late = header("20290416", "EFT9") + negative(PAID) + DENIED.replace("ICN1", "ICN9")
    result = told(CLAIM, payments_of(late, header() + PAID))
    assert statuses(result) == ["denied", "denied"]


def test_a_reversal_of_some_services_leaves_the_others():
    part = clp(charge="-35", paid="-20", status="22") + "SVC*HC:96372*-35*-20~ CAS*CO*45*-15~ REF*6R*1B~ "
    result = told(CLAIM, payments_of(header() + PAID, header("20260416", "EFT2") + part))
    assert statuses(result) == ["paid", "pending"]
    assert sum_of(result).paid == 80


def test_a_reversal_without_its_original_takes_nothing_back():
    stray = header("20260416", "EFT2") + clp(charge="-155", paid="-77", status="22", control="OTHER")
    assert statuses(told(CLAIM, payments_of(header() + PAID, stray))) == ["paid", "paid"]
    assert statuses(told(CLAIM, payments_of(stray))) == ["pending", "pending"]


def test_a_reversal_whose_amounts_have_the_wrong_sign():
    positive = header("20260416", "EFT2") + PAID.replace("*1*155", "*22*155")
    assert statuses(told(CLAIM, payments_of(header() + PAID, positive))) == ["pending", "pending"]


def test_the_same_remittance_twice_changes_nothing():
    once = [header() + DENIED, header("20260416", "EFT2") + REVERSED + CORRECTED]
    expected = told(CLAIM, payments_of(*once))
    for again in ([*once, *once], [*once, once[0]], [once[1], *once]):
        result = told(CLAIM, payments_of(*again))
        assert [line.money for line in result.lines] == [line.money for line in expected.lines]
        assert [line.denials for line in result.lines] == [line.denials for line in expected.lines]
    assert statuses(told(CLAIM, payments_of(*once, once[1]))) == ["paid", "paid"]


@pytest.mark.parametrize("status", ["23", "25"])
def test_forwarded_as_not_ours_and_predetermined_decide_nothing(status):
    result = told(CLAIM, payments(PAID.replace("*1*155", f"*{status}*155")))
    assert statuses(result) == ["pending", "pending"]
    assert [item.status for item in result.adjudication.others] == [status]


def test_a_predetermination_beside_the_decision_is_ignored():
    first = header("20260320", "EST") + PAID.replace("*1*155", "*25*155")
    assert statuses(told(CLAIM, payments_of(first, header() + DENIED))) == ["denied", "denied"]


# Payers ---------------------------------------------------------------------------------------------------------------

FIRST = "SBR*P*18*******CI~ NM1*PR*2*FIRST HEALTH*****PI*60001~ "
SECOND = (
    "SBR*S*18*******MC~ NM1*PR*2*SECOND HEALTH*****PI*60002~ CLM*CLAIM1~ "
    "SBR*P*18*******CI~ OI***Y***Y~ NM1*IL*1*DOE*JANE****MI*M1~ NM1*PR*2*FIRST HEALTH*****PI*60001~ "
)
OF_FIRST = header(payer="FIRST HEALTH", number="1990000001") + PAID.replace("*1*155", "*19*155")
OF_SECOND = header("20260420", "EFT9", "SECOND HEALTH", "60002") + DENIED.replace("*1*155", "*2*155").replace(
    "ICN1", "X9"
)


def test_the_outcome_is_that_of_the_payer_the_claim_was_sent_to():
    primary, secondary = claim_of(FIRST + VISIT + SHOT), claim_of(SECOND + VISIT + SHOT)
    for order in ((OF_FIRST, OF_SECOND), (OF_SECOND, OF_FIRST)):
        assert statuses(told(primary, payments_of(*order))) == ["paid", "paid"]
        assert statuses(told(secondary, payments_of(*order))) == ["denied", "denied"]


def test_another_payers_decision_alone_leaves_the_claim_pending():
    primary, secondary = claim_of(FIRST + VISIT + SHOT), claim_of(SECOND + VISIT + SHOT)
    assert statuses(told(primary, payments_of(OF_SECOND))) == ["pending", "pending"]
    assert statuses(told(secondary, payments_of(OF_FIRST))) == ["pending", "pending"]


def test_a_payer_with_another_id_and_name_in_the_835_is_believed():
    primary = claim_of(FIRST + VISIT + SHOT)
    unknown = header(payer="FH INSURANCE COMPANY", number="1777777777") + DENIED
    assert statuses(told(primary, payments_of(unknown))) == ["denied", "denied"]


def test_zeros_in_front_and_the_case_of_a_payer_do_not_matter():
    primary = claim_of(FIRST + VISIT + SHOT)
    same = header(payer="First Health", number="00060001") + DENIED
    assert statuses(told(primary, payments_of(same, OF_SECOND))) == ["denied", "denied"]


# Split claims ---------------------------------------------------------------------------------------------------------


def test_a_claim_split_under_two_numbers_is_merged():
    one = clp(charge="120", paid="80") + "SVC*HC:99213*120*80~ CAS*CO*45*40~ REF*6R*1A~ "
    two = clp(charge="35", control="ICN2") + "SVC*HC:96372*35*0~ CAS*CO*97*35~ REF*6R*1B~ "
    assert statuses(told(CLAIM, payments(one + two))) == ["paid", "denied"]
    result = told(CLAIM, payments_of(header() + one, header("20260409", "EFT2") + two))
    assert statuses(result) == ["paid", "denied"]
    assert sum_of(result).paid == 80


def test_a_line_split_over_two_claim_payments_is_added_up():
    claim = claim_of(DRUG)
    one = clp(charge="60", paid="50") + "SVC*HC:J1050*60*50**100~ CAS*CO*45*10~ REF*6R*1C~ "
    two = clp(charge="30", control="ICN2") + "SVC*HC:J1050*30*0**0~ CAS*CO*151*30*50~ REF*6R*1C~ "
    result = told(claim, payments(one + two))
    assert statuses(result) == ["partial"]
    assert (result.lines[0].money.paid, result.lines[0].money.denied) == (50, 30)
