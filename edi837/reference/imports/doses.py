"""The dose of a billing unit, by the descriptor of its code."""

from __future__ import annotations

import re
from decimal import Decimal

from edi837.reference.hcpcs import Dose

_UNITS = {
    "mg": "mg",
    "milligram": "mg",
    "milligrams": "mg",
    "mcg": "mcg",
    "microgram": "mcg",
    "micrograms": "mcg",
    "g": "g",
    "gm": "g",
    "gram": "g",
    "grams": "g",
    "unit": "units",
    "units": "units",
    "iu": "IU",
    "i.u.": "IU",
    "international unit": "IU",
    "international units": "IU",
    "ml": "mL",
    "cc": "mL",
    "meq": "mEq",
}
_AMOUNT = rf"(\d[\d,]*(?:\.\d+)?|\.\d+)\s*({'|'.join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))})(?![a-z])"
_LAST = re.compile(rf"(?:,\s*|\b)(per|up to|over)?\s*{_AMOUNT}\s*$", re.IGNORECASE)
_ANY = re.compile(_AMOUNT, re.IGNORECASE)


def dose_of(descriptor: str) -> Dose | None:
    """The dose of one billing unit by a descriptor; None where it leaves a doubt.

    It leaves none where exactly one amount stands in it, as its end: "Injection, ketorolac tromethamine, per 15 mg".
    """
    found = _LAST.search(descriptor)
    if found is None or len(_ANY.findall(descriptor)) != 1:
        return None
    basis, size = (found[1] or "per").lower(), Decimal(found[2].replace(",", ""))
    return None if basis == "over" or not size else Dose(size, _UNITS[found[3].lower()], basis)
