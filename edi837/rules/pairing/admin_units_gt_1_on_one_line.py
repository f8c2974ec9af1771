"""A08: several injections as units of one line."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wording import plain


@rule(
    "A08",
    triggers={INJECTION},
    needs={"several-injections"},
    severity=Severity.INFO,
    severity_by_payer={"MB": Severity.OFF},
    category="missing-component",
    predicts=("CO-151+N362", "CO-16+M53|N63"),
    confidence="knowledge",
    policies=("injection-style", "ncci"),
)
def admin_units_gt_1_on_one_line(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Several injections are billed as units of one line of 96372.

    Why: Medicare takes units up to its daily limit. Other payers want a line for each injection, told apart by a
        modifier, and return or cut a line with units. A payer policy (`injection-style`) says which want lines, where
        this is a warning, and which take units, where nothing is said.
    Fix: Split the line where the payer wants lines: one unit each, 59 or XS on the further ones, or 76 for the same
        drug again.
    Denied:
        SBR*P*18*******CI~
        SV1*HC:96372*70*UN*2***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:J3420*15*UN*1***1~
    Clean:
        SBR*P*18*******CI~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:96372:59*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:J3420*15*UN*1***1~
    Source: RARC N63 (rebill on separate lines); CMS practitioner MUE; professional knowledge.
    """
    for line in encounter.injections:
        units = line.units
        if units is None or units <= 1 or units != units.to_integral_value() or _is_over_limit(line, encounter, ctx):
            continue
        style = ctx.requirements(encounter.payer_of(line), encounter.service_date).injection_style
        yield Hit(
            line,
            "SV104",
            f"96372 x {plain(units)} on one line",
            f"bill {plain(units)} lines of one unit, 59, XS or 76 on all but the first"
            + ("" if style == "lines" else ", if this payer wants lines"),
        )


def _is_over_limit(line: ServiceLine, encounter: Encounter, ctx: Context) -> bool:
    """Whether the units pass the daily limit, which C01 says."""
    payer, on = encounter.payer_of(line), encounter.service_date
    if on is None or line.units is None or not ctx.requirements(payer, on).ncci:
        return False
    limit = ctx.reference.mue(INJECTION, payer.payer_class, on)
    return limit is not None and line.units > limit.units
