"""B09: an injection beside a joint, tendon, lesion, nerve or spinal injection or implant of the day."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import bypassed, codes_of, find_bundles
from edi837.rules.codes import INJECTION, LOCAL_INJECTION
from edi837.rules.encounter import Encounter

_STEROIDS = frozenset(
    {"J0702", "J1010", "J1020", "J1030", "J1040", "J1094", "J1100", "J1700", "J2650"}
    | {"J3301", "J3302", "J3303", "J3304"}
)
_ANESTHETICS = frozenset(
    {"J0665", "J0670", "J2001", "J2002", "J2003", "J2004", "J2400", "J2401", "J2402", "J2795", "S0020"}
)
_HYALURONANS = frozenset({"J7318", "J7331", "J7332"} | {f"J{code}" for code in range(7320, 7330)})
_PROCEDURE_DRUGS = (
    _STEROIDS
    | _ANESTHETICS
    | _HYALURONANS
    | {"J0585", "J0586", "J0587", "J0588", "J0589"}  # chemodenervation
    | {"J0775"}  # 20527
    | {"J1073", "J7306", "J7307", "J9226", "S0189"}  # 11980 to 11983
)
"""What these procedures put in, so that a 96372 beside them has no drug of its own."""


@rule(
    "B09",
    triggers={INJECTION},
    beside=LOCAL_INJECTION,
    severity=Severity.WARNING,
    category="bundling-modifier",
    predicts=("CO-97+M15|N19", "CO-236", "CO-B10"),
    suppresses={"line": {"A01"}},
    skips_adjudicated=True,
    policies=("ncci",),
    confidence="verified",
)
def joint_or_soft_tissue_injection_bundles_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is bundled into a joint, tendon, lesion, nerve or spinal injection or an implant.

    Why: NCCI makes 96372 column 2 of these procedures with indicator 1: giving the drug is part of the
        procedure. Only another drug at another site is separate, and 59 or an X modifier on either line
        says so. Where the drugs billed are all ones that the procedure uses, nothing is left for 96372 to
        have given.
    Fix: Delete 96372, or append XS or 59 to it when a different drug was given into a muscle or under the
        skin.
    Denied:
        SV1*HC:20610:RT*180*UN*1***1~
        SV1*HC:J3301*60*UN*4***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:20610:RT*180*UN*1***1~
        SV1*HC:J3301*60*UN*4***1~
        SV1*HC:96372:XS*35*UN*1***1~
        SV1*HC:J3420*15*UN*1***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3; CR 11168 (modifier on either line from 2019-07-01).
    """
    procedures = encounter.lines_of(LOCAL_INJECTION)
    if not procedures:
        return
    for injection, into in find_bundles(encounter, ctx, procedures, encounter.injections, indicator=1, clears=bypassed):
        bundling = codes_of(into)
        if _only_procedure_drugs(encounter):
            drugs = codes_of(encounter.lines_of(_PROCEDURE_DRUGS))
            yield Hit(
                injection,
                "SV101-2",
                f"96372 is column 2 of {bundling} and the drug {drugs} is what {bundling} uses",
                f"remove 96372: {drugs} was given by {bundling}",
                into,
                severity=Severity.ERROR,
            )
        else:
            yield Hit(
                injection,
                "SV101-3",
                f"96372 is column 2 of {bundling} and neither line carries 59 or an X modifier",
                "append XS or 59 to 96372 if its drug went into another site, otherwise remove 96372",
                into,
                suppresses=False,
            )


def _only_procedure_drugs(encounter: Encounter) -> bool:
    """Whether drugs are billed, and none of them needs an injection of its own."""
    return any(line.procedure in _PROCEDURE_DRUGS for line in encounter.lines) and not any(
        drug.line.procedure not in _PROCEDURE_DRUGS for drug in encounter.injectables
    )
