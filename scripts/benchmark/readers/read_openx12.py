"""openx12: `x837p.parse` and `x835.parse` of a file's text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openx12 import x835, x837p


def claims(path: str) -> Iterator[tuple[Any, ...]]:
    """The claims of an 837P file."""
    for claim in x837p.parse(Path(path).read_text()).claims:
        lines = [(service["cpt_code"], service["charge"], None) for service in claim.get("services", ())]
        yield claim["claim_number"], claim.get("payer", {}).get("id_value"), claim["amount"], None, lines


def payments(path: str) -> Iterator[tuple[Any, ...]]:
    """The claim payments of an 835 file."""
    remittance = x835.parse(Path(path).read_text())
    payer = remittance.payer.get("name")
    for claim in remittance.claims:
        lines = [
            (service["cpt_code"], service["line_item_charge_amount"], service["line_item_payment_amount"])
            for service in claim["services"]
        ]
        charge, paid = claim["total_claim_charge"], claim["claim_payment_amount"]
        yield claim["patient_control_number"], payer, charge, paid, lines
