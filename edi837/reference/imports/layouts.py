"""The columns of the tables that can be imported, as their publishers head them; the order is that of the importers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edi837.reference.imports.published import Column

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
        Column("PKG SIZE", r"pkg size"),
        Column("PKG QTY", r"pkg qty"),
        Column("BILLUNITS", r"billunits"),
        Column("BILLUNITSPKG", r"billunitspkg"),
    ),
    "hcpcs": (
        Column("HCPC", r"hcpc"),
        Column("RECID", r"recid"),
        Column("LONG DESCRIPTION", r"long description"),
        Column("SHORT DESCRIPTION", r"short description"),
        Column("ADD DT", r"add dt"),
        Column("ACT EFF DT", r"act eff dt"),
        Column("TERM DT", r"term dt"),
        Column("ACTION CD", r"action cd"),
    ),
    "payer": (
        Column("payer", r"payer"),
        Column("hcpcs", r"hcpcs"),
        Column("ndc", r"ndc"),
        Column("max_units", r"max_units"),
        Column("per", r"per"),
        Column("pkg_size", r"pkg_size"),
        Column("billunits_per_item", r"billunits_per_item"),
    ),
}
