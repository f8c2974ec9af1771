"""D10: an NDC that the crosswalk of its drug code does not know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.crosswalk import crosswalk_quarter
from edi837.rules.encounter import Encounter
from edi837.rules.ndc_units import is_ndc

_YEAR = timedelta(days=366)


@rule(
    "D10",
    triggers={DRUG},
    needs={"ndc-unlisted"},
    severity=Severity.INFO,
    category="code-ndc",
    predicts=("CO-16+N847|N848|M119", "CO-211"),
    confidence="verified",
)
def ndc_obsolete_or_unknown(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An NDC is not among the packages of its drug code.

    Why: Payers deny an NDC that is no longer sold, mistyped, or whose maker pays no rebate. The crosswalk of CMS lists
        the packages of drugs under Medicare Part B for one quarter. To be missing from it is no proof, because
        repackaged and newer packages are missing too: this is a remark, and only for codes of which it lists packages
        and for dates within a year of that quarter.
    Fix: Compare the NDC with the package that was used.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00338007299~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Source: CMS ASP NDC-HCPCS crosswalk October 2025; RARC N847 and N848; Horizon NJ Health NDC edit 551.
    """
    on, reference = encounter.service_date, ctx.reference
    if on is None:
        return
    first, behind = crosswalk_quarter(reference)
    if not first - _YEAR <= on < behind + _YEAR:
        return
    for line, _facts in encounter.drugs:
        drug = line.drug
        if (
            drug is not None
            and drug.qualifier == "N4"
            and is_ndc(drug.ndc)
            and not reference.ndc(drug.ndc)
            and reference.has_packages(line.procedure)
        ):
            yield Hit(line, "LIN03", f"NDC {drug.ndc} is not among the packages of {line.procedure} in the crosswalk")
