"""A04: a drug for injection that nobody billed the injection of."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import ANY_ADMINISTRATION
from edi837.rules.encounter import Encounter

_INTO_MUSCLE_OR_SKIN = frozenset({"IM", "SC"})
_FOR_USE_AT_HOME = frozenset({"KD", "SV"})
"""Modifiers: given through the patient's own device, delivered to the patient's home."""

_ELSEWHERE = frozenset({"01", "12", "50", "72"})
"""Pharmacy and home, where the patient takes the drug; health centres, whose rate includes the injection."""


@rule(
    "A04",
    triggers={DRUG},
    unless={"administration"},
    severity=Severity.INFO,
    severity_by_payer={"MC": Severity.WARNING},
    category="missing-component",
    predicts=("CO-B15|CO-107", "CO-96+N161"),
    confidence="knowledge",
)
def drug_without_administration(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug for injection is billed without an administration.

    Why: The injection was perhaps given and not billed, and that revenue is lost. Some payers also deny a
        drug that only a professional may give when no administration stands beside it.
    Fix: Add 96372 if the record documents the injection; leave the drug alone if the patient took it home.
    Denied:
        SBR*P*18*******MC~
        SV1*HC:99213*120*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Clean:
        SBR*P*18*******MC~
        SV1*HC:99213:25*120*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: RARC N161 and N169 (covered only with the associated service); professional knowledge.
    """
    drugs = encounter.injectables
    if not drugs:
        return
    for line in encounter.lines:
        if line.procedure in ANY_ADMINISTRATION:
            return
    seen = set()
    for line, facts in drugs:
        if line.procedure in seen or _INTO_MUSCLE_OR_SKIN.isdisjoint(facts.routes) or not _is_given_here(line, ctx):
            continue
        seen.add(line.procedure)
        usual = facts.drug.usual_admin if facts.drug is not None else ""
        code = usual if usual in ANY_ADMINISTRATION else "96372"
        only_by_professional = facts.drug is not None and facts.drug.self_administered
        yield Hit(
            line,
            "SV101-2",
            f"{line.procedure} is billed without any administration of the same date",
            f"add {code} if the record documents that {line.procedure} was given",
            severity=Severity.WARNING if only_by_professional else None,
        )


def _is_given_here(line: ServiceLine, ctx: Context) -> bool:
    """Whether the line bills units of the provider's own drug where the provider would bill its injection."""
    if line.is_nominal or line.units is None or line.units <= 0 or line.place_of_service in _ELSEWHERE:
        return False
    place = ctx.reference.pos(line.place_of_service)
    return not (place is not None and place.facility) and _FOR_USE_AT_HOME.isdisjoint(line.modifiers)
