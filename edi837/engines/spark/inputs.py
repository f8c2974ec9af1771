"""The files of a run as rows of splits."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, NamedTuple, cast

import pyarrow as pa
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it

from edi837.claims.pieces import Read
from edi837.engines.inputs import InputFile
from edi837.engines.spark.files import ContentFile, expand_all, ranges
from edi837.engines.spark.session import open_session
from edi837.engines.spark.splits import SPLIT_SIZE, Split, whole
from edi837.engines.spark.worker import Batches, Step, guarded
from edi837.errors import SourceError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Cut = Callable[[int, InputFile, Read, int], Iterator[Split]]

_SPLITS = pa.schema([pa.field("split", pa.binary())])


class Inputs(NamedTuple):
    """The input of a run."""

    session: SparkSession
    names: Sequence[str]
    """Of each file, by its number in the run, which is its place in the order of input."""
    splits: DataFrame
    """One column: a split that a worker can read by itself."""


def inputs_of(files: DataFrame | Sequence[str], cut: Cut, size: int) -> Inputs:
    """The input that a DataFrame or paths name; files of more than `size` bytes are cut.

    The rows of a DataFrame are taken in the order of their paths. Raises `SourceError` where a path leads to nothing.
    """
    if isinstance(files, (list, tuple)):
        return _of_paths(open_session(), files, cut, size)
    frame = cast("DataFrame", files)
    paths = sorted(row.path for row in frame.select("path").collect())
    double = next((path for path, after in pairwise(paths) if path == after), None)
    if double is not None:
        raise SourceError(f"{double}: stands in the DataFrame twice, and would be checked against itself")
    if "content" not in frame.columns:
        return _of_paths(frame.sparkSession, paths, cut, size)
    if not paths:
        raise SourceError("the DataFrame names no file")
    numbers = frame.sparkSession.createDataFrame(list(enumerate(paths)), "number int, path string")
    rows = frame.select("path", "content").join(F.broadcast(numbers), "path").select("number", "path", "content")
    return Inputs(frame.sparkSession, paths, rows.mapInArrow(guarded(_content_step), "split binary"))


def _of_paths(session: SparkSession, paths: Sequence[str], cut: Cut, size: int) -> Inputs:
    items = expand_all(paths)
    if not items:
        raise SourceError("the DataFrame names no file")
    splits = [whole(number, item) for number, item in enumerate(items)]
    frame = session.createDataFrame([(bytearray(pickle.dumps(split)),) for split in splits], "split binary")
    tasks = max(2, ceil(sum(SPLIT_SIZE if item.size is None else item.size for item in items) / SPLIT_SIZE))
    large = sum(_is_large(item, size) for item in items)
    if large:
        frame = frame.repartition(min(large, tasks)).mapInArrow(guarded(_cut_step(cut, size)), "split binary")
    return Inputs(session, [item.name for item in items], frame.repartition(tasks))


def _cut_step(cut: Cut, size: int) -> Step:
    def step(batches: Batches) -> Batches:
        for batch in batches:
            for packed in batch.column("split"):
                data = packed.as_py()
                split: Split = pickle.loads(data)
                if not _is_large(split.item, size):
                    yield _row(data)
                    continue
                with ranges(split.item) as read:
                    for own in cut(split.file_number, split.item, read, size):
                        yield _row(pickle.dumps(own))

    return step


def _is_large(item: InputFile, size: int) -> bool:
    """Whether a file is to be cut; what is compressed has to be read from its start, and is not."""
    return item.member is None and item.size is not None and item.size > size


def _content_step(batches: Batches) -> Batches:
    for batch in batches:
        for number, path, content in zip(*batch.columns, strict=True):
            item = ContentFile.of(path.as_py(), content.as_py())
            yield _row(pickle.dumps(whole(number.as_py(), item)))


def _row(split: bytes) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([split], pa.binary())], schema=_SPLITS)
