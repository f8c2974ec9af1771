"""Who a drug is for: limits of sex and age, and drugs that patients give themselves."""

from __future__ import annotations

import msgspec

from edi837.reference.tables import Reader, items, rows


class PatientLimit(msgspec.Struct, frozen=True, gc=False):
    """The patients that a drug is for. Table patient_limits."""

    code: str
    sex: str
    """The only sex, F or M, as DMG03 has it; empty for either."""
    months_max: int | None
    """The last completed month of age; None for any age."""
    diagnoses: tuple[str, ...]
    """ICD-10-CM patterns that the limit is for, as `matches` reads them; none for whatever the drug is given for."""
    lifted_by: tuple[str, ...]
    """Patterns of diagnoses with any one of which the limit does not hold."""
    source: str


def load_patient_limits(read: Reader) -> dict[str, PatientLimit]:
    """The limits by code."""
    columns = "hcpcs,sex,months_max,diagnoses,lifted_by,source"
    return {
        code: PatientLimit(code, sex, int(months) if months else None, items(diagnoses), items(lifted_by), source)
        for code, sex, months, diagnoses, lifted_by, source in rows(read, "patient_limits", columns)
    }


def load_self_administered(read: Reader) -> frozenset[str]:
    """The drug codes on Medicare's lists of self-administered drugs that are excluded where given under the skin."""
    return frozenset(code for code, _ in rows(read, "self_administered", "hcpcs,source"))
