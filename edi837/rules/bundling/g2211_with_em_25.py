"""B19: the add-on G2211 to a visit with modifier 25."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import ServiceLine, Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import codes_of, edited_together
from edi837.rules.codes import INJECTION_ADMINISTRATION, VACCINE_ADMINISTRATION
from edi837.rules.diagnoses import pointed_diagnoses
from edi837.rules.encounter import Encounter

_ADD_ON = "G2211"
_PAID_SINCE = date(2024, 1, 1)
_EXCEPTION_SINCE = date(2025, 1, 1)
_HOME_SINCE = date(2026, 1, 1)

_OFFICE = frozenset({"99202", "99203", "99204", "99205", "99211", "99212", "99213", "99214", "99215"})
_HOME = frozenset(str(code) for code in range(99341, 99351))

_PREVENTIVE = VACCINE_ADMINISTRATION | {
    *("G0402", "G0438", "G0439"),  # the welcome and yearly wellness visits
    *("G0101", "Q0091", "G0123", "G0124", "G0143", "G0144", "G0145", "G0147", "G0148", "G0476", "77063", "77067"),
    *("G0102", "G0103", "G0104", "G0105", "G0121", "G0327", "G0328", "81528", "71271", "G0296"),
    *("G0117", "G0118", "76706", "76977", "77078", "77080", "77081"),
    *("G0108", "G0109", "97802", "97803", "97804", "G0270", "G0271"),
    *("G0432", "G0433", "G0435", "G0472", "G0475", "G0499", "G0011", "G0012", "G0013"),
    *("G0442", "G0443", "G0444", "G0445", "G0446", "G0447", "G0473", "99406", "99407", "G0513", "G0514"),
}
"""Part B preventive services and the administration of vaccines."""
_PREVENTIVE_MODIFIERS = frozenset({"33", "PT"})
_SCREENING = ("Z12", "Z13")
"""Diagnoses that make a test a screening."""


@rule(
    "B19",
    triggers=INJECTION_ADMINISTRATION,
    needs={"25"},
    beside={_ADD_ON},
    severity=Severity.ERROR,
    severity_by_payer={
        "16": Severity.OFF,
        "MC": Severity.OFF,
        "MA": Severity.OFF,
        "commercial": Severity.OFF,
    },
    category="bundling-modifier",
    predicts=("CO-97|CO-234|CO-B15+N20",),
    skips_adjudicated=True,
    confidence="knowledge",
)
def g2211_with_em_25(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """G2211 is billed with a visit that carries modifier 25 because of an injection.

    Why: Since 2024-01-01 Medicare does not pay the add-on where its visit carries 25. Since 2025-01-01 it does if the
        same provider gave a vaccine or a Part B preventive service, the yearly wellness visit included, on that day;
        an injection 96372 is none of these. From 2026-01-01 its visit can be a home visit too.
    Fix: Drop G2211, or take 25 off the visit if nothing else was done on that day.
    Denied:
        SV1*HC:99214:25*180*UN*1***1~
        SV1*HC:G2211*16*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Clean:
        SV1*HC:99214:25*180*UN*1***1~
        SV1*HC:G2211*16*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:G0008*32*UN*1***1~
        SV1*HC:90686*40*UN*1***1~
    Source: Medicare physician fee schedule final rules for 2024, 2025 and 2026 (professional knowledge).
    """
    on = encounter.service_date
    if on is None or on < _PAID_SINCE or not encounter.lines_of(INJECTION_ADMINISTRATION):
        return
    for add_on in encounter.lines:
        if add_on.procedure != _ADD_ON:
            continue
        own = [line for line in encounter.lines if edited_together(encounter, add_on, line)]
        bases = _OFFICE | _HOME if on >= _HOME_SINCE else _OFFICE
        visits = tuple(line for line in own if line.procedure in bases)
        if not visits or not all("25" in visit.modifiers for visit in visits):
            continue
        if on >= _EXCEPTION_SINCE and any(_is_preventive(line, encounter) for line in own):
            continue
        yield Hit(
            add_on,
            "SV101-2",
            f"G2211 is added to {codes_of(visits)}, which carries modifier 25",
            "drop G2211: an injection is no reason for 25 that Medicare takes beside it",
            visits,
        )


def _is_preventive(line: ServiceLine, encounter: Encounter) -> bool:
    if line.procedure in _OFFICE or line.procedure in _HOME:
        return False
    return (
        line.procedure in _PREVENTIVE
        or not _PREVENTIVE_MODIFIERS.isdisjoint(line.modifiers)
        or any(code.startswith(_SCREENING) for code in pointed_diagnoses(line, encounter.claim_of(line)))
    )
