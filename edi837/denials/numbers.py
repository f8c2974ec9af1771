"""The forms in which a patient control number comes back: as sent, without leading zeros, cut off (RULES.md 2.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

from edi837.x12.region import Region

LENGTH = 20
"""Characters of CLM01 that every payer has to return."""

_WORD = 0xFFFFFFFF


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


def checksum_pair(number: str) -> tuple[int, int]:
    """The checksums of a number and of its folded form."""
    text = number.encode("latin-1", "replace")
    own = crc32(text)
    form = (text.lstrip(b"0") or text).upper()
    return own, own if form == text else crc32(form)


class Mentions(NamedTuple):
    """The segments of a region that name a patient control number."""

    starts: list[int]
    """Where each begins in the file: the byte offset of the terminator in front of it."""
    ids: list[int]
    """The byte offset of its segment id."""
    numbers: list[bytes]
    charges: list[bytes]


def mentions(region: Region, tag: bytes, charge: int) -> Mentions:
    """The segments of a tag, with the patient control number in element 1 and the charge in this element."""
    delimiters, data = region.delimiters, region.data[region.start : region.end]
    tag += delimiters.element
    if delimiters.padding is None:
        before, *pieces = re.split(b"(" + delimiters.break_pattern + re.escape(tag) + b")", data)
        marks, texts = pieces[::2], pieces[1::2]
    else:
        # An expression takes longer to find them.
        mark = delimiters.terminator + delimiters.padding + tag
        before, *texts = data.split(mark)
        marks = [mark] * len(texts)
    starts, ids = [], []
    at = region.offset + region.start + len(before)
    for mark, text in zip(marks, texts, strict=True):
        starts.append(at)
        at += len(mark)
        ids.append(at - len(tag))
        at += len(text)
    element, terminator = delimiters.element, delimiters.terminator
    values = [text.partition(terminator)[0].split(element, charge) for text in texts]
    return Mentions(
        starts,
        ids,
        [value[0] for value in values],
        [value[charge - 1] if len(value) >= charge else b"" for value in values],
    )


def checksums(numbers: list[bytes]) -> tuple[list[int], list[int]]:
    """The checksums of numbers and of their folded forms, from their bytes."""
    joined = b"\n".join(numbers)
    texts = joined.split()
    if texts != numbers:
        texts = [number.strip() for number in numbers]
        joined = b"\n".join(texts)
    own = list(map(crc32, texts))
    # Numbers of one practice are of one kind: mostly there is nothing to fold in any of them.
    if joined.upper() == joined and b"\n0" not in b"\n" + joined:
        return own, own
    forms = [
        value if (form := (text.lstrip(b"0") or text).upper()) == text else crc32(form)
        for text, value in zip(texts, own, strict=True)
    ]
    return own, forms


def cents(amounts: Sequence[bytes]) -> list[int]:
    """Amounts without their signs, as numbers that are the same for 100 and 100.00; 0 for what is no amount."""
    try:
        return [int(abs(float(amount)) * 100 + 0.5) & _WORD for amount in amounts]
    except (ValueError, OverflowError):
        return [cents([amount])[0] for amount in amounts] if len(amounts) > 1 else [0]
