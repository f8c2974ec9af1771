"""A02: an injection on one claim and its drug on another."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from edi837.model import Claim, Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.unpaired import MISSING_DRUG, unpaired_injections

_MOST_LINES = 50
_MOST_CHARGE = Decimal("99999.99")


@rule(
    "A02",
    triggers={INJECTION},
    needs={"several-claims"},
    severity=Severity.WARNING,
    severity_by_payer={"MB": Severity.ERROR},
    category="missing-component",
    predicts=(*MISSING_DRUG, "OA-18|CO-18+N522|N111"),
    confidence="verified",
)
def admin_and_drug_on_different_claims(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is on another claim than the drug that was given.

    Why: Payers look for the drug on the claim of its administration. They deny the one without the other as
        incomplete, or take the second claim for a repeat of the first.
    Fix: Bill both on one claim; where one of them was sent already, replace it (CLM05-3 = 7 with REF*F8).
    Denied:
        CLM*INJECTION~
        SV1*HC:96372*35*UN*1***1~
        CLM*DRUG~
        SV1*HC:J1885*8*UN*2***1~
    Clean:
        CLM*VISIT~
        SV1*HC:99213:25*120*UN*1***1~
        CLM*INJECTION~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Source: NGS Medicare (drug and administration on the same claim); FCSO 0518896 (splits over the dollar
        limit).
    """
    if len(encounter.claims) == 1 or not encounter.injectables:
        return
    for line in unpaired_injections(encounter):
        own = encounter.claim_of(line)
        drugs = tuple(
            drug.line
            for drug in encounter.injectables
            if encounter.same_provider(line, drug.line) and _could_be_one(own, encounter.claim_of(drug.line))
        )
        if drugs:
            codes = codes_of(drugs)
            yield Hit(
                line,
                "SV101-2",
                f"96372 is on one claim and {codes} on another of the same date",
                f"bill 96372 and {codes} on one claim; replace what was sent already (CLM05-3 = 7, REF*F8)",
                drugs,
            )


def _could_be_one(one: Claim, other: Claim) -> bool:
    """Whether two claims of an encounter could have been sent as one.

    Not where one replaces or voids another, where they go to different payers of the patient, or where the
    limits of a claim (50 lines, 99999.99) force the split.
    """
    if {one.frequency, other.frequency} & {"7", "8"}:
        return False
    if one.payer.id != other.payer.id and (one.other_payers or other.other_payers):
        return False
    return len(one.lines) + len(other.lines) <= _MOST_LINES and one.charge + other.charge <= _MOST_CHARGE
