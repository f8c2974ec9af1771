"""Service lines and service payments: one pass over the splits, rows and diagnostics out."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from edi837.claims.parse import ClaimReader
from edi837.diagnostics import Diagnostic
from edi837.engines.lines import read_lines
from edi837.engines.remits import read_remits
from edi837.engines.spark.files import ranges
from edi837.engines.spark.index import add_diagnostics
from edi837.engines.spark.schema import DIAGNOSTICS, LINES, REMITS, Rows, Table
from edi837.engines.spark.splits import Split
from edi837.engines.spark.worker import Batches, Step
from edi837.model import Claim
from edi837.payments import ClaimPayment
from edi837.remits.parse import PaymentReader
from edi837.remits.transaction import Remittance
from edi837.tables import line_row, remit_rows

_FLUSH = 4_000
"""Rows in one cell of the result: a megabyte or two."""


def extracted(table: Table) -> pa.Schema:
    """The columns of an extraction: rows and diagnostics in cells, and what was counted beside them.

    `claims` and `services` are claim payments and service payments for an 835; `remittances` its transaction sets that
    were read to their end.
    """
    return pa.schema(
        [
            pa.field("rows", pa.list_(table.type)),
            pa.field("diagnostics", pa.list_(DIAGNOSTICS.type)),
            pa.field("claims", pa.int64()),
            pa.field("services", pa.int64()),
            pa.field("remittances", pa.int64()),
        ]
    )


class _Cells:
    """Gathers rows and diagnostics of one split."""

    def __init__(self, table: Table, file_number: int) -> None:
        self.rows, self.diagnostics = Rows(table), list[Diagnostic]()
        self.remittances: list[Remittance] = []
        self._schema, self._file_number = extracted(table), file_number
        self._claims = self._services = 0

    def add_claims(self, claims: Sequence[Claim]) -> None:
        """Adds a row for each line."""
        self._claims += len(claims)
        for claim in claims:
            self._services += len(claim.lines)
            for position, line in enumerate(claim.lines):
                self.rows.add(line_row(claim, line), self._file_number, claim.offset, position)

    def add_payments(self, payments: Sequence[ClaimPayment]) -> None:
        """Adds a row for each service, or for a claim payment without services."""
        self._claims += len(payments)
        for payment in payments:
            self._services += len(payment.services)
            for position, row in enumerate(remit_rows(payment)):
                self.rows.add(row, self._file_number, payment.offset, position)

    def full(self) -> Batches:
        """A batch, once enough has come."""
        if len(self.rows) >= _FLUSH:
            yield self.take()

    def take(self) -> pa.RecordBatch:
        """Everything so far."""
        told = Rows(DIAGNOSTICS)
        add_diagnostics(told, self.diagnostics, self._file_number)
        counts = self._claims, self._services, len(self.remittances)
        self.diagnostics.clear()
        self.remittances.clear()
        self._claims = self._services = 0
        columns = [self.rows.take(), told.take(), *(pa.array([count]) for count in counts)]
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)


def lines_of(split: Split) -> Batches:
    """The service lines of a split."""
    cells = _Cells(LINES, split.file_number)
    batches = (
        read_lines([split.item], on_diagnostic=cells.diagnostics.append)
        if split.pieces is None
        else _claims_of_pieces(split, cells.diagnostics)
    )
    for claims in batches:
        cells.add_claims(claims)
        yield from cells.full()
    yield cells.take()


def remits_of(split: Split) -> Batches:
    """The service payments of a split."""
    cells = _Cells(REMITS, split.file_number)
    batches = (
        read_remits([split.item], on_diagnostic=cells.diagnostics.append, on_remittance=cells.remittances.append)
        if split.pieces is None
        else _payments_of_pieces(split, cells.diagnostics, cells.remittances)
    )
    for payments in batches:
        cells.add_payments(payments)
        yield from cells.full()
    yield cells.take()


def _claims_of_pieces(split: Split, diagnostics: list[Diagnostic]) -> Iterator[list[Claim]]:
    reader = ClaimReader(split.item.name)
    reader.diagnostics = diagnostics
    diagnostics += split.facts.diagnostics if split.facts else []
    assert split.pieces is not None
    with ranges(split.item) as read:
        for piece in split.pieces:
            if not piece.region.oversized:
                yield from map(reader.claims, piece.units(read))


def _payments_of_pieces(
    split: Split, diagnostics: list[Diagnostic], remittances: list[Remittance]
) -> Iterator[list[ClaimPayment]]:
    reader = PaymentReader(split.item.name, diagnostics)
    reader.remittances = remittances
    diagnostics += split.facts.diagnostics if split.facts else []
    assert split.pieces is not None
    with ranges(split.item) as read:
        for piece in split.pieces:
            yield reader.payments(piece.read(read))
    reader.finish()


def extract_step(read: Callable[[Split], Batches]) -> Step:
    """The extraction from splits, for `mapInArrow`."""

    def step(batches: Batches) -> Batches:
        for batch in batches:
            for packed in batch.column("split"):
                yield from read(pickle.loads(packed.as_py()))

    return step
