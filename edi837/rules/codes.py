"""Procedure code sets and modifiers that several rules share; a set that one rule owns stands in that rule.

Codes are facts of CPT and HCPCS Level II; the sets are those of RULES.md 0.3 and section 1.
"""

from __future__ import annotations

from datetime import date


def _span(first: int, last: int) -> set[str]:
    """Five-digit codes from first to last, both included."""
    return {f"{code:05d}" for code in range(first, last + 1)}


INJECTION = "96372"
"""The therapeutic, prophylactic or diagnostic injection under the skin or into a muscle."""

BYPASS = frozenset({"59", "XE", "XS", "XP", "XU"})
"""Modifiers that ask NCCI to pay both sides of a pair (indicator 1)."""

REPEAT = BYPASS | {"76", "77"}
"""Modifiers that tell a second line of one code from a duplicate."""

OFFICE_EM = frozenset(
    _span(99202, 99205) | _span(99212, 99215) | {"99455", "99456", "99483", "99497", "99358", "99359", "G0463"}
)
"""Visits that are column 2 of 96372: the visit denies, 25 on it clears the pair."""

FACILITY_EM = frozenset(
    _span(99221, 99223)
    | _span(99234, 99236)
    | {"99238", "99239", "99291"}
    | _span(99281, 99285)
    | _span(99304, 99306)
    | {"99315", "99316"}
    | _span(99341, 99350)
)
"""Visits that are column 1 of 96372 with indicator 1: the injection denies."""

SUBSEQUENT_EM = frozenset(_span(99231, 99233) | _span(99307, 99310) | _span(99460, 99463) | {"99465"})
"""Visits that are column 1 of 96372 with indicator 0: no modifier helps."""

CONVENTION_EM = frozenset(
    _span(99242, 99245)
    | _span(99252, 99255)
    | _span(99381, 99397)
    | {"G0402", "G0438", "G0439", "92002", "92004", "92012", "92014", "90791", "90792"}
    | _span(99401, 99404)
    | {"99495", "99496"}
)
"""Visits without an NCCI pair with 96372 on which most commercial payers still want 25."""

VISIT_FAMILIES = {
    "office": OFFICE_EM,
    "hospital": frozenset(
        _span(99221, 99223) | _span(99231, 99236) | _span(99281, 99285) | {"99238", "99239", "99291"}
    ),
    "nursing-facility": frozenset(_span(99304, 99310) | {"99315", "99316"}),
    "home": frozenset(_span(99341, 99350)),
    "newborn": frozenset(_span(99460, 99463) | {"99465"}),
    "consult": frozenset(_span(99242, 99245) | _span(99252, 99255)),
    "preventive": frozenset(_span(99381, 99397) | {"G0402", "G0438", "G0439"}),
    "counselling": frozenset(_span(99401, 99404)),
    "ophthalmology": frozenset({"92002", "92004", "92012", "92014"}),
    "psychiatry": frozenset({"90791", "90792"}),
    "transition": frozenset({"99495", "99496"}),
}
"""The visits by kind, as payer policies name them; 99211, which no modifier helps, is of none."""

EM = frozenset({"99211"} | OFFICE_EM | FACILITY_EM | SUBSEQUENT_EM | CONVENTION_EM)
"""Every visit code above."""

IV_PUSH = frozenset({"96374", "96375", "96376"})
IV_INFUSION = frozenset(_span(96360, 96371) - {"96362", "96364"})
CHEMO_ADMINISTRATION = frozenset({"96401", "96402", "96405", "96406", "96409", "96411", "96413", "96415", "96416"})
VACCINE_ADMINISTRATION = frozenset(_span(90460, 90461) | _span(90471, 90474) | {"90480", "G0008", "G0009", "G0010"})
ALLERGY_INJECTION = frozenset({"95115", "95117"})
ALLERGEN = frozenset(_span(95120, 95134) | _span(95144, 95170))
"""Allergen immunotherapy with or without the extract."""

JOINT_INJECTION = frozenset(_span(20600, 20611))

INJECTION_ADMINISTRATION = frozenset(
    {INJECTION, "96377", "96379", "96380", "96381"} | IV_PUSH | IV_INFUSION | CHEMO_ADMINISTRATION
)
"""Drug administrations by injection or infusion, 96360 to 96425, and their newer neighbours."""

INJECTION_PROCEDURE = frozenset(
    _span(20526, 20612)
    | {"11900", "11901", "27096", "43201", "52287", "54200", "54235", "67028", "67345"}
    | _span(62320, 62327)
    | _span(64300, 64699)
)
"""Procedures that inject a drug into a joint, lesion, eye or organ, near a nerve or the spine."""

