"""The settings in the text of an edi837.toml, and the JSON Schema of such a text for editors."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal

from edi837.errors import SettingsError
from edi837.model import Severity
from edi837.rules.base import Rule
from edi837.settings.builtin import builtin_policies
from edi837.settings.kinds import Schema, check_keys, typed
from edi837.settings.model import Settings
from edi837.settings.policy import MATCHES
from edi837.settings.suppressions import SCOPES
from edi837.settings.vocabulary import TOP_KEYS, Vocabulary, Word, closed

# A table in the text has its header for a place.
_PLACES = {"severity": "[severity]", "rules": "[rules]"}


def parse_settings(text: str, rules: Sequence[Rule]) -> Settings:
    """The settings in the text of an edi837.toml; raises `SettingsError` for anything that it cannot mean."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not TOML: {error}") from None
    check_keys(data, TOP_KEYS, "")
    vocabulary = Vocabulary(rules)
    words = vocabulary.top([policy.key for policy in builtin_policies()])
    found = {name: word.kind.parse(data[name], _PLACES.get(name, name)) for name, word in words.items() if name in data}
    payers = enumerate(typed(data.get("payer", []), list, "[[payer]]"), 1)
    suppressions = enumerate(typed(data.get("suppress", []), list, "[[suppress]]"), 1)
    return Settings(
        select=found.get("select", ()),
        ignore=found.get("ignore", ()),
        fail_on=found.get("fail-on", Severity.ERROR),
        preview=found.get("preview", False),
        severities=found.get("severity", {}),
        options=found.get("rules", {}),
        payers=tuple(
            vocabulary.policy(f"[[payer]] {number}", table, f"[[payer]] {number}") for number, table in payers
        ),
        builtin_policies=found.get("builtin-policies", True),
        ignored_policies=found.get("ignore-policies", ()),
        suppressions=tuple(vocabulary.suppression(f"[[suppress]] {number}", table) for number, table in suppressions),
    )


def settings_schema(rules: Sequence[Rule]) -> Schema:
    """The JSON Schema of the settings file, from the definitions by which it is read."""
    vocabulary = Vocabulary(rules)
    words = vocabulary.top([policy.key for policy in builtin_policies()])
    payer = closed(_described(vocabulary.payer()))
    payer["anyOf"] = [{"required": [name], "properties": {name: {"minLength": 1}}} for name in MATCHES]
    suppress = closed(_described(vocabulary.suppress()))
    suppress["required"] = ["code", "reason"]
    suppress["anyOf"] = [{"required": [name]} for name in SCOPES]
    top = _described(words)
    top["payer"] = {"description": "Policies of payers; a later one wins.", "type": "array", "items": payer}
    top["suppress"] = {
        "description": "Findings that somebody answers for: counted, and not held against the batch.",
        "type": "array",
        "items": suppress,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "edi837.toml",
        **closed({name: top[name] for name in TOP_KEYS}),
        "$defs": vocabulary.definitions,
    }


def _described(words: Mapping[str, Word]) -> dict[str, Schema]:
    """The schema of each key with what it says."""
    return {name: {"description": word.says, **word.kind.schema} for name, word in words.items()}
