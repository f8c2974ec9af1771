"""I03: a replacement or void that does not say of which claim."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter

_CORRECTIONS = {"7": "replacement", "8": "void"}


@rule(
    "I03",
    triggers={INJECTION, DRUG},
    needs={"correction"},
    severity=Severity.ERROR,
    category="technical",
    predicts=("CO-16+N152|M47",),
    confidence="partly verified",
)
def replacement_without_original_ref(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A replacement claim for an injection does not name the claim that it replaces.

    Why: With CLM05-3 = 7 or 8 the payer looks for its own number of the first claim in REF*F8, and rejects the claim
        or denies it as unprocessable where it finds none.
    Fix: Send the payer's claim control number of the first claim, which its 835 has in CLP07, in REF*F8; or send the
        claim as an original (CLM05-3 = 1) if the payer never took the first one in.
    Denied:
        CLM*1*43***11:B:7~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        CLM*1*43***11:B:7~
        REF*F8*2026061000012~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: RARC N152; TR3 005010X222A1, loop 2300 REF*F8.
    """
    if not encounter.injections and not encounter.drugs:
        return
    for claim in encounter.claims:
        if claim.frequency in _CORRECTIONS and not claim.payer_claim_control_number:
            kind = _CORRECTIONS[claim.frequency]
            yield Hit(claim, "CLM05-3", f"a {kind} (CLM05-3 = {claim.frequency}) without REF*F8")
