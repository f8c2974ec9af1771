"""How a denial report is told: text and full for a person, json, jsonl and csv for programs."""

from __future__ import annotations

from importlib import import_module

from edi837.denials.reasons import Reasons
from edi837.reporters.denials.base import DenialReporter

FORMATS = {
    "text": "edi837.reporters.denials.text:TextReporter",
    "full": "edi837.reporters.denials.full:FullReporter",
    "json": "edi837.reporters.denials.rows:JsonReporter",
    "jsonl": "edi837.reporters.denials.rows:JsonlReporter",
    "csv": "edi837.reporters.denials.rows:CsvReporter",
}

ROWS_ONLY = frozenset({"jsonl", "csv"})
"""Formats that show what became of each line, and nothing of what the run adds up to."""


def load_denial_reporter(name: str, reasons: Reasons, *, every_claim: bool = False) -> DenialReporter:
    """A new reporter of one of the formats; `full` tells claims without a denial too, where every claim is wanted."""
    module, _, attribute = FORMATS[name].partition(":")
    reporter: DenialReporter = getattr(import_module(module), attribute)(reasons, every_claim)
    return reporter
