"""Reads the same files with other packages, each in an environment and a process of its own, and checks what they read.

Speed is measured on plain files: one sender, the usual delimiters, no defects, for 835 one transaction set. What is
read right is counted claim by claim on these, and on varied ones, as senders and payers write them.
"""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmark.files import Files, Row, claims_of, payments_of, read_rows
from benchmark.processes import ENVIRONMENT, SCRIPTS, Program, environment, pip_install, splitting
from benchmark.results import Reading

READERS = SCRIPTS / "benchmark" / "readers"
LIMIT = 120.0
"""Seconds for one reading of a file; what takes longer gets a file of a tenth."""
VARIED = 2_000
"""Claims generated for the varied files, which are there for what is read right and not for speed."""


class Peer(NamedTuple):
    """A package that reads claims or payments."""

    name: str
    package: str
    """What pip installs; empty for this project."""
    reader: str
    """The module in readers/."""
    kinds: tuple[str, ...]
    about: str
    """What it is, does and does not do, for docs/performance.md."""
    gives_rows: bool = True
    """Whether what it read can be compared claim by claim."""

    @property
    def distribution(self) -> str:
        """The package without its extras."""
        return self.package.partition("[")[0]


PEERS = (
    Peer(
        "edi837",
        "",
        "read_edi837",
        ("claims", "payments"),
        "This project. Streams, with flat memory; `Decimal`, dates and codes as text; every fault is a diagnostic.",
    ),
    Peer(
        "oxedi",
        "oxedi[polars]",
        "read_oxedi",
        ("payments",),
        "835 only. Compiled from Rust; fills typed columns for Polars, pandas or DuckDB, where edi837 makes a Python "
        "object of every claim and line. `Decimal` money; keeps every byte, and writes 835. `parse_file` holds the "
        "whole file. Here its columns are put together to a row a claim.",
    ),
    Peer(
        "oxedi, tables only",
        "oxedi[polars]",
        "read_oxedi_tables",
        ("payments",),
        "The same, for whoever goes on in Polars: no value becomes a Python object, and nothing is compared here.",
        gives_rows=False,
    ),
    Peer(
        "openx12",
        "openx12",
        "read_openx12",
        ("claims", "payments"),
        "835, 837P and 837I to dictionaries, in plain Python. Delimiters are taken to be `*`, `~` and `:`; money is "
        "`float`; one payer a remittance file; holds the whole file. A payer goes to the claim before it.",
    ),
    Peer(
        "x12sdk",
        "x12sdk",
        "read_x12sdk",
        ("claims", "payments"),
        "Eight transaction sets as Pydantic models that are validated, and can be written back; also generates files. "
        "A transaction set is one model, held whole: one claim that breaks a rule of it, such as a charge that is "
        "not the sum of its lines, refuses them all. Procedures stay composites.",
    ),
    Peer(
        "pyx12",
        "pyx12",
        "read_pyx12",
        ("claims", "payments"),
        "A validator: walks the guide's own map, so that each segment stands in its loop, and can write a 999. Values "
        "are text. `edi837 validate` uses it.",
    ),
    Peer(
        "edi-835-parser",
        "edi-835-parser",
        "read_edi_835_parser",
        ("payments",),
        "835 only, to objects or a pandas frame. Terminator `~`, elements `*` or `|`; money is `float`; one payer "
        "a file.",
    ),
)

_EXPECTED = {"claims": claims_of, "payments": payments_of}


