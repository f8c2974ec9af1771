"""Defects of the route: an administration code that the product is never given by (F)."""

from __future__ import annotations

from .defects import defect
from .formulary import BY_CODE, IRON, IV_DRUGS, POLLEN, VACCINE_DIAGNOSIS, VACCINES
from .scenarios import add
from .visits import Maker, Visit


@defect("F01")
def vein_only_drug_with_96372(make: Maker) -> Visit:
    """A drug that is only given into a vein."""
    visit = make.injection(drug=make.dice.pick(IV_DRUGS))
    return visit.expect("F01", visit.admin)


@defect("F01")
def vein_only_drug_with_96372_alone(make: Maker) -> Visit:
    """The same without a visit."""
    visit = make.injection(drug=IRON, em=False)
    return visit.expect("F01", visit.admin)


@defect("F02")
def muscle_only_drug_with_push(make: Maker) -> Visit:
    """A drug that is never given into a vein, with 96374."""
    visit = make.injection(drug=BY_CODE[make.dice.pick(("J3420", "J3410", "J1071", "J3301"))])
    visit.admin.code, visit.admin.charge = "96374", make.fee(11200)
    return visit.expect("F02", visit.admin)


@defect("F02")
def muscle_only_drug_with_push_alone(make: Maker) -> Visit:
    """The same without a visit."""
    visit = make.injection(drug=BY_CODE["J3420"], em=False)
    visit.admin.code, visit.admin.charge = "96374", make.fee(11200)
    return visit.expect("F02", visit.admin)


def _vaccine(make: Maker, em: bool) -> Visit:
    visit = make.injection(drug=BY_CODE["J1885"], em=em)
    visit.drop(visit.drug)
    visit.claim.diagnoses[0] = VACCINE_DIAGNOSIS
    add(make, visit.claim, make.dice.pick(VACCINES), (1,), visit.date)
    return visit.expect("F03", visit.admin)


@defect("F03")
def vaccine_with_96372(make: Maker) -> Visit:
    """A vaccine with 96372 for its administration."""
    return _vaccine(make, em=True)


@defect("F03")
def vaccine_with_96372_alone(make: Maker) -> Visit:
    """The same without a visit."""
    return _vaccine(make, em=False)


@defect("F06")
def allergen_extract_with_96372(make: Maker) -> Visit:
    """Allergen extract with 96372 for the shots."""
    visit = make.injection(drug=BY_CODE["J1885"], em=make.dice.chance(0.5))
    visit.drop(visit.drug)
    visit.claim.diagnoses[0] = make.dice.pick(POLLEN)
    add(make, visit.claim, ("95165", 1450, (), make.dice.between(5, 20)), (1,), visit.date)
    return visit.expect("F06", visit.admin)
