"""Rows as Arrow columns: every type, and numbers at the ends of what a file can say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install '.[spark]')")

from batches import fixture, looked_at
from msgspec import structs
from spark_cases import ORDER, plain

from edi837.engines.spark.schema import DIAGNOSTICS, FINDINGS, LINES, REMITS, Rows, fitted
from edi837.payments import Adjustment
from edi837.tables import FINDING_COLUMNS, LINE_COLUMNS, REMIT_COLUMNS, RemitRow, line_row


def test_a_table_has_the_columns_of_its_contract():
    for table, columns in ((FINDINGS, FINDING_COLUMNS), (LINES, LINE_COLUMNS), (REMITS, REMIT_COLUMNS)):
        assert [field.name for field in table.fields] == [*columns, *ORDER]
    assert [field.name for field in DIAGNOSTICS.fields][:3] == ["code", "severity", "message"]


def test_a_line_as_columns():
    claim = looked_at(fixture("demo"))[0]
    row = line_row(claim, claim.lines[0])
    rows = Rows(LINES)
    rows.add(row, 3, 724, 1)
    [[found]] = rows.take().to_pylist()
    assert found == plain(row) | {"file_number": 3, "claim_offset": 724, "position": 1}
    assert len(rows) == 0
    assert rows.take().to_pylist() == [[]]


def test_adjustments_and_absent_values():
    adjustments = (Adjustment("CO", "97", Decimal("35"), None), Adjustment("PR", "1", Decimal("-0.50"), Decimal(2)))
    nothing = dict.fromkeys(REMIT_COLUMNS)
    row = RemitRow(
        **nothing | {"file": "a", "claim": "P1", "modifiers": ("25",), "charge": Decimal(0), "paid": Decimal("9.5")}
        | {"adjustments": adjustments, "claim_adjustments": (), "remarks": (), "payment_date": date(2026, 4, 2)}
    )  # fmt: skip
    rows = Rows(REMITS)
    rows.add(row, 0, 0, 0)
    [[found]] = rows.take().to_pylist()
    assert {name: found[name] for name in REMIT_COLUMNS} == plain(row)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0.1234565", "0.123456"),
        ("1.5000000", "1.5"),
        ("1234567890123456789012.12345678", "1234567890123456789012.123457"),
        ("9" * 32, "9" * 32),
        ("-.0000001", "0"),
    ],
)
def test_a_number_fits_its_column(sent, kept):
    claim = looked_at(fixture("demo"))[0]
    row = structs.replace(line_row(claim, claim.lines[0]), charge=Decimal(sent))
    rows = Rows(LINES)
    rows.add(row, 0, 0, 0)
    [[found]] = rows.take().to_pylist()
    assert found["charge"] == fitted(Decimal(sent)) == Decimal(kept)
