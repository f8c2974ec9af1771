"""`edi837 check`: the findings of claim files, and the exit code that a pipeline waits for."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from edi837.cli.adoption import baseline_option, open_suppressor, refuse_same_file
from edi837.cli.collector import settle
from edi837.cli.discovery import read_settings, refdata_option, rule_names, settings_options
from edi837.cli.failure import FAILED, FOUND, OK
from edi837.cli.messages import DiagnosticPrinter, say
from edi837.cli.output import open_output
from edi837.cli.progress import progress_bar
from edi837.cli.spark import check_files, engine_option, output_folder
from edi837.engines.inputs import expand
from edi837.engines.local import CheckRun, tool
from edi837.engines.refdata import open_reference, read_folder
from edi837.model import Severity
from edi837.reporters import BUILT_IN, load_reporter
from edi837.reporters.base import counted, story
from edi837.reporters.text import StatisticsReporter
from edi837.results import FindingCounts
from edi837.rules import load_rules
from edi837.suppression import unsuppressed

if TYPE_CHECKING:
    from edi837.engines.spark.figures import Figures

_LOCAL_OPTIONS = ("format_name", "statistics", "add_baseline", "conformance", "jobs", "stdin_filename")

_LEVELS = [severity.value for severity in Severity]


@click.command("check")
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
    "--select",
    multiple=True,
    metavar="RULES",
    help="Run only these: codes, names or family letters, with commas.",
)
@click.option("--ignore", multiple=True, metavar="RULES", help="Leave these out, besides those of the settings file.")
@click.option("--preview", is_flag=True, help="Run the rules in preview too.")
@click.option(
    "--fail-on",
    type=click.Choice(_LEVELS),
    help="The least severity of a finding that makes the exit code 1. [default: error]",
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 in spite of findings; what could not be checked is still 2.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule (in text: in place of the findings).")
@baseline_option
@click.option("--add-baseline", is_flag=True, help="Add the findings of this run to the baseline FILE.")
@click.option("--show-suppressed", is_flag=True, help="Report suppressed findings too, each marked.")
@click.option("--conformance", is_flag=True, help="Find breaches of the implementation guide too, as validate does.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", default=1, show_default=True, help="Worker processes.")
@engine_option
@click.option("--stdin-filename", metavar="NAME", default="-", help="The name to report for the standard input.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary, no warnings about the files.")
@refdata_option
@settings_options
def command(
    paths: tuple[str, ...],
    format_name: str,
    output: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    preview: bool,
    fail_on: str | None,
    exit_zero: bool,
    statistics: bool,
    baseline: str | None,
    add_baseline: bool,
    show_suppressed: bool,
    conformance: bool,
    jobs: int,
    engine: str,
    stdin_filename: str,
    quiet: bool,
    refdata: str | None,
    config: str | None,
    isolated: bool,
) -> None:
    """Finds the injection claims in 837P files that a payer will deny, and says what to do about each.

    PATH is a file, a folder, a glob, a .gz or .zip file, or - for the standard input. The report goes to the
    standard output, everything else to the standard error.
    """
    rules = load_rules()
    settings, settings_path = read_settings(config, isolated, rules)
    settings = settings.override(
        rules,
        select=rule_names(select),
        ignore=rule_names(ignore),
        fail_on=Severity(fail_on) if fail_on else None,
        preview=preview,
    )
    reporter = load_reporter(format_name)
    counter = StatisticsReporter() if statistics else None
    if counter and reporter.human:
        reporter, counter = counter, None
    refuse_same_file(baseline, output)
    suppressor = open_suppressor(settings, settings_path, baseline, adding=add_baseline)
    if engine == "spark":
        folder = output_folder(output, *_LOCAL_OPTIONS)
        figures = check_files(
            paths, folder, settings, suppressor, read_folder(refdata), show_suppressed=show_suppressed
        )
        _tell(figures, quiet=quiet, said=False, counter=None)
        raise click.exceptions.Exit(_exit_code(figures, settings.fail_on, exit_zero))
    inputs = expand(paths, stdin_filename)
    sources = [file.source for file in inputs]
    tables = read_folder(refdata)
    maker = tool(settings, open_reference(tables))
    settle()
    with ExitStack() as copies, progress_bar(inputs, passes=1, quiet=quiet, to_file=output is not None) as advance:
        beside = None
        if conformance:
            # Here, so that nobody else pays for it.
            from edi837.engines.conformance import ConformanceRun, judged_by_pyx12, read_twice

            maker = judged_by_pyx12(maker)
            inputs = read_twice(inputs, copies)
            beside = ConformanceRun(inputs, jobs=jobs)
        run = CheckRun(
            inputs,
            settings,
            suppressor=suppressor,
            refdata=tables,
            billed=reporter.billed,
            jobs=jobs,
            progress=advance,
        )
        with ExitStack() as stack:
            write = stack.enter_context(open_output(output, sources, binary=reporter.binary))
            keep = stack.enter_context(open_output(baseline, sources)) if add_baseline else None
            write(reporter.start(maker))
            for found in beside.along(run) if beside else run:
                batch = found if show_suppressed else unsuppressed(found)
                write(reporter.findings(batch))
                if counter:
                    counter.findings(batch)
            write(reporter.finish(run.summary, run.files, run.diagnostics))
            if keep:
                keep(run.baseline.to_bytes())
    _tell(run, quiet=quiet, said=reporter.human and output is None, counter=counter)
    if add_baseline and not quiet:
        say(f"{baseline}: now knows {counted(len(run.baseline), 'finding')}")
    raise click.exceptions.Exit(_exit_code(run, settings.fail_on, exit_zero))


def _tell(run: CheckRun | Figures, *, quiet: bool, said: bool, counter: StatisticsReporter | None) -> None:
    printer = DiagnosticPrinter(quiet)
    for diagnostic in run.diagnostics:
        printer.show(diagnostic)
    printer.finish()
    if counter:
        click.echo(counter.table(), err=True, nl=False)
    if not quiet and not said:
        say(story(run.summary))


def _exit_code(run: CheckRun | Figures, fail_on: Severity, exit_zero: bool) -> int:
    """2 before 1: a batch that was not checked whole is no batch with known findings."""
    incomplete = any(file.status in ("partial", "unreadable") for file in run.files)
    lost = any(diagnostic.severity is Severity.ERROR for diagnostic in run.diagnostics)
    if run.crashed or incomplete or lost or not run.summary.checked:
        return FAILED
    if _reaches(run.summary.findings, fail_on) and not exit_zero:
        return FOUND
    return OK


def _reaches(found: FindingCounts, threshold: Severity) -> bool:
    counts = ((Severity.ERROR, found.error), (Severity.WARNING, found.warning), (Severity.INFO, found.info))
    return any(count and severity.reaches(threshold) for severity, count in counts)
