"""Defects of the visit as a whole: pairing of administration and drug (A), bundling and modifiers (B)."""

from __future__ import annotations

from .claims import Line
from .defects import defect, everyday
from .formulary import (
    BY_CODE,
    COMMERCIAL,
    IRON,
    LEUPROLIDE,
    MEDICAID,
    PALONOSETRON,
    PREVENTIVE_DIAGNOSIS,
    XGEVA,
)
from .scenarios import add, add_intravenous, add_joint
from .visits import Maker, Visit

# A: the administration and its drug


@defect("A01")
def no_drug_line(make: Maker) -> Visit:
    """E/M and 96372, and no drug anywhere."""
    visit = make.injection()
    visit.drop(visit.drug)
    return visit.expect("A01", visit.admin)


@defect("A01")
def no_drug_line_secondary(make: Maker) -> Visit:
    """Pairing is checked on secondary claims too; the E/M without 25 is not."""
    patient = make.patient("MC", ages=(22, 64))
    make.add_cover(patient, "S")
    visit = make.injection(patient=patient)
    visit.drop(visit.drug)
    visit.em.modifiers = ()
    return visit.expect("A01", visit.admin)


@defect("A01")
def drug_on_another_day(make: Maker) -> Visit:
    """One claim, two days: neither the administration nor the drug has its partner."""
    visit = make.injection(drug=everyday(make))
    visit.drug.date = make.date(visit.claim.patient)
    return visit.expect("A01", visit.admin).expect("A04", visit.drug)


@defect("A01")
def inhaled_drug_only(make: Maker) -> Visit:
    """A J-code that is never injected does not support 96372."""
    visit = make.injection(COMMERCIAL, drug=BY_CODE["J1100"])
    visit.drop(visit.drug)
    add(make, visit.claim, ("J7613", 150, (), 3), (1,), visit.date)
    return visit.expect("A01", visit.admin)


@defect("A02")
def drug_on_another_claim(make: Maker) -> Visit:
    """The drug follows on a claim of its own."""
    visit = make.injection()
    visit.move(visit.drug).auth = visit.claim.auth
    return visit.expect("A02", visit.admin)


@defect("A02")
def administration_on_another_claim(make: Maker) -> Visit:
    """The 96372 follows on a claim of its own."""
    visit = make.injection()
    visit.move(visit.admin)
    return visit.expect("A02", visit.admin)


@defect("A03")
def supplied_drug_not_on_claim(make: Maker) -> Visit:
    """The claim note says the drug was supplied; there is no line for it."""
    visit = make.injection(drug=BY_CODE["J2357"])
    visit.drop(visit.drug)
    visit.claim.note = "DRUG SUPPLIED BY SPECIALTY PHARMACY"
    return visit.expect("A03", visit.admin)


@defect("A03")
def brown_bag_not_on_claim(make: Maker) -> Visit:
    """The line note says the patient brought the drug; there is no line for it."""
    visit = make.injection(drug=BY_CODE["J3420"])
    visit.drop(visit.drug)
    visit.admin.note = "PATIENT SUPPLIED MEDICATION"
    return visit.expect("A03", visit.admin)


@defect("A03")
def supplied_drug_at_full_charge(make: Maker) -> Visit:
    """The line note says white bag, the charge says bought."""
    visit = make.injection(drug=BY_CODE["J2357"], ndc=True)
    visit.drug.note = "WHITE BAGGED SPECIALTY PHARMACY"
    return visit.expect("A03", visit.drug)


@defect("A04")
def no_administration(make: Maker) -> Visit:
    """E/M with 25 and drug without 96372."""
    visit = make.injection(drug=everyday(make))
    visit.drop(visit.admin)
    return visit.expect("A04", visit.drug).expect("B07", visit.em)


@defect("A04")
def drug_alone(make: Maker) -> Visit:
    """A Medicaid claim with the drug only."""
    visit = make.injection(MEDICAID, em=False)
    visit.drop(visit.admin)
    return visit.expect("A04", visit.drug)


@defect("A05")
def repeated_administration_one_drug(make: Maker) -> Visit:
    """A second 96372, without a modifier, for the one drug: too many, and not distinct."""
    visit = make.injection(drug=BY_CODE["J1885"])
    again = Line("96372", visit.admin.charge, (1,), visit.date)
    visit.claim.lines.append(again)
    return visit.expect("A05", again).expect("A07", again)


