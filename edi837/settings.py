"""What a run is told to do: which rules, how severe, for which payer. Parsed from the text of edi837.toml.

A mistake in the text raises `SettingsError` with its place, what was found and the nearest name that exists.
Finding the file, and reading it, is the command line's business.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, TypeVar

import msgspec

from edi837.errors import SettingsError
from edi837.model import Payer, Severity
from edi837.rules import load_rules
from edi837.rules.base import Rule

T = TypeVar("T")

FILE_NAME = "edi837.toml"

TOP_KEYS = ("select", "ignore", "fail-on", "preview", "severity", "rules", "payer")
_PAYER_MATCHES = ("id", "class", "name")
PAYER_KEYS = (*_PAYER_MATCHES, "select", "ignore", "severity", "ncci", "note", "source")
_LEVELS = tuple(severity.value for severity in Severity)

# A file that names more payers than this is synthetic or hostile; the memo starts over instead of growing.
_MEMO_LIMIT = 4096


class PayerPolicy(msgspec.Struct, frozen=True, gc=False):
    """One [[payer]] table: which payers it speaks about (all its matches must hold) and what it says."""

    id: str = ""
    """2010BB NM109, whole."""
    payer_class: str = ""
    """2000B SBR09, whole; the key is `class`."""
    name: str = ""
    """A regular expression that is searched in 2010BB NM103, in either case."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    silent: frozenset[str] = frozenset()
    """The codes that `select` and `ignore` leave out."""
    severities: Mapping[str, Severity] = msgspec.field(default_factory=dict)
    ncci: bool | None = None
    """Whether the payer follows the NCCI edits; None leaves it as it was."""
    note: str = ""
    source: str = ""

    def applies_to(self, payer: Payer) -> bool:
        """Whether the policy speaks about this payer."""
        return (
            (not self.id or self.id == payer.id)
            and (not self.payer_class or self.payer_class == payer.payer_class)
            and (not self.name or re.search(self.name, payer.name, re.IGNORECASE) is not None)
        )


