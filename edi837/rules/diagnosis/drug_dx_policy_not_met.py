"""E03: a drug that points to no diagnosis on the list of any policy for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from functools import lru_cache

from edi837.model import ServiceLine, Severity
from edi837.reference import DiagnosisPolicy, Reference, matches
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.diagnoses import pointed_diagnoses
from edi837.rules.encounter import Encounter

_SHOWN = 12


@rule(
    "E03",
    triggers={DRUG},
    needs={"diagnosis-policy"},
    severity=Severity.WARNING,
    category="diagnosis",
    predicts=("CO-50+N115|N386|M25", "CO-11", "CO-167", "CO-96+N569", "CO-272"),
    confidence="partly verified",
)
def drug_dx_policy_not_met(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug line points to none of the diagnoses for which payers cover the drug.

    Why: Coverage policies list the diagnoses of a drug, for some drugs by dose or together with a second diagnosis.
        Only the diagnoses that the line points to count, not the others of the claim. The lists are those of local
        and national policies and of labels, some of them retired, so this is a warning: the payer's own policy decides.
    Fix: Point the line to the diagnosis that the record supports; otherwise obtain an ABN (GA) or authorization.
    Denied:
        HI*ABK:M5450~
        SV1*HC:J3420*15*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:E538~
        SV1*HC:J3420*15*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: CGS; First Coast L29309; Noridian L33502; NCD 150.6; mappings to ICD-10-CM are professional knowledge.
    """
    for line, _facts in encounter.drugs:
        policies = ctx.reference.diagnosis_policies(line.procedure)
        if not policies or line.is_discarded:
            continue
        pointed = pointed_diagnoses(line, encounter.claim_of(line))
        codes, beginnings = _unconditional(ctx.reference, line.procedure)
        if not pointed or not codes.isdisjoint(pointed) or any(code.startswith(beginnings) for code in pointed):
            continue
        covered = _applicable(policies, line)
        if covered and not any(_is_met(policy, pointed) for policy in covered):
            pointers = ", ".join(map(str, line.diagnosis_pointers))
            yield Hit(
                line,
                "SV107-1",
                f"{line.procedure} points to diagnosis {pointers}: not on the list of covered diagnoses",
                f"point {line.procedure} to one of {_listed(covered)} if the record supports it, or obtain an ABN (GA)",
            )


@lru_cache(maxsize=1024)
def _unconditional(reference: Reference, code: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """What is covered whatever else the line says: whole diagnosis codes, and beginnings of them."""
    covered = [
        policy.diagnosis
        for policy in reference.diagnosis_policies(code)
        if policy.effect == "covered"
        and not policy.also
        and not policy.modifiers
        and policy.units_min is None
        and policy.units_max is None
    ]
    return (
        frozenset(pattern for pattern in covered if "*" not in pattern),
        tuple(pattern[:-1] for pattern in covered if pattern.find("*") == len(pattern) - 1),
    )


def _applicable(policies: Collection[DiagnosisPolicy], line: ServiceLine) -> list[DiagnosisPolicy]:
    """The covered diagnoses for the units and modifiers of the line.

    Where a line carries none of the modifiers that the rows ask for, those do not count: that they are missing is
    another rule's.
    """
    covered = [policy for policy in policies if policy.effect == "covered" and _is_for(policy, line.units)]
    marked = [policy for policy in covered if not set(policy.modifiers).isdisjoint(line.modifiers)]
    return [policy for policy in covered if not policy.modifiers] + marked if marked else covered


def _is_for(policy: DiagnosisPolicy, units: Decimal | None) -> bool:
    if units is None:
        return True
    return (policy.units_min is None or policy.units_min <= units) and (
        policy.units_max is None or units <= policy.units_max
    )


def _is_met(policy: DiagnosisPolicy, pointed: list[str]) -> bool:
    return any(matches(policy.diagnosis, diagnosis) for diagnosis in pointed) and (
        not policy.also or any(matches(also, diagnosis) for also in policy.also for diagnosis in pointed)
    )


def _listed(covered: list[DiagnosisPolicy]) -> str:
    """The patterns as a biller writes them: D51.0, E53.8, K50*."""
    patterns = list(dict.fromkeys(_dotted(policy.diagnosis) + _with(policy) for policy in covered))
    rest = len(patterns) - _SHOWN
    return ", ".join(patterns[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _with(policy: DiagnosisPolicy) -> str:
    return f" with {' or '.join(map(_dotted, policy.also))}" if policy.also else ""


def _dotted(pattern: str) -> str:
    return f"{pattern[:3]}.{pattern[3:]}" if len(pattern) > 3 and pattern[3] != "*" else pattern
