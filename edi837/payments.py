"""The values of a remittance: claim payments, service payments and adjustments, in the trade's words.

As in `edi837.model`, every value is an immutable msgspec Struct; money and quantities are `Decimal`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec


class Adjustment(msgspec.Struct, frozen=True, gc=False):
    """One adjustment: a triplet of a CAS segment with its group."""

    group: str
    """CAS01: CO contractual, PR patient responsibility, OA other, PI payer initiated, CR correction (4010)."""
    reason: str
    """CARC: CAS02, 05, 08, 11, 14 or 17."""
    amount: Decimal
    """Dollars; 0 where it could not be read (a diagnostic says so)."""
    quantity: Decimal | None = None


class ServicePayment(msgspec.Struct, frozen=True, gc=False):
    """What the payer did to one service line: loop 2110."""

    qualifier: str
    """SVC01-1."""
    procedure: str
    """SVC01-2, the procedure that the payer adjudicated."""
    modifiers: tuple[str, ...]
    """SVC01-3 to SVC01-6."""
    charge: Decimal
    """SVC02, dollars."""
    paid: Decimal
    """SVC03, dollars."""
    units: Decimal | None
    """SVC05, units paid; 1 where it is absent (TR3)."""
    original_procedure: str
    """SVC06-2, the procedure that was billed where the payer changed it; empty where it did not."""
    original_modifiers: tuple[str, ...]
    original_units: Decimal | None
    """SVC07, units billed where they differ from SVC05."""
    service_date: date | None
    """DTM*472, else DTM*150; None where the line has neither (the claim's date then counts)."""
    service_date_end: date | None
    line_control_number: str | None
    """REF*6R."""
    adjustments: tuple[Adjustment, ...]
    """The CAS segments of the line."""
    remarks: tuple[str, ...]
    """RARCs: LQ*HE."""
    policies: tuple[str, ...]
    """REF*0K: the payer's policy (LCD, NCD) behind the decision."""
    allowed: Decimal | None
    """AMT*B6, dollars."""


class ClaimPayment(msgspec.Struct, frozen=True, gc=False):
    """What the payer did to one claim: loop 2100 with its header and payer."""

    id: str
    """CLP01, the patient control number as the payer returns it."""
    status: str
    """CLP02: 1, 2, 3 processed, 4 denied, 19 to 21 forwarded, 22 reversal, 23 not ours, 25 predetermined."""
    charge: Decimal
    """CLP03, dollars."""
    paid: Decimal
    """CLP04, dollars."""
    patient_responsibility: Decimal
    """CLP05, dollars."""
    filing_code: str
    """CLP06."""
    payer_claim_control_number: str
    """CLP07."""
    place_of_service: str
    """CLP08."""
    frequency: str
    """CLP09."""
    services: tuple[ServicePayment, ...]
    adjustments: tuple[Adjustment, ...]
    """The CAS segments of the claim level."""
    remarks: tuple[str, ...]
    """RARCs of the claim: MIA, MOA."""
    member_id: str
    """NM1*IL NM109, else NM1*QC NM109: never printed."""
    rendering_npi: str
    """NM1*82 NM109."""
    service_date: date | None
    """DTM*232 (or 472 at claim level)."""
    service_date_end: date | None
    payer: str
    """N1*PR N104, else REF*2U, else BPR10 or TRN03 (the same number) of the transaction set."""
    payer_name: str
    """N1*PR N102."""
    trace_number: str
    """TRN02: check or EFT number."""
    payment_date: date | None
    """BPR16."""
    file: str
    interchange: str
    """ISA13."""
    transaction: str
    """ST02."""
    segment: int
    """Position of CLP in its transaction set, ST being 1."""
    file_segment: int
    offset: int
    """Byte offset of CLP in the (uncompressed) file."""

    def __repr__(self) -> str:
        """Only what may stand in a log."""
        return f"ClaimPayment(id={self.id!r}, status={self.status!r}, services={len(self.services)})"


class ProviderAdjustment(msgspec.Struct, frozen=True, gc=False):
    """Money that the payer moved apart from any claim: one pair of a PLB segment. Positive reduces the payment."""

    provider: str
    """PLB01."""
    fiscal_period: date | None
    """PLB02."""
    reason: str
    """PLB03-1: WO, FB, 72, L6 and so on."""
    reference: str
    """PLB03-2."""
    amount: Decimal
    """PLB04, dollars."""
