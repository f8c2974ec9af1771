"""H07: a drug of the 340B program without its modifier."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.encounter import Encounter

_TB_SINCE = date(2025, 1, 1)
_PROGRAM = frozenset({"JG", "TB"})


@rule(
    "H07",
    triggers={DRUG},
    needs={"340b"},
    severity=Severity.INFO,
    severity_by_payer={"16": Severity.OFF, "MC": Severity.OFF, "MA": Severity.OFF, "commercial": Severity.OFF},
    category="modifier-policy",
    predicts=("CO-16+N822", "CO-182"),
    skips_adjudicated=True,
    confidence="verified",
)
def modifier_340b(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug of the 340B program lacks modifier TB.

    Why: From 2025-01-01 TB marks every 340B drug for Medicare, and JG has ended (H08). A claim does not say which drugs
        are of the program, so this speaks only where JG does, or where TB stands on another line of the same drug: the
        discarded units (JW) need it too.
    Fix: Append TB to every line of the drug.
    Denied:
        SV1*HC:J1745:TB*3500*UN*35***1~
        SV1*HC:J1745:JW*500*UN*5***1~
        SV1*HC:96413*190*UN*1***1~
    Clean:
        SV1*HC:J1745:TB*3500*UN*35***1~
        SV1*HC:J1745:JW:TB*500*UN*5***1~
        SV1*HC:96413*190*UN*1***1~
    Source: HCPCS modifier file, October 2026 (JG ended 2024-12-31).
    """
    on = encounter.service_date
    if on is None or on < _TB_SINCE:
        return
    for line, _ in encounter.drugs:
        code = line.procedure
        if "TB" in line.modifiers:
            continue
        if "JG" in line.modifiers:
            yield Hit(line, "SV101-3", f"{code} carries JG, which TB replaced", f"put TB for JG on {code}")
            continue
        marked = tuple(other for other in encounter.lines_beside(line) if _is_marked(other, code))
        if marked:
            yield Hit(
                line,
                "SV101-3",
                f"another line of {code} carries TB, this one does not",
                f"append TB to this line of {code} if it is a 340B drug too",
                marked,
            )


def _is_marked(line: ServiceLine, code: str) -> bool:
    return line.procedure == code and not _PROGRAM.isdisjoint(line.modifiers)
