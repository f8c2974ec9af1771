"""edi-835-parser: `parse`, and the transaction sets that it returns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edi_835_parser import parse


def payments(path: str) -> Iterator[tuple[Any, ...]]:
    """The claim payments of an 835 file."""
    for transaction in parse(path):
        payer = transaction.payer.organization.name
        for loop in transaction.claims:
            lines = [
                (item.service.code, item.service.charge_amount, item.service.paid_amount) for item in loop.services
            ]
            yield loop.claim.marker, payer, loop.claim.charge_amount, loop.claim.paid_amount, lines
