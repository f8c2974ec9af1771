"""The second pass: single places are checked where they are read, those of repeated members meet in a shuffle."""

from __future__ import annotations

import pickle
from collections.abc import Container, Iterator, Sequence
from decimal import Decimal
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from edi837.check import Read, at_risk, in_order
from edi837.claims.parse import ClaimReader
from edi837.claims.units import RegionUnits, Unit
from edi837.diagnostics import Diagnostic
from edi837.engine import Engine, Verdict
from edi837.engines.sources import Files
from edi837.engines.spark.files import opened, ranges
from edi837.engines.spark.index import add_diagnostics
from edi837.engines.spark.schema import DIAGNOSTICS, FINDINGS, SCALE, Rows, fitted
from edi837.engines.spark.splits import Split
from edi837.engines.spark.worker import Batches, Step, engine_of
from edi837.model import Claim, Finding

_FLUSH = 2_000
"""Findings in one cell of the result: some megabytes."""

_CLAIMS = 500
"""Units of repeated members in one batch that travels."""

_READERS = 64
"""Files whose readers are kept by a worker that gets claims from everywhere."""

_COUNTS = [
    pa.field("checked", pa.int64()),
    pa.field("unreadable", pa.int64()),
    pa.field("at_risk", pa.decimal128(38, SCALE)),
    pa.field("crashed", pa.bool_()),
]
TRAVELLER = pa.struct(
    [
        pa.field("encounter", pa.int64()),
        pa.field("file_number", pa.int32()),
        pa.field("offset", pa.int64()),
        pa.field("file", pa.string()),
        pa.field("cut_off", pa.bool_()),
        pa.field("unit", pa.binary()),
    ]
)
"""A unit of a repeated member on its way to the worker that checks its patient: the one thing that is shuffled."""

LOOKED = pa.schema(
    [
        pa.field("file_number", pa.int32()),
        pa.field("findings", pa.list_(FINDINGS.type)),
        pa.field("diagnostics", pa.list_(DIAGNOSTICS.type)),
        pa.field("travellers", pa.list_(TRAVELLER)),
        *_COUNTS,
    ]
)
TOGETHER = pa.schema([pa.field("findings", pa.list_(FINDINGS.type)), *_COUNTS])


def encounter_key(claim: Claim) -> int:
    """The shuffle's key: what `Engine.check` groups by, patient and billing provider, as a number that names nobody.

    Two keys that are the same by chance do no harm: the engine tells their patients apart.
    """
    identity = msgspec.msgpack.encode((claim.patient, claim.billing_npi or claim.billing_tax_id))
    return int.from_bytes(blake2b(identity, digest_size=8).digest(), "big", signed=True)


class _Owner(NamedTuple):
    """Where a claim comes from, and in what state."""

    file_number: int
    cut_off: bool
    """Whether the file ends in it."""
    damaged: bool
    """Whether it could not be read whole."""

    @classmethod
    def of(cls, file_number: int, claims: Sequence[Claim], damaged: Container[int], *, cut_off: bool) -> list[_Owner]:
        """Those of the claims of one unit; where the file ends in it, that is in the last one."""
        last = len(claims) - 1 if cut_off else -1
        return [cls(file_number, index == last, index == last or index in damaged) for index in range(len(claims))]


class _Result:
    """Gathers what the check of claims gives, in the columns of `TOGETHER`."""

    def __init__(self, engine: Engine) -> None:
        self.findings = Rows(FINDINGS)
        self.engine = engine
        self._reset()

    def _reset(self) -> None:
        self.unreadable = self._checked = 0
        self._at_risk = Decimal(0)
        self.engine.crashed = False

    def add(self, claim: Claim, own: list[Finding], file_number: int, *, checked: bool) -> None:
        """Takes a claim that was looked at; `checked` is one that a rule could speak about and that was read whole."""
        self._checked += checked
        if not own:
            return
        for position, finding in enumerate(in_order(own, claim)):
            self.findings.add(finding, file_number, claim.offset, position)
        self._at_risk += at_risk(claim, own)

    def take(self) -> tuple[pa.Array, list[pa.Array]]:
        """The findings so far in one cell, and the figures."""
        counts = (self._checked, self.unreadable, fitted(self._at_risk), self.engine.crashed)
        columns = [pa.array([value], field.type) for value, field in zip(counts, _COUNTS, strict=True)]
        self._reset()
        return self.findings.take(), columns


class _Look:
    """The look at the splits of one partition."""

    def __init__(self, engine: Engine, repeated: npt.NDArray[np.int64]) -> None:
        self._engine = engine
        self._repeated = repeated

    def split(self, split: Split, regions: Sequence[RegionUnits]) -> Batches:
        """The second pass over one split."""
        if not regions:
            return
        if split.pieces is None:
            with opened(split.item) as source, Files([source]) as files:
                yield from self._regions(split, regions, files.read)
        else:
            with ranges(split.item) as read:
                yield from self._regions(split, regions, lambda _, offset, size: read(offset, size))

    def _regions(self, split: Split, regions: Sequence[RegionUnits], read: Read) -> Batches:
        reader = ClaimReader(split.item.name)
        result, travellers = _Result(self._engine), list[dict[str, object]]()
        for region in regions:
            last = len(region.starts) - 1 if region.cut_off else -1
            members = np.asarray(region.members, dtype=np.int64)
            repeated = set(np.flatnonzero(_is_in(members, self._repeated)).tolist())
            numbers = sorted(repeated.union(region.triggered, [last] if last >= 0 else []))
            if not numbers:
                continue
            data = read(0, region.offset, region.size)
            billing = read(0, region.billing_offset, region.billing_size) if region.billing_size else b""
            for number, unit in region.units(data, 0, numbers, billing):
                claims = reader.claims(unit)
                owners = _Owner.of(split.file_number, claims, reader.damaged, cut_off=number == last)
                result.unreadable += sum(owner.damaged for owner in owners)
                if number in repeated:
                    travellers += _travellers(split, unit, claims, cut_off=number == last)
                else:
                    _take(result, claims, owners, self._engine.check(claims))
            if len(result.findings) >= _FLUSH or len(travellers) >= _CLAIMS:
                yield self._row(split, result, reader.diagnostics, travellers)
        yield self._row(split, result, reader.diagnostics, travellers)

    def _row(
        self, split: Split, result: _Result, diagnostics: list[Diagnostic], travellers: list[dict[str, object]]
    ) -> pa.RecordBatch:
        told = Rows(DIAGNOSTICS)
        add_diagnostics(told, diagnostics, split.file_number)
        findings, counts = result.take()
        columns = [
            pa.array([split.file_number], pa.int32()),
            findings,
            told.take(),
            pa.array([travellers], pa.list_(TRAVELLER)),
            *counts,
        ]
        diagnostics.clear()
        travellers.clear()
        return pa.RecordBatch.from_arrays(columns, schema=LOOKED)


