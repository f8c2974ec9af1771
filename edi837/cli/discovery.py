"""Which edi837.toml holds: the one that is named, or the nearest in the current folder and those above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
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


def find_settings_file(folder: Path) -> Path | None:
    """The nearest edi837.toml in the folder or above it."""
    for candidate in (folder, *folder.parents):
        if (candidate / FILE_NAME).is_file():
            return candidate / FILE_NAME
    return None


def read_settings(config: str | None, isolated: bool, rules: Sequence[Rule]) -> tuple[Settings, Path | None]:
    """The settings in force and the file that they come from, None for the defaults.

    Raises `SettingsError` with the file's name for what is wrong in it.
    """
    if config and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    path = Path(config) if config else None if isolated else find_settings_file(Path.cwd())
    if path is None:
        return Settings(), None
    try:
        return parse_settings(path.read_text(encoding="utf-8"), rules), path
    except OSError as error:
        raise SettingsError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not UTF-8 text") from None
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def rule_names(values: Sequence[str]) -> list[str]:
    """What --select and --ignore name, each of them given any number of times and with commas."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]