class Settings(msgspec.Struct, frozen=True, dict=True):
    """The settings of one run; without arguments, the defaults.

    They hold no rule, so that they travel to worker processes.
    """

    select: tuple[str, ...] = ()
    """Codes, family letters or names of the rules to run; empty for all."""
    ignore: tuple[str, ...] = ()
    fail_on: Severity = Severity.ERROR
    preview: bool = False
    """Whether rules in preview run without being named."""
    severities: Mapping[str, Severity] = msgspec.field(default_factory=dict)
    """Severities by rule code, for every payer."""
    options: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)
    """What [rules.CODE] sets, by code and name; what it leaves out has the rule's default."""
    payers: tuple[PayerPolicy, ...] = ()

    def rules(self, all_rules: Sequence[Rule]) -> tuple[Rule, ...]:
        """The rules to run, in the order given.

        A code or name is stronger than a family letter, and at the same strength `ignore` wins. A rule in
        preview runs when preview is on or when `select` has its code or name.
        """
        return tuple(
            rule
            for rule in all_rules
            if _chosen(rule, self.select, self.ignore)
            and (rule.status == "stable" or self.preview or _strength(rule, self.select) == 2)
        )

    def told(self, rule: Rule, payer: Payer) -> Severity | None:
        """The severity that the settings give a rule for the payer, OFF where they leave it out; None without a word.

        The payer's policies (a later one wins) come before [severity].
        """
        code = rule.code
        found: Severity | None = None
        for policy in self._policies(payer):
            if code in policy.silent:
                return Severity.OFF
            found = policy.severities.get(code, found)
        return found if found is not None else self.severities.get(code)

    def is_ncci(self, payer: Payer) -> bool:
        """Whether the payer follows the NCCI edits: all do but those that a policy excludes."""
        answer = True
        for policy in self._policies(payer):
            if policy.ncci is not None:
                answer = policy.ncci
        return answer

    def option(self, code: str, name: str) -> Any:
        """What [rules.CODE] sets, else the rule's default; KeyError where the rule declares no such name."""
        own = self.options.get(code)
        if own is not None and name in own:
            return own[name]
        return _default_options()[code][name]

    def fingerprint(self) -> str:
        """Twelve characters that are the same for the same settings, on every machine."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:12]

    def override(
        self,
        rules: Sequence[Rule],
        *,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        fail_on: Severity | None = None,
        preview: bool = False,
    ) -> Settings:
        """These settings with the command line on top.

        `select` takes the place of both lists of the file, for it says what to run; `ignore` adds to it.
        """
        index = _Index(rules)
        chosen = index.selectors(list(select), "--select")
        ignored = index.selectors(list(ignore), "--ignore")
        return msgspec.structs.replace(
            self,
            select=chosen or self.select,
            ignore=ignored if chosen else (*self.ignore, *ignored),
            fail_on=fail_on or self.fail_on,
            preview=preview or self.preview,
        )

    def _policies(self, payer: Payer) -> tuple[PayerPolicy, ...]:
        if not self.payers:
            return ()
        memo = self._memo
        found = memo.get(payer)
        if found is None:
            if len(memo) >= _MEMO_LIMIT:
                memo.clear()
            found = memo[payer] = tuple(policy for policy in self.payers if policy.applies_to(payer))
        return found

    @cached_property
    def _memo(self) -> dict[Payer, tuple[PayerPolicy, ...]]:
        return {}


def parse_settings(text: str, rules: Sequence[Rule]) -> Settings:
    """The settings in the text of an edi837.toml; raises `SettingsError` for anything that it cannot mean."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not TOML: {error}") from None
    _check_keys(data, TOP_KEYS, "")
    index = _Index(rules)
    return Settings(
        select=index.selectors(data.get("select", []), "select"),
        ignore=index.selectors(data.get("ignore", []), "ignore"),
        fail_on=_level(data.get("fail-on", Severity.ERROR.value), "fail-on"),
        preview=_typed(data.get("preview", False), bool, "preview"),
        severities=index.severities(data.get("severity", {}), "[severity]"),
        options=index.options(data.get("rules", {})),
        payers=tuple(
            index.payer_policy(_typed(table, dict, place), place)
            for place, table in _numbered(_typed(data.get("payer", []), list, "[[payer]]"))
        ),
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint with the nearest known name, to be put behind a message; empty where none is near."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return f'; did you mean "{by_lower[near[0]]}"?' if near else ""


class _Index:
    """The rules by code, name and family letter, to check what a text names."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.by_name = {name: rule for rule in rules for name in (rule.code, rule.name)}
        self.selectable = {
            **{rule.code[0]: rule.code[0] for rule in rules},
            **{name: name for name in self.by_name},
        }

    def selectors(self, value: object, place: str) -> tuple[str, ...]:
        found = []
        for text in _texts(value, place):
            selector = self.selectable.get(text) or self.selectable.get(text.upper())
            if selector is None:
                near = nearest(text, self.by_name)
                raise SettingsError(f'{place}: "{text}" is no rule code, rule name or family letter{near}')
            found.append(selector)
        return tuple(found)

    def rule(self, name: str, place: str) -> Rule:
        rule = self.by_name.get(name) or self.by_name.get(name.upper())
        if rule is None:
            raise SettingsError(f'{place}: there is no rule "{name}"{nearest(name, self.by_name)}')
        return rule

    def severities(self, value: object, place: str) -> dict[str, Severity]:
        table = _typed(value, dict, place)
        return {self.rule(name, place).code: _level(level, f"{place} {name}") for name, level in table.items()}

    def options(self, value: object) -> dict[str, dict[str, Any]]:
        found = {}
        for name, raw in _typed(value, dict, "[rules]").items():
            place = f"[rules.{name}]"
            rule = self.rule(name, place)
            table = _typed(raw, dict, place)
            _check_keys(table, tuple(rule.options), place)
            found[rule.code] = {key: _like(item, rule.options[key], f"{place} {key}") for key, item in table.items()}
        return found

    def payer_policy(self, table: dict[str, Any], place: str) -> PayerPolicy:
        _check_keys(table, PAYER_KEYS, place)
        matches = {key: _typed(table.get(key, ""), str, f"{place} {key}") for key in _PAYER_MATCHES}
        if not any(matches.values()):
            raise SettingsError(f"{place}: say which payer by id (NM109), class (SBR09) or name (a regular expression)")
        try:
            re.compile(matches["name"])
        except re.error as error:
            raise SettingsError(f"{place} name: not a regular expression: {error}") from None
        select = self.selectors(table.get("select", []), f"{place} select")
        ignore = self.selectors(table.get("ignore", []), f"{place} ignore")
        return PayerPolicy(
            id=matches["id"],
            payer_class=matches["class"],
            name=matches["name"],
            select=select,
            ignore=ignore,
            silent=frozenset(rule.code for rule in self.rules if not _chosen(rule, select, ignore)),
            severities=self.severities(table.get("severity", {}), f"{place} severity"),
            ncci=_typed(table["ncci"], bool, f"{place} ncci") if "ncci" in table else None,
            note=_typed(table.get("note", ""), str, f"{place} note"),
            source=_typed(table.get("source", ""), str, f"{place} source"),
        )


def _chosen(rule: Rule, select: Sequence[str], ignore: Sequence[str]) -> bool:
    wanted = _strength(rule, select) if select else 0
    return wanted > _strength(rule, ignore)


def _strength(rule: Rule, selectors: Sequence[str]) -> int:
    """How closely the selectors name the rule: 2 by code or name, 1 by its family letter, -1 not at all."""
    if rule.code in selectors or rule.name in selectors:
        return 2
    return 1 if rule.code[0] in selectors else -1


@cache
def _default_options() -> dict[str, Mapping[str, object]]:
    return {rule.code: rule.options for rule in load_rules()}


def _check_keys(table: Mapping[str, object], known: Sequence[str], place: str) -> None:
    for key in table:
        if key not in known:
            where = f"{place}: " if place else ""
            choices = f"; known are {', '.join(known)}" if known else "; there are none here"
            raise SettingsError(f'{where}unknown key "{key}"{nearest(key, known) or choices}')


def _numbered(items: Sequence[Any]) -> list[tuple[str, Any]]:
    return [(f"[[payer]] {number}", item) for number, item in enumerate(items, 1)]


_WORDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


def _typed(value: object, kind: type[T], place: str) -> T:
    # bool is an int to Python, not to a person.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SettingsError(f"{place}: needs {_WORDS[kind]}, not {_shown(value)}")
    return value


def _shown(value: object) -> str:
    """The value much as the settings file writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _texts(value: object, place: str) -> list[str]:
    return [_typed(item, str, place) for item in _typed(value, list, place)]


def _level(value: object, place: str) -> Severity:
    text = _typed(value, str, place)
    if text not in _LEVELS:
        raise SettingsError(f'{place}: "{text}" is none of {", ".join(_LEVELS)}{nearest(text, _LEVELS)}')
    return Severity(text)


def _like(value: object, default: object, place: str) -> Any:
    """The value in the type that the rule's default has; raises `SettingsError` where it has another one."""
    match default:
        case float() | Decimal():
            number = Decimal(value) if type(value) is int else _typed(value, Decimal, place)
            return type(default)(number)
        case tuple() | frozenset():
            return type(default)(_texts(value, place))
        case _:
            return _typed(value, type(default), place)
