"""Defects of policy: place of service and authorization (G), modifiers of drugs and injections (H)."""

from __future__ import annotations

from .claims import Line
from .defects import defect, everyday
from .formulary import BY_CODE, COMMERCIAL, DRUGS, NOT_MEDICARE, Dose, Drug
from .visits import Maker, Visit

# fmt: off
_DARBEPOETIN = Drug("J0881", "darbepoetin alfa", "Y", (Dose(60, "55513000404", "1", "ML", 42000),), ("N184",), 0,
                    frozenset({"MB"}), ages=(50, 90), interval=True)
_ABATACEPT = Drug("J0129", "abatacept", "Y", (Dose(25, "00003218713", "1", "UN", 148000),), ("M0579",), 0,
                  frozenset({"MB"}), ages=(40, 88), interval=True)
_AUTHORIZED = tuple(drug for drug in DRUGS if drug.auth and drug.code not in ("J1631", "J2680"))
# fmt: on


# G: place of service and authorization


@defect("G02")
def injection_at_telehealth(make: Maker) -> Visit:
    """A telehealth visit, and the injection in the same place."""
    visit = make.injection(place=make.dice.pick(("02", "10")))
    return visit.expect("G02", visit.drug, visit.admin)


@defect("G02")
def telehealth_modifier_on_injection(make: Maker) -> Visit:
    """Modifier 95 of the visit copied to the injection."""
    visit = make.injection(drug=everyday(make))
    visit.em.modifiers, visit.admin.modifiers = ("25", "95"), ("95",)
    return visit.expect("G02", visit.admin)


@defect("G03")
def injection_in_health_center(make: Maker) -> Visit:
    """An injection apart from the rate of a federally qualified or rural clinic."""
    visit = make.injection({"MB"}, place=make.dice.pick(("50", "72")))
    return visit.expect("G03", visit.admin)


@defect("G04")
def drug_in_skilled_nursing(make: Maker) -> Visit:
    """A drug for a resident of a skilled nursing facility."""
    visit = make.injection({"MB"}, drug=everyday(make), em=False, place="31")
    visit.drop(visit.admin)
    return visit.expect("G04", visit.drug)


@defect("G05")
def injection_at_home_without_visit(make: Maker) -> Visit:
    """An injection at home or in assisted living, by nobody who made a visit."""
    visit = make.injection(COMMERCIAL | {"MB"}, em=False, place=make.dice.pick(("12", "13", "14")))
    return visit.expect("G05", visit.admin)


@defect("G06")
def no_authorization(make: Maker) -> Visit:
    """A drug that plans authorize, and no number: for a run with the rules in preview."""
    visit = make.injection(NOT_MEDICARE | {"16"}, drug=make.dice.pick(_AUTHORIZED))
    visit.claim.auth = visit.drug.auth = ""
    return visit.expect("G06", visit.drug)


@defect("G08")
def visit_and_injection_in_two_places(make: Maker) -> Visit:
    """The visit at home, the injection in the office."""
    visit = make.injection({"MB"}, place="12")
    visit.em.code, visit.em.charge = "99348", make.fee(11500)
    visit.drug.place = visit.admin.place = "11"
    return visit.expect("G08")


# H: modifiers

_METHYLPREDNISOLONE = BY_CODE["J2919"]


def _part_of_a_vial(make: Maker, given: int, discarded: int) -> tuple[Visit, Line]:
    """Medicare's two lines for a vial of 25 units, with the NDC quantity of the units."""
    dose = _METHYLPREDNISOLONE.doses[0]
    visit = make.injection({"MB"}, drug=_METHYLPREDNISOLONE)
    drug = visit.drug
    drug.give(_METHYLPREDNISOLONE, dose)
    drug.units, drug.modifiers = str(given), ()
    drug.ndc = (dose.ndc, str(given / dose.units), dose.measure)
    waste = Line(drug.code, make.fee(1500), (1,), visit.date, str(discarded), ("JW",))
    waste.ndc = (dose.ndc, str(discarded / dose.units), dose.measure)
    visit.claim.lines.append(waste)
    return visit, waste


@defect("H02")
def jz_beside_jw(make: Maker) -> Visit:
    """The administered line says that nothing was discarded."""
    visit, _ = _part_of_a_vial(make, 16, 9)
    visit.drug.modifiers = ("JZ",)
    return visit.expect("H02", visit.drug)


