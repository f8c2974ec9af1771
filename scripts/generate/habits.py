"""The payers of a practice and their hidden habits, as data: what each denies, how it pays, how it writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .people import Payer

Where = Literal["line", "partner", "others", "drugs"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a payer says to a finding, in ``share`` of the cases: the CARC with its group, and RARCs.

    ``where``: the line of the finding, the other side of its pair, or besides the line also the lines of the claim
    that have no part in it, or its drugs. ``cut``: some units are paid.
    """

    reason: str
    remarks: tuple[str, ...] = ()
    share: float = 1.0
    where: Where = "line"
    policy: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Habits:
    """One payer. Shares are of claims; ``answers`` by rule, what is left of 1 is paid.

    ``quirks``: shares of what happens to claims without findings. ``control``: what REF*6R of a remittance holds.
    ``number``: what becomes of the patient control number. ``identity``: where the remittance says who pays.
    """

    key: str
    payer: Payer
    filing: str
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    quirks: Mapping[str, float] = field(default_factory=dict)
    control: Literal["returned", "never", "line-number"] = "returned"
    number: Literal["kept", "stripped", "cut"] = "kept"
    modifiers: Literal["kept", "turned", "dropped"] = "kept"
    reversed_lines: bool = False
    spans: bool = False
    identity: Literal["N104", "2U", "BPR10"] = "N104"
    layout: Literal["transactions", "interchanges", "files"] = "transactions"
    delimiters: str = "*:~^"
    ending: str = ""
    lag: tuple[int, int] = (12, 32)
    weekday: int = 3
    unanswered: float = 0.01
    allowed: tuple[int, int] = (55, 80)
    coinsurance: int = 20
    copay: int = 0
    deductible: float = 0.03
    sequestered: bool = False
    says_denied: bool = True
    zero_units: bool = False
    contractual_beside: bool = False
    same_number: bool = False
    claim_level: bool = False


def _says(reason: str, *remarks: str, share: float = 1.0, where: Where = "line", policy: str = "") -> Answer:
    return Answer(reason, remarks, share, where, policy)


def _cuts(reason: str, *remarks: str, share: float = 1.0) -> Answer:
    return Answer(reason, remarks, share, cut=True)


_COMMON = {"reversal": 0.03, "split": 0.015, "predetermination": 0.01, "unrelated": 0.04, "void": 0.016, "late": 0.025}

_MEDICARE = Habits(
    "medicare",
    Payer("MB", "SAMPLE MEDICARE PART B EAST", "99001"),
    "MB",
    {
        "A01": (_says("CO-16", "N349"),),
        "A02": (_says("CO-16", "N349"),),
        "A03": (_says("CO-16", "N349"),),
        "A07": (_says("OA-18", share=0.9),),
        "B01": (_says("CO-97", "N19", share=0.6), _says("CO-97", "M15", share=0.3)),
        "B02": (_says("CO-97", "M15"),),
        "B06": (_says("CO-16", "N519"),),
        "B08": (_says("CO-97", "N19", share=0.5), _says("CO-16", "N519", share=0.5)),
        "B09": (_says("CO-97", "M15"),),
        "B12": (_says("CO-97", "M15"),),
        "C01": (_says("CO-151", "N362"),),
        "E03": (_says("CO-50", "N115", share=0.8, policy="L33502"),),
        "F01": (_says("CO-16", "N657"),),
        "F03": (_says("CO-16", "N657"),),
        "F06": (_says("CO-16", "N657"),),
        "G01": (_says("CO-5", "M77", share=0.5), _says("CO-5", "M77", share=0.5, where="drugs")),
        "H01": (_says("CO-16", "N822", share=0.7), _says("CO-16", "N822", "MA130", share=0.3)),
    },
    _COMMON | {"panel": 0.8, "cut-units": 0.04, "withheld": 0.05},
    modifiers="turned",
    lag=(14, 20),
    allowed=(60, 75),
    sequestered=True,
    says_denied=False,
    zero_units=True,
)

