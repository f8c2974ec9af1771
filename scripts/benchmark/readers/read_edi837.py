"""edi837: `read_lines` and `read_remits`. Fields are read when they are asked for: here, all of a line are."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from edi837.engines.inputs import expand
from edi837.engines.lines import read_lines
from edi837.engines.remits import read_remits

_every_field = attrgetter(
    "number", "procedure", "modifiers", "charge", "unit_basis", "units", "place_of_service", "diagnosis_pointers",
    "service_date", "service_date_end", "line_control_number", "drug", "description", "rendering_npi",
)  # fmt: skip


def claims(path: str) -> Iterator[tuple[Any, ...]]:
    """The claims of an 837P file."""
    for batch in read_lines(expand([path]), on_diagnostic=lambda found: None):
        for claim in batch:
            lines = []
            for line in claim.lines:
                _every_field(line)
                lines.append((line.procedure, line.charge, None))
            yield claim.id, claim.payer.id, claim.charge, None, lines


def payments(path: str) -> Iterator[tuple[Any, ...]]:
    """The claim payments of an 835 file."""
    for batch in read_remits(expand([path]), on_diagnostic=lambda found: None):
        for payment in batch:
            lines = [(service.procedure, service.charge, service.paid) for service in payment.services]
            yield payment.id, payment.payer_name, payment.charge, payment.paid, lines
