"""Published reference files on disk, opened for the importers: fixed-width text, text with delimiters, workbooks."""

from __future__ import annotations

import codecs
import csv
import hashlib
import os
from collections.abc import Iterator
from typing import Any

from edi837.errors import SourceError
from edi837.reference.imports import NumberedRow

_CHUNK = 1 << 20
_HEAD = 1 << 16
_WORKBOOKS = (".xlsx", ".xlsm", ".xls")
# Files from DOS end with it.
_END_OF_FILE = b"\x1a"


class TextFile:
    """A text file; with commas or tabs its rows have cells. UTF-8, or else Windows-1252."""

    def __init__(self, path: str) -> None:
        """Reads the file once; SourceError where it is no text."""
        self.name = os.path.basename(path)
        self._path = path
        digest, utf8, last, head = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), b"", b""
        self._encoding = "utf-8-sig"
        try:
            with open(path, "rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    head = head or chunk[:_HEAD]
                    last = chunk
                    if b"\0" in chunk:
                        raise SourceError(f"{self.name}: neither text nor a workbook")
                    try:
                        utf8.decode(chunk)
                    except UnicodeDecodeError:
                        self._encoding = "cp1252"
        except OSError as error:
            raise _unreadable(path, error) from None
        if not last:
            raise SourceError(f"{self.name}: the file is empty")
        self.sha256 = digest.hexdigest()
        self._is_whole = last.rstrip(_END_OF_FILE)[-1:] in (b"\n", b"\r")
        self._delimiter = "\t" if b"\t" in head else "," if path.lower().endswith(".csv") else ""

    @property
    def is_table(self) -> bool:
        """Whether its rows have cells."""
        return bool(self._delimiter)

    def rows(self) -> Iterator[NumberedRow]:
        """The rows with the number of their last line; a text of fixed width has one cell a row."""
        number = 0
        with open(self._path, encoding=self._encoding, errors="replace", newline="") as stream:
            reader = csv.reader(stream, delimiter=self._delimiter or "\0", strict=True)
            try:
                for cells in reader:
                    number = reader.line_num
                    yield number, cells
            except csv.Error as error:
                raise SourceError(f"{self.name}, row {reader.line_num}: {error}") from None
        self._check_end(number)

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines with their numbers."""
        number = 0
        with open(self._path, encoding=self._encoding, errors="replace") as stream:
            for number, line in enumerate(stream, 1):
                yield number, line.rstrip("\n")
        self._check_end(number)

    def _check_end(self, number: int) -> None:
        if not self._is_whole:
            raise SourceError(f"{self.name}, row {number}: the last row has no line end: the file is cut off")


class Workbook:
    """An Excel workbook; its table is the sheet with the most rows."""

    is_table = True

    def __init__(self, path: str) -> None:
        """SourceError where the file cannot be read or nothing is installed that reads workbooks."""
        self.name = os.path.basename(path)
        self._path = path
        try:
            with open(path, "rb") as stream:
                self.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(path, error) from None
        try:
            import python_calamine
        except ImportError:
            raise SourceError(
                f"{self.name}: to read workbooks, install python-calamine (pip install 'edi837[refdata]'), "
                "or give the same file as text"
            ) from None
        self._calamine = python_calamine

    def rows(self) -> Iterator[NumberedRow]:
        """The rows with their numbers in the sheet."""
        # The library gives empty rows above the first text too, but no empty columns in front of it.
        yield from enumerate(self._sheet().iter_rows(), 1)

    def lines(self) -> Iterator[tuple[int, str]]:
        """None: SourceError."""
        raise SourceError(f"{self.name}: a workbook, where text of fixed width is needed")

    def _sheet(self) -> Any:
        library = self._calamine
        try:
            with library.CalamineWorkbook.from_path(self._path) as book:
                sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        except (library.CalamineError, OSError) as error:
            kind = type(error).__name__
            raise SourceError(f"{self.name}: not a workbook, or cut off ({kind})") from None
        if not sheets:
            raise SourceError(f"{self.name}: the workbook has no sheet")
        return max(sheets, key=lambda sheet: sheet.total_height)


def open_published(path: str) -> TextFile | Workbook:
    """Opens a file by the end of its name; SourceError where it cannot be read."""
    if path.lower().endswith(".zip"):
        raise SourceError(f"{os.path.basename(path)}: an archive: unpack it and give the files in it")
    return Workbook(path) if path.lower().endswith(_WORKBOOKS) else TextFile(path)


def _unreadable(path: str, error: OSError) -> SourceError:
    return SourceError(f"{path}: {(error.strerror or 'cannot be read').lower()}")
