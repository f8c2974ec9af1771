"""Help of every verb and option, and what it costs to ask for it."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from edi837 import __version__
from edi837.cli import VERBS, main

COMMANDS = {verb: main.get_command(click.Context(main), verb) for verb in VERBS}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_has_help(run, verb):
    result = run(verb, "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    command = COMMANDS[verb]
    assert command.name == verb
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.help.endswith((".", "]")), option.help
            assert all(name in result.stdout for name in option.opts)


def test_help_names_every_verb_and_the_exit_codes(run):
    for arguments in ([], ["--help"], ["-h"]):
        text = run(*arguments).output
        assert "Exit codes: 0 " in text
        for verb, short in VERBS.items():
            assert f"{verb} " in text
            assert short in " ".join(text.split())


def test_version(run):
    assert run("--version").stdout == f"edi837 {__version__}\n"


def test_help_imports_nothing_that_is_slow():
    program = (
        "import sys\n"
        "from edi837.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "slow = {'msgspec', 'rich', 'lxml', 'pyx12', 'tomllib', 'csv', 'importlib.metadata', 'multiprocessing',"
        " 'edi837.rules', 'edi837.model', 'edi837.reference'}\n"
        "sys.exit(', '.join(slow & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_check_imports_nothing_that_it_does_not_need(folder):
    command = [sys.executable, "-X", "importtime", "-m", "edi837", "check", "denied.837", "--isolated"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "edi837.engines.local" in imported
    for module in ("zipfile", "gzip", "shutil", "tempfile", "difflib", "traceback", "rich", "edi837.engines.archives"):
        assert module not in imported


@pytest.mark.parametrize("verb", ["lines", "remits"])
def test_a_table_needs_neither_rules_nor_settings(verb):
    program = (
        f"import sys, edi837.cli.{verb}\n"
        "parts = {'rules', 'settings', 'reference', 'engine', 'check'}\n"
        "sys.exit(', '.join(part for part in parts if f'edi837.{part}' in sys.modules) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_module_runs_as_the_command(folder):
    done = subprocess.run([sys.executable, "-m", "edi837", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"edi837 {__version__}\n"
