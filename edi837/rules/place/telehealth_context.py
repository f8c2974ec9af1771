"""G02: an injection or its drug billed as telehealth."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION, TELEHEALTH_MODIFIERS, TELEHEALTH_PLACES
from edi837.rules.encounter import Encounter


@rule(
    "G02",
    triggers={INJECTION, DRUG},
    needs={"telehealth"},
    severity=Severity.ERROR,
    category="pos-auth",
    predicts=("CO-5|CO-58+M77|N776|N428", "CO-4"),
    confidence="knowledge",
)
def telehealth_context(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 or its drug is billed as telehealth.

    Why: Nobody can inject by telehealth, so a line of 96372 or of a drug in place of service 02 or 10, or with modifier
        93, 95, FQ, GQ or GT, is denied. A telehealth visit and an injection in the office on one day need lines with a
        place of service of their own.
    Fix: Give the injection and its drug the place where they were given (SV105), and take the telehealth modifier off.
    Denied:
        CLM*1*163***10:B:1*Y*A*Y*Y~
        SV1*HC:99213:95*120*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        CLM*1*163***10:B:1*Y*A*Y*Y~
        SV1*HC:99213:95:25*120*UN*1***1~
        SV1*HC:J1885*8*UN*2*11**1~
        SV1*HC:96372*35*UN*1*11**1~
    Source: RARC N776; professional knowledge.
    """
    for line in encounter.lines:
        place = line.place_of_service
        if place not in TELEHEALTH_PLACES and TELEHEALTH_MODIFIERS.isdisjoint(line.modifiers):
            continue
        code = line.procedure
        if code != INJECTION and ctx.reference.drug_line(code) is None:
            continue
        if place in TELEHEALTH_PLACES:
            yield Hit(
                line,
                "SV105",
                f"{code} in place of service {place}, which is telehealth",
                f"send the place where {code} was given in SV105, such as 11",
            )
            continue
        asking = ", ".join(modifier for modifier in line.modifiers if modifier in TELEHEALTH_MODIFIERS)
        yield Hit(line, "SV101-3", f"{code} carries telehealth modifier {asking}", f"take {asking} off {code}")
