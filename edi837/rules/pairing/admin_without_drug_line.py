"""A01: an injection whose drug is nowhere in the encounter."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.supplied import claim_says_supplied
from edi837.rules.unpaired import MISSING_DRUG, unpaired_injections

_GIVEN_OTHERWISE = frozenset({"86580", *(str(code) for code in range(95144, 95171))})
"""The skin test for tuberculosis and allergen extracts."""


@rule(
    "A01",
    triggers={INJECTION},
    unless={"injectable"},
    severity=Severity.WARNING,
    severity_by_payer={"MB": Severity.ERROR},
    category="missing-component",
    predicts=MISSING_DRUG,
    confidence="verified",
)
def admin_without_drug_line(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is billed without the drug that was given.

    Why: Payers want the drug and its administration on one claim, the drug at 0.01 where somebody else paid
        for it. An administration alone is denied as incomplete. The line for discarded drug (JW) does not
        stand for the administered one.
    Fix: Add the drug's HCPCS line with its NDC (loop 2410); at 0.01 where the drug was free or delivered
        for the patient.
    Denied:
        SV1*HC:99213:25*120*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:99213:25*120*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Source: NGS Medicare on patient-supplied drugs (2023-04-10); CGS cope20933; BridgeSpan and Regence
        medication claims page; RARC N349.
    """
    # Beside these it is the wrong administration code (F06, F17), not a missing drug.
    if encounter.injectables or encounter.lines_of(_GIVEN_OTHERWISE):
        return
    for line in unpaired_injections(encounter):
        if claim_says_supplied(encounter.claim_of(line), encounter.lines_beside(line), ctx.reference):
            continue
        others = tuple(drug.line for drug in encounter.drugs)
        discarded = [other for other in others if other.is_discarded]
        message = f"no drug line beside 96372 on {encounter.service_date or 'a missing date'}"
        if discarded:
            message += f" but the discarded part (JW) of {codes_of(discarded)}"
        elif others:
            message += f" but {codes_of(others)}, which is given neither IM nor SC"
        if line.drug is not None and line.drug.qualifier == "N4":
            yield Hit(
                line,
                "SV101-2",
                f"{message}; its NDC stands on the line of 96372",
                "bill the drug on a line of its own, unless the payer wants its NDC on the administration",
                others,
                Severity.INFO,
            )
        else:
            yield Hit(line, "SV101-2", message, partners=others)
