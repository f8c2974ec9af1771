"""The cascade of RULES.md 2.1 within a claim: which service payment answers which line, and by which step."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest
from denial_cases import DRUG, SHOT, VISIT, bare, claim_of, clp, payments, steps, told
from msgspec import structs

from edi837.denials import match
from edi837.denials.match import match_lines

CONTROL, NUMBER, PROCEDURE = "line-control-number", "line-number", "procedure"
CLAIM = claim_of(VISIT + SHOT + DRUG)
BARE = bare(CLAIM)
SHOT_LINE = CLAIM.lines[1]


def matched(claim, services):
    """For each line the procedures of the services that answer it with the step; what answers none."""
    [payment] = payments(clp(charge="1") + services)
    found = match_lines(claim.lines, payment.services)
    lines = [[(payment.services[number].procedure, step) for number, step in own] for own in found.lines]
    return lines, [payment.services[number].procedure for number in found.unmatched]


def test_step_1_the_line_control_number():
    lines, left = matched(
        CLAIM,
        "SVC*HC:J1050*90*50~ REF*6R*1C~ SVC*HC:99213*120*80~ REF*6R*1A~ SVC*HC:96372*35*20~ REF*6R*1B~",
    )
    assert lines == [[("99213", CONTROL)], [("96372", CONTROL)], [("J1050", CONTROL)]]
    assert left == []


def test_step_1_holds_where_the_payer_changed_the_procedure():
    lines, _ = matched(CLAIM, "SVC*HC:99212*120*60~ REF*6R*1A~")
    assert lines[0] == [("99212", CONTROL)]


def test_step_1_is_not_believed_against_procedure_charge_and_date():
    lines, left = matched(CLAIM, "SVC*HC:85025*25*10~ DTM*472*20250101~ REF*6R*1A~")
    assert (lines, left) == ([[], [], []], ["85025"])


def test_step_1_a_line_split_into_two_services_takes_both():
    lines, _ = matched(CLAIM, "SVC*HC:J1050*60*40~ REF*6R*1C~ SVC*HC:J1050*30*0~ CAS*CO*151*30~ REF*6R*1C~")
    assert lines[2] == [("J1050", CONTROL), ("J1050", CONTROL)]


def test_step_1_one_number_on_every_service_is_no_split():
    lines, left = matched(
        CLAIM, "SVC*HC:99213*120*80~ REF*6R*1A~ SVC*HC:96372*35*20~ REF*6R*1A~ SVC*HC:J1050*90*50~ REF*6R*1A~"
    )
    assert lines == [[("99213", CONTROL)], [("96372", PROCEDURE)], [("J1050", PROCEDURE)]]
    assert left == []


def test_step_1_a_number_that_two_lines_share_needs_the_procedure():
    claim = claim_of((VISIT + SHOT).replace("1B", "1A"))
    lines, _ = matched(claim, "SVC*HC:96372*35*20~ REF*6R*1A~ SVC*HC:99213*120*80~ REF*6R*1A~")
    assert lines == [[("99213", CONTROL)], [("96372", CONTROL)]]


def test_step_2_the_line_number_in_its_place():
    lines, _ = matched(BARE, "SVC*HC:96372*35*20~ REF*6R*2~ SVC*HC:99213*120*80~ REF*6R*01~")
    assert lines == [[("99213", NUMBER)], [("96372", NUMBER)], []]


def test_step_2_a_payers_own_count_of_services_is_not_the_line_number():
    lines, _ = matched(
        BARE, "SVC*HC:J1050*90*50~ REF*6R*1~ SVC*HC:99213*120*80~ REF*6R*2~ SVC*HC:96372*35*20~ REF*6R*3~"
    )
    assert lines == [[("99213", PROCEDURE)], [("96372", PROCEDURE)], [("J1050", PROCEDURE)]]


def test_step_3_procedure_modifiers_as_a_set_date_and_charge():
    claim = claim_of("SV1*HC:J1010:JZ:RT*40*UN*40***1~ SV1*HC:J1010:JZ:LT*40*UN*40***1~")
    lines, _ = matched(claim, "SVC*HC:J1010:LT:JZ*40*0~ DTM*472*20260310~ SVC*HC:J1010:RT:JZ*40*20~ DTM*472*20260310~")
    assert lines == [[("J1010", PROCEDURE)], [("J1010", PROCEDURE)]]
    result = told(claim, payments(clp(charge="80", paid="20") + (
        "SVC*HC:J1010:LT:JZ*40*0~ CAS*CO*97*40~ SVC*HC:J1010:RT:JZ*40*20~ CAS*CO*45*20~"
    )))  # fmt: skip
    assert [line.status for line in result.lines] == ["paid", "denied"]


@pytest.mark.parametrize(
    "dates", ["DTM*472*20260310~", "DTM*150*20260310~ DTM*151*20260310~", ""], ids=["472", "150", "none"]
)
def test_step_3_any_form_of_the_date(dates):
    lines, _ = matched(BARE, f"SVC*HC:96372*35*20~ {dates}")
    assert lines[1] == [("96372", PROCEDURE)]


def test_step_3_another_date_is_another_line():
    claim = claim_of("SV1*HC:96372*35*UN*1***1~ DTP*472*D8*20260309~ SV1*HC:96372*35*UN*1***1~ DTP*472*D8*20260316~")
    lines, left = matched(claim, "SVC*HC:96372*35*20~ DTM*472*20260316~ SVC*HC:96372*35*0~ DTM*472*20260323~")
    assert lines == [[], [("96372", PROCEDURE)]]
    assert left == ["96372"]


def test_step_3_svc06_has_the_procedure_that_was_billed():
    lines, _ = matched(BARE, "SVC*HC:99212*120*60****1*HC:99213~".replace("****1*", "***"))
    assert lines[0] == [("99212", PROCEDURE)]


def test_step_3_bundled_lines_each_come_back_with_their_own_code():
    claim = claim_of("SV1*HC:80053*40*UN*1***1~ SV1*HC:85025*25*UN*1***1~")
    lines, _ = matched(claim, "SVC*HC:80050*40*40***HC:80053~ SVC*HC:80050*25*0***HC:85025~ CAS*CO*97*25~")
    assert lines == [[("80050", PROCEDURE)], [("80050", PROCEDURE)]]


def test_step_4_without_modifiers_where_only_one_line_is_meant():
    claim = claim_of("SV1*HC:99213:25*120*UN*1***1~ SV1*HC:96372:59*35*UN*1***1~")
    lines, _ = matched(claim, "SVC*HC:96372*35*20~ SVC*HC:99213*120*80~")
    assert lines == [[("99213", PROCEDURE)], [("96372", PROCEDURE)]]


def test_step_4_without_charge_where_only_one_line_is_meant():
    lines, _ = matched(BARE, "SVC*HC:96372*34.99*20~")
    assert lines[1] == [("96372", PROCEDURE)]


def test_step_4_equal_duplicates_in_the_order_of_the_lines():
    claim = claim_of("SV1*HC:96372*35*UN*1***1~ SV1*HC:96372*35*UN*1***1~")
    result = told(claim, payments(clp(charge="70", paid="20") + (
        "SVC*HC:96372*35*20~ CAS*CO*45*15~ SVC*HC:96372*35*0~ CAS*OA*18*35~"
    )))  # fmt: skip
    assert [line.status for line in result.lines] == ["paid", "denied"]


def test_step_4_duplicates_whose_modifiers_the_payer_dropped():
    claim = claim_of("SV1*HC:96372:59*35*UN*1***1~ SV1*HC:96372*35*UN*1***1~")
    result = told(claim, payments(clp(charge="70", paid="20") + (
        "SVC*HC:96372*35*20~ CAS*CO*45*15~ SVC*HC:96372*35*0~ CAS*OA*18*35~"
    )))  # fmt: skip
    assert [line.status for line in result.lines] == ["paid", "denied"]


def test_a_wrong_match_is_worse_than_none():
    claim = claim_of("SV1*HC:96372:59*35*UN*1***1~ SV1*HC:96372:76*35*UN*1***1~")
    lines, left = matched(claim, "SVC*HC:96372*35*20~")
    assert (lines, left) == ([[], []], ["96372"])
    lines, left = matched(claim, "SVC*HC:96372:LT*35*20~ SVC*HC:96372:RT*35*0~")
    assert (lines, left) == ([[], []], ["96372", "96372"])


def test_a_procedure_that_was_not_billed_answers_nothing():
    assert matched(BARE, "SVC*HC:85025*25*10~") == ([[], [], []], ["85025"])


def test_step_5_a_claim_without_services_answers_every_line():
    result = told(CLAIM, payments(clp(charge="245", more="CAS*CO*29*245~ ")))
    assert steps(result) == ["claim"] * 3
    assert [line.money.denied for line in result.lines] == [120, 35, 90]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("claim", [CLAIM, BARE], ids=["numbered", "bare"])
def test_the_order_of_the_services_does_not_matter(claim, order):
    services = ["SVC*HC:99213*120*80~ ", "SVC*HC:96372*35*20~ ", "SVC*HC:J1050*90*50~ "]
    lines, left = matched(claim, "".join(services[place] for place in order))
    assert [own[0][0] for own in lines] == ["99213", "96372", "J1050"]
    assert left == []


def test_more_services_than_lines_and_services_without_a_code():
    lines, left = matched(CLAIM, "SVC*HC:*1*1~ SVC**~ " + "SVC*HC:96372*35*20~ " * 60)
    assert sum(map(len, lines)) + len(left) == 62
    assert len(lines[1]) <= 1


def test_thousands_of_lines_and_services():
    [payment] = payments(
        clp(charge="1")
        + "".join(f"SVC*HC:96372*{place}*0~ CAS*CO*97*{place}~ REF*6R*{place}~ " for place in range(9, 4009))
    )
    lines = [
        structs.replace(SHOT_LINE, number=str(place), line_control_number=str(place), charge=Decimal(place))
        for place in range(9, 4009)
    ]
    found = match_lines(lines, payment.services)
    assert list(found.lines) == [[(place, CONTROL)] for place in range(4000)]
    bare_lines = [structs.replace(line, line_control_number=None, number=None) for line in lines]
    assert len(match_lines(bare_lines, payment.services).unmatched) == 4000


CODES = ("99213", "96372", "J1050")


def any_line(dice, number):
    """A line much like the others of its claim."""
    return structs.replace(
        SHOT_LINE,
        number=dice.choice([str(number), f"0{number}", "0", None]),
        procedure=dice.choice(CODES),
        modifiers=dice.choice([(), ("25",), ("25", "59")]),
        charge=Decimal(dice.choice(["35", "120"])),
        line_control_number=dice.choice([f"C{number}", "C1", None]),
    )


def any_service(dice, service, lines):
    """A service of one of the lines, spoiled more often than not."""
    line = dice.choice(lines)
    return structs.replace(
        service,
        procedure=dice.choice([line.procedure, line.procedure, *CODES]),
        modifiers=dice.choice([line.modifiers, line.modifiers[::-1], ("25",)]),
        charge=dice.choice([line.charge, line.charge, Decimal(35)]),
        original_procedure=dice.choice(["", "", "", line.procedure, "96372"]),
        original_modifiers=dice.choice([(), line.modifiers]),
        service_date=dice.choice([None, SHOT_LINE.service_date, SHOT_LINE.service_date, date(2025, 1, 1)]),
        line_control_number=dice.choice([line.line_control_number, None, "C1", "1", "02", "0", "X"]),
    )


@pytest.mark.parametrize("seed", range(20))
def test_what_is_matched_in_one_go_is_what_the_cascade_finds(seed, monkeypatch):
    dice = random.Random(seed)
    [payment] = payments(clp(charge="1") + "SVC*HC:99213*120*80~")
    plain = 0
    for _ in range(500):
        lines = [any_line(dice, number) for number in range(1, dice.randrange(2, 5))]
        services = [any_service(dice, payment.services[0], lines) for _ in range(dice.randrange(1, 4))]
        found = match_lines(lines, services)
        plain += match._plainly(lines, services) is not None
        with monkeypatch.context() as patch:
            patch.setattr(match, "_MOST_PLAIN", 0)
            cascade = match_lines(lines, services)
        assert (found.lines, list(found.unmatched)) == (cascade.lines, cascade.unmatched)
    assert plain > 20
