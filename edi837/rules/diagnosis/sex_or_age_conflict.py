"""E08: a drug that is not for patients of this sex or age."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import Claim, ServiceLine, Severity
from edi837.reference import PatientLimit, matches
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.diagnoses import ICD_9, pointed_diagnoses
from edi837.rules.encounter import Encounter

_GENDER_CONFLICT_IS_KNOWN = "KX"
_AMBIGUOUS_GENDER = "45"
_SECOND_SEASON_ENDS = 24
"""Months: up to here the label still names children at risk."""


@rule(
    "E08",
    triggers={DRUG},
    needs={"patient-limit"},
    severity=Severity.ERROR,
    category="diagnosis",
    predicts=("CO-6|CO-7|CO-9|CO-10+N129",),
    confidence="partly verified",
)
def sex_or_age_conflict(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug is billed for a patient of a sex or an age that it is not for.

    Why: Payers compare the drug with the sex and the date of birth on the claim: J1050 for contraception and
        Rho(D) immune globulin are for women, testosterone and J9217 for men, nirsevimab for children up to 19 months
        (a warning up to two years). Breast cancer and gender-affirming care (F64, Z87.890, modifier KX, condition code
        45) lift the limit of a hormone; a low platelet count or a transfusion, that of Rho(D).
    Fix: Check DMG02 and DMG03 against the record, and the drug code; for gender-affirming care add F64 and KX.
    Denied:
        DMG*D8*19700102*F~
        SBR*P*18*******CI~
        HI*ABK:C7951~
        SV1*HC:J9217*980*UN*1***1~
        SV1*HC:96402*89*UN*1***1~
    Clean:
        DMG*D8*19700102*M~
        SBR*P*18*******CI~
        HI*ABK:C61~
        SV1*HC:J9217*980*UN*1***1~
        SV1*HC:96402*89*UN*1***1~
    Source: CARC 6, 7, 9 and 10; labels (professional knowledge).
    """
    for line, _facts in encounter.drugs:
        limit = ctx.reference.patient_limit(line.procedure)
        if limit is None or line.is_discarded:
            continue
        claim = encounter.claim_of(line)
        if not ICD_9.isdisjoint(claim.diagnosis_qualifiers):
            continue
        birth, sex = claim.demographics
        if limit.sex and sex in ("F", "M") and sex != limit.sex and _holds(limit, line, claim):
            yield Hit(line, "SV101-2", f"{line.procedure} does not fit the patient's sex in DMG03")
        if limit.months_max is not None:
            months = _months(birth, line.service_date)
            if months is not None and months > limit.months_max:
                yield Hit(
                    line,
                    "SV101-2",
                    f"{line.procedure} is for children up to {limit.months_max} months, the patient in DMG02 is older",
                    severity=Severity.WARNING if months < _SECOND_SEASON_ENDS else None,
                )


def _holds(limit: PatientLimit, line: ServiceLine, claim: Claim) -> bool:
    """Whether the limit of sex is for what the drug is given for, and nothing on the claim lifts it."""
    if limit.diagnoses and not _any_fits(limit.diagnoses, pointed_diagnoses(line, claim)):
        return False
    return not (
        _any_fits(limit.lifted_by, claim.diagnoses)
        or _GENDER_CONFLICT_IS_KNOWN in line.modifiers
        or _AMBIGUOUS_GENDER in claim.condition_codes
    )


def _any_fits(patterns: tuple[str, ...], diagnoses: list[str] | tuple[str, ...]) -> bool:
    return any(matches(pattern, diagnosis) for pattern in patterns for diagnosis in diagnoses)


def _months(birth: str, on: date | None) -> int | None:
    """The completed months from a date of birth (CCYYMMDD) to a day, None where the date cannot be read."""
    if on is None or len(birth) != 8 or not (birth.isascii() and birth.isdigit()):
        return None
    return (on.year - int(birth[:4])) * 12 + on.month - int(birth[4:6]) - (on.day < int(birth[6:]))
