"""docs/performance.md, from what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from benchmark.peers import LIMIT, PEERS, VARIED
from benchmark.results import BudgetRow, Machine, Reading, Results, Stages

KINDS = {"claims": "837P claims", "payments": "835 claim payments"}

_METHOD = """\
Every figure is of a process that was started for it, the best of some runs. `x` is the time over what
`for segment in data.split(b"~"): segment.split(b"*")` takes on the same file in the same run: machines differ and are
shared, and the ratio moves less than the seconds. The files are generated (`scripts/generate_batch.py`,
`scripts/generate_practice.py`): three service lines and 26 segments a claim, nothing of them real. Memory is the
peak of the resident set (VmHWM). A machine's second core may give less than the first when both are busy: what two
processes gain is to be read beside what two whole checks gain that run at once and know nothing of each other.

What is measured is the program as `pip install` leaves it: the modules where runs spend their time are compiled by
mypyc, and what goes through every byte is made in C (`setup.py` names both). The column *pure Python* is the same
without: a machine without a C compiler, or the working tree."""

_STAGES = """\
`edi837 check` reads a file twice: the first pass finds the subscribers with a procedure that a rule speaks about, the
second reads only those. The stages are measured within one warm process, in CPU time, each as the difference of two
pieces of work that build upon each other; the start-up is a whole process that checks ten claims. Their sum leaves out
reading the file, and what a process pays once."""

_PEERS = f"""\
Each package is installed from the Python package index into an environment of its own and reads the files in the way
that its documentation shows. From every claim the same values are taken: its number, payer and charge, what was
paid, and procedure, charge and payment of every line. Imports are not counted. Where reading fails, or takes longer
than {LIMIT:.0f} s, a file of a tenth is read instead, and the table says so.

*Plain* files have one sender, the delimiters `*`, `:` and `~`, nothing between segments and no defects; the 835 is one
transaction set of one payer. *Varied* files are what arrives, for what is read right and not for speed: 837P files
with CRLF line ends, with the delimiters `|`, `>` and newline, and with both in one file, some claims of each with the
defects that `edi837` is for; remittances by the hundred, from payers with delimiters of their own, with one or more
payees and interchanges in a file. They come from {VARIED:,} claims.

