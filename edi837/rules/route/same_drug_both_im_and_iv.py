"""F16: one drug line with both an injection and an IV administration."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import INJECTION
from edi837.rules.containers import container_size
from edi837.rules.encounter import Encounter
from edi837.rules.products import by_payer
from edi837.rules.wrong_administration import SILENCED

_IV_ADMINISTRATION = frozenset({"96365", "96374"})
_INTO_A_VEIN = frozenset({"ANY", "IV"})


@rule(
    "F16",
    triggers={INJECTION},
    beside=_IV_ADMINISTRATION,
    severity=Severity.WARNING,
    category="route-admin-code",
    predicts=("CO-97|CO-236",),
    suppresses={"line": SILENCED | {"F01"}},
    confidence="partly verified",
)
def same_drug_both_im_and_iv(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """One drug is billed with both 96372 and an IV administration.

    Why: One line of one drug was given once: under the skin or into a muscle (96372), or into a vein (96374, 96365).
        NCCI pays the IV code and denies 96372. A drug that was given both ways from two vials takes two lines.
    Fix: Remove the administration that was not given, or bill the drug on a line for each.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:96374*60*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372:59*35*UN*1***1~
        SV1*HC:J1756*60*UN*100***1~
        SV1*HC:96374*60*UN*1***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3 (96374 and 96365 with 96372).
    """
    for seen in by_payer(encounter, ctx.reference):
        into_vein = tuple(seen.lines_of(_IV_ADMINISTRATION))
        if not into_vein or not seen.injections:
            continue
        drugs = [drug for drug in seen.drugs if not drug.line.is_discarded]
        if len(drugs) != 1 or not drugs[0].facts.injectable or _is_of_several_containers(drugs[0].line, ctx):
            continue
        line, facts = drugs[0]
        codes = codes_of(into_vein)
        if _INTO_A_VEIN.isdisjoint(facts.routes):
            fix = f"remove {codes}: {line.procedure} is not given into a vein"
        else:
            fix = f"remove 96372 or {codes}, whichever was not given, or bill {line.procedure} on a line for each"
        for injection in seen.injections:
            yield Hit(
                injection,
                "SV101-2",
                f"96372 and {codes} both stand beside one line of {line.procedure}",
                fix,
                (*into_vein, line),
            )


def _is_of_several_containers(line: ServiceLine, ctx: Context) -> bool:
    """Whether the units come from more than one container of the NDC, which can have been given both ways."""
    size = container_size(line, ctx.reference)
    return size is not None and line.units is not None and line.units > size
