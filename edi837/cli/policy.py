"""`edi837 policy`: the payer policies, built-in and of the settings file, and what they require of one payer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

import click
import msgspec

from edi837.cli.clock import today
from edi837.cli.config import as_toml
from edi837.cli.discovery import read_settings, settings_options
from edi837.cli.output import open_output
from edi837.model import Payer
from edi837.reference import Reference
from edi837.reporters.base import as_bytes
from edi837.rules import load_rules
from edi837.settings import KEYS, PayerPolicy, Settings, builtin_policies, switched

Command = TypeVar("Command", bound=Callable[..., Any])


class PolicyEntry(msgspec.Struct, frozen=True):
    """A policy as `policy list --format json` shows it."""

    policy: str
    builtin: bool
    ignored: bool
    """Whether the settings switch it off."""
    says: dict[str, Any]
    """Its keys in the words of the settings file: which payers and days, and what it requires."""
    rules: tuple[str, ...]
    confidence: str


class RequirementEntry(msgspec.Struct, frozen=True):
    """A requirement that holds for a payer, and the policy that has the last word on it."""

    key: str
    value: Any
    rules: tuple[str, ...]
    """The rules that read it."""
    policy: str
    source: str
    confidence: str


class PolicyExplanation(msgspec.Struct, frozen=True, rename={"payer_class": "class"}):
    """What `policy explain --format json` prints."""

    payer: str
    payer_class: str
    plan: str | None
    on: date
    requirements: tuple[RequirementEntry, ...]
    severities: dict[str, str]
    """Severities by rule that the policies bring."""
    policies: tuple[PolicyEntry, ...]
    """The policies that speak about the payer, a stronger one behind a weaker one."""


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group("policy", cls=_Group)
def command() -> None:
    """Lists the payer policies, built-in and of the settings file, or explains what holds for one payer."""


def _format(subcommand: Command) -> Command:
    return click.option(
        "--format",
        "format_name",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Text for a person or JSON.",
    )(subcommand)


@command.command("list")
@settings_options
@_format
def list_policies(config: str | None, isolated: bool, format_name: str) -> None:
    """Lists every policy: whom it speaks about, what it requires, and whether it is switched off."""
    settings, _ = read_settings(config, isolated, load_rules())
    entries = [_entry(policy, settings) for policy in (*builtin_policies(), *settings.payers)]
    _write(as_json(entries) if format_name == "json" else as_bytes(_list(entries)))


@command.command("explain")
@click.argument("payer", metavar="PAYER")
@click.option("--class", "payer_class", metavar="CODE", default="", help="The payer's class (SBR09), such as MB or CI.")
@click.option("--on", metavar="DATE", help="The date of service, such as 2026-01-31; today where it is left out.")
@settings_options
@_format
def explain(payer: str, payer_class: str, on: str | None, config: str | None, isolated: bool, format_name: str) -> None:
    """Explains what is required by the payer of this id (NM109), name (NM103) or plan, and which rules read it."""
    settings, _ = read_settings(config, isolated, load_rules())
    try:
        day = date.fromisoformat(on) if on else today()
    except ValueError:
        raise click.BadParameter(f'"{on}" is no date such as 2026-01-31', param_hint="--on") from None
    found = explanation(payer, payer_class.upper(), day, settings)
    _write(as_json(found) if format_name == "json" else as_bytes(_page(found)))


def explanation(payer: str, payer_class: str, on: date, settings: Settings) -> PolicyExplanation:
    """What holds for a payer on a date of service."""
    reference = Reference.builtin()
    plan = payer if payer in reference.plans else reference.plan(payer)
    policies = settings.policies_for(Payer(payer, payer, payer_class, "P"), plan, on)
    required = settings.requirements(Payer(payer, payer, payer_class, "P"), plan, on)
    last = {key: policy for policy in policies for key in policy.requirements}
    readers = {key: tuple(rule.code for rule in load_rules() if key in rule.policies) for key in KEYS}
    return PolicyExplanation(
        payer=payer,
        payer_class=payer_class,
        plan=plan,
        on=on,
        requirements=tuple(
            RequirementEntry(
                key=key,
                value=getattr(required, key.replace("-", "_")),
                rules=readers[key],
                policy=last[key].key,
                source=last[key].source,
                confidence=last[key].confidence,
            )
            for key in KEYS
            if key in last
        ),
        severities={code: severity.value for code, severity in sorted({**required.usual, **required.told}.items())},
        policies=tuple(_entry(policy, settings) for policy in policies),
    )


def _entry(policy: PayerPolicy, settings: Settings) -> PolicyEntry:
    readers = {rule.code for rule in load_rules() if not set(rule.policies).isdisjoint(policy.requirements)}
    return PolicyEntry(
        policy=policy.key,
        builtin=bool(policy.confidence),
        ignored=policy not in settings.policies,
        says=msgspec.to_builtins(policy.as_table()),
        rules=policy.rules or tuple(sorted({*policy.severities, *switched(policy.requirements), *readers})),
        confidence=policy.confidence,
    )


def as_json(found: list[PolicyEntry] | PolicyExplanation) -> bytes:
    """The JSON document of a list or an explanation."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


def _write(body: bytes) -> None:
    with open_output(None) as write:
        write(body)


def _list(entries: Iterable[PolicyEntry]) -> list[str]:
    lines = []
    for entry in entries:
        lines += _policy(entry, " (switched off)" if entry.ignored else "")
        lines.append("")
    return lines[:-1]


def _policy(entry: PolicyEntry, mark: str = "") -> list[str]:
    lines = [f"{entry.policy}{mark}", *(f"  {key} = {as_toml(value)}" for key, value in entry.says.items())]
    if entry.rules:
        lines.append(f"  # rules {', '.join(entry.rules)}")
    if entry.confidence:
        lines.append(f"  # {entry.confidence}")
    return lines


def _page(found: PolicyExplanation) -> list[str]:
    about = [f"class {found.payer_class}"] if found.payer_class else []
    about += [f"plan {found.plan}"] if found.plan else []
    lines = [", ".join([found.payer, *about, f"on {found.on}"]), ""]
    for entry in found.requirements:
        lines += [
            f"{entry.key} = {as_toml(entry.value)}",
            f"  {KEYS[entry.key].says}",
            f"  rules  {', '.join(entry.rules)}",
            f"  from   {entry.policy}" + (f": {entry.source}" if entry.source else ""),
        ]
    if not found.requirements:
        lines.append("No policy states a requirement of this payer: what holds for its class holds.")
    if found.severities:
        severities = ", ".join(f"{code} {severity}" for code, severity in found.severities.items())
        lines += ["", f"Severities: {severities}"]
    lines += ["", "Policies that speak about this payer, a stronger one behind a weaker one:"]
    for policy in found.policies:
        lines += _policy(policy)
    return lines if found.policies else [*lines[:-1], "No policy speaks about this payer."]
