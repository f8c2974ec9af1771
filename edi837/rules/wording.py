"""How messages write numbers."""

from __future__ import annotations

from decimal import Decimal


def plain(number: Decimal) -> str:
    """A quantity without an exponent or trailing zeros: 12.5, 1000."""
    return f"{number.normalize():f}"


def dollars(amount: Decimal) -> str:
    """An amount of money with its cents: 120.00."""
    return f"{amount:.2f}"
