"""D11: an NDC on a line that bills no product."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.reference import Reference
from edi837.reference.drugs import VACCINES
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import ALLERGEN, ANY_ADMINISTRATION, EM, INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.ndc_units import is_ndc

_SKIN_TESTS = frozenset({"86485", "86486", "86490", "86510", "86580"})
_PRODUCTS = VACCINES | ALLERGEN | _SKIN_TESTS
"""CPT codes that are, or contain, a product with an NDC; drugs are known by the drug table."""


@rule(
    "D11",
    triggers={INJECTION, DRUG},
    needs={"ndc-off-drug"},
    severity=Severity.WARNING,
    category="code-ndc",
    predicts=("CO-16+M119",),
    confidence="verified",
)
def ndc_on_non_drug_line(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An injection, a visit or another service without a product carries an NDC.

    Why: Loop 2410 belongs below the line that bills the drug. Some practice systems copy the NDC to every line of the
        visit; payers then look for a drug code that the procedure is not, and deny it or reject the claim. Vaccines,
        allergens and skin tests have an NDC of their own. Some Medicaid programs want the NDC on an administration
        whose drug is not billed: that is left out.
    Fix: Remove LIN and CTP from the line; the NDC stays on the drug line only.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
        LIN**N4*00338007225~
        CTP****1*ML~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Source: github.com/masslight/ottehr issue 9560.
    """
    for line in encounter.lines:
        drug = line.drug
        if drug is None or drug.qualifier != "N4" or not drug.ndc or not _is_service(line, ctx.reference):
            continue
        billed = [other.line for other in encounter.drugs if encounter.claim_of(other.line) is encounter.claim_of(line)]
        if not billed and line.procedure in ANY_ADMINISTRATION and encounter.claim_of(line).payer.payer_class == "MC":
            continue
        same = tuple(other for other in billed if other.drug is not None and other.drug.ndc == drug.ndc)
        number = f"NDC {drug.ndc}" if is_ndc(drug.ndc) else "an NDC"
        yield Hit(
            line,
            "LIN03",
            f"{line.procedure} carries {number} and is no drug",
            _fix(line, drug.ndc, billed, same, ctx.reference),
            same,
        )


def _is_service(line: ServiceLine, reference: Reference) -> bool:
    """Whether the code is surely a service: a visit, an administration, or a CPT code of no product."""
    code = line.procedure
    if code in EM or code in ANY_ADMINISTRATION:
        return True
    return len(code) == 5 and code.isdigit() and code not in _PRODUCTS and reference.drug_line(code) is None


def _fix(
    line: ServiceLine, ndc: str, billed: list[ServiceLine], same: tuple[ServiceLine, ...], reference: Reference
) -> str:
    if same:
        return f"remove LIN and CTP from {line.procedure}: {same[0].procedure} carries the NDC already"
    codes = {row.hcpcs for row in reference.ndc(ndc)}
    for other in billed:
        if other.drug is None and other.procedure in codes:
            return f"move LIN and CTP from {line.procedure} to {other.procedure}"
    return ""
