"""Provenance of the reference tables: the sources with their citations, the editions, and the names of plans.

Kept apart from `build_reference.py`, which reads it: this is what changes when a newer edition is loaded.
"""

from __future__ import annotations

_NORTHSTAR = "public copy github.com/andrewallenbruce/northstar"
_PTP = f"CMS Medicare NCCI PTP edits, practitioner, 2024-07-01 ({_NORTHSTAR})"
_HCPCS = "CMS HCPCS Level II file: descriptors, first and last dates"
_KNOWLEDGE = "professional knowledge"
_DRUG_KNOWLEDGE = f"routes, single-dose mark and usual administration code are {_KNOWLEDGE}"

SOURCES: tuple[tuple[str, str, str, str], ...] = (
    ("hcpcs-2025q4", "2025q4", f"{_HCPCS}; {_DRUG_KNOWLEDGE}", "partly"),
    (
        "hcpcs-asp-2025q4",
        "2025q4",
        f"{_HCPCS}; the dose agrees with the CMS ASP pricing file; {_DRUG_KNOWLEDGE}",
        "partly",
    ),
    (
        "opps-addendum-b-2026q2",
        "2026q2",
        f"CMS OPPS Addendum B: code and short descriptor, first date unknown; {_DRUG_KNOWLEDGE}",
        "partly",
    ),
    ("hcpcs-succession", "2025q4", f"{_HCPCS}; factor computed from the two descriptors", "yes"),
    (
        "hcpcs-succession-unsure",
        "2025q4",
        f"{_HCPCS}; unit or first date of the new code is {_KNOWLEDGE}",
        "partly",
    ),
    (
        "typical-units",
        "2026",
        f"HCPCS descriptors and MUE values; usual range and suspicious units are {_KNOWLEDGE}",
        "partly",
    ),
    ("ptp-2024q3", "2024q3", _PTP, "yes"),
    (
        "ptp-2024q3-2026q3",
        "2024q3, 2026q3",
        f"{_PTP}; effective date read, and still active, in 2026q3 and 2026q4"
        " (public copy github.com/Ttheegela/PriorPath)",
        "yes",
    ),
    (
        "ptp-2024q3-em",
        "2024q3",
        f"{_PTP}; office, emergency and inpatient visits re-read in 2026q3; families in own words",
        "yes",
    ),
    (
        "ptp-2024q3-absent",
        "2024q3",
        f"{_PTP}: there is no pair; that payers want modifier 25 is {_KNOWLEDGE}",
        "partly",
    ),
    ("mue-medicare-2024q3", "2024q3", f"CMS Medicare MUE, practitioner services ({_NORTHSTAR})", "yes"),
    (
        "mue-medicare-2026q4",
        "2026q4",
        "CMS Medicare MUE, practitioner services, 2026q4 or 2026q3"
        " (public copies github.com/clay-good/sophiewell.com and github.com/Ttheegela/PriorPath)",
        "yes",
    ),
    (
        "mue-medicaid-2026q1",
        "2026q1",
        "CMS Medicaid MUE, practitioner services"
        " (public copy github.com/sjanoe123/healthcare-payment-integrity)",
        "yes",
    ),
    (
        "asp-ndc-2025q4",
        "2025q4",
        "CMS ASP NDC-HCPCS crosswalk (public copy github.com/crowbarmassage/340b-optimizer-v2);"
        " units per NDC unit are billing units by package size",
        "yes",
    ),
    (
        "cms-pos",
        "2024",
        f"CMS place of service codes with facility mark ({_NORTHSTAR}); payability from PC/TC indicator 5"
        f" and facility NA of RVU24C, `depends` is {_KNOWLEDGE}; Regence reimbursement policy"
        " Administrative 109",
        "partly",
    ),
    (
        "x12-2024-06",
        "2024-06",
        f"X12 external code lists 139 and 411: codes and dates ({_NORTHSTAR});"
        f" meanings in own words, categories are {_KNOWLEDGE}",
        "partly",
    ),
    (
        "rarc-unchecked",
        "2024-06",
        "code seen in a public dictionary of remark codes, not checked in the X12 list",
        "knowledge",
    ),
    (
        "label-intervals",
        "2026",
        f"{_KNOWLEDGE} of label schedules, with tolerance: for warnings only",
        "knowledge",
    ),
    ("dx-knowledge", "2026", f"mapping of indications to ICD-10-CM is {_KNOWLEDGE}", "knowledge"),
    (
        "lcd-l29309",
        "retired",
        f"First Coast LCD L29309 (ICD-9 list, retired); its ICD-10-CM equivalents are {_KNOWLEDGE}",
        "partly",
    ),
    (
        "lcd-testosterone",
        "2026",
        f"Medicare LCD L36538, L36569, L39086 (numbers seen); mapping to ICD-10-CM is {_KNOWLEDGE}",
        "partly",
    ),
    (
        "ncd-150-6",
        "NCD 150.6",
        f"HCPCS coverage reference 45-4 and LCD L29309; mapping to ICD-10-CM is {_KNOWLEDGE}",
        "partly",
    ),
    ("aap-nirsevimab", "2023", "American Academy of Pediatrics, coding page for nirsevimab", "yes"),
    (
        "administration-map",
        "2026",
        "RSV antibodies (manufacturer, AAP), joint products (HCPCS descriptors), 96372 not for vaccines or"
        f" allergens: pages opened; the other classes are {_KNOWLEDGE}",
        "partly",
    ),
    (
        "sad-lists",
        "2026",
        "Medicare articles on self-administered drugs A53032, A53033, A52527, A52571; CGS cope20933; HCPCS descriptors:"
        " frequent entries only, the contractors' lists differ and change monthly",
        "yes",
    ),
    (
        "icd10-manifestations",
        "FY 2026",
        "ICD-10-CM tabular list, titles in diseases classified elsewhere (read in a public digest); official guidelines"
        f" I.A.13; that anemia matters only beside its cause is {_KNOWLEDGE}",
        "partly",
    ),
    (
        "patient-limits",
        "2026",
        f"labels and indications: {_KNOWLEDGE}; the age for nirsevimab as the American Academy of Pediatrics has it",
        "partly",
    ),
    ("plan-names", "2026", f"names of plans as payer lists write them: {_KNOWLEDGE}", "knowledge"),
)
"""Key, edition, citation, and whether somebody opened the source: yes, partly, knowledge."""

