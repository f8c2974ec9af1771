"""Python's garbage collector in a long run."""

from __future__ import annotations

import gc


def settle() -> None:
    """Tells the collector to leave alone what is loaded by now: it stays until the process ends.

    Else it would go through modules, rules and tables again and again while claims stream by, which takes a
    twentieth of a check.
    """
    gc.freeze()
