"""E03: a drug that points to no diagnosis on the list of any policy for it."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.reference import DiagnosisPolicy
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.coverage import unmet_policies
from edi837.rules.encounter import Encounter

_SHOWN = 12


@rule(
    "E03",
    triggers={DRUG},
    needs={"unlisted-diagnosis"},
    severity=Severity.WARNING,
    category="diagnosis",
    predicts=("CO-50+N115|N386|M25", "CO-11", "CO-167", "CO-96+N569", "CO-272"),
    policies=("diagnoses",),
    confidence="partly verified",
)
def drug_dx_policy_not_met(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug line points to none of the diagnoses for which payers cover the drug.

    Why: Coverage policies list the diagnoses of a drug, for some drugs by dose or together with a second diagnosis.
        Only the diagnoses that the line points to count, not the others of the claim. The lists are those of local and
        national policies and of labels, some of them retired, so this is a warning: the payer's own policy decides, and
        where it is known (`diagnoses` in a payer policy) its list is read instead.
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
        covered = unmet_policies(line, encounter.claim_of(line), ctx)
        if covered:
            pointers = ", ".join(map(str, line.diagnosis_pointers))
            yield Hit(
                line,
                "SV107-1",
                f"{line.procedure} points to diagnosis {pointers}: not on the list of covered diagnoses",
                f"point {line.procedure} to one of {_listed(covered)} if the record supports it, or obtain an ABN (GA)",
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