class Peers:
    """Makes the environments, and reads with each peer in turn."""

    def __init__(self, program: Program, files: Files, claims: int, runs: int) -> None:
        self._program = program
        self._files = files
        self._claims = claims
        self._runs = runs
        self._pythons: dict[str, Path | None] = {}
        self._baselines: dict[Path, float] = {}

    def readings(self) -> Iterator[Reading]:
        """Plain files first, then varied ones, each with every peer that reads their kind."""
        for kind in _EXPECTED:
            for files in ("plain", "varied"):
                for peer in PEERS:
                    # On varied files nothing but what was read is of interest.
                    if kind in peer.kinds and (files == "plain" or peer.gives_rows):
                        yield self._reading(peer, kind, files)

    def _reading(self, peer: Peer, kind: str, files: str) -> Reading:
        python = self._python(peer)
        if python is None:
            return Reading(peer.name, "", files, kind, 0, note="could not be installed")
        claims = self._claims if files == "plain" else min(self._claims, VARIED)
        reading = self._measure(peer, python, kind, files, claims)
        if files == "plain" and claims >= 1000 and (reading.seconds is None or (peer.gives_rows and not reading.read)):
            return _noted(self._measure(peer, python, kind, files, claims // 10), reading.note)
        return reading

    def _measure(self, peer: Peer, python: Path, kind: str, files: str, claims: int) -> Reading:
        paths = self._paths(kind, files, claims)
        expected = {str(path): _EXPECTED[kind](path) for path in paths}
        count = sum(map(len, expected.values()))
        empty = Reading(peer.name, _version(peer, python), files, kind, count)
        try:
            runs = self._timed(python, peer.reader, kind, paths, self._runs if files == "plain" else 1)
            read = read_rows(_run(python, peer.reader, kind, "rows", paths, 2 * LIMIT))
        except subprocess.TimeoutExpired:
            return _noted(empty, f"{count:,} claims took longer than {LIMIT:.0f} s")
        except subprocess.CalledProcessError as error:
            return _noted(empty, f"the process ended with {error.returncode}")
        best = min(runs, key=lambda run: run.seconds)
        right = compare(expected, read)
        return Reading(
            peer.name,
            empty.version,
            files,
            kind,
            count,
            seconds=best.seconds,
            ratio=best.seconds / self._baseline(paths[0]) if files == "plain" else None,
            peak=max(run.peak for run in runs),
            compared=peer.gives_rows,
            read=right.read,
            payer=right.payer,
            money=right.money,
            note=_refusals(best.refused, len(paths), self._files.folder),
        )

    def _baseline(self, path: Path) -> float:
        """Seconds that splitting the file takes, measured once: the ratios keep the order of the seconds."""
        if path not in self._baselines:
            self._baselines[path] = min(splitting(path) for _ in range(3))
        return self._baselines[path]

    def _timed(self, python: Path, reader: str, kind: str, paths: Sequence[Path], runs: int) -> list[Timed]:
        """Some runs; fewer of what takes long, for which noise is small."""
        done: list[Timed] = []
        while len(done) < runs and sum(run.seconds for run in done) < LIMIT / 4:
            done.append(msgspec.json.decode(_run(python, reader, kind, "time", paths), type=Timed))
        return done

    def _paths(self, kind: str, files: str, claims: int) -> list[Path]:
        match kind, files:
            case "claims", "plain":
                return [self._files.batch(claims, 0.2, "--defect-share", "0", name="-plain")]
            case "claims", _:
                return self._files.varied_claims(claims)
            case _, "plain":
                return [self._files.remittance(claims)]
            case _:
                return self._files.varied_payments(claims)

    def _python(self, peer: Peer) -> Path | None:
        """The interpreter that has the peer; None where it cannot be installed."""
        if not peer.package:
            return self._program.python
        if peer.package not in self._pythons:
            python = environment(self._files.folder / "environments" / peer.distribution)
            self._pythons[peer.package] = None if pip_install(python, peer.package).returncode else python
        return self._pythons[peer.package]


class Timed(msgspec.Struct):
    """What `readers/run.py` prints of one run."""

    seconds: float
    peak: float
    refused: list[str]


class Right(NamedTuple):
    """How many claims were read, and how many of these with the right payer and the right money."""

    read: int
    payer: int
    money: int


def compare(expected: dict[str, list[Row]], read: dict[str, list[Row]]) -> Right:
    """Looks for each claim that is in the files among those that were read from the same file, by its number."""
    count = payer = money = 0
    for file, rows in expected.items():
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in read.get(file, ()):
            found[row.claim].append(row)
        for row in rows:
            if not found[row.claim]:
                continue
            # A number comes again where a payment is corrected; they are told apart by their order.
            own = found[row.claim].pop(0)
            count += 1
            payer += own.payer == row.payer
            money += own[2:] == row[2:]
    return Right(count, payer, money)


def _run(python: Path, reader: str, kind: str, mode: str, paths: Sequence[Path], limit: float = LIMIT) -> str:
    command = [str(python), str(READERS / "run.py"), reader, kind, mode, *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=limit, env=ENVIRONMENT)
    return done.stdout


def _version(peer: Peer, python: Path) -> str:
    name = peer.distribution or "edi837"
    code = f"from importlib.metadata import version; print(version({name!r}))"
    return subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def _refusals(refused: Iterable[str], files: int, folder: Path) -> str:
    """What a peer said to the files that it could not read, with the commonest first; nothing of this machine."""
    said = [message.replace(f"{folder}/", "") for message in refused]
    if not said:
        return ""
    commonest = max(sorted(set(said)), key=said.count)
    return f"{commonest}" if files == 1 else f"{len(said)} of {files} files refused: {commonest}"


def _noted(reading: Reading, note: str) -> Reading:
    return msgspec.structs.replace(reading, note="; ".join(dict.fromkeys(filter(None, (note, reading.note)))))
