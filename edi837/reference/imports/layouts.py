"""The columns of the tables that can be imported, as their publishers head them; the order is that of the importers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edi837.reference.imports.published import Column


def _named(*names: str) -> tuple[Column, ...]:
    """Columns that are always headed by their name, in either case."""
    return tuple(Column(name, name.lower()) for name in names)


COLUMNS: Mapping[str, Sequence[Column]] = {
    "ncci-ptp": (
        Column("Column 1", r"column ?1( code)?"),
        Column("Column 2", r"column ?2( code)?"),
        Column("Effective Date", r"effective.*"),
        Column("Deletion Date", r"deletion.*"),
        Column("Modifier", r"modifier.*"),
        Column("PTP Edit Rationale", r".*rationale"),
    ),
    "mue": (
        Column("HCPCS/CPT Code", r"(hcpcs/cpt|cpt/hcpcs) code"),
        Column("Practitioner Services MUE Values", r"practitioner services mue values?"),
        Column("MUE Adjudication Indicator", r"mue adjudication indicator"),
    ),
    "asp-ndc": (
        Column("_2025_CODE", r"_\d{4}_code|hcpcs (level ii )?code.*"),
        Column("NDC2", r"ndc2?"),
        *_named("PKG SIZE", "PKG QTY", "BILLUNITS", "BILLUNITSPKG"),
    ),
    "hcpcs": _named(
        "HCPC", "RECID", "LONG DESCRIPTION", "SHORT DESCRIPTION", "ADD DT", "ACT EFF DT", "TERM DT", "ACTION CD"
    ),
    "payer": _named("payer", "hcpcs", "ndc", "max_units", "per", "pkg_size", "billunits_per_item"),
}
