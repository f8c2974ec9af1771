"""Findings as the workflow commands of GitHub Actions, which shows them beside the files of a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from edi837.diagnostics import Diagnostic
from edi837.model import Finding, Severity
from edi837.reporters.base import as_bytes, place, printable, story, suppressed
from edi837.results import FileResult, Summary, Tool

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


class GithubReporter:
    """A command a finding, streamed; a suppressed one is a notice.

    The number of the segment in the file stands for the line: it is the line where each segment has one of its own.
    """

    name: ClassVar[str] = "github"
    human: ClassVar[bool] = False
    binary: ClassVar[bool] = False
    billed: ClassVar[bool] = False

    def start(self, tool: Tool) -> bytes:
        """Nothing."""
        return b""

    def findings(self, batch: Sequence[Finding]) -> bytes:
        """A command for each finding."""
        return as_bytes([_annotation(finding) for finding in batch])

    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """An error for each fault that kept claims from being checked, and one where no claim was."""
        lines = [
            _command("error", f"{item.message}; {item.cure}", item.code, item.file, item.segment)
            for item in diagnostics
            if item.severity is Severity.ERROR
        ]
        if not summary.checked:
            lines.append(_command("error", story(summary), "edi837"))
        return as_bytes(lines)


def _annotation(finding: Finding) -> str:
    where = place(finding)
    text = f"{where[0].upper()}{where[1:]}: {finding.message}{suppressed(finding)}"
    if finding.fix:
        text += f"\nTo do: {finding.fix}"
    kind = "notice" if finding.suppressed is not None else _COMMANDS[finding.severity]
    return _command(kind, text, f"{finding.code} {finding.name}", finding.file, finding.file_segment)


def _command(kind: str, text: str, title: str, file: str | None = None, line: int | None = None) -> str:
    properties = {"file": file, "line": None if line is None else str(line), "title": title}
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value is not None)
    return f"::{kind} {shown}::{_data(text)}"


def _data(text: str) -> str:
    """The text of a command: the runner decodes these three; no other control character goes out."""
    lines = (printable(line) for line in text.replace("%", "%25").split("\n"))
    return "%0A".join(lines)


def _property(text: str) -> str:
    """The value of a property, which ends at a comma or at two colons."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
