"""D13: an unlisted drug code with more than one unit."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.reference.drugs import NOC
from edi837.rules.base import Context, Hit, rule
from edi837.rules.encounter import Encounter
from edi837.rules.wording import plain


@rule(
    "D13",
    triggers=NOC,
    severity=Severity.WARNING,
    category="code-ndc",
    predicts=("CO-16+M53",),
    confidence="verified",
)
def noc_units_not_one(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An unlisted code is billed with other units than one.

    Why: An unlisted code has no unit of its own: payers price one unit by the name and dose in the description, and
        deny or underpay more. Some count containers instead, so units that agree with an NDC quantity in UN are left
        out; a payer that wants another count can be left out in the settings.
    Fix: Bill one unit, with the total dose in the description.
    Denied:
        SV1*HC:J3490:::::KETAMINE 50 MG*55*UN*50***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J3490:::::KETAMINE 50 MG*55*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: BCBS of Minnesota manual; medicalbillingcptmodifiers, NDC page (units are containers).
    """
    for line in encounter.lines:
        units = line.units
        # Units that are no whole number are C06's, and so are none at all.
        if line.procedure not in NOC or units is None or units <= 1 or units % 1:
            continue
        if not line.is_discarded and not _counts_containers(line):
            yield Hit(
                line,
                "SV104",
                f"{line.procedure} is billed with {plain(units)} units",
                f"bill {line.procedure} x 1, with the total dose in the description",
            )


def _counts_containers(line: ServiceLine) -> bool:
    return line.drug is not None and line.drug.unit == "UN" and line.drug.quantity == line.units
