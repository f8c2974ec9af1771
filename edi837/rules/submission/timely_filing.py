"""I02: a claim that is sent when its filing limit has passed."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.filing import MEDICARE_FILING_DAYS

_CORRECTIONS = frozenset({"7", "8"})


@rule(
    "I02",
    triggers={INJECTION, DRUG},
    needs={"sent-late"},
    severity=Severity.WARNING,
    category="technical",
    predicts=("CO-29+N211",),
    confidence="knowledge",
    policies=("timely-filing-days",),
)
def timely_filing(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An injection claim is sent after the payer's filing limit.

    Why: Medicare takes a claim within a year of the service. Other payers have limits of their own: a payer policy
        (`timely-filing-days`) says one, and 0 asks for no check. The day of sending is that of the functional group
        (GS04). Secondary claims count from the first payer's decision, and corrected claims have other limits: both are
        left out.
    Fix: Send proof of timely filing with the claim or the appeal; a correct date of service helps if this one is wrong.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        DTP*472*D8*20250301~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20250301~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        DTP*472*D8*20260301~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20260301~
    Source: CARC 29; Medicare's limit of one calendar year (professional knowledge).
    """
    on = encounter.service_date
    if on is None or not (encounter.injections or encounter.drugs):
        return
    for claim in encounter.claims:
        sent = claim.origin.submitted
        if sent is None or sent <= on:
            continue
        days = (sent - on).days
        limit = ctx.requirements(claim.payer, on).timely_filing_days
        if limit is None:
            limit = MEDICARE_FILING_DAYS if claim.payer.is_medicare else 0
        if 0 < limit < days and not claim.is_secondary and claim.frequency not in _CORRECTIONS:
            yield Hit(
                claim,
                "CLM01",
                f"sent on {sent}, {days} days after the service of {on}: the limit is {limit} days",
            )
