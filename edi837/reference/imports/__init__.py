"""Importers of the reference files that CMS and payers publish: rows in, a table of the product out.

An importer takes files whole or refuses them with the file, the row and the reason (`SourceError`). It opens nothing:
a shell gives it the rows, and writes the table that it gets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from edi837.errors import SourceError
from edi837.reference.editions import last_day, name_of
from edi837.reference.imports.asp_ndc import read_packages
from edi837.reference.imports.effective import first_day
from edi837.reference.imports.hcpcs import read_codes
from edi837.reference.imports.icd10 import read_diagnoses
from edi837.reference.imports.mue import read_limits
from edi837.reference.imports.ncci_ptp import read_pairs
from edi837.reference.imports.payer import read_payer
from edi837.reference.imports.published import Cell, Imported, NumberedRow, PublishedFile

__all__ = ["Cell", "Draft", "Imported", "NumberedRow", "PublishedFile", "read_edition"]

_READERS = {
    "ncci-ptp": read_pairs,
    "mue": read_limits,
    "asp-ndc": read_packages,
    "hcpcs": read_codes,
    "icd10": read_diagnoses,
    "payer": read_payer,
}


class Draft(NamedTuple):
    """An edition that was read and has yet to be stored."""

    kind: str
    edition: str
    valid_from: date
    valid_to: date | None
    table: Imported


def read_edition(kind: str, files: Sequence[PublishedFile], effective: date | None = None) -> Draft:
    """Reads the files of one edition; SourceError with file, row and reason where one of them cannot be used.

    Without `effective` the first date of service is that of the files' names, or of what stands above the table.
    """
    # Read first: a file of another kind must be told that, not asked for its date.
    table = _READERS[kind](files)
    valid_from = effective or _agreed(kind, files, table.begins)
    return Draft(kind, name_of(kind, valid_from), valid_from, last_day(kind, valid_from), table)


def _agreed(kind: str, files: Sequence[PublishedFile], by_rows: date | None) -> date:
    found: dict[date, str] = {}
    for file in files:
        day = first_day(kind, file) or by_rows
        if day is None:
            raise SourceError(
                f"{file.name}: neither its name nor its head says from which date of service it is: "
                "say so with --effective YYYY-MM-DD"
            )
        found.setdefault(day, file.name)
    if len(found) > 1:
        each = ", ".join(f"{name} is from {day}" for day, name in found.items())
        raise SourceError(f"the files are of different editions: {each}")
    return next(iter(found))
