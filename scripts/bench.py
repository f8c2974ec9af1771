"""Measures the working tree against the budget of the design: whole processes, as ratios to splitting the same file.

    python scripts/bench.py [--claims 100000] [--runs 3] [--memory] [--output FILE]

One row a kind of work: the best of some runs of a fresh process, divided by the best time that
`for segment in data.split(b"~"): segment.split(b"*")` took on the same file in between. Machines are shared and noisy:
quote the ratio. `--memory` adds the peak memory (VmHWM) for growing batches, which takes some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

# Byte code is kept between runs, as it is for whoever installs the package.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

_BASELINE = """
import sys, time
data = open(sys.argv[1], "rb").read()
start = time.perf_counter()
for segment in data.split(b"~"):
    segment.split(b"*")
print(time.perf_counter() - start)
"""

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


class Row(NamedTuple):
    """One line of the budget."""

    work: str
    measured: str
    must: str
    aim: str
    met: bool


class Bench:
    """Runs commands in fresh processes and compares their time with the baseline's."""

    def __init__(self, folder: Path, claims: int, runs: int) -> None:
        self._folder = folder
        self._claims = claims
        self._runs = runs
        self._baselines: dict[Path, float] = {}
        self.rows: list[Row] = []

    def batch(self, share: float, repeats: float = 0.02, claims: int | None = None, defects: float = 0.1) -> Path:
        """A generated batch, made once."""
        claims = claims or self._claims
        path = self._folder / f"batch-{claims}-{share}-{repeats}.837"
        if not path.exists():
            command = [
                sys.executable, str(ROOT / "scripts" / "generate_batch.py"), "--claims", str(claims), "--seed", "7",
                "--injection-share", str(share), "--repeat-share", str(repeats), "--defect-share", str(defects),
                "--output", str(path), "--truth", str(path.with_suffix(".truth")),
            ]  # fmt: skip
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        return path

    def practice(self) -> Path:
        """A generated practice: all its claims in claims.837, all its remittances in remits.835."""
        folder = self._folder / "practice"
        if not folder.exists():
            command = [
                sys.executable, str(ROOT / "scripts" / "generate_practice.py"), "--claims", str(self._claims),
                "--seed", "7", "--injection-share", "0.2", "--output", str(folder),
            ]  # fmt: skip
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for name, pattern in (("claims.837", "claims-*.837"), ("remits.835", "remits-*.835")):
                parts = sorted(folder.glob(pattern))
                (folder / name).write_bytes(b"".join(part.read_bytes() for part in parts))
        return folder

    def baseline(self, path: Path) -> float:
        """Seconds that splitting the file takes; the best seen so far."""
        best = min(_inside(_BASELINE, path) for _ in range(2))
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
        self.rows.append(Row(work, measured, must, aim, met))
        print(f"{work:62} {measured:>12} {must:>10} {aim:>10}  {'' if met else 'MISSED'}", flush=True)


def _inside(code: str, *arguments: object) -> float:
    """What a piece of code prints, run in a fresh process."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=_ENVIRONMENT).stdout)


def _process(*arguments: object) -> float:
    """Seconds of a whole `edi837` process; exit codes 0 and 1 are both a job done."""
    command = [sys.executable, "-m", "edi837", *map(str, arguments)]
    start = time.perf_counter()
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT, check=False, env=_ENVIRONMENT
    )
    elapsed = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed with {done.returncode}: {done.stderr.decode()[-500:]}")
    return elapsed


def _findings(path: Path) -> int:
    command = [sys.executable, "-m", "edi837", "check", "--isolated", "--format", "jsonl", str(path)]
    return subprocess.run(command, capture_output=True, cwd=ROOT, check=False, env=_ENVIRONMENT).stdout.count(b"\n")


def _run(bench: Bench, *, memory: bool, claims: int) -> None:
    few, some, every = bench.batch(0.05), bench.batch(0.2), bench.batch(1.0)
    print(f"{'':62} {'measured':>12} {'must':>10} {'aim':>10}")
    bench.compare("lines to objects, in the library", few, lambda: _inside(_LIBRARY_LINES, few), 2.2, 1.4)
    bench.compare("lines --format jsonl", few, lambda: _process("lines", few), 4, 2.8)
    for name, path, must, aim in (("5 %", few, 1.3, 0.9), ("20 %", some, 3, 2), ("100 %", every, 9, 6)):
        found = _findings(path) / claims
        work = f"check --format jsonl, {name} injections, {found:.2f} findings a claim"
        bench.compare(work, path, lambda path=path: _check(path), must, aim)  # type: ignore[misc]
    practice = bench.practice()
    remits, claims_sent = practice / "remits.835", practice / "claims.837"
    bench.compare("835 to service payments, in the library", remits, lambda: _inside(_LIBRARY_REMITS, remits), 2, 1.4)
    bench.compare("remits --format jsonl", remits, lambda: _process("remits", "--quiet", remits), 4, 2.8)
    bench.compare("denials, default scope", claims_sent, lambda: _denials(claims_sent, remits), 8, 4)
    bench.faster("check in two processes, 20 %", lambda: _check(some), lambda: _check(some, jobs=2), 1.5, 1.7)
    bench.absolute("edi837 --help", min(_process("--help") for _ in range(5)), "s", 0.25, 0.12)
    if memory:
        for count in (10_000, 50_000, 200_000):
            path = bench.batch(0.2, claims=count)
            peak = _inside(_PEAK, "check", "--isolated", "--format", "jsonl", path)
            bench.absolute(f"peak memory, check of {count:,} claims", peak, "MB", 256, 128)


def _denials(claims: Path, remits: Path) -> float:
    return _process("denials", "--isolated", "--quiet", "--claims", claims, "--remits", remits, "--format", "jsonl")


def _check(path: Path, jobs: int = 1) -> float:
    return _process("check", "--isolated", "--format", "jsonl", "--jobs", jobs, path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; 1 where a "must" is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="measure the peak memory of growing batches too")
    parser.add_argument("--output", type=Path, help="write the rows as JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="edi837-bench-") as folder:
        bench = Bench(Path(folder), options.claims, options.runs)
        _run(bench, memory=options.memory, claims=options.claims)
    if options.output:
        options.output.write_text(json.dumps([row._asdict() for row in bench.rows], indent=1) + "\n")
    return 0 if all(row.met for row in bench.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
