"""How a run is told: each reporter turns findings into the bytes of one format, as they come.

A reporter of another package is found by its entry point in the group `edi837.reporters`. The built-in ones
are in the table below as well: to ask importlib.metadata for them would cost more than the other start-up.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from edi837.errors import SettingsError
from edi837.reporters.base import Reporter

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

BUILT_IN = {
    "text": "edi837.reporters.text:TextReporter",
    "full": "edi837.reporters.full:FullReporter",
    "json": "edi837.reporters.json:JsonReporter",
    "jsonl": "edi837.reporters.jsonl:JsonlReporter",
    "csv": "edi837.reporters.csv:CsvReporter",
    "junit": "edi837.reporters.junit:JunitReporter",
    "sarif": "edi837.reporters.sarif:SarifReporter",
    "github": "edi837.reporters.github:GithubReporter",
    "xlsx": "edi837.reporters.xlsx:XlsxReporter",
    "html": "edi837.reporters.html:HtmlReporter",
}

_GROUP = "edi837.reporters"
_PARTS = ("name", "human", "binary", "billed", "start", "findings", "finish")


def load_reporter(name: str) -> Reporter:
    """A new reporter of the format.

    Raises `SettingsError` where no package offers the name, or one does that cannot be used.
    """
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        reporter: Reporter = getattr(import_module(module), attribute)()
        return reporter
    from importlib.metadata import entry_points

    offered = entry_points(group=_GROUP)
    if name not in offered.names:
        # Here, for the tables of lines and payments have their forms from this package, and need no settings.
        from edi837.settings import nearest

        known = [*BUILT_IN, *sorted(offered.names - BUILT_IN.keys())]
        raise SettingsError(f'there is no format "{name}", only {", ".join(known)}{nearest(name, known)}')
    return _foreign(offered[name])


def _foreign(entry: EntryPoint) -> Reporter:
    """The reporter of another package, once it is known to be one: its faults are not this program's."""
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
    try:
        reporter: Reporter = entry.load()()
    except Exception as error:  # noqa: BLE001
        raise SettingsError(
            f'the format "{entry.name}" of {package} cannot be used: {type(error).__name__}: {error}'
        ) from None
    missing = [name for name in _PARTS if not hasattr(reporter, name)]
    if missing:
        raise SettingsError(f'the format "{entry.name}" of {package} cannot be used: it has no {", ".join(missing)}')
    return reporter
