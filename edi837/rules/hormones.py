"""Hormonal drugs against cancer: which line gets 96402 and which gets 96372 (RULES.md F07, F09, ruling 4)."""

from __future__ import annotations

from edi837.model import Claim, ServiceLine
from edi837.rules.base import Context
from edi837.rules.diagnoses import pointed_diagnoses
from edi837.rules.specialty import listed

HORMONES = frozenset(
    {"J1950", "J1952", "J1954", "J3315", "J9003", "J9155", "J9202", "J9217", "J9218", "J9393", "J9394", "J9395"}
)
"""Leuprolide, triptorelin, degarelix, goserelin and fulvestrant: hormonal antineoplastics when given for cancer."""

_CANCER = ("C50", "C61")
"""Breast and prostate."""


def is_by_96402(line: ServiceLine, claim: Claim, ctx: Context) -> bool:
    """Whether the line bills a hormone that this payer wants given with 96402: for breast or prostate cancer."""
    if line.procedure not in HORMONES:
        return False
    if not any(code.startswith(_CANCER) for code in pointed_diagnoses(line, claim)):
        return False
    return not listed(ctx.requirements(claim.payer, line.service_date).by_96372)(line.procedure)
