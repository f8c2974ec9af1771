"""Medically unlikely edits for practitioners: `MCR_MUE_PractitionerServices_Eff_07-01-2026.csv` or .xlsx."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from edi837.errors import SourceError
from edi837.reference.edits import MUE_COLUMNS
from edi837.reference.imports.layouts import COLUMNS
from edi837.reference.imports.published import (
    Imported,
    PublishedFile,
    procedure,
    refuse,
    shown,
    table_rows,
    text_of,
    units_of,
)

_INDICATOR = re.compile(r"([123])\b.*")


def read_limits(files: Sequence[PublishedFile]) -> Imported:
    """The table of the limits in the files."""
    limits: dict[str, tuple[int, str]] = {}
    for file in files:
        for number, (cell, value, adjudication) in table_rows(file, COLUMNS, "mue"):
            code = procedure(file, number, cell, "HCPCS/CPT Code")
            indicator = _INDICATOR.fullmatch(text_of(adjudication))
            if indicator is None:
                wrong = shown(text_of(adjudication))
                refuse(file, number, f'MUE Adjudication Indicator "{wrong}" is none of 1, 2 and 3')
            limit = (units_of(file, number, value, "MUE value"), indicator[1])
            if limits.setdefault(code, limit) != limit:
                refuse(file, number, f"{code} has two different limits")
    if not limits:
        raise SourceError(f"{files[-1].name}: no limit stands below the header")
    by_limit: dict[tuple[int, str], list[str]] = defaultdict(list)
    for code, limit in sorted(limits.items()):
        by_limit[limit].append(code)
    lines = [f"{units},{mai},{' '.join(codes)}" for (units, mai), codes in sorted(by_limit.items())]
    return Imported(len(limits), ["\n".join([MUE_COLUMNS, *lines, ""]).encode()])
