"""B08: modifier 59 or an X modifier on a visit."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import TAKES_25, has_injection
from edi837.rules.codes import BYPASS, EM, INJECTION_ADMINISTRATION
from edi837.rules.encounter import Encounter


@rule(
    "B08",
    triggers=INJECTION_ADMINISTRATION | {DRUG},
    needs={"bypass-on-visit"},
    beside=EM,
    severity=Severity.ERROR,
    category="bundling-modifier",
    predicts=("CO-4", "CO-16+N519"),
    suppresses={"line": {"B01", "B05"}},
    skips_adjudicated=True,
    confidence="verified",
)
def modifier_59_on_em(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A visit carries modifier 59 or an X modifier.

    Why: 59, XE, XS, XP and XU tell two procedures apart and are not for visits; what sets a visit apart
        from an injection is 25 (24 or 57 in their own contexts). A few payers take XE for a second
        encounter of the day.
    Fix: Replace it by 25 (24 or 57 where one of those is what happened).
    Denied:
        SV1*HC:99213:59*120*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:99213:25*120*UN*1***1~
        SV1*HC:96372:59*35*UN*1***1~
    Source: CMS MLN1783722, proper use of modifiers 59 and X{EPSU}.
    """
    for line in encounter.lines:
        if line.modifiers and line.procedure in EM and not BYPASS.isdisjoint(line.modifiers):
            if not has_injection(encounter):
                return
            index = next(index for index, modifier in enumerate(line.modifiers) if modifier in BYPASS)
            wrong = line.modifiers[index]
            yield Hit(
                line,
                f"SV101-{3 + index}",
                f"{line.procedure} carries modifier {wrong}, which is not for visits",
                _fix(line, wrong),
            )


def _fix(visit: ServiceLine, wrong: str) -> str:
    if "25" in visit.modifiers:
        return f"remove {wrong}, 25 is there already"
    if visit.procedure not in TAKES_25:
        return f"remove {wrong}: no modifier sets {visit.procedure} apart from an injection"
    return f"replace {wrong} by 25"
