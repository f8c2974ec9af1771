"""The budget of the design: each kind of work in a fresh process, as a ratio to splitting the same file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmark.files import Files
from benchmark.processes import ENVIRONMENT, ROOT, check, edi837, inside, splitting
from benchmark.results import BudgetRow

_LIBRARY_LINES = """
import sys, time
from edi837.engines.inputs import expand
from edi837.engines.local import read_lines
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
done = subprocess.run([sys.executable, "-c", code, *sys.argv[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
print(int(re.search(rb"VmHWM:\\s+(\\d+)", done.stderr)[1]) / 1024)
"""


class Bench:
    """Runs commands in fresh processes and compares their time with that of splitting the file."""

    def __init__(self, files: Files, claims: int, runs: int) -> None:
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

    def compare(self, work: str, path: Path, measure: Callable[[], float], must: float, aim: float) -> None:
        """Adds a row: the best time of the work over the baseline's."""
        best = min((self.baseline(path), measure())[1] for _ in range(self._runs))
        ratio = best / self.baseline(path)
        self._add(work, f"{ratio:.2f}x", f"{must:g}x", f"{aim:g}x", ratio <= must)

    def absolute(self, work: str, value: float, unit: str, must: float, aim: float) -> None:
        """Adds a row whose budget is a plain figure."""
        self._add(work, f"{value:.2f} {unit}", f"{must:g} {unit}", f"{aim:g} {unit}", value <= must)

    def faster(self, work: str, one: Callable[[], float], two: Callable[[], float], must: float, aim: float) -> None:
        """Adds a row: how many times faster the second is than the first."""
        pairs = [(one(), two()) for _ in range(self._runs)]
        gain = min(first for first, _ in pairs) / min(second for _, second in pairs)
        self._add(work, f"{gain:.2f} times", f"{must:g} times", f"{aim:g} times", gain >= must)

    def _add(self, work: str, measured: str, must: str, aim: str, met: bool) -> None:
        self.rows.append(BudgetRow(work, measured, must, aim, met))
        print(f"{work:62} {measured:>12} {must:>10} {aim:>10}  {'' if met else 'MISSED'}", flush=True)


def _findings(path: Path) -> int:
    command = [sys.executable, "-m", "edi837", "check", "--isolated", "--format", "jsonl", str(path)]
    return subprocess.run(command, capture_output=True, cwd=ROOT, check=False, env=ENVIRONMENT).stdout.count(b"\n")


def run(bench: Bench, *, memory: bool, claims: int) -> None:
    """Measures every row; `claims` is the size of the files, and `memory` adds the peaks of growing batches."""
    few, some, every = bench.batch(0.05), bench.batch(0.2), bench.batch(1.0)
    print(f"{'':62} {'measured':>12} {'must':>10} {'aim':>10}")
    bench.compare("lines to objects, in the library", few, lambda: inside(_LIBRARY_LINES, few), 2.2, 1.4)
    bench.compare("lines --format jsonl", few, lambda: edi837("lines", few), 4, 2.8)
    for name, path, must, aim in (("5 %", few, 1.3, 0.9), ("20 %", some, 3, 2), ("100 %", every, 9, 6)):
        found = _findings(path) / claims
        work = f"check --format jsonl, {name} injections, {found:.2f} findings a claim"
        bench.compare(work, path, lambda path=path: check(path), must, aim)  # type: ignore[misc]
    practice = bench.practice()
    remits, claims_sent = practice / "remits.835", practice / "claims.837"
    bench.compare("835 to service payments, in the library", remits, lambda: inside(_LIBRARY_REMITS, remits), 2, 1.4)
    bench.compare("remits --format jsonl", remits, lambda: edi837("remits", "--quiet", remits), 4, 2.8)
    bench.compare("denials, default scope", claims_sent, lambda: _denials(claims_sent, remits), 8, 4)
    bench.faster("check in two processes, 20 %", lambda: check(some), lambda: check(some, jobs=2), 1.5, 1.7)
    split = min(_split(some) for _ in range(3)) / min(check(some) for _ in range(3))
    bench.absolute("split over check, 20 %", split, "times", 2, 1.5)
    bench.absolute("edi837 --help", min(edi837("--help") for _ in range(5)), "s", 0.25, 0.12)
    if memory:
        for count in (10_000, 50_000, 200_000):
            path = bench.batch(0.2, claims=count)
            peak = inside(_PEAK, "check", "--isolated", "--format", "jsonl", path)
            bench.absolute(f"peak memory, check of {count:,} claims", peak, "MB", 256, 128)


def _denials(claims: Path, remits: Path) -> float:
    return edi837("denials", "--isolated", "--quiet", "--claims", claims, "--remits", remits, "--format", "jsonl")


def _split(path: Path) -> float:
    clean, held = path.with_suffix(".clean"), path.with_suffix(".held")
    seconds = edi837("split", "--isolated", "--quiet", path, "--clean", clean, "--held", held)
    for output in (clean, held):
        output.unlink(missing_ok=True)
    return seconds
