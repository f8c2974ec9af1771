"""D05: a drug line without an NDC."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.encounter import Encounter

_EXEMPT = frozenset({"SL", "UD"})
"""State-supplied, and 340B as several states' Medicaid marks it."""

_PLANS = frozenset({"bcbs-al", "horizon-nj", "priority-health", "regence"})
"""Plans that want the NDC on every drug line."""


@rule(
    "D05",
    triggers={DRUG},
    needs={"ndc-absent"},
    severity=Severity.WARNING,
    severity_by_payer={"MC": Severity.ERROR, **dict.fromkeys(sorted(_PLANS), Severity.ERROR)},
    category="code-ndc",
    predicts=("CO-16+M119",),
    confidence="verified",
)
def ndc_missing(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug line has no NDC.

    Why: Medicaid needs the NDC of every drug that a clinician administers to collect the manufacturer's rebate, and
        many commercial payers reject a drug line without one. Medicare wants it for unlisted codes, or where Medicaid
        pays after it. Drugs at a cent, state-supplied (SL) and 340B drugs (UD) are left out.
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
        if not payer.is_commercial and payer.payer_class != "MC" and ctx.reference.plan(payer.name) not in _PLANS:
            if not facts.noc and not any(other.payer_class == "MC" for other in claim.other_payers):
                continue
            severity = Severity.WARNING
        yield Hit(line, "LIN03", f"{line.procedure} has no NDC", severity=severity)
