"""Scores, labels, ties and cascades: RULES.md 2.3, 2.4, rulings 20 to 24 and the traps of section 4 about the 835."""

from __future__ import annotations

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
    claims_of,
    clp,
    finding,
    labels,
    payments,
    told,
)
from msgspec import structs

from edi837.denials.attribute import Candidate, rule_order
from edi837.denials.cascade import causes
from edi837.denials.signatures import Fit
from edi837.model import Severity
from edi837.rules import load_rules

CLAIM = claim_of(VISIT + SHOT)
INFO, WARNING, ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR
PAID = "SVC*HC:{0}*{1}*{1}~ REF*6R*{2}~ "
VISIT_PAID, SHOT_PAID = PAID.format("99213", 120, "1A"), PAID.format("96372", 35, "1B")


def denied(visit="", shot="", claim=CLAIM, **clp_fields):
    """The claim with the visit and the injection denied by these CAS and LQ segments, else paid."""
    one = f"SVC*HC:99213*120*0~ CAS*{visit}~ REF*6R*1A~ " if visit else VISIT_PAID
    two = f"SVC*HC:96372*35*0~ CAS*{shot}~ REF*6R*1B~ " if shot else SHOT_PAID
    return told(claim, payments(clp(**clp_fields) + one + two))


# Labels ---------------------------------------------------------------------------------------------------------------


def test_predicted_on_this_line_with_the_carc_in_the_signature():
    result = denied("CO*97*120~ LQ*HE*N19")
    [visit, _] = attributed(result, Hit("B01", "1", ("CO-97+M15|N19",), partners=("2",)))
    assert (visit.label, visit.rule, visit.alternates) == ("predicted", "B01", ())
    assert visit.candidates[0].score == 100 + 30 + 10


def test_predicted_on_partner():
    found = attributed(denied(shot="CO*97*35~ LQ*HE*N19"), Hit("B01", "1", ("CO-97+N19",), partners=("2",)))
    assert labels(found)[1] == ("predicted-on-partner", "B01")
    assert found[1].candidates[0].score == 80 + 30 + 10


def test_consistent_where_only_the_category_fits():
    found = attributed(denied("CO*4*120"), Hit("B01", "1", ("CO-97",)))
    assert labels(found)[0] == ("consistent", "B01")
    assert found[0].candidates[0].score == 50 + 10


def test_consistent_on_the_partner_reaches_the_threshold_exactly():
    found = attributed(denied(shot="CO*4*35"), Hit("B01", "1", ("CO-97",), partners=("2",), payer="other"))
    assert found[1].candidates[0].score == 40
    assert labels(found)[1] == ("consistent", "B01")


def test_unflagged_without_a_finding():
    assert labels(attributed(denied("CO*97*120"))) == [("unflagged", None), (None, None)]


def test_a_finding_of_another_kind_does_not_count():
    found = attributed(denied("CO*50*120"), Hit("B01", "1", ("CO-97",)))
    assert labels(found)[0] == ("unflagged", None)
    assert found[0].candidates[0].score == 0


def test_a_finding_about_the_whole_claim_is_about_each_line():
    found = attributed(denied("CO*16*120~ LQ*HE*N152", "CO*16*35~ LQ*HE*N152"), Hit("I03", None, ("CO-16+N152",)))
    assert labels(found) == [("predicted", "I03"), ("predicted", "I03")]


def test_a_suppressed_finding_foresees_nothing():
    result = denied("CO*97*120")
    suppressed = structs.replace(finding(Hit("B01", "1", ("CO-97",)), CLAIM), suppressed="baseline")
    assert labels(ATTRIBUTOR.attribute(result, [suppressed])) == [("unflagged", None), (None, None)]


@pytest.mark.parametrize(
    "code",
    [
        "22",
        "24",
        "26",
        "27",
        "29",
        "31",
        "33",
        "109",
        "197",
        "198",
        "284",
        "296",
        "B7",
        "252",
        "226",
        "227",
        "242",
        "256",
        "288",
    ],
)
def test_unrelated_reasons(code):
    assert labels(attributed(denied(f"CO*{code}*120"), Hit("B01", "1", ("CO-97",))))[0] == ("unrelated", None)


@pytest.mark.parametrize(
    ("code", "rule", "signature"),
    [("109", "G04", "CO-109"), ("197", "G06", "CO-197"), ("296", "G06", "CO-296"), ("B7", "I06", "CO-B7")],
)
def test_reasons_that_are_related_where_their_rule_has_a_finding(code, rule, signature):
    found = attributed(denied(f"CO*{code}*120"), Hit(rule, "1", (signature,), category="pos-auth"))
    assert labels(found)[0] == ("predicted", rule)
    assert labels(attributed(denied(f"CO*{code}*120"), Hit("B01", "1", (signature,))))[0] == ("unrelated", None)


