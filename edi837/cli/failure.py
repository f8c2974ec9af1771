"""How the command line fails: one line on the standard error and exit code 2, never an element of a claim."""

from __future__ import annotations

import os
from typing import IO, Any

import click

OK, FOUND, FAILED = 0, 1, 2
"""The exit codes: nothing reached the threshold; something did; the job could not be done."""


class Failure(click.ClickException):
    """A job that could not be done, with the reason for a person."""

    exit_code = FAILED

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints the reason to the standard error."""
        click.echo(f"edi837: {self.format_message()}", file=file, err=True)


def internal_error(error: Exception) -> Failure:
    """A fault of this program: where it happened, but not the exception's text, which may name a patient."""
    from traceback import extract_tb

    frames = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    places = [f"  {os.path.basename(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames[-8:]]
    return Failure(
        "\n".join(
            [
                f"internal error ({type(error).__name__}); the run stopped and its result must not be used",
                *places,
                "Please report these lines, without the claim file.",
            ]
        )
    )
