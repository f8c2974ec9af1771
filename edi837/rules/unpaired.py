"""Injections whose drug is not on their own claim: what A01, A02 and A03 share out (RULES.md 0.4, 5)."""

from __future__ import annotations

from edi837.model import ServiceLine
from edi837.rules.encounter import Encounter

MISSING_DRUG = ("CO-16+N349", "CO-B15", "CO-107", "CO-A1|CO-96+N161|N169", "CO-97")
"""What a payer answers to an injection without a drug line."""

_FACILITY_BILLS_THE_DRUG = frozenset({"19", "22", "23"})


def unpaired_injections(encounter: Encounter) -> list[ServiceLine]:
    """The 96372 lines whose claim carries no drug of that date to be given IM or SC.

    In a hospital department (19, 22, 23) the drug is the facility's to bill, so nothing is missing there.
    """
    drugs = encounter.injectables
    if drugs and len(encounter.claims) == 1:
        return []
    paired = {id(encounter.claim_of(drug.line)) for drug in drugs}
    return [
        line
        for line in encounter.injections
        if line.place_of_service not in _FACILITY_BILLS_THE_DRUG and id(encounter.claim_of(line)) not in paired
    ]
