"""The keys of a settings file, each with its kind and what it says: reading and JSON Schema both stand on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from edi837.errors import SettingsError
from edi837.reference import Reference
from edi837.rules.base import Rule
from edi837.settings.kinds import (
    CODE,
    DAY,
    EXPRESSION,
    FLAG,
    LEVEL,
    NPI,
    TEXT,
    WORDS,
    Kind,
    Schema,
    check_keys,
    list_of,
    nearest,
    plain,
    table_of,
    typed,
)
from edi837.settings.policy import MATCHES, PayerPolicy
from edi837.settings.requirements import KEYS
from edi837.settings.suppressions import SCOPES, Suppression

TOP_KEYS = (
    "select",
    "ignore",
    "fail-on",
    "preview",
    "severity",
    "rules",
    "builtin-policies",
    "ignore-policies",
    "payer",
    "suppress",
)
PAYER_KEYS = (*MATCHES, "from", "to", "select", "ignore", "severity", *KEYS, "note", "source")
BUILTIN_KEYS = (*PAYER_KEYS, "rules", "confidence")
SUPPRESS_KEYS = ("code", *SCOPES, "reason", "owner", "expires")


class Word(NamedTuple):
    """A key: the kind of its value, and what it says."""

    kind: Kind
    says: str


class Vocabulary:
    """The keys, for a set of rules: their codes, names, family letters and options are words of it."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.by_name = {name: rule for rule in rules for name in (rule.code, rule.name)}
        self._selectable = {
            **{rule.code[0]: rule.code[0] for rule in rules},
            **{name: name for name in self.by_name},
        }
        self.definitions: dict[str, Schema] = {
            "selector": {"enum": list(self._selectable)},
            "rule": {"enum": list(self.by_name)},
        }
        """What the schemas refer to."""
        self.selectors = list_of(Kind(self._selector, {"$ref": "#/$defs/selector"}))
        self._rule_name = Kind(self._rule, {"$ref": "#/$defs/rule"})
        self._severities = table_of(self._rule_name, LEVEL)

    def top(self, policies: Collection[str]) -> dict[str, Word]:
        """The keys of the file itself but for [[payer]] and [[suppress]]; `policies` are the built-in ones."""
        return {
            "select": Word(self.selectors, "Codes, family letters or names of the rules to run; all where left out."),
            "ignore": Word(self.selectors, "Codes, family letters or names of rules that do not run."),
            "fail-on": Word(LEVEL, "The severity from which on a finding makes the exit code 1."),
            "preview": Word(FLAG, "Whether rules in preview run without being named."),
            "severity": Word(self._severities, "Severities by rule, for every payer."),
            "rules": Word(self._options(), "Options by rule."),
            "builtin-policies": Word(FLAG, "Whether the built-in payer policies hold."),
            "ignore-policies": Word(list_of(_policy_name(policies)), "Built-in payer policies that do not hold."),
        }

    def payer(self) -> dict[str, Word]:
        """The keys of a [[payer]] table, in the order of `PAYER_KEYS`."""
        words = {
            "id": Word(TEXT, "The payer's id: 2010BB NM109, whole."),
            "class": Word(TEXT, "The payer's class: 2000B SBR09, such as MB or CI."),
            "plan": Word(Kind(_plan, {"enum": list(plans())}), "The plan that the payer's name means."),
            "name": Word(EXPRESSION, "A regular expression that is searched in the payer's name: 2010BB NM103."),
            "from": Word(DAY, "The first date of service that the policy speaks about."),
            "to": Word(DAY, "The last date of service that the policy speaks about."),
            "select": Word(self.selectors, "The rules that run for the payer."),
            "ignore": Word(self.selectors, "Rules that do not run for the payer."),
            "severity": Word(self._severities, "Severities by rule, for the payer."),
            **{name: Word(key.kind, key.says) for name, key in KEYS.items()},
            "note": Word(TEXT, "A remark for people."),
            "source": Word(TEXT, "Where the payer says so."),
        }
        return {key: words[key] for key in PAYER_KEYS}

    def policy(self, key: str, raw: object, place: str, *, builtin: bool = False) -> PayerPolicy:
        """The policy in a table; raises `SettingsError` for what it cannot mean."""
        table = typed(raw, dict, place)
        check_keys(table, BUILTIN_KEYS if builtin else PAYER_KEYS, place)
        words = self.payer()
        if builtin:
            words |= {"rules": Word(self.selectors, ""), "confidence": Word(TEXT, "")}
        found = {name: words[name].kind.parse(value, f"{place} {name}") for name, value in table.items()}
        if not any(found.get(name) for name in MATCHES):
            raise SettingsError(
                f"{place}: say which payer by id (NM109), class (SBR09), plan or name (a regular expression)"
            )
        since, until = found.get("from"), found.get("to")
        if since and until and until < since:
            raise SettingsError(f"{place}: ends on {until}, before it begins on {since}")
        select, ignore = found.get("select", ()), found.get("ignore", ())
        return PayerPolicy(
            key=key,
            id=found.get("id", ""),
            payer_class=found.get("class", ""),
            plan=found.get("plan", ""),
            name=found.get("name", ""),
            since=since,
            until=until,
            select=select,
            ignore=ignore,
            silent=frozenset(rule.code for rule in self.rules if not is_chosen(rule, select, ignore)),
            severities=found.get("severity", {}),
            requirements={name: found[name] for name in KEYS if name in found},
            note=found.get("note", ""),
            source=found.get("source", ""),
            rules=found.get("rules", ()),
            confidence=found.get("confidence", ""),
        )

    def suppress(self) -> dict[str, Word]:
        """The keys of a [[suppress]] table, in the order of `SUPPRESS_KEYS`."""
        words = {
            "code": Word(self._rule_name, "The rule whose findings are suppressed."),
            "claim": Word(WORDS, "The claim's number: CLM01, whole."),
            "provider": Word(NPI, "The NPI of the billing or rendering provider."),
            "payer": Word(WORDS, "The payer's id: 2010BB NM109, whole."),
            "drug": Word(CODE, "A procedure code of the finding's line or of its partner lines, with * for the rest."),
            "reason": Word(WORDS, "Why, for the people who read the report."),
            "owner": Word(WORDS, "Who answers for it."),
            "expires": Word(DAY, "The last day on which it holds."),
        }
        return {key: words[key] for key in SUPPRESS_KEYS}

    def suppression(self, key: str, raw: object) -> Suppression:
        """The entry in a table; raises `SettingsError` for what it cannot mean."""
        table = typed(raw, dict, key)
        check_keys(table, SUPPRESS_KEYS, key)
        words = self.suppress()
        found = {name: words[name].kind.parse(value, f"{key} {name}") for name, value in table.items()}
        for name in ("code", "reason"):
            if name not in found:
                raise SettingsError(f"{key}: needs a {name}")
        if not any(name in found for name in SCOPES):
            raise SettingsError(f"{key}: say of what by {', '.join(SCOPES)}; ignore leaves a rule out everywhere")
        return Suppression(key, **found)

    def _selector(self, value: object, place: str) -> str:
        text = typed(value, str, place)
        selector = self._selectable.get(text) or self._selectable.get(text.upper())
        if selector is None:
            near = nearest(text, self.by_name)
            raise SettingsError(f'{place}: "{text}" is no rule code, rule name or family letter{near}')
        return selector

    def _rule(self, value: object, place: str) -> str:
        name = typed(value, str, place)
        rule = self.by_name.get(name) or self.by_name.get(name.upper())
        if rule is None:
            raise SettingsError(f'{place}: there is no rule "{name}"{nearest(name, self.by_name)}')
        return rule.code

    def _options(self) -> Kind:
        """[rules]: the options of each rule by its code or name."""

        def parse(value: object, place: str) -> dict[str, dict[str, Any]]:
            found = {}
            for name, raw in typed(value, dict, "[rules]").items():
                place = f"[rules.{name}]"
                rule = self.by_name[self._rule(name, place)]
                table = typed(raw, dict, place)
                check_keys(table, tuple(rule.options), place)
                found[rule.code] = {
                    key: _option(rule.options[key]).parse(item, f"{place} {key}") for key, item in table.items()
                }
            return found

        tables: dict[str, Schema] = {
            name: closed({key: _option(default).schema for key, default in rule.options.items()})
            for name, rule in self.by_name.items()
            if rule.options
        }
        return Kind(parse, closed(tables))


