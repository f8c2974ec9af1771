"""D05: a drug line without an NDC."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.encounter import Encounter
from edi837.rules.specialty import listed

_EXEMPT = frozenset({"SL", "UD"})
"""State-supplied, and 340B as several states' Medicaid marks it."""


@rule(
    "D05",
    triggers={DRUG},
    needs={"ndc-absent"},
    severity=Severity.WARNING,
    severity_by_payer={"MC": Severity.ERROR},
    category="code-ndc",
    predicts=("CO-16+M119",),
    policies=("ndc-required",),
    confidence="verified",
)
def ndc_missing(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug line has no NDC.

    Why: Medicaid needs the NDC of every drug that a clinician administers to collect the manufacturer's rebate, and
        many commercial payers reject a drug line without one. Medicare wants it for unlisted codes, or where Medicaid
        pays after it. A payer policy (`ndc-required`) says of a payer whether it wants it, or for which drugs. Drugs at
        a cent, state-supplied (SL) and 340B drugs (UD) are left out.
    Fix: Add loop 2410: LIN with N4 and the eleven digits of the package, CTP with its quantity and unit.
    Denied:
        SBR*P*18*******MC~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SBR*P*18*******MC~
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Source: BridgeSpan and Regence, Priority Health, BCBS of Alabama; Horizon NJ Health NDC edits; DRA section 6002.
    """
    for line, facts in encounter.drugs:
        drug = line.drug
        # An NDC that is there but wrong is D06's or D07's.
        if drug is not None and (drug.ndc or drug.qualifier):
            continue
        if line.is_nominal or not _EXEMPT.isdisjoint(line.modifiers):
            continue
        claim = encounter.claim_of(line)
        payer = claim.payer
        severity = None
        required = ctx.requirements(payer, encounter.service_date).ndc_required
        if isinstance(required, tuple):
            if not listed(required)(line.procedure):
                continue
        elif required is None and not payer.is_commercial and payer.payer_class != "MC":
            if not facts.noc and not any(other.payer_class == "MC" for other in claim.other_payers):
                continue
            severity = Severity.WARNING
        yield Hit(line, "LIN03", f"{line.procedure} has no NDC", severity=severity)
