"""Runs in memory with what is known of them: a check with a `Suppressor`."""

from __future__ import annotations

from edi837.check import CheckResult, check_run
from edi837.index import FileScan, Run
from edi837.reference import Reference
from edi837.rules import load_rules
from edi837.settings import Settings
from edi837.suppression import Suppressor, open_engine
from edi837.tally import Tally


def check_known(data: bytes, settings: Settings, suppressor: Suppressor | None, rules=None) -> CheckResult:
    """The check of one batch with the suppressor's engine."""
    engine = open_engine(rules or load_rules(), settings, Reference.builtin(), suppressor)
    scan = FileScan("batch.837", engine.trigger())
    scan.feed(data)
    run = Run.of([scan.close()])
    tally = Tally(run, suppressor)
    findings = []
    for number, result in check_run(run, engine, lambda file, offset, size: data[offset : offset + size]):
        tally.add(number, result)
        findings += result.findings
    return CheckResult(tuple(findings), tally.diagnostics(), tally.files(), tally.summary(), engine.crashed)
