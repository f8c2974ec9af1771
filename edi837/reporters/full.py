"""A paragraph a finding, for the person who mends the claim: what to do before where the element stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar

from edi837.diagnostics import Diagnostic
from edi837.model import Finding, Partner
from edi837.reporters.base import as_bytes, dollars, place, story, suppressed, unread
from edi837.results import FileResult, Summary, Tool

_WIDTH = 100
_LABEL = 9

# The words of a claim form for the elements that rules point at; the longest that fits is taken.
_ELEMENTS = {
    "SV101": "procedure code",
    "SV101-1": "procedure code qualifier",
    "SV101-3": "modifiers",
    "SV101-4": "modifiers",
    "SV101-5": "modifiers",
    "SV101-6": "modifiers",
    "SV101-7": "description",
    "SV102": "line charge",
    "SV103": "unit of measure",
    "SV104": "units",
    "SV105": "place of service",
    "SV107": "diagnosis pointers",
    "DTP": "date of service",
    "LIN02": "NDC qualifier",
    "LIN03": "NDC",
    "CTP04": "NDC quantity",
    "CTP05": "NDC unit of measure",
    "CLM01": "patient control number",
    "CLM02": "total charge",
    "CLM05-1": "place of service",
    "CLM05-3": "claim frequency code",
    "HI": "diagnosis codes",
    "MEA": "test results",
    "NTE": "note",
    "REF": "reference number",
    "NM109": "identifier",
    "PRV03": "taxonomy code",
    "SBR": "payer sequence",
}


class FullReporter:
    """The place in the biller's words, the fact, what to do, what the payer will say; the segment last."""

    name: ClassVar[str] = "full"
    human: ClassVar[bool] = True
    binary: ClassVar[bool] = False
    billed: ClassVar[bool] = False

    def start(self, tool: Tool) -> bytes:
        """Nothing: a person reads the findings first."""
        return b""

    def findings(self, batch: Sequence[Finding]) -> bytes:
        """A paragraph for each finding."""
        return as_bytes([line for finding in batch for line in paragraph(finding)])

    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """The files that were not read whole, and the story."""
        return as_bytes([*unread(files), story(summary)])


def paragraph(finding: Finding) -> list[str]:
    """The lines that tell one finding whole, with a blank one at the end."""
    facts = [
        finding.service_date.isoformat() if finding.service_date else "",
        f"payer {finding.payer}" if finding.payer else "",
        dollars(finding.charge) if finding.claim else "",
    ]
    words = _in_words(finding.element)
    where = f"{place(finding)}, {words}" if words else place(finding)
    told = ", ".join(filter(None, facts))
    lines = [f"{where[0].upper()}{where[1:]} ({told})" if told else f"{where[0].upper()}{where[1:]}"]
    lines += _labelled(finding.severity.value, f"{finding.code} {finding.name}: {finding.message}{suppressed(finding)}")
    if finding.partners:
        lines += _labelled("with", ", ".join(_partner(partner, finding) for partner in finding.partners))
    if finding.fix:
        lines += _labelled("to do", finding.fix)
    if finding.predicts:
        lines += _labelled("expect", expected_denials(finding))
    place_words = [
        f"interchange {finding.interchange}",
        f"transaction {finding.transaction}" if finding.transaction else "",
        f"loop {finding.loop}" if finding.loop else "",
        finding.element,
        f"segment {finding.segment} (of the file {finding.file_segment})"
        if finding.segment
        else f"segment {finding.file_segment} of the file",
        f"byte {finding.offset}",
    ]
    lines += _labelled("place", f"{finding.file}: {', '.join(filter(None, place_words))}")
    return [*lines, ""]


def _labelled(label: str, text: str) -> list[str]:
    first, rest = f"  {label:<{_LABEL}}", " " * (_LABEL + 2)
    return wrap(text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False)


def _in_words(element: str) -> str:
    segment = re.match(r"[A-Z]+", element)
    for candidate in (element, element.partition("-")[0], segment[0] if segment else ""):
        if candidate in _ELEMENTS:
            return _ELEMENTS[candidate]
    return ""


def _partner(partner: Partner, finding: Finding) -> str:
    line = f"line {partner.line}" if partner.line is not None else "claim"
    return line if partner.claim == finding.claim else f"{line} of claim {partner.claim}"


def expected_denials(finding: Finding) -> str:
    """The denials that the finding's rule predicts, in words; empty where it predicts none."""
    return "; ".join(map(_prediction, finding.predicts))


def _prediction(signature: str) -> str:
    """A signature in words: CO-97|CO-236+M15|N19 is CO-97 or CO-236 with remark M15 or N19."""
    reasons, _, remarks = signature.partition("+")
    words = reasons.replace("|", " or ")
    return f"{words} with remark {remarks.replace('|', ' or ')}" if remarks else words
