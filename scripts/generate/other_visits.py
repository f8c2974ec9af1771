"""Clean visits without a 96372, and the claims of patients who are met again."""

from __future__ import annotations

from .claims import Claim, Line
from .formulary import (
    BY_CODE,
    DRAW,
    IMAGING,
    IMAGING_DIAGNOSES,
    IV_DRUGS,
    LABS,
    LEUPROLIDE,
    MEDICARE,
    MIND_DIAGNOSES,
    NOT_MEDICARE,
    OFFICE_TESTS,
    OFFICE_VISITS,
    POLLEN,
    PREVENTIVE_DIAGNOSIS,
    THERAPY,
    THERAPY_DIAGNOSES,
    VACCINE_DIAGNOSIS,
    VACCINES,
    Service,
)
from .people import Patient, person
from .scenarios import Scenario, add, add_intravenous, add_joint, some, tickets
from .visits import Maker, Visit

OTHERS: list[Scenario] = []


def plain(make: Maker, kind: str = "", ages: tuple[int, int] = (0, 90), place: str = "11") -> Visit:
    """A claim of a new patient without lines yet."""
    patient = make.patient(kind or make.kind(), "", ages, cover=True)
    claim = make.claim(patient, place)
    return Visit(claim, make.date(patient))


def fill(make: Maker, visit: Visit, services: tuple[Service, ...]) -> Visit:
    """Put ``services`` on the claim, all for its first diagnosis."""
    for service in services:
        add(make, visit.claim, service, (1,), visit.date)
    return visit


def _count(make: Maker) -> int:
    return make.dice.pick((1, 1, 1, 2, 2, 3))


@tickets(OTHERS, 46)
def office_visit(make: Maker) -> Visit:
    """An office visit with tests."""
    visit = plain(make)
    visit.claim.diagnoses = make.problems(visit.claim.patient, make.dice.between(1, 4))
    code, fee = make.dice.pick(OFFICE_VISITS)
    visit.em_line = Line(code, make.fee(fee), tuple(range(1, len(visit.claim.diagnoses) + 1)), visit.date)
    visit.claim.lines.append(visit.em_line)
    if make.dice.chance(0.01):
        visit.claim.frequency = make.dice.pick("78")
        visit.claim.original = f"ICN{make.dice.between(10**9, 10**10 - 1)}"
    tests = (DRAW, *some(make, LABS, _count(make))) if make.dice.chance(0.7) else some(make, OFFICE_TESTS, 2)
    fill(make, visit, tests)
    # A few practices do not number their lines.
    if make.dice.chance(0.01):
        for line in visit.claim.lines:
            line.control = False
    return visit


@tickets(OTHERS, 16)
def laboratory(make: Maker) -> Visit:
    """A blood draw and tests."""
    visit = plain(make)
    visit.claim.diagnoses = make.problems(visit.claim.patient, 2)
    return fill(make, visit, (DRAW, *some(make, LABS, _count(make))))


@tickets(OTHERS, 9)
def imaging(make: Maker) -> Visit:
    """Images, some of them read by another renderer of the group."""
    visit = plain(make, ages=(18, 90))
    visit.claim.diagnoses = [make.dice.pick(IMAGING_DIAGNOSES)]
    fill(make, visit, some(make, IMAGING, make.dice.between(1, 3)))
    if make.dice.chance(0.3):
        visit.claim.lines[-1].renderer = make.billing.specialist
    return visit


@tickets(OTHERS, 10)
def therapy(make: Maker) -> Visit:
    """Physical therapy."""
    visit = plain(make, ages=(18, 90))
    visit.claim.diagnoses = [make.dice.pick(THERAPY_DIAGNOSES)]
    return fill(make, visit, some(make, THERAPY[:4], make.dice.between(2, 4)))


@tickets(OTHERS, 5)
def psychotherapy(make: Maker) -> Visit:
    """Psychotherapy."""
    visit = plain(make, ages=(18, 90))
    visit.claim.diagnoses = [make.dice.pick(MIND_DIAGNOSES)]
    return fill(make, visit, (make.dice.pick((("90834", 12800, (), 1), ("90837", 17500, (), 1))),))


@tickets(OTHERS, 5)
def hospital_days(make: Maker) -> Visit:
    """Hospital visits on three days."""
    visit = plain(make, ages=(30, 90), place="21")
    claim = visit.claim
    claim.diagnoses = make.problems(claim.patient, 3)
    first = make.dice.between(0, len(make.days) - 4)
    for day in range(first, first + 3):
        claim.patient.used.add(day)
        add(make, claim, ("99232", 14500, (), 1), (1, 2), make.days[day])
    return visit