def test_missing_information_about_who_the_patient_is_is_unrelated():
    assert labels(attributed(denied("CO*16*120~ LQ*HE*MA27~ LQ*HE*MA130")))[0] == ("unrelated", None)
    assert labels(attributed(denied("CO*16*120~ LQ*HE*N822")))[0] == ("unflagged", None)


def test_a_line_with_an_unrelated_and_another_reason_is_explained_by_the_other():
    found = attributed(denied("CO*27*20**97*100"), Hit("B01", "1", ("CO-97",)))
    assert labels(found)[0] == ("predicted", "B01")


# Rulings --------------------------------------------------------------------------------------------------------------


def test_ruling_20_a_line_the_patient_owes_has_no_label():
    result = denied("PR*1*120")
    assert result.lines[0].status == "patient-responsibility"
    found = attributed(result, Hit("B01", "1", ("CO-97",)))
    assert (labels(found)[0], found[0].alternates) == ((None, None), ("B01",))


def test_ruling_20_a_pending_line_has_no_label():
    found = attributed(told(CLAIM, []), Hit("B01", "1", ("CO-97",)))
    assert (labels(found), found[0].alternates) == ([(None, None)] * 2, ("B01",))


def test_ruling_21_a_bare_remark_matches_with_any_reason():
    found = attributed(denied("CO*50*120~ LQ*HE*M80"), Hit("B02", "1", ("M80",)))
    assert labels(found)[0] == ("predicted", "B02")


def test_ruling_22_the_better_label_comes_before_the_higher_score():
    own = Hit("A01", "2", ("CO-97",), category="missing-component")
    pair = Hit("B01", "1", ("CO-97+N19",), partners=("2",))
    found = attributed(denied(shot="CO*97*35~ LQ*HE*N19"), pair, own)
    assert [candidate.score for candidate in found[1].candidates] == [120, 110]
    assert (found[1].label, found[1].rule, found[1].alternates) == ("predicted", "A01", ("B01",))


def test_ruling_22_unrelated_comes_first():
    found = attributed(denied("CO*29*120"), Hit("I02", "1", ("CO-29",), category="technical"))
    assert (found[0].label, found[0].rule, found[0].alternates) == ("unrelated", None, ("I02",))


def test_ruling_22_another_line_of_the_encounter_is_at_most_consistent():
    found = attributed(denied(shot="CO*97*35"), Hit("B08", "1", ("CO-97",)))
    assert found[1].candidates[0].score == 50
    assert labels(found)[1] == ("consistent", "B08")


def test_ruling_22_another_line_with_the_category_alone_is_too_little():
    found = attributed(denied(shot="CO*4*35"), Hit("B08", "1", ("CO-97",)))
    assert found[1].candidates[0].score == 30
    assert labels(found)[1] == ("unflagged", None)


@pytest.mark.parametrize("code", ["204", "96"])
def test_ruling_22_categories_that_no_rule_has_are_unflagged(code):
    assert labels(attributed(denied(f"PR*{code}*120"), Hit("B01", "1", ("CO-97",))))[0] == ("unflagged", None)


def test_ruling_23_paid_in_spite_of_an_error_is_not_enforced():
    found = attributed(denied(), Hit("B01", "1", ("CO-97",), partners=("2",)))
    assert labels(found) == [("not-enforced", "B01"), (None, None)]


@pytest.mark.parametrize("severity", [WARNING, INFO])
def test_ruling_23_a_warning_or_info_on_a_paid_line_says_nothing(severity):
    found = attributed(denied(), Hit("B05", "1", ("CO-97",), severity))
    assert (found[0].label, found[0].rule, found[0].alternates) == (None, None, ("B05",))


def test_ruling_23_enforced_on_the_partner_is_enforced():
    found = attributed(denied(shot="CO*97*35"), Hit("B01", "1", ("CO-97",), partners=("2",)))
    assert (found[0].label, found[0].alternates) == (None, ("B01",))


def test_ruling_23_a_partner_denied_for_something_else_does_not_enforce():
    found = attributed(denied(shot="CO*50*35"), Hit("B01", "1", ("CO-97",), partners=("2",)))
    assert labels(found)[0] == ("not-enforced", "B01")


def test_ruling_24_ties_go_by_severity():
    hits = Hit("B08", "1", ("CO-4",), WARNING), Hit("B06", "1", ("CO-4",), ERROR)
    for order in (hits, hits[::-1]):
        found = attributed(denied("CO*4*120"), *order)
        assert (found[0].rule, found[0].alternates) == ("B06", ("B08",))


