"""Runs a piece of work in a fresh process, as its user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

SCRIPTS = Path(__file__).resolve().parent.parent
ROOT = SCRIPTS.parent

# Byte code is kept between runs, as it is for whoever installs the package.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
}

_SPLITTING = """
import sys, time
data = open(sys.argv[1], "rb").read()
start = time.perf_counter()
for segment in data.split(b"~"):
    segment.split(b"*")
print(time.perf_counter() - start)
"""


class Program(NamedTuple):
    """An `edi837` that is measured."""

    python: Path
    """The interpreter of the environment that it is installed into."""
    path: Path | None = None
    """A folder that goes before what is installed."""

    @classmethod
    def installed(cls, folder: Path) -> Program:
        """The working tree, installed into a new environment in the folder, as pip does it: compiled."""
        source = folder / "source"
        # A copy, so that nothing of the build stays in the working tree.
        shutil.copytree(ROOT / "edi837", source / "edi837", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, source)
        program = cls(environment(folder / "installed"))
        pip_install(program.python, str(source)).check_returncode()
        if program.printed("import edi837.engine; print(edi837.engine.__file__)").endswith(".py\n"):
            raise SystemExit("what is installed is not compiled: is there a C compiler?")
        return program

    @property
    def pure(self) -> Program:
        """The working tree in the same environment: the same, as pure Python."""
        return self._replace(path=ROOT)

    def environment(self, *paths: Path) -> dict[str, str]:
        """The variables that a process of it gets; the paths are for modules besides."""
        folders = [str(path) for path in (self.path, *paths) if path]
        return ENVIRONMENT | ({"PYTHONPATH": os.pathsep.join(folders)} if folders else {})

    def printed(self, code: str, *arguments: object) -> str:
        """What a piece of code prints, run in a fresh process."""
        command = [str(self.python), "-P", "-c", code, *map(str, arguments)]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment()).stdout

    def inside(self, code: str, *arguments: object) -> float:
        """The number that a piece of code prints."""
        return float(self.printed(code, *arguments))

    def run(self, *arguments: object) -> float:
        """Seconds of a whole `edi837` process; exit codes 0 and 1 are both a job done."""
        command = [str(self.python), "-P", "-m", "edi837", *map(str, arguments)]
        start = time.perf_counter()
        done = subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, env=self.environment()
        )
        elapsed = time.perf_counter() - start
        if done.returncode not in (0, 1):
            raise SystemExit(f"{' '.join(command)} failed with {done.returncode}: {done.stderr.decode()[-500:]}")
        return elapsed

    def check(self, path: Path, jobs: int = 1) -> float:
        """Seconds of `edi837 check --format jsonl`."""
        return self.run("check", "--isolated", "--format", "jsonl", "--jobs", jobs, path)


def environment(folder: Path) -> Path:
    """The interpreter of a new, empty environment."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, env=ENVIRONMENT)
    return folder / "bin" / "python"


def pip_install(python: Path, package: str) -> subprocess.CompletedProcess[bytes]:
    """Installs a package into the environment of the interpreter."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
    return subprocess.run(command, capture_output=True, check=False, env=ENVIRONMENT)


def splitting(path: Path) -> float:
    """Seconds that splitting a file at `~` and `*` takes, the better of two: what every ratio is measured in."""
    python = Program(Path(sys.executable))
    return min(python.inside(_SPLITTING, path) for _ in range(2))
