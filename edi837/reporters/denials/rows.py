"""The denial report for programs: one JSON document, or its lines alone as jsonl or csv."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from edi837.denials.reasons import Reasons
from edi837.denials.report import DENIAL_COLUMNS, ClaimReport, DenialRow, DenialSummary, UnmatchedPayment
from edi837.denials.scorecard import Scorecard
from edi837.reporters.json import SCHEMA_VERSION, array_items
from edi837.reporters.rows import CsvRows, JsonlRows, RowWriter
from edi837.results import Tool


class JsonReporter:
    """Keeps the encoded rows back until the summary is known; one row stands on one line."""

    human: ClassVar[bool] = False

    def __init__(self, reasons: Reasons, every_claim: bool) -> None:
        self._encoder = msgspec.json.Encoder()
        self._tool = b""
        self._lines: list[bytes] = []
        self._unmatched: list[bytes] = []

    def start(self, tool: Tool) -> bytes:
        """Nothing yet."""
        self._tool = self._encoder.encode(tool)
        return b""

    def claims(self, batch: Sequence[ClaimReport]) -> bytes:
        """Nothing yet."""
        rows = _rows(batch)
        if rows:
            self._lines.append(array_items(self._encoder, rows))
        return b""

    def unmatched(self, batch: Sequence[UnmatchedPayment]) -> bytes:
        """Nothing yet."""
        if batch:
            self._unmatched.append(array_items(self._encoder, batch))
        return b""

    def finish(self, summary: DenialSummary, scorecard: Scorecard) -> bytes:
        """The whole document."""
        rules, causes = scorecard.rules(), scorecard.root_causes()
        return b"".join(
            (
                f'{{"schema_version": {SCHEMA_VERSION},\n"tool": '.encode(),
                self._tool,
                b',\n"summary": ',
                self._encoder.encode(summary),
                b',\n"lines": ',
                _array(self._lines),
                b',\n"scorecard": ',
                _array([array_items(self._encoder, rules)] if rules else []),
                b',\n"root_causes": ',
                _array([array_items(self._encoder, causes)] if causes else []),
                b',\n"unmatched_payments": ',
                _array(self._unmatched),
                b"}\n",
            )
        )


def _array(parts: Sequence[bytes]) -> bytes:
    return b"[\n" + b",\n".join(parts) + b"\n]" if parts else b"[]"


class _RowReporter:
    """The rows alone, streamed; the rest of the report is for the other formats."""

    human: ClassVar[bool] = False

    def __init__(self, writer: RowWriter) -> None:
        self._writer = writer

    def start(self, tool: Tool) -> bytes:
        """The column names, where the format has some."""
        return self._writer.start(DENIAL_COLUMNS)

    def claims(self, batch: Sequence[ClaimReport]) -> bytes:
        """A row for each service line."""
        return self._writer.joined(self._writer.encoded(_rows(batch)))

    def unmatched(self, batch: Sequence[UnmatchedPayment]) -> bytes:
        """Nothing."""
        return b""

    def finish(self, summary: DenialSummary, scorecard: Scorecard) -> bytes:
        """Nothing."""
        return self._writer.finish()


class JsonlReporter(_RowReporter):
    """A JSON object a service line."""

    def __init__(self, reasons: Reasons, every_claim: bool) -> None:
        super().__init__(JsonlRows())


class CsvReporter(_RowReporter):
    """A row a service line, under a row of column names."""

    def __init__(self, reasons: Reasons, every_claim: bool) -> None:
        super().__init__(CsvRows())


def _rows(batch: Sequence[ClaimReport]) -> list[DenialRow]:
    return [row for report in batch for row in report.rows]
