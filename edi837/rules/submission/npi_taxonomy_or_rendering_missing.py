"""I06: a group's claim that does not say who gave the care."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Claim, ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter


@rule(
    "I06",
    triggers={INJECTION, DRUG},
    needs={"provider-incomplete"},
    severity=Severity.WARNING,
    category="technical",
    predicts=("CO-16+N290|N288", "CO-B7", "CO-185"),
    confidence="partly verified",
    options={"group-taxonomies": ("193200000X", "193400000X")},
)
def npi_taxonomy_or_rendering_missing(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A group bills an injection without the rendering provider, or without the provider's taxonomy.

    Why: A group cannot give an injection: the payer wants the NPI of the person who did or supervised it (NM1*82), and
        payers other than Medicare often also the taxonomy (PRV*PE). A biller is known to be a group by its own taxonomy
        (PRV*BI), which the option `group-taxonomies` lists; a solo practice renders what it bills.
    Fix: Send NM1*82 with the NPI of the rendering provider, and PRV*PE with the taxonomy it is enrolled under.
    Denied:
        PRV*BI*PXC*193200000X~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        PRV*BI*PXC*193200000X~
        NM1*82*1*ROE*RICHARD****XX*1999999984~
        PRV*PE*PXC*207Q00000X~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: RARC N288 and N290; TR3 005010X222A1, loop 2310B.
    """
    if not encounter.injections and not encounter.drugs:
        return
    bare = [line for line in encounter.lines if not line.rendering_taxonomy or not line.rendering_npi]
    for claim in encounter.claims:
        # The provider of the claim stands for every line without one of its own.
        if claim.rendering_npi and not bare:
            continue
        if claim.billing_taxonomy not in ctx.settings.option("I06", "group-taxonomies"):
            continue
        lines = [line for line in encounter.lines if encounter.claim_of(line) is claim]
        if any(_has_no_renderer(line, claim) for line in lines):
            yield Hit(
                claim,
                "NM109",
                f"the biller is a group (taxonomy {claim.billing_taxonomy}) and names no rendering provider (NM1*82)",
            )
        elif not claim.payer.is_medicare and any(not line.rendering_taxonomy for line in lines):
            yield Hit(
                claim,
                "PRV03",
                f"the biller is a group (taxonomy {claim.billing_taxonomy}), "
                "and its rendering provider has no taxonomy (PRV*PE)",
                severity=None if claim.payer.payer_class == "MC" else Severity.INFO,
            )


def _has_no_renderer(line: ServiceLine, claim: Claim) -> bool:
    """Whether neither the line nor its claim names a rendering provider: then it has the biller's NPI, or none."""
    return not line.rendering_npi or (not claim.rendering_npi and line.rendering_npi == claim.billing_npi)
