"""x12sdk: `X12ModelReader`, and the `claims()` of each transaction set's model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from x12sdk.io import X12ModelReader


def _procedure(composite: str) -> str:
    """The code of a procedure, which the models leave within its composite."""
    return composite.split(":")[1] if ":" in composite else composite


def claims(path: str) -> Iterator[tuple[Any, ...]]:
    """The claims of an 837P file."""
    with X12ModelReader(path) as reader:
        for model in reader.models():
            for claim in model.claims():
                services = [line.sv1_segment for line in claim.service_lines]
                lines = [
                    (_procedure(service.product_service_id_qualifier), service.line_item_charge_amount, None)
                    for service in services
                ]
                payer = claim.payer.nm1_segment.identification_code
                yield claim.patient_control_number, payer, claim.charge, None, lines


def payments(path: str) -> Iterator[tuple[Any, ...]]:
    """The claim payments of an 835 file."""
    with X12ModelReader(path) as reader:
        for model in reader.models():
            for claim in model.claims():
                services = [line.svc_segment for line in claim.service_lines]
                lines = [
                    (
                        _procedure(service.composite_medical_procedure_identifier_1),
                        service.line_item_charge_amount,
                        service.line_item_provider_payment_amount,
                    )
                    for service in services
                ]
                yield claim.patient_control_number, claim.payer_name, claim.charge, claim.paid, lines
