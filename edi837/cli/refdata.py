"""`edi837 refdata`: the reference tables, built-in and imported, by edition."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click
import msgspec

from edi837.cli.clock import today
from edi837.cli.discovery import refdata_option
from edi837.cli.failure import FAILED, FOUND, OK, Failure
from edi837.cli.messages import say
from edi837.cli.output import open_output
from edi837.cli.refdata_text import code_page, table_lines, verify_lines
from edi837.engines.refdata import open_reference, read_folder, user_folder
from edi837.engines.refdata_import import Inspection, Outcome, import_files, inspect
from edi837.errors import SourceError
from edi837.reference.describe import describe
from edi837.reference.editions import KINDS
from edi837.reference.inventory import Answer, TableEntry, answers, inventory
from edi837.reference.tables import packaged
from edi837.reporters.base import as_bytes, counted

Command = TypeVar("Command", bound=Callable[..., Any])


class InspectedEdition(msgspec.Struct, frozen=True):
    """An imported edition as `verify` found it."""

    manifest: str
    kind: str
    payer: str
    edition: str
    rows: int
    fault: str
    """Empty where its bytes are those that were imported."""


class VerifyReport(msgspec.Struct, frozen=True):
    """What `refdata verify --format json` prints."""

    folder: str
    on: date
    editions: tuple[InspectedEdition, ...]
    answers: tuple[Answer, ...]
    """What answers for claims of the day; without the damaged editions."""


class ListReport(msgspec.Struct, frozen=True):
    """What `refdata list --format json` prints."""

    folder: str
    tables: tuple[TableEntry, ...]


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group("refdata", cls=_Group)
def command() -> None:
    """Lists the reference tables, looks a code up in them, and imports newer editions as CMS publishes them.

    Imported editions answer for their dates of service, built-in tables for all others. They live in the user's data
    folder, in --refdata DIR, or where EDI837_REFDATA_DIR says.
    """


def _format(subcommand: Command) -> Command:
    return click.option(
        "--format",
        "format_name",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Text for a person or JSON.",
    )(subcommand)


def _on(text: str) -> Callable[[Command], Command]:
    return click.option(
        "--on", "on", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help=f"{text} [default: today]"
    )


@command.command("list")
@refdata_option
@_format
def list_tables(refdata: str | None, format_name: str) -> None:
    """Lists every edition of every table: for which dates it was made, its rows, and where it comes from."""
    folder = read_folder(refdata)
    entries = inventory(packaged, folder.editions)
    if format_name == "json":
        body = _json(ListReport(folder.path, tuple(entries)))
    else:
        body = as_bytes([*table_lines(entries), "", f"Imported tables are in {folder.path}."])
    _print(body)


@command.command("show")
@click.argument("code", metavar="CODE")
@_on("The date of service to ask for.")
@click.option("--payer", metavar="ID", default="", help="The payer, by the id that claims send (2010BB NM109).")
@refdata_option
@_format
def show(code: str, on: datetime | None, payer: str, refdata: str | None, format_name: str) -> None:
    """Shows all that is known of a procedure or drug code, an NDC or a diagnosis on a date of service.

    Dates and dose, unit limits (MUE), NCCI pairs with 96372, NDCs, succession, policies and intervals, each with its
    source.
    """
    report = describe(open_reference(read_folder(refdata)), code, _day(on), payer)
    if report.is_empty:
        raise Failure(f'nothing is known of "{report.code}" on {report.on}')
    _print(_json(report) if format_name == "json" else as_bytes(code_page(report)))


@command.command("import")
@click.argument("kind", metavar="KIND", type=click.Choice(list(KINDS)))
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--effective",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first date of service, where the files do not say it or say it wrongly.",
)
@click.option("--replace", is_flag=True, help="Take the place of an edition from the same day.")
@refdata_option
def import_(kind: str, files: tuple[str, ...], effective: datetime | None, replace: bool, refdata: str | None) -> None:
    """Imports the files of one edition: all of them, or none where one cannot be used.

    KIND is ncci-ptp (practitioner PTP edits, all parts in one import), mue (practitioner MUE), asp-ndc (ASP NDC-HCPCS
    crosswalk), hcpcs (HCPCS Level II), icd10 (ICD-10-CM order file), or payer (limits and NDCs of one payer, see the
    README). The files are text, CSV or .xlsx, as published. The same files once more change nothing.
    """
    try:
        day = effective.date() if effective else None
        outcome = import_files(refdata, kind, files, _day(None), effective=day, replace=replace)
    except SourceError as error:
        raise Failure(f"{error}; nothing was imported") from None
    for note in outcome.notes:
        say(f"note: {note}")
    _print(as_bytes([_story(outcome)]))


@command.command("verify")
@_on("The day to ask for.")
@click.option("--fail-out-of-date", is_flag=True, help="Exit 1 where an edition that answers is out of date.")
@refdata_option
@_format
def verify(on: datetime | None, fail_out_of_date: bool, refdata: str | None, format_name: str) -> None:
    """Reads every imported edition whole, and says which editions answer on a day and whether they are out of date.

    Exit codes: 0 all editions are what was imported; 1 with --fail-out-of-date, an edition that answers is out of
    date; 2 one is damaged.
    """
    place = refdata or user_folder()
    found = inspect(place, must_exist=refdata is not None)
    sound = [look.edition for look in found if look.edition is not None and not look.fault]
    day = _day(on)
    report = VerifyReport(place, day, tuple(map(_inspected, found)), tuple(answers(packaged, sound, day)))
    if format_name == "json":
        _print(_json(report))
    else:
        _print(
            as_bytes(verify_lines([(look.manifest, look.edition, look.fault) for look in found], report.answers, day))
        )
    if any(look.fault for look in found):
        raise click.exceptions.Exit(FAILED)
    stale = fail_out_of_date and any(answer.out_of_date for answer in report.answers)
    raise click.exceptions.Exit(FOUND if stale else OK)


def _inspected(look: Inspection) -> InspectedEdition:
    if look.edition is None:
        return InspectedEdition(look.manifest, "", "", "", 0, look.fault)
    edition = look.edition
    return InspectedEdition(look.manifest, edition.kind, edition.payer, edition.edition, edition.rows, look.fault)


def _story(outcome: Outcome) -> str:
    edition = outcome.edition
    name = f"{edition.kind} {edition.payer} {edition.edition}" if edition.payer else f"{edition.kind} {edition.edition}"
    if outcome.done == "unchanged":
        return f"{name} is there already, from the same files: nothing has changed"
    until = f"from {edition.valid_from} to {edition.valid_to}" if edition.valid_to else f"from {edition.valid_from} on"
    return f"{name} {outcome.done}: {counted(edition.rows, 'row')}, for dates of service {until}"


def _day(on: datetime | None) -> date:
    return on.date() if on else today()


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _print(body: bytes) -> None:
    with open_output(None) as write:
        write(body)