_ADVANTAGE = Habits(
    "everstone",
    Payer("16", "EVERSTONE MEDICARE ADVANTAGE", "99011"),
    "16",
    {
        "A01": (_says("CO-B15"),),
        "A02": (_says("CO-B15"),),
        "A03": (_says("CO-107"),),
        "A07": (_says("CO-B13"),),
        "B01": (_says("CO-4"),),
        "B02": (_says("CO-97"),),
        "B06": (_says("CO-4"),),
        "B08": (_says("CO-4"),),
        "B09": (_says("CO-236"),),
        "B12": (_says("CO-236"),),
        "C01": (_says("CO-151", "N362"),),
        "E03": (_says("CO-11", share=0.5),),
        "F01": (_says("CO-B15"),),
        "F03": (_says("CO-B15"),),
        "F06": (_says("CO-97"),),
        "H01": (_says("CO-4", share=0.8),),
    },
    _COMMON | {"recode": 0.06, "panel": 0.5},
    modifiers="turned",
    reversed_lines=True,
    layout="interchanges",
    ending="\n",
    allowed=(58, 72),
    sequestered=True,
    same_number=True,
    weekday=1,
)

_MEDICAID = Habits(
    "medicaid",
    Payer("MC", "SAMPLE STATE MEDICAID", "99021"),
    "MC",
    {
        "A01": (_says("CO-107"),),
        "A02": (_says("CO-107"),),
        "A04": (_says("CO-B15", share=0.5),),
        "A07": (_says("CO-151"),),
        "B01": (_says("CO-236", share=0.8),),
        "B02": (_says("CO-236"),),
        "B03": (_says("CO-97", "N19", share=0.6), _says("CO-97", "N19", share=0.4, where="partner")),
        "B04": (_says("CO-97", "M15"),),
        "C01": (_says("CO-222", "N362"),),
        "C03": (_says("CO-16", "N430"),),
        "D05": (_says("CO-16", "M119", share=0.85), _says("CO-16", "N815", share=0.15)),
        "D06": (_says("CO-16", "M119"),),
        "D09": (_says("CO-16", "M119", share=0.5), _says("CO-16", "N846", share=0.5)),
        "F01": (_says("CO-16", "N657"),),
        "F03": (_says("CO-16", "N657"),),
        "F06": (_says("CO-16", "N657"),),
    },
    _COMMON,
    identity="2U",
    delimiters="|>\n^",
    allowed=(35, 55),
    coinsurance=0,
    deductible=0.0,
    lag=(9, 16),
    zero_units=True,
)

_LIMITED = Habits(
    "community",
    Payer("MC", "SAMPLE COMMUNITY MEDICAID PLAN", "99022"),
    "MC",
    {
        "A01": (_says("CO-16", "N349"),),
        "A05": (_cuts("CO-151", "N435"),),
        "A07": (_says("CO-151", "N435", share=0.5), _says("CO-119", share=0.5)),
        "B03": (_says("CO-97", "N19"),),
        "D05": (_says("CO-16", "M119", share=0.5),),
    },
    _COMMON | {"daily-limit": 1.0},
    control="never",
    number="stripped",
    allowed=(35, 55),
    coinsurance=0,
    deductible=0.0,
)

_BLUE = Habits(
    "blue",
    Payer("BL", "SAMPLE BLUE OF THE PLAINS", "99031"),
    "15",
    {
        "A01": (_says("CO-97", "N19"),),
        "A03": (_says("CO-16", "N773"),),
        "A07": (_says("OA-18", where="partner", share=0.6),),
        "B01": (_says("CO-97", "N19", where="partner"),),
        "B02": (_says("CO-97", "N19", where="partner"),),
        "B05": (_says("CO-97", "N19", where="partner"),),
        "B09": (_says("CO-97", "N19"),),
        "B12": (_says("CO-97", "N19"),),
        "C01": (_says("CO-119"),),
        "C03": (_cuts("CO-153"),),
        "D05": (_says("CO-16", "N815", share=0.3),),
        "G01": (_says("CO-58", "M77"),),
    },
    _COMMON | {"not-covered": 0.05},
    number="cut",
    modifiers="dropped",
    copay=2500,
    contractual_beside=True,
    claim_level=True,
)

