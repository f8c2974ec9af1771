"""The rows of a table (`edi837 lines`, `edi837 remits`) as bytes, batch by batch: jsonl, json or csv."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from edi837.reporters.csv import csv_rows
from edi837.reporters.json import array_items
from edi837.tables import row_cells


class RowWriter(Protocol):
    """Turns rows into bytes: `start` once, `joined` with what is `encoded` for each batch, `finish` once.

    To encode is most of the work and depends on nothing that came before: any process may do it.
    """

    def start(self, columns: Sequence[str]) -> bytes:
        """The bytes before the first row of a table with these columns."""
        ...

    def encoded(self, batch: Sequence[msgspec.Struct]) -> bytes:
        """The bytes of some rows, without what stands between them and the rows before."""
        ...

    def joined(self, encoded: bytes) -> bytes:
        """The bytes of the next rows, to be written behind those before."""
        ...

    def finish(self) -> bytes:
        """The bytes after the last row."""
        ...


class JsonlRows:
    """One JSON object a line."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()

    def start(self, columns: Sequence[str]) -> bytes:
        """Nothing."""
        return b""

    def encoded(self, batch: Sequence[msgspec.Struct]) -> bytes:
        """A line for each row."""
        return self._encoder.encode_lines(batch)

    def joined(self, encoded: bytes) -> bytes:
        """The lines."""
        return encoded

    def finish(self) -> bytes:
        """Nothing."""
        return b""


class JsonRows:
    """One JSON array, one row on each line of it."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._before = b"["

    def start(self, columns: Sequence[str]) -> bytes:
        """Nothing yet: the bracket comes with the first row."""
        return b""

    def encoded(self, batch: Sequence[msgspec.Struct]) -> bytes:
        """The rows with commas between them."""
        return array_items(self._encoder, batch) if batch else b""

    def joined(self, encoded: bytes) -> bytes:
        """The rows with a comma in front of all but the first."""
        if not encoded:
            return b""
        before, self._before = self._before, b","
        return before + b"\n" + encoded

    def finish(self) -> bytes:
        """The closing bracket."""
        return b"[]\n" if self._before == b"[" else b"\n]\n"


class CsvRows:
    """A row of text a line, under a row of column names."""

    def start(self, columns: Sequence[str]) -> bytes:
        """The column names."""
        return csv_rows([columns])

    def encoded(self, batch: Sequence[msgspec.Struct]) -> bytes:
        """A row for each."""
        return csv_rows(map(row_cells, batch))

    def joined(self, encoded: bytes) -> bytes:
        """The rows."""
        return encoded

    def finish(self) -> bytes:
        """Nothing."""
        return b""


ROW_WRITERS: dict[str, type[RowWriter]] = {"jsonl": JsonlRows, "json": JsonRows, "csv": CsvRows}
