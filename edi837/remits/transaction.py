"""The transaction set around the claim payments: who pays and when, what else was moved, and whether it adds up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from edi837.claims.elements import read_day, read_number, read_text
from edi837.payments import ClaimPayment, ProviderAdjustment
from edi837.remits.segments import ZERO, Fault, Notes, part, unreadable
from edi837.x12.region import Transaction

_MOST_REMEMBERED = 1 << 18
"""Claim payments of a transaction set that are remembered to find a repeated one; the TR3 recommends 10,000 at most."""


class Remittance(msgspec.Struct, frozen=True, gc=False):
    """One 835 transaction set that was read to its end: the payment, and the totals that have to agree with it."""

    file: str
    interchange: str
    """ISA13."""
    transaction: str
    """ST02."""
    payer: str
    """N1*PR N104, else REF*2U, else BPR10 or TRN03, which are the same."""
    payer_name: str
    """N1*PR N102."""
    payee: str
    """N1*PE N104: the NPI or tax id of the provider that is paid."""
    trace_number: str
    """TRN02: check or EFT number."""
    payment_date: date | None
    """BPR16."""
    paid: Decimal | None
    """BPR02, dollars; None where it could not be read."""
    claims: int
    """Claim payments (CLP)."""
    services: int
    """Service payments (SVC)."""
    claims_paid: Decimal
    """The sum of CLP04, dollars."""
    provider_adjustments: tuple[ProviderAdjustment, ...]
    """PLB."""
    provider_adjusted: Decimal
    """The sum of the PLB amounts, dollars; positive reduces the payment."""
    whole: bool
    """Whether every amount of the totals was read; else a diagnostic says which was not."""
    file_segment: int
    """Position of ST in the file, the first ISA being 1."""
    offset: int
    """Byte offset of ST in the (uncompressed) file."""

    @property
    def difference(self) -> Decimal | None:
        """BPR02 - (sum of CLP04 - sum of PLB), 0 where they agree; None where an amount is not known."""
        if self.paid is None or not self.whole:
            return None
        return self.paid - self.claims_paid + self.provider_adjusted


class Header(NamedTuple):
    """What stands above the claims of a transaction set."""

    paid: Decimal | None
    payer: str
    payer_name: str
    payee: str
    trace_number: str
    payment_date: date | None
    payment: int
    """Position of BPR among the header's segments, -1 where there is none."""


NO_HEADER = Header(None, "", "", "", "", None, -1)


def read_header(segments: list[str], element: str, notes: Notes) -> Header:
    """The header whose segments stand between ST and the first CLP."""
    payment: list[str] = []
    at = -1
    trace = company = entity = second_id = ""
    names: dict[str, list[str]] = {}
    for index, segment in enumerate(segments):
        parts = segment.split(element)
        tag = parts[0]
        if tag == "BPR":
            payment, at = parts, index
        elif tag == "TRN":
            trace, company = trace or part(parts, 2), company or part(parts, 3)
        elif tag == "N1":
            entity = part(parts, 1)
            names.setdefault(entity, parts)
        elif tag == "REF" and entity != "PE" and part(parts, 1) == "2U":
            second_id = second_id or part(parts, 2)
        elif tag == "PLB" or segment in ("CLP", "SVC"):
            notes.other(0, segment, -1, index)
        elif tag == "SVC":
            notes.fault(0, "R104", "SVC segment outside any claim payment", index=index)
    payer = names.get("PR", [])
    paid, day = read_number(part(payment, 2)), read_day(part(payment, 16))
    if paid is None:
        what = f"BPR02 is {unreadable(part(payment, 2))}" if payment else "no BPR segment"
        notes.fault(0, "R101", what, index=at)
    if part(payment, 16) and day is None:
        notes.fault(0, "R205", "BPR16 is no date CCYYMMDD", index=at)
    payer_id = part(payer, 4) or second_id or part(payment, 10) or company
    missing = [
        name
        for name, value in (
            ("trace number (TRN02)", trace),
            ("date (BPR16)", part(payment, 16)),
            ("payer id (N1*PR)", payer_id),
        )
        if not value
    ]
    if missing:
        notes.fault(0, "R102", f"the payment has no {' and no '.join(missing)}", index=at)
    return Header(
        paid,
        payer_id,
        read_text(part(payer, 2)),
        part(names.get("PE", []), 4),
        trace,
        day,
        at,
    )


class OpenTransaction:
    """The transaction set that is being read: its header, and the totals so far."""

    def __init__(self, file: str, transaction: Transaction, header: Header = NO_HEADER) -> None:
        self.file = file
        self.transaction = transaction
        self.header = header
        self.place = (transaction.file_segment, transaction.offset)
        """Position in the file and byte offset of BPR, or of ST where there is none."""
        self.whole = True
        self._claims = self._services = 0
        self._paid = ZERO
        self._adjustments: list[ProviderAdjustment] = []
        self.seen: set[int] = set()
        """What tells the claim payments so far from each other, as hashes."""

    def add(self, payments: Sequence[ClaimPayment]) -> None:
        """Counts claim payments."""
        self._claims += len(payments)
        self._services += sum([len(payment.services) for payment in payments])
        self._paid += sum([payment.paid for payment in payments], ZERO)
        if len(self.seen) > _MOST_REMEMBERED:
            self.seen.clear()

    def read_provider_adjustments(self, parts: list[str], component: str) -> list[Fault]:
        """Adds the pairs of a PLB segment; returns the diagnostic codes and messages of its faults."""
        faults: list[Fault] = []
        period = read_day(part(parts, 2))
        if period is None:
            faults.append(("R205", "PLB02 is no date CCYYMMDD"))
        for index in range(3, len(parts), 2):
            composite, amount = part(parts, index), part(parts, index + 1)
            if not (composite or amount):
                continue
            value = read_number(amount)
            reason, _, reference = composite.partition(component)
            if not reason:
                faults.append(("R103", f"PLB{index:02}-1 is empty: an adjustment without a reason code"))
            if value is None:
                faults.append(("R103", f"PLB{index + 1:02} is {unreadable(amount)}"))
                self.whole = False
                value = ZERO
            reference = reference.split(component)[0].strip()
            self._adjustments.append(
                ProviderAdjustment(part(parts, 1), period, reason.strip().upper(), reference, value)
            )
        return faults

    def finish(self) -> Remittance:
        """The transaction set with its totals."""
        transaction, header = self.transaction, self.header
        return Remittance(
            self.file,
            transaction.interchange,
            transaction.control,
            header.payer,
            header.payer_name,
            header.payee,
            header.trace_number,
            header.payment_date,
            header.paid,
            self._claims,
            self._services,
            self._paid,
            tuple(self._adjustments),
            sum((adjustment.amount for adjustment in self._adjustments), ZERO),
            self.whole,
            transaction.file_segment,
            transaction.offset,
        )
