"""What several test modules need."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def schema() -> Callable[[str], Any]:
    """Reads a JSON Schema of docs/schema by the name of its document."""
    return lambda name: json.loads((ROOT / "docs" / "schema" / f"{name}.schema.json").read_text())


@pytest.fixture(autouse=True, scope="session")
def _no_imported_tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the user of this machine has imported changes no test's answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDI837_REFDATA_DIR", str(tmp_path_factory.mktemp("refdata")))
        yield
