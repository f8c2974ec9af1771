"""A09: an injection whose drug will not be covered, and the visit for it."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Claim, ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import EM, INJECTION, LIABILITY
from edi837.rules.coverage import why_not_covered
from edi837.rules.encounter import Encounter


@rule(
    "A09",
    triggers={INJECTION},
    needs={"liability", "unlisted-diagnosis", "excluded-diagnosis", "taken-at-home"},
    beside={DRUG},
    severity=Severity.WARNING,
    category="missing-component",
    predicts=("CO-B15|PR-96+N161|N169|N356",),
    policies=("diagnoses",),
    confidence="verified",
)
def noncovered_drug_cascade(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372, or the visit for it, goes with a drug that will probably not be covered.

    Why: A payer that does not cover the drug does not cover its injection either, and Medicare denies the visit too
        that was made for it alone. The drug is taken for not covered where it carries GY or GZ or where D14, E03 or E04
        speak about it, and no other drug of the claim can be what 96372 gave. A line that carries GA, GX, GY or GZ
        itself says so already.
    Fix: Settle the coverage of the drug first; where it stays not covered, obtain an ABN and carry GA, GX or GY on the
        injection as well.
    Denied:
        SV1*HC:J3420:GY*15*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J3420:GY*15*UN*1***1~
        SV1*HC:96372:GY*35*UN*1***1~
    Source: CGS cope20933 (the drug, its administration and a visit for it alone are denied together).
    """
    for claim in encounter.claims:
        drugs: list[ServiceLine] = []
        reasons: dict[str, None] = {}
        for line, facts in encounter.injectables:
            if encounter.claim_of(line) is claim:
                reason = why_not_covered(line, facts, claim, ctx)
                if not reason:
                    break
                drugs.append(line)
                reasons[reason] = None
        else:
            if drugs:
                yield from _cascade(encounter, claim, tuple(drugs), ", ".join(reasons))


def _cascade(encounter: Encounter, claim: Claim, drugs: tuple[ServiceLine, ...], reason: str) -> Iterator[Hit]:
    """The lines that are denied with the drugs of a claim, none of which is covered."""
    injections = [line for line in encounter.injections if encounter.claim_of(line) is claim]
    lines = [*injections, *(_visits_for(encounter, claim, drugs) if injections else ())]
    codes = codes_of(drugs)
    settle = f"settle the coverage of {codes} first"
    for line in lines:
        if LIABILITY.isdisjoint(line.modifiers):
            yield Hit(
                line,
                "SV101-2",
                f"{line.procedure} goes with {codes}, which will probably not be covered: {reason}",
                f"{settle}; if it stays not covered, obtain an ABN and carry GA, GX or GY on {line.procedure} too"
                if claim.payer.is_medicare
                else f"{settle}, or have the patient agree to pay",
                drugs,
            )


def _visits_for(encounter: Encounter, claim: Claim, drugs: tuple[ServiceLine, ...]) -> Iterator[ServiceLine]:
    """Medicare's visits that were made for the injection alone: they point to what the drugs point to."""
    if not claim.payer.is_medicare:
        return
    reasons = {pointer for line in drugs for pointer in line.diagnosis_pointers}
    for line in encounter.lines:
        if line.procedure in EM and reasons == set(line.diagnosis_pointers) and encounter.claim_of(line) is claim:
            yield line
