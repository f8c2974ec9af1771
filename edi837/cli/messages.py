"""What goes to the standard error besides a failure: diagnostics and the summary."""

from __future__ import annotations

from collections import Counter

import click

from edi837.diagnostics import Diagnostic
from edi837.model import Severity
from edi837.reporters.base import printable

# A file with a systematic fault has as many diagnostics as claims: a person needs a few and the number.
_SHOWN = 3


def say(line: str) -> None:
    """One line to the standard error."""
    click.echo(printable(line), err=True)


class DiagnosticPrinter:
    """Prints diagnostics, one a line: `file:segment: error X207 message; cure`.

    It shows the first three of a code and file. Quiet prints errors only: they are why the exit code is 2.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._seen: Counter[tuple[str, str]] = Counter()
        self.errors = 0

    def show(self, diagnostic: Diagnostic) -> None:
        """Prints one, and counts it where it is an error."""
        if diagnostic.severity is Severity.ERROR:
            self.errors += 1
        elif self._quiet:
            return
        key = (diagnostic.file, diagnostic.code)
        self._seen[key] += 1
        if self._seen[key] <= _SHOWN:
            say(diagnostic_line(diagnostic))

    def finish(self) -> None:
        """Says how many were left out."""
        for (file, code), count in self._seen.items():
            if count > _SHOWN:
                say(f"{file}: {count - _SHOWN:,} more {code}")


def diagnostic_line(diagnostic: Diagnostic) -> str:
    """One diagnostic for a person: place, severity, code, what is wrong, what to do."""
    place = diagnostic.file if diagnostic.segment is None else f"{diagnostic.file}:{diagnostic.segment}"
    return f"{place}: {diagnostic.severity.value} {diagnostic.code} {diagnostic.message}; {diagnostic.cure}"
