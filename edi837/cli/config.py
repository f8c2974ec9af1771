"""`edi837 config`: the settings in force and where they come from."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import msgspec

from edi837.cli.discovery import read_settings, settings_options
from edi837.cli.output import open_output
from edi837.model import Severity
from edi837.reporters.base import as_bytes
from edi837.rules import load_rules
from edi837.settings import FILE_NAME, PayerPolicy, Settings


class PayerEntry(msgspec.Struct, frozen=True, rename={"payer_class": "class"}):
    """A payer policy as JSON, with the keys of the settings file."""

    id: str
    payer_class: str
    name: str
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    severity: dict[str, Severity]
    ncci: bool | None
    note: str
    source: str


class ConfigReport(msgspec.Struct, frozen=True, rename={"fail_on": "fail-on", "payers": "payer"}):
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
    payers: tuple[PayerEntry, ...]
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


def describe(settings: Settings, path: Path | None) -> ConfigReport:
    """The settings as the verb shows them."""
    rules = load_rules()
    return ConfigReport(
        file=str(path) if path else None,
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
        payers=tuple(map(_payer, settings.payers)),
        enabled=tuple(rule.code for rule in settings.rules(rules)),
    )


def _payer(policy: PayerPolicy) -> PayerEntry:
    return PayerEntry(
        id=policy.id,
        payer_class=policy.payer_class,
        name=policy.name,
        select=policy.select,
        ignore=policy.ignore,
        severity=dict(policy.severities),
        ncci=policy.ncci,
        note=policy.note,
        source=policy.source,
    )


def _text(report: ConfigReport) -> list[str]:
    """The settings in the words of the settings file, so that the text can be pasted into one."""
    lines = [f"# from {report.file}" if report.file else f"# the defaults: no {FILE_NAME}"]
    lines += [
        f"# fingerprint {report.fingerprint}",
        f"# {len(report.enabled)} rules: {', '.join(report.enabled)}",
    ]
    lines += [
        f"select = {_toml(report.select)}",
        f"ignore = {_toml(report.ignore)}",
        f"fail-on = {_toml(report.fail_on)}",
        f"preview = {_toml(report.preview)}",
    ]
    if report.severity:
        lines += ["", "[severity]", *(f"{code} = {_toml(level)}" for code, level in report.severity.items())]
    for code, options in report.rules.items():
        lines += ["", f"[rules.{code}]", *(f"{name} = {_toml(value)}" for name, value in options.items())]
    for payer in report.payers:
        lines += ["", "[[payer]]"]
        lines += [
            f"{key} = {_toml(value)}" for key, value in msgspec.to_builtins(payer).items() if value or value is False
        ]
    return lines


def _toml(value: object) -> str:
    """The value as TOML writes it, which is as JSON does but for tables and decimal numbers."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, Decimal):
        return str(value)
    return msgspec.json.encode(value).decode().replace('","', '", "')
