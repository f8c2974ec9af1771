"""The command line. A verb's module is imported when the verb runs: `edi837 --help` costs almost nothing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from edi837 import __version__
from edi837.cli.failure import Failure, internal_error
from edi837.errors import Edi837Error

VERBS = {
    "check": "Find the injection claims that a payer will deny.",
    "split": "Take the claims with findings out of a batch.",
    "validate": "Find breaches of the implementation guide, and write the 999.",
    "lines": "Print one row for each service line.",
    "remits": "Print one row for each service payment of a remittance.",
    "denials": "Explain what payers denied, and which rule foresaw it.",
    "rule": "List the rules, or explain one.",
    "refdata": "List reference tables, look codes up, import newer editions.",
    "policy": "List the payer policies, or explain what holds for a payer.",
    "config": "Show the settings in force and where they come from.",
}
"""The verbs and their short help; the module of the same name holds the command `command`."""


class _Verbs(click.Group):
    """Imports the verb that is asked for, and turns every failure into one line and exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"edi837.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # click would import every verb for its short help.
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Edi837Error as error:
            raise Failure(str(error)) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None
        except Exception as error:  # noqa: BLE001 - the last resort: a traceback may show a patient's data
            raise internal_error(error) from None


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="edi837", message="%(prog)s %(version)s")
def main() -> None:
    """Checks X12 837P claim batches for injections (CPT 96372) that a payer will deny, before they are sent.

    Exit codes: 0 every claim was checked and nothing reached --fail-on; 1 findings at or above it; 2 the job
    could not be done (usage, settings, a file that cannot be read, no claim to check, a crashed rule).
    """
