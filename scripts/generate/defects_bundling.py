"""Defects of what stands beside an injection: units, supplies, coverage (A), further pairs and modifiers (B)."""

from __future__ import annotations

from .claims import Line
from .defects import defect, everyday
from .formulary import ALL, BY_CODE, IRON, NOT_MEDICARE, POLLEN, VACCINE_DIAGNOSIS, VACCINES
from .scenarios import add, add_intravenous
from .visits import Maker, Visit

_WANT_LINES = ALL - {"MB"}
_SCHEDULED = ("J3420", "J1071", "J0897", "J2357", "J2315", "J1631")
# Nothing that a policy on a drug lists.
_NOWHERE_COVERED = ("L84", "H6123", "B351")


# A: the administration and its drug


@defect("A08")
def two_units_two_drugs(make: Maker) -> Visit:
    """Two drugs, and two units on one line of 96372, for a payer that is not Medicare."""
    visit = make.injection(_WANT_LINES, drug=BY_CODE["J1885"])
    _, second = make.second(visit)
    visit.drop(second)
    visit.admin.units, visit.admin.charge = "2", visit.admin.charge * 2
    return visit.expect("A08", visit.admin)


@defect("A09")
def excluded_by_law(make: Maker) -> Visit:
    """GY on the drug and nothing on 96372, which H11 says too."""
    visit = make.injection({"MB"}, drug=everyday(make))
    visit.drug.modifiers += ("GY",)
    return visit.expect("A09", visit.admin).expect("H11", visit.admin)


@defect("A09")
def expected_denial_of_a_health_plan(make: Maker) -> Visit:
    """GZ on the drug, sent to a Medicare health plan."""
    visit = make.injection({"16"}, drug=everyday(make))
    visit.drug.modifiers += ("GZ",)
    return visit.expect("A09", visit.admin)


@defect("A09")
def visit_for_an_uncovered_injection(make: Maker) -> Visit:
    """A diagnosis that no policy lists, for the drug, the injection and the visit alike."""
    visit = make.injection({"MB"}, drug=BY_CODE["J1885"])
    visit.claim.diagnoses[0] = make.dice.pick(_NOWHERE_COVERED)
    visit.em.pointers = (1,)
    return visit.expect("A09", visit.admin, visit.em).expect("E03", visit.drug)


@defect("A10")
def supplies_beside_injection(make: Maker) -> Visit:
    """A syringe, needles or supplies of any kind."""
    visit = make.injection()
    code, fee = make.dice.pick((("A4206", 150), ("A4215", 200), ("99070", 1000), ("A4657", 180)))
    return visit.expect("A10", add(make, visit.claim, (code, fee, (), 1), (1,), visit.date))


@defect("A11")
def anesthetic_as_the_drug(make: Maker) -> Visit:
    """Medicare: lidocaine is all that was drawn up."""
    visit = make.injection({"MB"}, drug=BY_CODE["J1885"])
    visit.drop(visit.drug)
    add(make, visit.claim, (make.dice.pick(("J2003", "J2004")), 20, ("JZ",), 20), (1,), visit.date)
    return visit.expect("A11", visit.admin)


@defect("A11")
def diluent_as_the_drug(make: Maker) -> Visit:
    """Sterile water, which is a supply besides, and no drug."""
    visit = make.injection(drug=BY_CODE["J0696"])
    visit.drop(visit.drug)
    water = add(make, visit.claim, ("A4216", 150, (), 1), (1,), visit.date)
    return visit.expect("A11", visit.admin).expect("A10", water)


# B: bundling and modifiers


@defect("B07")
def push_not_billed(make: Maker) -> Visit:
    """A visit with 25 and an iron product, whose push is missing."""
    visit = make.injection(drug=BY_CODE["J1885"])
    visit.drop(visit.drug)
    visit.drop(visit.admin)
    _, push = add_intravenous(make, visit, IRON)
    visit.drop(push)
    return visit.expect("B07", visit.em)


@defect("B10")
def wound_repair_and_injection(make: Maker) -> Visit:
    """An antibiotic beside the repair of a wound, without 59."""
    visit = make.injection(drug=BY_CODE["J0696"])
    add(make, visit.claim, (make.dice.pick(("12001", "10060", "11730")), 18000, (), 1), (1,), visit.date)
    return visit.expect("B10", visit.admin)


