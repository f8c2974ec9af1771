"""The worklist as an Excel workbook: an overview in money, then a sheet a payer with a row a problem."""

from __future__ import annotations

import math
import re
import shutil
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from tempfile import mkdtemp
from typing import ClassVar, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from edi837.diagnostics import Diagnostic
from edi837.errors import ReportError
from edi837.model import Finding
from edi837.reporters.base import printable, story
from edi837.reporters.worklist import Problem, Total, Worklist, not_checked
from edi837.results import FileResult, Summary, Tool
from edi837.rules import load_rules

_LAST_ROW = 1_048_575
"""The last row of a sheet, counted from 0."""
_LONGEST = 32_767
"""Characters of a cell."""
_SHEETS = 100
"""Payers with a sheet of their own: each keeps a file open, and nobody turns over more tabs."""
_OTHERS = "Other payers"
_DIGITS = 15
"""With how many a spreadsheet counts."""
_FIRST_DAY = date(1900, 3, 1)
"""Excel takes 1900 for a leap year: earlier days are wrong or impossible."""

_MONEY = {"num_format": "$#,##0.00;[Red]-$#,##0.00", "valign": "top"}
_TEXT = {"num_format": "@", "valign": "top"}
_HEAD = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F3B57", "valign": "vcenter", "text_wrap": True}
_NUMBERS = frozenset({"number", "count", "money"})
_FORMATS = {
    "title": {"bold": True, "font_size": 16},
    "head": _HEAD,
    "number head": {**_HEAD, "align": "right"},
    "link": {"font_color": "#0B5394", "underline": 1, "valign": "top"},
    "text": _TEXT,
    "wrap": {**_TEXT, "text_wrap": True},
    "date": {"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"},
    "number": {"num_format": "#,##0.###", "valign": "top"},
    "count": {"num_format": "#,##0", "valign": "top"},
    "money": _MONEY,
    "total count": {"num_format": "#,##0", "bold": True, "top": 1},
    "total money": {**_MONEY, "bold": True, "top": 1},
    "total": {"bold": True, "top": 1},
    "error": {**_TEXT, "align": "center", "font_color": "#9C0006", "bg_color": "#FFC7CE"},
    "warning": {**_TEXT, "align": "center", "font_color": "#7F6000", "bg_color": "#FFEB9C"},
    "info": {**_TEXT, "align": "center", "font_color": "#1F3B57", "bg_color": "#DDEBF7"},
    "suppressed": {**_TEXT, "align": "center"},
    "alarm": {"font_color": "#9C0006", "bold": True},
}


class Column(NamedTuple):
    """A column of a payer's sheet."""

    title: str
    width: int
    """In characters."""
    form: str


_COLUMNS = (
    Column("Claim", 17, "text"),
    Column("Line", 6, "text"),
    Column("Payer", 12, "text"),
    Column("Date of service", 11, "date"),
    Column("Code", 8, "text"),
    Column("Modifiers", 11, "text"),
    Column("Units", 8, "number"),
    Column("Charge", 12, "money"),
    Column("Severity", 10, "severity"),
    Column("Problem", 40, "wrap"),
    Column("What to do", 52, "wrap"),
    Column("Money at risk", 12, "money"),
    Column("Rule", 7, "text"),
    Column("Denial to expect", 34, "wrap"),
    Column("File", 34, "text"),
    Column("Segment", 10, "count"),
)
_PRINTED = 12
"""The columns that go to paper; the others are for looking something up."""
_LINE_HEIGHT = 15
"""In points."""
_PROBLEM_WIDTH = 74
"""Of the overview's second column, in characters."""


@contextmanager
def _room() -> Iterator[None]:
    """Tells a full disk in a word."""
    try:
        yield
    except (OSError, FileCreateError) as error:
        reason = getattr(error, "strerror", None) or "cannot be written"
        raise ReportError(
            f"the system's temporary folder, where a workbook keeps its rows: {reason.lower()}; "
            "point TMPDIR to a folder with room"
        ) from None


