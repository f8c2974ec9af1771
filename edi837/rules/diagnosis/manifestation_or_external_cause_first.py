"""E07: a first diagnosis that may only stand behind another one."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Claim, ServiceLine, Severity
from edi837.reference import Manifestation, Reference, matches
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.diagnoses import DRUG_THERAPY, EXTERNAL_CAUSE, ICD_9, why_not_first
from edi837.rules.encounter import Encounter


@rule(
    "E07",
    triggers={INJECTION, DRUG},
    needs={"not-first"},
    severity=Severity.WARNING,
    category="diagnosis",
    predicts=("CO-16+M76|MA63",),
    confidence="partly verified",
)
def manifestation_or_external_cause_first(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug or an injection points first to a diagnosis that may not stand first.

    Why: The first pointer is what the service is for. A manifestation (in diseases classified elsewhere, such as
        G32.0) comes behind the disease that causes it, an external cause (V00 to Y99) behind the injury, and long-term
        drug therapy (Z79) cannot be the only reason. Anemia of cancer or kidney disease (D63.0, D63.1) is reported
        only where the claim has that disease too. Payers deny such a line as lacking a primary diagnosis.
    Fix: Point the line first to the disease or injury, and to the manifestation or external cause behind it.
    Denied:
        HI*ABK:G320*ABF:D510~
        SV1*HC:J3420*15*UN*1***1:2~
        SV1*HC:96372*35*UN*1***1:2~
    Clean:
        HI*ABK:D510*ABF:G320~
        SV1*HC:J3420*15*UN*1***1:2~
        SV1*HC:96372*35*UN*1***1:2~
    Source: ICD-10-CM guidelines I.A.13 and I.C.20; UHC, inappropriate primary diagnosis codes (its list was not read).
    """
    reference = ctx.reference
    found: dict[tuple[int, int], tuple[Claim, str, list[ServiceLine]]] = {}
    for line in encounter.lines:
        claim, pointers = encounter.claim_of(line), line.diagnosis_pointers
        if not pointers or not 0 < pointers[0] <= len(claim.diagnoses):
            continue
        first = pointers[0]
        kind = why_not_first(claim.diagnoses[first - 1], reference)
        if kind and _may_not_stand_first(kind, line, claim, reference):
            found.setdefault((id(claim), first), (claim, kind, []))[2].append(line)
    for (_, first), (claim, kind, (line, *others)) in found.items():
        yield Hit(
            line,
            "SV107-1",
            f"{line.procedure} points first to diagnosis {first}, {kind}",
            _fix(first, claim, reference),
            tuple(others),
        )


def _may_not_stand_first(kind: str, line: ServiceLine, claim: Claim, reference: Reference) -> bool:
    if line.procedure != INJECTION and reference.drug_line(line.procedure) is None:
        return False
    first = line.diagnosis_pointers[0]
    if claim.diagnosis_qualifiers[first - 1] in ICD_9:
        return False
    if kind == DRUG_THERAPY:
        return _points_to_nothing_else(line, claim, reference)
    return kind == EXTERNAL_CAUSE or _is_out_of_order(first, claim, reference)


def _points_to_nothing_else(line: ServiceLine, claim: Claim, reference: Reference) -> bool:
    count = len(claim.diagnoses)
    return all(
        why_not_first(claim.diagnoses[pointer - 1], reference) == DRUG_THERAPY
        for pointer in line.diagnosis_pointers
        if 0 < pointer <= count
    )


def _is_out_of_order(pointer: int, claim: Claim, reference: Reference) -> bool:
    known = reference.manifestation(claim.diagnoses[pointer - 1])
    return known is not None and (not known.causes or _cause(known, claim) > 0)


def _cause(known: Manifestation, claim: Claim) -> int:
    """The position of what causes the manifestation among the claim's diagnoses, 0 where it is not there."""
    for position, diagnosis in enumerate(claim.diagnoses, 1):
        if any(matches(cause, diagnosis) for cause in known.causes):
            return position
    return 0


def _fix(first: int, claim: Claim, reference: Reference) -> str:
    known = reference.manifestation(claim.diagnoses[first - 1])
    cause = _cause(known, claim) if known is not None else 0
    return f"point the line first to {cause}, the cause of diagnosis {first}" if cause else ""
