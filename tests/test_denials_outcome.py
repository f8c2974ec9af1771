"""Ruling 20 and RULES.md 2.2: what is a denial, what the patient owes, and where every dollar went."""

from __future__ import annotations

from decimal import Decimal

import pytest
from denial_cases import DRUG, SHOT, VISIT, claim_of, clp, payments, told
from hypothesis import given
from hypothesis import strategies as st

from edi837.denials.money import Money, difference, proves, shares

LINE = claim_of(VISIT)
AMOUNTS = st.decimals(min_value=0, max_value=10**6, places=2)


def line_of(service, claim=LINE, **clp_fields):
    clp_fields.setdefault("charge", "120")
    [line] = told(claim, payments(clp(**clp_fields) + service + "REF*6R*1A~ ")).lines
    return line


@pytest.mark.parametrize(
    ("service", "status"),
    [
        ("SVC*HC:99213*120*80~ CAS*CO*45*40~", "paid"),
        ("SVC*HC:99213*120*0~ CAS*CO*97*120~", "denied"),
        ("SVC*HC:99213*120*0~ CAS*PR*96*120~", "denied"),
        ("SVC*HC:99213*120*0~ CAS*PR*27*120~", "denied"),
        ("SVC*HC:99213*120*0~ CAS*CO*45*20**97*100~", "denied"),
        ("SVC*HC:99213*120*40~ CAS*CO*45*20**151*60*1~", "partial"),
        ("SVC*HC:99213*120*80**1**2~ CAS*CO*45*40~", "partial"),
        ("SVC*HC:99213*120*0~ CAS*CO*45*40~ CAS*PR*1*80~", "patient-responsibility"),
        ("SVC*HC:99213*120*0~ CAS*CO*45*90~ CAS*PR*2*20**3*10~", "patient-responsibility"),
        ("SVC*HC:99213*120*0~ CAS*PR*45*120~", "patient-responsibility"),
        ("SVC*HC:99213*120*0~ CAS*OA*23*120~", "paid"),
        ("SVC*HC:99213*120*0~ CAS*CO*45*120~", "paid"),
        ("SVC*HC:99213*120*0~ CAS*CO*97*0~", "paid"),
        ("SVC*HC:99213*120*2.50~ CAS*CO*45*97.50**253*0.05~ CAS*PR*2*19.95~", "paid"),
        ("SVC*HC:99213*120*0~ CAS*CO*999*120~", "paid"),
        ("SVC*HC:99213*120*0~", "paid"),
        ("SVC*HC:99213*120*-5~ CAS*CO*97*125~", "paid"),
    ],
)
def test_ruling_20_status(service, status):
    line = line_of(service)
    assert line.status == status
    assert not difference(line.money)


@pytest.mark.parametrize("code", ["45", "253", "1", "2", "3", "23", "94", "237", "144"])
def test_what_is_no_denial(code):
    assert line_of(f"SVC*HC:99213*120*0~ CAS*CO*{code}*120~").status != "denied"


@pytest.mark.parametrize("charge", ["0", "0.01"])
def test_ruling_20_a_nominal_line_is_never_denied(charge):
    claim = claim_of(f"SV1*HC:J1050*{charge}*UN*150***1~ REF*6R*1A~")
    line = line_of(f"SVC*HC:J1050*{charge}*0~ CAS*CO*96*{charge}~ LQ*HE*N130~", claim, charge=charge)
    assert (line.status, line.denials, line.category) == ("paid", (), None)
    assert line.money.denied == 0


def test_the_claim_status_is_never_used_alone():
    assert line_of("SVC*HC:99213*120*0~ CAS*CO*97*120~", status="1").status == "denied"
    assert line_of("SVC*HC:99213*120*0~ CAS*PR*1*120~", status="4").status == "patient-responsibility"


def test_pending_without_a_payment():
    [line] = told(LINE, []).lines
    assert (line.status, line.matched_by, line.money) == ("pending", None, Money(charge=120, pending=120))


def test_pending_where_no_service_answers_the_line():
    claim = claim_of(VISIT + SHOT)
    result = told(claim, payments(clp(paid="80") + "SVC*HC:99213*120*80~ CAS*CO*45*40~ REF*6R*1A~ SVC*HC:85025*35*0~"))
    assert [line.status for line in result.lines] == ["paid", "pending"]
    assert [service.procedure for service in result.unmatched] == ["85025"]


def test_mue_takes_the_whole_line():
    line = line_of("SVC*HC:99213*120*0**0**60~ CAS*CO*151*120*60~ LQ*HE*N362~")
    assert line.status == "denied"
    assert line.is_whole_line_unit_limit
    assert not line_of("SVC*HC:99213*120*40~ CAS*CO*151*80*2~ LQ*HE*N362~").is_whole_line_unit_limit


# Categories -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cas", "remarks", "category"),
    [
        ("CO*97*120", "M119", "bundling"),
        ("CO*16*120", "N349", "missing-companion"),
        ("CO*16*120", "M119", "ndc"),
        ("CO*16*120", "", "missing-info"),
        ("CO*16*120", "MA01", "missing-info"),
        ("CO*A1*120", "N822", "modifier"),
        ("PR*96*120", "N130", "non-covered"),
        ("CO*45*20**197*30**50*70", "", "medical-necessity"),
    ],
)
def test_the_category_goes_by_the_remark_where_the_reason_is_generic(cas, remarks, category):
    lq = "".join(f"LQ*HE*{code}~ " for code in remarks.split())
    assert line_of(f"SVC*HC:99213*120*0~ CAS*{cas}~ {lq}").category == category