@defect("A05")
def two_units_one_drug(make: Maker) -> Visit:
    """Two units of 96372 for one drug."""
    visit = make.injection(drug=everyday(make))
    visit.admin.units, visit.admin.charge = "2", visit.admin.charge * 2
    return visit.expect("A05", visit.admin)


@defect("A07")
def second_administration_bare(make: Maker) -> Visit:
    """Two drugs, the second 96372 without a modifier."""
    visit = make.injection(drug=BY_CODE["J1885"])
    _, admin = make.second(visit, "")
    return visit.expect("A07", admin)


@defect("A07")
def three_administrations_bare(make: Maker) -> Visit:
    """Three drugs, the second and third 96372 without a modifier."""
    visit = make.injection(drug=BY_CODE["J1885"])
    _, second = make.second(visit, "", BY_CODE["J1100"])
    _, third = make.second(visit, "", BY_CODE["J2550"])
    return visit.expect("A07", second, third)


# B: bundling and modifiers


@defect("B01")
def visit_without_25(make: Maker) -> Visit:
    """An office visit without 25."""
    visit = make.injection()
    visit.em.modifiers = ()
    return visit.expect("B01", visit.em)


@defect("B01")
def visit_without_25_on_another_claim(make: Maker) -> Visit:
    """The office visit without 25 is on a claim of its own."""
    visit = make.injection()
    visit.em.modifiers = ()
    visit.move(visit.em)
    return visit.expect("B01", visit.em)


@defect("B01")
def visit_without_25_with_push(make: Maker) -> Visit:
    """An office visit without 25 beside an intravenous push."""
    visit = make.injection(drug=BY_CODE["J1885"])
    visit.drop(visit.drug)
    visit.drop(visit.admin)
    add_intravenous(make, visit, make.dice.pick((IRON, PALONOSETRON)))
    visit.em.modifiers = ()
    return visit.expect("B01", visit.em)


@defect("B01")
def distinct_modifier_for_25(make: Maker) -> Visit:
    """59 on the 96372 does not clear an E/M pair."""
    visit = make.injection()
    visit.em.modifiers, visit.admin.modifiers = (), ("59",)
    return visit.expect("B01", visit.em)


def _nurse_visit(make: Maker, visit: Visit, modifiers: tuple[str, ...]) -> Line:
    visit.em.code, visit.em.charge, visit.em.modifiers = "99211", make.fee(3900), modifiers
    return visit.em


@defect("B02")
def nurse_visit(make: Maker) -> Visit:
    """99211 beside 96372."""
    visit = make.injection()
    return visit.expect("B02", _nurse_visit(make, visit, ()))


@defect("B02")
def nurse_visit_with_25(make: Maker) -> Visit:
    """99211-25 beside 96372: the modifier does not help."""
    visit = make.injection()
    return visit.expect("B02", _nurse_visit(make, visit, ("25",)))


@defect("B02")
def nurse_visit_on_another_claim(make: Maker) -> Visit:
    """99211 on a claim of its own."""
    visit = make.injection()
    visit.move(_nurse_visit(make, visit, ()))
    return visit.expect("B02", visit.em)


@defect("B03")
def home_visit_without_25(make: Maker) -> Visit:
    """A home visit of an established patient: the 96372 denies."""
    visit = make.injection(MEDICAID, place=make.dice.pick(("12", "13", "14")))
    visit.em.code, visit.em.charge, visit.em.modifiers = "99348", make.fee(11500), ()
    return visit.expect("B03", visit.admin)


@defect("B03")
def new_home_visit_without_25(make: Maker) -> Visit:
    """A home visit of a new patient: the 96372 denies."""
    visit = make.injection(MEDICAID, drug=everyday(make), place="12")
    visit.em.code, visit.em.charge, visit.em.modifiers = "99342", make.fee(13800), ()
    return visit.expect("B03", visit.admin)


@defect("B04")
def nursing_facility_visit(make: Maker) -> Visit:
    """A subsequent nursing facility visit: nothing clears the pair."""
    visit = make.injection(MEDICAID, drug=everyday(make), place="32")
    code = make.dice.pick(("99307", "99308", "99309"))
    visit.em.code, visit.em.charge, visit.em.modifiers = code, make.fee(10900), ()
    return visit.expect("B04", visit.admin)


