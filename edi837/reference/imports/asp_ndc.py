"""The crosswalk from NDC to HCPCS of CMS's drug pricing: `July 2026 ASP NDC-HCPCS Crosswalk.xlsx` or .csv."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from edi837.errors import SourceError
from edi837.reference.dosing import NDC_COLUMNS
from edi837.reference.imports.layouts import COLUMNS
from edi837.reference.imports.published import (
    Imported,
    PublishedFile,
    amount_of,
    ndc_of,
    procedure,
    refuse,
    shown,
    table_rows,
    text_of,
)

_SIX_PLACES = Decimal("0.000001")


def read_packages(files: Sequence[PublishedFile]) -> Imported:
    """The table of the packages in the files."""
    packages: dict[tuple[str, str], tuple[str, ...]] = {}
    odd: list[str] = []
    for file in files:
        for number, (code, ndc, size, quantity, per_item, per_package) in table_rows(file, COLUMNS, "asp-ndc"):
            hcpcs = procedure(file, number, code, "HCPCS code")
            amounts = (
                amount_of(file, number, size, "PKG SIZE"),
                amount_of(file, number, per_item, "BILLUNITS"),
            )
            amount_of(file, number, quantity, "PKG QTY")
            amount_of(file, number, per_package, "BILLUNITSPKG")
            ndc11 = ndc_of(ndc)
            if ndc11 is None:
                # Devices that are billed like drugs have numbers of other kinds.
                odd.append(f'"{shown(text_of(ndc))}" (row {number})')
                continue
            package = tuple(map(plain, (*amounts, units_each(*amounts))))
            if packages.setdefault((hcpcs, ndc11), package) != package:
                refuse(file, number, f"NDC {ndc11} has two different sizes under {hcpcs}")
    if not packages:
        raise SourceError(f"{files[-1].name}: no package stands below the header")
    by_size: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for (hcpcs, ndc11), package in sorted(packages.items()):
        by_size[hcpcs, *package, ""].append(ndc11)
    lines = [",".join([*values, " ".join(ndcs)]) for values, ndcs in sorted(by_size.items())]
    left = (f"{len(odd)} without an NDC of eleven digits left out: {', '.join(odd[:3])}",) if odd else ()
    return Imported(len(packages), ["\n".join([NDC_COLUMNS, *lines, ""]).encode()], notes=left)


def units_each(size: Decimal, per_item: Decimal) -> Decimal:
    """Billing units in one mL, or in one vial of powder: by the units and the size of one item."""
    return (per_item / size).quantize(_SIX_PLACES)


def plain(number: Decimal) -> str:
    """A number without needless zeros."""
    return f"{number.normalize():f}"
