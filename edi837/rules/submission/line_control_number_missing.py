"""I05: service lines that a remittance can only be matched with by guessing."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter


@rule(
    "I05",
    triggers={INJECTION, DRUG},
    needs={"line-number-absent"},
    severity=Severity.INFO,
    category="technical",
    confidence="verified",
)
def line_control_number_missing(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Service lines of an injection claim carry no line control number.

    Why: No payer denies a claim for this. But the 835 returns REF*6R with its payment of the line, and without it a
        denial is matched with its line by number, procedure and charge, which goes wrong where two lines are alike.
    Fix: Let the billing system send a line control number (REF*6R) for each service line.
    Denied:
        LX*1~
        SV1*HC:J1885*8*UN*2***1~
        DTP*472*D8*20260310~
        LX*2~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20260310~
    Clean:
        LX*1~
        SV1*HC:J1885*8*UN*2***1~
        DTP*472*D8*20260310~
        REF*6R*A1~
        LX*2~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20260310~
        REF*6R*A2~
    Source: edi-835-parser issue 3 (lines without REF*6R cannot be told apart); TR3 005010X222A1, loop 2400.
    """
    bare = [line for line in encounter.lines if line.line_control_number is None]
    if not bare or not (encounter.injections or encounter.drugs):
        return
    for claim in encounter.claims:
        own = [line for line in bare if encounter.claim_of(line) is claim]
        if own:
            yield Hit(own[0], "REF02", f"lines without a line control number (REF*6R): {len(own)}")
