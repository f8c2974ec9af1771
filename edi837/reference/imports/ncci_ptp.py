"""NCCI procedure-to-procedure edits for practitioners: `ccipra-v322r0-f1.txt` to `-f4`, or the same as .xlsx."""

from __future__ import annotations

import re
from collections.abc import Sequence

from edi837.errors import SourceError
from edi837.reference.editions import quarter_of
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
from edi837.reference.pair_table import PairTableWriter

_DELETED_ON_ITS_FIRST_DAY = "9"
_INJECTION = "96372"
_PART = re.compile(r"-f(\d+)\b", re.IGNORECASE)
_HOSPITAL = re.compile(r"ccioph", re.IGNORECASE)


def read_pairs(files: Sequence[PublishedFile]) -> Imported:
    """The table of the pairs in all parts of an edition."""
    _check_parts(files)
    writer = PairTableWriter()
    codes: set[Cell] = set()
    packed: dict[tuple[Cell, ...], bytes | None] = {}
    seen_injection = False
    # The loop runs two and a half million times: what is alike in many rows is looked at once.
    for file in files:
        for number, (column1, column2, *facts) in table_rows(file, COLUMNS, "ncci-ptp"):
            if column1 not in codes or column2 not in codes:
                column1 = procedure(file, number, column1, "Column 1")
                column2 = procedure(file, number, column2, "Column 2")
                codes.update((column1, column2))
            key = tuple(facts)
            if key not in packed:
                packed[key] = _pack(file, number, key, writer)
            record = packed[key]
            if record is not None:
                writer.add(str(column1), str(column2), record)
                seen_injection = seen_injection or column1 == _INJECTION
    if not len(writer):
        raise SourceError(f"{files[-1].name}: no pair stands below the header")
    missing = () if seen_injection else (f"no pair has {_INJECTION} in column 1: is a part missing?",)
    # Each quarter brings new edits: the newest are from the quarter's first day.
    return Imported(len(writer), writer.chunks(), begins=quarter_of(writer.newest)[0], notes=missing)


def _pack(file: PublishedFile, number: int, facts: tuple[Cell, ...], writer: PairTableWriter) -> bytes | None:
    """What a row says besides its codes; None for an edit that was deleted on the day it began."""
    effective, deletion, modifier, rationale = facts
    first = day_of(file, number, effective, "Effective Date")
    last = None if text_of(deletion) in ("*", "") else day_of(file, number, deletion, "Deletion Date")
    indicator = text_of(modifier)
    if indicator not in ("0", "1", _DELETED_ON_ITS_FIRST_DAY):
        refuse(file, number, f'Modifier "{shown(indicator)}" is none of 0, 1 and 9')
    if indicator == _DELETED_ON_ITS_FIRST_DAY:
        return None
    try:
        return writer.facts(int(indicator), first, last, text_of(rationale))
    except ValueError:
        refuse(file, number, "its dates or rationales are beyond what a table can hold")


def _check_parts(files: Sequence[PublishedFile]) -> None:
    """Refuses hospital edits, which have the same columns, and parts with a gap in their numbers."""
    for file in files:
        if _HOSPITAL.search(file.name):
            raise SourceError(f"{file.name}: these are the edits for outpatient hospitals, not for practitioners")
    parts = sorted(int(found[1]) for file in files if (found := _PART.search(file.name)))
    if not parts:
        return
    for number in range(1, parts[-1] + 1):
        if parts.count(number) != 1:
            problem = "is missing" if number not in parts else "is given twice (as text and as workbook?)"
            raise SourceError(f"part f{number} {problem}: give all parts of one edition in one import, each once")
