"""The report as one JSON document, with its summary in front of the findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import msgspec

from edi837.diagnostics import Diagnostic
from edi837.model import Finding
from edi837.results import FileResult, Summary, Tool

SCHEMA_VERSION: Literal[1] = 1


class CheckReport(msgspec.Struct, frozen=True):
    """What `edi837 check --format json` prints. The reporter writes it piece by piece."""

    schema_version: Literal[1]
    tool: Tool
    summary: Summary
    files: tuple[FileResult, ...]
    diagnostics: tuple[Diagnostic, ...]
    findings: tuple[Finding, ...]


class JsonReporter:
    """Keeps the encoded findings back until the summary is known; one finding stands on one line."""

    name: ClassVar[str] = "json"
    human: ClassVar[bool] = False
    binary: ClassVar[bool] = False
    billed: ClassVar[bool] = False

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._tool = b""
        self._findings: list[bytes] = []

    def start(self, tool: Tool) -> bytes:
        """Nothing yet."""
        self._tool = self._encoder.encode(tool)
        return b""

    def findings(self, batch: Sequence[Finding]) -> bytes:
        """Nothing yet."""
        if batch:
            self._findings.append(array_items(self._encoder, batch))
        return b""

    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """The whole document."""
        encode = self._encoder.encode
        return b"".join(
            (
                f'{{"schema_version": {SCHEMA_VERSION},\n"tool": '.encode(),
                self._tool,
                b',\n"summary": ',
                encode(summary),
                b',\n"files": ',
                _array([array_items(self._encoder, files)] if files else []),
                b',\n"diagnostics": ',
                _array([array_items(self._encoder, diagnostics)] if diagnostics else []),
                b',\n"findings": ',
                _array(self._findings),
                b"}\n",
            )
        )


def array_items(encoder: msgspec.json.Encoder, items: Sequence[msgspec.Struct]) -> bytes:
    """The items as JSON, one a line with commas between; encoded JSON holds no line end of its own."""
    return encoder.encode_lines(items)[:-1].replace(b"\n", b",\n")


def _array(parts: Sequence[bytes]) -> bytes:
    return b"[\n" + b",\n".join(parts) + b"\n]" if parts else b"[]"