ANY_ADMINISTRATION = frozenset(
    INJECTION_ADMINISTRATION
    | INJECTION_PROCEDURE
    | VACCINE_ADMINISTRATION
    | _span(96360, 96379)
    | _span(96405, 96425)
    | {"96440", "96446", "96450", "96521", "96522", "96542", "96549", "G0012"}
    | _span(98960, 98962)
)
"""Every way to give a drug that is billed on its own, teaching the patient to inject included."""

ADMINISTRATION = frozenset(
    INJECTION_ADMINISTRATION
    | VACCINE_ADMINISTRATION
    | ALLERGY_INJECTION
    | _span(96373, 96379)
    | _span(96401, 96425)
    | _span(20526, 20612)
    | _span(64400, 64647)
    | _span(11980, 11983)
    | {"11900", "11901", "67028"}
)
"""Whatever gives a drug, by any route (RULES.md 0.3 ADMIN and its siblings)."""

LOCAL_INJECTION = frozenset(
    _span(20550, 20553)
    | _span(20600, 20612)
    | _span(64400, 64645)
    | _span(62320, 62323)
    | _span(11980, 11983)
    | {"20526", "20527", "11900", "11901", "27096"}
)
"""Injections into a joint, tendon, lesion, nerve or the spine, and implants: column 1 of 96372."""

INITIAL_SERVICE = frozenset(
    {"96360", "96365", "96369", "96374", "96401", "96402", "96405", "96406", "96409", "96413", "96416"}
)
"""Infusions, IV pushes and chemotherapy that are column 1 of 96372; their further hours and drugs are not."""

ALLERGY_SERVICE = frozenset(ALLERGY_INJECTION | _span(95144, 95149) | {"95165", "95170"})
"""Allergy shots and extracts that are column 1 of 96372."""

VACCINE_COUNSELLING = "90460"
"""The vaccine administration with counselling, the only one that is column 1 of 96372."""

ANESTHESIA = frozenset(_span(100, 1999) | {"99155", "99156"})
"""Anesthesia, and sedation by another than the operator."""

NURSE_VISIT = "99211"
BESIDE_NURSE_VISIT = frozenset({INJECTION, "96360", "96365", "96374", "96377", "96380", "96381", "96401", "96402"})
"""Administrations beside which no modifier makes a nurse visit payable."""

PORT_ACCESS = frozenset({"36591", "36592", "96523"})
"""Drawing blood from a port or catheter, and flushing it."""

PAIRED_BY_NAME = EM | LOCAL_INJECTION | INITIAL_SERVICE | ALLERGY_SERVICE | {VACCINE_COUNSELLING, INJECTION}
"""Services whose pair with 96372 is told by a rule of their own, but for anesthesia."""

RSV_ANTIBODY = frozenset({"90380", "90381", "90382"})
"""Nirsevimab and clesrovimab; palivizumab (90378) is given with 96372."""

RSV_ADMINISTRATION = frozenset({"96380", "96381"})

ANEMIA_DRUG = frozenset({"J0881", "J0885", "J0888", "Q5106"})
"""Erythropoietins, but for dialysis: Medicare wants the reason and the blood count with them."""

TELEHEALTH_PLACES = frozenset({"02", "10"})
TELEHEALTH_MODIFIERS = frozenset({"93", "95", "FQ", "GQ", "GT"})

LIABILITY = frozenset({"GA", "GX", "GY", "GZ"})
"""Modifiers that say whether Medicare is expected to pay, and whether the patient was told."""

ROUTE_MODIFIERS = frozenset({"JA", "JB"})
"""Modifiers that say how a drug of several routes was given: into a vein, under the skin."""

ENDED_MODIFIERS = {
    "GD": date(2019, 12, 31),
    "JF": date(2015, 6, 30),
    "JG": date(2024, 12, 31),
    "L1": date(2016, 12, 31),
}
"""Modifiers with their last date of service."""

NO_INJECTION_MODIFIERS = frozenset({"26", "50", "51", "80", "AS", "LT", "RT", "TC"})
"""Modifiers that mean nothing on an injection under the skin or into a muscle."""

WITHDRAWN = {"J1726": date(2023, 4, 6)}
"""Drugs that lost their approval, with the first day without it."""

DRUG_CODES = ("902##", "903##", "C9###", "J####", "Q####", "S####")
"""Every code that can be a drug line, and a few more, `#` being any digit: what to look for in the bytes of a batch."""