class XlsxReporter:
    """Rows go out as they come, to temporary files of XlsxWriter (`constant_memory`); of each only its height stays.

    The files are in a folder that only its owner can read, in the system's temporary folder, and go with the reporter.
    No cell is a formula: text is written as text and numbers as numbers, whatever they look like. The same findings
    give the same bytes. A suppressed finding has its row, and is in no figure.
    """

    name: ClassVar[str] = "xlsx"
    human: ClassVar[bool] = False
    binary: ClassVar[bool] = True
    billed: ClassVar[bool] = True

    def __init__(self) -> None:
        self._file = BytesIO()
        self._worklist = Worklist()
        self._sheets: dict[str, _PayerSheet] = {}
        self._payers: dict[str, Total] = {}
        self._rules: dict[str, Total] = {}
        self._links: dict[str, str] = {}
        """Payer -> name of its first sheet."""

    @_room()
    def start(self, tool: Tool) -> bytes:
        """Nothing: a workbook is a zip archive, whole at its end."""
        self._tool = tool
        folder = mkdtemp(prefix="edi837-")
        self._book = Workbook(self._file, {"constant_memory": True, "tmpdir": folder})
        weakref.finalize(self, _remove, folder, self._book)
        # A date of its own would make every workbook another one.
        self._book.set_properties({"title": "Injection claims: problems to solve", "created": datetime(1980, 1, 1)})  # noqa: DTZ001
        self._formats = {name: self._book.add_format(values) for name, values in _FORMATS.items()}
        self._overview = self._book.add_worksheet("Overview")
        self._names = {"overview", "history"}
        return b""

    @_room()
    def findings(self, batch: Sequence[Finding]) -> bytes:
        """Nothing yet: the rows are kept on disk."""
        for finding in batch:
            problem = self._worklist.problem(finding)
            self._payers.setdefault(problem.payer, Total()).add(problem)
            self._rules.setdefault(problem.code, Total()).add(problem)
            sheet = self._sheet_of(problem.payer)
            sheet.add(problem)
            self._links.setdefault(problem.payer, sheet.name)
        return b""

    @_room()
    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """The workbook."""
        for sheet in self._sheets.values():
            sheet.finish()
        overview = _Overview(self._overview, self._formats)
        overview.write(self._tool, summary, files, self._payers, self._rules, self._links)
        self._book.close()
        return self._file.getvalue()

    def _sheet_of(self, payer: str) -> _PayerSheet:
        key = payer if payer in self._sheets or len(self._sheets) < _SHEETS else _OTHERS
        sheet = self._sheets.get(key)
        if sheet is None or sheet.is_full:
            if sheet is not None:
                sheet.finish()
            name = sheet_name(key or "No payer id", self._names)
            sheet = self._sheets[key] = _PayerSheet(self._book.add_worksheet(name), self._formats)
        return sheet


def _remove(folder: str, book: Workbook) -> None:
    """Removes the temporary files, of which a workbook that was given up has some open."""
    for sheet in book.worksheets():
        with suppress(OSError):
            sheet._opt_close()
    shutil.rmtree(folder, ignore_errors=True)


class _PayerSheet:
    """A sheet with a row a problem under a frozen row of titles with filters."""

    def __init__(self, sheet: Worksheet, formats: dict[str, Format]) -> None:
        self.name: str = sheet.get_name()
        """On its tab."""
        self._sheet = sheet
        self._formats = formats
        self._rows = 0
        sheet.set_row(0, 2 * _LINE_HEIGHT)
        for number, column in enumerate(_COLUMNS):
            sheet.set_column(number, number, column.width)
            _write_head(sheet, 0, number, column.title, formats, is_number=column.form in _NUMBERS)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&L&A&RPage &P of &N")

    @property
    def is_full(self) -> bool:
        """Whether Excel takes no further row."""
        return self._rows == _LAST_ROW

    def add(self, problem: Problem) -> None:
        """Writes one row, as high as its longest text: not every program finds that out."""
        self._rows += 1
        values = (
            problem.claim,
            problem.line,
            problem.payer,
            problem.service_date,
            problem.procedure,
            problem.modifiers,
            problem.units,
            problem.charge,
            "suppressed" if problem.suppressed is not None else problem.severity.value,
            problem.problem,
            problem.to_do,
            problem.at_risk or None,
            problem.code,
            problem.expected,
            problem.file,
            Decimal(problem.segment),
        )
        cells = list(zip(values, _COLUMNS, strict=True))
        height = max(_height(str(value), column.width) for value, column in cells if column.form == "wrap")
        self._sheet.set_row(self._rows, height)
        for number, (value, column) in enumerate(cells):
            self._write(number, value, str(value) if column.form == "severity" else column.form)

    def _write(self, column: int, value: str | date | Decimal | None, form: str) -> None:
        if isinstance(value, Decimal):
            _write_number(self._sheet, self._rows, column, value, self._formats[form])
        elif isinstance(value, date) and value >= _FIRST_DAY:
            self._sheet.write_datetime(self._rows, column, value, self._formats[form])
        elif value:
            self._sheet.write_string(self._rows, column, _cell(str(value)), self._formats[form])

    def finish(self) -> None:
        """Gives the rows their filters."""
        self._sheet.autofilter(0, 0, self._rows, len(_COLUMNS) - 1)
        self._sheet.print_area(0, 0, self._rows, _PRINTED - 1)


