"""Clean visits with an injection, and the pieces that other visits are made of.

Every scenario here holds a 96372. Those that look wrong and are not (a secondary claim without modifier 25, a
supplied drug at one cent, a distinct modifier on the other code) are there on purpose.
"""

from __future__ import annotations

from collections.abc import Callable

from .claims import Claim, Line
from .formulary import (
    BY_CODE,
    CHILD_CHECK_DIAGNOSIS,
    COMMERCIAL,
    DRAW,
    IRON,
    JOINTS,
    LABS,
    LEUPROLIDE,
    MEDICARE,
    NOT_MEDICARE,
    PREVENTIVE_DIAGNOSIS,
    UNCLASSIFIED,
    VACCINE_DIAGNOSIS,
    VACCINES,
    XGEVA,
    Drug,
    Service,
)
from .visits import Maker, Visit

Scenario = Callable[[Maker], Visit]
INJECTIONS: list[Scenario] = []


def tickets(deck: list[Scenario], weight: int) -> Callable[[Scenario], Scenario]:
    """Register a scenario in ``deck``, ``weight`` times."""

    def register(scenario: Scenario) -> Scenario:
        deck.extend([scenario] * weight)
        return scenario

    return register


def add(make: Maker, claim: Claim, service: Service, pointers: tuple[int, ...], date: str) -> Line:
    """Append a service to ``claim``; returns its line."""
    code, fee, modifiers, units = service
    line = Line(code, make.fee(fee * units), pointers, date, str(units), modifiers)
    claim.lines.append(line)
    return line


def some(make: Maker, services: tuple[Service, ...], count: int) -> tuple[Service, ...]:
    """``count`` neighbours out of ``services``."""
    start = int(make.dice.random() * len(services))
    return (services[start:] + services[:start])[:count]


# Injections


@tickets(INJECTIONS, 58)
def office_injection(make: Maker) -> Visit:
    """E/M with 25, drug, 96372; one in a hundred replaces an earlier claim."""
    visit = make.injection(cover=True)
    if make.dice.chance(0.01):
        visit.claim.frequency, visit.claim.original = "7", f"ICN{make.dice.between(10**9, 10**10 - 1)}"
    return visit


@tickets(INJECTIONS, 6)
def office_injection_and_labs(make: Maker) -> Visit:
    """The same with a blood draw and tests."""
    visit = make.injection(cover=True)
    for service in (DRAW, *some(make, LABS, 1)):
        add(make, visit.claim, service, (2,), visit.date)
    return visit


@tickets(INJECTIONS, 24)
def injection_alone(make: Maker) -> Visit:
    """A scheduled injection without a visit."""
    return make.injection(em=False, cover=True)


@tickets(INJECTIONS, 6)
def two_injections(make: Maker) -> Visit:
    """Two drugs, the second 96372 with 59, XS or XU."""
    visit = make.injection(drug=make.dice.pick((BY_CODE["J1885"], BY_CODE["J3420"], BY_CODE["J3301"])))
    make.second(visit)
    return visit


@tickets(INJECTIONS, 2)
def course(make: Maker) -> Visit:
    """Three injections two weeks apart on one claim."""
    drug = make.dice.pick((BY_CODE["J3420"], BY_CODE["J1071"], BY_CODE["J0561"]))
    visit = make.injection(drug=drug, em=False)
    claim = visit.claim
    first = make.dice.between(0, len(make.days) - 29)
    claim.lines = []
    for day in (first, first + 14, first + 28):
        claim.patient.used.add(day)
        line = make.drug_line(drug, drug.doses[0], claim.patient, 1, make.days[day], ndc=True)
        claim.lines += [line, Line("96372", make.fee(3500), (1,), make.days[day])]
    return visit


@tickets(INJECTIONS, 1)
def part_of_a_vial(make: Maker) -> Visit:
    """Medicare's two lines for an opened vial: what was given, and what was discarded with JW."""
    drug = BY_CODE["J2919"]
    visit = make.injection({"MB"}, drug=drug)
    given = visit.drug
    whole = drug.doses[0]
    given.give(drug, whole)
    given.modifiers, given.units, given.charge = (), "16", make.fee(2832)
    waste = Line(drug.code, make.fee(1593), (1,), visit.date, "9", ("JW",))
    given.ndc, waste.ndc = (whole.ndc, "0.64", whole.measure), (whole.ndc, "0.36", whole.measure)
    visit.claim.lines.insert(visit.claim.lines.index(given) + 1, waste)
    return visit


@tickets(INJECTIONS, 1)
def supplied_drug(make: Maker) -> Visit:
    """A drug from a specialty pharmacy, on the claim at one cent."""
    visit = make.injection(drug=BY_CODE["J2357"], ndc=True)
    visit.drug.charge = 1
    visit.drug.note = "DRUG SUPPLIED BY SPECIALTY PHARMACY"
    return visit


