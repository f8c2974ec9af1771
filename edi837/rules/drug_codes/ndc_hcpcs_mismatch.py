"""D09: an NDC that belongs to another drug code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import Severity
from edi837.reference import Reference
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.crosswalk import crosswalk_quarter, with_units
from edi837.rules.encounter import Encounter
from edi837.rules.ndc_units import is_ndc


@rule(
    "D09",
    triggers={DRUG},
    needs={"ndc-of-another-code"},
    severity=Severity.ERROR,
    category="code-ndc",
    predicts=("CO-16+N846", "CO-16+M119", "CO-A1+N846"),
    suppresses={"line": {"C03"}},
    confidence="verified",
)
def ndc_hcpcs_mismatch(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """The NDC of a drug line belongs to another drug code.

    Why: Payers look the NDC up in the crosswalk of CMS. Some drugs have a code of their own for one manufacturer's
        product, so the substance can be right and the code wrong: J0690 and J0688, J9395 and J9394, J0165 and J0169.
        An NDC with several codes fits any of them; one that is not in the crosswalk says nothing. Codes that follow
        each other, or that did not exist on the date of service, are no mismatch.
    Fix: Bill the code that the NDC belongs to with its units, or send the NDC of the package that was used.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00143961901~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Source: CMS ASP NDC-HCPCS crosswalk October 2025; Horizon NJ Health edit 215; RARC N846.
    """
    reference = ctx.reference
    for line, facts in encounter.drugs:
        drug = line.drug
        # An unlisted code whose NDC has a code of its own is D04's.
        if drug is None or drug.qualifier != "N4" or facts.noc or not is_ndc(drug.ndc):
            continue
        codes = [row.hcpcs for row in reference.ndc(drug.ndc)]
        if not codes or line.procedure in codes:
            continue
        known = facts.drug
        if known is not None and (
            known.effective_from is None or known.effective_from >= crosswalk_quarter(reference)[1]
        ):
            continue
        others = [code for code in codes if _could_be_billed(code, line.service_date, reference)]
        if others and not any(_follow_each_other(line.procedure, code, reference) for code in codes):
            yield Hit(
                line,
                "LIN03",
                f"NDC {drug.ndc} belongs to {' or '.join(others)}, it is billed with {line.procedure}",
                f"bill {with_units(others, drug, reference)}, or send the NDC of the {line.procedure} package that "
                "was used",
            )


def _could_be_billed(code: str, on: date | None, reference: Reference) -> bool:
    drug = reference.drug(code)
    return drug is None or on is None or drug.effective_from is None or drug.effective_from <= on


def _follow_each_other(one: str, other: str, reference: Reference) -> bool:
    for old, new in ((one, other), (other, one)):
        following = reference.succession(old)
        if following is not None and (new == following.new or new in following.also):
            return True
    return False
