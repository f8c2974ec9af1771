"""B18: modifier 59 and an X modifier on one line."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import has_injection
from edi837.rules.codes import BYPASS, EM, INJECTION_ADMINISTRATION
from edi837.rules.encounter import Encounter

_X_MODIFIERS = BYPASS - {"59"}


@rule(
    "B18",
    triggers=INJECTION_ADMINISTRATION | {DRUG},
    needs={"bypass-twice"},
    severity=Severity.WARNING,
    category="bundling-modifier",
    predicts=("CO-4|CO-16+N519",),
    skips_adjudicated=True,
    confidence="verified",
)
def both_59_and_x_modifier(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Modifier 59 stands beside XE, XS, XP or XU on one line.

    Why: The X modifiers say more exactly what 59 says, so a line takes one or the other; payers deny or return a line
        with both as inconsistent.
    Fix: Keep the X modifier and remove 59.
    Denied:
        SV1*HC:96372:59:XS*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Clean:
        SV1*HC:96372:XS*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Source: Moda Health reimbursement policy, as cited by whatismedicalinsurancebilling (2020-06).
    """
    for line in encounter.lines:
        # On a visit neither belongs, which B08 says.
        if "59" not in line.modifiers or line.procedure in EM or not has_injection(encounter):
            continue
        more_exact = [modifier for modifier in line.modifiers if modifier in _X_MODIFIERS]
        if more_exact:
            keep = ", ".join(more_exact)
            yield Hit(
                line,
                f"SV101-{3 + line.modifiers.index('59')}",
                f"{line.procedure} carries 59 and {keep}",
                f"keep {keep} and remove 59",
            )
