"""Writes what the documentation takes from the code: docs/cli.md, docs/rules, docs/schema, tables and outputs.

With --check it writes nothing and exits 1 where a file is not what the code says.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from rule_docs import rule_pages, with_rule_table

from edi837.baseline import BaselineFile
from edi837.cli import main
from edi837.cli.config import ConfigReport
from edi837.cli.policy import PolicyEntry, PolicyExplanation
from edi837.cli.refdata import ListReport, VerifyReport
from edi837.cli.rule import RuleEntry
from edi837.denials.report import DenialsReport
from edi837.reference import Reference
from edi837.reference.describe import CodeReport
from edi837.reporters.json import CheckReport
from edi837.rules import load_rules
from edi837.settings import KEYS, settings_schema
from edi837.tables import LineRow, RemitRow

ROOT = Path(__file__).resolve().parent.parent

SCHEMAS: dict[str, Any] = {
    "check": CheckReport,
    "lines": list[LineRow],
    "remits": list[RemitRow],
    "denials": DenialsReport,
    "refdata-list": ListReport,
    "refdata-show": CodeReport,
    "refdata-verify": VerifyReport,
    "rule": RuleEntry | list[RuleEntry],
    "policy": list[PolicyEntry] | PolicyExplanation,
    "config": ConfigReport,
}
"""What `--format json` of a verb prints. A line of `--format jsonl` is one item of the document's list."""

_KEYS = re.compile(r"(<!-- keys: .*? -->\n).*?(<!-- end of keys -->)", re.DOTALL)

# A document has the command in a comment, and its output in the block that follows.
_OUTPUT = re.compile(r"(<!-- output of: (?P<command>.+?) -->\n```[a-z]*\n).*?(```\n)", re.DOTALL)


def generate() -> dict[Path, str]:
    """Every generated file with the text that it should have."""
    readme = ROOT / "README.md"
    adoption = ROOT / "docs" / "adoption.md"
    gate = ROOT / "docs" / "gate.md"
    policies = ROOT / "docs" / "policies.md"
    return {
        ROOT / "docs" / "cli.md": command_line(),
        **{ROOT / "docs" / "schema" / f"{name}.schema.json": schema(name) for name in SCHEMAS},
        ROOT / "docs" / "schema" / "settings.schema.json": formatted(settings_schema(load_rules())),
        ROOT / "docs" / "schema" / "baseline.schema.json": schema_of(BaselineFile, "edi837 baseline"),
        adoption: with_outputs(adoption.read_text(encoding="utf-8")),
        gate: with_outputs(gate.read_text(encoding="utf-8")),
        policies: with_keys(policies.read_text(encoding="utf-8")),
        **{ROOT / "docs" / "rules" / name: text for name, text in rule_pages(Reference.builtin()).items()},
        readme: with_rule_table(with_outputs(readme.read_text(encoding="utf-8"))),
    }


def command_line() -> str:
    """The reference of the command line."""
    parts = [
        "# The command line\n\n<!-- Written by scripts/generate_docs.py from the commands themselves. -->\n",
        *_help_paragraphs(main),
    ]
    context = click.Context(main, info_name="edi837")
    for verb, command in _commands(main, context):
        usage = " ".join(command.collect_usage_pieces(click.Context(command, context, info_name=verb)))
        parts.append(f"## edi837 {verb}\n")
        parts.append(f"```text\nedi837 {verb} {usage}\n```\n")
        parts.extend(_help_paragraphs(command))
        options = [_option_row(option) for option in command.params if isinstance(option, click.Option)]
        parts.extend(["| option | what it does |\n|---|---|", *options, ""] if options else [])
    return "\n".join(parts).rstrip() + "\n"


def _commands(group: click.Group, context: click.Context, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    """The commands of a group by name, each with its own behind it: policy, policy list, policy explain."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{prefix}{name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, context, f"{prefix}{name} ")


def _help_paragraphs(command: click.Command) -> list[str]:
    paragraphs = (command.help or "").strip().split("\n\n")
    return [" ".join(paragraph.split()) + "\n" for paragraph in paragraphs]


def _option_row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len))
    if isinstance(option.type, click.Choice):
        names += " " + "\\|".join(str(choice) for choice in option.type.choices)
    elif not option.is_flag:
        names += f" {option.metavar or option.type.name.upper()}".replace("|", "\\|")
    default = f" [default: {option.default}]" if option.show_default else ""
    return f"| {names} | {option.help}{default} |"


def schema(name: str) -> str:
    """The JSON Schema of what a verb prints as JSON."""
    return schema_of(SCHEMAS[name], f"edi837 {name.replace('-', ' ')} --format json")


def schema_of(kind: Any, title: str) -> str:
    """The JSON Schema of a value."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **msgspec.json.schema(kind),
    }
    return formatted(document)


def formatted(document: dict[str, Any]) -> str:
    """The text of a JSON document."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def with_keys(text: str) -> str:
    """The text with the table of what a payer policy can require."""
    rows = ["| key | what it says | rules |", "|---|---|---|"]
    for name, key in KEYS.items():
        codes = ", ".join(rule.code for rule in load_rules() if name in rule.policies)
        rows.append(f"| `{name}` | {key.says} | {codes} |")
    return _KEYS.sub(lambda match: match[1] + "\n".join([*rows, match[2]]), text)


def with_outputs(text: str) -> str:
    """The text with the output that its commands have now."""
    return _OUTPUT.sub(lambda match: match[1] + _output(match["command"]) + match[3], text)


def _output(command: str) -> str:
    """What the command prints, run from the project's folder: its report, then its messages and exit code."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # What somebody has imported on this machine is no part of the documentation.
    with tempfile.TemporaryDirectory() as nothing:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env={**os.environ, "PATH": path, "COLUMNS": "100", "EDI837_REFDATA_DIR": nothing},
            capture_output=True,
            text=True,
            check=False,
        )
    return f"$ {command}\n{done.stdout}{done.stderr}"


def run(check: bool) -> int:
    """Writes the files that differ, or only names them."""
    texts = generate()
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        name = path.relative_to(ROOT)
        if check:
            print(f"{name} is out of date: run scripts/generate_docs.py", file=sys.stderr)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], encoding="utf-8")
        print(f"wrote {name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(run("--check" in sys.argv[1:]))
