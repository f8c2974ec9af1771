"""`--engine spark` on the command line, as far as it goes without Spark."""

from __future__ import annotations

import subprocess
import sys

import pytest

from edi837.engines.spark import session


@pytest.mark.parametrize("verb", ["check", "lines", "remits"])
def test_it_needs_a_folder(run, verb):
    result = run(verb, "denied.837", "--engine", "spark")
    assert result.exit_code == 2
    assert result.stderr.endswith("Error: --engine spark needs -o FOLDER, for the Parquet files\n")


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("check", "--format", "json"), "--format"),
        (("check", "--statistics"), "--statistics"),
        (("check", "--jobs", "2"), "--jobs"),
        (("check", "--conformance"), "--conformance"),
        (("check", "--baseline", "b.json", "--add-baseline"), "--add-baseline"),
        (("lines", "--format", "csv"), "--format"),
        (("remits", "--stdin-filename", "x"), "--stdin-filename"),
    ],
)
def test_options_of_this_machine_are_refused(run, arguments, option):
    result = run(*arguments, "denied.837", "--engine", "spark", "-o", "out")
    assert result.exit_code == 2
    assert result.stderr.endswith(f"Error: {option} and --engine spark exclude each other\n")


@pytest.mark.parametrize("verb", ["check", "lines", "remits"])
def test_a_missing_extra_is_said_with_the_cure(run, folder, monkeypatch, verb):
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    result = run(verb, "denied.837", "--engine", "spark", "-o", "out")
    cure = 'edi837: --engine spark needs pyspark and pandas and pyarrow: pip install "edi837[spark]"\n'
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", cure)
    assert not (folder / "out").exists()


def test_a_machine_without_java_is_told_what_to_install(monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(session.shutil, "which", lambda name: None)
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    with pytest.raises(session.Edi837Error, match="Spark needs Java 17 or 21: install one and set JAVA_HOME"):
        session.find_java()


def test_nobody_pays_for_spark_who_does_not_use_it():
    verbs = "import sys, edi837.cli.check, edi837.cli.lines, edi837.cli.remits"
    code = f"{verbs}; print('pyspark' in sys.modules, 'pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
