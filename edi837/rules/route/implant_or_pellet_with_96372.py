"""F13: an implant or pellet billed with the administration of a drug."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wrong_administration import SILENCED, products_of, wrongly_given

_PELLETS = frozenset({"J1073", "S0189"})
_IMPLANTS = _PELLETS | {"J7306", "J7307", "J9226"}
_INSERTION = frozenset({"11980", "11981", "11983"})


@rule(
    "F13",
    triggers={INJECTION},
    beside=_IMPLANTS,
    severity=Severity.ERROR,
    category="route-admin-code",
    predicts=("CO-B15|CO-97",),
    suppresses={"line": SILENCED},
    confidence="partly verified",
)
def implant_or_pellet_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An implant or pellet is billed with 96372.

    Why: Hormone pellets go in with 11980 and drug implants with 11981 (11983 where an old one comes out). Payers deny
        96372 as not fitting, or as a part of the insertion. Goserelin (J9202) is injected, and is left out.
    Fix: Bill 11980 for pellets or 11981 for an implant instead of 96372.
    Denied:
        SBR*P*18*******CI~
        SV1*HC:J7307*1100*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SBR*P*18*******CI~
        SV1*HC:J7307*1100*UN*1***1~
        SV1*HC:11981*190*UN*1***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3 (11980 with 96372); LCD L39086 and article A58828 on Testopel.
    """
    implants = products_of(encounter, _IMPLANTS)
    code = "11980" if all(line.procedure in _PELLETS for line in implants) else "11981"
    yield from wrongly_given(encounter, implants, _INSERTION, "which is implanted", f"bill {code} instead of 96372")
