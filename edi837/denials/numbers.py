"""The forms in which a patient control number comes back: as sent, without leading zeros, cut off (RULES.md 2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

LENGTH = 20
"""Characters of CLM01 that every payer has to return."""


def folded(number: str) -> str:
    """The number without leading zeros, in capitals: payers strip zeros and change the case."""
    # ASCII letters only, as bytes know them: the checksums are taken of bytes.
    return (number.lstrip("0") or number).encode("latin-1", "replace").upper().decode("latin-1")


def cut(number: str) -> str:
    """What is left of the number, folded, at a payer that keeps twenty characters; empty where all of it is."""
    return folded(number[:LENGTH].rstrip()) if len(number) > LENGTH else ""


def checksum(number: str) -> int:
    """The checksum of a number, decoded as latin-1 and without blanks around it."""
    return crc32(number.encode("latin-1", "replace"))


def checksums(numbers: Iterable[bytes]) -> tuple[list[int], list[int]]:
    """The checksums of numbers and of their folded forms, from their bytes."""
    own: list[int] = []
    forms: list[int] = []
    for number in numbers:
        number = number.strip()
        value = crc32(number)
        own.append(value)
        form = (number.lstrip(b"0") or number).upper()
        forms.append(value if form == number else crc32(form))
    return own, forms


def cents(amounts: Iterable[bytes]) -> list[int]:
    """Amounts without their signs, as numbers that are the same for 100 and 100.00; 0 for what is no amount."""
    found: list[int] = []
    for amount in amounts:
        try:
            found.append(int(abs(float(amount)) * 100 + 0.5) & 0xFFFFFFFF)
        except (ValueError, OverflowError):
            found.append(0)
    return found