class _Overview:
    """The first sheet: what was found in money, by payer and by problem, and what was not read."""

    def __init__(self, sheet: Worksheet, formats: dict[str, Format]) -> None:
        self._sheet = sheet
        self._formats = formats
        self._row = 0

    def write(
        self,
        tool: Tool,
        summary: Summary,
        files: Sequence[FileResult],
        payers: dict[str, Total],
        rules: dict[str, Total],
        sheets: dict[str, str],
    ) -> None:
        """Writes the whole sheet."""
        for column, width in enumerate((16, _PROBLEM_WIDTH, 10, 10, 10, 10, 10, 16)):
            self._sheet.set_column(column, column, width)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)
        self._line("Injection claims: problems to solve before they are sent", "title")
        self._line(story(summary))
        for text in not_checked(summary, files):
            self._line(text, "alarm")
        self._row += 1
        self._table(
            ("Payer", "Sheet"),
            [((payer or "No payer id", sheets[payer]), total) for payer, total in payers.items()],
            links=True,
        )
        self._row += 1
        names = {rule.code: rule.help.summary for rule in load_rules()}
        self._table(
            ("Rule", "Problem"), [((code, names.get(code, "")), total) for code, total in rules.items()], links=False
        )
        self._row += 1
        self._line("Money at risk: the charges of the lines with an error, each line counted once.")
        self._line(f"Made by {tool.name} {tool.version}, rules {tool.rules_version}. Advice, not a coder's decision.")

    def _table(self, titles: tuple[str, str], rows: list[tuple[tuple[str, str], Total]], *, links: bool) -> None:
        """A row each, the most money first, and their sum."""
        formats = self._formats
        for column, title in enumerate((*titles, "Claims", "Problems", "Errors", "Warnings", "Info", "Money at risk")):
            _write_head(self._sheet, self._row, column, title, formats, is_number=column > 1)
        self._row += 1
        rows = sorted(rows, key=lambda item: (-item[1].at_risk, -item[1].problems, item[0]))
        for (key, text), total in rows:
            self._sheet.set_row(self._row, _LINE_HEIGHT if links else _height(text, _PROBLEM_WIDTH))
            self._sheet.write_string(self._row, 0, _cell(key), formats["text"])
            if links:
                target = text.replace("'", "''")
                self._sheet.write_url(self._row, 1, f"internal:'{target}'!A1", formats["link"], text)
            else:
                self._sheet.write_string(self._row, 1, text, formats["wrap"])
            self._figures(total, total.claims, "")
        if len(rows) > 1:
            everything = Total.of([total for _, total in rows])
            self._sheet.write_string(self._row, 0, "All", formats["total"])
            self._sheet.write_blank(self._row, 1, None, formats["total"])
            # One claim may break several rules: the claims of all rules are no sum.
            self._figures(everything, everything.claims if links else None, "total ")

    def _figures(self, total: Total, claims: int | None, style: str) -> None:
        form = self._formats[f"{style}count"]
        for column, count in enumerate((claims, total.problems, total.errors, total.warnings, total.infos), 2):
            if count is None:
                self._sheet.write_blank(self._row, column, None, form)
            else:
                self._sheet.write_number(self._row, column, count, form)
        _write_number(self._sheet, self._row, 7, total.at_risk, self._formats[f"{style}money"])
        self._row += 1

    def _line(self, text: str, form: str | None = None) -> None:
        self._sheet.write_string(self._row, 0, _cell(printable(text)), self._formats[form] if form else None)
        self._row += 1


def _write_head(
    sheet: Worksheet, row: int, column: int, title: str, formats: dict[str, Format], *, is_number: bool
) -> None:
    sheet.write_string(row, column, title, formats["number head" if is_number else "head"])


def _height(text: str, width: int) -> int:
    """The height of a row, in points, for a text in a column; letters are narrower than the digits of its width."""
    return _LINE_HEIGHT * max(1, math.ceil(len(text) / width))


def _write_number(sheet: Worksheet, row: int, column: int, value: Decimal, form: Format) -> None:
    """A number as one; as text where a spreadsheet would change its digits."""
    if len(value.as_tuple().digits) <= _DIGITS and value.adjusted() < _DIGITS:
        sheet.write_number(row, column, float(value), form)
    else:
        sheet.write_string(row, column, _cell(str(value)), form)


def _cell(text: str) -> str:
    """The text of a cell, as XlsxWriter takes it for text: what stands between these tags it copies as XML."""
    return (f" {text}" if text.startswith("<r>") else text)[:_LONGEST]


def sheet_name(text: str, taken: set[str]) -> str:
    """A name that Excel takes for a sheet: 1 to 31 characters, no brackets, colon, asterisk, question mark or slash.

    It is unique, whatever the case: `taken` has the names in use in lower case, and gets the new one.
    """
    plain = re.sub(r"[\[\]:*?/\\]", "-", text).strip("' ")[:31].rstrip("' ") or "Payer"
    name, number = plain, 1
    while name.lower() in taken:
        number += 1
        mark = f" ({number})"
        name = plain[: 31 - len(mark)] + mark
    taken.add(name.lower())
    return name
