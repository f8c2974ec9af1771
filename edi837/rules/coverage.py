"""Whether a drug line will be covered: by the diagnoses that it points to, and by what the line itself says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from edi837.model import Claim, ServiceLine
from edi837.reference import DiagnosisPolicy, DrugLine, Reference, matches
from edi837.rules.base import Context
from edi837.rules.codes import LIABILITY, WITHDRAWN
from edi837.rules.diagnoses import pointed_diagnoses

_NOT_COVERED = frozenset({"GY", "GZ"})
_MEDICARE = frozenset({"MB", "16"})
_INTO_A_VEIN, _UNDER_THE_SKIN = "JA", "JB"
_UNDER_THE_SKIN_ONLY = frozenset({"SC"})


def why_not_covered(line: ServiceLine, facts: DrugLine, claim: Claim, ctx: Context) -> str:
    """Why a drug line will probably be denied as not covered (A09), empty where nothing says so."""
    reference = ctx.reference
    for modifier in line.modifiers:
        if modifier in _NOT_COVERED:
            return f"modifier {modifier}"
    if (
        claim.payer.payer_class in _MEDICARE
        and _may_be_excluded(reference, line.procedure)
        and LIABILITY.isdisjoint(line.modifiers)
    ):
        if withdrawn_since(line) is not None or excluding_policies(line, claim, reference):
            return "an indication that is never covered (E04)"
        if is_taken_at_home(line, facts, reference):
            return "on the lists of self-administered drugs (D14)"
    if unmet_policies(line, claim, ctx):
        return "no diagnosis that policies list (E03)"
    return ""


def withdrawn_since(line: ServiceLine) -> date | None:
    """The day on which the drug lost its approval, for a service on that day or later."""
    since = WITHDRAWN.get(line.procedure)
    if since is None or line.service_date is None or line.service_date < since:
        return None
    return since


def unmet_policies(line: ServiceLine, claim: Claim, ctx: Context) -> list[DiagnosisPolicy]:
    """The covered diagnoses of a drug line that points to none of them; empty where it does, or none are known.

    What the payer's own policy lists takes the place of the tables.
    """
    if "diagnoses" in ctx.settings.stated:
        own = ctx.requirements(claim.payer, line.service_date).diagnoses.get(line.procedure)
        if own is not None:
            pointed = [] if line.is_discarded else pointed_diagnoses(line, claim)
            covered = [_listed_by_payer(line.procedure, pattern) for pattern in own]
            return [] if not pointed or any(_is_met(policy, pointed) for policy in covered) else covered
    if is_listed(line, claim, ctx.reference):
        return []
    return _applicable(ctx.reference.diagnosis_policies(line.procedure), line.units, line.modifiers)


def is_listed(line: ServiceLine, claim: Claim, reference: Reference) -> bool:
    """Whether nothing can be said against the diagnoses of a line by the tables."""
    if line.is_discarded or not reference.diagnosis_policies(line.procedure):
        return True
    codes, beginnings = _unconditional(reference, line.procedure)
    pointed = pointed_diagnoses(line, claim)
    for diagnosis in pointed:
        if diagnosis in codes or diagnosis.startswith(beginnings):
            return True
    return not pointed or _is_any_met(reference, line.procedure, line.units, line.modifiers, tuple(pointed))


def excluding_policies(line: ServiceLine, claim: Claim, reference: Reference) -> list[str]:
    """Medicare's policies that exclude all diagnoses that a drug line points to; none where one is not excluded."""
    excluded, beginnings = _excluded(reference, line.procedure)
    if not excluded or line.is_discarded:
        return []
    pointed = pointed_diagnoses(line, claim)
    for diagnosis in pointed:
        if not diagnosis.startswith(beginnings):
            return []
    names = [
        next((policy.policy for policy in excluded if matches(policy.diagnosis, diagnosis)), "")
        for diagnosis in pointed
    ]
    return list(dict.fromkeys(names)) if all(names) else []


def is_taken_at_home(line: ServiceLine, facts: DrugLine, reference: Reference) -> bool:
    """Whether Medicare excludes the drug line: on a list of self-administered drugs, and given under the skin."""
    return (
        reference.is_usually_self_administered(line.procedure)
        and not line.is_discarded
        and _INTO_A_VEIN not in line.modifiers
        and (facts.routes == _UNDER_THE_SKIN_ONLY or _UNDER_THE_SKIN in line.modifiers)
    )


def _listed_by_payer(code: str, diagnosis: str) -> DiagnosisPolicy:
    """A diagnosis of a payer's own list, which asks for nothing else."""
    return DiagnosisPolicy(code, "", "payer policy", "covered", "", diagnosis, (), None, None, (), "", "")


@lru_cache(maxsize=1024)
def _may_be_excluded(reference: Reference, code: str) -> bool:
    """Whether there is anything for which Medicare does not cover the drug."""
    return code in WITHDRAWN or bool(_excluded(reference, code)[0]) or reference.is_usually_self_administered(code)


@lru_cache(maxsize=1024)
def _excluded(reference: Reference, code: str) -> tuple[tuple[DiagnosisPolicy, ...], tuple[str, ...]]:
    """The policies that exclude diagnoses, and how those begin."""
    policies = tuple(policy for policy in reference.diagnosis_policies(code) if policy.effect == "noncovered")
    return policies, tuple(policy.diagnosis.partition("*")[0] for policy in policies)


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


@lru_cache(maxsize=1 << 12)
def _is_any_met(
    reference: Reference, code: str, units: Decimal | None, modifiers: tuple[str, ...], pointed: tuple[str, ...]
) -> bool:
    covered = _applicable(reference.diagnosis_policies(code), units, modifiers)
    return not covered or any(_is_met(policy, pointed) for policy in covered)


def _applicable(
    policies: Collection[DiagnosisPolicy], units: Decimal | None, modifiers: tuple[str, ...]
) -> list[DiagnosisPolicy]:
    """The covered diagnoses for the units and modifiers of a line.

    Where a line carries none of the modifiers that the rows ask for, those do not count: that they are missing is
    another rule's.
    """
    covered = [policy for policy in policies if policy.effect == "covered" and _is_for(policy, units)]
    marked = [policy for policy in covered if not set(policy.modifiers).isdisjoint(modifiers)]
    return [policy for policy in covered if not policy.modifiers] + marked if marked else covered


def _is_for(policy: DiagnosisPolicy, units: Decimal | None) -> bool:
    if units is None:
        return True
    return (policy.units_min is None or policy.units_min <= units) and (
        policy.units_max is None or units <= policy.units_max
    )


def _is_met(policy: DiagnosisPolicy, pointed: Sequence[str]) -> bool:
    return any(matches(policy.diagnosis, diagnosis) for diagnosis in pointed) and (
        not policy.also or any(matches(also, diagnosis) for also in policy.also for diagnosis in pointed)
    )
