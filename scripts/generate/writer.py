"""Batches on disk: interchanges, transaction sets and HL loops around the claims, and the truth file."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TextIO

from .claims import Claim, Filler, claim_loop, dependent_loop, subscriber_loop
from .people import Billing, Dice, Patient, billing_group
from .plan import Mix, Planner
from .visits import Maker

VERSION = "005010X222A1"
_FLUSH = 500


@dataclass(frozen=True, slots=True)
class Layout:
    """The shape of the files: how the claims are divided, with which delimiters and line ends.

    ``delimiters`` are element, component, segment and repetition, as in ``*:~^``.
    """

    outputs: tuple[Path, ...]
    interchanges: int = 1
    claims_per_transaction: int = 5000
    groups: int = 5
    segments_per_claim: float = 26.0
    delimiters: str = "*:~^"
    line_ending: str = ""


@dataclass(slots=True)
class Totals:
    """What was written."""

    claims: int = 0
    lines: int = 0
    segments: int = 0
    transactions: int = 0
    findings: int = 0
    bytes: int = 0


def shares(total: int, parts: int) -> list[int]:
    """``total`` divided into ``parts`` that differ by one at most."""
    whole, rest = divmod(total, parts)
    return [whole + (part < rest) for part in range(parts)]


def days(start: dt.date, end: dt.date) -> list[str]:
    """The dates from ``start`` to ``end`` as X12 writes them."""
    return [f"{start + dt.timedelta(days=day):%Y%m%d}" for day in range((end - start).days + 1)]


class Output:
    """A file being written: collects segments, swaps the delimiters, counts."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self.segments = 0
        self._file: TextIO = path.open("w", encoding="ascii", newline="")
        self._parts: list[str] = []
        self._table = str.maketrans("*:~^", layout.delimiters) if layout.delimiters != "*:~^" else None
        self._ending = layout.line_ending

    def add(self, text: str) -> None:
        """Append whole segments."""
        self.segments += text.count("~")
        self._parts.append(text)
        if len(self._parts) >= _FLUSH:
            self._flush()

    def _flush(self) -> None:
        text = "".join(self._parts)
        self._parts.clear()
        if self._ending:
            text = text.replace("~", f"~{self._ending}")
        self._file.write(text.translate(self._table) if self._table else text)

    def __enter__(self) -> Output:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()
        self._file.close()


def interchange_start(control: int, sent: dt.date) -> str:
    """ISA and GS of an interchange with one functional group."""
    return (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'SAMPLEBILLING':15}*ZZ*{'SAMPLECLEARING':15}"
        f"*{sent:%y%m%d}*0600*^*00501*{control:09d}*0*T*:~"
        f"GS*HC*SAMPLEBILLING*SAMPLECLEARING*{sent:%Y%m%d}*0600*{control}*X*{VERSION}~"
    )


def transaction_start(number: str, control: int, sent: dt.date) -> str:
    """ST, BHT, submitter and receiver."""
    return (
        f"ST*837*{number}*{VERSION}~BHT*0019*00*B{control}{number}*{sent:%Y%m%d}*0600*CH~"
        "NM1*41*2*SAMPLE BILLING SERVICE*****46*SBS837~PER*IC*BATCH DESK*TE*5555550100~"
        "NM1*40*2*SAMPLE CLEARINGHOUSE*****46*SCH837~"
    )


class Levels:
    """The HL loops of a transaction set: what opens before each claim."""

    def __init__(self) -> None:
        self._level = self._owner = self._holder = 0
        self._group: Billing | None = None
        self._patient: Patient | None = None

    def before(self, group: Billing, who: Patient) -> str:
        """The levels to open for a claim of a patient that a group bills: none where they are open already."""
        text = ""
        if group is not self._group:
            self._group, self._patient = group, None
            self._level += 1
            self._owner = self._level
            text += f"HL*{self._level}**20*1~{group.segments}"
        known = self._patient
        if known is None or who.subscriber is not known.subscriber:
            self._level += 1
            self._holder = self._level
            below = 0 if who.dependent is None else 1
            text += f"HL*{self._level}*{self._owner}*22*{below}~{subscriber_loop(who)}"
        if who is not known and who.dependent is not None:
            self._level += 1
            text += f"HL*{self._level}*{self._holder}*23*0~{dependent_loop(who)}"
        self._patient = who
        return text


