"""What the clinics of a batch give and bill: injectable drugs by dose, and other services."""

from __future__ import annotations

from dataclasses import dataclass

MEDICARE = frozenset({"MB", "16"})
MEDICAID = frozenset({"MC"})
COMMERCIAL = frozenset({"BL", "CI", "HM", "12", "ZZ"})
ALL = MEDICARE | MEDICAID | COMMERCIAL
NOT_MEDICARE = ALL - MEDICARE


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose as billed: HCPCS units, package, the NDC quantity that makes those units, charge in cents."""

    units: int
    ndc: str
    quantity: str
    measure: str
    charge: int


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug by HCPCS code, with what keeps a claim for it clean.

    ``vial`` is Y (single dose), mixed, or N (multiple dose): Medicare wants JZ on the first two. ``auth``
    drugs carry an authorisation outside Medicare Part B. ``interval`` drugs must not be repeated for a
    patient at short notice.
    """

    code: str
    name: str
    vial: str
    doses: tuple[Dose, ...]
    diagnoses: tuple[str, ...]
    weight: int
    classes: frozenset[str] = ALL
    sex: str = ""
    ages: tuple[int, int] = (18, 90)
    auth: bool = False
    interval: bool = False
    description: str = ""


def _doses(*rows: tuple[int, str, str, str, int]) -> tuple[Dose, ...]:
    return tuple(Dose(*row) for row in rows)


def _icd(codes: str) -> tuple[str, ...]:
    """ICD-10-CM codes written with dots, as HI sends them: without."""
    return tuple(codes.replace(".", "").split())


_PAIN = _icd("M54.50 M54.2 M25.511 M25.561 M62.830 S39.012A G43.909")
_JOINT = _icd("M25.511 M25.561 M75.41 M54.16 M19.90")
_ALLERGY = _icd("L50.9 T78.40XA L23.9")
_NAUSEA = _icd("R11.2 R11.0 K52.9")
_ASTHMA = _icd("J45.50 J45.51")
_PSYCHOSIS = _icd("F20.9 F25.0 F25.1")

