"""A11: an injection beside nothing but a local anesthetic, a flush or a diluent."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.supplied import claim_says_supplied

_ANESTHETICS = frozenset(
    {"J2001", "J2002", "J2003", "J2004", "J0665", "S0020", "J0670", "J2795", "J2400", "J2401", "J2402"}
)
_FLUSHES_AND_FLUIDS = frozenset({"J1642", "A4216", *(f"J{code}" for code in range(7030, 7051))})
_NOT_THE_DRUG = _ANESTHETICS | _FLUSHES_AND_FLUIDS


@rule(
    "A11",
    triggers={INJECTION},
    beside=_NOT_THE_DRUG,
    severity=Severity.WARNING,
    category="missing-component",
    predicts=("CO-97+N19", "CO-B15"),
    suppresses={"line": {"A01", "F01"}},
    confidence="partly verified",
)
def anesthetic_flush_or_diluent_as_the_drug(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 stands beside nothing but a local anesthetic, a flush or a diluent.

    Why: Numbing the skin, flushing a line and dissolving a drug are part of the service that they serve, and support no
        injection of their own. Either there was no other injection, or its drug is missing on the claim.
    Fix: Remove 96372 and the anesthetic, flush or diluent, or bill the drug that was injected.
    Denied:
        SV1*HC:J2003*4*UN*20***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J2003*4*UN*20***1~
        SV1*HC:J1010*20*UN*40***1~
        SV1*HC:96372*35*UN*1***1~
    Source: NCCI policy manual ch. I, anesthesia by the surgeon (rationale of the PTP pairs); professional knowledge.
    """
    given = [line for line in encounter.lines if line.procedure in _NOT_THE_DRUG and not line.is_discarded]
    if not given:
        return
    if any(drug.line.procedure not in _NOT_THE_DRUG and not drug.line.is_discarded for drug in encounter.drugs):
        return
    codes = codes_of(given)
    for line in encounter.injections:
        # Then its drug came from elsewhere, and is A03's.
        if not claim_says_supplied(encounter.claim_of(line), encounter.lines_beside(line), ctx.reference):
            yield Hit(
                line,
                "SV101-2",
                f"96372 stands beside no other drug than {codes}",
                f"remove 96372 and {codes}, or bill the drug that was injected",
                tuple(given),
            )
