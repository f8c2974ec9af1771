"""The calls: files in, DataFrames out.

    from edi837.engines.spark.api import check, lines, remits
    with check(spark.read.format("binaryFile").load("s3a://bucket/claims/")) as result:
        result.findings.write.parquet("s3a://bucket/findings")

Files are a DataFrame with the column `path`, whose files the workers open themselves, or with `path` and `content`, for
what only Spark can reach; or a list of paths and URIs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it
from pyspark.sql.pandas.types import from_arrow_schema

from edi837.engines.refdata import RefdataFolder, open_reference
from edi837.engines.spark.check import LOOKED, TOGETHER, look_step, together_step
from edi837.engines.spark.extract import extract_step, extracted, lines_of, remits_of
from edi837.engines.spark.figures import Figures, diagnostics_of, figures_of, told
from edi837.engines.spark.index import INDEX, index_step
from edi837.engines.spark.inputs import Inputs, inputs_of
from edi837.engines.spark.schema import LINES, REMITS, Table
from edi837.engines.spark.splits import SPLIT_SIZE, cut_claims, cut_remits
from edi837.engines.spark.worker import Job, Step, guarded
from edi837.rules import load_rules
from edi837.settings import Settings
from edi837.suppression import Suppressor, open_engine

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from edi837.diagnostics import Diagnostic


_MEMBER_SIZE = 4
_MEMBERS_A_TASK = 5_000
"""Repeated members whose claims are checked in one task, on the average."""


class CheckedFiles:
    """A check on Spark: DataFrames that are worked out when they are read, and once. Leave its block to free them."""

    def __init__(self, inputs: Inputs, job: Job) -> None:
        self._inputs, self._suppressor = inputs, job.suppressor
        reference = open_reference(job.refdata)
        trigger = open_engine(load_rules(), job.settings, reference, job.suppressor).trigger()
        packed = job.packed()
        self._index = _mapped(inputs.splits, index_step(trigger), INDEX).persist()
        repeated = _repeated(self._index)
        looked = _mapped(self._index.select("split", "units"), look_step(packed, repeated), LOOKED)
        self._looked = looked.persist()
        travellers = self._looked.select(F.explode("travellers").alias("row")).select("row.*")
        # A number of its own: by the bytes alone, which are few, Spark would make too few tasks of them or too many.
        tasks = len(repeated) // _MEMBER_SIZE // _MEMBERS_A_TASK + 2
        there = travellers.repartition(tasks, "encounter").sortWithinPartitions("encounter", "file_number", "offset")
        self._together = _mapped(there, together_step(packed), TOGETHER).persist() if repeated else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        for frame in (self._index, self._looked, self._together):
            if frame is not None:
                frame.unpersist()

    @cached_property
    def findings(self) -> DataFrame:
        """A row for each finding: the columns of the JSON contract, and those that give the order back."""
        return _exploded("findings", self._looked, self._together)

    @cached_property
    def diagnostics(self) -> DataFrame:
        """A row for each fault of a file: what the envelope has, and what was found in the claims looked at."""
        return diagnostics_of(self._index, self._looked)

    @cached_property
    def figures(self) -> Figures:
        """The summary, what became of each file, and the diagnostics to show."""
        return figures_of(
            self._inputs.names, self._index, self._looked, self._together, self.findings, self._suppressor
        )


class ExtractedRows:
    """Service lines or service payments on Spark."""

    def __init__(self, inputs: Inputs, step: Step, table: Table) -> None:
        self._inputs = inputs
        self._cells = _mapped(inputs.splits, step, extracted(table)).persist()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._cells.unpersist()

    @cached_property
    def rows(self) -> DataFrame:
        """The rows of the table, and the columns that give the order back."""
        return _exploded("rows", self._cells)

    @cached_property
    def diagnostics(self) -> DataFrame:
        """A row for each fault of a file."""
        return diagnostics_of(self._cells)

    @cached_property
    def counts(self) -> Counts:
        """What was read."""
        row = self._cells.agg(*map(F.sum, Counts._fields)).first()
        assert row is not None
        return Counts(*(value or 0 for value in row))

    @cached_property
    def told(self) -> tuple[Diagnostic, ...]:
        """The diagnostics to show, by file: of each kind the first ones, and the last of them again for the others."""
        return told(self.diagnostics, self._inputs.names)


class Counts(NamedTuple):
    """How much was read."""

    claims: int
    """Claims, or claim payments."""
    services: int
    """Service lines, or service payments."""
    remittances: int
    """835 transaction sets that were read to their end."""


def check(
    files: DataFrame | Sequence[str],
    settings: Settings | None = None,
    *,
    suppressor: Suppressor | None = None,
    refdata: RefdataFolder | None = None,
    split_size: int = SPLIT_SIZE,
) -> CheckedFiles:
    """Checks 837P files as one run; the first pass over them is made at once, the rest when it is read."""
    inputs = inputs_of(files, cut_claims, split_size)
    return CheckedFiles(inputs, Job(settings or Settings(), suppressor, refdata))


def lines(files: DataFrame | Sequence[str], *, split_size: int = SPLIT_SIZE) -> ExtractedRows:
    """The service lines of 837P files: the columns of `edi837 lines`."""
    return ExtractedRows(inputs_of(files, cut_claims, split_size), extract_step(lines_of), LINES)


def remits(files: DataFrame | Sequence[str], *, split_size: int = SPLIT_SIZE) -> ExtractedRows:
    """The service payments of 835 files: the columns of `edi837 remits`."""
    return ExtractedRows(inputs_of(files, cut_remits, split_size), extract_step(remits_of), REMITS)


def _mapped(frame: DataFrame, step: Step, schema: pa.Schema) -> DataFrame:
    return frame.mapInArrow(guarded(step), from_arrow_schema(schema))


def _exploded(column: str, *frames: DataFrame | None) -> DataFrame:
    """The rows in the cells of a column."""
    [first, *others] = [
        frame.select(F.explode(column).alias("row")).select("row.*") for frame in frames if frame is not None
    ]
    for other in others:
        first = first.unionAll(other)
    return first


def _repeated(index: DataFrame) -> bytes:
    """The members with a trigger anywhere who stand in more than one place, sorted, four bytes each.

    All of their claims are checked together, and nobody else's leave the worker that reads them.
    """
    members = index.select(F.explode("members").alias("own")).groupBy("own.member")
    known = members.agg(F.sum("own.units").alias("units"), F.bool_or("own.wanted").alias("wanted"))
    found = known.where("units > 1 and wanted").select("member").toArrow()
    return np.sort(found.column("member").to_numpy()).astype(np.uint32).tobytes()
