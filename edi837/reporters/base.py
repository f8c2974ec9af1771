"""What a reporter is, and the sentences that several of them share."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, Protocol

from edi837.diagnostics import Diagnostic
from edi837.model import Finding
from edi837.results import FileResult, Summary, Tool


class Reporter(Protocol):
    """Turns one run into bytes: `start` once, `findings` for each batch, `finish` once."""

    name: ClassVar[str]
    human: ClassVar[bool]
    """Whether a person reads it: its last line is the summary, and the command line does not repeat it."""
    binary: ClassVar[bool]
    """Whether its bytes are no text, and nothing for a terminal."""
    billed: ClassVar[bool]
    """Whether it shows what a line bills: its findings are each a `BilledFinding`."""

    def start(self, tool: Tool) -> bytes:
        """The bytes before the first finding."""
        ...

    def findings(self, batch: Sequence[Finding]) -> bytes:
        """The bytes of some findings, in input order; may keep them back."""
        ...

    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """The bytes after the last finding."""
        ...


def story(summary: Summary) -> str:
    """The run in one line: what was found, what was checked and what was not, and the money at risk."""
    found = summary.findings
    total = found.error + found.warning + found.info
    parts = []
    if total:
        parts.append(
            f"{counted(total, 'finding')}: {counted(found.error, 'error')}, "
            f"{counted(found.warning, 'warning')}, {found.info:,} info"
        )
    elif summary.checked:
        parts.append("No findings")
    elif summary.not_applicable:
        parts.append("Nothing was checked: no claim has a procedure that a rule speaks about")
    else:
        parts.append("Nothing was checked")
    if summary.suppressed:
        parts.append(f"{summary.suppressed:,} suppressed")
    parts.append(
        f"{counted(summary.claims, 'claim')}: {summary.checked:,} checked, "
        f"{summary.not_applicable:,} not applicable, {summary.unreadable:,} unreadable"
    )
    if summary.at_risk:
        parts.append(f"{dollars(summary.at_risk)} at risk")
    return ". ".join(parts) + "."


def unread(files: Sequence[FileResult]) -> list[str]:
    """A line for each file that was not read whole: not checked is not clean."""
    return [f"{result.file}: {result.status}: {result.reason}" for result in files if result.status != "ok"]


def counted(count: int, noun: str) -> str:
    """The count with its noun: 1 error, 2 errors."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def dollars(amount: Decimal) -> str:
    """An amount as a person writes it: $1,234.50."""
    return f"${amount:,.2f}" if amount >= 0 else f"-${-amount:,.2f}"


def place(finding: Finding) -> str:
    """Claim and line as a biller names them; what belongs to no claim by its transaction set or interchange."""
    if finding.line is not None:
        return f"claim {finding.claim} line {finding.line}"
    if finding.claim:
        return f"claim {finding.claim}"
    return f"transaction {finding.transaction}" if finding.transaction else f"interchange {finding.interchange}"


def suppressed(finding: Finding) -> str:
    """What follows the message of a finding that does not count; nothing for one that does."""
    return f" (suppressed: {finding.suppressed})" if finding.suppressed is not None else ""


def as_bytes(lines: Sequence[str]) -> bytes:
    """The lines as UTF-8 for a terminal, each with its end."""
    return "".join(f"{printable(line)}\n" for line in lines).encode(errors="replace")


def printable(text: str) -> str:
    """The text with a question mark for each control character: a claim number must not steer a terminal."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "?" for character in text)
