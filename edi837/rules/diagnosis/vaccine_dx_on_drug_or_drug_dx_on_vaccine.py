"""E05: the diagnosis of a vaccination on a drug that is no vaccine."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION, RSV_ADMINISTRATION
from edi837.rules.diagnoses import VACCINATION, pointed_diagnoses
from edi837.rules.encounter import Encounter

_RSV_PREVENTION = "Z2911"
_ONLY_VACCINATION = {VACCINATION}


@rule(
    "E05",
    triggers=RSV_ADMINISTRATION | {INJECTION, DRUG},
    needs={"vaccination"},
    severity=Severity.WARNING,
    category="diagnosis",
    predicts=("CO-11",),
    suppresses={"line": {"E02", "E03"}},
    confidence="verified",
)
def vaccine_dx_on_drug_or_drug_dx_on_vaccine(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug or its injection points only to the diagnosis of a vaccination, Z23.

    Why: Z23 is for vaccines and their administration. On 96372 or a drug it says that the wrong line was pointed to,
        and the payer denies the service as inconsistent with the diagnosis. Antibodies against RSV (96380, 96381) are
        no vaccines either: they are given for Z29.11. Immune globulins are often given beside a vaccination, and
        are left out.
    Fix: Point the line to the condition that is treated; for antibodies against RSV, to Z29.11.
    Denied:
        HI*ABK:Z23~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:Z23*ABF:M5450~
        SV1*HC:J1885*8*UN*2***2~
        SV1*HC:96372*35*UN*1***2~
    Source: American Academy of Pediatrics, coding page for nirsevimab.
    """
    for claim in encounter.claims:
        if VACCINATION in claim.diagnoses:
            break
    else:
        return
    globulins = any(drug.line.procedure[:2] == "90" for drug in encounter.drugs)
    drugs = {line.procedure for line, facts in encounter.drugs if line.procedure[:2] != "90" and not facts.noc}
    for line in encounter.lines:
        code = line.procedure
        if code in RSV_ADMINISTRATION:
            pointed = pointed_diagnoses(line, encounter.claim_of(line))
            if VACCINATION in pointed and _RSV_PREVENTION not in pointed:
                yield Hit(line, "SV107-1", f"{code} points to Z23, vaccination", f"point {code} to Z29.11")
        elif (code == INJECTION and not globulins) or (code in drugs and not line.is_discarded):
            pointed = pointed_diagnoses(line, encounter.claim_of(line))
            if set(pointed) == _ONLY_VACCINATION:
                yield Hit(line, "SV107-1", f"{code} points only to Z23, vaccination", f"point {code} to what it treats")
