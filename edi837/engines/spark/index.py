"""The first pass: the units of every split, and the members with a trigger who stand in more than one place."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from edi837.claims.trigger import Trigger
from edi837.claims.units import NO_MEMBER, RegionUnits, find_units
from edi837.diagnostics import Diagnostic
from edi837.engines.scan import scan_file
from edi837.engines.spark.files import opened, ranges
from edi837.engines.spark.schema import DIAGNOSTICS, Rows
from edi837.engines.spark.splits import Split
from edi837.engines.spark.worker import Batches, Step
from edi837.index import FileIndex

_MEMBER = pa.struct([("member", pa.int64()), ("units", pa.int64()), ("wanted", pa.bool_())])

INDEX = pa.schema(
    [
        pa.field("file_number", pa.int32()),
        pa.field("split", pa.binary()),
        pa.field("units", pa.binary()),
        pa.field("members", pa.list_(_MEMBER)),
        pa.field("size", pa.int64()),
        pa.field("interchanges", pa.int64()),
        pa.field("transactions", pa.int64()),
        pa.field("claims", pa.int64()),
        pa.field("lost", pa.int64()),
        pa.field("diagnostics", pa.list_(DIAGNOSTICS.type)),
    ]
)
"""A row for each split. `units` are its regions with flat arrays of some bytes a unit; `members` those that stand in
it, as checksums, each with its number of units and whether one of them has a trigger."""


def index_split(split: Split, trigger: Trigger) -> FileIndex:
    """The index of a split: its regions; and what the envelope of its file says, in the first split of the file."""
    if split.pieces is None:
        with opened(split.item) as source:
            return scan_file(source, trigger)
    index = split.facts or FileIndex(split.item.name, 0, [], [], 0, 0, 0, 0)
    with ranges(split.item) as read:
        for piece in split.pieces:
            units = find_units(piece.read(read), trigger)
            units.billing_offset, units.billing_size = piece.billing_offset, piece.billing_size
            index.claims += units.claims
            if piece.region.oversized:
                index.lost += units.claims
            elif units.claims or units.triggered:
                index.regions.append(units)
    return index


def index_step(trigger: Trigger) -> Step:
    """The first pass over splits, for `mapInArrow`."""

    def step(batches: Batches) -> Batches:
        for batch in batches:
            for packed in batch.column("split"):
                data = packed.as_py()
                split: Split = pickle.loads(data)
                yield _row(split, data, index_split(split, trigger))

    return step


def _row(split: Split, packed: bytes, index: FileIndex) -> pa.RecordBatch:
    diagnostics = Rows(DIAGNOSTICS)
    add_diagnostics(diagnostics, index.diagnostics, split.file_number)
    members = _members(index.regions)
    values = [
        pa.array([split.file_number], pa.int32()),
        pa.array([packed], pa.binary()),
        pa.array([pickle.dumps(index.regions)], pa.binary()),
        pa.ListArray.from_arrays(pa.array([0, len(members)], pa.int32()), members),
        *(pa.array([each]) for each in (index.size, index.interchanges, index.transactions, index.claims, index.lost)),
        diagnostics.take(),
    ]
    return pa.RecordBatch.from_arrays(values, schema=INDEX)


def add_diagnostics(rows: Rows, diagnostics: Sequence[Diagnostic], file_number: int) -> None:
    """Adds diagnostics in their order."""
    for found in diagnostics:
        rows.add(found, file_number, found.offset or 0, len(rows))


class _Members(NamedTuple):
    """The members of the units of a region."""

    every: npt.NDArray[np.int64]
    wanted: npt.NDArray[np.int64]
    """Those of the units with a trigger."""

    @classmethod
    def of(cls, region: RegionUnits) -> _Members:
        every = np.asarray(region.members, dtype=np.int64)
        return cls(every, every[np.asarray(region.triggered, dtype=np.int64)])


def _members(regions: Sequence[RegionUnits]) -> pa.StructArray:
    found = [_Members.of(region) for region in regions] or [_Members(np.empty(0, np.int64), np.empty(0, np.int64))]
    every, counts = np.unique(np.concatenate([each.every for each in found]), return_counts=True)
    wanted = np.isin(every, np.concatenate([each.wanted for each in found]))
    known = every != NO_MEMBER
    arrays = [pa.array(values[known]) for values in (every, counts.astype(np.int64), wanted)]
    return pa.StructArray.from_arrays(arrays, fields=list(_MEMBER))
