"""The budget of the design: each kind of work in a fresh process, as a ratio to splitting the same file."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmark.files import Files
from benchmark.processes import Program, splitting
from benchmark.results import BudgetRow

_LIBRARY_LINES = """
import sys, time
from edi837.engines.inputs import expand
from edi837.engines.lines import read_lines
start = time.perf_counter()
count = 0
for batch in read_lines(expand(sys.argv[1:2]), on_diagnostic=print):
    for claim in batch:
        payer, place, control = claim.payer, claim.diagnoses, claim.payer_claim_control_number
        for line in claim.lines:
            (line.number, line.procedure, line.modifiers, line.charge, line.unit_basis, line.units,
             line.place_of_service, line.diagnosis_pointers, line.service_date, line.service_date_end,
             line.line_control_number, line.drug, line.description, line.rendering_npi)
            count += 1
print(time.perf_counter() - start)
"""

_LIBRARY_REMITS = """
import sys, time
from edi837.engines.inputs import expand
from edi837.engines.remits import read_remits
start = time.perf_counter()
count = 0
for batch in read_remits(expand(sys.argv[1:2]), on_diagnostic=lambda found: None):
    for payment in batch:
        for service in payment.services:
            count += len(service.adjustments)
print(time.perf_counter() - start)
"""

_PEAK = """
import re, subprocess, sys
code = "import sys; from edi837.cli import main; sys.argv = ['edi837'] + sys.argv[1:]\\n"
code += "try:\\n    main()\\nexcept SystemExit:\\n    pass\\n"
code += "print(open('/proc/self/status').read(), file=sys.stderr)"
command = [sys.executable, "-P", "-c", code, *sys.argv[1:]]
done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
print(int(re.search(rb"VmHWM:\\s+(\\d+)", done.stderr)[1]) / 1024)
"""


Measure = Callable[[Program], float]
"""A piece of work, done once by one of the programs: its seconds."""


class Bench:
    """Runs commands in fresh processes and compares their time with that of splitting the file.

    Each is measured as it is installed, which the budget is for, and as pure Python.
    """

    def __init__(self, program: Program, files: Files, claims: int, runs: int) -> None:
        self.program = program
        self._files = files
        self._claims = claims
        self._runs = runs
        self._baselines: dict[Path, float] = {}
        self.rows: list[BudgetRow] = []

    def batch(self, share: float, claims: int | None = None) -> Path:
        """A generated batch, made once."""
        return self._files.batch(claims or self._claims, share)

    def practice(self) -> Path:
        """A generated practice, made once."""
        return self._files.practice(self._claims)

    def baseline(self, path: Path) -> float:
        """Seconds that splitting the file takes; the best seen so far."""
        best = splitting(path)
        self._baselines[path] = min(best, self._baselines.get(path, best))
        return self._baselines[path]

    def compare(self, work: str, path: Path, measure: Measure, must: float, aim: float) -> None:
        """Adds a row: the best time of the work over the baseline's."""
        best, pure = (
            min((self.baseline(path), measure(program))[1] for _ in range(self._runs)) for program in self._programs
        )
        baseline = self.baseline(path)
        self._add(work, best / baseline, "x", must, aim, best / baseline <= must, pure / baseline)

    def absolute(self, work: str, measure: Measure, unit: str, must: float, aim: float, runs: int = 1) -> None:
        """Adds a row whose budget is a plain figure, the least of some runs."""
        best, pure = (min(measure(program) for _ in range(runs)) for program in self._programs)
        self._add(work, best, f" {unit}", must, aim, best <= must, pure)

    def faster(self, work: str, one: Measure, two: Measure, must: float, aim: float) -> None:
        """Adds a row: how many times faster the second is than the first."""
        best, pure = (self._gain(program, one, two) for program in self._programs)
        self._add(work, best, " times", must, aim, best >= must, pure)

    def beside(self, work: str, measure: Measure) -> None:
        """Adds a row without a budget: how many times faster two of a work are at once than one after the other.

        What a shared run gains is to be read beside what the machine gives two that know nothing of each other.
        """
        best, pure = (2 * self._gain(program, measure, partial(_at_once, measure)) for program in self._programs)
        self._add(work, best, " times", None, None, True, pure)

    @property
    def _programs(self) -> tuple[Program, Program]:
        return self.program, self.program.pure

    def _gain(self, program: Program, one: Measure, two: Measure) -> float:
        pairs = [(one(program), two(program)) for _ in range(self._runs)]
        return min(first for first, _ in pairs) / min(second for _, second in pairs)

    def _add(
        self, work: str, measured: float, unit: str, must: float | None, aim: float | None, met: bool, pure: float
    ) -> None:
        least, wanted = ("" if figure is None else f"{figure:g}{unit}" for figure in (must, aim))
        row = BudgetRow(work, f"{measured:.2f}{unit}", least, wanted, met, pure=f"{pure:.2f}{unit}")
        self.rows.append(row)
        print(_LINE.format(row.work, row.measured, row.pure, row.must, row.aim, "" if met else "MISSED"), flush=True)


