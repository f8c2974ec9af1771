"""How long after the service a claim may be sent."""

from __future__ import annotations

MEDICARE_FILING_DAYS = 365
"""Medicare's limit of one calendar year, in days."""
