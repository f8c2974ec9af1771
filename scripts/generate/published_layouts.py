"""The layouts in which CMS publishes reference files: notices, headers, texts with tabs or commas, fixed width."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from generate.reference_files import COPYRIGHT, DiagnosisRow, HcpcsRow, Quarter, Row
from generate.workbook import Cell, write_workbook

MONTHS = ("January", "April", "July", "October")
FORMS = {
    "ncci-ptp": ("txt", "xlsx"),
    "mue": ("csv", "xlsx"),
    "asp-ndc": ("csv", "xlsx"),
    "hcpcs": ("txt", "xlsx"),
    "icd10": ("txt",),
    "payer": ("csv", "xlsx"),
}
"""The forms of each kind; the first is the one that most people take."""

PAYER_COLUMNS = ("payer", "hcpcs", "ndc", "max_units", "per", "pkg_size", "billunits_per_item", "note")
_HCPCS_COLUMNS = (
    *("HCPC", "SEQNUM", "RECID", "LONG DESCRIPTION", "SHORT DESCRIPTION", "PRICE1", "COV", "BETOS", "TOS1"),
    *("ANEST_BU", "ADD DT", "ACT EFF DT", "TERM DT", "ACTION CD"),
)
_DESCRIPTION = 80


def file_name(kind: str, quarter: Quarter, form: str, part: int = 1) -> str:
    """The name that the publisher gives a file."""
    first = quarter.first
    return {
        "ncci-ptp": f"ccipra-v{quarter.year - 1994}{quarter.number - 1}r0-f{part}",
        "mue": f"MCR_MUE_PractitionerServices_Eff_{first:%m-%d-%Y}",
        "asp-ndc": f"{MONTHS[quarter.number - 1]} {quarter.year} ASP NDC-HCPCS Crosswalk",
        "hcpcs": f"HCPC{quarter.year}_{first:%b}_ANWEB".upper(),
        "icd10": f"icd10cm_order_{quarter.year + (quarter.number == 4)}",
        "payer": f"payer-60054-{first}",
    }[kind] + f".{form}"


def table(kind: str, rows: Iterable[Row], quarter: Quarter) -> Iterator[Sequence[Cell]]:
    """The rows of a table of cells with what stands above them."""
    return chain(_HEADS[kind](quarter), rows)


def _ptp_head(quarter: Quarter) -> list[Row]:
    return [
        (f"{COPYRIGHT} Column 1/Column 2 edits",),
        (),
        ("Column 1", "Column 2", "*=in existence", "Effective", "Deletion", "Modifier", "PTP Edit Rationale"),
        ("", "", "prior to 1996", "Date", "Date", "0=not allowed", ""),
        ("", "", "", "", "*=no data", "1=allowed", ""),
        ("", "", "", "", "", "9=not applicable", ""),
    ]


def _mue_head(quarter: Quarter) -> list[Row]:
    return [
        (f"{COPYRIGHT}\nFee schedules, relative value units, conversion factors are not assigned by the AMA.",),
        ("HCPCS/\nCPT Code", "Practitioner Services MUE Values", "MUE Adjudication Indicator", "MUE Rationale"),
    ]


def _asp_head(quarter: Quarter) -> list[Row]:
    return [
        (f"{MONTHS[quarter.number - 1]} {quarter.year} NDC-HCPCS Crosswalk for ASP drug pricing",),
        (f"Effective {_long(quarter.first)} through {_long(quarter.last)}",),
        *[("The absence or presence of a code does not indicate coverage.",)] * 5,
        (),
        (
            *(f"_{quarter.year}_CODE", "Short Description", "LABELER NAME", "NDC2", "Drug Name", "HCPCS dosage"),
            *("PKG SIZE", "PKG QTY", "BILLUNITS", "BILLUNITSPKG"),
        ),
    ]


def _long(day: object) -> str:
    return f"{day:%B} {int(f'{day:%d}')}, {day:%Y}"


_HEADS: dict[str, Callable[[Quarter], list[Row]]] = {
    "ncci-ptp": _ptp_head,
    "mue": _mue_head,
    "asp-ndc": _asp_head,
    "hcpcs": lambda quarter: [_HCPCS_COLUMNS],
    "payer": lambda quarter: [PAYER_COLUMNS],
}


def hcpcs_cells(rows: Iterable[HcpcsRow]) -> Iterator[Sequence[Cell]]:
    """HCPCS codes as a workbook has them: dates are numbers."""
    for number, row in enumerate(rows):
        dates = [int(day) if day else None for day in (row.added, row.effective, row.ended)]
        yield (row.code, 100 * (number % 1000), 3, row.long, row.short, "57", "C", "O1E", "1", "0", *dates, row.action)


def hcpcs_lines(rows: Iterable[HcpcsRow]) -> Iterator[str]:
    """HCPCS codes as records of 320 characters; a long description takes several."""
    for number, row in enumerate(rows):
        words = _wrapped(row.long)
        for index, part in enumerate(words):
            head = f"{row.code:<5}{100 * (number % 1000) + 10 * index:05d}{'4' if index else '3'}{part:<80}"
            if index:
                yield f"{head:<320}"
                continue
            dates = f"{row.added:<8}{row.effective:<8}{row.ended:<8}{row.action:<1}"
            yield f"{head + f'{row.short:<28.28}':<268}{dates:<52}"


def _wrapped(text: str) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if len(lines[-1]) + len(word) >= _DESCRIPTION:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def diagnosis_lines(rows: Iterable[DiagnosisRow]) -> Iterator[str]:
    """The lines of an order file."""
    for number, row in enumerate(rows, 1):
        yield f"{number:05d} {row.code:<7} {int(row.billable)} {row.short:<60.60} {row.long}"


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Writes lines as CMS does, with carriage returns."""
    with path.open("w", encoding="cp1252", newline="") as file:
        file.writelines(f"{line}\r\n" for line in lines)


def write_table(path: Path, rows: Iterable[Sequence[Cell]]) -> None:
    """Writes rows by the end of the file's name: a workbook, text with commas, else text with tabs."""
    if path.suffix == ".xlsx":
        write_workbook(path, rows)
        return
    with path.open("w", encoding="cp1252", newline="") as file:
        if path.suffix == ".csv":
            csv.writer(file).writerows(rows)
        else:
            file.writelines("\t".join(map(str, row)) + "\r\n" for row in rows)
