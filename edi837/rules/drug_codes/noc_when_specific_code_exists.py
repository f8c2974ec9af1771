"""D04: an unlisted drug code for a product that has a code of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import Severity
from edi837.reference import Reference
from edi837.reference.drugs import NOC
from edi837.rules.base import Context, Hit, rule
from edi837.rules.crosswalk import was_valid, with_units
from edi837.rules.encounter import Encounter
from edi837.rules.ndc_units import is_ndc

_COMPOUNDED = "J7999"


@rule(
    "D04",
    triggers=NOC,
    severity=Severity.ERROR,
    category="code-ndc",
    predicts=("CO-189", "CO-16+N56|N657"),
    suppresses={"line": {"D09", "D13"}},
    confidence="verified",
)
def noc_when_specific_code_exists(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An unlisted code is billed for a product whose NDC has a code of its own.

    Why: Unlisted codes are for drugs without a code. Payers look the NDC up in the crosswalk of CMS and deny the
        unlisted code where a specific one was valid on the date of service. A code that began in the very quarter is
        left out, because payers load it late, and so are the parts of a compound; a compounded drug (J7999) made of
        one such product is a warning.
    Fix: Bill the code of the NDC with its units.
    Denied:
        SV1*HC:J3490:::::KETOROLAC 30 MG*20*UN*1***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1885*20*UN*2***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Source: CARC 189; CMS ASP NDC-HCPCS crosswalk October 2025.
    """
    on, reference = encounter.service_date, ctx.reference
    if on is None:
        return
    for line in encounter.lines:
        drug = line.drug
        if line.procedure not in NOC or drug is None or drug.qualifier != "N4" or drug.link_number:
            continue
        if not is_ndc(drug.ndc):
            continue
        codes = [row.hcpcs for row in reference.ndc(drug.ndc) if _was_loaded(row.hcpcs, on, reference)]
        if codes:
            yield Hit(
                line,
                "SV101-2",
                f"{line.procedure} is billed, but NDC {drug.ndc} has the code {' or '.join(codes)}",
                f"bill {with_units(codes, drug, reference)}",
                severity=Severity.WARNING if line.procedure == _COMPOUNDED else None,
            )


def _was_loaded(code: str, on: date, reference: Reference) -> bool:
    """Whether the code could be billed, and not only since this very quarter."""
    if not was_valid(code, on, reference):
        return False
    drug = reference.drug(code)
    first = drug.effective_from if drug is not None else None
    return first is None or (first.year, (first.month - 1) // 3) != (on.year, (on.month - 1) // 3)
