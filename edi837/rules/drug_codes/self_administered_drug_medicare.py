"""D14: a drug that Medicare does not cover because patients give it themselves."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.coverage import is_taken_at_home
from edi837.rules.encounter import Encounter

_EXCLUSION_KNOWN = frozenset({"GX", "GY"})


@rule(
    "D14",
    triggers={DRUG},
    needs={"taken-at-home"},
    severity=Severity.WARNING,
    severity_by_payer={"MC": Severity.OFF, "MA": Severity.OFF, "commercial": Severity.OFF},
    category="code-ndc",
    predicts=("PR-96+N426|N425|N130", "CO-96"),
    confidence="verified",
)
def self_administered_drug_medicare(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug on Medicare's lists of self-administered drugs is billed for an injection under the skin.

    Why: Part B does not cover drugs that patients usually give themselves, and each contractor keeps a list of them;
        the patient owes such a drug. Drugs into a muscle or vein (JA) are presumed not to be self-administered. The
        injection itself may still be covered where this patient cannot self-inject. Only frequent drugs are known
        here: the contractor's own list decides.
    Fix: Append GY if the drug is on your contractor's list, or have it supplied under Part D.
    Denied:
        SV1*HC:J1438*900*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1438:GY*900*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: CMS articles A53032, A53033, A52527 and A52571; CGS cope20933; HCPCS descriptors.
    """
    for line, facts in encounter.drugs:
        if is_taken_at_home(line, facts, ctx.reference) and _EXCLUSION_KNOWN.isdisjoint(line.modifiers):
            yield Hit(line, "SV101-2", f"{line.procedure} is on Medicare's lists of self-administered drugs")
