"""`edi837 validate`: whether files keep the form of their implementation guide, and the 999 that says so."""

from __future__ import annotations

import os
from contextlib import nullcontext

import click

from edi837.cli.failure import FAILED, FOUND, OK, Failure
from edi837.cli.messages import DiagnosticPrinter, say
from edi837.cli.output import open_output
from edi837.cli.progress import progress_bar
from edi837.engines.conformance import ConformanceRun, validation_tool
from edi837.engines.inputs import STDIN, expand
from edi837.reporters import BUILT_IN, load_reporter
from edi837.reporters.base import story


class _UnansweredError(Exception):
    """The 999 would not answer for all of the input: it must not appear."""


@click.command("validate")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "format_name",
    metavar="|".join(BUILT_IN),
    default="text",
    show_default=True,
    help="The report's form.",
)
@click.option("-o", "--output", metavar="FILE", help="Write the report to FILE, whole or not at all.")
@click.option(
    "--ack",
    metavar="FILE",
    help="Write the 999 that answers the files to FILE: the same for the same input, and only if all was validated.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes. [default: one a processor]")
@click.option("--stdin-filename", metavar="NAME", default="-", help="The name to report for the standard input.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary, no warnings about the files.")
def command(
    paths: tuple[str, ...],
    format_name: str,
    output: str | None,
    ack: str | None,
    jobs: int | None,
    stdin_filename: str,
    quiet: bool,
) -> None:
    """Finds where 837P and 835 files break the form of their implementation guide: segments, loops, elements, counts.

    PATH is a file, a folder, a glob, a .gz or .zip file, or - for the standard input. pyx12 is the judge; it takes a
    second for some 300 claims in each process. Exit codes: 0 no findings; 1 findings; 2 not all was validated.
    """
    if ack == STDIN:
        raise click.UsageError("--ack needs the name of a file")
    if ack and output and os.path.realpath(ack) == os.path.realpath(output):
        raise click.UsageError("--ack and --output name the same file")
    reporter = load_reporter(format_name)
    inputs = expand(paths, stdin_filename)
    sources = [file.source for file in inputs]
    with (
        progress_bar(inputs, passes=1, quiet=quiet, to_file=output is not None) as advance,
        open_output(output, sources, binary=reporter.binary) as write,
    ):
        write(reporter.start(validation_tool()))
        unanswered = None
        try:
            with open_output(ack, sources) if ack else nullcontext() as answer:
                run = ConformanceRun(inputs, jobs=jobs or os.cpu_count() or 1, progress=advance, acknowledge=answer)
                for batch in run:
                    write(reporter.findings(batch))
                if ack and not (run.complete and run.answered):
                    raise _UnansweredError
        except _UnansweredError:
            unanswered = "a transaction set is in no functional group" if run.complete else "not all was validated"
        write(reporter.finish(run.summary, run.files, run.diagnostics))
    printer = DiagnosticPrinter(quiet)
    for diagnostic in run.diagnostics:
        printer.show(diagnostic)
    printer.finish()
    if not quiet and not (reporter.human and output is None):
        say(story(run.summary))
    if unanswered:
        raise Failure(f"{ack}: not written: {unanswered}")
    if not run.complete:
        raise click.exceptions.Exit(FAILED)
    raise click.exceptions.Exit(FOUND if run.summary.findings.error else OK)
