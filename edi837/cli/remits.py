"""`edi837 remits`: the service payments of remittance files as a table."""

from __future__ import annotations

import click

from edi837.cli.collector import settle
from edi837.cli.failure import FAILED, Failure
from edi837.cli.messages import DiagnosticPrinter, say
from edi837.cli.output import open_output
from edi837.cli.progress import progress_bar
from edi837.cli.spark import engine_option, extract, output_folder
from edi837.engines.inputs import expand
from edi837.engines.remits import read_remits
from edi837.remits.transaction import Remittance
from edi837.reporters.base import counted
from edi837.reporters.rows import ROW_WRITERS
from edi837.tables import REMIT_COLUMNS, remit_rows


@click.command("remits")
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
@click.option("--stdin-filename", metavar="NAME", default="-", help="The name to report for the standard input.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary, no warnings about the files.")
def command(
    paths: tuple[str, ...],
    format_name: str,
    output: str | None,
    engine: str,
    stdin_filename: str,
    quiet: bool,
) -> None:
    """Prints one row for each service payment of 835 files: what was paid, adjusted and remarked, and by whom.

    A claim payment without services has one row of its own. What does not add up (CAS against charge and payment,
    the claims against BPR02) is a warning. PATH is a file, a folder, a glob, a .gz or .zip file, or - for the
    standard input.
    """
    printer = DiagnosticPrinter(quiet)
    if engine == "spark":
        with extract("remits", paths, output_folder(output, "format_name", "stdin_filename")) as result:
            counts = result.counts
            for diagnostic in result.told:
                printer.show(diagnostic)
        _finish(printer, counts.remittances, counts.claims, counts.services, quiet=quiet)
        return
    writer = ROW_WRITERS[format_name]()
    inputs = expand(paths, stdin_filename)
    remittances: list[Remittance] = []
    claims = 0
    settle()
    with (
        progress_bar(inputs, passes=1, quiet=quiet, to_file=output is not None) as advance,
        open_output(output, [file.source for file in inputs]) as write,
    ):
        write(writer.start(REMIT_COLUMNS))
        for batch in read_remits(
            inputs, on_diagnostic=printer.show, on_remittance=remittances.append, progress=advance
        ):
            claims += len(batch)
            write(writer.joined(writer.encoded([row for payment in batch for row in remit_rows(payment)])))
        write(writer.finish())
    services = sum(remittance.services for remittance in remittances)
    _finish(printer, len(remittances), claims, services, quiet=quiet)


def _finish(printer: DiagnosticPrinter, remittances: int, claims: int, services: int, *, quiet: bool) -> None:
    """Says what was read, and ends with the exit code of what was not."""
    printer.finish()
    if not remittances:
        raise Failure("no 835 remittance was found")
    if not quiet:
        say(
            f"{counted(remittances, 'remittance')}, {counted(claims, 'claim payment')}, "
            f"{counted(services, 'service payment')}."
        )
    if printer.errors:
        raise click.exceptions.Exit(FAILED)
