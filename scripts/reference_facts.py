"""Small reference tables that have no source table: they are written down here, row by row.

`build_reference.py` writes them beside the tables that it makes of others; `reference_sources.py` names their sources.
"""

from __future__ import annotations

Rows = list[tuple[str, ...]]

_SELF_ADMINISTERED = (
    "J0135",  # adalimumab
    "J0139",
    "J0364",  # apomorphine
    "J0593",  # lanadelumab
    "J1324",  # enfuvirtide
    "J1438",  # etanercept
    "J1595",  # glatiramer
    "J1744",  # icatibant
    "J1830",  # interferon beta-1b
    "J2941",  # somatropin
    "J3030",  # sumatriptan
    "J3031",  # fremanezumab
    "J3110",  # teriparatide
    "J3357",  # ustekinumab
    "Q3028",  # interferon beta-1a
)

# Categories, and codes of others, whose title says "in (other) diseases classified elsewhere".
_NEVER_FIRST = """
    D72.18 D77 E20.811 E35 F02* G01 G02 G05.3 G05.4 G07 G13* G26 G32* G53 G55 G59 G63 G73* G91.4 G94 G99* H22 H28 H32
    H36.89 H42 H62* H67* H75* H82* H94* I31.31 I32 I39 I41 I43 I52 I68* I79* J17 J91* J99 K23 K67 K77 K87 L14 L45 L54
    L62 L86 L99 M01* M14.8* M36* M49* M63* M90* N08 N16 N22 N29 N33 N37 N51 N74 N77* R50.81
"""
# Anemia is often treated for itself: only where the claim has its cause too, is the order known to be wrong.
_AFTER_THEIR_CAUSE = (
    ("D630", "C*;D0*;D1*;D2*;D3*;D4*"),
    ("D631", "N18*"),
)

_GENDER = "F64*;Z87890"
_TRANSFUSION = "T803*"
_THROMBOCYTOPENIA = "D693"

SELF_ADMINISTERED: Rows = [(code, "sad-lists") for code in _SELF_ADMINISTERED]

MANIFESTATIONS: Rows = sorted(
    [
        *((code.replace(".", ""), "", "icd10-manifestations") for code in _NEVER_FIRST.split()),
        *((code, causes, "icd10-manifestations") for code, causes in _AFTER_THEIR_CAUSE),
    ]
)

# Code, sex, last month of age, diagnoses that the limit is for, diagnoses that lift it.
PATIENT_LIMITS: Rows = [
    (*row, "patient-limits")
    for row in (
        ("90380", "", "19", "", ""),  # nirsevimab
        ("90381", "", "19", "", ""),
        ("90384", "F", "", "", _TRANSFUSION),  # Rho(D) immune globulin
        ("90385", "F", "", "", _TRANSFUSION),
        ("90386", "F", "", "", f"{_THROMBOCYTOPENIA};{_TRANSFUSION}"),
        ("J1050", "F", "", "Z30*", _GENDER),  # medroxyprogesterone, for contraception only
        ("J1071", "M", "", "", f"C50*;{_GENDER}"),  # testosterone
        ("J2788", "F", "", "", _TRANSFUSION),  # Rho(D) immune globulin
        ("J2790", "F", "", "", _TRANSFUSION),
        ("J2791", "F", "", "", f"{_THROMBOCYTOPENIA};{_TRANSFUSION}"),
        ("J2792", "F", "", "", f"{_THROMBOCYTOPENIA};{_TRANSFUSION}"),
        ("J3121", "M", "", "", f"C50*;{_GENDER}"),  # testosterone
        ("J9217", "M", "", "", f"C50*;{_GENDER}"),  # leuprolide
    )
]
