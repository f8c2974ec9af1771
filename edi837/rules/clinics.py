"""Federally qualified and rural health clinics, which Medicare pays a rate for the whole visit."""

from __future__ import annotations

from edi837.model import Claim, ServiceLine

CLINIC_PLACES = frozenset({"50", "72"})
CLINIC_TAXONOMIES = frozenset({"261QF0400X", "261QR1300X"})


def is_clinic(line: ServiceLine, claim: Claim) -> bool:
    """Whether a line is such a clinic's, by its place of service or by the billing provider's taxonomy."""
    return line.place_of_service in CLINIC_PLACES or claim.billing_taxonomy in CLINIC_TAXONOMIES