def closed(properties: Mapping[str, Schema]) -> Schema:
    """The schema of a table that has these keys and no others."""
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def is_chosen(rule: Rule, select: Sequence[str], ignore: Sequence[str]) -> bool:
    """Whether the rule runs: what names it most closely decides, and `ignore` where both do so alike."""
    wanted = strength(rule, select) if select else 0
    return wanted > strength(rule, ignore)


def strength(rule: Rule, selectors: Sequence[str]) -> int:
    """How closely the selectors name the rule: 2 by code or name, 1 by its family letter, -1 not at all."""
    if rule.code in selectors or rule.name in selectors:
        return 2
    return 1 if rule.code[0] in selectors else -1


def _option(default: object) -> Kind:
    """The kind of an option: values have the type of its default."""
    match default:
        case float() | Decimal():
            return Kind(
                lambda value, place: type(default)(
                    Decimal(value) if type(value) is int else typed(value, Decimal, place)
                ),
                {"type": "number"},
            )
        case tuple() | frozenset():
            items = list_of(TEXT)
            return Kind(lambda value, place: type(default)(items.parse(value, place)), items.schema)
        case bool():
            return FLAG
        case int():
            return plain(int, {"type": "integer"})
        case _:
            return TEXT


def _policy_name(known: Collection[str]) -> Kind:
    def parse(value: object, place: str) -> str:
        text = typed(value, str, place)
        if text not in known:
            raise SettingsError(f'{place}: there is no built-in policy "{text}"{nearest(text, known)}')
        return text

    return Kind(parse, {"enum": list(known)})


@cache
def plans() -> tuple[str, ...]:
    """The keys of the plans."""
    return Reference.builtin().plans


def _plan(value: object, place: str) -> str:
    text = typed(value, str, place)
    if text not in plans():
        raise SettingsError(f'{place}: "{text}" is none of {", ".join(plans())}{nearest(text, plans())}')
    return text
