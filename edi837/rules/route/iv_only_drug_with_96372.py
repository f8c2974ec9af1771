"""F01: an injection whose only drugs are given into a vein."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.wrong_administration import SILENCED

_IV_ADMINISTRATION = frozenset(
    {"96360", "96361", "96365", "96366", "96367", "96368", "96374", "96375", "96376"}
    | {"96409", "96411", "96413", "96415", "96416", "96417"}
)


@rule(
    "F01",
    triggers={INJECTION},
    needs={"iv-only"},
    beside={DRUG},
    severity=Severity.ERROR,
    category="route-admin-code",
    predicts=("CO-B15|CO-16+N657|N349", "CO-4"),
    suppresses={"line": SILENCED},
    confidence="knowledge",
)
def iv_only_drug_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is billed with drugs that are given into a vein only.

    Why: 96372 is for injections under the skin or into a muscle. A drug that is labeled for the vein alone belongs to
        a push (96374, 96375) or an infusion (96365, 96413), so payers deny 96372 as not fitting its drug. Where such a
        code is on the day's claims too, or another drug that 96372 can have given, this is silent.
    Fix: Bill the push or infusion that the record shows, or correct the drug code.
    Denied:
        SV1*HC:J1756*60*UN*100***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1756*60*UN*100***1~
        SV1*HC:96374*35*UN*1***1~
    Source: drug routes by FDA label (professional knowledge).
    """
    injections = encounter.injections
    if not injections or encounter.injectables:
        return
    drugs = [drug for drug in encounter.drugs if not drug.line.is_discarded]
    if not drugs or not all(drug.facts.iv_only for drug in drugs) or encounter.lines_of(_IV_ADMINISTRATION):
        return
    lines = tuple(drug.line for drug in drugs)
    expected = dict.fromkeys(
        code
        for drug in drugs
        if drug.facts.drug is not None
        for code in drug.facts.drug.usual_admin.split("/")
        if code in _IV_ADMINISTRATION
    )
    given = "is" if len(lines) == 1 else "are"
    fix = f"bill {' or '.join(expected)} instead of 96372 as documented, or correct the drug code" if expected else ""
    for injection in injections:
        yield Hit(
            injection,
            "SV101-2",
            f"96372 is no IV administration, but {codes_of(lines)} {given} given IV only",
            fix,
            lines,
        )
