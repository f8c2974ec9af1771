"""Whole runs over files: what `DenialRun` makes of a folder of claims and remittances."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from denial_cases import PAIRS

from edi837.denials.report import ClaimReport, DenialRow, DenialSummary, UnmatchedPayment
from edi837.denials.scorecard import Scorecard
from edi837.diagnostics import Diagnostic
from edi837.engines.denials import DenialRun
from edi837.engines.inputs import expand
from edi837.settings import Settings

ROOT = PAIRS.parent.parent


class Told(NamedTuple):
    """Everything that a run said."""

    reports: list[ClaimReport]
    unmatched: list[UnmatchedPayment]
    summary: DenialSummary
    scorecard: Scorecard
    diagnostics: list[Diagnostic]

    @property
    def rows(self) -> list[DenialRow]:
        return [row for report in self.reports for row in report.rows]


def run(claims: Iterable[Path], remits: Iterable[Path], **options: Any) -> Told:
    """A run over some files."""
    with DenialRun(
        expand([str(path) for path in claims]), expand([str(path) for path in remits]), Settings(), **options
    ) as made:
        reports = [report for batch in made.claims() for report in batch]
        unmatched = list(made.unmatched())
        assert not made.crashed
        return Told(reports, unmatched, made.summary(), made.scorecard, made.diagnostics)


class Practice(NamedTuple):
    """A made-up practice with the truth about its lines, by (file, claim, line)."""

    folder: Path
    truth: dict[tuple[str, str, str], dict[str, Any]]

    @property
    def claims(self) -> list[Path]:
        return sorted(self.folder.glob("*.837"))

    @property
    def remits(self) -> list[Path]:
        return sorted(self.folder.glob("*.835"))


def practice(folder: Path, *options: str) -> Practice:
    """Writes the files of a practice; voids, which bill nothing, have no truth."""
    command = [sys.executable, "scripts/generate_practice.py", *options, "--output", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    truth = {}
    for text in (folder / "truth.jsonl").read_text().splitlines():
        row = json.loads(text)
        if row["frequency"] != "8":
            truth[row["file"], row["claim"], row["line"]] = row
    return Practice(folder, truth)
