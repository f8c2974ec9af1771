"""How a run is told: each reporter turns findings into the bytes of one format, as they come.

A reporter of another package is found by its entry point in the group `edi837.reporters`. The built-in ones
are in the table below as well: to ask importlib.metadata for them would cost more than the other start-up.
"""

from __future__ import annotations

from importlib import import_module

from edi837.errors import SettingsError
from edi837.reporters.base import Reporter
from edi837.settings import nearest

BUILT_IN = {
    "text": "edi837.reporters.text:TextReporter",
    "full": "edi837.reporters.full:FullReporter",
    "json": "edi837.reporters.json:JsonReporter",
    "jsonl": "edi837.reporters.jsonl:JsonlReporter",
    "csv": "edi837.reporters.csv:CsvReporter",
}


def load_reporter(name: str) -> Reporter:
    """A new reporter of the format; raises `SettingsError` where no package offers the name."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        factory = getattr(import_module(module), attribute)
    else:
        from importlib.metadata import entry_points

        offered = entry_points(group="edi837.reporters")
        if name not in offered.names:
            known = [*BUILT_IN, *sorted(offered.names - BUILT_IN.keys())]
            raise SettingsError(f'there is no format "{name}", only {", ".join(known)}{nearest(name, known)}')
        factory = offered[name].load()
    reporter: Reporter = factory()
    return reporter
