"""F11: one steroid line for an injection into a joint and another into a muscle."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import bypassed, codes_of
from edi837.rules.codes import INJECTION, JOINT_INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.products import by_payer

_STEROIDS = frozenset({"J0702", "J1010", "J3301"})


@rule(
    "F11",
    triggers={INJECTION},
    needs={"bypass"},
    beside=JOINT_INJECTION,
    severity=Severity.WARNING,
    category="route-admin-code",
    predicts=("CO-97|CO-236",),
    confidence="partly verified",
)
def steroid_im_and_joint_same_day(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """One line of a steroid stands for both a joint injection and 96372 of the day.

    Why: The joint injection and 96372 are set apart by a modifier, but the only drug is a steroid on one line, which
        was given one way or the other. Without a line for each use the payer takes 96372 for a part of the joint
        injection.
    Fix: Split the steroid into a line for each use, each pointing to its own diagnosis, or remove 96372 if only the
        joint was injected.
    Denied:
        SV1*HC:20610:RT*180*UN*1***1~
        SV1*HC:J3301*60*UN*8***1~
        SV1*HC:96372:XS*35*UN*1***1~
    Clean:
        HI*ABK:M1711*ABF:M5416~
        SV1*HC:20610:RT*180*UN*1***1~
        SV1*HC:J3301*30*UN*4***1~
        SV1*HC:J3301*30*UN*4***2~
        SV1*HC:96372:XS*35*UN*1***2~
    Source: CMS NCCI PTP practitioner edits 2024Q3 (20600 to 20611 with 96372).
    """
    on = encounter.service_date
    if on is None:
        return
    for seen in by_payer(encounter, ctx.reference):
        if len(seen.injectables) != 1:
            continue
        steroid = seen.injectables[0].line
        if steroid.procedure not in _STEROIDS:
            continue
        for injection in seen.injections:
            joints = tuple(line for line in seen.lines_of(JOINT_INJECTION) if bypassed(line, injection, on))
            if joints:
                yield Hit(
                    injection,
                    "SV101-3",
                    f"96372 is set apart from {codes_of(joints)}, but one line of {steroid.procedure} serves both",
                    f"split {steroid.procedure} into a line for each use, or remove 96372 if it was not injected twice",
                    (*joints, steroid),
                )
