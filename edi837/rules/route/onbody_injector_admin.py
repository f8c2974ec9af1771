"""F14: an on-body injector billed as an injection from a syringe."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wrong_administration import SILENCED, products_of, wrongly_given

_PEGFILGRASTIM = frozenset({"J2506", "Q5111"})
_KITS = ("55513019201", "70114013001")


@rule(
    "F14",
    triggers={INJECTION},
    beside=_PEGFILGRASTIM,
    severity=Severity.WARNING,
    category="route-admin-code",
    predicts=("CO-16+N657",),
    suppresses={"line": SILENCED},
    options={"kits": _KITS},
    confidence="knowledge",
)
def onbody_injector_admin(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An on-body injector of pegfilgrastim is billed with 96372.

    Why: Filling and applying the injector is 96377; 96372 is for the syringe. Which of them was given shows in the NDC
        alone, so this is silent without one. The option kits has the NDCs of on-body injectors.
    Fix: Bill 96377 instead of 96372, or correct the NDC if a syringe was used.
    Denied:
        HI*ABK:D701~
        SV1*HC:J2506:JZ*3200*UN*12***1~
        LIN**N4*55513019201~
        CTP****0.6*ML~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:D701~
        SV1*HC:J2506:JZ*3200*UN*12***1~
        LIN**N4*55513019201~
        CTP****0.6*ML~
        SV1*HC:96377*35*UN*1***1~
    Source: CPT convention (professional knowledge); NDCs of Neulasta Onpro and Udenyca Onbody.
    """
    drugs = products_of(encounter, _PEGFILGRASTIM)
    if not drugs:
        return
    kits = ctx.settings.option("F14", "kits")
    injectors = tuple(line for line in drugs if line.drug is not None and line.drug.ndc in kits)
    ndcs = ", ".join(dict.fromkeys(line.drug.ndc for line in injectors if line.drug is not None))
    yield from wrongly_given(
        encounter,
        injectors,
        {"96377"},
        f"by NDC {ndcs} an on-body injector",
        "bill 96377 instead of 96372, or correct the NDC if a syringe was used",
    )
