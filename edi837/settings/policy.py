"""A payer policy: which payers and days it speaks about, and what it says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from edi837.model import Payer, Severity

MATCHES = ("id", "class", "plan", "name")
"""The keys that say which payer; all that are given must fit."""


class PayerPolicy(msgspec.Struct, frozen=True):
    """One policy: a [[payer]] table of the settings file, or one that ships with the program."""

    key: str
    """What it is called: `regence-g01`, `[[payer]] 2`."""
    id: str = ""
    """2010BB NM109, whole."""
    payer_class: str = ""
    """2000B SBR09, whole; the key is `class`."""
    plan: str = ""
    """The plan that the payer's name means (`Reference.plan`)."""
    name: str = ""
    """A regular expression that is searched in 2010BB NM103, in either case."""
    since: date | None = None
    """The first date of service that it speaks about; the key is `from`."""
    until: date | None = None
    """The last one; the key is `to`."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    silent: frozenset[str] = frozenset()
    """The codes that `select` and `ignore` leave out."""
    severities: Mapping[str, Severity] = msgspec.field(default_factory=dict)
    requirements: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What it requires, by key (`edi837.settings.requirements.KEYS`)."""
    note: str = ""
    source: str = ""
    rules: tuple[str, ...] = ()
    """Of a built-in policy: the rules that it is about."""
    confidence: str = ""
    """Of a built-in policy: how well its source was checked."""

    def applies_to(self, payer: Payer, plan: str | None, on: date | None) -> bool:
        """Whether the policy speaks about this payer on a date of service; with dates, about no line without one."""
        return (
            (not self.id or self.id == payer.id)
            and (not self.payer_class or self.payer_class == payer.payer_class)
            and (not self.plan or self.plan == plan)
            and (not self.name or re.search(self.name, payer.name, re.IGNORECASE) is not None)
            and (self.since is None or (on is not None and self.since <= on))
            and (self.until is None or (on is not None and on <= self.until))
        )

    def as_table(self) -> dict[str, Any]:
        """The policy with the keys of the settings file, those that are set."""
        table = {
            "id": self.id,
            "class": self.payer_class,
            "plan": self.plan,
            "name": self.name,
            "from": self.since,
            "to": self.until,
            "select": self.select,
            "ignore": self.ignore,
            "severity": dict(self.severities),
        }
        return {
            **{key: value for key, value in table.items() if value},
            **self.requirements,
            **{key: text for key, text in (("note", self.note), ("source", self.source)) if text},
        }
