"""Defects of a product and of what it is for: units (C), code and NDC (D), diagnosis and patient (E)."""

from __future__ import annotations

import datetime as dt

from .claims import Line
from .defects import defect, everyday
from .formulary import (
    ALL,
    BY_CODE,
    LEUPROLIDE,
    MEDICARE,
    NOT_MEDICARE,
    UNCLASSIFIED,
    VACCINE_DIAGNOSIS,
)
from .scenarios import add
from .visits import Maker, Visit

# C: units and charges


@defect("C02")
def triamcinolone_that_is_no_longer_made(make: Maker) -> Visit:
    """J3302, of which Medicare pays no unit."""
    visit = make.injection({"MB"}, drug=BY_CODE["J3301"], ndc=False)
    visit.drug.code, visit.drug.units, visit.drug.modifiers = "J3302", "8", ()
    return visit.expect("C02", visit.drug)


@defect("C02")
def oral_drug_to_part_b(make: Maker) -> Visit:
    """Dexamethasone tablets beside an injection."""
    visit = make.injection({"MB"}, drug=everyday(make))
    return visit.expect("C02", add(make, visit.claim, ("J8540", 40, (), 12), (2,), visit.date))


@defect("C05")
def three_units_of_up_to_fifty(make: Maker) -> Visit:
    """Three units where one is any dose up to 50 mg."""
    visit = make.injection({"MB"}, drug=BY_CODE["J1200"], ndc=False)
    visit.drug.units = "3"
    return visit.expect("C05", visit.drug)


@defect("C05")
def two_units_of_a_usual_dose(make: Maker) -> Visit:
    """Two units that a usual dose can make: a remark."""
    visit = make.injection({"MB"}, drug=BY_CODE[make.dice.pick(("J3410", "J1200"))], ndc=False)
    visit.drug.units = "2"
    return visit.expect("C05", visit.drug)


@defect("C07")
def minutes_of_drug(make: Maker) -> Visit:
    """The drug counted in minutes."""
    visit = make.injection(drug=everyday(make))
    visit.drug.basis = "MJ"
    return visit.expect("C07", visit.drug)


@defect("C07")
def minutes_of_injection(make: Maker) -> Visit:
    """The 96372 counted in minutes."""
    visit = make.injection(drug=everyday(make))
    visit.admin.basis = "MJ"
    return visit.expect("C07", visit.admin)


def _span(line: Line, days: int) -> None:
    first = dt.datetime.strptime(line.date, "%Y%m%d")  # noqa: DTZ007
    line.until = f"{first + dt.timedelta(days=days - 1):%Y%m%d}"


@defect("C08")
def injection_over_a_week(make: Maker) -> Visit:
    """One 96372 for seven days."""
    visit = make.injection(NOT_MEDICARE, drug=everyday(make))
    _span(visit.admin, 7)
    return visit.expect("C08", visit.admin)


@defect("C08")
def drug_over_a_month(make: Maker) -> Visit:
    """A drug for thirty days, given on the first."""
    visit = make.injection(drug=BY_CODE["J2357"])
    _span(visit.drug, 30)
    return visit.expect("C08", visit.drug)


@defect("C09")
def charge_of_six_figures(make: Maker) -> Visit:
    """A line that Medicare's system cannot hold."""
    visit = make.injection({"MB"}, drug=BY_CODE["J0517"])
    visit.drug.charge = make.fee(13_000_000)
    return visit.expect("C09", visit.drug)


# D: drug code and NDC


@defect("D02")
def biosimilar_before_its_code(make: Maker) -> Visit:
    """A code of October 2025 for September: near enough for a batch that is sent until September 2026."""
    visit = make.injection({"MB"}, drug=BY_CODE["J0897"], ndc=False)
    visit.date, visit.drug.code = "20250930", "Q5157"
    for line in visit.claim.lines:
        line.date = visit.date
    return visit.expect("D02", visit.drug)


@defect("D04")
def unlisted_code_for_ketorolac(make: Maker) -> Visit:
    """J3490 with the NDC of ketorolac."""
    visit = make.injection(NOT_MEDICARE, drug=UNCLASSIFIED, ndc=True)
    visit.drug.description, visit.drug.ndc = "KETOROLAC 30 MG", ("00409379501", "1", "ML")
    return visit.expect("D04", visit.drug)


@defect("D04")
def unlisted_code_with_milligrams(make: Maker) -> Visit:
    """J3490 with the NDC of testosterone cypionate, and its milligrams as units: the units are no matter."""
    visit = make.injection(NOT_MEDICARE, drug=UNCLASSIFIED, ndc=True)
    visit.drug.description, visit.drug.ndc = "TESTOSTERONE CYP 200 MG", ("00009041701", "1", "ML")
    visit.drug.units = "200"
    return visit.expect("D04", visit.drug)


@defect("D07")
def universal_product_code(make: Maker) -> Visit:
    """The number of the box for another catalogue."""
    visit = make.injection(drug=everyday(make), ndc=True)
    visit.drug.qualifier = make.dice.pick(("UP", "EN", "UK"))
    return visit.expect("D07", visit.drug)


@defect("D10")
def package_that_nobody_lists(make: Maker) -> Visit:
    """An NDC of eleven digits that is in no list."""
    visit = make.injection(drug=everyday(make), ndc=True)
    if visit.drug.ndc is not None:
        _, quantity, measure = visit.drug.ndc
        visit.drug.ndc = (f"99999{make.dice.between(0, 999_999):06d}", quantity, measure)
    return visit.expect("D10", visit.drug)


@defect("D11")
def ndc_copied_to_injection(make: Maker) -> Visit:
    """The drug's NDC below the 96372 too."""
    visit = make.injection(drug=everyday(make), ndc=True)
    visit.admin.ndc = visit.drug.ndc
    return visit.expect("D11", visit.admin)


