"""oxedi for whoever stays in tables: `parse_file`, and its tables as polars frames, no value of which Python sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import oxedi
import polars  # noqa: F401 - oxedi imports it where it first makes a frame; that is no part of reading


def payments(path: str) -> Iterator[tuple[Any, ...]]:
    """Nothing; the tables hold what `read_oxedi` gives row by row."""
    oxedi.parse_file(path).tables.to_polars()
    yield from ()
