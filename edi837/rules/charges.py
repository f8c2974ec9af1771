"""What Medicare's claims system can hold."""

from __future__ import annotations

from decimal import Decimal

SYSTEM_LIMIT = Decimal("99999.99")
"""The highest charge of a line and of a claim, in dollars."""
