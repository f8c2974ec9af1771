"""D12: a code that Medicare does not take on a professional claim."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.reference import Reference
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.crosswalk import was_valid
from edi837.rules.encounter import Encounter

_SURGERY_CENTER = "24"


@rule(
    "D12",
    triggers={INJECTION, DRUG},
    needs={"s-or-c-code"},
    severity=Severity.ERROR,
    severity_by_payer={
        "16": Severity.WARNING,
        "MC": Severity.OFF,
        "MA": Severity.OFF,
        "commercial": Severity.OFF,
    },
    category="code-ndc",
    predicts=("CO-16+M20|N56", "CO-96", "277CA A7:507"),
    confidence="knowledge",
)
def s_or_c_code_to_medicare(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An S or C code is sent to Medicare on a professional claim.

    Why: S codes were made by commercial payers and are not valid for Medicare; C codes are for hospital outpatient
        departments, and for surgery centers (place of service 24), which bill them on this kind of claim too.
    Fix: Bill the J or Q code of the drug; where it has none, J3490 (J3590 for a biologic) with its name and dose.
    Denied:
        SV1*HC:S0122*90*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J3490:::::MENOTROPINS 75 IU*90*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: HCPCS Level II, conventions of the S and C sections.
    """
    for line in encounter.lines:
        code = line.procedure
        section = code[:1]
        if section not in ("S", "C") or len(code) != 5 or not code[1:].isdigit():
            continue
        if section == "C" and line.place_of_service == _SURGERY_CENTER:
            continue
        yield Hit(line, "SV101-2", f"{code} is no code of Medicare's professional claims", _fix(line, ctx.reference))


def _fix(line: ServiceLine, reference: Reference) -> str:
    """The code that the NDC or the succession names; the rule's own text where they name none."""
    on = line.service_date
    if on is None:
        return ""
    rows = reference.ndc(line.drug.ndc) if line.drug is not None else ()
    codes = [row.hcpcs for row in rows if row.hcpcs[0] not in "SC" and was_valid(row.hcpcs, on, reference)]
    if codes:
        return f"bill {' or '.join(codes)}, the code of the NDC, with the units counted anew"
    following = reference.succession(line.procedure)
    if following is not None and following.new_first is not None and on >= following.new_first:
        return f"bill {following.new} with the units counted anew"
    return ""
