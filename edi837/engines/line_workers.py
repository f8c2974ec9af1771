"""The service lines of files, read and encoded by several processes: the same bytes, in the same order.

One process reads the envelope of a large file and hands out its regions; the rows come back through files. What is
compressed, and the standard input, can only be read from its start: it is read where it streams in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from edi837.claims.parse import ClaimReader
from edi837.claims.pieces import OpenProvider, Piece
from edi837.claims.starts import UNIT_BOUNDARY
from edi837.claims.units import refuse_other_than_professional_claims
from edi837.diagnostics import Diagnostic
from edi837.engines.handover import Handover, leaving
from edi837.engines.inputs import InputFile
from edi837.engines.lines import batches, read_lines
from edi837.engines.pool import process_pool
from edi837.engines.scan import Progress
from edi837.engines.sources import Files, Source
from edi837.model import Claim
from edi837.reporters.rows import ROW_WRITERS, RowWriter
from edi837.tables import line_row
from edi837.x12.envelope import EnvelopeReader

if TYPE_CHECKING:
    from concurrent.futures import Future

_CUT_ABOVE = 8 << 20
"""Bytes of a file that is cut; what is smaller is read whole by one process."""


class Encoded(NamedTuple):
    """Some service lines."""

    data: bytes
    """As a row writer encodes them."""
    claims: int
    rows: int


Told = tuple[Iterable[Encoded], list[Diagnostic]]
"""Rows, and the diagnostics of their claims."""


class Left(NamedTuple):
    """What a task has read."""

    file: str
    """Where it has left the rows."""
    parts: list[tuple[int, int, int]]
    """(bytes, claims, rows) of each part of them, in their order."""
    diagnostics: list[Diagnostic]


def read_encoded(
    inputs: Sequence[InputFile],
    form: str,
    *,
    jobs: int,
    on_diagnostic: Callable[[Diagnostic], None],
    progress: Progress | None = None,
) -> Iterator[Encoded]:
    """Every service line of the inputs, encoded in a form of `ROW_WRITERS`, in input order."""
    if jobs == 1:
        writer = ROW_WRITERS[form]()
        for batch in read_lines(inputs, on_diagnostic=on_diagnostic, progress=progress):
            yield _encoded(batch, writer)
        return
    done = claims = 0
    with _Pool(inputs, form, jobs) as pool:
        for number, item in enumerate(inputs):
            # What others may read meanwhile is begun before this one is waited for.
            pool.begin(number)
            for size, (encoded, told) in pool.of(number, item):
                for rows in encoded:
                    claims += rows.claims
                    yield rows
                for found in told:
                    on_diagnostic(found)
                done += size
                if progress:
                    progress(done, claims)


class _Pool:
    """Worker processes for the files of one run; few tasks are out at a time."""

    def __init__(self, inputs: Sequence[InputFile], form: str, jobs: int) -> None:
        self._inputs = inputs
        self._form = form
        self._most_out = 2 * jobs
        self._small: deque[tuple[int, Future[Left]]] = deque()
        self._begun = 0
        self._handover = Handover()
        self._sources = [Source(item.name, item.path or "", "") for item in inputs]
        self._pool = process_pool(jobs, _start, self._sources, inputs, form)

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *failure: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._handover.close()

    def begin(self, number: int) -> None:
        """Hands out the small files from one on, as far ahead as tasks may be out."""
        self._begun = max(self._begun, number)
        while self._begun < len(self._inputs) and len(self._small) <= self._most_out:
            if _is_small(self._inputs[self._begun]):
                self._small.append((self._begun, self._pool.submit(_read_file, self._handover.file(), self._begun)))
            elif self._begun > number:
                break
            self._begun += 1

    def of(self, number: int, item: InputFile) -> Iterator[tuple[int, Told]]:
        """What is read of one file, with the bytes that it comes from."""
        if self._small and self._small[0][0] == number:
            yield item.size or 0, self._told(self._small.popleft()[1])
        elif item.path is None:
            writer = ROW_WRITERS[self._form]()
            told: list[Diagnostic] = []
            for batch in read_lines([item], on_diagnostic=told.append):
                yield 0, ([_encoded(batch, writer)], told[:])
                told.clear()
            yield 0, ([], told)
        else:
            yield from self._cut(number)

    def _cut(self, number: int) -> Iterator[tuple[int, Told]]:
        """What is read of a large file: a task for each chunk of it."""
        source = self._sources[number]
        envelope = EnvelopeReader(source.name, refuse_other_than_professional_claims, UNIT_BOUNDARY)
        provider = OpenProvider()
        out: deque[tuple[int, list[Diagnostic], Future[Left]]] = deque()

        def take(chunk: bytes | None) -> None:
            regions = envelope.close() if chunk is None else envelope.feed(chunk)
            pieces = [Piece.of(region, provider.before(region)).with_units(region) for region in regions]
            wanted = [piece for piece in pieces if not piece.region.oversized]
            told = envelope.diagnostics[:]
            envelope.diagnostics.clear()
            found = self._pool.submit(_read_pieces, self._handover.file(), number, wanted)
            out.append((len(chunk or b""), told, found))

        def next_out() -> tuple[int, Told]:
            size, told, found = out.popleft()
            encoded, faults = self._told(found)
            return size, (encoded, told + faults)

        error, fed = None, 0
        try:
            for done in source.feed(take):
                fed = done
                while len(out) > self._most_out:
                    yield next_out()
        except OSError as failure:
            error = failure
        take(None)
        while out:
            yield next_out()
        failed = source.failed(error, fed)
        if failed:
            yield 0, ([], [failed])

    def _told(self, found: Future[Left]) -> Told:
        left = found.result()
        data = self._handover.take(left.file, [size for size, _, _ in left.parts])
        counts = ((claims, rows) for _, claims, rows in left.parts)
        return (Encoded(part, *counted) for part, counted in zip(data, counts, strict=True)), left.diagnostics


def _is_small(item: InputFile) -> bool:
    return item.path is not None and (item.size or 0) <= _CUT_ABOVE


def _encoded(claims: Sequence[Claim], writer: RowWriter) -> Encoded:
    rows = [line_row(claim, line) for claim in claims for line in claim.lines]
    return Encoded(writer.encoded(rows), len(claims), len(rows))


# In the workers -------------------------------------------------------------------------------------------------------


class _Worker:
    """What a worker process keeps from task to task."""

    def __init__(self, sources: Sequence[Source], inputs: Sequence[InputFile], form: str) -> None:
        self.inputs = inputs
        self.files = Files(sources)
        self.writer = ROW_WRITERS[form]()
        self._number = -1
        self._reader: ClaimReader

    def reader(self, number: int) -> ClaimReader:
        """The reader of the claims of a file; it remembers what neighbouring claims share."""
        if number != self._number:
            self._number, self._reader = number, ClaimReader(self.inputs[number].name)
        return self._reader


_worker: _Worker


def _start(sources: Sequence[Source], inputs: Sequence[InputFile], form: str) -> None:
    global _worker
    _worker = _Worker(sources, inputs, form)


def _read_file(file: str, number: int) -> Left:
    told: list[Diagnostic] = []
    return _left(file, read_lines([_worker.inputs[number]], on_diagnostic=told.append), told)


def _read_pieces(file: str, number: int, pieces: Sequence[Piece]) -> Left:
    reader, read = _worker.reader(number), partial(_worker.files.read, number)
    found = (batch for piece in pieces for batch in batches(reader, piece.units(read)))
    left = _left(file, found, reader.diagnostics)
    reader.diagnostics.clear()
    return left


def _left(file: str, found: Iterable[Sequence[Claim]], told: Sequence[Diagnostic]) -> Left:
    parts: list[tuple[int, int, int]] = []
    with leaving(file) as leave:
        # Each as it comes, for it is still in the processor's cache then.
        for batch in found:
            part = _encoded(batch, _worker.writer)
            leave(part.data)
            parts.append((len(part.data), part.claims, part.rows))
    return Left(file, parts, list(told))
