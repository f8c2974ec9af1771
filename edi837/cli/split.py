"""`edi837 split`: a batch in two, the claims that may go to the payer and those that somebody has to correct first."""

from __future__ import annotations

import os
from collections import deque

import click

from edi837.cli.adoption import baseline_option, open_suppressor
from edi837.cli.collector import settle
from edi837.cli.discovery import read_settings, refdata_option, rule_names, settings_options
from edi837.cli.failure import FOUND, OK, Failure
from edi837.cli.messages import DiagnosticPrinter, say
from edi837.cli.output import GrowingFile, open_together
from edi837.cli.progress import progress_bar
from edi837.engines.inputs import expand
from edi837.engines.local import tool
from edi837.engines.refdata import open_reference, read_folder
from edi837.engines.split import SplitRun
from edi837.errors import SettingsError
from edi837.model import Severity
from edi837.reporters import BUILT_IN, load_reporter
from edi837.reporters.base import Reporter, counted, dollars
from edi837.results import Tool
from edi837.rules import load_rules
from edi837.split.part import Part
from edi837.suppression import unsuppressed

_NOTHING_WRITTEN = "nothing was written: put right what is named above, and split the batch again"

_EXTENSIONS = {"txt": "text", "xml": "junit"}
"""The formats whose files are not called after them."""


@click.command("split")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option("--clean", required=True, metavar="OUT", help="The batch of the claims that may be sent.")
@click.option("--held", required=True, metavar="OUT", help="The batch of the claims that are held back.")
@click.option(
    "--hold-on",
    type=click.Choice([Severity.ERROR.value, Severity.WARNING.value]),
    default=Severity.ERROR.value,
    show_default=True,
    help="The least severity of a finding that holds its claim.",
)
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    help="Hold for these only: codes, names or family letters, with commas.",
)
@click.option(
    "--held-control-number",
    type=click.IntRange(1, 999_999_999),
    metavar="N",
    help="ISA13 of the held interchange, counted up where there are several. [default: the source's]",
)
@click.option("--worklist", metavar="FILE", help="Write the findings of the held claims to FILE.")
@click.option(
    "--worklist-format",
    metavar="|".join(BUILT_IN),
    help="The worklist's form. [default: that of its extension]",
)
@baseline_option
@click.option("--stdin-filename", metavar="NAME", default="-", help="The name to report for the standard input.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary, no warnings about the files.")
@refdata_option
@settings_options
def command(
    paths: tuple[str, ...],
    clean: str,
    held: str,
    hold_on: str,
    select: tuple[str, ...],
    held_control_number: int | None,
    worklist: str | None,
    worklist_format: str | None,
    baseline: str | None,
    stdin_filename: str,
    quiet: bool,
    refdata: str | None,
    config: str | None,
    isolated: bool,
) -> None:
    """Takes the claims with findings out of 837P files: what may be sent goes to one file, the rest to another.

    FILE is a file, a folder, a glob, a .gz or .zip file, or - for the standard input. The interchanges of several
    follow each other in both outputs. Claims stay as they are byte for byte, and every claim is in exactly one output;
    HL numbers, counts and empty loops are put right. Transaction sets that hold no professional claims, and TA1
    segments, go to the clean file.

    A claim that could not be read is held. The files appear together when everything is done, or not at all; one that
    would hold nothing does not appear. Both keep the interchange control number (ISA13) of the source: give
    --held-control-number where the held file goes to the same receiver later.

    Exit codes: 0 no claim is held; 1 claims are held; 2 the batch was not split, and no file was written.
    """
    rules = load_rules()
    settings, settings_path = read_settings(config, isolated, rules)
    settings = settings.override(rules, select=rule_names(select))
    reporter = _worklist_reporter(worklist, worklist_format)
    suppressor = open_suppressor(settings, settings_path, baseline)
    inputs = expand(paths, stdin_filename)
    tables = read_folder(refdata)
    targets = [clean, held] if worklist is None else [clean, held, worklist]
    sources = [file.source for file in inputs] + ([baseline] if baseline else [])
    settle()
    with (
        open_together(targets, sources) as files,
        progress_bar(inputs, passes=3, quiet=quiet, to_file=True) as advance,
        SplitRun(
            inputs,
            settings,
            Severity(hold_on),
            suppressor=suppressor,
            refdata=tables,
            billed=reporter is not None and reporter.billed,
            progress=advance,
        ) as run,
    ):
        if reporter:
            _write_worklist(run, reporter, files[-1], tool(settings, open_reference(tables)))
        else:
            deque(run.decide(), maxlen=0)
        # What stops a split is told in any case, be it only a warning to a check.
        printer = DiagnosticPrinter(quiet and not run.obstacles)
        try:
            for found in run.diagnostics:
                printer.show(found)
            _refuse_what_cannot_be_split(run)
            parts = run.cut(files[0].write, files[1].write, printer.show, held_control_number=held_control_number)
            if run.refused:
                raise Failure(_NOTHING_WRITTEN)
        finally:
            printer.finish()
    if not quiet:
        _tell(run, *parts, clean, held)
    raise click.exceptions.Exit(FOUND if parts[1].claims else OK)


def _worklist_reporter(path: str | None, name: str | None) -> Reporter | None:
    """The reporter of the worklist, None where none is wanted."""
    if path is None:
        if name is not None:
            raise click.UsageError("--worklist-format needs --worklist FILE")
        return None
    if name is not None:
        return load_reporter(name)
    extension = os.path.splitext(path)[1][1:].lower()
    if not extension:
        raise click.UsageError(f"--worklist {path}: has no extension that tells its form: give --worklist-format")
    try:
        return load_reporter(_EXTENSIONS.get(extension, extension))
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}; --worklist-format says which to write") from None


def _write_worklist(run: SplitRun, reporter: Reporter, file: GrowingFile, maker: Tool) -> None:
    file.write(reporter.start(maker))
    for batch in run.decide():
        file.write(reporter.findings(unsuppressed(batch)))
    file.write(reporter.finish(run.summary, run.files, run.diagnostics))


def _refuse_what_cannot_be_split(run: SplitRun) -> None:
    if run.obstacles:
        raise Failure(_NOTHING_WRITTEN)
    if run.crashed:
        raise Failure(
            f"a rule failed ({', '.join(run.crashed)}), so what it would have held is not known: nothing was written. "
            "Leave it out with ignore in the settings file, and report it"
        )
    if not run.summary.claims:
        raise Failure("no 837P claim was found: nothing was written")


def _tell(run: SplitRun, clean: Part, held: Part, clean_path: str, held_path: str) -> None:
    """How many claims went where, and what they charge."""
    if run.summary.claims == run.summary.not_applicable:
        say("No claim has a procedure that a rule speaks about.")
    for part, name, path in ((clean, "clean", clean_path), (held, "held", held_path)):
        if part.interchanges:
            say(f"{path}: {counted(part.claims, 'claim')} {name}, {dollars(part.charges)}.")
        else:
            say(f"{path}: not written, no claim is {name}.")
