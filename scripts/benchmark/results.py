"""What was measured, as it is printed, stored and put into docs/performance.md."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import msgspec


class Machine(msgspec.Struct, frozen=True):
    """Where it was measured."""

    processor: str
    cpus: int
    memory_gb: int
    system: str
    python: str

    @classmethod
    def this(cls) -> Machine:
        """The machine that this runs on."""
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return cls(
            _processor(),
            os.cpu_count() or 1,
            round(memory / 2**30),
            f"{platform.system()} {platform.machine()}",
            platform.python_version(),
        )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "not told")


class BudgetRow(msgspec.Struct, frozen=True):
    """One line of the budget."""

    work: str
    measured: str
    must: str
    aim: str
    met: bool
    pure: str = ""
    """The same of the working tree, which is pure Python; empty where that is not measured."""


class Stages(msgspec.Struct, frozen=True):
    """The stages of a check of one file, as ratios to splitting it."""

    injections: str
    """The share of claims with an injection."""
    splitting: float
    """Seconds that splitting the file takes."""
    ratios: dict[str, float]
    """By the name of the stage, in their order."""
    process: float
    """The ratio of the whole process, measured by itself."""


class Reading(msgspec.Struct, frozen=True):
    """What one reader made of some files."""

    name: str
    version: str
    files: str
    """Which files: `plain` or `varied`."""
    kind: str
    """`claims` or `payments`."""
    claims: int
    """How many there are in the files."""
    seconds: float | None = None
    """None where it was not finished in time, or could not be installed."""
    ratio: float | None = None
    """Seconds over those of splitting the same file."""
    peak: float = 0.0
    """The most memory that the process held, in MB."""
    compared: bool = True
    """False where the reader gives nothing to compare."""
    read: int = 0
    """Claims of the files that were read."""
    payer: int = 0
    """Claims of them with the right payer."""
    money: int = 0
    """Claims of them whose charge, payment and lines are right."""
    note: str = ""


class Results(msgspec.Struct, frozen=True):
    """All of one run."""

    machine: Machine
    claims: int
    budget: list[BudgetRow]
    stages: list[Stages] = []
    readings: list[Reading] = []
