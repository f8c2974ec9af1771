"""E06: a diagnosis that may not be billed on the date of service."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.diagnoses import ICD_9
from edi837.rules.encounter import Encounter


@rule(
    "E06",
    triggers={INJECTION, DRUG},
    needs={"diagnosis-table"},
    severity=Severity.ERROR,
    category="diagnosis",
    predicts=("CO-146", "CO-16+M76|M81|M84", "277CA A7:254", "277CA A7:255"),
    suppresses={"line": {"E03", "E04", "E05"}},
    confidence="partly verified",
)
def dx_not_billable_specificity(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A line points to a diagnosis that is incomplete or not valid on the date of service.

    Why: Only the longest codes of ICD-10-CM may be billed; a heading needs more characters. The code set changes every
        October 1, and the date of service decides. Such claims are rejected (A7:254, A7:255) or denied. The code sets
        are read from the table icd10, which does not come with the program: without it, or for a date that it is not
        for, this rule says nothing.
    Fix: Send the complete code that is valid on the date of service, from the record.
    Denied:
        HI*ABK:M541~
        SV1*HC:J1885*8*UN*2***1~
        DTP*472*D8*20160115~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20160115~
    Clean:
        HI*ABK:M5416~
        SV1*HC:J1885*8*UN*2***1~
        DTP*472*D8*20160115~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20160115~
    Source: ICD-10-CM order files of CMS; RARC M81 and M84.
    """
    on, find = encounter.service_date, ctx.reference.diagnosis_code
    # Without a table of the day the answer is None for every code.
    if on is None or find("", on) is None:
        return
    for line in encounter.lines:
        claim = encounter.claim_of(line)
        for position, pointer in enumerate(line.diagnosis_pointers, 1):
            if not 0 < pointer <= len(claim.diagnoses) or claim.diagnosis_qualifiers[pointer - 1] in ICD_9:
                continue
            found = find(claim.diagnoses[pointer - 1], on)
            if found is not None and not found.billable:
                fault = f"is not valid on {on}"
                if found.listed:
                    fault = "is a heading that needs more characters"
                yield Hit(line, f"SV107-{position}", f"{line.procedure} points to diagnosis {pointer}, which {fault}")
                break
