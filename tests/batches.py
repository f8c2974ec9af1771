"""Batches of claims for the tests: the files of fixtures/, generated ones, and ways to read them.

`segments` and `rows` are readers of their own, by plain split: the product is compared with them.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import structs

from edi837.check import RegionChecker
from edi837.claims.parse import ClaimReader
from edi837.claims.starts import UNIT_BOUNDARY
from edi837.claims.units import UnitStream, refuse_other_than_professional_claims
from edi837.diagnostics import Diagnostic
from edi837.engine import Engine
from edi837.index import FileScan, Run
from edi837.model import Claim
from edi837.reference import Reference
from edi837.settings import Settings
from edi837.x12.envelope import CEILING, WINDOW, EnvelopeReader
from edi837.x12.region import Region

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
VALID = {path.stem: path for path in sorted((FIXTURES / "837p").glob("*.837"))}
INVALID = {path.stem: path for path in sorted((FIXTURES / "invalid").glob("*.837"))}
EVERY = VALID | INVALID

_samples = Path(os.environ.get("EDI837_SAMPLES", ROOT.parent / "shared" / "samples"))
SAMPLES = _samples if _samples.is_dir() else None
"""Public X12 files that are no part of this repository, where somebody has put them."""
NO_SAMPLES = "no public sample files: set EDI837_SAMPLES to their folder"


def fixture(name: str) -> bytes:
    """The bytes of a file of fixtures/837p or fixtures/invalid, by its name without .837."""
    return EVERY[name].read_bytes()


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    """The data with one piece replaced, which must stand in it exactly once."""
    assert data.count(old) == 1, (old, data.count(old))
    return data.replace(old, new)


# The product's readers, in the ways that the shells use them ----------------------------------------------------------


class Reading(NamedTuple):
    """What one pass over a file gives: the way of `edi837 lines`."""

    claims: list[Claim]
    diagnostics: list[Diagnostic]
    interchanges: int
    transactions: int


def regions(data: bytes, chunk: int = WINDOW, window: int = WINDOW, ceiling: int = CEILING) -> list[Region]:
    """The regions of a file that is fed in chunks."""
    reader = EnvelopeReader(
        "batch.837", refuse_other_than_professional_claims, UNIT_BOUNDARY, window=window, ceiling=ceiling
    )
    return list(_feed(reader, data, chunk))


def read(data: bytes, *, chunk: int = WINDOW, window: int = WINDOW, ceiling: int = CEILING) -> Reading:
    """Every claim of a file that is fed in chunks, and its diagnostics by place."""
    reader = EnvelopeReader(
        "batch.837", refuse_other_than_professional_claims, UNIT_BOUNDARY, window=window, ceiling=ceiling
    )
    units, claims = UnitStream(), ClaimReader("batch.837")
    found = [
        claim
        for region in _feed(reader, data, chunk)
        if not region.oversized
        for unit in units.units(region)
        for claim in claims.claims(unit)
    ]
    diagnostics = sorted(reader.diagnostics + claims.diagnostics, key=lambda item: (item.offset or 0, item.code))
    return Reading(found, diagnostics, reader.interchanges, reader.transactions)


def _feed(reader: EnvelopeReader, data: bytes, chunk: int) -> Iterator[Region]:
    for start in range(0, len(data), chunk):
        yield from reader.feed(data[start : start + chunk])
    yield from reader.close()


def looked_at(data: bytes, *, window: int = WINDOW) -> list[Claim]:
    """Every claim of a file as the two passes of `edi837 check` read it, when nothing is left out."""
    scan = FileScan("batch.837", None, window=window)
    for start in range(0, len(data), window):
        scan.feed(data[start : start + window])
    run = Run.of([scan.close()])
    engine = Engine((), Settings(), Reference.builtin())
    checker = RegionChecker(run, engine, lambda file, offset, size: data[offset : offset + size])
    return [visited.claim for index in range(len(run.files[0].regions)) for visited in checker.visit(0, index)]


_TEXTS = ("raw", "split", "above", "dependent", "head", "lines")


def told(claim: Claim) -> dict[str, Any]:
    """All that a claim says, with its lines, but for the texts that it keeps: those depend on how it was read."""
    found = structs.asdict(claim)
    for name in _TEXTS:
        del found[name]
    for name in ("patient", "demographics", "authorization", "referral", "notes", "other_payers"):
        found[name] = getattr(claim, name)
    found["lines"] = [structs.asdict(line) for line in claim.lines]
    return found


# Readers apart from the product ---------------------------------------------------------------------------------------


class Segment(NamedTuple):
    """One segment with its place."""

    text: bytes
    offset: int
    position: int
    """In its transaction set, ST being 1; 0 outside of one."""
    file_position: int
    """In the file, the first ISA being 1."""
    delimiters: bytes
    """Element, component and terminator."""

    @property
    def tag(self) -> str:
        """The segment id."""
        return self.text.split(self.delimiters[:1])[0].decode("latin-1")

    @property
    def elements(self) -> list[str]:
        """The segment id and the elements behind it."""
        return self.text.decode("latin-1").split(chr(self.delimiters[0]))


def segments(data: bytes) -> list[Segment]:
    """The segments of a file whose envelope is sound."""
    found: list[Segment] = []
    start = data.find(b"ISA")
    while start >= 0:
        element = data[start + 3]
        last = start + 3
        for _ in range(15):
            last = data.index(element, last + 1)
        delimiters = bytes((element, data[last + 1], data[last + 2]))
        terminator = delimiters[2:]
        position = 0
        while True:
            end = data.index(terminator, start)
            raw = data[start:end]
            text = raw.lstrip(b"\r\n\t ")
            if text:
                tag = text.split(delimiters[:1])[0]
                position = 1 if tag == b"ST" else position + 1 if position else 0
                offset = end - len(text)
                found.append(Segment(text, offset, position, len(found) + 1, delimiters))
                if tag == b"SE":
                    position = 0
                if tag == b"IEA":
                    break
            start = end + 1
        start = data.find(b"ISA", end)
    return found


class SplitClaim(NamedTuple):
    """One claim as it stands in a file."""

    above: list[Segment]
    """From the last HL of a subscriber (level 22) on."""
    own: list[Segment]
    """From CLM on."""
    lines: list[list[Segment]]
    """Those of each line, LX first."""


def split_claims(data: bytes) -> list[SplitClaim]:
    """The claims of a file whose envelope is sound."""
    found: list[SplitClaim] = []
    above: list[Segment] = []
    current: SplitClaim | None = None
    for segment in segments(data):
        if segment.tag in ("HL", "SE"):
            current = None
            if segment.elements[3:4] != ["23"]:
                above = []
        elif segment.tag == "CLM":
            current = SplitClaim(above, [], [])
            found.append(current)
        if current is None:
            above.append(segment)
            continue
        current.own.append(segment)
        if segment.tag == "LX":
            current.lines.append([segment])
        elif current.lines:
            current.lines[-1].append(segment)
    return found


def rows(data: bytes) -> Iterator[dict[str, Any]]:
    """A row for each service line of a file whose envelope is sound and whose values can be read."""
    for claim in split_claims(data):
        component = chr(claim.own[0].delimiters[1])
        head = claim.own[: claim.own.index(claim.lines[0][0])] if claim.lines else claim.own
        place, _, frequency = claim.own[0].elements[5].split(component)
        composites = [part.split(component) for part in _values(head, "HI") for part in part[1:]]
        shared = {
            "claim": claim.own[0].elements[1],
            "payer": next((_at(parts, 9) for parts in _values(claim.above, "NM1") if parts[1] == "PR"), ""),
            "payer_class": next((_at(parts, 9) for parts in _values(claim.above, "SBR")), ""),
            "frequency": frequency,
            "diagnoses": tuple(parts[1] for parts in composites if parts[0] in ("ABK", "ABF")),
        }
        for line in claim.lines:
            yield shared | _row(line, component, place)


def _row(line: list[Segment], component: str, place: str) -> dict[str, Any]:
    # Behind these stand the providers of the line and what other payers have said.
    foreign = next((index for index, segment in enumerate(line) if segment.tag in ("NM1", "SVD")), len(line))
    own = line[:foreign]
    [service] = _values(own, "SV1")
    codes = service[1].split(component)
    [[qualifier, period]] = [parts[2:4] for parts in _values(own, "DTP") if parts[1] == "472"]
    first, _, last = period.partition("-") if qualifier == "RD8" else (period, "", period)
    drugs = _values(own, "LIN")
    quantities = _values(own, "CTP")
    return {
        "line": line[0].elements[1],
        "procedure": codes[1],
        "modifiers": tuple(filter(None, codes[2:6])),
        "charge": Decimal(service[2]),
        "unit_basis": service[3],
        "units": Decimal(service[4]),
        "place_of_service": _at(service, 5) or place,
        "diagnosis_pointers": tuple(int(part) for part in _at(service, 7).split(component) if part),
        "service_date": _day(first),
        "service_date_end": _day(last),
        "line_control_number": next((parts[2] for parts in _values(own, "REF") if parts[1] == "6R"), None),
        "ndc": drugs[0][3] if drugs else None,
        "ndc_quantity": Decimal(quantities[0][4]) if quantities else None,
        "ndc_unit": quantities[0][5].split(component)[0] if quantities else None,
    }


def _values(found: Sequence[Segment], tag: str) -> list[list[str]]:
    return [segment.elements for segment in found if segment.tag == tag]


def _at(parts: Sequence[str], index: int) -> str:
    return parts[index] if index < len(parts) else ""


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


# Generated batches ----------------------------------------------------------------------------------------------------


class Batch(NamedTuple):
    """A generated batch: its files and the findings that it must give."""

    files: tuple[bytes, ...]
    names: tuple[str, ...]
    truth: tuple[dict[str, Any], ...]


@cache
def generated(*options: str) -> Batch:
    """What scripts/generate_batch.py makes of the options; the same options are made once."""
    scripts = str(ROOT / "scripts")
    if scripts not in sys.path:
        sys.path.insert(0, scripts)
    generator: Any = importlib.import_module("generate_batch")
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder, "truth.jsonl")
        generator.run(["--output", str(Path(folder, "batch.837")), "--truth", str(truth), *options])
        paths = sorted(Path(folder).glob("*.837"))
        return Batch(
            tuple(path.read_bytes() for path in paths),
            tuple(path.name for path in paths),
            tuple(json.loads(row) for row in truth.read_text("utf-8").splitlines()),
        )
