"""Runs a piece of work in a fresh process, as its user would."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent
ROOT = SCRIPTS.parent

# Byte code is kept between runs, as it is for whoever installs the package.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

_SPLITTING = """
import sys, time
data = open(sys.argv[1], "rb").read()
start = time.perf_counter()
for segment in data.split(b"~"):
    segment.split(b"*")
print(time.perf_counter() - start)
"""


def inside(code: str, *arguments: object) -> float:
    """What a piece of code prints, run in a fresh process."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT).stdout)


def splitting(path: Path) -> float:
    """Seconds that splitting a file at `~` and `*` takes, the better of two: what every ratio is measured in."""
    return min(inside(_SPLITTING, path) for _ in range(2))


def edi837(*arguments: object) -> float:
    """Seconds of a whole `edi837` process; exit codes 0 and 1 are both a job done."""
    command = [sys.executable, "-m", "edi837", *map(str, arguments)]
    start = time.perf_counter()
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT, check=False, env=ENVIRONMENT
    )
    elapsed = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed with {done.returncode}: {done.stderr.decode()[-500:]}")
    return elapsed


def check(path: Path, jobs: int = 1) -> float:
    """Seconds of `edi837 check --format jsonl`."""
    return edi837("check", "--isolated", "--format", "jsonl", "--jobs", jobs, path)