@defect("D11")
def ndc_copied_to_every_line(make: Maker) -> Visit:
    """The drug's NDC below the visit and the 96372."""
    visit = make.injection(drug=everyday(make), ndc=True)
    visit.admin.ndc = visit.em.ndc = visit.drug.ndc
    return visit.expect("D11", visit.em, visit.admin)


@defect("D12")
def commercial_code_to_medicare(make: Maker) -> Visit:
    """An S code to Part B or an Advantage plan."""
    visit = make.injection(MEDICARE, drug=BY_CODE["J1885"])
    visit.drug.code, visit.drug.units, visit.drug.ndc = "S0122", "1", ("44087107001", "1", "UN")
    return visit.expect("D12", visit.drug)


@defect("D12")
def hospital_code_to_medicare(make: Maker) -> Visit:
    """C9399 from an office."""
    visit = make.injection({"MB"}, drug=UNCLASSIFIED, ndc=True)
    visit.drug.code, visit.drug.modifiers = "C9399", ()
    return visit.expect("D12", visit.drug)


@defect("D13")
def dose_as_units_of_unlisted_code(make: Maker) -> Visit:
    """50 mg typed as 50 units of J3490."""
    visit = make.injection(NOT_MEDICARE, drug=UNCLASSIFIED, ndc=True)
    visit.drug.units = "50"
    return visit.expect("D13", visit.drug)


@defect("D14")
def etanercept_to_medicare(make: Maker) -> Visit:
    """A drug that patients give themselves, beside one that they do not."""
    visit = make.injection({"MB"}, drug=BY_CODE["J1010"], ndc=False)
    make.second(visit)
    visit.drug.code, visit.drug.units = "J1438", "2"
    return visit.expect("D14", visit.drug)


# E: diagnosis and patient


@defect("E04")
def b12_for_tendons_or_weight(make: Maker) -> Visit:
    """What Medicare never covers vitamin B12 for, beside another drug, so that an injection is covered."""
    visit = make.injection({"MB"}, drug=BY_CODE["J3420"])
    make.second(visit)
    visit.claim.diagnoses[0] = make.dice.pick(("M7661", "E669", "R634"))
    return visit.expect("E04", visit.drug)


@defect("E04")
def drug_without_approval(make: Maker) -> Visit:
    """Hydroxyprogesterone caproate, withdrawn in 2023, beside another drug."""
    visit = make.injection({"MB"}, drug=BY_CODE["J1010"], ndc=False)
    make.second(visit)
    visit.drug.code, visit.drug.units = "J1726", "25"
    return visit.expect("E04", visit.drug)


@defect("E05")
def vaccination_for_drug_and_injection(make: Maker) -> Visit:
    """Z23 where the reason of the injection should be."""
    visit = make.injection(drug=BY_CODE["J1010"])
    visit.claim.diagnoses[0] = VACCINE_DIAGNOSIS
    return visit.expect("E05", visit.drug, visit.admin)


@defect("E05")
def vaccination_for_injection(make: Maker) -> Visit:
    """The 96372 points to the vaccine's diagnosis."""
    visit = make.injection()
    visit.claim.diagnoses.append(VACCINE_DIAGNOSIS)
    visit.admin.pointers = (len(visit.claim.diagnoses),)
    return visit.expect("E05", visit.admin)


def _first_diagnosis(make: Maker, diagnosis: str) -> Visit:
    """A visit whose drug and injection point first to ``diagnosis``: one finding, on the first of the two lines."""
    visit = make.injection(drug=BY_CODE["J1010"])
    visit.claim.diagnoses[0] = diagnosis
    return visit.expect("E07", next(line for line in visit.claim.lines if line in (visit.drug, visit.admin)))


@defect("E07")
def manifestation_first(make: Maker) -> Visit:
    """A polyneuropathy in diseases classified elsewhere."""
    return _first_diagnosis(make, make.dice.pick(("G63", "G320", "M3680", "N08")))


@defect("E07")
def external_cause_first(make: Maker) -> Visit:
    """A fall, and not what came of it."""
    return _first_diagnosis(make, make.dice.pick(("W19XXXA", "Y92009", "X500XXA")))


@defect("E07")
def drug_therapy_alone(make: Maker) -> Visit:
    """Long-term drug therapy as the only reason."""
    return _first_diagnosis(make, "Z79899")


@defect("E08")
def testosterone_for_a_woman(make: Maker) -> Visit:
    """Testosterone, and DMG03 is F."""
    patient = make.patient(make.kind(ALL), "F", (25, 80))
    visit = make.injection(patient=patient, drug=BY_CODE["J1071"])
    return visit.expect("E08", visit.drug)


@defect("E08")
def leuprolide_for_a_woman(make: Maker) -> Visit:
    """Leuprolide depot, and DMG03 is F."""
    patient = make.patient(make.kind(ALL), "F", (50, 88))
    visit = make.injection(patient=patient, drug=LEUPROLIDE, em=False)
    visit.admin.code, visit.admin.charge = "96402", make.fee(8900)
    return visit.expect("E08", visit.drug)


@defect("E08")
def nirsevimab_for_a_schoolchild(make: Maker) -> Visit:
    """An antibody for infants."""
    patient = make.patient("MC", ages=(3, 12))
    visit = make.injection(patient=patient, drug=BY_CODE["J1100"], em=False)
    visit.drug.code, visit.drug.units, visit.drug.ndc = "90381", "1", ("49281057415", "1", "ML")
    visit.admin.code, visit.claim.diagnoses = "96381", ["Z2911"]
    return visit.expect("E08", visit.drug)
