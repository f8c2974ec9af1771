"""HCPCS Level II: `HCPC2026_JUL_ANWEB.xlsx`, or the same file as fixed-width text of 320 characters a record."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from edi837.errors import SourceError
from edi837.reference.hcpcs import HCPCS_COLUMNS
from edi837.reference.imports.doses import dose_of
from edi837.reference.imports.layouts import COLUMNS
from edi837.reference.imports.published import (
    Cell,
    Imported,
    PublishedFile,
    day_of,
    procedure,
    refuse,
    shown,
    table_rows,
    text_of,
)

_CODE, _DESCRIPTION_GOES_ON, _MODIFIER, _MODIFIER_GOES_ON = "3", "4", "7", "8"
_RECORDS = (_CODE, _DESCRIPTION_GOES_ON, _MODIFIER, _MODIFIER_GOES_ON)
_ACTION_CODE = 293
"""The last place of a record that is never blank."""


class _Record(NamedTuple):
    """A record of either form, cells as they are."""

    code: Cell
    kind: str
    long: str
    short: str
    added: Cell
    effective: Cell
    ended: Cell
    action: str


def read_codes(files: Sequence[PublishedFile]) -> Imported:
    """The table of the codes in the files; modifiers are left out."""
    rows: dict[str, list[str]] = {}
    for file in files:
        last: list[str] | None = None
        for number, record in _records(file):
            if record.kind not in _RECORDS:
                refuse(file, number, f'RECID "{shown(record.kind)}" is none of 3, 4, 7 and 8')
            if record.kind == _CODE:
                last = _row(file, number, record)
                if rows.setdefault(last[0], last) is not last:
                    refuse(file, number, f"{last[0]} stands there twice")
            elif record.kind == _DESCRIPTION_GOES_ON:
                if last is None or text_of(record.code) != last[0]:
                    refuse(file, number, "the description goes on of a code that does not stand above it")
                last[3] = f"{last[3]} {record.long}".strip()
            else:
                last = None
    if not rows:
        raise SourceError(f"{files[-1].name}: it holds no code")
    return Imported(len(rows), [_table(rows)])


def _row(file: PublishedFile, number: int, record: _Record) -> list[str]:
    code = procedure(file, number, record.code, "HCPC")
    added = day_of(file, number, record.added, "ADD DT")
    effective = day_of(file, number, record.effective, "ACT EFF DT")
    ended = day_of(file, number, record.ended, "TERM DT").isoformat() if text_of(record.ended) else ""
    return [code, record.action, record.short, record.long, added.isoformat(), effective.isoformat(), ended]


def _table(rows: dict[str, list[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HCPCS_COLUMNS.split(","))
    for _, row in sorted(rows.items()):
        dose = dose_of(row[3])
        writer.writerow([*row, *((f"{dose.amount:f}", dose.unit, dose.basis) if dose else ("", "", ""))])
    return text.getvalue().encode()


def _records(file: PublishedFile) -> Iterator[tuple[int, _Record]]:
    if file.is_table:
        for number, (code, kind, long, short, added, effective, ended, action) in table_rows(file, COLUMNS, "hcpcs"):
            yield (
                number,
                _Record(
                    code,
                    text_of(kind),
                    _words(text_of(long)),
                    _words(text_of(short)),
                    *(added, effective, ended),
                    text_of(action),
                ),
            )
        return
    for number, line in file.lines():
        if line.strip(" \x1a"):
            yield number, _fixed(file, number, line)


def _fixed(file: PublishedFile, number: int, line: str) -> _Record:
    kind = line[10:11]
    if kind not in _RECORDS or not line[:5].strip():
        refuse(file, number, "not a HCPCS record: no code, sequence number and record id in the first 11 characters")
    if kind == _CODE and len(line) < _ACTION_CODE:
        refuse(file, number, f"the record breaks off after {len(line)} of {_ACTION_CODE} characters")
    return _Record(
        line[:5].strip(),
        kind,
        _words(line[11:91]),
        _words(line[91:119]),
        *(line[268:276].strip(), line[276:284].strip(), line[284:292].strip()),
        line[292:293].strip(),
    )


def _words(text: str) -> str:
    """A description on one line with single blanks."""
    return " ".join(text.split())
