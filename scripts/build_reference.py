"""Build the reference tables of `edi837.reference` from a folder of source tables.

    python scripts/build_reference.py REFDATA_DIR [OUT_DIR]

Every table is trimmed to what the rules read and names its source in a `source` column (keys of sources.csv,
more than one with semicolons between). The three large ones (ncci, mue, ndc) hold one row for all codes that
share the same values, those codes in the last column: that reads several times faster than a row a code. The
same input always gives the same bytes. A source, a wording or a condition that is not known here stops the
build: provenance is never guessed.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

# Beside this file: Python puts the folder of a script first on its path.
from reference_facts import MANIFESTATIONS, PATIENT_LIMITS, SELF_ADMINISTERED
from reference_sources import EDITIONS, PLANS, SOURCES, source_key

Row = dict[str, str]
Cell = str | Callable[[Row], str]

# NCCI took out the pairs of visits with drug administration for nine months. The source lacks the date on
# which they came back except for the re-read pairs, all of which name this one.
GAP_BEGINS, GAP_ENDS = "2019-12-31", "2020-10-01"
DELETED_ON_ITS_FIRST_DAY = "9"


class Table(NamedTuple):
    """One table to write: its columns, and its rows in the order in which they are written."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def read(folder: Path, name: str) -> list[Row]:
    """The rows of one source table, by column name."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def same(*columns: str) -> dict[str, Cell]:
    """Columns that are those of the source table."""
    return {column: column for column in columns}


def number(column: str) -> Callable[[Row], str]:
    """A cell that is a decimal without needless zeros (1.0 is 1); blank stays blank."""
    return lambda row: f"{Decimal(row[column]).normalize():f}" if row[column] else ""


def flag(column: str, yes: str = "Y") -> Callable[[Row], str]:
    """A cell that is Y where the column says `yes`, and N elsewhere."""
    return lambda row: "Y" if row[column] == yes else "N"


def one_of(column: str, wordings: dict[str, str]) -> Callable[[Row], str]:
    """A cell of a closed vocabulary: the source's wordings and ours."""
    return lambda row: wordings[row[column]]


def patterns(text: str) -> str:
    """ICD-10 patterns, semicolons between, without dots as claims have them; * is any characters."""
    return ";".join(part.replace(".", "") for part in text.split(";") if part)


def key(row: Row) -> str:
    """The key of the source that a row names."""
    return source_key(row["source"])


def plain(folder: Path, name: str, columns: dict[str, Cell]) -> Table:
    """A table with a row for each row of the source table, sorted by the first column."""
    rows = [
        tuple(row[cell] if isinstance(cell, str) else cell(row) for cell in columns.values())
        for row in read(folder, name)
    ]
    return Table(tuple(columns), sorted(rows, key=lambda row: row[0]))


def grouped(codes_by_values: Iterable[tuple[tuple[str, ...], str]], prefix: int) -> list[tuple[str, ...]]:
    """One row for all codes of the same values and first characters, so that a change shows up small."""
    groups: dict[tuple[tuple[str, ...], str], list[str]] = defaultdict(list)
    for values, code in codes_by_values:
        groups[values, code[:prefix]].append(code)
    return [(*values, " ".join(sorted(codes))) for (values, _), codes in sorted(groups.items())]


def succession(folder: Path) -> Table:
    """Ended drug codes, what replaced them, the factor of the units; `also`: others that may be meant."""
    by_old: dict[str, list[Row]] = defaultdict(list)
    for row in read(folder, "code_succession"):
        by_old[row["old_hcpcs"]].append(row)
    rows: list[tuple[str, ...]] = []
    for old, same in sorted(by_old.items()):
        first = same[0]
        named = [row["new_hcpcs"] for row in same] + re.findall(r"\bJ\d{4}\b", first["note"])
        rows.append(
            (
                old,
                first["new_hcpcs"],
                ";".join(dict.fromkeys(code for code in named if code not in (old, first["new_hcpcs"]))),
                first["old_last_valid_dos"],
                first["new_first_valid_dos"],
                number("new_units_per_old_unit")(first),
                first["note"],
                key(first) if first["dates_verified"] == "Y" else "hcpcs-succession-unsure",
            )
        )
    return Table(("old", "new", "also", "old_last", "new_first", "factor", "note", "source"), rows)


def direction(row: Row) -> str:
    """On which side of the NCCI pair with 96372 a visit code stands."""
    return {
        f"col1=96372,col2={row['code']}": "em-column-2",
        f"col1={row['code']},col2=96372": "em-column-1",
        "no Medicare pair": "none",
    }[row["ncci_direction_with_96372"]]


