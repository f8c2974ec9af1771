"""The columns of every table, once: what a row holds, and its cells where a table has only text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from edi837.model import Claim, Finding, ServiceLine, Severity
from edi837.payments import Adjustment, ClaimPayment


class LineRow(msgspec.Struct, frozen=True, gc=False):
    """One service line with what it takes from its claim: the row of `edi837 lines`. None: not sent."""

    file: str
    claim: str
    """CLM01."""
    line: str | None
    """LX01."""
    procedure: str | None
    """SV101-2."""
    modifiers: tuple[str, ...]
    """SV101-3 to SV101-6."""
    charge: Decimal
    """SV102, dollars."""
    unit_basis: str | None
    """SV103."""
    units: Decimal | None
    """SV104."""
    place_of_service: str | None
    """SV105, else CLM05-1."""
    diagnosis_pointers: tuple[int, ...]
    """SV107: positions in `diagnoses`, from 1."""
    diagnoses: tuple[str, ...]
    """HI: the claim's diagnoses in their order."""
    service_date: date | None
    """DTP*472, the first date."""
    service_date_end: date | None
    """DTP*472, the last date."""
    line_control_number: str | None
    """REF*6R."""
    ndc: str | None
    """LIN03."""
    ndc_quantity: Decimal | None
    """CTP04."""
    ndc_unit: str | None
    """CTP05-1."""
    description: str | None
    """SV101-7."""
    payer: str | None
    """2010BB NM109."""
    payer_name: str | None
    """2010BB NM103."""
    payer_class: str | None
    """SBR09."""
    billing_npi: str | None
    """2010AA NM109."""
    rendering_npi: str | None
    """2420A NM109, else 2310B, else the billing provider's."""
    frequency: str | None
    """CLM05-3."""
    payer_claim_control_number: str | None
    """REF*F8."""
    transaction: str
    """ST02."""
    segment: int
    """Position of SV1 in its transaction set, ST being 1."""
    offset: int
    """Byte offset of the claim's CLM in the (uncompressed) file."""


class RemitRow(msgspec.Struct, frozen=True, gc=False):
    """One service payment with what it takes from its claim payment: the row of `edi837 remits`. None: not sent.

    A claim payment without services has one row with its own charge and payment and no procedure.
    """

    file: str
    claim: str
    """CLP01."""
    payer_claim_control_number: str | None
    """CLP07."""
    status_code: str | None
    """CLP02."""
    procedure: str | None
    """SVC01-2."""
    original_procedure: str | None
    """SVC06-2, where the payer changed the procedure."""
    modifiers: tuple[str, ...]
    """SVC01-3 to SVC01-6."""
    charge: Decimal
    """SVC02, dollars; CLP03 without services."""
    paid: Decimal
    """SVC03, dollars; CLP04 without services."""
    units: Decimal | None
    """SVC05; 1 where it was not sent."""
    service_date: date | None
    """DTM*472, else DTM*150, else the claim's first day."""
    line_control_number: str | None
    """REF*6R."""
    adjustments: tuple[Adjustment, ...]
    """CAS of the service."""
    claim_adjustments: tuple[Adjustment, ...]
    """CAS of the claim."""
    remarks: tuple[str, ...]
    """LQ*HE of the service, then MIA and MOA of the claim."""
    payer: str | None
    """N1*PR N104, else REF*2U, else BPR10 or TRN03."""
    payer_name: str | None
    """N1*PR N102."""
    trace_number: str | None
    """TRN02."""
    payment_date: date | None
    """BPR16."""


LINE_COLUMNS = LineRow.__struct_fields__
REMIT_COLUMNS = RemitRow.__struct_fields__
FINDING_COLUMNS = Finding.__struct_fields__


def line_row(claim: Claim, line: ServiceLine) -> LineRow:
    """The row of one service line. One call by position: this runs once for each line of a batch."""
    payer = claim.payer
    origin = claim.origin
    drug = line.drug
    return LineRow(
        origin.file,
        claim.id,
        line.number,
        line.procedure or None,
        line.modifiers,
        line.charge,
        line.unit_basis or None,
        line.units,
        line.place_of_service or None,
        line.diagnosis_pointers,
        claim.diagnoses,
        line.service_date,
        line.service_date_end,
        line.line_control_number,
        drug.ndc or None if drug else None,
        drug.quantity if drug else None,
        drug.unit or None if drug else None,
        line.description or None,
        payer.id or None,
        payer.name or None,
        payer.payer_class or None,
        claim.billing_npi or None,
        line.rendering_npi or None,
        claim.frequency or None,
        claim.payer_claim_control_number,
        origin.transaction,
        claim.segment + line.segment,
        claim.offset,
    )


def remit_rows(payment: ClaimPayment) -> list[RemitRow]:
    """The rows of one claim payment: one for each service, or one for the claim where there is none."""
    if not payment.services:
        return [_claim_row(payment)]
    file, claim, control_number = payment.file, payment.id, payment.payer_claim_control_number or None
    status, service_date, adjustments, remarks = (
        payment.status or None,
        payment.service_date,
        payment.adjustments,
        payment.remarks,
    )
    payer, payer_name, trace_number = payment.payer or None, payment.payer_name or None, payment.trace_number or None
    payment_date = payment.payment_date
    return [
        RemitRow(
            file,
            claim,
            control_number,
            status,
            service.procedure or None,
            service.original_procedure or None,
            service.modifiers,
            service.charge,
            service.paid,
            service.units,
            service.service_date or service_date,
            service.line_control_number,
            service.adjustments,
            adjustments,
            service.remarks + remarks,
            payer,
            payer_name,
            trace_number,
            payment_date,
        )
        for service in payment.services
    ]


def _claim_row(payment: ClaimPayment) -> RemitRow:
    return RemitRow(
        payment.file,
        payment.id,
        payment.payer_claim_control_number or None,
        payment.status or None,
        None,
        None,
        (),
        payment.charge,
        payment.paid,
        None,
        payment.service_date,
        None,
        (),
        payment.adjustments,
        payment.remarks,
        payment.payer or None,
        payment.payer_name or None,
        payment.trace_number or None,
        payment.payment_date,
    )


def row_cells(row: msgspec.Struct) -> list[str]:
    """The cells of a row for a table of text: empty for None, lists with a blank between their items.

    Adjustments are written as CO-97:35.00;PR-1:10.00.
    """
    return [value if type(value) is str else _cell(value) for value in msgspec.structs.astuple(row)]


def finding_cells(finding: Finding) -> list[str]:
    """The cells of a finding for a table of text: as those of a line, and each partner as claim:line."""
    return [
        " ".join(f"{partner.claim}:{partner.line or ''}" for partner in value)
        if value is finding.partners
        else _cell(value)
        for value in msgspec.structs.astuple(finding)
    ]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        if value and isinstance(value[0], Adjustment):
            return ";".join(f"{item.group}-{item.reason}:{item.amount}" for item in value)
        return " ".join(map(str, value))
    if isinstance(value, Severity):
        return value.value
    return str(value)