def test_ruling_24_ties_of_severity_go_by_the_remark():
    made = finding(Hit("B01", "1"), CLAIM), finding(Hit("A01", "1"), CLAIM)
    with_remark = Candidate(made[0], 110, "predicted", Fit(True, True), 100)
    without = Candidate(made[1], 110, "predicted", Fit(True, False), 100)
    assert with_remark.rank < without.rank
    assert Candidate(made[1], 110, "predicted", Fit(True, True), 100).rank < with_remark.rank


def test_ruling_24_then_by_the_order_of_the_rules_then_by_id():
    for hits, first in (
        ((Hit("B01", "1", ("CO-97",)), Hit("B02", "1", ("CO-97",))), "B02"),
        ((Hit("B10", "1", ("CO-97",)), Hit("B09", "1", ("CO-97",))), "B09"),
        ((Hit("A07", "1", ("CO-97",)), Hit("A05", "1", ("CO-97",))), "A05"),
        ((Hit("C03", "1", ("CO-97",)), Hit("C01", "1", ("CO-97",))), "C01"),
    ):
        for order in (hits, hits[::-1]):
            assert attributed(denied("CO*97*120"), *order)[0].rule == first


def test_the_order_of_the_rules_is_that_of_section_0_4():
    chain = ["I04", "D01", "F01", "G01", "A01", "B02", "B01", "B10", "C01", "C03", "C04", "C05", "H01", "A09"]
    places = [rule_order(code) for code in chain]
    assert places == sorted(set(places))
    assert all(rule_order(rule.code) <= rule_order("A09") for rule in load_rules())


# Generic reasons and remarks ------------------------------------------------------------------------------------------


def test_a_generic_reason_with_another_remark_goes_by_the_remarks_category():
    hit = Hit("D08", "1", ("CO-16+N815",), category="code-ndc")
    assert labels(attributed(denied("CO*16*120~ LQ*HE*M119"), hit))[0] == ("consistent", "D08")
    assert labels(attributed(denied("CO*16*120~ LQ*HE*N822"), hit))[0] == ("unflagged", None)


def test_rarc_n4_is_no_drug_code_remark():
    hit = Hit("D05", "1", ("CO-16+M119",), category="code-ndc")
    assert labels(attributed(denied("CO*16*120~ LQ*HE*N4"), hit))[0] == ("unflagged", None)


def test_co_4_stands_for_a_missing_modifier_too():
    rule = next(rule for rule in load_rules() if rule.code == "B01")
    for cas in ("CO*4*120", "CO*16*120~ LQ*HE*N822"):
        assert labels(attributed(denied(cas), Hit("B01", "1", rule.predicts)))[0] == ("predicted", "B01")


def test_trap_24_a_remark_that_no_list_has_changes_nothing():
    found = attributed(denied("CO*97*120~ LQ*HE*N9999"), Hit("B01", "1", ("CO-97+N19",)))
    assert labels(found)[0] == ("predicted", "B01")
    assert not found[0].candidates[0].fit.remark


# Other claims of the encounter ----------------------------------------------------------------------------------------


def two_claims():
    one, two = claims_of("CLM*CLAIM1~ " + VISIT + "CLM*CLAIM2~ " + SHOT)
    return one, two


def test_the_partner_may_stand_on_another_claim():
    one, two = two_claims()
    visit = told(one, payments(clp(charge="120") + VISIT_PAID))
    shot = told(two, payments(clp("CLAIM2", "35") + "SVC*HC:96372*35*0~ CAS*CO*97*35~ REF*6R*1B~ "))
    hit = Hit("B01", "1", ("CO-97",), partners=("1",), partner_claim="CLAIM2")
    assert labels(attributed(shot, neighbours=((visit, (hit,)),))) == [("predicted-on-partner", "B01")]
    assert labels(attributed(visit, hit, neighbours=((shot, ()),))) == [(None, None)]
    assert labels(attributed(visit, hit)) == [("not-enforced", "B01")]


def test_another_claim_of_the_encounter_is_at_most_consistent():
    one, two = two_claims()
    visit = told(one, payments(clp(charge="120") + VISIT_PAID))
    shot = told(two, payments(clp("CLAIM2", "35") + "SVC*HC:96372*35*0~ CAS*CO*97*35~ REF*6R*1B~ "))
    found = attributed(shot, neighbours=((visit, (Hit("B08", "1", ("CO-97",)),)),))
    assert labels(found) == [("consistent", "B08")]


# Cascades -------------------------------------------------------------------------------------------------------------


def root_causes(result, *hits, replaced=False):
    found = causes(result, attributed(result, *hits, replaced=replaced), REFERENCE)
    return [
        (cause.root.line.procedure, [line.line.procedure for line in cause.lines], cause.whole_claim) for cause in found
    ]


