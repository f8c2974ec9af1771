"""The values of a finished run: what became of each file, the figures, and what made the report."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class FileResult(msgspec.Struct, frozen=True, gc=False):
    """What became of one input file.

    `ok` every claim was read; `partial` some of it was lost, `unreadable` all of it; `skipped` nothing here to check.
    """

    file: str
    status: str
    reason: str
    claims: int


class FindingCounts(msgspec.Struct, frozen=True, gc=False):
    """How many findings of each severity a run has, suppressed ones left out."""

    error: int = 0
    warning: int = 0
    info: int = 0


class Summary(msgspec.Struct, frozen=True, gc=False):
    """The figures of one run. claims = checked + not_applicable + unreadable."""

    files: int
    interchanges: int
    transactions: int
    claims: int
    """CLM segments seen in the 837P transaction sets."""
    checked: int
    """Claims that a rule could speak about and that were read whole."""
    not_applicable: int
    """Claims of encounters without a trigger code, and void claims."""
    unreadable: int
    """Claims with an error diagnostic: not checked is not clean."""
    findings: FindingCounts
    suppressed: int
    at_risk: Decimal
    """Charges of the service lines with an error, each line once, dollars."""


class Tool(msgspec.Struct, frozen=True, gc=False):
    """What made a report: versions of the program, its rules and its reference tables."""

    name: str
    version: str
    rules_version: str
    reference: dict[str, str]
