"""The figures of a run on Spark: what the local engine's `Tally` says, from sums that the cluster makes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs
from pyspark.sql import Window
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it

from edi837.diagnostics import Diagnostic, diagnostic
from edi837.index import FileIndex, Run
from edi837.model import Finding, Severity
from edi837.results import FileResult, FindingCounts, Summary
from edi837.suppression import Suppressor
from edi837.tally import RegionResult, Tally

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_SHOWN = 3
"""Diagnostics of one code and file that are brought to the driver: as many as are printed."""

_CENT = Decimal("0.01")


class Figures(NamedTuple):
    """The end of a run."""

    summary: Summary
    files: tuple[FileResult, ...]
    diagnostics: tuple[Diagnostic, ...]
    """Those to show, as in `ExtractedRows.told`; behind them those of the suppressions."""
    crashed: bool
    """Whether a rule failed; each failure is a finding INT001 too."""


def diagnostics_of(*frames: DataFrame) -> DataFrame:
    """The rows in the diagnostics cells of one pass after the other."""
    passes = [
        frame.select(F.explode("diagnostics").alias("row"), F.lit(number).alias("pass")).select("row.*", "pass")
        for number, frame in enumerate(frames)
    ]
    [first, *others] = passes
    for other in others:
        first = first.unionAll(other)
    return first


def told(diagnostics: DataFrame, names: Sequence[str]) -> tuple[Diagnostic, ...]:
    """The diagnostics to show, by file and place: of each code the first ones, the last of them again for the others.

    Who prints a few and counts the others gets the right count, and the driver holds only a few.
    """
    files = _by_file(diagnostics, names)
    return tuple(found for own in files for found in sorted(own, key=lambda item: (item.offset or 0, item.code)))


def figures_of(
    names: Sequence[str],
    index: DataFrame,
    looked: DataFrame,
    together: DataFrame | None,
    findings: DataFrame,
    suppressor: Suppressor | None,
) -> Figures:
    """The figures of a check."""
    faults = _by_file(diagnostics_of(index, looked), names)
    facts = ("size", "interchanges", "transactions", "claims", "lost")
    sums = index.groupBy("file_number").agg(*(F.sum(name).alias(name) for name in facts)).collect()
    files = [FileIndex(name, 0, [], own, 0, 0, 0, 0) for name, own in zip(names, faults, strict=True)]
    for row in sums:
        files[row.file_number] = structs.replace(files[row.file_number], **{name: row[name] for name in facts})
    tally = Tally(Run(files, frozenset()), suppressor)
    crashed = False
    for frame in (looked, together):
        if frame is not None:
            result, broken = _counted(frame)
            tally.add(0, result)
            crashed = crashed or broken
    counts = {
        (row.severity, row.known): row["count"]
        for row in findings.groupBy("severity", F.col("suppressed").isNotNull().alias("known")).count().collect()
    }
    known = sum(count for (_, is_known), count in counts.items() if is_known)
    if known:
        for finding in _known(findings):
            tally.suppressed.add(finding)
    new = FindingCounts(*(counts.get((severity.value, False), 0) for severity in Severity if severity.rank))
    summary = structs.replace(tally.summary(), findings=new, suppressed=known)
    return Figures(summary, tally.files(), tally.diagnostics(), crashed)


def _counted(frame: DataFrame) -> tuple[RegionResult, bool]:
    """What the cells of a pass add up to, and whether a rule failed."""
    sums = [F.sum(name).alias(name) for name in ("checked", "unreadable", "at_risk")]
    row = frame.agg(*sums, F.max("crashed").alias("crashed")).first()
    assert row is not None
    at_risk = row.at_risk or Decimal(0)
    cents = at_risk.quantize(_CENT)
    result = RegionResult([], [], 0, row.checked or 0, row.unreadable or 0, cents if cents == at_risk else at_risk)
    return result, bool(row.crashed)


def _by_file(diagnostics: DataFrame, names: Sequence[str]) -> list[list[Diagnostic]]:
    """The diagnostics of each file in the order in which they were found, few of each code."""
    found_in, place = F.col("pass"), F.col("claim_offset")
    order = [found_in, F.when(found_in == 0, F.col("position")).otherwise(place), F.col("position")]
    kind = Window.partitionBy("file_number", "code")
    ranked = diagnostics.withColumns(
        {"rank": F.row_number().over(kind.orderBy(*order)), "number": F.count("*").over(kind)}
    )
    files: list[list[Diagnostic]] = [[] for _ in names]
    for row in ranked.where(F.col("rank") <= _SHOWN).orderBy(F.col("file_number"), *order).collect():
        found = diagnostic(row.code, row.message, row.file, row.segment, row.offset)
        files[row.file_number] += [found] * (row.number - _SHOWN + 1 if row["rank"] == _SHOWN else 1)
    return files


def _known(findings: DataFrame) -> list[Finding]:
    """A finding for each that was suppressed, with what `Suppressed` asks of it."""
    rows = findings.where("suppressed is not null").select("code", "fingerprint", "suppressed").distinct().collect()
    return [structs.replace(_ANY, **row.asDict()) for row in rows]


# fmt: off
_ANY = Finding(
    "", "", Severity.INFO, "", "", None, "", "", "", "", "", 0, 0, 0, 0, "", None, Decimal(0), "", "", (), (), "",
)
# fmt: on
