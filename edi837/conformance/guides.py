"""The implementation guides that can be judged: versions, pyx12's maps, and where a transaction set can be cut."""

from __future__ import annotations

from typing import NamedTuple

from edi837.claims.units import refuse_other_than_professional_claims
from edi837.remits.reader import refuse_other_than_remittances


class Guide(NamedTuple):
    """One implementation guide."""

    kind: str
    """ST01."""
    version: str
    """The edition that pyx12 has a map for."""
    editions: tuple[str, ...]
    """Others of the same guide, which read alike."""
    map: str
    """The name of pyx12's map."""
    outer: tuple[bytes, int, bytes]
    """What begins an outer unit (billing provider, LX): segment id, position of an element and its value (0: any)."""
    inner: tuple[bytes, int, bytes]
    """What begins an inner unit, within an outer one: a subscriber, a claim payment."""
    claim: bytes
    """The segment that begins a claim or claim payment."""
    line: bytes
    """The segment that begins a service line or payment."""


PROFESSIONAL_CLAIM = Guide(
    "837",
    "005010X222A1",
    ("005010X222", "005010X222A2"),
    "837.5010.X222.A1.xml",
    (b"HL", 3, b"20"),
    (b"HL", 3, b"22"),
    b"CLM",
    b"LX",
)
REMITTANCE = Guide(
    "835",
    "005010X221A1",
    ("005010X221",),
    "835.5010.X221.A1.xml",
    (b"LX", 0, b""),
    (b"CLP", 0, b""),
    b"CLP",
    b"SVC",
)


def guide_of(kind: str, version: str) -> Guide | tuple[str, str]:
    """The guide of a transaction set (ST01; GS08, else ST03), or the code and message of why it is passed over."""
    if kind == REMITTANCE.kind:
        return refuse_other_than_remittances(kind, version) or REMITTANCE
    return refuse_other_than_professional_claims(kind, version) or PROFESSIONAL_CLAIM
