"""One finding a line as JSON, streamed; the summary and the diagnostics go to the standard error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from edi837.diagnostics import Diagnostic
from edi837.model import Finding
from edi837.results import FileResult, Summary, Tool


class JsonlReporter:
    """The findings themselves, encoded by msgspec: nothing is built in between."""

    name: ClassVar[str] = "jsonl"
    human: ClassVar[bool] = False
    binary: ClassVar[bool] = False
    billed: ClassVar[bool] = False

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()

    def start(self, tool: Tool) -> bytes:
        """Nothing."""
        return b""

    def findings(self, batch: Sequence[Finding]) -> bytes:
        """A line for each finding."""
        return self._encoder.encode_lines(batch)

    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """Nothing."""
        return b""
