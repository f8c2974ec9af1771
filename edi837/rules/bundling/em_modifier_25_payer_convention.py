"""B05: a visit without an NCCI pair beside an injection, on which most payers still want 25."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from edi837.model import Payer, Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.bundles import edited_together
from edi837.rules.codes import CONVENTION_EM, EM, INJECTION, VISIT_FAMILIES
from edi837.rules.encounter import Encounter


@rule(
    "B05",
    triggers={INJECTION},
    needs={"bare-visit"},
    beside=EM,
    severity=Severity.WARNING,
    severity_by_payer={"MB": Severity.OFF, "MA": Severity.OFF, "16": Severity.OFF},
    category="bundling-modifier",
    predicts=("CO-97+N19|M15", "CO-4", "CO-16+N822"),
    skips_adjudicated=True,
    policies=("modifier-25-families", "ncci"),
    confidence="partly verified",
)
def em_modifier_25_payer_convention(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A consultation, preventive or eye visit on the day of an injection lacks modifier 25.

    Why: Medicare has no edit for these visits with 96372, but CPT guidance and most commercial and Medicaid editors
        expect 25 on the visit, and fold it into the injection without. A payer policy (`modifier-25-families`) says of
        which kinds of visit a payer expects it.
    Fix: Append 25 to the visit if the note supports a service apart from the injection.
    Denied:
        SBR*P*18*******CI~
        SV1*HC:99396*150*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SBR*P*18*******CI~
        SV1*HC:99396:25*150*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: No active pair in CMS NCCI PTP practitioner edits 2024Q3; the expectation of 25 is professional
        knowledge.
    """
    visits = [
        line
        for line in encounter.lines
        if line.procedure in EM
        and "25" not in line.modifiers
        and line.charge
        and line.procedure in _expecting_25(encounter.payer_of(line), encounter, ctx)
    ]
    for visit in visits:
        beside = tuple(line for line in encounter.injections if edited_together(encounter, visit, line))
        if beside:
            yield Hit(
                visit,
                "SV101-3",
                f"{visit.procedure} stands beside 96372 and carries no modifier 25",
                f"append 25 to {visit.procedure} if the note supports a visit apart from the injection",
                beside,
            )


def _expecting_25(payer: Payer, encounter: Encounter, ctx: Context) -> frozenset[str]:
    """The visits on which the payer expects 25; those with an NCCI pair only where it does not follow NCCI."""
    if "modifier-25-families" not in ctx.settings.stated:
        return CONVENTION_EM
    required = ctx.requirements(payer, encounter.service_date)
    if required.modifier_25_families is None:
        return CONVENTION_EM
    visits = _visits(required.modifier_25_families)
    return visits & CONVENTION_EM if required.ncci else visits


@cache
def _visits(families: tuple[str, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(VISIT_FAMILIES[family] for family in families))