def test_remarks_of_the_claim_explain_a_denied_line_without_its_own():
    moa = "MOA***MA01*MA130~ "
    assert line_of("SVC*HC:99213*120*0~ CAS*CO*16*120~", more=moa).remarks == ("MA130",)
    line = line_of("SVC*HC:99213*120*0~ CAS*CO*16*120~ LQ*HE*N822~", more=moa)
    assert line.remarks == ("N822",)
    assert line.evidence.explaining == {"N822", "MA130"}
    assert line_of("SVC*HC:99213*120*80~ CAS*CO*45*40~", more=moa).remarks == ()


# Money ----------------------------------------------------------------------------------------------------------------


def test_the_money_of_a_line():
    line = line_of("SVC*HC:99213*120*40~ CAS*CO*45*20**253*1~ CAS*PR*2*9~ CAS*CO*151*50*1~")
    assert line.money == Money(charge=120, paid=40, adjusted=21, patient=9, denied=50)
    assert line.allowed is None


def test_what_a_payer_does_not_explain_is_told():
    money = line_of("SVC*HC:99213*120*40~ CAS*CO*45*20~").money
    assert (money.adjusted, money.unexplained) == (80, 60)


def test_allowed_is_what_the_payer_says_or_paid_with_the_patients_share():
    assert line_of("SVC*HC:99213*120*64~ CAS*CO*45*40~ CAS*PR*2*16~").allowed == 80
    assert line_of("SVC*HC:99213*120*62~ CAS*CO*45*40**253*2~ CAS*PR*2*16~ AMT*B6*80~").allowed == 80


def test_a_claim_without_services_is_divided_to_the_cent():
    claim = claim_of("SV1*HC:99213*33.33*UN*1***1~ SV1*HC:96372*33.33*UN*1***1~ SV1*HC:J1050*33.34*UN*150***1~")
    result = told(claim, payments(clp(charge="100", paid="50", more="CAS*CO*45*49.99~ CAS*PR*1*0.01~ ")))
    assert sum(line.money.paid for line in result.lines) == 50
    assert not any(difference(line.money) or line.money.unexplained for line in result.lines)


def test_adjustments_of_the_claim_explain_what_its_services_leave_open():
    claim = claim_of(VISIT + SHOT)
    services = "SVC*HC:99213*120*0~ REF*6R*1A~ SVC*HC:96372*35*0~ REF*6R*1B~ "
    result = told(claim, payments(clp(more="CAS*CO*16*155~ MOA***MA130~ ") + services))
    assert [line.status for line in result.lines] == ["denied", "denied"]
    assert [line.money.denied for line in result.lines] == [120, 35]


def test_adjustments_of_the_claim_take_from_what_its_services_say_was_paid():
    claim = claim_of(VISIT + SHOT)
    services = "SVC*HC:99213*120*80~ CAS*CO*45*40~ REF*6R*1A~ SVC*HC:96372*35*20~ CAS*CO*45*15~ REF*6R*1B~ "
    result = told(claim, payments(clp(paid="90", more="CAS*CO*104*10~ ") + services))
    assert [line.money.paid for line in result.lines] == [72, 18]
    assert not any(difference(line.money) or line.money.unexplained for line in result.lines)


def test_adjustments_of_the_claim_that_repeat_its_services_count_once():
    claim = claim_of(VISIT + SHOT)
    services = "SVC*HC:99213*120*80~ CAS*CO*45*40~ REF*6R*1A~ SVC*HC:96372*35*20~ CAS*CO*45*15~ REF*6R*1B~ "
    result = told(claim, payments(clp(paid="100", more="CAS*CO*45*55~ ") + services))
    assert [line.money.adjusted for line in result.lines] == [40, 15]


def test_adjustments_of_the_claim_that_repeat_some_of_its_services_own():
    line = line_of("SVC*HC:99213*120*80~ CAS*CO*45*20~", paid="80", more="CAS*CO*45*20~ CAS*PR*3*20~ ")
    assert line.money == Money(charge=120, paid=80, adjusted=20, patient=20)


@given(AMOUNTS, st.lists(AMOUNTS, min_size=1, max_size=60))
def test_shares_add_up_and_are_fair(amount, weights):
    found = shares(amount, weights)
    assert sum(found) == amount
    total = sum(weights)
    for share, weight in zip(found, weights, strict=True):
        fair = amount * weight / total if total else amount / len(weights)
        assert abs(share - fair) <= Decimal("0.01")


@given(st.lists(AMOUNTS, max_size=5))
def test_shares_of_a_negative_amount(weights):
    assert sum(shares(Decimal(-10), [Decimal(1), *weights])) == -10


def test_the_proof_sees_a_cent_that_is_missing():
    good = Money(charge=Decimal(10), paid=Decimal(6), adjusted=Decimal(4))
    bad = Money(charge=Decimal(10), paid=Decimal(6), adjusted=Decimal("3.99"))
    assert proves(good, [good])
    assert not proves(bad, [bad])
    assert not proves(good, [good, good])


def test_a_line_with_hundreds_of_adjustments():
    cas = "".join("CAS*CO" + "*45*0.10*" * 6 + "~ " for _ in range(100))
    line = line_of(f"SVC*HC:99213*120*60~ {cas}")
    assert (line.status, line.money.adjusted, line.money.unexplained) == ("paid", 60, 0)


def test_two_services_of_one_line_are_added_up():
    claim = claim_of(DRUG)
    services = "SVC*HC:J1050*60*50~ CAS*CO*45*10~ REF*6R*1C~ SVC*HC:J1050*30*0~ CAS*CO*151*30~ LQ*HE*N362~ REF*6R*1C~ "
    [line] = told(claim, payments(clp(charge="90", paid="50") + services)).lines
    assert (line.status, line.money.paid, line.money.denied, line.remarks) == ("partial", 50, 30, ("N362",))