# NDCs are those of the CMS ASP crosswalk of October 2025, each listed there for this code alone; J1050 and
# the product under J3490 are not in it (not Part B products). Quantity times the crosswalk's units per mL or
# per vial gives the HCPCS units. Weights: how often one drug is given against another. Doses fill whole
# vials, so that JZ (no waste) is true.
# fmt: off
DRUGS: tuple[Drug, ...] = (
    Drug("J3420", "cyanocobalamin", "mixed", _doses((1, "00517003125", "1", "ML", 1500)),
         _icd("D51.0 E53.8 D51.9"), 16, interval=True),
    Drug("J1885", "ketorolac", "mixed",
         _doses((2, "00409379501", "1", "ML", 2850), (4, "00409379601", "2", "ML", 4600)), _PAIN, 16),
    Drug("J0696", "ceftriaxone", "Y",
         _doses((1, "00409733701", "1", "UN", 1400), (2, "00409733801", "1", "UN", 2200),
                (4, "00409733201", "1", "UN", 3825)),
         _icd("J18.9 N39.0 L03.115 L03.116 J01.90 J20.9 A54.9 H66.91"), 12, ages=(1, 90)),
    Drug("J3301", "triamcinolone acetonide", "mixed",
         _doses((4, "00003029305", "1", "ML", 3200), (8, "00003029305", "2", "ML", 6100)),
         _JOINT + _icd("J30.2 L23.9"), 9),
    Drug("J1010", "methylprednisolone acetate", "mixed",
         _doses((40, "00009307301", "1", "ML", 2400), (80, "00009347501", "1", "ML", 3975)), _JOINT, 8),
    Drug("J1100", "dexamethasone", "mixed",
         _doses((4, "00641614525", "1", "ML", 1250), (10, "00641036725", "1", "ML", 1700)),
         _icd("J02.9 J05.0 L50.9 J20.9"), 8, ages=(1, 90)),
    Drug("J1050", "medroxyprogesterone acetate", "Y", _doses((150, "00009074630", "1", "ML", 11000)),
         _icd("Z30.42 Z30.013"), 3, NOT_MEDICARE, "F", (15, 45), interval=True),
    Drug("J1071", "testosterone cypionate", "mixed",
         _doses((200, "00009041701", "1", "ML", 4500), (100, "00009034702", "1", "ML", 2900)),
         _icd("E29.1 E23.0"), 6, ALL, "M", (25, 80), interval=True),
    Drug("J1200", "diphenhydramine", "mixed", _doses((1, "00641037625", "1", "ML", 1150)), _ALLERGY, 4,
         ages=(6, 90)),
    Drug("J2550", "promethazine", "mixed", _doses((1, "00641092825", "1", "ML", 1325)), _NAUSEA, 5),
    Drug("J2405", "ondansetron", "mixed", _doses((4, "00409475503", "2", "ML", 1600)), _NAUSEA, 5),
    Drug("J0897", "denosumab", "Y", _doses((60, "55513071001", "1", "ML", 189500)), _icd("M81.0"), 4,
         ages=(50, 90), auth=True, interval=True),
    Drug("J2357", "omalizumab", "Y",
         _doses((30, "50242004062", "1", "UN", 161250), (60, "50242004062", "2", "UN", 322500)),
         _icd("L50.1 J45.50 J45.51"), 3, ages=(12, 80), auth=True, interval=True),
    Drug("J0561", "penicillin G benzathine", "Y", _doses((12, "60793070110", "2", "ML", 38000)),
         _icd("J02.0 A53.9"), 2, ages=(12, 80), interval=True),
    Drug("J2315", "naltrexone ER", "Y", _doses((380, "65757030001", "1", "UN", 178000)),
         _icd("F10.20 F11.20"), 2, auth=True, interval=True),
    Drug("J2426", "paliperidone palmitate", "Y",
         _doses((156, "50458056301", "1", "ML", 218000), (234, "50458056401", "1.5", "ML", 327000)),
         _PSYCHOSIS, 2, auth=True, interval=True),
    Drug("J1631", "haloperidol decanoate", "mixed",
         _doses((1, "25021083101", "1", "ML", 3600), (2, "25021083301", "1", "ML", 5200)),
         _PSYCHOSIS, 2, auth=True, interval=True),
    Drug("J2680", "fluphenazine decanoate", "N", _doses((1, "25021083805", "1", "ML", 4100)), _PSYCHOSIS, 1,
         auth=True, interval=True),
    Drug("J3410", "hydroxyzine", "mixed", _doses((1, "00517420125", "1", "ML", 1275)),
         _icd("F41.9 L29.9"), 3),
    Drug("J0702", "betamethasone", "mixed", _doses((2, "00517072001", "2", "ML", 2950)), _JOINT, 4),
    Drug("J2919", "methylprednisolone sodium succinate", "Y",
         _doses((25, "00009004704", "1", "UN", 4425), (8, "00009003906", "1", "UN", 2500)),
         _icd("J45.901 J45.21 L50.0"), 5),
    Drug("J1938", "furosemide", "mixed",
         _doses((40, "00143915610", "4", "ML", 1800), (20, "00143915525", "2", "ML", 1200)),
         _icd("I50.22 I50.32 R60.0"), 2, ages=(40, 90)),
    Drug("J0517", "benralizumab", "Y", _doses((30, "00310173030", "1", "ML", 612000)), _ASTHMA, 1,
         ages=(12, 80), auth=True, interval=True),
    Drug("Q5111", "pegfilgrastim-cbqv", "Y", _doses((12, "70114010101", "0.6", "ML", 498000)),
         _icd("D70.1"), 1, auth=True, interval=True),
    Drug("J2765", "metoclopramide", "Y", _doses((1, "00409341401", "2", "ML", 1450)), _NAUSEA, 3),
    Drug("J0780", "prochlorperazine", "mixed", _doses((1, "00641613525", "2", "ML", 2600)), _NAUSEA, 2),
    Drug("J2790", "Rho(D) immune globulin", "Y", _doses((1, "00562780501", "1", "ML", 18500)),
         _icd("O26.891"), 1, NOT_MEDICARE, "F", (18, 40), interval=True),
    Drug("Q9991", "buprenorphine ER", "Y", _doses((1, "12496010001", "0.5", "ML", 198500)), _icd("F11.20"), 1,
         auth=True, interval=True),
    Drug("J3411", "thiamine", "mixed", _doses((2, "00404979920", "2", "ML", 1900)), _icd("E51.9"), 2),
)
# fmt: on
BY_CODE = {drug.code: drug for drug in DRUGS}

# fmt: off
# A drug without a code of its own: one unit, named in SV101-7.
UNCLASSIFIED = Drug("J3490", "ketamine", "mixed", _doses((1, "00143950810", "1", "ML", 5500)), _icd("R52"), 0,
                    description="KETAMINE HCL 50 MG")
# Given into a vein only.
IRON = Drug("J1756", "iron sucrose", "Y", _doses((100, "00517234010", "5", "ML", 9600)), _icd("D50.9"), 0)
PALONOSETRON = Drug("J2469", "palonosetron", "Y", _doses((10, "00703409401", "5", "ML", 21000)),
                    _icd("R11.2"), 0)