def ncci(folder: Path) -> Table:
    """NCCI procedure-to-procedure pairs of drug administration and its context, with their dates."""
    windows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in read(folder, "ncci_96372"):
        if row["modifier_indicator"] != DELETED_ON_ITS_FIRST_DAY:
            windows[row["column1"], row["column2"]].append(row)
    for pair in windows.values():
        if any(row["deletion"] == GAP_BEGINS for row in pair):
            for row in pair:
                # The later window may have ended since (its code was deleted): it still began after the gap.
                if not row["effective"] and (not row["deletion"] or row["deletion"] > GAP_ENDS):
                    row["effective"] = GAP_ENDS
    # The context file holds active pairs only, without dates: where both have a pair, the dated one is read.
    for row in read(folder, "ncci_injection_context"):
        known = windows.get((row["column1"], row["column2"]))
        if known is None:
            undated = {"effective": "", "deletion": "", "source": "ncci_injection_context"}
            windows[row["column1"], row["column2"]] = [{**row, **undated}]
        elif all(old["deletion"] for old in known):
            raise ValueError(
                f"pair {row['column1']}/{row['column2']} is active in one file and ended in the other"
            )
    shared = ("column2", "modifier_indicator", "effective", "deletion", "rationale")
    pairs = (
        ((*(row[column] for column in shared), key(row)), row["column1"])
        for pair in windows.values()
        for row in pair
    )
    columns = ("column2", "indicator", "effective", "deletion", "rationale", "source", "column1")
    return Table(columns, grouped(pairs, prefix=2))


def mue(folder: Path) -> Table:
    """Medically unlikely edits, practitioner services, a column for each edition."""
    by_code = {
        row["code"]: (row["mue"], row["mai"], "", "", "")
        for row in read(folder, "mue_medicare_practitioner_2024q3_full")
    }
    for row in read(folder, "mue"):
        medicare = (row["mue_medicare_2024q3"], row["mai_2024q3"])
        full = by_code.get(row["code"], ("", ""))[:2]
        if full != medicare:
            raise ValueError(f"the MUE of {row['code']} is {medicare} in one file and {full} in the other")
        later = (row["mue_medicare_2026q4"], row["mai_2026q4"], row["mue_medicaid_2026q1"])
        by_code[row["code"]] = (*medicare, *later)
    editions = ((0, "mue-medicare-2024q3"), (2, "mue-medicare-2026q4"), (4, "mue-medicaid-2026q1"))
    limits = (
        ((*values, ";".join(edition for column, edition in editions if values[column])), code)
        for code, values in by_code.items()
    )
    columns = (
        "medicare_2024q3",
        "mai_2024q3",
        "medicare_2026q4",
        "mai_2026q4",
        "medicaid_2026q1",
        "source",
        "codes",
    )
    return Table(columns, grouped(limits, prefix=2))


def ndc(folder: Path) -> Table:
    """The ASP crosswalk: which HCPCS code an NDC belongs to and how many of its units a package holds."""
    cells = [number("pkg_size"), number("billunits_per_item"), number("hcpcs_units_per_ndc_unit"), key]
    packages = (
        ((row["hcpcs"], *(cell(row) for cell in cells)), row["ndc11"])
        for row in read(folder, "asp_ndc_hcpcs")
    )
    columns = ("hcpcs", "pkg_size", "billunits_per_item", "hcpcs_units_per_ndc_unit", "source", "ndc11")
    return Table(columns, grouped(packages, prefix=0))


def own_words(row: Row) -> str:
    """The meaning of a reason code, blank where nobody wrote one."""
    return "" if row["short_meaning"].startswith("(no own-words text") else row["short_meaning"]


def units_of(condition: str) -> tuple[str, str]:
    """The lowest and highest units that a condition such as `45/90 units` names; blank for none."""
    if condition in ("", "any", "maintenance") or condition.startswith("modifier "):
        return "", ""
    if not re.fullmatch(r"(units )?\d+([-/]\d+)?( units?)?( IM / \d+ SC)?( \(.*\))?", condition):
        raise ValueError(f"condition not understood: {condition!r}")
    figures = [int(figure) for figure in re.findall(r"\d+", condition.partition("(")[0])]
    return str(min(figures)), str(max(figures))


def modifiers_of(row: Row) -> str:
    """The modifiers of a condition such as `modifier EA or EB`, any of which will do."""
    verb, _, modifiers = row["condition"].partition(" ")
    return modifiers.replace(" or ", ";") if verb == "modifier" else ""


def also_of(row: Row) -> str:
    """The second diagnoses of a group such as `B (AND Z79.811 or Z79.818)`: one of them is needed too."""
    return patterns(row["group"].partition(" (AND ")[2].removesuffix(")").replace(" or ", ";"))


def policy_id(row: Row) -> str:
    """A stable id of a payer policy: the payer's name without brackets, and the first rule it is about."""
    name = re.sub(r"\(.*?\)", "", row["payer"]).lower()
    first_rule = re.split(r"[,-]", row["rules"])[0].lower()
    return "-".join([*re.findall(r"[a-z]+", name), first_rule])


def sources(folder: Path) -> Table:
    """Where every row comes from: edition, citation, and whether somebody has opened the source."""
    verified = {
        "verified (opened)": "yes",
        "verified (opened) (opening excerpt only)": "partly",
        "verified (opened) (secondary page)": "partly",
        "partly": "partly",
        "knowledge": "knowledge",
    }
    policies = [
        (policy_id(row), row["effective"], row["source"], verified[row["confidence"]])
        for row in read(folder, "payer_policies")
    ]
    return Table(("key", "edition", "citation", "verified"), sorted([*SOURCES, *policies]))