@tickets(OTHERS, 4)
def preventive_visit(make: Maker) -> Visit:
    """A preventive visit with tests."""
    visit = plain(make, make.kind(NOT_MEDICARE), (18, 64))
    visit.claim.diagnoses = [PREVENTIVE_DIAGNOSIS]
    code, fee = make.preventive(visit.claim.patient)
    return fill(make, visit, ((code, fee, (), 1), DRAW, *some(make, LABS, 2)))


@tickets(OTHERS, 2)
def vaccination(make: Maker) -> Visit:
    """Vaccines with their administration."""
    visit = plain(make, make.kind(NOT_MEDICARE), (18, 64))
    visit.claim.diagnoses = [VACCINE_DIAGNOSIS]
    first, second, _ = VACCINES
    return fill(make, visit, (("90471", 3200, (), 1), first, ("90472", 1950, (), 1), second))


@tickets(OTHERS, 1)
def senior_vaccination(make: Maker) -> Visit:
    """Medicare's flu shot."""
    visit = plain(make, make.kind(MEDICARE))
    visit.claim.diagnoses = [VACCINE_DIAGNOSIS]
    return fill(make, visit, (("G0008", 3200, (), 1), VACCINES[0]))


@tickets(OTHERS, 1)
def joint_injection(make: Maker) -> Visit:
    """A knee injection with its steroid, and a visit for something else."""
    visit = make.injection(drug=BY_CODE["J1885"])
    visit.drop(visit.drug)
    visit.drop(visit.admin)
    add_joint(make, visit, make.dice.pick((BY_CODE["J3301"], BY_CODE["J1010"], BY_CODE["J0702"])))
    return visit


@tickets(OTHERS, 1)
def allergy_shots(make: Maker) -> Visit:
    """Two allergy shots and their extract."""
    visit = plain(make, ages=(8, 90))
    visit.claim.diagnoses = [make.dice.pick(POLLEN)]
    return fill(make, visit, (("95117", 2150, (), 1), ("95165", 1450, (), make.dice.between(5, 20))))


@tickets(OTHERS, 1)
def push(make: Maker) -> Visit:
    """A push or an infusion with its drug, and a visit for something else."""
    visit = make.injection(drug=BY_CODE["J1885"])
    visit.drop(visit.drug)
    visit.drop(visit.admin)
    visit.claim.auth = ""
    add_intravenous(make, visit, make.dice.pick(IV_DRUGS))
    return visit


@tickets(OTHERS, 1)
def hormone(make: Maker) -> Visit:
    """Leuprolide with 96402."""
    visit = make.injection(drug=LEUPROLIDE)
    visit.admin.code, visit.admin.charge = "96402", make.fee(8900)
    return visit


# Patients met again


def another_day(make: Maker, visit: Visit) -> None:
    """A later claim of the patient, with or without an injection."""
    patient = visit.claim.patient
    # Who had an injection often has another; few others have one, so that the share of injections holds.
    if patient.age >= 1 and make.dice.chance(0.5 if visit.admins else 0.05):
        visit.claims += make.injection(patient=patient).claims
        return
    later = Visit(make.claim(patient), make.date(patient))
    later.claim.diagnoses = make.problems(patient, 2)
    visit.claims += fill(make, later, (DRAW, *some(make, LABS, _count(make)))).claims


def visit_apart(make: Maker, visit: Visit) -> None:
    """The E/M, with its 25, on a claim of its own."""
    visit.move(visit.em)


def neurologist_apart(make: Maker, visit: Visit) -> None:
    """The E/M without 25 on a claim of its own, by another specialty: no NCCI pair."""
    claim = visit.move(visit.em)
    claim.renderer = make.billing.specialist
    visit.em.modifiers = ()


def sibling(make: Maker, visit: Visit) -> None:
    """The same day's visit of another dependent under the same policy, without 25."""
    known = visit.claim.patient
    who = person(
        make.dice,
        "F" if known.person.sex == "M" else "M",
        make.dice.between(1, 20),
        known.person.last,
        known.person.address,
    )
    if who.first == known.person.first:
        return
    other = Patient(known.payer, known.member, known.group, known.subscriber, who, "19")
    claim = Claim(other, visit.claim.renderer)
    claim.diagnoses = make.problems(other, 1)
    claim.lines = [Line("99213", make.fee(13500), (1,), visit.date)]
    visit.claims.append(claim)


def follow_up(make: Maker, visit: Visit) -> None:
    """Add a claim of the same patient (or family) to a clean visit."""
    patient = visit.claim.patient
    split = bool(visit.admins) and visit.em_line in visit.claim.lines and patient.sequence == "P"
    throw = make.dice.random()
    if patient.dependent is not None and throw < 0.3:
        sibling(make, visit)
    elif split and throw < 0.55:
        visit_apart(make, visit)
    elif split and throw < 0.65 and visit.em.code in dict(OFFICE_VISITS):
        neurologist_apart(make, visit)
    else:
        another_day(make, visit)
