"""C09: a charge that Medicare's system cannot hold."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.charges import SYSTEM_LIMIT
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wording import dollars


@rule(
    "C09",
    triggers={INJECTION, DRUG},
    needs={"charge-above-limit"},
    severity=Severity.INFO,
    severity_by_payer={
        "16": Severity.OFF,
        "MC": Severity.OFF,
        "MA": Severity.OFF,
        "commercial": Severity.OFF,
    },
    category="units-frequency",
    confidence="verified",
)
def charge_over_system_limit(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A line or a claim to Medicare is above 99,999.99 dollars.

    Why: Medicare's claims system holds amounts up to 99,999.99 for a line and for a claim, and rejects more at the
        front end.
    Fix: Split the service over claims below the limit: the further ones with modifier 76 and a narrative, and with
        totals that differ, so that none is taken for a duplicate.
    Denied:
        SV1*HC:J9999*120000*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J9999*99900*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: FCSO 0518896.
    """
    for line in encounter.lines:
        if line.charge > SYSTEM_LIMIT:
            yield Hit(line, "SV102", f"the charge of {line.procedure} is {dollars(line.charge)}, above {SYSTEM_LIMIT}")
    for claim in encounter.claims:
        if claim.charge > SYSTEM_LIMIT and not any(line.charge > SYSTEM_LIMIT for line in claim.lines):
            yield Hit(claim, "CLM02", f"the claim's charge is {dollars(claim.charge)}, above {SYSTEM_LIMIT}")
