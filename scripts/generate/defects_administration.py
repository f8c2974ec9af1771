"""Defects of the administration: products that 96372, 96401 or a vaccine's code does not give (F)."""

from __future__ import annotations

from .claims import Line
from .defects import defect, everyday
from .formulary import ALL, BY_CODE, LEUPROLIDE, MEDICAID, MEDICARE, NOT_MEDICARE, XGEVA, Dose, Drug
from .scenarios import add, add_joint
from .visits import Maker, Visit

_INFANT = (1, 1)
_ADULT = (25, 88)

# NDCs are those of the CMS ASP crosswalk of October 2025, but for the implant, which is no Part B product.
# fmt: off
_DARATUMUMAB = Drug("J9144", "daratumumab", "Y", (Dose(180, "57894050301", "15", "ML", 920000),), ("C9000",), 0,
                    ages=_ADULT, auth=True, interval=True)
_HYALURONAN = Drug("J7321", "hyaluronan", "Y", (Dose(1, "89122072412", "2", "ML", 18000),), ("M1711", "M1712"), 0,
                   ages=_ADULT)
_BOTULINUM = Drug("J0585", "onabotulinumtoxinA", "Y", (Dose(200, "00023392102", "1", "UN", 125000),), ("G43709",), 0,
                  ages=(25, 64), auth=True, interval=True)
_IMPLANT = Drug("J7307", "etonogestrel", "Y", (Dose(1, "78206014501", "1", "UN", 110000),), ("Z30017",), 0,
                NOT_MEDICARE, "F", (18, 45))
_ON_BODY = Drug("J2506", "pegfilgrastim", "Y", (Dose(12, "55513019201", "0.6", "ML", 320000),), ("D701",), 0,
                ages=_ADULT, auth=True, interval=True)
_GLOBULIN = Drug("J1559", "immune globulin", "Y", (Dose(40, "44206045404", "20", "ML", 82000),), ("D839",), 0,
                 ages=_ADULT, interval=True)
_PREVENTION = Drug("J0739", "cabotegravir", "Y", (Dose(600, "49702026423", "3", "ML", 415000),), ("Z2981",), 0,
                   ages=_ADULT, interval=True)
# fmt: on


def _given_by(visit: Visit, code: str, charge: int) -> Visit:
    """Bill ``code`` instead of 96372."""
    visit.admin.code, visit.admin.charge = code, charge
    return visit


@defect("F04")
def drug_with_vaccine_code(make: Maker) -> Visit:
    """A drug, and the administration of a vaccine."""
    visit = make.injection(NOT_MEDICARE, drug=everyday(make))
    return _given_by(visit, "90471", make.fee(3200)).expect("F04", visit.admin)


@defect("F04")
def drug_with_flu_shot_code(make: Maker) -> Visit:
    """A drug to Medicare, and the administration of a flu vaccine."""
    visit = make.injection(MEDICARE, drug=everyday(make), em=False)
    return _given_by(visit, "G0008", make.fee(3200)).expect("F04", visit.admin)


def _nirsevimab(make: Maker) -> Visit:
    visit = make.injection(patient=make.patient(make.kind(NOT_MEDICARE), ages=_INFANT), drug=BY_CODE["J1100"], ndc=True)
    visit.drug.code, visit.drug.units, visit.drug.ndc = "90380", "1", ("49281057515", "0.5", "ML")
    visit.claim.diagnoses[0] = "Z2911"
    # A year old on the day: the antibody is for the first season, and the second at most.
    visit.claim.patient.person.birth = f"{int(visit.date[:4]) - 1}{visit.date[4:6]}01"
    return visit


@defect("F05")
def nirsevimab_with_96372(make: Maker) -> Visit:
    """The antibody against RSV as any drug."""
    visit = _nirsevimab(make)
    return visit.expect("F05", visit.admin)


@defect("F05")
def nirsevimab_with_vaccine_code(make: Maker) -> Visit:
    """The antibody against RSV as a vaccine."""
    visit = _given_by(_nirsevimab(make), "90471", make.fee(3200))
    return visit.expect("F05", visit.admin)


@defect("F07")
def leuprolide_for_cancer_with_96372(make: Maker) -> Visit:
    """A hormone against prostate cancer as any drug."""
    visit = make.injection(drug=LEUPROLIDE, em=make.dice.chance(0.5))
    return visit.expect("F07", visit.admin)