@defect("H02")
def jw_and_jz_on_one_line(make: Maker) -> Visit:
    """Discarded, and nothing discarded."""
    visit, waste = _part_of_a_vial(make, 16, 9)
    waste.modifiers = ("JW", "JZ")
    return visit.expect("H02", waste)


@defect("H02")
def jz_on_part_of_a_vial(make: Maker) -> Visit:
    """JZ on 16 of the 25 units of a vial."""
    visit, waste = _part_of_a_vial(make, 16, 9)
    visit.drop(waste)
    visit.drug.modifiers = ("JZ",)
    return visit.expect("H02", visit.drug)


@defect("H02")
def jz_on_multiple_dose_vial(make: Maker) -> Visit:
    """JZ on a drug that comes in multi-dose vials only."""
    visit = make.injection({"MB"}, drug=BY_CODE["J2680"])
    visit.drug.modifiers = ("JZ",)
    return visit.expect("H02", visit.drug)


@defect("H03")
def discarded_units_do_not_fill_the_vial(make: Maker) -> Visit:
    """16 units given and 5 discarded of vials of 25."""
    visit, waste = _part_of_a_vial(make, 16, 5)
    return visit.expect("H03", waste)


@defect("H04")
def no_route_modifier(make: Maker) -> Visit:
    """A drug of the list without JA or JB."""
    visit = make.injection(drug=_ABATACEPT)
    return visit.expect("H04", visit.drug)


@defect("H04")
def modifier_of_the_other_route(make: Maker) -> Visit:
    """JA with 96372 alone."""
    visit = make.injection(drug=_ABATACEPT, em=False)
    visit.drug.modifiers = ("JZ", "JA")
    return visit.expect("H04", visit.drug)


def _darbepoetin(make: Maker, *reasons: str) -> Visit:
    visit = make.injection(drug=_DARBEPOETIN)
    visit.claim.diagnoses.append("D631")
    visit.drug.pointers = visit.admin.pointers = (1, len(visit.claim.diagnoses))
    visit.drug.modifiers = (*reasons, "JB", "JZ")
    visit.drug.hemoglobin = "9.8"
    return visit


@defect("H05")
def no_reason_for_anemia_drug(make: Maker) -> Visit:
    """None of EA, EB and EC."""
    visit = _darbepoetin(make)
    return visit.expect("H05", visit.drug)


@defect("H05")
def two_reasons_for_anemia_drug(make: Maker) -> Visit:
    """EA and EC."""
    visit = _darbepoetin(make, "EA", "EC")
    return visit.expect("H05", visit.drug)


@defect("H06")
def no_hemoglobin(make: Maker) -> Visit:
    """No result beside the drug against anemia."""
    visit = _darbepoetin(make, "EC")
    visit.drug.hemoglobin = ""
    return visit.expect("H06", visit.drug)


@defect("H07")
def program_modifier_on_one_of_two_lines(make: Maker) -> Visit:
    """TB on what was given, not on what was discarded."""
    visit, waste = _part_of_a_vial(make, 16, 9)
    visit.drug.modifiers = ("TB",)
    return visit.expect("H07", waste)


@defect("H08")
def ended_program_modifier(make: Maker) -> Visit:
    """JG in 2026."""
    visit = make.injection(drug=everyday(make))
    visit.drug.modifiers += ("JG",)
    return visit.expect("H08", visit.drug)


@defect("H09")
def modifier_twice_on_injection(make: Maker) -> Visit:
    """59 twice on the second 96372."""
    visit = make.injection(drug=BY_CODE["J1885"])
    _, admin = make.second(visit, "59")
    admin.modifiers = ("59", "59")
    return visit.expect("H09", admin)


@defect("H09")
def modifier_twice_on_visit(make: Maker) -> Visit:
    """25 twice."""
    visit = make.injection(drug=everyday(make))
    visit.em.modifiers = ("25", "25")
    return visit.expect("H09", visit.em)


@defect("H10")
def side_on_injection(make: Maker) -> Visit:
    """A side, or a part of a service that has none."""
    visit = make.injection(drug=everyday(make))
    visit.admin.modifiers = (make.dice.pick(("RT", "LT", "50", "26", "51")),)
    return visit.expect("H10", visit.admin)


@defect("H11")
def notice_on_drug_alone(make: Maker) -> Visit:
    """A waiver of liability for the drug, none for its injection."""
    visit = make.injection({"MB"}, drug=everyday(make))
    visit.drug.modifiers += ("GA",)
    return visit.expect("H11", visit.admin)
