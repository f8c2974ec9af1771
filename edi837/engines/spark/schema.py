"""The columns of every table as Arrow types, taken from the values themselves, and rows turned into columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Context, Decimal
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pyarrow as pa
from msgspec import structs

from edi837.diagnostics import Diagnostic
from edi837.model import Finding, Severity
from edi837.tables import LineRow, RemitRow

SCALE = 6
"""Decimal places of money and quantities; X12 sends three at most. What has more is rounded half to even."""

_SIMPLE = {
    str: pa.string(),
    int: pa.int64(),
    bool: pa.bool_(),
    date: pa.date32(),
    Decimal: pa.decimal128(38, SCALE),
    Severity: pa.string(),
}
_QUANTUM = Decimal(1).scaleb(-SCALE)
_EXACT = Context(prec=38)

ORDER = (
    pa.field("file_number", pa.int32()),
    pa.field("claim_offset", pa.int64()),
    pa.field("position", pa.int32()),
)
"""The columns that every table ends with: sorted by them, its rows stand in input order.

The number of the file in the run, the byte offset of the claim (CLM or CLP), and the position within the claim.
"""


def _arrow(hint: Any) -> pa.DataType:
    """The Arrow type of a field's annotation."""
    if isinstance(hint, UnionType):
        [hint] = [each for each in get_args(hint) if each is not NoneType]
    if get_origin(hint) is tuple:
        return pa.list_(_arrow(get_args(hint)[0]))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return pa.struct([(name, _arrow(each)) for name, each in _hints(hint).items()])
    return _SIMPLE[hint]


def _hints(row: type[msgspec.Struct]) -> dict[str, Any]:
    hints = get_type_hints(row)
    return {name: hints[name] for name in row.__struct_fields__}


def fitted(value: Decimal) -> Decimal:
    """The number with as many decimal places as the columns have."""
    exponent = value.as_tuple().exponent
    return value.quantize(_QUANTUM, context=_EXACT) if isinstance(exponent, int) and exponent < -SCALE else value


def _plain(value: Any) -> Any:
    """A value as Arrow takes it."""
    if isinstance(value, Decimal):
        return fitted(value)
    if isinstance(value, Severity):
        return value.value
    if isinstance(value, msgspec.Struct):
        return {name: _plain(each) for name, each in structs.asdict(value).items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _converter(kind: pa.DataType, hint: Any) -> Callable[[Any], Any] | None:
    """What has to be done to a column's values; None where Arrow takes them as they are."""
    is_structs = pa.types.is_list(kind) and pa.types.is_struct(kind.value_type)
    return _plain if hint is Severity or pa.types.is_decimal(kind) or is_structs else None


class Table:
    """The columns of one table: those of its values, and the order columns behind them."""

    def __init__(self, row: type[msgspec.Struct]) -> None:
        hints = _hints(row)
        kinds = {name: _arrow(hint) for name, hint in hints.items()}
        self.names = tuple(hints)
        self.fields = (*(pa.field(name, kind) for name, kind in kinds.items()), *ORDER)
        self.type = pa.struct(self.fields)
        self._columns = [(name, kinds[name], _converter(kinds[name], hint)) for name, hint in hints.items()]

    def array(self, rows: Sequence[msgspec.Struct], places: Sequence[tuple[int, int, int]]) -> pa.StructArray:
        """The rows, each with its place in the run, as one array of structs."""
        columns = []
        for name, kind, convert in self._columns:
            values = [getattr(row, name) for row in rows]
            columns.append(pa.array(map(convert, values) if convert else values, kind, size=len(values)))
        for index, field in enumerate(ORDER):
            columns.append(pa.array([place[index] for place in places], field.type))
        return pa.StructArray.from_arrays(columns, fields=self.fields)


FINDINGS = Table(Finding)
LINES = Table(LineRow)
REMITS = Table(RemitRow)
DIAGNOSTICS = Table(Diagnostic)
"""Its claim_offset is the byte offset of the fault, 0 where it has none; its position that among those of its split."""


class Rows:
    """Gathers the rows of one table."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._rows: list[msgspec.Struct] = []
        self._places: list[tuple[int, int, int]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: msgspec.Struct, file_number: int, offset: int, position: int) -> None:
        """Takes a row with its place in the run."""
        self._rows.append(row)
        self._places.append((file_number, offset, position))

    def take(self) -> pa.ListArray:
        """All rows so far as the one cell of a column, and none from now on."""
        values = self.table.array(self._rows, self._places)
        self._rows, self._places = [], []
        return pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)
