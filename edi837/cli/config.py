"""`edi837 config`: the settings in force and where they come from."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import click
import msgspec

from edi837.cli.discovery import read_settings, settings_options
from edi837.cli.output import open_output
from edi837.model import Severity
from edi837.reporters.base import as_bytes
from edi837.rules import load_rules
from edi837.settings import FILE_NAME, Settings

_KEYS = {
    "fail_on": "fail-on",
    "builtin_policies": "builtin-policies",
    "ignored_policies": "ignore-policies",
    "payers": "payer",
    "suppressions": "suppress",
}


class ConfigReport(msgspec.Struct, frozen=True, rename=_KEYS):
    """The settings in force as JSON, with the keys of the settings file."""

    file: str | None
    fingerprint: str
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    fail_on: Severity
    preview: bool
    severity: dict[str, Severity]
    rules: dict[str, dict[str, Any]]
    """Every option of every rule."""
    builtin_policies: bool
    ignored_policies: tuple[str, ...]
    payers: tuple[dict[str, Any], ...]
    """The user's policies, with the keys that they set."""
    suppressions: tuple[dict[str, Any], ...]
    """The [[suppress]] entries, expired ones too."""
    policies: tuple[str, ...]
    """Every payer policy that holds, a stronger one behind a weaker one."""
    enabled: tuple[str, ...]
    """The codes of the rules that run."""


@click.command("config")
@settings_options
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for a person or JSON.",
)
def command(config: str | None, isolated: bool, format_name: str) -> None:
    """Shows the settings in force, the file that they come from, and the rules that run."""
    settings, path = read_settings(config, isolated, load_rules())
    report = describe(settings, path)
    if format_name == "json":
        body = msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
    else:
        body = as_bytes(_text(report))
    with open_output(None) as write:
        write(body)


def describe(settings: Settings, path: str | None) -> ConfigReport:
    """The settings as the verb shows them."""
    rules = load_rules()
    return ConfigReport(
        file=path,
        fingerprint=settings.fingerprint(),
        select=settings.select,
        ignore=settings.ignore,
        fail_on=settings.fail_on,
        preview=settings.preview,
        severity=dict(settings.severities),
        rules={
            rule.code: {name: settings.option(rule.code, name) for name in rule.options}
            for rule in rules
            if rule.options
        },
        builtin_policies=settings.builtin_policies,
        ignored_policies=settings.ignored_policies,
        payers=tuple(policy.as_table() for policy in settings.payers),
        suppressions=tuple(entry.as_table() for entry in settings.suppressions),
        policies=tuple(policy.key for policy in settings.policies),
        enabled=tuple(rule.code for rule in settings.rules(rules)),
    )


def _text(report: ConfigReport) -> list[str]:
    """The settings in the words of the settings file, so that the text can be pasted into one."""
    lines = [f"# from {report.file}" if report.file else f"# the defaults: no {FILE_NAME}"]
    lines += [
        f"# fingerprint {report.fingerprint}",
        f"# {len(report.enabled)} rules: {', '.join(report.enabled)}",
    ]
    lines += [
        f"select = {as_toml(report.select)}",
        f"ignore = {as_toml(report.ignore)}",
        f"fail-on = {as_toml(report.fail_on)}",
        f"preview = {as_toml(report.preview)}",
        f"builtin-policies = {as_toml(report.builtin_policies)}",
        f"ignore-policies = {as_toml(report.ignored_policies)}",
        f"# {len(report.policies)} payer policies: {', '.join(report.policies)}",
    ]
    if report.severity:
        lines += ["", "[severity]", *(f"{code} = {as_toml(level)}" for code, level in report.severity.items())]
    for code, options in report.rules.items():
        lines += ["", f"[rules.{code}]", *(f"{name} = {as_toml(value)}" for name, value in options.items())]
    for header, tables in (("[[payer]]", report.payers), ("[[suppress]]", report.suppressions)):
        for table in tables:
            lines += ["", header, *(f"{key} = {as_toml(value)}" for key, value in table.items())]
    return lines


def as_toml(value: object) -> str:
    """The value as TOML writes it, which is as JSON does but for tables and decimal numbers; a date is a text."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {as_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, Decimal):
        return str(value)
    return msgspec.json.encode(value).decode().replace('","', '", "')


def _key(name: str) -> str:
    """The name as a key of a table: bare where TOML allows it."""
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else as_toml(name)
