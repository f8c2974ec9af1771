"""Defects of a line or a claim: units (C), NDC (D), diagnosis (E), place (G), JZ (H), balance (I)."""

from __future__ import annotations

from .claims import Line
from .defects import defect, everyday
from .formulary import BY_CODE, CEFAZOLIN, COMMERCIAL, DRUGS, MEDICAID, NOT_MEDICARE, UNCLASSIFIED
from .visits import Maker, Visit

# C: units


def _billed(make: Maker, drug: str, units: str, ndc: tuple[str, str, str]) -> Visit:
    """An injection whose drug is billed with these units and this NDC, quantity and unit of measure."""
    visit = make.injection(drug=BY_CODE[drug], ndc=True)
    visit.drug.units, visit.drug.ndc = units, ndc
    return visit


@defect("C01")
def ten_units_of_ketorolac(make: Maker) -> Visit:
    """150 mg of ketorolac, the NDC quantity in agreement: only the MUE objects."""
    visit = _billed(make, "J1885", "10", ("00409379501", "5", "ML"))
    return visit.expect("C01", visit.drug)


@defect("C01")
def five_grams_of_ceftriaxone(make: Maker) -> Visit:
    """20 units of 250 mg, five vials."""
    visit = _billed(make, "J0696", "20", ("00409733201", "5", "UN"))
    return visit.expect("C01", visit.drug)


@defect("C01")
def two_units_of_b12(make: Maker) -> Visit:
    """A code that is one unit a day, whatever the dose."""
    visit = _billed(make, "J3420", "2", ("00517003125", "2", "ML"))
    return visit.expect("C01", visit.drug)


@defect("C03")
def twice_the_units_of_the_vial(make: Maker) -> Visit:
    """Four units from a vial that holds two."""
    visit = _billed(make, "J1885", "4", ("00409379501", "1", "ML"))
    return visit.expect("C03", visit.drug)


@defect("C03")
def units_typed_as_quantity(make: Maker) -> Visit:
    """The HCPCS units typed again as the NDC quantity."""
    visit = _billed(make, "J0696", "4", ("00409733201", "4", "UN"))
    return visit.expect("C03", visit.drug)


@defect("C03")
def one_unit_of_forty(make: Maker) -> Visit:
    """A 40 mg vial billed as one unit of 1 mg."""
    visit = _billed(make, "J1010", "1", ("00009307301", "1", "ML"))
    return visit.expect("C03", visit.drug)


@defect("C03")
def milligrams_beside_ndc(make: Maker) -> Visit:
    """The dose in mg typed as units: the NDC quantity contradicts it, and it exceeds the MUE."""
    visit = _billed(make, "J1885", "60", ("00409379601", "2", "ML"))
    return visit.expect("C03", visit.drug).expect("C01", visit.drug)


@defect("C04")
def one_unit_without_ndc(make: Maker) -> Visit:
    """The habit of the old codes; without an NDC only the usual range speaks."""
    drug = BY_CODE[make.dice.pick(("J1010", "J1071", "J2919"))]
    visit = make.injection({"MB"}, drug=drug, ndc=False)
    visit.drug.units = "1"
    return visit.expect("C04", visit.drug)


@defect("C04")
def milligrams_without_ndc(make: Maker) -> Visit:
    """30 mg typed as 30 units, which also exceeds the MUE."""
    visit = make.injection({"MB"}, drug=BY_CODE["J1885"], ndc=False)
    visit.drug.units = "30"
    return visit.expect("C04", visit.drug).expect("C01", visit.drug)


@defect("C06")
def fraction_of_a_drug_unit(make: Maker) -> Visit:
    """Half a unit short of a whole dose."""
    visit = make.injection(drug=BY_CODE["J1010"])
    visit.drug.units, visit.drug.ndc = "79.5", ("00009347501", "1", "ML")
    return visit.expect("C06", visit.drug)


@defect("C06")
def half_an_administration(make: Maker) -> Visit:
    """Half a unit of 96372."""
    visit = make.injection(drug=everyday(make))
    visit.admin.units = "0.5"
    return visit.expect("C06", visit.admin)


@defect("C06")
def no_unit_of_administration(make: Maker) -> Visit:
    """No unit of 96372 at all."""
    visit = make.injection(drug=everyday(make))
    visit.admin.units = "0"
    return visit.expect("C06", visit.admin)


# D: drug code and NDC


def _old_code(make: Maker, visit: Visit, code: str) -> Visit:
    """Bill the drug under a code that has ended: one unit of it is the whole package."""
    visit.drug.code, visit.drug.units = code, "1"
    return visit.expect("D01", visit.drug)


