"""G03: an injection billed to Medicare apart from the rate of a rural or federally qualified health clinic."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.clinics import is_clinic
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter


@rule(
    "G03",
    triggers={INJECTION},
    needs={"clinic-biller", "clinic-place"},
    severity=Severity.WARNING,
    severity_by_payer={"16": Severity.OFF, "MC": Severity.OFF, "MA": Severity.OFF, "commercial": Severity.OFF},
    category="pos-auth",
    predicts=("CO-97|CO-96+N130",),
    skips_adjudicated=True,
    confidence="partly verified",
)
def rhc_fqhc_injection(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is billed to Medicare for a rural or federally qualified health clinic.

    Why: Medicare pays such a clinic a rate for the whole visit, and the injection with its drug is a part of it.
        Vaccines are paid apart. Place of service 50 or 72 or the billing provider's taxonomy tells the clinic.
    Fix: Do not bill 96372 and its drug apart from the visit of the clinic.
    Denied:
        CLM*1*43***50:B:1*Y*A*Y*Y~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        CLM*1*43***11:B:1*Y*A*Y*Y~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: Noridian, JW and JZ (not for FQHC and RHC); professional knowledge.
    """
    for line in encounter.injections:
        claim = encounter.claim_of(line)
        if is_clinic(line, claim):
            yield Hit(
                line,
                "SV105",
                f"96372 in place of service {line.place_of_service} of a clinic that is paid a rate for the visit",
                partners=tuple(drug.line for drug in encounter.injectables if encounter.claim_of(drug.line) is claim),
            )