REASON: dict[str, Cell] = {
    "code": "code",
    "meaning": own_words,
    "category": "category",
    "start": "start_date",
    "end": "end_date",
}

PLAIN: dict[str, tuple[str, dict[str, Cell]]] = {
    "drugs": (
        "injectables",
        {
            **same("hcpcs", "substance"),
            "dose_per_unit": number("dose_per_unit"),
            **same("unit", "unit_basis"),
            "routes": lambda row: ";".join(sorted(row["routes"].split(","))),
            **same("single_dose", "effective_from", "effective_to", "usual_admin"),
            "iv_only": flag("iv_only"),
            "self_administered": flag("descriptor_self_admin_clause"),
            "source": key,
        },
    ),
    "typical_units": (
        "typical_units",
        {
            "hcpcs": "hcpcs",
            "minimum": number("typical_units_min"),
            "maximum": number("typical_units_max"),
            "suspicious": "suspicious_units",
            "explanation": "explanation",
            "source": key,
        },
    ),
    "em": (
        "em_codes",
        {
            **same("code", "family"),
            "direction": direction,
            "indicator": "ncci_modifier_indicator",
            "denies": one_of(
                "which_line_denies", {"E/M": "E/M", "96372": "96372", "none (payer policy only)": "none"}
            ),
            "modifier_25": one_of(
                "modifier25_applicable",
                {
                    "Y (NCCI)": "ncci",
                    "Y (payer convention)": "convention",
                    "Y (payer convention) for 90791/90792; 90833 is an add-on": "convention",
                    "N": "no",
                },
            ),
            "source": key,
        },
    ),
    "pos": (
        "pos",
        {
            "code": "pos",
            "name": "name",
            "facility": flag("pfs_setting", yes="Facility"),
            "payable": "payable_professional_96372",
            "source": key,
        },
    ),
    "carc": ("carc", {**REASON, "counts_as_denial": "counts_as_denial", "source": key}),
    "rarc": ("rarc", {**REASON, "is_alert": "is_alert", "source": key}),
    "drug_interval": (
        "drug_interval",
        {
            **same("hcpcs", "condition"),
            "units_min": lambda row: units_of(row["condition"])[0],
            "units_max": lambda row: units_of(row["condition"])[1],
            "diagnoses": lambda row: patterns(row["dx_scope"]),
            "days": "min_interval_days_soft",
            "schedule": "label_or_usual_schedule",
            "source": key,
        },
    ),
    "drug_dx_policy": (
        "drug_dx_policy",
        {
            **same("hcpcs", "payer_scope", "policy", "effect"),
            "group": lambda row: row["group"].partition(" ")[0],
            "diagnosis": lambda row: patterns(row["icd10_pattern"]),
            "also": also_of,
            "units_min": lambda row: units_of(row["condition"])[0],
            "units_max": lambda row: units_of(row["condition"])[1],
            "modifiers": modifiers_of,
            "note": "note",
            "source": key,
        },
    ),
    "admin_code_map": (
        "admin_code_map",
        {
            **same("product_class", "members"),
            "expected": "expected_admin_codes",
            "wrong": "wrong_admin_codes",
            "source": key,
        },
    ),
    "payer_policies": (
        "payer_policies",
        {
            "id": policy_id,
            "payer": "payer",
            "hint": "payer_hint",
            **same("rules", "requirement", "effective", "confidence"),
            "source": policy_id,
        },
    ),
}
"""By table: the source table and, for each column, the source's column or what makes the cell of it."""


def build(refdata: Path, out: Path) -> None:
    """Write every table from the folder `refdata` into the folder `out`, made if need be."""
    tables = {name: plain(refdata, source, columns) for name, (source, columns) in PLAIN.items()}
    tables |= {make.__name__: make(refdata) for make in (succession, ncci, mue, ndc, sources)}
    tables["plans"] = Table(("plan", "pattern", "source"), list(PLANS))
    tables["manifestations"] = Table(("diagnosis", "causes", "source"), MANIFESTATIONS)
    limits = ("hcpcs", "sex", "months_max", "diagnoses", "lifted_by", "source")
    tables["patient_limits"] = Table(limits, PATIENT_LIMITS)
    tables["self_administered"] = Table(("hcpcs", "source"), SELF_ADMINISTERED)
    tables["manifest"] = Table(("table", "edition"), sorted(EDITIONS.items()))
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(table.rows)
        (out / f"{name}.csv").write_bytes(text.getvalue().encode())


def main(arguments: list[str]) -> int:
    """Build from the command line: 2 on wrong usage."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    default = Path(__file__).resolve().parent.parent / "edi837" / "reference" / "data"
    build(Path(arguments[0]), Path(arguments[1]) if len(arguments) == 2 else default)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
