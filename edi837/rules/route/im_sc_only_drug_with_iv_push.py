"""F02: a push or infusion without a drug that is given into a vein."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.encounter import Encounter
from edi837.rules.products import injected_products

_IV_ADMINISTRATION = frozenset({"96365", "96374", "96375"})
_INTO_A_VEIN = frozenset({"ANY", "INF", "IV"})
"""Routes of drugs that a push or infusion can have given; ANY where the route is not known."""


@rule(
    "F02",
    triggers={DRUG},
    beside=_IV_ADMINISTRATION,
    severity=Severity.ERROR,
    category="route-admin-code",
    predicts=("CO-B15", "CO-16+N657"),
    confidence="knowledge",
)
def im_sc_only_drug_with_iv_push(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A push or infusion is billed, but all drugs of the day are given under the skin or into a muscle.

    Why: A drug that is labeled for IM or SC use alone cannot have been pushed or infused, so payers deny the IV
        administration as not fitting its drug. One drug with both 96372 and an IV code is F16's.
    Fix: Bill 96372 instead of the IV code, or add the drug that was given into the vein.
    Denied:
        SV1*HC:J3420*15*UN*1***1~
        SV1*HC:96374*60*UN*1***1~
    Clean:
        SV1*HC:J3420*15*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: drug routes by FDA label (professional knowledge).
    """
    administrations = encounter.lines_of(_IV_ADMINISTRATION)
    if not administrations:
        return
    drugs = [drug for drug in encounter.drugs if not drug.line.is_discarded]
    if not drugs or not all(drug.facts.injectable and _INTO_A_VEIN.isdisjoint(drug.facts.routes) for drug in drugs):
        return
    injections = encounter.injections
    if injections and len(injected_products(encounter)) == 1:
        return
    lines = tuple(drug.line for drug in drugs)
    given = "is" if len(lines) == 1 else "are"
    for line in administrations:
        yield Hit(
            line,
            "SV101-2",
            f"{line.procedure} is an IV administration, {codes_of(lines)} {given} not given IV",
            f"remove {line.procedure}, or add the drug that it gave"
            if injections
            else f"bill 96372 instead of {line.procedure}, or correct the drug code",
            lines,
        )
