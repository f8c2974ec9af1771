"""Where the time of `edi837 check` goes, stage by stage, as ratios to splitting the same file.

Each stage is the difference of two pieces of work that build upon each other, measured in one warm process in CPU
time; what a cold process pays before its first claim is the start-up, measured from outside.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmark.files import Files
from benchmark.processes import SCRIPTS, Program
from benchmark.results import Stages
from edi837.check import RegionChecker
from edi837.claims.parse import ClaimReader
from edi837.claims.units import RegionUnits, Unit
from edi837.engine import Engine
from edi837.engines.sources import CHUNK
from edi837.index import FileIndex, FileScan, Run
from edi837.reference import Reference
from edi837.reporters.jsonl import JsonlReporter
from edi837.rules import load_rules
from edi837.settings import Settings
from edi837.suppression import open_engine
from edi837.tally import RegionResult
from edi837.x12.region import Region

_ROUNDS = 3


def measure(path: Path) -> dict[str, float]:
    """Seconds of CPU time by stage, and under `splitting` those of splitting the file."""
    check = _Check(path.read_bytes())
    rounds = [check.seconds() for _ in range(_ROUNDS)]
    # The best of each piece of work before differences are taken: noise in one would shorten the next.
    best = _Seconds(*map(min, *rounds))
    return {
        "splitting": best.splitting,
        "first pass: envelope, places of units and triggers": best.search,
        "first pass: units, members, counts": max(0.0, best.scan - best.search),
        "members in several places": best.join,
        "second pass: cut out the units": best.units,
        "second pass: parse claims": max(0.0, best.parsed - best.units),
        "second pass: encounters, rules, findings": max(0.0, best.judged - best.parsed),
        "second pass: repeated members, order, tally": max(0.0, best.checked - best.judged),
        "output: findings to JSON": best.output,
    }


def run(program: Program, files: Files, claims: int) -> Iterator[Stages]:
    """The stages for batches with few, some and all claims with an injection."""
    tiny = files.batch(10, 0.2)
    for name, share in (("5 %", 0.05), ("20 %", 0.2), ("100 %", 1.0)):
        path = files.batch(claims, share)
        seconds = _in_fresh_process(program, path)
        splitting = seconds.pop("splitting")
        start_up = min(program.check(tiny) for _ in range(5))
        whole = min(program.check(path) for _ in range(_ROUNDS))
        ratios = {name: value / splitting for name, value in {"start-up": start_up, **seconds}.items()}
        yield Stages(name, splitting, ratios, whole / splitting)


def _in_fresh_process(program: Program, path: Path) -> dict[str, float]:
    command = [str(program.python), "-P", "-m", "benchmark.stages", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, env=program.environment(SCRIPTS))
    seconds: dict[str, float] = json.loads(done.stdout)
    return seconds


class _Seconds(NamedTuple):
    """Seconds of pieces of work; those of the second pass hold the ones before them."""

    splitting: float
    search: float
    scan: float
    """The first pass, the search within it."""
    join: float
    units: float
    parsed: float
    judged: float
    checked: float
    output: float


class _Check:
    """One check of a file in memory, taken apart."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._engine: Engine = open_engine(load_rules(), Settings(), Reference.builtin(), None)
        self._trigger = self._engine.trigger()

    def seconds(self) -> _Seconds:
        """One round of all pieces."""
        index = self._scan()
        run = Run.of([index])
        findings = [result.findings for result in self._check(run)]
        reporter = JsonlReporter()
        return _Seconds(
            splitting=_clock(self._split),
            search=_clock(lambda: deque(self._regions(), maxlen=0)),
            scan=_clock(self._scan),
            join=_clock(lambda: Run.of([index])),
            units=_clock(lambda: deque(self._units(index), maxlen=0)),
            parsed=_clock(lambda: self._parse(index)),
            judged=_clock(lambda: self._judge(index)),
            checked=_clock(lambda: self._check(run)),
            output=_clock(lambda: [reporter.findings(batch) for batch in findings]),
        )

    def _split(self) -> None:
        for segment in self._data.split(b"~"):
            segment.split(b"*")

    def _regions(self) -> Iterator[Region]:
        scan = FileScan("", self._trigger)
        for start in range(0, len(self._data), CHUNK):
            yield from scan.regions(self._data[start : start + CHUNK])
        yield from scan.regions(None)

    def _scan(self) -> FileIndex:
        scan = FileScan("", self._trigger)
        for start in range(0, len(self._data), CHUNK):
            scan.feed(self._data[start : start + CHUNK])
        return scan.close()

    def _read(self, file: int, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]

    def _units(self, index: FileIndex) -> Iterator[Unit]:
        for region in index.regions:
            if region.triggered:
                yield from self._units_of(region)

    def _units_of(self, region: RegionUnits) -> Iterator[Unit]:
        data = self._read(0, region.offset, region.size)
        billing = self._read(0, region.billing_offset, region.billing_size)
        for _, unit in region.units(data, 0, region.triggered, billing):
            yield unit

    def _parse(self, index: FileIndex) -> None:
        reader = ClaimReader("")
        for unit in self._units(index):
            reader.claims(unit)

    def _judge(self, index: FileIndex) -> None:
        reader = ClaimReader("")
        for unit in self._units(index):
            self._engine.check(reader.claims(unit))

    def _check(self, run: Run) -> list[RegionResult]:
        checker = RegionChecker(run, self._engine, self._read)
        return [checker.check(0, number) for number in range(len(run.files[0].regions))]


def _clock(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
