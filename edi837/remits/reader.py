"""Reads the claim payments of a file as its bytes come in."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.payments import ClaimPayment
from edi837.remits.claims import ClaimReaders
from edi837.remits.parse import CLAIM_BOUNDARY, PaymentReader
from edi837.x12.envelope import CEILING, WINDOW, EnvelopeReader
from edi837.x12.kinds import described

GUIDE = "005010X221"
"""The implementation guide of remittances; its addenda read alike."""


def refuse_other_than_remittances(kind: str, version: str) -> tuple[str, str] | None:
    """The diagnostic code and message for a transaction set that is no 5010 remittance, else None."""
    if kind == "835" and version.startswith(GUIDE):
        return None
    if kind == "835" and version.startswith("004010"):
        return "X402", f"skipped a remittance (835) of version 004010: only {GUIDE} remittances are read"
    return "X401", f"skipped {described(kind, version, '835', GUIDE)}: no remittance"


class RemittanceReader:
    """Feeds on the bytes of one file and yields its claim payments, a list for each piece that was read.

    The payments, taken together, are the same for every way of cutting the file into chunks. Files that are read one
    after the other may share `readers`, which remember what comes again.
    """

    def __init__(
        self, file: str, *, readers: ClaimReaders | None = None, window: int = WINDOW, ceiling: int = CEILING
    ) -> None:
        self._envelope = EnvelopeReader(
            file, refuse_other_than_remittances, CLAIM_BOUNDARY, window=window, ceiling=ceiling
        )
        self._payments = PaymentReader(file, self._envelope.diagnostics, readers)
        self.diagnostics = self._envelope.diagnostics
        """What was found so far, envelope and claims, in the order of reading. The caller may take things out."""
        self.remittances = self._payments.remittances
        """The transaction sets that have ended so far, with their totals. The caller may take things out."""

    def feed(self, chunk: bytes) -> Iterator[list[ClaimPayment]]:
        """The claim payments that are complete now that these bytes have come."""
        yield from map(self._payments.payments, self._envelope.feed(chunk))

    def close(self) -> Iterator[list[ClaimPayment]]:
        """The claim payments that are left at the end of the file; ends the last transaction set."""
        yield from map(self._payments.payments, self._envelope.close())
        self._payments.finish()
