"""The diagnoses that a service line points to."""

from __future__ import annotations

from edi837.model import Claim, ServiceLine

ICD_9 = frozenset({"BK", "BF"})
"""Qualifiers of ICD-9 codes in HI; the others that a claim keeps are ICD-10's."""


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