def _at_once(measure: Measure, program: Program) -> float:
    """Seconds that two of a work take at once."""
    start = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(measure, [program, program]):
            pass
    return time.perf_counter() - start


_LINE = "{:62} {:>12} {:>12} {:>10} {:>10}  {}"


def run(bench: Bench, *, memory: bool, claims: int) -> None:
    """Measures every row; `claims` is the size of the files, and `memory` adds the peaks of growing batches."""
    few, some, every = bench.batch(0.05), bench.batch(0.2), bench.batch(1.0)
    print(_LINE.format("", "measured", "pure Python", "must", "aim", ""))
    bench.compare("lines to objects, in the library", few, lambda edi837: edi837.inside(_LIBRARY_LINES, few), 2.2, 1.4)
    bench.compare("lines --format jsonl", few, lambda edi837: edi837.run("lines", few), 4, 2.8)
    for name, path, must, aim in (("5 %", few, 1.3, 0.9), ("20 %", some, 3, 2), ("100 %", every, 9, 6)):
        found = _findings(bench.program, path) / claims
        work = f"check --format jsonl, {name} injections, {found:.2f} findings a claim"
        bench.compare(work, path, lambda edi837, path=path: edi837.check(path), must, aim)  # type: ignore[misc]
    practice = bench.practice()
    remits, claims_sent = practice / "remits.835", practice / "claims.837"
    bench.compare(
        "835 to service payments, in the library", remits, lambda edi837: edi837.inside(_LIBRARY_REMITS, remits), 2, 1.4
    )
    bench.compare("remits --format jsonl", remits, lambda edi837: edi837.run("remits", "--quiet", remits), 4, 2.8)
    bench.compare("denials, default scope", claims_sent, lambda edi837: _denials(edi837, claims_sent, remits), 8, 4)
    bench.faster(
        "check in two processes, 20 %",
        lambda edi837: edi837.check(some),
        lambda edi837: edi837.check(some, jobs=2),
        1.5,
        1.7,
    )
    bench.faster(
        "lines in two processes",
        lambda edi837: edi837.run("lines", "--jobs", 1, some),
        lambda edi837: edi837.run("lines", "--jobs", 2, some),
        1.5,
        1.7,
    )
    bench.beside("two checks at once, over one after the other", lambda edi837: edi837.check(some))
    bench.absolute("split over check, 20 %", lambda edi837: _split_over_check(edi837, some), "times", 2, 1.5)
    bench.absolute("edi837 --help", lambda edi837: edi837.run("--help"), "s", 0.25, 0.12, runs=5)
    if memory:
        for count in (10_000, 50_000, 200_000):
            path = bench.batch(0.2, claims=count)
            arguments = ("check", "--isolated", "--format", "jsonl", path)
            bench.absolute(
                f"peak memory, check of {count:,} claims",
                lambda edi837, arguments=arguments: edi837.inside(_PEAK, *arguments),  # type: ignore[misc]
                "MB",
                256,
                128,
            )


def _findings(edi837: Program, path: Path) -> int:
    """How many findings a check has: its lines of output."""
    output = path.with_suffix(".jsonl")
    edi837.run("check", "--isolated", "--format", "jsonl", "-o", output, path)
    count = output.read_bytes().count(b"\n")
    output.unlink()
    return count


def _denials(edi837: Program, claims: Path, remits: Path) -> float:
    return edi837.run("denials", "--isolated", "--quiet", "--claims", claims, "--remits", remits, "--format", "jsonl")


def _split_over_check(edi837: Program, path: Path) -> float:
    return min(_split(edi837, path) for _ in range(3)) / min(edi837.check(path) for _ in range(3))


def _split(edi837: Program, path: Path) -> float:
    clean, held = path.with_suffix(".clean"), path.with_suffix(".held")
    seconds = edi837.run("split", "--isolated", "--quiet", path, "--clean", clean, "--held", held)
    for output in (clean, held):
        output.unlink(missing_ok=True)
    return seconds