_IRONWOOD = Habits(
    "ironwood",
    Payer("CI", "IRONWOOD LIFE AND HEALTH", "99041"),
    "15",
    {},
    _COMMON,
    control="never",
    modifiers="turned",
    layout="files",
    copay=3000,
)

_NORTHWIND = Habits(
    "northwind",
    Payer("CI", "NORTHWIND HEALTH", "99042"),
    "15",
    {
        "A01": (_says("CO-B15", share=0.3),),
        "D05": (_says("CO-16", "M119", share=0.3),),
        "E03": (
            _says("CO-50", "N115", share=0.4, policy="MP-1142"),
            _says("CO-11", share=0.4),
            _says("CO-272", share=0.1),
        ),
        "F03": (_says("CO-97"),),
    },
    _COMMON | {"own-policy": 0.15, "recode": 0.05},
    modifiers="turned",
    identity="2U",
    claim_level=True,
)

_HARBOR = Habits(
    "harbor",
    Payer("HM", "HARBORLIGHT HMO", "99051"),
    "HM",
    {},
    {"interest": 0.5},
    lag=(30, 150),
    weekday=4,
    modifiers="turned",
    unanswered=0.05,
    copay=2000,
    coinsurance=0,
)

_OPENROAD = Habits(
    "openroad",
    Payer("12", "OPENROAD PPO", "1990000061"),
    "12",
    {
        "A01": (_says("CO-16", "N349"),),
        "A02": (_says("CO-B15", where="partner"),),
        "B01": (_says("CO-16", "N822"),),
        "B05": (_says("CO-16", "N822"),),
        "B08": (_says("CO-16", "N519"),),
        "G01": (_says("CO-5", "M77"),),
    },
    _COMMON | {"unrelated": 0.08},
    control="never",
    number="cut",
    modifiers="dropped",
    identity="BPR10",
    spans=True,
    claim_level=True,
)

_TRADES = Habits(
    "trades",
    Payer("ZZ", "TRADES UNITED WELFARE FUND", "99071"),
    "ZZ",
    {
        "A01": (_says("CO-107"),),
        "B01": (_says("CO-234", share=0.6), _says("CO-97", "M15", share=0.4, where="others")),
        "B05": (_says("CO-234"),),
    },
    _COMMON | {"unrelated": 0.08},
    control="line-number",
    number="stripped",
    spans=True,
    claim_level=True,
    same_number=True,
)

PRACTICE = (
    *(_MEDICARE, _ADVANTAGE, _MEDICAID, _LIMITED, _BLUE),
    *(_IRONWOOD, _NORTHWIND, _HARBOR, _OPENROAD, _TRADES),
)
# How many patients in a hundred have each class of payer.
SHARES = {"MB": 22, "16": 11, "MC": 18, "BL": 15, "CI": 18, "HM": 6, "12": 5, "ZZ": 5}

# Denials for reasons that no rule of injections can know: (share, CARC, RARCs, only the drug lines).
UNRELATED = (
    (0.13, "CO-29", (), False),
    (0.13, "CO-22", (), False),
    (0.13, "CO-27", (), False),
    (0.13, "PR-27", (), False),
    (0.06, "CO-109", (), False),
    (0.16, "CO-16", ("MA27", "MA130"), False),
    (0.2, "CO-197", (), True),
    (0.06, "CO-252", (), False),
)

# How often a rule is planted against the others.
DEFECTS = {
    **dict.fromkeys(("A03", "A04", "B04", "B12", "C04", "D09", "F01", "F03", "F06"), 1),
    **dict.fromkeys(("A05", "B02", "B03", "B06", "B08", "B09", "C03", "D06"), 2),
    **dict.fromkeys(("A02", "B05", "C01", "D05", "G01"), 3),
    **dict.fromkeys(("A01", "A07", "E03", "H01"), 5),
    "B01": 9,
}


def planting_order(rule: str) -> list[Habits]:
    """Whose claims a rule's findings are planted in, in turn: twice as often with those that answer it."""
    return [habits for habits in PRACTICE for _ in range(2 if rule in habits.answers else 1)]
