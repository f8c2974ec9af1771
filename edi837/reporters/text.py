"""One line a finding, a blank line between files, and the whole story in the last line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from edi837.diagnostics import Diagnostic
from edi837.model import Finding, Severity
from edi837.reporters.base import as_bytes, place, story, suppressed, unread
from edi837.results import FileResult, Summary, Tool


class TextReporter:
    """`file:segment  claim line  severity  CODE message`; the segment counts from the file's first ISA."""

    name: ClassVar[str] = "text"
    human: ClassVar[bool] = True
    binary: ClassVar[bool] = False
    billed: ClassVar[bool] = False

    def __init__(self) -> None:
        self._file: str | None = None

    def start(self, tool: Tool) -> bytes:
        """Nothing: a person reads the findings first."""
        return b""

    def findings(self, batch: Sequence[Finding]) -> bytes:
        """A line for each finding."""
        lines = []
        for finding in batch:
            if finding.file != self._file:
                if self._file is not None:
                    lines.append("")
                self._file = finding.file
            lines.append(
                f"{finding.file}:{finding.file_segment}  {place(finding)}  {finding.severity.value:<7}  "
                f"{finding.code} {finding.message}{suppressed(finding)}"
            )
        return as_bytes(lines)

    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """The files that were not read whole, and the story."""
        lines = [*unread(files), story(summary)]
        return as_bytes(lines if self._file is None else ["", *lines])


class StatisticsReporter:
    """How many findings each rule has, the commonest first, in place of the findings (`--statistics`)."""

    name: ClassVar[str] = "statistics"
    human: ClassVar[bool] = True
    binary: ClassVar[bool] = False
    billed: ClassVar[bool] = False

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, Severity]] = Counter()

    def start(self, tool: Tool) -> bytes:
        """Nothing."""
        return b""

    def findings(self, batch: Sequence[Finding]) -> bytes:
        """Nothing yet: the findings are counted."""
        self._counts.update(
            (finding.code, finding.name, finding.severity) for finding in batch if finding.suppressed is None
        )
        return b""

    def table(self) -> bytes:
        """A line for each rule and severity: count, severity, code, name."""
        ranked = sorted(self._counts.items(), key=lambda item: (-item[1], item[0][0], -item[0][2].rank))
        width = len(str(ranked[0][1])) if ranked else 0
        return as_bytes(
            [f"{count:>{width}}  {severity.value:<7}  {code} {name}" for (code, name, severity), count in ranked]
        )

    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """The table, the files that were not read whole, and the story."""
        blank = [""] if self._counts else []
        return self.table() + as_bytes([*blank, *unread(files), story(summary)])