EDITIONS: dict[str, str] = {
    "admin_code_map": "2026",
    "carc": "2024-06",
    "drug_dx_policy": "2026",
    "drug_interval": "2026",
    "drugs": "2025q4, 2026q2",
    "em": "2024q3",
    "manifestations": "FY 2026",
    "mue": "medicare 2024q3, medicare 2026q4, medicaid 2026q1",
    "ncci": "2024q3",
    "ndc": "2025q4",
    "patient_limits": "2026",
    "payer_policies": "2026",
    "plans": "2026",
    "pos": "2024",
    "rarc": "2024-06",
    "self_administered": "2026",
    "succession": "2025q4",
    "typical_units": "2026",
}
"""The edition of each table, as a report names it."""

PLANS: tuple[tuple[str, str, str], ...] = (
    (
        "bcbs-al",
        r"(?=.*\b(BLUE ?CROSS|BCBS)).*\bALABAMA\b|\bBCBS ?(OF )?AL\b|\bBLUE ?CROSS.* OF AL\b",
        "plan-names",
    ),
    ("horizon-nj", r"\bHORIZON (NJ|N J|NEW JERSEY) HEALTH\b", "plan-names"),
    # AmeriHealth Caritas is another company with policies of its own.
    ("ibc", r"\bINDEPENDENCE (BLUE ?CROSS|BC\b)|\bAMERIHEALTH\b(?! CARITAS)", "plan-names"),
    ("priority-health", r"\bPRIORITY ?HEALTH\b", "plan-names"),
    ("regence", r"\bREGENCE|\bBRIDGE ?SPAN\b", "plan-names"),
)
"""Plan key, the pattern to find in a payer name (capitals, single blanks, no punctuation), source."""

# How a text in the source tables begins, and the key it stands for; the longest beginning wins.
_BEGINNINGS = {
    "HCPCS Oct-2025 ANWEB (descriptor+dates)": "hcpcs-2025q4",
    # The three rows that differ from the pricing file do so in the notation of the dose only.
    "HCPCS Oct-2025 ANWEB (descriptor+dates); CMS ASP pricing Oct-2025": "hcpcs-asp-2025q4",
    "OPPS Addendum B Apr-2026": "opps-addendum-b-2026q2",
    "HCPCS Oct-2025 ANWEB add/term dates": "hcpcs-succession",
    "descriptor/MUE verified; typical range": "typical-units",
    "CMS Medicare NCCI PTP practitioner v2024Q3": "ptp-2024q3",
    "CMS Medicare NCCI PTP practitioner v2024Q3 (2024-07-01) via github andrewallenbruce/northstar"
    " pin ncci_ptp_prac; effective date": "ptp-2024q3-2026q3",
    "ncci_injection_context": "ptp-2024q3",
    "CMS NCCI PTP practitioner 2024Q3; office/ED/inpatient rows": "ptp-2024q3-em",
    "absence checked in CMS NCCI PTP 2024Q3": "ptp-2024q3-absent",
    "CMS ASP NDC-HCPCS crosswalk Oct-2025": "asp-ndc-2025q4",
    "POS names/facility flag": "cms-pos",
    "existence/meaning/dates checked against X12 list snapshot 2024-06": "x12-2024-06",
    "knowledge; code present in a public RARC dictionary": "rarc-unchecked",
    "professional knowledge of label schedules": "label-intervals",
    "mapping = professional knowledge": "dx-knowledge",
    "First Coast LCD L29309": "lcd-l29309",
    "MCD numbers seen": "lcd-testosterone",
    "HCPCS coverage ref + L29309": "ncd-150-6",
    "AAP nirsevimab coding page": "aap-nirsevimab",
    "CPT/CMS convention = knowledge": "administration-map",
}


def source_key(text: str) -> str:
    """The key of the source that a text of the source tables names; ValueError where it is not known."""
    known = [beginning for beginning in _BEGINNINGS if text.startswith(beginning)]
    if not known:
        raise ValueError(f"source not known: {text!r}")
    return _BEGINNINGS[max(known, key=len)]
