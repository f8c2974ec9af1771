"""D06: an NDC that is not eleven digits."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter
from edi837.rules.ndc_units import is_ndc, lines_with_ndc

_SHAPES = frozenset({(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2)})
"""Digits of labeler, product and package on a label; a claim has 5, 4 and 2 without the hyphens."""


@rule(
    "D06",
    triggers={INJECTION, DRUG},
    needs={"odd-ndc"},
    severity=Severity.ERROR,
    category="code-ndc",
    predicts=("CO-16+M119",),
    suppresses={"line": {"D05", "D09", "D10", "C03"}},
    confidence="verified",
)
def ndc_format_invalid(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """The NDC of a line is not eleven digits.

    Why: A claim carries the NDC as eleven digits (5-4-2) without hyphens or blanks; others are
        rejected (A7:218). Labels print ten digits in three
        parts; a zero belongs in front of the part that is short. From ten digits without hyphens nobody can tell
        which part that is.
    Fix: Send the eleven digits of the package that was used, with the zero in front of the part that is short.
    Denied:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*0338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J1885*8*UN*2***1~
        LIN**N4*00338007225~
        CTP****1*ML~
        SV1*HC:96372*35*UN*1***1~
    Source: billingandehr on CO-16; X12 RFI 2151.
    """
    for line, drug in lines_with_ndc(encounter, ctx.reference):
        if not is_ndc(drug.ndc):
            yield Hit(line, "LIN03", f"the NDC of {line.procedure} {_fault(drug.ndc)}", _fix(drug.ndc))


def _fault(ndc: str) -> str:
    if not ndc:
        return "is empty"
    if not (ndc.isascii() and ndc.isdigit()):
        return "has other characters than digits"
    if len(ndc) == 11:
        return "is all zeros"
    return f"has {len(ndc)} digits instead of 11"


def _fix(ndc: str) -> str:
    """The eleven digits where the parts of a printed NDC tell them; else empty, or why they cannot be told."""
    parts = ndc.replace(" ", "-").split("-")
    if tuple(map(len, parts)) in _SHAPES and all(part.isascii() and part.isdigit() for part in parts):
        labeler, product, package = parts
        return f"send {labeler.zfill(5)}{product.zfill(4)}{package.zfill(2)}"
    if len(ndc) == 10 and ndc.isdigit():
        return "look the NDC up on the package: which of its three parts lacks a zero cannot be told from ten digits"
    return ""
