"""What a run adds up to: records of rules with their intervals, root causes, what could have been prevented."""

from __future__ import annotations

from decimal import Decimal

import pytest
from denial_cases import (
    ATTRIBUTOR,
    DRUG,
    REFERENCE,
    SHOT,
    VISIT,
    Hit,
    attributed,
    claim_of,
    clp,
    finding,
    payments,
    told,
)

from edi837.denials.attribute import Neighbour
from edi837.denials.cascade import causes
from edi837.denials.money import proves
from edi837.denials.scorecard import Scorecard, wilson

CLAIM = claim_of(VISIT + SHOT)
PAIR = Hit("B01", "1", ("CO-97+N19", "CO-236"), partners=("2",))
VISIT_PAID = "SVC*HC:99213*120*80~ CAS*CO*45*20~ CAS*PR*2*20~ REF*6R*1A~ "
VISIT_DENIED = "SVC*HC:99213*120*0~ CAS*CO*{}*120~ REF*6R*1A~ "
SHOT_PAID = "SVC*HC:96372*35*20~ CAS*CO*45*15~ REF*6R*1B~ "
SHOT_DENIED = "SVC*HC:96372*35*0~ CAS*CO*{}*35~ REF*6R*1B~ "


def card_of(*cases):
    """The scorecard of some claims: (answers as segments, hits)."""
    card = Scorecard(ATTRIBUTOR)
    for services, *hits in cases:
        result = told(CLAIM, payments(clp() + services) if services else [])
        attributions = attributed(result, *hits)
        made = [finding(hit, CLAIM) for hit in hits]
        card.add(result, attributions, made, (), causes(result, attributions, REFERENCE))
    assert proves(card.total(), list(card.payers.values()))
    return card


def test_each_finding_is_counted_once():
    card = card_of(
        (VISIT_DENIED.format(97) + SHOT_PAID, PAIR),
        (VISIT_PAID + SHOT_DENIED.format(236), PAIR),
        (VISIT_DENIED.format(50) + SHOT_PAID, PAIR),
        (VISIT_PAID + SHOT_PAID, PAIR),
        (VISIT_PAID.replace("*80~", "*0~").replace("PR*2*20", "PR*1*100") + SHOT_PAID, PAIR),
        ("", PAIR),
    )
    [row] = card.rules()
    assert (row.rule, row.payer, row.hits) == ("B01", "00001", 6)
    assert (row.denied_as_predicted, row.denied_otherwise, row.paid, row.pending) == (2, 1, 2, 1)
    assert (row.precision, row.amount) == (0.4, 155)
    assert (row.precision_low, row.precision_high) == pytest.approx((0.1176, 0.7693), abs=1e-4)


def test_a_rule_that_predicts_nothing_has_no_precision():
    [row] = card_of((VISIT_PAID + SHOT_PAID, Hit("A06", "2"))).rules()
    assert (row.hits, row.paid, row.precision, row.precision_low) == (1, 1, None, None)


def test_nothing_decided_is_no_precision():
    [row] = card_of(("", PAIR)).rules()
    assert (row.hits, row.pending, row.precision) == (1, 1, None)


def test_a_finding_about_a_claim_is_one_hit():
    whole = Hit("I04", None, ("CO-97",))
    card = card_of((VISIT_DENIED.format(97) + SHOT_DENIED.format(97), whole), (VISIT_PAID + SHOT_PAID, whole))
    [row] = card.rules()
    assert (row.hits, row.denied_as_predicted, row.paid, row.amount) == (2, 1, 1, 155)


def test_a_partner_on_another_claim_counts():
    one, two = claim_of(VISIT), claim_of("CLM*CLAIM2~ " + SHOT)
    card = Scorecard(ATTRIBUTOR)
    visit = told(one, payments(clp(charge="120") + VISIT_PAID))
    shot = told(two, payments(clp("CLAIM2", "35") + SHOT_DENIED.format(236)))
    hit = Hit("B01", "1", ("CO-236",), partners=("1",), partner_claim="CLAIM2")
    card.add(visit, attributed(visit, hit), [finding(hit, one)], [Neighbour(shot, [])], [])
    [row] = card.rules()
    assert (row.denied_as_predicted, row.amount) == (1, 35)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 1, 0.0, 0.7935),
        (1, 1, 0.2065, 1.0),
        (5, 10, 0.2366, 0.7634),
        (80, 100, 0.7112, 0.8666),
        (0, 50, 0.0, 0.0713),
    ],
)
def test_wilson(successes, trials, low, high):
    assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)


def test_root_causes_are_sorted_by_money_and_add_up():
    card = card_of(
        (VISIT_DENIED.format(97) + SHOT_PAID, PAIR),
        (VISIT_DENIED.format(97) + SHOT_PAID, PAIR),
        (VISIT_PAID + SHOT_DENIED.format(50),),
        (VISIT_DENIED.format(29) + SHOT_DENIED.format(29),),
    )
    found = [(row.adjustment, row.procedure, row.label, row.rule, row.lines, row.amount) for row in card.root_causes()]
    assert found == [
        ("CO-97", "99213", "predicted", "B01", 2, 240),
        ("CO-29", None, "unrelated", None, 2, 155),
        ("CO-50", "96372", "unflagged", None, 1, 35),
    ]
    assert card.summary(0).denied_amount == 430


def test_an_injection_that_follows_its_drug_is_counted_with_it():
    claim = claim_of(VISIT + SHOT + DRUG)
    services = VISIT_PAID + SHOT_DENIED.format("B15") + "SVC*HC:J1050*90*0~ CAS*CO*50*90~ LQ*HE*N115~ REF*6R*1C~ "
    result = told(claim, payments(clp(charge="245", paid="80") + services))
    attributions = attributed(result)
    card = Scorecard(ATTRIBUTOR)
    card.add(result, attributions, [], [], causes(result, attributions, REFERENCE))
    [row] = card.root_causes()
    assert (row.adjustment, row.remark, row.procedure, row.lines, row.amount) == ("CO-50", "N115", "J1050", 2, 125)


def test_preventable_is_what_the_payer_allows_for_the_code():
    card = card_of((VISIT_DENIED.format(97) + SHOT_PAID, PAIR), (VISIT_PAID + SHOT_PAID,), (VISIT_PAID + SHOT_PAID,))
    assert card.summary(0).preventable_amount == 100
    assert card.summary(0).foreseen_amount == 120


def test_preventable_is_the_charge_where_no_such_line_was_paid():
    assert card_of((VISIT_DENIED.format(97) + SHOT_PAID, PAIR)).summary(0).preventable_amount == 120


def test_preventable_is_never_more_than_the_charge():
    generous = VISIT_PAID.replace("*80~", "*80~ AMT*B6*500~", 1)
    card = card_of((VISIT_DENIED.format(97) + SHOT_PAID, PAIR), (generous + SHOT_PAID,))
    assert card.summary(0).preventable_amount == 120


def test_the_account_of_a_payer():
    card = card_of((VISIT_PAID + SHOT_DENIED.format(97), PAIR), ("",))
    money = card.payers["00001"]
    assert (money.charge, money.paid, money.adjusted) == (310, 80, 20)
    assert (money.patient, money.denied, money.pending, money.unexplained) == (20, 35, 155, Decimal(0))
    assert card.names == {"00001": "EXAMPLE PAYER"}
    summary = card.summary(3)
    assert (summary.lines, summary.paid, summary.denied, summary.pending, summary.unmatched) == (4, 1, 1, 2, 3)
