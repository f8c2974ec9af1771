"""Which edi837.toml holds: the one that is named, or the nearest in the current folder and those above it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from edi837.errors import SettingsError
from edi837.rules.base import Rule
from edi837.settings import FILE_NAME, Settings, parse_settings

Command = TypeVar("Command", bound=Callable[..., Any])


def settings_options(command: Command) -> Command:
    """Gives a command the options --config and --isolated."""
    command = click.option(
        "--isolated", is_flag=True, help=f"Read no {FILE_NAME}: use the defaults and the command line."
    )(command)
    return click.option(
        "--config",
        metavar="FILE",
        help=f"The settings file; otherwise the nearest {FILE_NAME} in this folder or above it.",
    )(command)


def refdata_option(command: Command) -> Command:
    """Gives a command the option --refdata."""
    return click.option(
        "--refdata",
        metavar="DIR",
        envvar="EDI837_REFDATA_DIR",
        help="The folder of imported reference tables; otherwise that of EDI837_REFDATA_DIR, or the user's.",
    )(command)


def find_settings_file(folder: str) -> str | None:
    """The nearest edi837.toml in the folder, of which this is the whole path, or above it."""
    candidate = os.path.join(folder, FILE_NAME)
    if os.path.isfile(candidate):
        return candidate
    above = os.path.dirname(folder)
    return None if above == folder else find_settings_file(above)


def read_settings(config: str | None, isolated: bool, rules: Sequence[Rule]) -> tuple[Settings, str | None]:
    """The settings in force and the file that they come from, None for the defaults.

    Raises `SettingsError` with the file's name for what is wrong in it.
    """
    if config and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    path = config or (None if isolated else find_settings_file(os.getcwd()))
    if path is None:
        return Settings(), None
    try:
        with open(path, encoding="utf-8") as file:
            return parse_settings(file.read(), rules), path
    except OSError as error:
        raise SettingsError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not UTF-8 text") from None
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def rule_names(values: Sequence[str]) -> list[str]:
    """What --select and --ignore name, each of them given any number of times and with commas."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]
