"""The kinds of value that a settings file holds: how each is checked and read, and its JSON Schema, side by side."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from edi837.errors import SettingsError
from edi837.model import Severity

T = TypeVar("T")
Schema = dict[str, Any]


class Kind(NamedTuple):
    """A kind of value."""

    parse: Callable[[object, str], Any]
    """Gives the value as the program holds it; raises `SettingsError` with the place for what it cannot mean."""
    schema: Schema
    """The same in JSON Schema."""


_WORDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint with the nearest known name, to be put behind a message; empty where none is near."""
    from difflib import get_close_matches

    by_lower = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return f'; did you mean "{by_lower[near[0]]}"?' if near else ""


def check_keys(table: Mapping[str, object], known: Sequence[str], place: str) -> None:
    """Raises `SettingsError` for a key that is none of the known ones."""
    for key in table:
        if key not in known:
            where = f"{place}: " if place else ""
            choices = f"; known are {', '.join(known)}" if known else "; there are none here"
            raise SettingsError(f'{where}unknown key "{key}"{nearest(key, known) or choices}')


def typed(value: object, kind: type[T], place: str) -> T:
    """The value, if it is of the type."""
    # bool is an int to Python, not to a person.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SettingsError(f"{place}: needs {_WORDS[kind]}, not {_shown(value)}")
    return value


def _shown(value: object) -> str:
    """The value much as the settings file writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def texts(value: object, place: str) -> list[str]:
    """The value, if it is a list of texts."""
    return [typed(item, str, place) for item in typed(value, list, place)]


def plain(kind: type, schema: Schema) -> Kind:
    """A value of one type, whatever it is."""
    return Kind(lambda value, place: typed(value, kind, place), schema)


def one_of(names: Sequence[str]) -> Kind:
    """One of some names."""

    def parse(value: object, place: str) -> str:
        text = typed(value, str, place)
        if text not in names:
            raise SettingsError(f'{place}: "{text}" is none of {", ".join(names)}{nearest(text, names)}')
        return text

    return Kind(parse, {"enum": list(names)})


def matching(pattern: str, wanted: str) -> Kind:
    """A text of a form: the pattern has the form, the words say it."""
    compiled = re.compile(pattern)

    def parse(value: object, place: str) -> str:
        text = typed(value, str, place)
        if not compiled.fullmatch(text):
            raise SettingsError(f'{place}: "{text}" is no {wanted}')
        return text

    return Kind(parse, {"type": "string", "pattern": f"^(?:{pattern})$"})


def list_of(item: Kind) -> Kind:
    """A list, each item of a kind."""
    return Kind(
        lambda value, place: tuple(item.parse(each, place) for each in typed(value, list, place)),
        {"type": "array", "items": item.schema},
    )


def table_of(key: Kind, item: Kind) -> Kind:
    """A table with keys of one kind and values of another."""
    return Kind(
        lambda value, place: {
            key.parse(name, place): item.parse(each, f"{place} {name}")
            for name, each in typed(value, dict, place).items()
        },
        {"type": "object", "propertyNames": key.schema, "additionalProperties": item.schema},
    )


def at_least(least: int) -> Kind:
    """A whole number from a least one on."""

    def parse(value: object, place: str) -> int:
        number = typed(value, int, place)
        if number < least:
            raise SettingsError(f"{place}: needs {least} or more, not {number}")
        return number

    return Kind(parse, {"type": "integer", "minimum": least})


def _level(value: object, place: str) -> Severity:
    return Severity(_LEVEL_NAMES.parse(value, place))


def _day(value: object, place: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise SettingsError(f"{place}: needs a date such as 2026-01-31, not {_shown(value)}")


def _words(value: object, place: str) -> str:
    text = typed(value, str, place)
    if not text.strip():
        raise SettingsError(f"{place}: is empty")
    return text


def _expression(value: object, place: str) -> str:
    text = typed(value, str, place)
    try:
        re.compile(text)
    except re.error as error:
        raise SettingsError(f"{place}: not a regular expression: {error}") from None
    return text


def _diagnosis(value: object, place: str) -> str:
    text: str = _DOTTED.parse(value, place)
    return text.replace(".", "")


def _flag_or_codes(value: object, place: str) -> bool | tuple[str, ...]:
    if isinstance(value, bool):
        return value
    if not isinstance(value, list):
        raise SettingsError(f"{place}: needs true, false or a list of codes, not {_shown(value)}")
    codes: tuple[str, ...] = CODES.parse(value, place)
    return codes


_LEVEL_NAMES = one_of(tuple(severity.value for severity in Severity))
_DOTTED = matching(
    r"[A-Z][0-9A-Z]{0,2}(?:\.?[0-9A-Z]{0,4})?\*?",
    "ICD-10-CM code or beginning of one with * for the rest (in capitals)",
)

FLAG = plain(bool, {"type": "boolean"})
TEXT = plain(str, {"type": "string"})
WORDS = Kind(_words, {"type": "string", "pattern": r"\S"})
LEVEL = Kind(_level, _LEVEL_NAMES.schema)
DAY = Kind(_day, {"type": "string", "format": "date"})
EXPRESSION = Kind(_expression, {"type": "string", "format": "regex"})
CODE = matching(r"[A-Z0-9]{5}|[A-Z0-9]{0,4}\*", "procedure code, or beginning of one with * for the rest (in capitals)")
CODES = list_of(CODE)
NPI = matching(r"[0-9]{10}", "NPI (ten digits)")
FLAG_OR_CODES = Kind(_flag_or_codes, {"anyOf": [FLAG.schema, CODES.schema]})
PLACES = list_of(matching(r"[0-9]{2}", "place of service (two digits)"))
TAXONOMIES = list_of(matching(r"[0-9A-Z]{10}", "taxonomy (ten characters)"))
DIAGNOSES = table_of(CODE, list_of(Kind(_diagnosis, _DOTTED.schema)))
