"""Defects of the sending of a claim (I) and of what comes too often (J)."""

from __future__ import annotations

import datetime as dt

from .claims import Line
from .defects import defect, everyday
from .formulary import BY_CODE
from .people import Payer, Renderer
from .visits import Maker, Visit

# Drugs by the least days between two doses, and how soon the second of these defects comes.
_TOO_SOON = {"J0897": 90, "J2357": 7, "J1071": 3, "J2315": 14, "J1050": 40, "J1631": 7}
_YEAR = 365
# A program that pays one injection a day.
_PROGRAM = Payer("MC", "SAMPLE STATE CSHCN SERVICES PROGRAM", "99981")


def _again(line: Line) -> Line:
    """The same service once more."""
    copy = Line(line.code, line.charge, line.pointers, line.date, line.units, line.modifiers)
    copy.ndc, copy.description = line.ndc, line.description
    return copy


@defect("I01")
def drug_billed_twice(make: Maker) -> Visit:
    """The drug's line stands on the claim twice."""
    visit = make.injection(drug=BY_CODE[make.dice.pick(("J1100", "J1200", "J2405"))])
    again = _again(visit.drug)
    visit.claim.lines.append(again)
    return visit.expect("I01", again)


@defect("I01")
def visit_billed_twice(make: Maker) -> Visit:
    """The E/M stands on a claim of its own as well."""
    visit = make.injection(drug=everyday(make))
    again = _again(visit.em)
    visit.claim.lines.append(again)
    visit.move(again)
    return visit.expect("I01", again)


@defect("I02")
def sent_after_a_year(make: Maker) -> Visit:
    """A Medicare claim that is sent more than a year after the service."""
    visit = make.injection({"MB"}, drug=everyday(make))
    sent = dt.date.fromisoformat(make.days[-1]) + dt.timedelta(days=1)
    late = f"{sent - dt.timedelta(days=_YEAR + make.dice.between(1, 40)):%Y%m%d}"
    for line in visit.claim.lines:
        line.date = late
    return visit.expect("I02")


@defect("I03")
def replacement_of_nothing(make: Maker) -> Visit:
    """A replacement that does not say of which claim."""
    visit = make.injection()
    visit.claim.frequency = "7"
    return visit.expect("I03")


@defect("I05")
def lines_without_control_number(make: Maker) -> Visit:
    """None of the lines has a control number: one finding, on the first of them."""
    visit = make.injection()
    for line in visit.claim.lines:
        line.control = False
    return visit.expect("I05", visit.claim.lines[0])


@defect("I05")
def injection_without_control_number(make: Maker) -> Visit:
    """The injection has no control number."""
    visit = make.injection()
    visit.admin.control = False
    return visit.expect("I05", visit.admin)


@defect("I06")
def nobody_rendered(make: Maker) -> Visit:
    """A group's claim without a rendering provider."""
    visit = make.injection()
    visit.claim.renderer = Renderer(make.billing.npi, "", "")
    return visit.expect("I06")


@defect("J01")
def given_too_soon(make: Maker) -> Visit:
    """A scheduled drug a second time before its interval is over."""
    code = make.dice.pick(tuple(_TOO_SOON))
    drug, wait = BY_CODE[code], _TOO_SOON[code]
    visit = make.injection(drug=drug, em=False)
    patient = visit.claim.patient
    later = make.injection(drug=drug, em=False, patient=patient)
    first = make.dice.between(0, max(0, len(make.days) - 1 - wait))
    second = min(first + wait, len(make.days) - 1)
    for claim, day in ((visit.claim, first), (later.claim, second)):
        patient.used.add(day)
        for line in claim.lines:
            line.date = make.days[day]
    visit.claims += later.claims
    return visit.expect("J01", later.drug)


@defect("J02")
def two_injections_where_one_is_paid(make: Maker) -> Visit:
    """Two units where the program pays one, which is a line with units besides."""
    patient = make.patient("MC", ages=(18, 64))
    patient.payer = _PROGRAM
    visit = make.injection(drug=BY_CODE["J1885"], patient=patient)
    _, second = make.second(visit)
    visit.drop(second)
    visit.admin.units, visit.admin.charge = "2", visit.admin.charge * 2
    return visit.expect("J02", visit.admin).expect("A08", visit.admin)
