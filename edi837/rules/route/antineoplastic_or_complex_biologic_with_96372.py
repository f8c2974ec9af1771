"""F08: an antineoplastic billed with the administration of a plain drug."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import ServiceLine, Severity
from edi837.rules.antineoplastics import METHOTREXATE, is_given_by_96401
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import CHEMO_ADMINISTRATION, INJECTION
from edi837.rules.diagnoses import pointed_diagnoses
from edi837.rules.encounter import Encounter
from edi837.rules.wrong_administration import wrongly_given

_RHEUMATIC = ("L40", "M05", "M06", "M08")
"""Psoriasis and rheumatoid arthritis, for which payers differ on methotrexate."""


@rule(
    "F08",
    triggers={INJECTION},
    needs={"by-96401"},
    beside={DRUG},
    severity=Severity.INFO,
    category="route-admin-code",
    confidence="verified",
)
def antineoplastic_or_complex_biologic_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An antineoplastic or complex biologic is billed with 96372 and could be billed with 96401.

    Why: 96401 is for antineoplastics that are no hormones and for complex biologics, under the skin or into a muscle,
        and pays more than 96372. Payers differ on methotrexate for arthritis and psoriasis, which is left out.
    Fix: Bill 96401 instead of 96372 if the payer takes it for this drug.
    Denied:
        HI*ABK:C9000~
        SV1*HC:J9144:JZ*9200*UN*180***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:C9000~
        SV1*HC:J9144:JZ*9200*UN*180***1~
        SV1*HC:96401*98*UN*1***1~
    Source: carecostestimate on 96401 and 96402; ACR (methotrexate).
    """
    products = tuple(
        line
        for line, facts in encounter.drugs
        if is_given_by_96401(facts) and not line.is_discarded and not _is_for_arthritis(line, encounter)
    )
    yield from wrongly_given(
        encounter,
        products,
        CHEMO_ADMINISTRATION,
        "which is given with 96401",
        "bill 96401 instead of 96372 if the payer takes it",
    )


def _is_for_arthritis(line: ServiceLine, encounter: Encounter) -> bool:
    return line.procedure in METHOTREXATE and any(
        code.startswith(_RHEUMATIC) for code in pointed_diagnoses(line, encounter.claim_of(line))
    )
