"""oxedi: `parse_file`, and its tables as polars frames; the rows are put together from those."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import oxedi
import polars  # noqa: F401 - oxedi imports it where it first makes a frame; that is no part of reading


def payments(path: str) -> Iterator[tuple[Any, ...]]:
    """The claim payments of an 835 file."""
    tables = oxedi.parse_file(path).tables.to_polars()
    payers = dict(tables["payments"].select("row", "payer_name").iter_rows())
    lines = defaultdict(list)
    services = tables["services"].select("claim", "procedure_code", "charge_amount", "payment_amount")
    for claim, procedure, charge, paid in services.iter_rows():
        lines[claim].append((procedure, charge, paid))
    claims = tables["claims"].select("row", "payment", "claim_id", "charge_amount", "payment_amount")
    for row, payment, claim, charge, paid in claims.iter_rows():
        yield claim, payers.get(payment), charge, paid, lines[row]
