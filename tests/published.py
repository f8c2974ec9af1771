"""Reference files as they are published, for the tests: generated, spoiled, imported into a folder."""

from __future__ import annotations

import importlib
import sys
from datetime import date
from pathlib import Path
from typing import Any

from edi837.engines.refdata import open_reference, read_folder
from edi837.engines.refdata_import import Outcome, import_files
from edi837.reference import Reference

SCRIPTS = Path(__file__).parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))
generator: Any = importlib.import_module("generate_refdata")
layouts: Any = importlib.import_module("generate.published_layouts")

TODAY = date(2026, 8, 1)

MUE_HEADER = '"HCPCS/\nCPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n'
PTP_HEADER = "Column 1\tColumn 2\t* = in existence\tEffective Date\tDeletion Date\tModifier\tPTP Edit Rationale\r\n"
PAYER_HEADER = "payer,hcpcs,ndc,max_units,per,pkg_size,billunits_per_item,note\n"


def write(folder: Path, name: str, text: str) -> Path:
    """A file of exactly this text."""
    path = folder / name
    path.write_bytes(text.encode("cp1252"))
    return path


def mue_file(folder: Path, first: date, limits: dict[str, int]) -> Path:
    """A table of unit limits from a day."""
    rows = "".join(
        f"{code},{units},3 Date of Service Edit: Clinical,Clinical: Data\n" for code, units in limits.items()
    )
    return write(folder, f"MCR_MUE_PractitionerServices_Eff_{first:%m-%d-%Y}.csv", MUE_HEADER + rows)


def ptp_file(folder: Path, version: str, rows: list[tuple[str, str, str, str, str]]) -> Path:
    """A part of the pairs: column 1, column 2, first and last date, modifier."""
    lines = "".join(f"{a}\t{b}\t \t{first}\t{last}\t{flag}\tMore extensive\r\n" for a, b, first, last, flag in rows)
    return write(folder, f"ccipra-{version}-f1.txt", PTP_HEADER + lines)


def load(folder: Path, kind: str, *paths: Path, **options: Any) -> Outcome:
    """Imports files into a folder."""
    return import_files(str(folder), kind, [str(path) for path in paths], TODAY, **options)


def tables(folder: Path) -> Reference:
    """The reference tables with what a folder holds."""
    return open_reference(read_folder(str(folder)))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}
