"""The documentation says what the code does."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from edi837.cli import VERBS, main
from edi837.conformance.faults import KINDS
from edi837.rules import load_rules
from edi837.settings import PAYER_KEYS, TOP_KEYS, parse_settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
REFERENCE = (ROOT / "docs" / "cli.md").read_text("utf-8")


def test_what_is_generated_is_up_to_date():
    command = [sys.executable, "scripts/generate_docs.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_is_documented(verb):
    assert f"edi837 {verb}" in README
    _, _, section = REFERENCE.partition(f"## edi837 {verb}\n")
    section = section.partition("\n## ")[0]
    command = main.get_command(click.Context(main), verb)
    for option in command.params:
        if isinstance(option, click.Option):
            assert all(f"`{name}`" in section for name in option.opts), option.name


@pytest.mark.parametrize(
    "document", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name
)
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#]+)", document.read_text("utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_the_settings_in_the_readme_can_be_used_and_are_all_there_are():
    [text] = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    assert parse_settings(text, load_rules()).payers
    assert tomllib.loads(text).keys() | {"rules"} == set(TOP_KEYS)


def test_the_policy_in_its_document_can_be_used_and_says_all_there_is():
    [text] = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "policies.md").read_text("utf-8"), re.DOTALL)
    assert parse_settings(text, load_rules()).payers
    assert tomllib.loads(text)["payer"][0].keys() == set(PAYER_KEYS)


def test_every_conformance_code_is_in_its_document():
    text = (ROOT / "docs" / "conformance.md").read_text("utf-8")
    listed = re.search(r"<!-- codes -->\n.*?\n.*?\n(.*?)<!-- end of codes -->", text, re.DOTALL)
    assert listed
    assert listed[1].splitlines() == [f"| {code} | {kind.name} |" for code, kind in KINDS.items()]


def test_every_rule_has_its_page_and_every_page_its_rule():
    codes = {rule.code for rule in load_rules()}
    pages = {path.stem: path.read_text("utf-8") for path in (ROOT / "docs" / "rules").glob("*.md")}
    assert pages.keys() - {"README"} == codes
    for rule in load_rules():
        text = pages[rule.code]
        assert text.startswith(f"# {rule.code} {rule.name}\n")
        for part in (
            rule.help.summary,
            rule.help.why,
            rule.help.fix,
            rule.help.denied,
            rule.help.clean,
            rule.help.source,
        ):
            assert part in text
        assert all(f"`{name}`" in text for name in (*rule.options, *rule.policies))
        link = f"[{rule.code}]({rule.code}.md) | {rule.name} |"
        assert link in pages["README"]
        assert link.replace("](", "](docs/rules/") in README


@pytest.mark.parametrize("stale", ["docs/rules/A01.md", "docs/rules/README.md", "README.md"])
def test_a_page_that_drifts_is_told(stale, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    generate_docs = importlib.import_module("generate_docs")
    texts = {ROOT / stale: (ROOT / stale).read_text("utf-8").replace("no drug", "no medicine").replace("drug", "x", 1)}
    monkeypatch.setattr(generate_docs, "generate", lambda: texts)
    assert generate_docs.run(check=True) == 1
    assert capsys.readouterr().err == f"{stale} is out of date: run scripts/generate_docs.py\n"
