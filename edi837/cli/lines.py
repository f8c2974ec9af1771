"""`edi837 lines`: the service lines of claim files as a table."""

from __future__ import annotations

import click

from edi837.cli.collector import settle
from edi837.cli.failure import FAILED, Failure
from edi837.cli.messages import DiagnosticPrinter, say
from edi837.cli.output import open_output
from edi837.cli.progress import progress_bar
from edi837.cli.spark import engine_option, extract, output_folder
from edi837.engines.inputs import expand
from edi837.engines.line_workers import read_encoded
from edi837.reporters.base import counted
from edi837.reporters.rows import ROW_WRITERS
from edi837.tables import LINE_COLUMNS


@click.command("lines")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(ROW_WRITERS)),
    default="jsonl",
    show_default=True,
    help="The table's form.",
)
@click.option("-o", "--output", metavar="FILE", help="Write the table to FILE, whole or not at all.")
@engine_option
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", default=1, show_default=True, help="Worker processes.")
@click.option("--stdin-filename", metavar="NAME", default="-", help="The name to report for the standard input.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary, no warnings about the files.")
def command(
    paths: tuple[str, ...],
    format_name: str,
    output: str | None,
    engine: str,
    jobs: int,
    stdin_filename: str,
    quiet: bool,
) -> None:
    """Prints one row for each service line of 837P files: codes, units, charge, dates, drug, payer and place.

    PATH is a file, a folder, a glob, a .gz or .zip file, or - for the standard input. The rows hold what was
    sent, free text included: treat them as the claims themselves.
    """
    printer = DiagnosticPrinter(quiet)
    if engine == "spark":
        with extract("lines", paths, output_folder(output, "format_name", "jobs", "stdin_filename")) as result:
            counts = result.counts
            for diagnostic in result.told:
                printer.show(diagnostic)
        _finish(printer, counts.claims, counts.services, quiet=quiet)
        return
    writer = ROW_WRITERS[format_name]()
    inputs = expand(paths, stdin_filename)
    claims = rows = 0
    settle()
    with (
        progress_bar(inputs, passes=1, quiet=quiet, to_file=output is not None) as advance,
        open_output(output, [file.source for file in inputs]) as write,
    ):
        write(writer.start(LINE_COLUMNS))
        for part in read_encoded(inputs, format_name, jobs=jobs, on_diagnostic=printer.show, progress=advance):
            claims += part.claims
            rows += part.rows
            write(writer.joined(part.data))
        write(writer.finish())
    _finish(printer, claims, rows, quiet=quiet)


def _finish(printer: DiagnosticPrinter, claims: int, rows: int, *, quiet: bool) -> None:
    """Says what was read, and ends with the exit code of what was not."""
    printer.finish()
    if not claims:
        raise Failure("no 837P claim was found")
    if not quiet:
        say(f"{counted(claims, 'claim')}, {counted(rows, 'service line')}.")
    if printer.errors:
        raise click.exceptions.Exit(FAILED)
