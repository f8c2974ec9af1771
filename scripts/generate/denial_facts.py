"""What the specification says of denials: signatures of the rules, categories of CARCs and RARCs, severities.

Written down from the rule catalogue (sections 1 to 3 and the rulings), not from the product: this is the other
side of the comparison. Only the rules that a practice plants and the codes that its payers send are here.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

ERROR, WARNING, INFO = 3, 2, 1

# Ruling 21: alternatives by semicolon; any of the CARCs with any of the RARCs; a bare RARC goes with any CARC.
_NO_DRUG = "CO-16+N349; CO-B15; CO-107; CO-A1|CO-96+N161|N169; CO-97"
_SIGNATURES = {
    "A01": _NO_DRUG,
    "A02": f"{_NO_DRUG}; OA-18|CO-18+N522|N111",
    "A03": f"{_NO_DRUG}; CO-96|CO-16+N773",
    "A04": "CO-B15|CO-107; CO-96+N161",
    "A05": "CO-97+M15|N19; CO-151+N362|N435; OA-18",
    "A07": "OA-18|CO-18; CO-97+N19|M15; CO-B13; CO-151",
    "A09": "CO-B15|PR-96+N161|N169|N356",
    "B01": "CO-97+M15|N19|N20; CO-236; CO-16+N822; CO-4; CO-97+N19",
    "B02": "CO-97+M15|N19; CO-236; M80; M14",
    "B03": "CO-97+M15|N19; CO-236; CO-5|CO-58+M77|N428|M97",
    "B04": "CO-97|CO-236+M15|N20",
    "B05": "CO-97+N19|M15; CO-4; CO-16+N822",
    "B06": "CO-4; CO-16+N519|N823|M78; CO-182",
    "B07": "CO-4|CO-16+N519",
    "B08": "CO-4; CO-16+N519",
    "B09": "CO-97+M15|N19; CO-236; CO-B10",
    "B12": "CO-97|CO-236+M15",
    "C01": "CO-151+N362; CO-222+N362; CO-35+N362; CO-96+N362; MA01",
    "C03": "CO-16+M53|N430|N815; CO-153; CO-151",
    "C04": "CO-151|CO-153+N362|M53",
    "D05": "CO-16+M119",
    "D06": "CO-16+M119",
    "D09": "CO-16+N846; M119; CO-A1+N846",
    "E03": "CO-50+N115|N386|M25; CO-11; CO-167; CO-96+N569; CO-272",
    "F01": "CO-B15|CO-16+N657|N349; CO-4",
    "F03": "CO-16+N657|N56; CO-B15; CO-97",
    "F06": "CO-97|CO-16+N657",
    "G01": "CO-5|CO-58+M77|N428|M97|N79; CO-171; CO-96+N428; CO-B20",
    "H01": "CO-16+N822|N823|M78; CO-4; MA130",
}
RULES = tuple(_SIGNATURES)

# Section 3: the denial categories that speak for a rule of each family.
_FAMILIES = {
    "A": frozenset({"missing-companion", "missing-info", "bundling"}),
    "B": frozenset({"bundling", "modifier"}),
    "C": frozenset({"units", "frequency"}),
    "D": frozenset({"coding", "ndc", "noc", "missing-info"}),
    "E": frozenset({"medical-necessity", "coding", "demographic"}),
    "F": frozenset({"coding", "missing-companion", "bundling"}),
    "G": frozenset({"place-of-service", "authorization", "benefit-channel", "provider"}),
    "H": frozenset({"modifier"}),
}

# carc.csv: what a denial is about. A reason that is not here (45, 253, 1, 2, 3, 23, 101) is no denial.
_REASONS = {
    "4": "modifier",
    "5": "place-of-service",
    "11": "medical-necessity",
    "16": "missing-info",
    "18": "duplicate",
    "22": "eligibility",
    "24": "eligibility",
    "27": "eligibility",
    "29": "timely-filing",
    "50": "medical-necessity",
    "58": "place-of-service",
    "97": "bundling",
    "107": "missing-companion",
    "109": "eligibility",
    "119": "frequency",
    "151": "frequency",
    "153": "units",
    "171": "place-of-service",
    "197": "authorization",
    "204": "non-covered",
    "222": "frequency",
    "234": "bundling",
    "236": "bundling",
    "252": "documentation",
    "272": "medical-necessity",
    "B13": "duplicate",
    "B15": "missing-companion",
}
# rarc.csv: what decides the category of a generic reason.
_REMARKS = {
    "M15": "bundling",
    "M53": "units",
    "M77": "place-of-service",
    "M119": "ndc",
    "MA27": "eligibility",
    "N19": "bundling",
    "N20": "bundling",
    "N115": "medical-necessity",
    "N349": "missing-companion",
    "N362": "units",
    "N430": "units",
    "N435": "frequency",
    "N519": "modifier",
    "N657": "coding",
    "N773": "benefit-channel",
    "N815": "ndc",
    "N822": "modifier",
    "N846": "ndc",
}
GENERIC = frozenset({"16", "96", "A1", "226", "252"})
PATIENT_SHARE = frozenset({"1", "2", "3"})
# Section 2.3: never counted against the rules (109, 197, B7 and alike unless G04, G06, I06 are planted, which are not).
UNRELATED = frozenset(
    {"22", "24", "26", "27", "29", "31", "33", "109", "197", "198", "284", "296", "B7"}
    | {"226", "227", "242", "252", "256", "288"}
)
IDENTITY = frozenset({"MA27", "MA61"})

# Section 0.4, where it puts one rule before another; used only between hits that are equal in all else.
_ORDER = (
    *("D06", "F01", "F03", "F06", "G01", "A02", "A03", "A01", "A04", "A05", "A07", "A09"),
    *("B02", "B04", "B01", "B03", "B09", "B12", "B05", "B06", "B07", "B08"),
    *("C01", "C03", "C04", "E03", "H01", "D05", "D09"),
)
PLACE = {rule: place for place, rule in enumerate(_ORDER)}

# Severities (section 1 with ruling 3) where they are not error for everybody.
_SEVERITIES: dict[str, tuple[int, dict[str, int]]] = {
    "A01": (WARNING, {"MB": ERROR}),
    "A02": (WARNING, {"MB": ERROR}),
    "A03": (WARNING, {"MB": ERROR}),
    "A04": (INFO, {"MC": WARNING}),
    "A05": (WARNING, {}),
    "A09": (WARNING, {}),
    "B03": (WARNING, {}),
    "B05": (WARNING, {}),
    "B07": (INFO, {}),
    "B09": (WARNING, {}),
    "B12": (WARNING, {}),
    "D05": (WARNING, {"MC": ERROR}),
    "E03": (WARNING, {}),
    "H01": (ERROR, {"16": WARNING}),
}


class Alternative(NamedTuple):
    """One alternative of a signature; no ``reasons`` means any."""

    reasons: frozenset[str]
    remarks: frozenset[str]


@cache
def signature(rule: str) -> tuple[Alternative, ...]:
    """The alternatives of a rule's signature; the group of a CARC does not count."""
    found = []
    for text in _SIGNATURES[rule].split(";"):
        first, _, second = text.strip().partition("+")
        reasons = re.findall(r"(?:CO|OA|PI|PR)-(\w+)", first)
        remarks = second if reasons else first
        found.append(Alternative(frozenset(reasons), frozenset(filter(None, remarks.split("|")))))
    return tuple(found)