@tickets(INJECTIONS, 1)
def preventive_and_injection(make: Maker) -> Visit:
    """A preventive visit with 25 and an injection."""
    visit = make.injection(COMMERCIAL)
    patient = visit.claim.patient
    code, fee = make.preventive(patient)
    visit.em.code, visit.em.charge, visit.em.pointers = code, make.fee(fee), (2,)
    visit.claim.diagnoses[1] = PREVENTIVE_DIAGNOSIS if patient.age >= 18 else CHILD_CHECK_DIAGNOSIS
    return visit


def add_intravenous(make: Maker, visit: Visit, drug: Drug) -> tuple[Line, Line]:
    """Add a drug given into a vein with its push or infusion; returns both lines."""
    claim = visit.claim
    claim.diagnoses.append(drug.diagnoses[0])
    place = len(claim.diagnoses)
    line = make.drug_line(drug, drug.doses[0], claim.patient, place, visit.date)
    given = Line("96365" if drug.code == "J0456" else "96374", make.fee(11200), (place,), visit.date)
    claim.lines += [line, given]
    return line, given


@tickets(INJECTIONS, 1)
def push_and_injection(make: Maker) -> Visit:
    """An iron push and another drug into a muscle, 59 on the 96372."""
    visit = make.injection(drug=BY_CODE["J1885"])
    add_intravenous(make, visit, IRON)
    visit.admin.modifiers = ("59",)
    return visit


def add_joint(make: Maker, visit: Visit, drug: Drug) -> tuple[Line, Line]:
    """Add a knee injection of ``drug`` for the first diagnosis; returns the procedure and drug lines."""
    claim = visit.claim
    claim.diagnoses[0], side = make.dice.pick(JOINTS)
    procedure = add(make, claim, ("20610", 17500, (side,), 1), (1,), visit.date)
    line = make.drug_line(drug, drug.doses[0], claim.patient, 1, visit.date)
    claim.lines.append(line)
    return procedure, line


@tickets(INJECTIONS, 1)
def joint_and_injection(make: Maker) -> Visit:
    """A knee injection and another drug into a muscle, distinct by a modifier on either code."""
    visit = make.injection(drug=BY_CODE["J1885"])
    procedure, _ = add_joint(make, visit, BY_CODE["J3301"])
    if make.dice.chance(0.5):
        procedure.modifiers += ("59",)
    else:
        visit.admin.modifiers = ("XS",)
    return visit


def add_vaccine(make: Maker, visit: Visit) -> tuple[Line, Line]:
    """Add a flu vaccine and its administration; returns both lines."""
    claim = visit.claim
    claim.diagnoses.append(VACCINE_DIAGNOSIS)
    place = len(claim.diagnoses)
    code = "G0008" if claim.patient.payer.kind in MEDICARE else "90471"
    given = add(make, claim, (code, 3200, (), 1), (place,), visit.date)
    return add(make, claim, VACCINES[0], (place,), visit.date), given


@tickets(INJECTIONS, 1)
def vaccine_and_injection(make: Maker) -> Visit:
    """A flu shot and an injection at one visit."""
    visit = make.injection()
    add_vaccine(make, visit)
    return visit


@tickets(INJECTIONS, 1)
def unclassified_drug(make: Maker) -> Visit:
    """A drug without a code of its own, named on the line."""
    return make.injection(NOT_MEDICARE, drug=UNCLASSIFIED, ndc=True)


@tickets(INJECTIONS, 1)
def hormone_and_injection(make: Maker) -> Visit:
    """Leuprolide with 96402 and denosumab with 96372-59."""
    visit = make.injection(drug=LEUPROLIDE, em=False)
    visit.admin.code, visit.admin.charge = "96402", make.fee(8900)
    make.second(visit, "59", XGEVA)
    if visit.claim.patient.payer.kind != "MB":
        visit.claim.auth, visit.drug.auth = make.auth(), ""
    return visit


@tickets(INJECTIONS, 1)
def secondary_claim(make: Maker) -> Visit:
    """A secondary claim without 25: the first payer has decided that already."""
    patient = make.patient(make.kind({"CI", "BL", "MC"}), ages=(22, 64))
    while patient.dependent is not None:
        patient = make.patient("MC", ages=(22, 64))
    make.add_cover(patient, "S")
    visit = make.injection(patient=patient)
    visit.em.modifiers = ()
    return visit


@tickets(INJECTIONS, 1)
def home_visit(make: Maker) -> Visit:
    """A home visit with 25 and an injection there."""
    visit = make.injection({"MC"}, place="12")
    visit.em.code, visit.em.charge = "99348", make.fee(11500)
    return visit
