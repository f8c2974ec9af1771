"""B06: modifier 25 on an administration or drug instead of the visit."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import TAKES_25, has_injection
from edi837.rules.codes import ADMINISTRATION, INJECTION_ADMINISTRATION
from edi837.rules.encounter import Encounter


@rule(
    "B06",
    triggers=INJECTION_ADMINISTRATION | {DRUG},
    needs={"25-off-visit"},
    severity=Severity.ERROR,
    category="bundling-modifier",
    predicts=("CO-4", "CO-16+N519|N823|M78", "CO-182"),
    skips_adjudicated=True,
    confidence="verified",
)
def modifier_25_on_administration_line(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Modifier 25 stands on an administration or a drug instead of the visit.

    Why: 25 says that a visit was separate from a procedure, so only a visit can carry it. On the injection
        it is invalid there and does nothing for the visit, which still needs its own.
    Fix: Take 25 off this line and append it to the visit of the day, if there is one.
    Denied:
        SV1*HC:99213*120*UN*1***1~
        SV1*HC:96372:25*35*UN*1***1~
    Clean:
        SV1*HC:99213:25*120*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: codingahead, CPT 96372 (25 is appended to the visit, not to 96372).
    """
    for line in encounter.lines:
        if "25" in line.modifiers and _gives_drug(line, ctx) and has_injection(encounter):
            yield Hit(
                line,
                f"SV101-{3 + line.modifiers.index('25')}",
                f"{line.procedure} carries modifier 25, which only a visit can carry",
                _fix(line, encounter),
            )


def _gives_drug(line: ServiceLine, ctx: Context) -> bool:
    code = line.procedure
    return code in ADMINISTRATION or code.startswith("J") or ctx.reference.drug_line(code) is not None


def _fix(line: ServiceLine, encounter: Encounter) -> str:
    for visit in encounter.lines:
        if visit.procedure in TAKES_25 and "25" not in visit.modifiers and encounter.same_provider(line, visit):
            return f"move 25 from {line.procedure} to {visit.procedure}"
    return f"remove 25 from {line.procedure}"