*Read* counts the claims of the files that were read, *payer* and *money* those of them with the right payer, and with
the right charge, payment and lines, compared claim by claim with what a reader finds that does nothing but split."""


def write(results: Results, folder: Path) -> None:
    """Writes performance.json and performance.md."""
    figures = msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n"
    (folder / "performance.json").write_bytes(figures)
    (folder / "performance.md").write_text(text(results), "utf-8")


def text(results: Results) -> str:
    """The document."""
    parts = [
        "# Performance",
        "`python scripts/bench.py --document` measures this and writes it; the figures are in performance.json.",
        "## Method",
        _METHOD,
        _machine(results.machine),
        "## Budget",
        f"Files of {results.claims:,} claims. A *must* holds for every release, the *aim* is where the work goes.",
        budget_table(results.budget),
    ]
    if results.stages:
        parts += ["## Stages of a check", _STAGES, stages_table(results.stages)]
    if results.readings:
        parts += ["## Other packages", _PEERS]
        for kind, name in KINDS.items():
            plain = [reading for reading in results.readings if (reading.kind, reading.files) == (kind, "plain")]
            varied = [reading for reading in results.readings if (reading.kind, reading.files) == (kind, "varied")]
            parts += [f"### {name}", speed_table(plain), *_standing(plain), "On varied files:", right_table(varied)]
        parts += ["### What they are", about_table(results.readings)]
    return "\n\n".join(parts) + "\n"


def _machine(machine: Machine) -> str:
    return (
        f"Measured on {machine.system} with {machine.cpus} CPUs ({machine.processor}) and {machine.memory_gb} GB of "
        f"memory, Python {machine.python}."
    )


def budget_table(rows: Sequence[BudgetRow]) -> str:
    """What is measured against what must be."""
    head = ("work", "measured", "must", "aim", "", "pure Python")
    cells = ((row.work, row.measured, row.must, row.aim, "" if row.met else "missed", row.pure) for row in rows)
    return _table(head, cells)


def stages_table(stages: Sequence[Stages]) -> str:
    """A line for each stage, a column for each share of injections."""
    head = ("stage", *(f"{stage.injections} injections" for stage in stages))
    rows = [(name, *(f"{stage.ratios[name]:.2f}x" for stage in stages)) for name in stages[0].ratios]
    rows.append(("sum of the stages", *(f"{sum(stage.ratios.values()):.2f}x" for stage in stages)))
    rows.append(("the whole process", *(f"{stage.process:.2f}x" for stage in stages)))
    return _table(head, rows)


def speed_table(readings: Sequence[Reading]) -> str:
    """Speed, memory and what was read right, the fastest first."""
    head = ("package", "claims", "claims a second", "x", "peak MB", "read", "payer", "money", "")
    return _table(
        head,
        (
            (
                reading.name,
                f"{reading.claims:,}",
                f"{speed(reading):,.0f}" if speed(reading) else "-",
                f"{reading.ratio:.2f}x" if reading.ratio and speed(reading) else "-",
                f"{reading.peak:,.0f}" if speed(reading) else "-",
                *_right(reading),
                reading.note,
            )
            for reading in sorted(readings, key=speed, reverse=True)
        ),
    )


def right_table(readings: Sequence[Reading]) -> str:
    """What was read right."""
    head = ("package", "claims", "read", "payer", "money", "")
    return _table(head, ((reading.name, f"{reading.claims:,}", *_right(reading), reading.note) for reading in readings))


def about_table(readings: Iterable[Reading]) -> str:
    """Each package with its version and what it is."""
    versions = {reading.name: reading.version for reading in readings}
    rows = ((peer.name, versions.get(peer.name, ""), peer.about) for peer in PEERS)
    return _table(("package", "version", "what it does"), rows)


def reading_line(reading: Reading) -> str:
    """One reading, for the terminal."""
    measured = f"{speed(reading):>10,.0f} claims/s {reading.peak:>6,.0f} MB" if speed(reading) else " " * 30
    what = f"{reading.kind} {reading.files}"
    right = "read {}, payer {}, money {}".format(*_right(reading))
    return f"{what:16} {reading.name:20} {reading.claims:>8,} {measured}  {right}  {reading.note}"


def speed(reading: Reading) -> float:
    """Claims read a second; 0 where none were."""
    read = reading.read if reading.compared else reading.claims
    return read / reading.seconds if reading.seconds else 0.0


def _right(reading: Reading) -> tuple[str, str, str]:
    """How many claims were read, and how many of them right; nothing is compared where no row came out."""
    if not reading.seconds or not reading.compared:
        return "-", "-", "-"
    return (
        _share(reading.read, reading.claims),
        _share(reading.payer, reading.read),
        _share(reading.money, reading.read),
    )


def _share(part: int, whole: int) -> str:
    return "all" if part == whole and whole else f"{part:,}"


_NOISE = 0.1
"""Two speeds that differ by a smaller share are called level."""


def _standing(readings: Sequence[Reading]) -> list[str]:
    """How this project compares with the fastest other that read every claim right."""
    own = next((reading for reading in readings if reading.name == PEERS[0].name), None)
    others = [
        reading
        for reading in readings
        if reading is not own and reading.claims == reading.read == reading.payer == reading.money
    ]
    if own is None or not own.seconds or not others:
        return []
    best = max(others, key=speed)
    if speed(own) > speed(best):
        best, own = own, best
    times = f"{speed(best) / speed(own):.1f} times as many claims a second as {own.name}"
    if speed(best) < speed(own) * (1 + _NOISE):
        return [f"Of those that read everything right, {best.name} and {own.name} are the fastest, and level."]
    return [f"Of those that read everything right, {best.name} is the fastest: {times}."]


_PIPE = "\\|"
"""A pipe within a cell."""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', _PIPE) for cell in line)} |" for line in lines)
