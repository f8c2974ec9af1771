"""The diagnoses that a service line points to, and what several rules ask about one."""

from __future__ import annotations

from functools import lru_cache

from edi837.model import Claim, ServiceLine
from edi837.reference import Reference

ICD_9 = frozenset({"BK", "BF"})
"""Qualifiers of ICD-9 codes in HI; the others that a claim keeps are ICD-10's."""

VACCINATION = "Z23"

EXTERNAL_CAUSE = "an external cause"
DRUG_THERAPY = "long-term drug therapy"
MANIFESTATION = "the manifestation of another disease"


def pointed_diagnoses(line: ServiceLine, claim: Claim) -> list[str]:
    """The ICD-10 codes that the line points to, in its order; none for a line that points to an ICD-9 code.

    Pointers that lead nowhere are left out.
    """
    diagnoses, qualifiers = claim.diagnoses, claim.diagnosis_qualifiers
    pointed = []
    for pointer in line.diagnosis_pointers:
        if 0 < pointer <= len(diagnoses):
            if qualifiers[pointer - 1] in ICD_9:
                return []
            pointed.append(diagnoses[pointer - 1])
    return pointed


@lru_cache(maxsize=1 << 12)
def is_sound(pointers: tuple[int, ...], qualifiers: tuple[str, ...]) -> bool:
    """Whether pointers lead to different ICD-10 codes, by the qualifiers of a claim's diagnoses: as they should."""
    count = len(qualifiers)
    return (
        bool(pointers)
        and len(set(pointers)) == len(pointers)
        and all(0 < pointer <= count and qualifiers[pointer - 1] not in ICD_9 for pointer in pointers)
    )


@lru_cache(maxsize=1 << 12)
def why_not_first(diagnosis: str, reference: Reference) -> str:
    """Why a diagnosis may only stand behind another one, empty where it may stand first."""
    if diagnosis[:1] in ("V", "W", "X", "Y"):
        return EXTERNAL_CAUSE
    if diagnosis[:3] == "Z79":
        return DRUG_THERAPY
    return MANIFESTATION if reference.manifestation(diagnosis) is not None else ""
