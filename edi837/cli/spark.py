"""`--engine spark`: the verbs that read many files, on Apache Spark, with Parquet for their output."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click
from msgspec import structs

from edi837.cli.failure import Failure
from edi837.errors import Edi837Error

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from edi837.engines.refdata import RefdataFolder
    from edi837.engines.spark.api import ExtractedRows
    from edi837.engines.spark.figures import Figures
    from edi837.settings import Settings
    from edi837.suppression import Suppressor

Command = TypeVar("Command", bound=Callable[..., Any])

_FILES = "file string, status string, reason string, claims long"

_TOLD = re.compile(r"WorkerError: ([^\n]*)")


def engine_option(command: Command) -> Command:
    """Gives a command the option --engine."""
    return click.option(
        "--engine",
        type=click.Choice(["local", "spark"]),
        default="local",
        show_default=True,
        help="Where to work: on this machine, or on Apache Spark, which writes Parquet into the folder of -o.",
    )(command)


def output_folder(output: str | None, *local_options: str) -> str:
    """The folder of -o; a usage error where there is none, or where an option is given that only this machine has."""
    context = click.get_current_context()
    for option in context.command.params:
        given = context.get_parameter_source(option.name or "") is click.core.ParameterSource.COMMANDLINE
        if given and option.name in local_options:
            raise click.UsageError(f"{option.opts[-1]} and --engine spark exclude each other")
    if output is None:
        raise click.UsageError("--engine spark needs -o FOLDER, for the Parquet files")
    return output


def check_files(
    paths: Sequence[str],
    folder: str,
    settings: Settings,
    suppressor: Suppressor | None,
    refdata: RefdataFolder,
    *,
    show_suppressed: bool,
) -> Figures:
    """Checks files and writes findings, diagnostics and files."""
    from edi837.engines.spark.session import open_session, require_spark

    require_spark()
    from edi837.engines.spark.api import check

    with (
        _written(folder) as write,
        check(list(paths), settings, suppressor=suppressor, refdata=refdata) as result,
    ):
        write("findings", result.findings if show_suppressed else result.findings.where("suppressed is null"))
        write("diagnostics", result.diagnostics)
        figures = result.figures
        rows = [structs.astuple(file) for file in figures.files]
        write("files", open_session().createDataFrame(rows, _FILES))
    return figures


@contextmanager
def extract(verb: str, paths: Sequence[str], folder: str) -> Iterator[ExtractedRows]:
    """Reads the rows of `lines` or `remits`, writes them and their diagnostics, and gives what was read."""
    from edi837.engines.spark.session import require_spark

    require_spark()
    from edi837.engines.spark import api

    with _written(folder) as write, getattr(api, verb)(list(paths)) as result:
        write(verb, result.rows)
        write("diagnostics", result.diagnostics)
        yield result


@contextmanager
def _written(folder: str) -> Iterator[Callable[[str, DataFrame], None]]:
    """A function that writes a table into the folder, which appears when the block has ended, whole or not at all.

    A folder that a URI names is written in place: there, a table that is whole has a file _SUCCESS.
    """
    from shutil import rmtree

    is_remote = "://" in folder
    place = folder if is_remote else f"{os.path.abspath(folder)}.{os.getpid()}.tmp"
    if not is_remote and os.path.lexists(folder) and not (os.path.isdir(folder) and not os.listdir(folder)):
        raise Failure(f"{folder}: exists already; name a new folder")
    try:
        yield lambda table, frame: frame.write.parquet(f"{place}/{table}")
        if not is_remote:
            os.replace(place, folder)
    except (Edi837Error, click.ClickException):
        raise
    except Exception as error:  # noqa: BLE001 - Spark's errors are many, and their texts may hold anything
        raise failed(folder, error) from None
    finally:
        if not is_remote:
            rmtree(place, ignore_errors=True)


def failed(folder: str, error: Exception) -> Failure:
    """What to say of a job that Spark gave up: what a worker of ours has said, else what kind of error it is."""
    told = _TOLD.search(str(error))
    if told:
        return Failure(told[1])
    if "PATH_ALREADY_EXISTS" in str(error):
        return Failure(f"{folder}: holds such a table already; name a new folder")
    if isinstance(error, OSError) and error.strerror:
        return Failure(f"{folder}: cannot be written: {error.strerror.lower()}")
    return Failure(f"Spark could not finish the job ({type(error).__name__}); its own log says why")
