"""A folder of its own for each test, with two small batches in it, and a way to run the command line there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rule_cases import interchange

from edi837.cli import main

DENIED = interchange("CLM*DENIED~ SV1*HC:96372*25*UN*1***1~")
"""An injection without its drug: A01, an error for Medicare."""

CLEAN = interchange(
    "NM1*IL*1*ROE*JEAN****MI*MEMBER0002~ CLM*CLEAN~ SV1*HC:96372*25*UN*1***1~ SV1*HC:J3420*10*UN*1***1~"
)
NOT_APPLICABLE = interchange("CLM*VISIT~ SV1*HC:99213*90*UN*1***1~")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: denied.837 and clean.837."""
    (tmp_path / "denied.837").write_bytes(DENIED)
    (tmp_path / "clean.837").write_bytes(CLEAN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Callable[..., Result]:
    """Runs `edi837 ARGUMENTS` in the folder."""

    def invoke(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    return invoke