FERRIC_CARBOXYMALTOSE = Drug("J1439", "ferric carboxymaltose", "Y",
                             _doses((750, "00517065001", "15", "ML", 138000)), _icd("D50.9"), 0)
AZITHROMYCIN = Drug("J0456", "azithromycin", "Y", _doses((1, "00069315083", "1", "UN", 3350)),
                    _icd("J18.9"), 0)
IV_DRUGS = (IRON, PALONOSETRON, FERRIC_CARBOXYMALTOSE, AZITHROMYCIN)
# Given with the chemotherapy administration code for a cancer diagnosis.
LEUPROLIDE = Drug("J9217", "leuprolide depot", "Y",
                  _doses((3, "62935022305", "1", "UN", 98000), (6, "62935045345", "1", "UN", 189000)),
                  _icd("C61"), 0, ALL, "M", (50, 88), auth=True, interval=True)
XGEVA = Drug("J0897", "denosumab", "Y", _doses((120, "55513073001", "1", "ML", 279000)), _icd("C79.51"), 0,
             ages=(50, 88), auth=True, interval=True)
CEFAZOLIN = Drug("J0690", "cefazolin", "Y", _doses((2, "00143926225", "1", "UN", 2100)), _icd("L03.115"), 0)

# fmt: on

# Everyday drugs of an office, fit for a second injection and for a patient seen before.
EVERYDAY = tuple(drug for drug in DRUGS if drug.weight >= 3 and not (drug.interval or drug.auth or drug.sex))

OFFICE_VISITS = (
    ("99212", 8500),
    ("99213", 13500),
    ("99213", 13500),
    ("99214", 19850),
    ("99214", 19850),
    ("99215", 26700),
    ("99203", 16500),
    ("99204", 24800),
)
PREVENTIVE_VISITS = (
    (0, "99391", 15500),
    (1, "99392", 16500),
    (5, "99393", 16450),
    (12, "99394", 18000),
    (18, "99395", 18500),
    (40, "99396", 19800),
    (65, "99397", 21500),
)
# Problems of a visit apart from the one that is injected.
PROBLEMS = _icd("I10 E11.9 E78.5 E78.2 E03.9 K21.9 F41.1 M19.90 G47.33 R53.83 E11.65 I25.10 N18.31")
CHILD_PROBLEMS = _icd("J30.9 L20.9 R50.9 J06.9 K59.00 J45.20")

# Services without an injection: (CPT, cents, modifiers, units).
Service = tuple[str, int, tuple[str, ...], int]
DRAW: Service = ("36415", 1200, (), 1)
LABS: tuple[Service, ...] = (
    ("85025", 2450, (), 1),
    ("80053", 3860, (), 1),
    ("80061", 4200, (), 1),
    ("84443", 5275, (), 1),
    ("83036", 3100, (), 1),
    ("82306", 7900, (), 1),
    ("82607", 4350, (), 1),
    ("82728", 3990, (), 1),
    ("83540", 2220, (), 1),
    ("81001", 1150, (), 1),
)
IMAGING: tuple[Service, ...] = (
    ("71046", 9800, (), 1),
    ("73562", 11225, ("RT",), 1),
    ("73030", 10850, ("LT",), 1),
    ("72100", 12000, (), 1),
    ("77080", 18800, (), 1),
    ("76642", 24500, ("LT",), 1),
)
THERAPY: tuple[Service, ...] = (
    ("97110", 7850, ("GP",), 2),
    ("97140", 6900, ("GP",), 1),
    ("97112", 7400, ("GP",), 1),
    ("97035", 3400, ("GP",), 1),
    ("97110", 3925, ("GP",), 1),
)
OFFICE_TESTS: tuple[Service, ...] = (
    ("93000", 4600, (), 1),
    ("94010", 7850, (), 1),
    ("81003", 900, ("QW",), 1),
    ("87880", 3300, ("QW",), 1),
    ("87086", 2875, (), 1),
)
THERAPY_DIAGNOSES = _icd("M54.50 M25.511 M25.561 M75.41 M62.81")
MIND_DIAGNOSES = _icd("F33.1 F41.1 F43.10")
IMAGING_DIAGNOSES = _icd("R05.9 R07.9 M25.511 M25.561 M54.50 M81.0")
VACCINES: tuple[Service, ...] = (("90686", 3950, (), 1), ("90715", 6475, (), 1), ("90677", 28800, (), 1))
JOINTS = (("M1711", "RT"), ("M1712", "LT"), ("M25561", "RT"), ("M25562", "LT"))
POLLEN = _icd("J30.1 J30.2 J30.81")
PREVENTIVE_DIAGNOSIS = "Z0000"
CHILD_CHECK_DIAGNOSIS = "Z00129"
VACCINE_DIAGNOSIS = "Z23"
