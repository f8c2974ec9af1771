"""What one payer says for itself, in a layout of our own: see the README.

A row sets the most units of a code (`max_units` and `per`), or names the package of an NDC (`ndc`, `pkg_size` and
`billunits_per_item`). All rows are of one payer, by the id that claims send (2010BB NM109).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from edi837.errors import SourceError
from edi837.reference.imports.asp_ndc import plain, units_each
from edi837.reference.imports.layouts import COLUMNS
from edi837.reference.imports.published import (
    Cell,
    Imported,
    PublishedFile,
    amount_of,
    ndc_of,
    procedure,
    refuse,
    shown,
    table_rows,
    text_of,
    units_of,
)
from edi837.reference.payers import PAYER_COLUMNS

_PAYER = re.compile(r"[0-9A-Za-z]{2,80}")
_SPANS = ("day", "line")


def read_payer(files: Sequence[PublishedFile]) -> Imported:
    """The table of one payer."""
    payer = ""
    rows: dict[tuple[str, str], str] = {}
    for file in files:
        for number, (whose, code, ndc, *values) in table_rows(file, COLUMNS, "payer"):
            name = text_of(whose)
            if not _PAYER.fullmatch(name):
                refuse(file, number, f'payer "{shown(name)}" is no payer id (2010BB NM109): letters and digits')
            if payer and name != payer:
                refuse(file, number, f"payer {name}, and {payer} above: a file is of one payer")
            payer = name
            hcpcs = procedure(file, number, code, "hcpcs")
            key, row = _package(file, number, ndc, values) if text_of(ndc) else _limit(file, number, values)
            if rows.setdefault((hcpcs, key), row) != row:
                refuse(file, number, f"{hcpcs} {key}".rstrip() + " has two different rows")
    if not rows:
        raise SourceError(f"{files[-1].name}: no row stands below the header")
    lines = [f"{hcpcs},{key},{row}" for (hcpcs, key), row in sorted(rows.items())]
    return Imported(len(rows), ["\n".join([PAYER_COLUMNS, *lines, ""]).encode()], payer)


def _limit(file: PublishedFile, number: int, values: Sequence[Cell]) -> tuple[str, str]:
    units, per, *package = values
    if any(map(text_of, package)):
        refuse(file, number, "pkg_size and billunits_per_item are of an ndc, and there is none")
    if text_of(per) not in _SPANS:
        refuse(file, number, f'per "{shown(text_of(per))}" is neither day nor line')
    return "", f"{units_of(file, number, units, 'max_units')},{text_of(per)},,,"


def _package(file: PublishedFile, number: int, ndc: Cell, values: Sequence[Cell]) -> tuple[str, str]:
    units, per, size, per_item = values
    ndc11 = ndc_of(ndc)
    if ndc11 is None:
        refuse(file, number, f'ndc "{shown(text_of(ndc))}" is no NDC of eleven digits')
    if text_of(units) or text_of(per):
        refuse(file, number, "max_units and per stand in a row of their own, without an ndc")
    amounts = (
        amount_of(file, number, size, "pkg_size"),
        amount_of(file, number, per_item, "billunits_per_item"),
    )
    return ndc11, ",,".join(["", ",".join(map(plain, (*amounts, units_each(*amounts))))])
