"""The progress bar: only for a person at a terminal whose report goes elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from edi837.engines.inputs import InputFile

Advance = Callable[[int, int], None]
"""Takes the bytes and the claims that are done so far."""


@contextmanager
def progress_bar(inputs: Sequence[InputFile], *, passes: int, quiet: bool, to_file: bool) -> Iterator[Advance | None]:
    """A function to report progress to, or None where nobody sees a bar or it would run into the report.

    The bytes reported are those of so many passes over the inputs.
    """
    report_on_terminal = not to_file and sys.stdout.isatty()
    if quiet or report_on_terminal or not sys.stderr.isatty():
        yield None
        return
    # rich takes longer to import than a small batch takes to check.
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    sizes = [file.size for file in inputs]
    total = None if None in sizes else passes * sum(size for size in sizes if size is not None)
    columns = (
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TextColumn("{task.fields[claims]:,} claims"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, claims=0)

        def advance(done: int, claims: int) -> None:
            bar.update(task, completed=done, claims=claims)

        yield advance
