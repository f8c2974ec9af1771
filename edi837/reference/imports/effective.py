"""From which date of service a published file is, by its name and by what stands above its table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice

from edi837.reference.editions import fiscal_year_of
from edi837.reference.imports.published import PublishedFile, text_of

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # 07-01-2026, 07/01/2026; 2026-07-01
        r"(?<!\d)(?P<month>\d\d)[-/](?P<day>\d\d)[-/](?P<year>20\d\d)(?!\d)",
        r"(?<!\d)(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)",
        # 2026q3, 2026-q3
        r"(?<!\d)(?P<year>20\d\d)[-_ ]?q(?P<quarter>[1-4])(?!\d)",
        # HCPC2026_JUL, 2026 July
        rf"(?P<year>20\d\d)[-_ ]{_MONTH}",
        # July 2026, july-1-2026, July 1, 2026
        rf"(?<![a-z]){_MONTH}[-_ ]+(?:(?P<day>\d{{1,2}})[-_, ]+)?(?P<year>20\d\d)(?!\d)",
    )
)
# Version 32.2 of the NCCI edits is that of the third quarter of 2026: versions count years since 1994.
_VERSION = re.compile(r"-v(?P<years>\d\d)(?P<quarter>[0-3])r\d", re.IGNORECASE)
_ORDER_FILE = re.compile(r"order[-_ ]?(?P<year>20\d\d)", re.IGNORECASE)
_ABOVE = 20
_EFFECTIVE = re.compile(r"effective\W+(?P<when>.*)", re.IGNORECASE)


def first_day(kind: str, file: PublishedFile) -> date | None:
    """The first date of service that a file is for; None where neither its name nor its head says so."""
    found = _by_name(kind, file.name)
    if found is not None or kind == "payer":
        return found
    return next((day for text in _head(file) if (day := _said(text))), None) if file.is_table else None


def _by_name(kind: str, name: str) -> date | None:
    if kind == "ncci-ptp" and (version := _VERSION.search(name)):
        return date(1994 + int(version["years"]), 3 * int(version["quarter"]) + 1, 1)
    if kind == "icd10" and (order := _ORDER_FILE.search(name)):
        return fiscal_year_of(date(int(order["year"]), 1, 1))[0]
    return _date_in(name)


def _head(file: PublishedFile) -> Iterator[str]:
    for _, cells in islice(file.rows(), _ABOVE):
        yield " ".join(filter(None, map(text_of, cells)))


def _said(text: str) -> date | None:
    """The day of "Effective July 1, 2026 through September 30, 2026"."""
    found = _EFFECTIVE.search(text)
    return _date_in(found["when"]) if found else None


def _date_in(text: str) -> date | None:
    """The first date, month or quarter that a text names; of a month or quarter the first day."""
    for pattern in _PATTERNS:
        found = pattern.search(text)
        if found is None:
            continue
        parts = found.groupdict()
        try:
            return date(int(parts["year"]), _month(parts), int(parts.get("day") or 1))
        except ValueError:
            continue
    return None


def _month(parts: dict[str, str | None]) -> int:
    if quarter := parts.get("quarter"):
        return 3 * int(quarter) - 2
    month = parts.get("month") or "1"
    return int(month) if month.isdecimal() else _MONTHS.index(month[:3].lower()) + 1