class BatchWriter:
    """Writes one batch and its truth file."""

    def __init__(self, mix: Mix, layout: Layout, seed: int, start: dt.date, end: dt.date) -> None:
        self._dice = Dice(seed)
        self._layout = layout
        self._mix = mix
        self._tag = f"{seed % 36**3:05d}"
        self._groups = tuple(billing_group(self._dice, number) for number in range(layout.groups))
        maker = Maker(self._dice, days(start, end), self._groups[0], self._tag)
        self._planner = Planner(mix, maker, self._groups)
        self._sent = end + dt.timedelta(days=1)
        self._control = seed % 10_000 * 10**5
        self._truth: TextIO | None = None
        # How many segments a claim may add to reach the average that was asked for.
        self._room = 0.0
        self.totals = Totals()

    def write(self, truth: Path) -> Totals:
        """Write all files; returns what they hold."""
        outputs = self._layout.outputs
        with truth.open("w", encoding="ascii", newline="\n") as self._truth:
            for path, claims in zip(outputs, shares(self._mix.claims, len(outputs)), strict=True):
                with Output(path, self._layout) as out:
                    for part in shares(claims, self._layout.interchanges):
                        self._interchange(out, part)
                self.totals.segments += out.segments
                self.totals.bytes += path.stat().st_size
        return self.totals

    def _interchange(self, out: Output, claims: int) -> None:
        self._control += 1
        control = f"{self._control:09d}"
        out.add(interchange_start(self._control, self._sent))
        size = self._layout.claims_per_transaction
        parts = [size] * (claims // size) + ([claims % size] if claims % size else [])
        for number, part in enumerate(parts, 1):
            self._transaction(out, f"{number:04d}", part)
        out.add(f"GE*{len(parts)}*{self._control}~IEA*1*{control}~")

    def _transaction(self, out: Output, number: str, claims: int) -> None:
        before = out.segments
        self.totals.transactions += 1
        out.add(transaction_start(number, self._control, self._sent))
        for text in self._claims(out.path.name, claims):
            out.add(text)
            wanted = self._layout.segments_per_claim * self.totals.claims
            self._room = (wanted - self.totals.segments - out.segments) / 4
        out.add(f"SE*{out.segments - before + 1}*{number}~")

    def _claims(self, name: str, claims: int) -> Iterator[str]:
        """The claims of a transaction set, each with the HL loops that open before it."""
        levels = Levels()
        for place in range(claims):
            turn = self._planner.turn(place * len(self._groups) // claims)
            claim = self._planner.claim(turn)
            group = self._groups[turn]
            yield levels.before(group, claim.patient) + self._claim(name, claim, group)

    def _claim(self, name: str, claim: Claim, group: Billing) -> str:
        self.totals.claims += 1
        self.totals.lines += len(claim.lines)
        number = f"P{self._tag}{self.totals.claims:07d}"
        if claim.expected:
            self._expect(name, number, claim)
        return claim_loop(claim, number, self._filler(number, claim, group))

    def _filler(self, number: str, claim: Claim, group: Billing) -> Filler:
        """Segments that bring the batch to its size: about as many as it has fallen behind."""
        count = int(self._room + self._dice.random() * 3 - 1)
        if count <= 0:
            return Filler()
        site = count > 4
        start = self._dice.between(0, 3)
        chosen = {(start + step) % 4 for step in range(count - 3 if site else count)}
        reference = f"REF*D9*C{number}~" if 1 in chosen else ""
        record = f"REF*EA*MR{number[-7:]}~" if 2 in chosen else ""
        return Filler(
            f"DTP*431*D8*{claim.lines[0].date}~" if 0 in chosen else "",
            reference + record,
            group.referrer if 3 in chosen else "",
            group.site if site else "",
        )

    def _expect(self, name: str, number: str, claim: Claim) -> None:
        """Add the claim's findings to the truth file: those on the claim first, then by line and rule."""
        places = {line: place for place, line in enumerate(claim.lines, 1)}
        rows = sorted((places[line] if line else 0, rule) for line, rule in claim.expected)
        self.totals.findings += len(rows)
        if self._truth is None:
            raise RuntimeError("the truth file is not open")
        for place, rule in rows:
            row = {"file": name, "claim": number, "line": str(place) if place else None, "rule": rule}
            self._truth.write(json.dumps(row | {"defect": claim.shape}) + "\n")
