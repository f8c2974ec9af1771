"""The order file of ICD-10-CM: `icd10cm_order_2026.txt`, fixed width, headings and codes in their order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from edi837.errors import SourceError
from edi837.reference.diagnosis_table import write_diagnoses
from edi837.reference.imports.published import Imported, PublishedFile, refuse, shown

_CODE = re.compile(r"[A-Z]\d[0-9A-Z]{1,5}")


def read_diagnoses(files: Sequence[PublishedFile]) -> Imported:
    """The table of the codes in the file."""
    codes: dict[str, bool] = {}
    for file in files:
        order, billable = 0, True
        for number, line in file.lines():
            if not line.strip(" \x1a"):
                continue
            place, code, flag, long = line[:5], line[6:13].rstrip(), line[14:15], line[77:].strip()
            if not (place.isdecimal() and place.isascii() and _CODE.fullmatch(code) and flag in ("0", "1") and long):
                refuse(file, number, f'not a line of an order file, or cut off: "{shown(line)}"')
            if int(place) <= order:
                refuse(file, number, f"order number {place} does not follow {order:05d}")
            order, billable = int(place), flag == "1"
            if codes.setdefault(code, billable) is not billable:
                refuse(file, number, f"{code} is both a heading and a code")
        if not order:
            raise SourceError(f"{file.name}: it holds no code")
        if not billable:
            refuse(file, number, "the last line is a heading without codes: the file is cut off")
    return Imported(len(codes), [write_diagnoses(codes.items())])
