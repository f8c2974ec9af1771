"""H11: a drug marked as not covered beside an injection that is not."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import INJECTION, LIABILITY
from edi837.rules.encounter import Encounter


@rule(
    "H11",
    triggers={INJECTION},
    needs={"liability"},
    beside={DRUG},
    severity=Severity.INFO,
    severity_by_payer={"16": Severity.OFF, "MC": Severity.OFF, "MA": Severity.OFF, "commercial": Severity.OFF},
    category="modifier-policy",
    predicts=("PR-96", "CO-50", "PR-50"),
    skips_adjudicated=True,
    confidence="knowledge",
)
def ga_gy_gz_consistency(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug carries GA, GX, GY or GZ and its injection 96372 does not.

    Why: Medicare denies the injection of a drug that it does not cover along with the drug. Without the same modifier
        on 96372 the claim does not say who pays for it: with GY or GA the patient, with GZ nobody.
    Fix: Carry the modifier of the drug to 96372.
    Denied:
        SV1*HC:J3420:GY*15*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J3420:GY*15*UN*1***1~
        SV1*HC:96372:GY*35*UN*1***1~
    Source: professional knowledge.
    """
    for injection in encounter.injections:
        if not LIABILITY.isdisjoint(injection.modifiers):
            continue
        claim = encounter.claim_of(injection)
        drugs = tuple(drug.line for drug in encounter.injectables if encounter.claim_of(drug.line) is claim)
        if not drugs or any(LIABILITY.isdisjoint(line.modifiers) for line in drugs):
            continue
        carried = ", ".join(
            dict.fromkeys(modifier for line in drugs for modifier in line.modifiers if modifier in LIABILITY)
        )
        yield Hit(
            injection,
            "SV101-3",
            f"{codes_of(drugs)} carries {carried}, 96372 carries none of it",
            f"append {carried} to 96372",
            drugs,
        )
