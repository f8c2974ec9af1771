"""Tasks for worker processes that go wrong."""

from __future__ import annotations

import os

from edi837.conformance.stretch import Stretch
from edi837.engines.conformance import Judged, _judge


def die(stretch: Stretch, patience: float) -> Judged:
    """Ends the process at a stretch of bad.837, as the kernel does where memory runs out."""
    if stretch.file.endswith("bad.837"):
        os._exit(9)
    return _judge(stretch, patience)
