"""Python's garbage collector in a long run."""

from __future__ import annotations

import gc

_RARELY = 100_000
"""Objects that may come to stay between two looks: more than a batch holds."""


def settle() -> None:
    """Tells the collector to leave alone what is loaded by now, for it stays to the end, and to look rarely.

    Else it would go through modules, rules and tables again and again while claims stream by, and through the claims
    of each batch, which hold no cycles: a twentieth of a check, an eighth of `denials`.
    """
    gc.freeze()
    gc.set_threshold(_RARELY, 20, 20)
