"""Findings as CSV for a spreadsheet: no cell of it is a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from edi837.diagnostics import Diagnostic
from edi837.model import Finding
from edi837.results import FileResult, Summary, Tool
from edi837.tables import FINDING_COLUMNS, finding_cells

# A spreadsheet runs a cell that begins so; what is a number stays one.
_SIGNS = frozenset("=@\t\r+-")
_NUMBER = re.compile(r"[+-]\d*\.?\d+\Z")


class CsvReporter:
    """A row a finding, streamed, under a row of column names."""

    name: ClassVar[str] = "csv"
    human: ClassVar[bool] = False
    binary: ClassVar[bool] = False
    billed: ClassVar[bool] = False

    def start(self, tool: Tool) -> bytes:
        """The column names."""
        return csv_rows([FINDING_COLUMNS])

    def findings(self, batch: Sequence[Finding]) -> bytes:
        """A row for each finding."""
        return csv_rows(finding_cells(finding) for finding in batch)

    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """Nothing."""
        return b""


def csv_rows(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as CSV; a cell that a spreadsheet would take for a formula gets an apostrophe in front."""
    text = io.StringIO()
    # With this terminator the csv module quotes a cell that holds a CR as well as one that holds an LF.
    csv.writer(text, lineterminator="\r\n").writerows(
        [f"'{cell}" if cell[:1] in _SIGNS and not _NUMBER.match(cell) else cell for cell in row] for row in rows
    )
    return text.getvalue().replace("\r\n", "\n").encode(errors="replace")
