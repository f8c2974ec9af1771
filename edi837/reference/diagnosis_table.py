"""A code set of ICD-10-CM as one file of sorted fixed-width records, searched where it lies.

The file: the mark `edi837 icd10 1` with a line feed, then eight bytes a code: seven of code, padded with blanks, and
`Y` for a billable code or `N` for a heading.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date

from edi837.errors import SourceError
from edi837.reference.diagnoses import DiagnosisCode
from edi837.reference.tables import Blob

_MARK = b"edi837 icd10 1\n"
_CODE, _RECORD = 7, 8
# Claims carry whatever their sender typed: the memory of codes has an end.
_REMEMBERED = 1 << 14


class DiagnosisTable:
    """The codes of one edition; finds what `diagnoses.DiagnosisIndex` finds."""

    def __init__(self, data: Blob) -> None:
        """SourceError where the data is no such table."""
        self._data = data
        self.codes, rest = divmod(len(data) - len(_MARK), _RECORD)
        """How many codes and headings the set has."""
        if rest or self.codes < 0 or data[: len(_MARK)] != _MARK:
            raise SourceError("not a table of diagnosis codes, or cut off")
        self._known: dict[str, DiagnosisCode] = {}

    def find(self, code: str, on: date) -> DiagnosisCode:
        """What the code is in the set; the date is that of the set."""
        known = self._known.get(code)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[code] = self._search(code)
        return known

    def _search(self, code: str) -> DiagnosisCode:
        wanted = code.encode().ljust(_CODE)
        number = bisect_left(range(self.codes), wanted, key=lambda place: self._record(place)[:_CODE])
        record = self._record(number)
        listed = bool(code) and record[:_CODE] == wanted
        return DiagnosisCode(code, listed, listed and record[_CODE:] == b"Y")

    def _record(self, number: int) -> bytes:
        start = len(_MARK) + number * _RECORD
        return self._data[start : start + _RECORD]


def write_diagnoses(codes: Iterable[tuple[str, bool]]) -> bytes:
    """The table of codes with whether each is billable; a code has at most seven ASCII characters."""
    records = sorted(code.encode().ljust(_CODE) + (b"Y" if billable else b"N") for code, billable in codes)
    return _MARK + b"".join(records)