@defect("D01")
def methylprednisolone_acetate_by_old_code(make: Maker) -> Visit:
    """J1030 or J1040 for what J1010 is now."""
    visit = make.injection(drug=BY_CODE["J1010"], ndc=True)
    return _old_code(make, visit, "J1030" if visit.drug.units == "40" else "J1040")


@defect("D01")
def methylprednisolone_succinate_by_old_code(make: Maker) -> Visit:
    """J2920 or J2930 for what J2919 is now."""
    visit = make.injection(NOT_MEDICARE, drug=BY_CODE["J2919"], ndc=True)
    return _old_code(make, visit, "J2920" if visit.drug.units == "8" else "J2930")


@defect("D01")
def furosemide_by_old_code(make: Maker) -> Visit:
    """J1940 for what J1938 is now."""
    visit = make.injection(drug=BY_CODE["J1938"])
    visit.drug.ndc = ("00143915525", "2", "ML")
    return _old_code(make, visit, "J1940")


@defect("D03")
def unclassified_drug_without_name(make: Maker) -> Visit:
    """J3490 with nothing in SV101-7 and no note."""
    visit = make.injection(drug=UNCLASSIFIED, ndc=True)
    visit.drug.description = visit.claim.note = ""
    return visit.expect("D03", visit.drug)


@defect("D05")
def no_ndc_for_medicaid(make: Maker) -> Visit:
    """No loop 2410 on a Medicaid claim."""
    visit = make.injection(MEDICAID, ndc=False)
    return visit.expect("D05", visit.drug)


@defect("D05")
def no_ndc_for_commercial_payer(make: Maker) -> Visit:
    """No loop 2410 on a commercial claim."""
    visit = make.injection(COMMERCIAL, ndc=False)
    return visit.expect("D05", visit.drug)


def _ndc(make: Maker, change: str) -> Visit:
    visit = make.injection(drug=everyday(make), ndc=True)
    if visit.drug.ndc is not None:
        ndc, quantity, measure = visit.drug.ndc
        changed = {
            "ten": ndc[1:],
            "hyphens": f"{ndc[:5]}-{ndc[5:9]}-{ndc[9:]}",
            "letter": f"{ndc[:10]}O",
            "zeros": "0" * 11,
        }
        visit.drug.ndc = (changed[change], quantity, measure)
    return visit.expect("D06", visit.drug)


@defect("D06")
def ten_digit_ndc(make: Maker) -> Visit:
    """The leading zero is lost."""
    return _ndc(make, "ten")


@defect("D06")
def ndc_with_hyphens(make: Maker) -> Visit:
    """The NDC as printed on the box."""
    return _ndc(make, "hyphens")


@defect("D06")
def ndc_with_letter(make: Maker) -> Visit:
    """The letter O for a zero."""
    return _ndc(make, "letter")


@defect("D06")
def ndc_of_zeros(make: Maker) -> Visit:
    """Eleven zeros."""
    return _ndc(make, "zeros")


@defect("D08")
def no_ndc_quantity(make: Maker) -> Visit:
    """CTP04 is there and says nothing was given."""
    visit = make.injection(drug=everyday(make), ndc=True)
    if visit.drug.ndc is not None:
        visit.drug.ndc = (visit.drug.ndc[0], "0", visit.drug.ndc[2])
    return visit.expect("D08", visit.drug)


@defect("D08")
def ndc_quantity_in_milligrams(make: Maker) -> Visit:
    """ME is legal X12 and refused by Medicaid."""
    visit = make.injection(MEDICAID, drug=BY_CODE["J1010"], ndc=True)
    if visit.drug.ndc is not None:
        visit.drug.ndc = (visit.drug.ndc[0], visit.drug.units, "ME")
    return visit.expect("D08", visit.drug)


@defect("D09")
def ndc_of_another_drug(make: Maker) -> Visit:
    """Another drug's package, with a crosswalk entry of its own."""
    code, ndc = make.dice.pick((("J1885", "00641092825"), ("J3301", "00009307301"), ("J1010", "00003029305")))
    visit = make.injection(drug=BY_CODE[code])
    visit.drug.ndc = (ndc, "1", "ML")
    return visit.expect("D09", visit.drug)


@defect("D09")
def ndc_of_another_manufacturer(make: Maker) -> Visit:
    """Cefazolin from a maker whose product has a code of its own (J0688)."""
    visit = make.injection(NOT_MEDICARE, drug=CEFAZOLIN)
    visit.drug.units, visit.drug.ndc = "4", ("00143913925", "1", "UN")
    return visit.expect("D09", visit.drug)


# E: diagnosis


def _dangle(visit: Visit, line: Line, *before: int) -> Visit:
    """Let the last pointer of ``line`` point past the last diagnosis."""
    line.pointers = (*before, len(visit.claim.diagnoses) + 1)
    return visit.expect("E01", line)


