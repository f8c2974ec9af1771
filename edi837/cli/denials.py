"""`edi837 denials`: what became of claims, from their 835 remittances, and which rules foresaw the denials."""

from __future__ import annotations

from collections.abc import Sequence

import click

from edi837.cli.collector import settle
from edi837.cli.discovery import read_settings, refdata_option, settings_options
from edi837.cli.failure import FAILED, Failure
from edi837.cli.messages import DiagnosticPrinter, say
from edi837.cli.output import open_output
from edi837.cli.progress import progress_bar
from edi837.engines.denials import DenialRun, batched
from edi837.engines.inputs import STDIN, expand
from edi837.engines.local import tool
from edi837.engines.refdata import open_reference, read_folder
from edi837.reporters.denials import FORMATS, ROWS_ONLY, load_denial_reporter
from edi837.reporters.denials.base import denial_story
from edi837.rules import load_rules

_PATHS = ("--claims", "--remits")
_UNMATCHED = 1024


class _SeveralPaths(click.Command):
    """Lets one --claims or --remits take all the paths up to the next option, as a shell expands a glob."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _repeated(args))


def _repeated(arguments: Sequence[str]) -> list[str]:
    found: list[str] = []
    option, taken = "", 0
    for argument in arguments:
        if argument in _PATHS:
            option, taken = argument, 0
        elif argument.startswith("-") and argument != STDIN:
            option = ""
        elif option:
            taken += 1
            if taken > 1:
                found.append(option)
        found.append(argument)
    return found


@click.command("denials", cls=_SeveralPaths)
@click.option(
    "--claims", "claims", multiple=True, required=True, metavar="PATH...", help="The 837P files that were sent."
)
@click.option("--remits", "remits", multiple=True, required=True, metavar="PATH...", help="The payers' 835 files.")
@click.option("--all-claims", is_flag=True, help="Cover every claim, not only those that the rules can speak about.")
@click.option("--claim", metavar="ID", help="Only this claim, by its patient control number (CLM01); told in full.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    help="The report's form. [default: text; full with --claim]",
)
@click.option("-o", "--output", metavar="FILE", help="Write the report to FILE, whole or not at all.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary, no warnings about the files.")
@refdata_option
@settings_options
def command(
    claims: tuple[str, ...],
    remits: tuple[str, ...],
    all_claims: bool,
    claim: str | None,
    format_name: str | None,
    output: str | None,
    quiet: bool,
    config: str | None,
    isolated: bool,
    refdata: str | None,
) -> None:
    """Explains denials: matches 835 payments to the service lines of 837P files, and denials to the rules.

    PATH is a file, a folder, a glob, a .gz or .zip file, or - for the standard input. Give all files of a period in
    one run: payments come weeks after their claims, and corrections after these. The same remittance given twice
    changes nothing, nor does the order of the files.
    """
    settings, _ = read_settings(config, isolated, load_rules())
    reference = open_reference(read_folder(refdata))
    sent, answers = expand(claims), expand(remits)
    inputs = [*sent, *answers]
    if sum(file.source == STDIN for file in inputs) > 1:
        raise click.UsageError("the standard input can be the claims or the remittances, not both")
    settle()
    name = format_name or ("text" if claim is None else "full")
    rows_only = quiet and name in ROWS_ONLY
    # The claim files are gone through twice.
    with (
        progress_bar([*inputs, *sent], passes=1, quiet=quiet, to_file=output is not None) as advance,
        DenialRun(
            sent,
            answers,
            settings,
            reference=reference,
            all_claims=all_claims,
            only=claim,
            rows_only=rows_only,
            progress=advance,
        ) as run,
        open_output(output, [file.source for file in inputs]) as write,
    ):
        reporter = load_denial_reporter(name, run.reasons, every_claim=claim is not None)
        write(reporter.start(tool(settings, reference)))
        for batch in run.claims():
            write(reporter.claims(batch))
        _check_inputs(run, claim)
        for payments in batched([] if rows_only or claim is not None else run.unmatched(), _UNMATCHED):
            write(reporter.unmatched(payments))
        summary = run.summary()
        write(reporter.finish(summary, run.scorecard))
    _tell(run, quiet)
    if not quiet and not (reporter.human and output is None):
        say(denial_story(summary))
    if run.crashed or any(diagnostic.severity.value == "error" for diagnostic in run.diagnostics):
        raise click.exceptions.Exit(FAILED)


def _check_inputs(run: DenialRun, claim: str | None) -> None:
    """Fails where a side is missing: then there is nothing to report."""
    if run.claims_seen and run.payments_seen and (claim is None or run.reported):
        return
    _tell(run, quiet=False)
    if not run.claims_seen:
        raise Failure("no 837P claim was found in the files of --claims")
    if not run.payments_seen:
        raise Failure("no claim payment was found in the files of --remits")
    raise Failure(f"there is no claim {claim} in the files of --claims")


def _tell(run: DenialRun, quiet: bool) -> None:
    printer = DiagnosticPrinter(quiet)
    for diagnostic in run.diagnostics:
        printer.show(diagnostic)
    printer.finish()
    if quiet:
        return
    if not run.reported:
        say("No claim has a procedure that a rule speaks about; --all-claims covers the others.")
    elif not run.matched:
        say("No payment answers any of the claims: are these the remittances for them?")
