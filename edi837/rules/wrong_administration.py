"""What the rules about a wrong administration code (F01, F03, F05 to F07 ...) silence on the line of 96372."""

from __future__ import annotations

SILENCED = frozenset({"A01", "A05", "A06", "A07", "E05", "B03", "B04", "B09", "B10", "B12", "B13", "B14", "B15"})
"""RULES.md 0.4, 3: nothing else needs to be said of a 96372 line that should be another code."""
