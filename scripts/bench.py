"""Measures the program against the budget of the design: whole processes, as ratios to splitting the same file.

    python scripts/bench.py [--claims 100000] [--runs 3] [--memory] [--stages] [--peers] [--document]

One row a kind of work: the best of some runs of a fresh process, divided by the best time that
`for segment in data.split(b"~"): segment.split(b"*")` took on the same file in between. Machines are shared and noisy:
quote the ratio. What is measured is the working tree as pip installs it, compiled, in an environment of its own; beside
it stands the same as pure Python. `--memory` adds the peak memory (VmHWM) for growing batches, which takes some
minutes; `--stages` the stages of a check; `--peers` other packages, installed from the package index, on the same
files. `--document` does all of it and writes docs/performance.md, with the figures in docs/performance.json beside it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from benchmark import budget, document, peers, stages
from benchmark.files import Files
from benchmark.processes import ROOT, Program
from benchmark.results import Machine, Results


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables; 1 where a "must" is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="measure the peak memory of growing batches too")
    parser.add_argument("--stages", action="store_true", help="measure the stages of a check too")
    parser.add_argument("--peers", action="store_true", help="measure other packages too, installed for the occasion")
    parser.add_argument("--document", action="store_true", help="do all of it and write docs/performance.md")
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="edi837-bench-") as folder:
        files = Files(Path(folder))
        program = Program.installed(Path(folder))
        bench = budget.Bench(program, files, options.claims, options.runs)
        budget.run(bench, memory=options.memory or options.document, claims=options.claims)
        results = Results(Machine.this(), options.claims, bench.rows)
        if options.stages or options.document:
            for stage in stages.run(program, files, options.claims):
                results.stages.append(stage)
            print(document.stages_table(results.stages), flush=True)
        if options.peers or options.document:
            for reading in peers.Peers(program, files, options.claims, options.runs).readings():
                results.readings.append(reading)
                print(document.reading_line(reading), flush=True)
    if options.output:
        options.output.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")
    if options.document:
        document.write(results, ROOT / "docs")
    return 0 if all(row.met for row in results.budget) else 1


if __name__ == "__main__":
    sys.exit(main())
