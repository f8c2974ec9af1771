"""What several test modules need."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def schema() -> Callable[[str], Any]:
    """Reads a JSON Schema of docs/schema by the name of its document."""
    return lambda name: json.loads((ROOT / "docs" / "schema" / f"{name}.schema.json").read_text())