@defect("E01")
def visit_points_past_the_diagnoses(make: Maker) -> Visit:
    """The E/M's second pointer has no diagnosis."""
    visit = make.injection()
    return _dangle(visit, visit.em, 2)


@defect("E01")
def drug_points_past_the_diagnoses(make: Maker) -> Visit:
    """The drug's second pointer has no diagnosis."""
    visit = make.injection()
    return _dangle(visit, visit.drug, 1)


@defect("E01")
def administration_points_past_the_diagnoses(make: Maker) -> Visit:
    """The second pointer of the 96372 has no diagnosis."""
    visit = make.injection(em=False)
    return _dangle(visit, visit.admin, 1)


@defect("E01")
def visit_points_nowhere(make: Maker) -> Visit:
    """The E/M's only pointer has no diagnosis."""
    visit = make.injection()
    return _dangle(visit, visit.em)


@defect("E02")
def administration_points_elsewhere(make: Maker) -> Visit:
    """The 96372 points to a diagnosis that its drug does not."""
    visit = make.injection()
    visit.admin.pointers = visit.em.pointers = (2,)
    return visit.expect("E02", visit.admin)


# Diagnoses that no policy on these drugs covers, and no rule knows as excluded.
_UNCOVERED = ("L84", "H6121", "B351")


@defect("E03")
def uncovered_diagnosis(make: Maker) -> Visit:
    """Drug and administration point to a diagnosis that no policy on the drug names."""
    code = make.dice.pick(("J3420", "J1885", "J2357", "J1071", "J2426", "J0561"))
    visit = make.injection(drug=BY_CODE[code])
    visit.claim.diagnoses[0] = make.dice.pick(_UNCOVERED)
    return visit.expect("E03", visit.drug).expect("A09", visit.admin)


# G: place of service

_FACILITY_PAYERS = COMMERCIAL | {"MB"}


@defect("G01")
def hospital_outpatient(make: Maker) -> Visit:
    """Office coding at a hospital's outpatient department."""
    visit = make.injection(_FACILITY_PAYERS, place=make.dice.pick(("19", "22")))
    return visit.expect("G01", visit.admin)


@defect("G01")
def emergency_room(make: Maker) -> Visit:
    """The reversed E/M pair is not reported where the place already denies."""
    visit = make.injection(_FACILITY_PAYERS, place="23")
    visit.em.code, visit.em.charge, visit.em.modifiers = "99283", make.fee(31000), ()
    return visit.expect("G01", visit.admin)


@defect("G01")
def hospital_without_25_and_jz(make: Maker) -> Visit:
    """Nor are a missing 25 and a missing JZ."""
    visit = make.injection({"MB"}, place="22")
    visit.em.modifiers = visit.drug.modifiers = ()
    return visit.expect("G01", visit.admin)


@defect("G01")
def facility_on_the_lines(make: Maker) -> Visit:
    """CLM05 says office, SV105 of the injection says hospital."""
    visit = make.injection(COMMERCIAL)
    visit.admin.place = visit.drug.place = "22"
    return visit.expect("G01", visit.admin)


# H: JW and JZ


def _no_jz(make: Maker, kind: str, vial: str) -> Visit:
    # Not promethazine: 25 mg are less than one billing unit, which needs no modifier.
    fit = [drug for drug in DRUGS if drug.vial == vial and kind in drug.classes and drug.code != "J2550"]
    drug = make.dice.pick(fit)
    visit = make.injection({kind}, drug=drug)
    visit.drug.modifiers = ()
    return visit.expect("H01", visit.drug)


@defect("H01")
def single_dose_without_jz(make: Maker) -> Visit:
    """A single-dose drug to Medicare Part B."""
    return _no_jz(make, "MB", "Y")


@defect("H01")
def either_vial_without_jz(make: Maker) -> Visit:
    """A drug sold in both kinds of vial."""
    return _no_jz(make, "MB", "mixed")


@defect("H01")
def advantage_plan_without_jz(make: Maker) -> Visit:
    """A single-dose drug to a Medicare Advantage plan."""
    return _no_jz(make, "16", "Y")


# I: the claim itself


@defect("I04")
def ten_dollars_too_much(make: Maker) -> Visit:
    """CLM02 is ten dollars above its lines."""
    visit = make.injection()
    visit.claim.adrift = 1000
    return visit.expect("I04")


@defect("I04")
def a_cent_too_little(make: Maker) -> Visit:
    """CLM02 is a cent below its lines."""
    visit = make.injection()
    visit.claim.adrift = -1
    return visit.expect("I04")