@defect("F08")
def daratumumab_with_96372(make: Maker) -> Visit:
    """An antineoplastic under the skin as any drug."""
    visit = make.injection(drug=_DARATUMUMAB)
    return visit.expect("F08", visit.admin)


@defect("F09")
def omalizumab_with_96401(make: Maker) -> Visit:
    """A biologic that is not complex to most payers, as chemotherapy."""
    visit = make.injection(ALL - MEDICAID, drug=BY_CODE["J2357"])
    return _given_by(visit, "96401", make.fee(9800)).expect("F09", visit.admin)


@defect("F09")
def denosumab_with_96401(make: Maker) -> Visit:
    """Denosumab for a metastasis is no chemotherapy either."""
    visit = make.injection(ALL - MEDICAID, drug=XGEVA, em=False)
    return _given_by(visit, "96401", make.fee(9800)).expect("F09", visit.admin)


@defect("F10")
def hyaluronan_with_96372(make: Maker) -> Visit:
    """A product for joints as any drug."""
    visit = make.injection(drug=_HYALURONAN, em=make.dice.chance(0.5))
    return visit.expect("F10", visit.admin)


@defect("F11")
def one_steroid_line_for_joint_and_muscle(make: Maker) -> Visit:
    """A knee injection and a distinct 96372, and one line of the steroid for both."""
    visit = make.injection(drug=BY_CODE[make.dice.pick(("J3301", "J1010"))])
    _, further = add_joint(make, visit, BY_CODE["J0702"])
    visit.drop(further)
    visit.admin.modifiers = (make.dice.pick(("59", "XS")),)
    return visit.expect("F11", visit.admin)


@defect("F12")
def botulinum_toxin_with_96372(make: Maker) -> Visit:
    """A botulinum toxin as any drug."""
    visit = make.injection(drug=_BOTULINUM)
    return visit.expect("F12", visit.admin)


@defect("F13")
def implant_with_96372(make: Maker) -> Visit:
    """A contraceptive implant as any drug."""
    visit = make.injection(drug=_IMPLANT, ndc=True)
    return visit.expect("F13", visit.admin)


@defect("F14")
def on_body_injector_with_96372(make: Maker) -> Visit:
    """Pegfilgrastim in an on-body injector as a syringe."""
    visit = make.injection(drug=_ON_BODY, em=False, ndc=True)
    return visit.expect("F14", visit.admin)


@defect("F15")
def globulin_infused_under_skin_with_96372(make: Maker) -> Visit:
    """Immune globulin from a pump as any drug."""
    visit = make.injection(drug=_GLOBULIN, em=False)
    return visit.expect("F15", visit.admin)


@defect("F16")
def one_dose_as_injection_and_push(make: Maker) -> Visit:
    """One vial of ketorolac or ondansetron with 96372 and 96374."""
    visit = make.injection(drug=BY_CODE[make.dice.pick(("J1885", "J2405"))])
    visit.claim.lines.append(Line("96374", make.fee(11200), (1,), visit.date))
    return visit.expect("F16", visit.admin)


@defect("F16")
def one_dose_as_injection_and_infusion(make: Maker) -> Visit:
    """One vial of ceftriaxone with 96372-59 and 96365."""
    visit = make.injection(drug=BY_CODE["J0696"], em=False)
    visit.claim.lines.append(Line("96365", make.fee(14800), (1,), visit.date))
    visit.admin.modifiers = ("59",)
    return visit.expect("F16", visit.admin)


@defect("F17")
def skin_test_with_96372(make: Maker) -> Visit:
    """A tuberculin test as an injection."""
    visit = make.injection(drug=BY_CODE["J1885"], em=make.dice.chance(0.5))
    visit.drop(visit.drug)
    visit.claim.diagnoses[0] = "Z111"
    add(make, visit.claim, ("86580", 2500, (), 1), (1,), visit.date)
    return visit.expect("F17", visit.admin)


@defect("F18")
def prevention_of_hiv_with_96372(make: Maker) -> Visit:
    """Cabotegravir before exposure, to Medicare."""
    visit = make.injection({"MB"}, drug=_PREVENTION, em=False)
    return visit.expect("F18", visit.admin)
