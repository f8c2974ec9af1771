"""What a run takes as known: the [[suppress]] entries of the settings file and the baseline, as of today."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from edi837.baseline import NO_BASELINE, Baseline
from edi837.cli.clock import today
from edi837.cli.failure import Failure
from edi837.errors import SettingsError
from edi837.rules import load_rules
from edi837.settings import Settings
from edi837.suppression import Suppressor

Command = TypeVar("Command", bound=Callable[..., Any])


def baseline_option(command: Command) -> Command:
    """Gives a command the option --baseline."""
    return click.option(
        "--baseline",
        metavar="FILE",
        help="Count the findings that FILE knows as suppressed; check --add-baseline writes it.",
    )(command)


def open_suppressor(
    settings: Settings, settings_path: str | None, baseline: str | None, *, adding: bool = False
) -> Suppressor | None:
    """What is known of a run, None where nothing is.

    With `adding`, a baseline that does not exist yet is an empty one, and every finding of the run is taken in.
    """
    if adding and baseline is None:
        raise click.UsageError("--add-baseline needs --baseline FILE")
    if baseline is None and not settings.suppressions:
        return None
    return Suppressor.of(
        settings,
        load_rules(),
        today(),
        baseline=read_baseline(baseline, adding) if baseline is not None else NO_BASELINE,
        adding=adding,
        settings_name=settings_path or "",
        baseline_name=baseline or "",
    )


def read_baseline(path: str, adding: bool) -> Baseline:
    """The baseline in a file; raises `SettingsError` where it is none or cannot be read."""
    if path == "-":
        raise SettingsError("--baseline: needs a file, not the standard input")
    # Few runs have a baseline.
    from pathlib import Path

    file = Path(path)
    if file.is_char_device():
        raise SettingsError(f"{path}: is a device, not a file")
    try:
        return Baseline.parse(file.read_bytes())
    except FileNotFoundError:
        if adding:
            return NO_BASELINE
        raise SettingsError(f"{path}: no such file; --add-baseline writes it") from None
    except OSError as error:
        raise SettingsError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def refuse_same_file(baseline: str | None, output: str | None) -> None:
    """Raises `Failure` where the report would take the place of the baseline."""
    if baseline and output and os.path.realpath(baseline) == os.path.realpath(output):
        raise Failure(f"{baseline}: the baseline is also the output")
