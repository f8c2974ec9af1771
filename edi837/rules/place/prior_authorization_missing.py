"""G06: a specialty drug without an authorization number."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.encounter import Encounter
from edi837.rules.specialty import SPECIALTY_DRUGS, listed

_EMERGENCY_ROOM = "23"


@rule(
    "G06",
    triggers={DRUG},
    severity=Severity.WARNING,
    severity_by_payer={"MB": Severity.OFF, "MA": Severity.OFF},
    category="pos-auth",
    predicts=("CO-197|CO-198|CO-296|CO-284",),
    skips_adjudicated=True,
    policies=("authorization-drugs",),
    status="preview",
    confidence="knowledge",
)
def prior_authorization_missing(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A specialty drug is billed without an authorization number.

    Why: Most commercial, Medicaid and Medicare health plans want an authorization before biologics, long-acting
        injections, botulinum toxins, biosimilars and antineoplastics, and deny them without. Which drugs is the plan's
        own list: a payer policy (`authorization-drugs`) has it, and turns this on for its payer. Without one a usual
        list is read, and that is in preview because a plan may ask for less. Original Medicare, supplied drugs at a
        cent and the emergency room are left out.
    Fix: Send the authorization number in REF with G1, on the claim or on the line, or obtain it.
    Denied:
        SBR*P*18*******CI~
        SV1*HC:J2357*1200*UN*30***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SBR*P*18*******CI~
        REF*G1*PA12345678~
        SV1*HC:J2357*1200*UN*30***1~
        SV1*HC:96372*35*UN*1***1~
    Source: UHC drug lists (professional knowledge).
    """
    if not encounter.drugs:
        return
    for line, _ in encounter.drugs:
        own = ctx.requirements(encounter.payer_of(line), encounter.service_date).authorization_drugs
        is_listed = listed(SPECIALTY_DRUGS if own is None else own)
        if (
            not is_listed(line.procedure)
            or line.authorizations
            or line.is_discarded
            or line.is_nominal
            or line.place_of_service == _EMERGENCY_ROOM
            or encounter.claim_of(line).authorization
        ):
            continue
        yield Hit(
            line,
            "REF02",
            f"{line.procedure} is billed without an authorization (REF*G1)",
            f"send the authorization of {line.procedure} in REF with G1 if the plan asks for one",
        )
