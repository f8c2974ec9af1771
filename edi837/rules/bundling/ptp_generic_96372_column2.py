"""B10: an injection beside any other procedure that NCCI says includes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import ServiceLine, Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import bypassed, codes_of, find_bundles, futile_modifiers
from edi837.rules.codes import ANESTHESIA, INJECTION, PAIRED_BY_NAME
from edi837.rules.encounter import Encounter

_NEWBORN_AND_REMOTE_VISITS = frozenset(
    {"99466", "99468", "99469", "99471", "99472", "99475", "99476", "99477", "99478", "99479", "99480", "99485"}
    | {"99486", "G0406", "G0407", "G0408", "G0425", "G0426", "G0427", "G0508", "G0509"}
)
"""Visits that no other rule names, which 25 can set apart."""


@rule(
    "B10",
    triggers={INJECTION},
    needs={"other-pair"},
    severity=Severity.WARNING,
    category="bundling-modifier",
    predicts=("CO-97|CO-236+M15|N19",),
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def ptp_generic_96372_column2(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is bundled into another procedure of the day.

    Why: NCCI makes 96372 column 2 of some 6,500 procedures. With indicator 1 it is paid where 59 or an X modifier on
        either line says that it was separate (25 where the other service is a visit), with indicator 0 never. Pairs
        that another rule names (visits, joint and nerve injections, infusions, allergy shots ...) are that rule's.
    Fix: Append 59 or XU to 96372 if the drug had nothing to do with the procedure; otherwise remove 96372.
    Denied:
        SV1*HC:12001*180*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J0696*22*UN*2***1~
    Clean:
        SV1*HC:12001*180*UN*1***1~
        SV1*HC:96372:59*35*UN*1***1~
        SV1*HC:J0696*22*UN*2***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3 (column 2 96372); CR 11168 (modifier on either line).
    """
    injections = encounter.injections
    if not injections:
        return
    drug_lines = ctx.reference.drug_lines
    others = [
        line for line in encounter.lines if line.procedure not in PAIRED_BY_NAME and drug_lines[line.procedure] is None
    ]
    if not others:
        return
    for injection, into in find_bundles(encounter, ctx, others, injections, indicator=1, clears=_cleared):
        yield Hit(
            injection,
            "SV101-3",
            f"96372 is column 2 of {codes_of(into)} and neither line carries 59 or an X modifier",
            f"append 59 or XU to 96372 if its drug had nothing to do with {codes_of(into)}, otherwise remove 96372",
            into,
        )
    always = [line for line in others if line.procedure not in ANESTHESIA]
    for injection, into in find_bundles(encounter, ctx, always, injections, indicator=0):
        yield Hit(
            injection,
            "SV101-2",
            f"96372 is column 2 of {codes_of(into)} with indicator 0, which {futile_modifiers((injection, *into))}",
            f"remove 96372, which is part of {codes_of(into)}",
            into,
            Severity.ERROR,
        )


def _cleared(procedure: ServiceLine, injection: ServiceLine, on: date) -> bool:
    if procedure.procedure in _NEWBORN_AND_REMOTE_VISITS and "25" in procedure.modifiers:
        return True
    return bypassed(procedure, injection, on)