def _is_in(members: npt.NDArray[np.int64], known: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of the members are among some known ones, which are sorted."""
    if not len(known):
        return np.zeros(len(members), np.bool_)
    at = np.minimum(np.searchsorted(known, members), len(known) - 1)
    found: npt.NDArray[np.bool_] = known[at] == members
    return found


def _travellers(split: Split, unit: Unit, claims: Sequence[Claim], *, cut_off: bool) -> Iterator[dict[str, object]]:
    """A unit of a repeated member, once for each patient and billing provider in it."""
    packed = msgspec.msgpack.encode(unit)
    for key in sorted({encounter_key(claim) for claim in claims}):
        yield {
            "encounter": key,
            "file_number": split.file_number,
            "offset": unit.offset,
            "file": split.item.name,
            "cut_off": cut_off,
            "unit": packed,
        }


def _take(result: _Result, claims: Sequence[Claim], owners: Sequence[_Owner], verdict: Verdict) -> None:
    """Adds what the engine says of some claims."""
    own: dict[int, list[Finding]] = {}
    for index, finding in verdict.findings:
        own.setdefault(index, []).append(finding)
    for index, (claim, owner) in enumerate(zip(claims, owners, strict=True)):
        # What is missing of a claim that the file's end cuts off would be held against it.
        findings = [] if owner.cut_off else own.get(index, [])
        result.add(claim, findings, owner.file_number, checked=index in verdict.checked and not owner.damaged)


def look_step(job: bytes, repeated: bytes) -> Step:
    """The second pass over indexed splits, for `mapInArrow`; `repeated` are sorted members of four bytes each."""

    def step(batches: Batches) -> Batches:
        known = np.frombuffer(repeated, dtype=np.uint32).astype(np.int64)
        look = _Look(engine_of(job), known)
        for batch in batches:
            for packed, units in zip(batch.column("split"), batch.column("units"), strict=True):
                yield from look.split(pickle.loads(packed.as_py()), pickle.loads(units.as_py()))

    return step


class _Readers:
    """Reads units from any file; what they have in common is one object, by which a reader knows it again."""

    def __init__(self) -> None:
        self._readers: dict[str, ClaimReader] = {}
        self._known: dict[object, object] = {}
        self._decoder = msgspec.msgpack.Decoder(Unit)

    def claims(self, file: str, packed: bytes) -> tuple[list[Claim], set[int]]:
        """The claims of a packed unit, and which of them could not be read whole."""
        if len(self._readers) > _READERS:
            self._readers.clear()
            self._known.clear()
        unit = self._decoder.decode(packed)
        unit = msgspec.structs.replace(
            unit,
            transaction=self._known.setdefault(unit.transaction, unit.transaction),
            delimiters=self._known.setdefault(unit.delimiters, unit.delimiters),
        )
        reader = self._readers.get(file) or self._readers.setdefault(file, ClaimReader(file))
        claims = reader.claims(unit)
        # They were told where the unit was read first.
        reader.diagnostics.clear()
        return claims, set(reader.damaged)


def together_step(job: bytes) -> Step:
    """The check of repeated members, for `mapInArrow` over travellers sorted by encounter, file and offset.

    A partition is a stream: the claims of one patient with one billing provider are in memory at a time.
    """

    def step(batches: Batches) -> Batches:
        engine, readers = engine_of(job), _Readers()
        result = _Result(engine)
        for key, travellers in groupby(_rows(batches), key=attrgetter("encounter")):
            claims: list[Claim] = []
            owners: list[_Owner] = []
            for traveller in travellers:
                found, damaged = readers.claims(traveller.file, traveller.unit)
                of_unit = _Owner.of(traveller.file_number, found, damaged, cut_off=traveller.cut_off)
                for claim, owner in zip(found, of_unit, strict=True):
                    if encounter_key(claim) == key:
                        claims.append(claim)
                        owners.append(owner)
            _take(result, claims, owners, engine.check(claims))
            if len(result.findings) >= _FLUSH:
                yield _together_row(result)
        yield _together_row(result)

    return step


def _together_row(result: _Result) -> pa.RecordBatch:
    findings, counts = result.take()
    return pa.RecordBatch.from_arrays([findings, *counts], schema=TOGETHER)


class _Traveller(NamedTuple):
    """A row of travellers, in the order of its columns."""

    encounter: int
    file_number: int
    offset: int
    file: str
    cut_off: bool
    unit: bytes


def _rows(batches: Batches) -> Iterator[_Traveller]:
    for batch in batches:
        yield from map(_Traveller._make, zip(*(column.to_pylist() for column in batch.columns), strict=True))