def is_denial(reason: str) -> bool:
    """Whether a CARC counts as a denial; raises KeyError for one that nobody looked up."""
    if reason in _REASONS:
        return True
    if reason in PATIENT_SHARE or reason in {"23", "45", "101", "253"}:
        return False
    raise KeyError(reason)


def categories(reason: str, remarks: tuple[str, ...]) -> frozenset[str]:
    """What a denial is about: by its RARCs where the CARC is generic, else by the CARC."""
    if reason in GENERIC:
        spoken = frozenset(_REMARKS[remark] for remark in remarks if remark in _REMARKS)
        if spoken:
            return spoken
    return frozenset({_REASONS[reason]})


def speaks_of(rule: str) -> frozenset[str]:
    """The denial categories of a rule's own category."""
    return _FAMILIES[rule[0]]


def severity(rule: str, kind: str, shape: str, vial: str) -> int:
    """The severity of a planted finding for a payer class, by its form where that matters."""
    usual, by_kind = _SEVERITIES.get(rule, (ERROR, {}))
    if rule == "B09" and shape == "joint-with-96372":
        return ERROR  # the only drug was the one of the procedure
    if rule == "H01" and vial == "mixed":
        return WARNING
    return by_kind.get(kind, usual)


def in_scope(rule: str, kind: str) -> bool:
    """Whether the payer class is one that the rule's scope names (worth a tenth of a point)."""
    if rule in {"B03", "C01"}:
        return kind in {"MB", "16", "MC"}
    return True
