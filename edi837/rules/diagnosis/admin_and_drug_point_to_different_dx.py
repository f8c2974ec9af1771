"""E02: an injection that points first to a diagnosis of none of its drugs."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter


@rule(
    "E02",
    triggers={INJECTION},
    needs={"different-pointers"},
    beside={DRUG},
    severity=Severity.WARNING,
    category="diagnosis",
    predicts=("CO-11", "CO-50+N115"),
    confidence="knowledge",
)
def admin_and_drug_point_to_different_dx(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 points first to a diagnosis that none of its drugs points to.

    Why: The payer judges the injection by its own first diagnosis. If the drug is covered for another one, the drug
        is paid and its administration is not. With several drugs the first pointer may be that of any of them.
    Fix: Point 96372 first to the diagnosis of the drug that it gave.
    Denied:
        HI*ABK:M5450*ABF:E538~
        SV1*HC:J3420*15*UN*1***2~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:M5450*ABF:E538~
        SV1*HC:J3420*15*UN*1***2~
        SV1*HC:96372*35*UN*1***2~
    Source: professional knowledge.
    """
    if not encounter.injectables:
        return
    for line in encounter.injections:
        claim = encounter.claim_of(line)
        if len(claim.diagnoses) < 2:
            continue
        drugs = tuple(drug.line for drug in encounter.injectables if encounter.claim_of(drug.line) is claim)
        # Pointers that lead nowhere are E01's.
        there = range(1, len(claim.diagnoses) + 1)
        pointed = {pointer for drug in drugs for pointer in drug.diagnosis_pointers if pointer in there}
        first = line.diagnosis_pointers[0] if line.diagnosis_pointers else 0
        if not pointed or first in pointed or first not in there:
            continue
        wanted = " or ".join(map(str, sorted(pointed)))
        yield Hit(
            line,
            "SV107-1",
            f"96372 points first to diagnosis {first}, {codes_of(drugs)} to {wanted}",
            f"point 96372 first to {wanted} if that is what the drug was given for",
            drugs,
        )