def test_a_drug_that_is_not_covered_takes_its_injection_with_it():
    claim = claim_of(VISIT + SHOT + DRUG)
    for drug in ("CO*50*90~ LQ*HE*N115", "PR*96*90~ LQ*HE*N130", "CO*16*90~ LQ*HE*M119"):
        for shot in ("CO*B15*35", "PR*96*35~ LQ*HE*N161", "CO*97*35~ LQ*HE*N356"):
            services = f"SVC*HC:96372*35*0~ CAS*{shot}~ REF*6R*1B~ SVC*HC:J1050*90*0~ CAS*{drug}~ REF*6R*1C~ "
            result = told(claim, payments(clp(charge="245") + VISIT_PAID + services))
            assert root_causes(result) == [("J1050", ["J1050", "96372"], False)]


def test_an_injection_denied_for_itself_is_a_cause_of_its_own():
    claim = claim_of(VISIT + SHOT + DRUG)
    services = "SVC*HC:96372*35*0~ CAS*CO*97*35~ REF*6R*1B~ SVC*HC:J1050*90*0~ CAS*CO*50*90~ REF*6R*1C~ "
    result = told(claim, payments(clp(charge="245") + VISIT_PAID + services))
    assert root_causes(result) == [("96372", ["96372"], False), ("J1050", ["J1050"], False)]


def test_every_line_denied_for_one_reason_is_one_cause():
    assert root_causes(denied("CO*29*120", "CO*29*35")) == [("99213", ["99213", "96372"], True)]
    assert root_causes(denied("CO*29*120", "CO*97*35")) == [
        ("99213", ["99213"], False),
        ("96372", ["96372"], False),
    ]


def test_a_generic_reason_is_one_cause_only_with_the_same_remarks():
    assert root_causes(denied("CO*16*120~ LQ*HE*M119", "CO*16*35~ LQ*HE*N822"))[0][2] is False
    assert root_causes(denied("CO*16*120~ LQ*HE*M119", "CO*16*35~ LQ*HE*M119"))[0][2] is True


def test_a_claim_of_one_line_is_no_claim_level_cause():
    claim = claim_of(SHOT)
    result = told(claim, payments(clp(charge="35") + "SVC*HC:96372*35*0~ CAS*CO*29*35~ REF*6R*1B~ "))
    assert root_causes(result) == [("96372", ["96372"], False)]


def test_bundled_with_a_visit_and_a_joint_injection_lists_both():
    joint = "SV1*HC:20610*180*UN*1***1~ REF*6R*1D~"
    claim = claim_of(VISIT + SHOT + joint)
    hits = (
        Hit("B03", "2", ("CO-97",), partners=("1",)),
        Hit("B09", "2", ("CO-97",), partners=("3",)),
    )
    services = VISIT_PAID + "SVC*HC:96372*35*0~ CAS*CO*97*35~ REF*6R*1B~ " + PAID.format("20610", 180, "1D")
    found = attributed(told(claim, payments(clp(charge="335") + services)), *hits)
    assert {found[1].rule, *found[1].alternates} == {"B03", "B09"}


# Traps ----------------------------------------------------------------------------------------------------------------


def test_trap_20_a_nominal_line_that_the_payer_never_saw_is_pending():
    claim = claim_of(SHOT + "SV1*HC:J1050*0*UN*150***1~ REF*6R*1C~")
    result = told(claim, payments(clp(charge="35", paid="35") + SHOT_PAID))
    assert [line.status for line in result.lines] == ["paid", "pending"]


def test_trap_21_the_original_called_a_duplicate_of_its_replacement_is_unrelated():
    result = denied("OA*18*120", "OA*18*35")
    assert labels(attributed(result, replaced=True)) == [("unrelated", None)] * 2
    assert labels(attributed(result)) == [("unflagged", None)] * 2


def test_trap_21_a_repeated_injection_is_checked_before_it_is_called_a_true_duplicate():
    hit = Hit("A07", "2", ("OA-18|CO-18",), category="missing-component")
    assert labels(attributed(denied(shot="OA*18*35"), hit))[1] == ("predicted", "A07")
    assert labels(attributed(denied(shot="OA*18*35"), hit, replaced=True))[1] == ("predicted", "A07")


def test_trap_22_what_another_payer_adjusted_in_the_837_is_no_denial_here():
    claim = claim_of(
        "SBR*S*18*******MC~ CLM*CLAIM1~ SBR*P*18*******CI~ OI***Y***Y~ NM1*IL*1*DOE*JANE****MI*M1~ "
        "NM1*PR*2*FIRST*****PI*60001~ " + SHOT + "SVD*60001*0*HC:96372**1~ CAS*CO*97*35~ DTP*573*D8*20260401~"
    )
    [line] = told(claim, payments(clp(charge="35", paid="35", status="2") + SHOT_PAID)).lines
    assert (line.status, line.denials) == ("paid", ())
