"""One Spark session for all tests; they are skipped where Spark is not installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

MISSING = [name for name in ("pyspark", "pandas", "pyarrow") if find_spec(name) is None]

SESSION = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.spark)
            # Warnings of Spark's own modules are not ours to mend.
            item.add_marker(pytest.mark.filterwarnings("default"))


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """The session that the product opens, with settings for a small machine."""
    if MISSING:
        pytest.skip(f"Spark is not installed (pip install '.[spark]'): no {', '.join(MISSING)}")
    from edi837.engines.spark.session import open_session

    with pytest.MonkeyPatch.context() as patch:
        options = " ".join(f"--conf {name}={value}" for name, value in SESSION.items())
        patch.setenv("PYSPARK_SUBMIT_ARGS", f"--master local[2,4] {options} pyspark-shell")
        # Workers import this tree, wherever pytest was started.
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]))
        session = open_session()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()