@defect("B10")
def sedation_and_injection(make: Maker) -> Visit:
    """An injection beside the operator's own sedation."""
    visit = make.injection(drug=BY_CODE["J2550"], em=False)
    add(make, visit.claim, ("99152", 9500, (), 1), (1,), visit.date)
    return visit.expect("B10", visit.admin)


@defect("B11")
def port_flush_beside_injection(make: Maker) -> Visit:
    """A port flush, or a blood draw from the port, some with a useless 59."""
    visit = make.injection()
    code = make.dice.pick(("96523", "36591", "36592"))
    modifiers = make.dice.pick(((), ("59",)))
    return visit.expect("B11", add(make, visit.claim, (code, 4200, modifiers, 1), (1,), visit.date))


@defect("B13")
def allergy_shots_and_injection(make: Maker) -> Visit:
    """Omalizumab on the day of allergy shots, without 59."""
    visit = make.injection(drug=BY_CODE["J2357"], em=False)
    visit.claim.diagnoses.append(make.dice.pick(POLLEN))
    add(make, visit.claim, ("95117", 2150, (), 1), (len(visit.claim.diagnoses),), visit.date)
    return visit.expect("B13", visit.admin)


@defect("B14")
def child_vaccine_and_antibiotic(make: Maker) -> Visit:
    """A child's vaccine with counselling and ceftriaxone, without 59."""
    patient = make.patient(make.kind(NOT_MEDICARE), ages=(3, 17))
    visit = make.injection(drug=BY_CODE["J0696"], patient=patient)
    claim = visit.claim
    claim.diagnoses.append(VACCINE_DIAGNOSIS)
    pointers = (len(claim.diagnoses),)
    add(make, claim, ("90460", 3400, (), 1), pointers, visit.date)
    add(make, claim, VACCINES[0], pointers, visit.date)
    return visit.expect("B14", visit.admin)


@defect("B15")
def sedation_by_another_and_injection(make: Maker) -> Visit:
    """An injection beside the sedation for another's procedure: nothing clears the pair."""
    visit = make.injection(drug=BY_CODE["J2550"], em=False)
    add(make, visit.claim, ("99156", 12500, (), 1), (1,), visit.date)
    visit.admin.modifiers = make.dice.pick(((), ("59",)))
    return visit.expect("B15", visit.admin)


@defect("B15")
def anesthesia_and_injection(make: Maker) -> Visit:
    """An injection beside anesthesia in minutes."""
    visit = make.injection(drug=BY_CODE["J2405"], em=False)
    anesthesia = add(make, visit.claim, ("00400", 900, ("AA",), 45), (1,), visit.date)
    anesthesia.basis = "MJ"
    return visit.expect("B15", visit.admin)


@defect("B16")
def useless_modifier_on_port_flush(make: Maker) -> Visit:
    """59 on the flush of the line of a push."""
    visit = make.injection(drug=BY_CODE["J1885"])
    visit.drop(visit.drug)
    visit.drop(visit.admin)
    add_intravenous(make, visit, IRON)
    return visit.expect("B16", add(make, visit.claim, ("96523", 4200, ("59",), 1), (2,), visit.date))


@defect("B17")
def visit_for_a_scheduled_injection(make: Maker) -> Visit:
    """A visit for the diagnosis of the injection that the patient came for."""
    visit = make.injection(drug=BY_CODE[make.dice.pick(_SCHEDULED)])
    visit.em.code, visit.em.pointers = make.dice.pick(("99212", "99213", "99214")), (1,)
    return visit.expect("B17", visit.em)


@defect("B18")
def both_distinct_modifiers(make: Maker) -> Visit:
    """59 and an X modifier on the second 96372."""
    visit = make.injection(drug=BY_CODE["J1885"])
    _, second = make.second(visit)
    second.modifiers = make.dice.pick((("59", "XS"), ("XU", "59")))
    return visit.expect("B18", second)


@defect("B19")
def complexity_added_to_visit_with_25(make: Maker) -> Visit:
    """Medicare: G2211 on a visit with 25 because of an injection."""
    visit = make.injection({"MB"})
    add_on = Line("G2211", make.fee(1650), visit.em.pointers, visit.date)
    visit.claim.lines.append(add_on)
    return visit.expect("B19", add_on)
