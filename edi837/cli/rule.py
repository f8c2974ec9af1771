"""`edi837 rule`: the list of the rules, and the explanation of one."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import indent, wrap

import click
import msgspec

from edi837.cli.failure import Failure
from edi837.cli.output import open_output
from edi837.model import Severity
from edi837.reporters.base import as_bytes
from edi837.rules import load_rules
from edi837.rules.base import Rule
from edi837.settings import nearest

_WIDTH = 100


class RuleEntry(msgspec.Struct, frozen=True):
    """A rule as JSON: its identity, when it runs, what it predicts and its help text."""

    code: str
    name: str
    category: str
    severity: Severity
    severity_by_payer: dict[str, Severity]
    triggers: tuple[str, ...]
    predicts: tuple[str, ...]
    options: dict[str, str]
    """Names and defaults of what the settings file may set."""
    policies: tuple[str, ...]
    """What of a payer's requirements the rule stands on, by the keys of a payer policy."""
    status: str
    confidence: str
    summary: str
    why: str
    fix: str
    denied: str
    clean: str
    source: str


@click.command("rule")
@click.argument("name", required=False, metavar="[CODE|NAME]")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for a person or JSON.",
)
def command(name: str | None, format_name: str) -> None:
    """Lists the rules, or explains one: what it finds, why payers deny it, what to do, and its sources."""
    rules = load_rules()
    if name is None:
        body = _as_json([entry(rule) for rule in rules]) if format_name == "json" else _table(rules)
    else:
        rule = _named(name, rules)
        body = _as_json(entry(rule)) if format_name == "json" else _page(rule)
    with open_output(None) as write:
        write(body)


def entry(rule: Rule) -> RuleEntry:
    """The rule as JSON shows it."""
    return RuleEntry(
        code=rule.code,
        name=rule.name,
        category=rule.category,
        severity=rule.severity,
        severity_by_payer=dict(rule.severity_by_payer),
        triggers=tuple(sorted(rule.triggers)),
        predicts=rule.predicts,
        options={key: str(value) for key, value in rule.options.items()},
        policies=rule.policies,
        status=rule.status,
        confidence=rule.confidence,
        **rule.help._asdict(),
    )


def _named(name: str, rules: Sequence[Rule]) -> Rule:
    for rule in rules:
        if name.lower() in (rule.code.lower(), rule.name):
            return rule
    known = [known for rule in rules for known in (rule.code, rule.name)]
    raise Failure(f'there is no rule "{name}"{nearest(name, known)}')


def _as_json(value: RuleEntry | list[RuleEntry]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _table(rules: Sequence[Rule]) -> bytes:
    width = max((len(rule.name) for rule in rules), default=0)
    return as_bytes(
        [
            f"{rule.code}  {rule.severity.value:<7}  {rule.name:<{width}}  {rule.help.summary}"
            + (" (preview)" if rule.status == "preview" else "")
            for rule in rules
        ]
    )


def _page(rule: Rule) -> bytes:
    by_payer = ", ".join(f"{severity.value} for {payer}" for payer, severity in rule.severity_by_payer.items())
    severity = rule.severity.value + (f" ({by_payer})" if by_payer else "")
    facts = [
        ("Severity", severity),
        ("Runs on", ", ".join(sorted(rule.triggers))),
        ("Predicts", "; ".join(rule.predicts) or "no denial of its own"),
        ("Options", ", ".join(f"{key} = {value}" for key, value in rule.options.items())),
        ("Policies", ", ".join(rule.policies)),
        ("Status", f"{rule.status}, {rule.confidence}"),
    ]
    lines = [f"{rule.code} {rule.name}", rule.help.summary, ""]
    for label, text in facts:
        if text:
            lines += wrap(text, _WIDTH, initial_indent=f"{label:<10}", subsequent_indent=" " * 10)
    for title, text in (("Why", rule.help.why), ("Fix", rule.help.fix)):
        lines += ["", title, *wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")]
    for title, text in (("Denied", rule.help.denied), ("Clean", rule.help.clean)):
        lines += ["", title, *indent(text, "  ").splitlines()]
    lines += ["", "Source", *wrap(rule.help.source, _WIDTH, initial_indent="  ", subsequent_indent="  ")]
    return as_bytes(lines)
