"""edi837: `read_lines` and `read_remits`. It reads a field when it is asked for, so every one of a line is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edi837.engines.inputs import expand
from edi837.engines.local import read_lines
from edi837.engines.remits import read_remits


def claims(path: str) -> Iterator[tuple[Any, ...]]:
    """The claims of an 837P file."""
    for batch in read_lines(expand([path]), on_diagnostic=lambda found: None):
        for claim in batch:
            lines = []
            for line in claim.lines:
                (line.number, line.modifiers, line.unit_basis, line.units, line.place_of_service,
                 line.diagnosis_pointers, line.service_date, line.service_date_end, line.line_control_number,
                 line.drug, line.description, line.rendering_npi)  # fmt: skip
                lines.append((line.procedure, line.charge, None))
            yield claim.id, claim.payer.id, claim.charge, None, lines


def payments(path: str) -> Iterator[tuple[Any, ...]]:
    """The claim payments of an 835 file."""
    for batch in read_remits(expand([path]), on_diagnostic=lambda found: None):
        for payment in batch:
            lines = [(service.procedure, service.charge, service.paid) for service in payment.services]
            yield payment.id, payment.payer, payment.charge, payment.paid, lines
