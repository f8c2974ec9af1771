"""J02: more injections in a day than the payer's own manual pays."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.products import by_payer, first_beyond, injection_units, is_separate
from edi837.rules.wording import plain


@rule(
    "J02",
    triggers={INJECTION},
    needs={"several-injections", "repeated-injection"},
    severity=Severity.WARNING,
    category="frequency",
    predicts=("CO-119|CO-151+N435|N640",),
    confidence="verified",
    policies=("daily-injections",),
)
def payer_daily_injection_limit(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """More injections 96372 are billed for a day than this payer pays.

    Why: The Texas CSHCN program pays one injection a day unless the drugs must not be mixed in one syringe. A payer
        policy (`daily-injections`) says which other payers have a limit, and how many they pay. With a modifier that
        sets the injection apart it is a matter of documentation only. The limits of the MUE are C01's.
    Fix: Bill what the payer pays; otherwise keep the record that the drugs cannot be mixed.
    Denied:
        SBR*P*18*******MC~
        NM1*PR*2*TEXAS CSHCN SERVICES PROGRAM*****PI*99999~
        SV1*HC:96372*70*UN*2***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:J2550*13*UN*1***1~
    Clean:
        SBR*P*18*******MC~
        NM1*PR*2*TEXAS CSHCN SERVICES PROGRAM*****PI*99999~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:J2550*13*UN*1***1~
    Source: TMHP CSHCN Services Program provider manual 24.3.16 (an old edition).
    """
    on = encounter.service_date
    if all(ctx.requirements(claim.payer, on).daily_injections is None for claim in encounter.claims):
        return
    for seen in by_payer(encounter, ctx.reference):
        units = injection_units(seen)
        limit = ctx.requirements(seen.claims[0].payer, on).daily_injections
        if limit is None or units <= limit or not seen.injections:
            continue
        line = first_beyond(limit, seen.injections)
        yield Hit(
            line,
            "SV104",
            f"units of 96372 on the day: {plain(units)}, this payer pays {limit}",
            f"bill {limit} of {plain(units)}, unless the record says that the drugs cannot be mixed",
            tuple(other for other in seen.injections if other is not line),
            Severity.INFO if is_separate(line) else None,
        )
