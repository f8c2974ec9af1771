"""F04: a drug billed with the administration of a vaccine."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.reference.drugs import VACCINES
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import (
    INJECTION_ADMINISTRATION,
    INJECTION_PROCEDURE,
    RSV_ADMINISTRATION,
    RSV_ANTIBODY,
    VACCINE_ADMINISTRATION,
)
from edi837.rules.diagnoses import pointed_diagnoses
from edi837.rules.encounter import Encounter
from edi837.rules.supplied import SUPPLIED_MODIFIERS

_EXPLAINED = INJECTION_ADMINISTRATION | INJECTION_PROCEDURE | RSV_ADMINISTRATION | {"G0012"}
"""What can have given the drug, so that the vaccine's administration is not the drug's."""

_FOR_A_VACCINE = "Z23"


@rule(
    "F04",
    triggers={DRUG},
    beside=VACCINE_ADMINISTRATION,
    severity=Severity.ERROR,
    category="route-admin-code",
    predicts=("CO-B15|CO-16+N657",),
    confidence="knowledge",
)
def drug_with_vaccine_administration(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug is billed with the administration of a vaccine.

    Why: 90460 to 90474, 90480 and G0008 to G0010 are for vaccines and toxoids. A drug or an immune globulin that is
        given under the skin or into a muscle takes 96372, and payers deny the vaccine code beside it as not fitting.
        A vaccine on the day's claims, an administration that fits the drug, a state-supplied vaccine (SL) and a line
        that points to Z23 while the drug does not explain the code: then this is silent.
    Fix: Bill 96372 instead of the vaccine administration, or add the vaccine that it gave.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:90471*32*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:90715*60*UN*1***1~
        SV1*HC:90471*32*UN*1***1~
    Source: CPT convention (professional knowledge).
    """
    administrations = encounter.lines_of(VACCINE_ADMINISTRATION)
    if not administrations:
        return
    for line in encounter.lines:
        code = line.procedure
        if code in VACCINES or code in _EXPLAINED or code in RSV_ANTIBODY:
            return
    drugs = [drug for drug in encounter.drugs if not drug.line.is_discarded]
    # An unclassified code may be a vaccine's that has none of its own yet.
    if not drugs or not all(drug.facts.injectable and not drug.facts.noc for drug in drugs):
        return
    lines = tuple(drug.line for drug in drugs)
    for administration in administrations:
        if not SUPPLIED_MODIFIERS.isdisjoint(administration.modifiers):
            continue
        if _points_to_vaccination(administration, encounter) and not all(
            _points_to_vaccination(line, encounter) for line in lines
        ):
            continue
        yield Hit(
            administration,
            "SV101-2",
            f"{administration.procedure} gives a vaccine, but no vaccine stands beside it: {codes_of(lines)} is a drug",
            f"bill 96372 instead of {administration.procedure}, or add the vaccine that it gave",
            lines,
        )


def _points_to_vaccination(line: ServiceLine, encounter: Encounter) -> bool:
    return _FOR_A_VACCINE in pointed_diagnoses(line, encounter.claim_of(line))
