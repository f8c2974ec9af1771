"""Write made-up reference files in the layouts of CMS, for tests and measurements of `edi837 refdata import`.

    python scripts/generate_refdata.py KIND OUT_DIR [--form txt|csv|xlsx] [--rows N] [--quarter 2026q3] [--seed 1]
    python scripts/generate_refdata.py ncci-ptp OUT_DIR --damage bad-date
    python scripts/generate_refdata.py mue OUT_DIR --builtin

Without --rows a file has as many as CMS's (2.5 million pairs in four parts). --builtin writes the facts of the built-in
table instead of made-up ones; --damage spoils the file in one way. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from generate.published_layouts import (
    FORMS,
    diagnosis_lines,
    file_name,
    hcpcs_cells,
    hcpcs_lines,
    table,
    write_lines,
    write_table,
)
from generate.reference_files import (
    DiagnosisRow,
    HcpcsRow,
    Quarter,
    Row,
    asp_rows,
    diagnosis_rows,
    hcpcs_rows,
    mue_rows,
    ptp_rows,
)

FULL = {"ncci-ptp": 2_500_000, "mue": 14_700, "asp-ndc": 7_000, "hcpcs": 8_200, "icd10": 98_000, "payer": 200}
"""About as many rows as the files of 2024 to 2026 have."""

PARTS = {"ncci-ptp": 4}
DATA = Path(__file__).resolve().parent.parent / "edi837" / "reference" / "data"


def write_files(
    kind: str, out: Path, *, form: str = "", rows: int = 0, quarter: str = "2026q3", seed: int = 1, parts: int = 0
) -> list[Path]:
    """Writes one edition of a kind, made up from the seed; gives the paths of its files."""
    made = Quarter.of(quarter)
    form, count = form or FORMS[kind][0], rows or FULL[kind]
    return _write(kind, out, form, made, _made_up(kind, count, seed, made), parts or PARTS.get(kind, 1), count)


def write_builtin(kind: str, out: Path, *, form: str = "", quarter: str = "2026q3") -> list[Path]:
    """Writes the facts of a built-in table; a date that it does not know is the first of 1996."""
    facts = _BUILTIN[kind]()
    return _write(kind, out, form or FORMS[kind][0], Quarter.of(quarter), facts, 1, len(facts))


def _made_up(kind: str, count: int, seed: int, quarter: Quarter) -> Iterable[tuple[object, ...]]:
    makers: dict[str, Callable[[], Iterable[tuple[object, ...]]]] = {
        "ncci-ptp": lambda: ptp_rows(count, seed, quarter),
        "mue": lambda: mue_rows(count, seed),
        "asp-ndc": lambda: asp_rows(count, seed),
        "hcpcs": lambda: hcpcs_rows(count, seed),
        "icd10": lambda: diagnosis_rows(count, seed),
        "payer": lambda: _payer_rows(count, seed),
    }
    return makers[kind]()


def _payer_rows(count: int, seed: int) -> Iterator[Row]:
    packages = asp_rows(count - count // 2, seed)
    for code, units, *_ in mue_rows(count // 2, seed):
        yield ("60054", code, "", units, "day", "", "", "")
    for code, _, _, ndc, _, _, size, _, per_item, _ in packages:
        yield ("60054", code, ndc, "", "", size, per_item, "")


def _write(
    kind: str, out: Path, form: str, quarter: Quarter, rows: Iterable[tuple[object, ...]], parts: int, count: int
) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    stream = iter(rows)
    for part in range(1, parts + 1):
        path = out / file_name(kind, quarter, form, part)
        # The last part takes whatever is left.
        _write_one(kind, path, quarter, stream if part == parts else _some(stream, count // parts))
        paths.append(path)
    return paths


def _some(rows: Iterator[tuple[object, ...]], count: int) -> Iterator[tuple[object, ...]]:
    for _, row in zip(range(count), rows, strict=False):
        yield row


def _write_one(kind: str, path: Path, quarter: Quarter, rows: Iterable[tuple[object, ...]]) -> None:
    if kind == "icd10":
        write_lines(path, diagnosis_lines(row for row in rows if isinstance(row, DiagnosisRow)))
    elif kind == "hcpcs":
        codes = (row for row in rows if isinstance(row, HcpcsRow))
        if path.suffix == ".txt":
            write_lines(path, hcpcs_lines(codes))
        else:
            write_table(path, table(kind, hcpcs_cells(codes), quarter))  # type: ignore[arg-type]
    else:
        write_table(path, table(kind, rows, quarter))  # type: ignore[arg-type]


# The facts of the built-in tables


def _read(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _builtin_pairs() -> list[Row]:
    return sorted(
        (
            column1,
            row["column2"],
            " " if row["effective"] else "*",
            row["effective"].replace("-", "") or "19960101",
            row["deletion"].replace("-", "") or "*",
            row["indicator"],
            row["rationale"],
        )
        for row in _read("ncci")
        for column1 in row["column1"].split(" ")
    )


def _builtin_limits() -> list[Row]:
    edits = {"1": "1 Line Edit", "2": "2 Date of Service Edit: Policy", "3": "3 Date of Service Edit: Clinical"}
    limits = []
    for row in _read("mue"):
        units, indicator = row["medicare_2026q4"], row["mai_2026q4"]
        if not units:
            units, indicator = row["medicare_2024q3"], row["mai_2024q3"]
        limits += [(code, units, edits[indicator], "Clinical: Data") for code in row["codes"].split(" ") if units]
    return sorted(limits)


def _builtin_packages() -> list[Row]:
    return sorted(
        (
            *(row["hcpcs"], "", "", f"{ndc[:5]}-{ndc[5:9]}-{ndc[9:]}", "", ""),
            *(row["pkg_size"], "1", row["billunits_per_item"], row["billunits_per_item"]),
        )
        for row in _read("ndc")
        for ndc in row["ndc11"].split(" ")
    )


def _builtin_codes() -> list[HcpcsRow]:
    return [
        HcpcsRow(
            row["hcpcs"],
            f"Injection, {row['substance']}, per {row['dose_per_unit']} {row['unit']}",
            row["substance"],
            row["effective_from"].replace("-", ""),
            row["effective_from"].replace("-", ""),
            row["effective_to"].replace("-", ""),
            "N",
        )
        for row in _read("drugs")
        if row["effective_from"] and row["unit_basis"] == "per" and row["hcpcs"][0].isalpha()
    ]


_BUILTIN: dict[str, Callable[[], list[Row] | list[HcpcsRow]]] = {
    "ncci-ptp": _builtin_pairs,
    "mue": _builtin_limits,
    "asp-ndc": _builtin_packages,
    "hcpcs": _builtin_codes,
}


# Damage


def _spoiled(spoil: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_bytes(b"".join(spoil(path.read_bytes().splitlines(keepends=True))))

    return damage


def _replaced(old: bytes, new: bytes) -> Callable[[list[bytes]], list[bytes]]:
    def spoil(lines: list[bytes]) -> list[bytes]:
        """Spoils the last line in which the bytes stand."""
        place = max(number for number, line in enumerate(lines) if old in line)
        return [*lines[:place], lines[place].replace(old, new, 1), *lines[place + 1 :]]

    return spoil


def _cut(path: Path) -> None:
    data = path.read_bytes()
    # Not where a record of fixed width ends: no reader could tell.
    path.write_bytes(data[: len(data) * 2 // 3 - 13])


DAMAGES: dict[str, Callable[[Path], None]] = {
    "truncated": _cut,
    "no-header": _spoiled(lambda lines: lines[-3:]),
    "bad-date": _spoiled(_replaced(b"0101", b"1301")),
    "bad-modifier": _spoiled(_replaced(b"\t1\t", b"\t7\t")),
    "short-row": _spoiled(lambda lines: [*lines[:-1], lines[-1].replace(b"\t", b" ").replace(b",", b" ")]),
    "empty": _spoiled(lambda lines: []),
}
"""Ways to spoil a file in place; those that name bytes are for text."""


def main(arguments: list[str]) -> int:
    """Writes the files that the command line asks for, and names them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=list(FORMS))
    parser.add_argument("out", type=Path)
    parser.add_argument("--form", default="")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--quarter", default="2026q3")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--builtin", action="store_true")
    parser.add_argument("--damage", choices=list(DAMAGES))
    asked = parser.parse_args(arguments)
    if asked.form not in ("", *FORMS[asked.kind]):
        parser.error(f"{asked.kind} comes as {' or '.join(FORMS[asked.kind])}")
    if asked.builtin and asked.kind not in _BUILTIN:
        parser.error(f"there is no built-in table for {asked.kind}")
    if asked.builtin:
        paths = write_builtin(asked.kind, asked.out, form=asked.form, quarter=asked.quarter)
    else:
        paths = write_files(
            asked.kind, asked.out, form=asked.form, rows=asked.rows, quarter=asked.quarter, seed=asked.seed
        )
    if asked.damage:
        DAMAGES[asked.damage](paths[-1])
    for path in paths:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