@defect("B04")
def nursing_facility_visit_with_25(make: Maker) -> Visit:
    """The same with a useless 25."""
    visit = make.injection(MEDICAID, drug=everyday(make), place="32")
    visit.em.code, visit.em.charge = "99308", make.fee(10900)
    return visit.expect("B04", visit.admin)


@defect("B05")
def preventive_visit_without_25(make: Maker) -> Visit:
    """A commercial preventive visit without 25."""
    visit = make.injection(COMMERCIAL, drug=everyday(make))
    visit.em.code, fee = make.preventive(visit.claim.patient)
    visit.em.charge, visit.em.modifiers, visit.em.pointers = make.fee(fee), (), (2,)
    visit.claim.diagnoses[1] = PREVENTIVE_DIAGNOSIS
    return visit.expect("B05", visit.em)


@defect("B05")
def consultation_without_25(make: Maker) -> Visit:
    """A commercial consultation without 25."""
    visit = make.injection(COMMERCIAL, drug=everyday(make))
    visit.em.code, visit.em.charge, visit.em.modifiers = "99243", make.fee(19000), ()
    return visit.expect("B05", visit.em)


@defect("B06")
def modifier_25_on_administration_too(make: Maker) -> Visit:
    """25 on the E/M and on the 96372."""
    visit = make.injection()
    visit.admin.modifiers = ("25",)
    return visit.expect("B06", visit.admin)


@defect("B06")
def modifier_25_on_the_wrong_line(make: Maker) -> Visit:
    """25 on the 96372 instead of the E/M, which it does not clear."""
    visit = make.injection()
    visit.em.modifiers, visit.admin.modifiers = (), ("25",)
    return visit.expect("B06", visit.admin).expect("B01", visit.em)


@defect("B06")
def modifier_25_on_drug(make: Maker) -> Visit:
    """25 on the drug."""
    visit = make.injection()
    visit.drug.modifiers += ("25",)
    return visit.expect("B06", visit.drug)


@defect("B08")
def distinct_modifier_on_visit(make: Maker) -> Visit:
    """59, XU or XE on the E/M instead of 25."""
    visit = make.injection()
    visit.em.modifiers = (make.dice.pick(("59", "XU", "XE")),)
    return visit.expect("B08", visit.em)


@defect("B08")
def distinct_modifier_beside_25(make: Maker) -> Visit:
    """59 on the E/M beside 25."""
    visit = make.injection()
    visit.em.modifiers = ("25", "59")
    return visit.expect("B08", visit.em)


@defect("B09")
def joint_with_96372(make: Maker) -> Visit:
    """One steroid, given into the knee: the 96372 has no drug of its own."""
    visit = make.injection(drug=BY_CODE["J1885"])
    visit.drop(visit.drug)
    add_joint(make, visit, make.dice.pick((BY_CODE["J3301"], BY_CODE["J1010"])))
    return visit.expect("B09", visit.admin)


@defect("B09")
def joint_and_injection_not_distinct(make: Maker) -> Visit:
    """A knee injection and another drug into a muscle, without 59."""
    visit = make.injection(drug=BY_CODE["J1885"])
    add_joint(make, visit, BY_CODE["J3301"])
    return visit.expect("B09", visit.admin)


@defect("B12")
def push_and_injection_not_distinct(make: Maker) -> Visit:
    """A push and another drug into a muscle, without 59."""
    visit = make.injection(drug=BY_CODE["J1885"])
    add_intravenous(make, visit, make.dice.pick((IRON, PALONOSETRON)))
    return visit.expect("B12", visit.admin)


@defect("B12")
def hormone_and_injection_not_distinct(make: Maker) -> Visit:
    """96402 and a 96372 for another drug, without 59."""
    visit = make.injection(drug=LEUPROLIDE, em=False)
    visit.admin.code, visit.admin.charge = "96402", make.fee(8900)
    _, admin = make.second(visit, "", XGEVA)
    visit.claim.auth, visit.drug.auth = make.auth(), ""
    return visit.expect("B12", admin)
