"""Remittances for the tests: what they read, a second reader to compare with, and files made of a few segments."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from edi837.diagnostics import Diagnostic
from edi837.payments import ClaimPayment
from edi837.remits.reader import RemittanceReader
from edi837.remits.transaction import Remittance

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = sorted((ROOT / "fixtures" / "835").glob("*.835"))
SAMPLES = Path(os.environ.get("EDI837_SAMPLES", ROOT.parent / "shared" / "samples"))

HEADER = "BPR*I*60*C*ACH************20260402~ TRN*1*EFT1*1999999999~ N1*PR*EXAMPLE PAYER*XV*00001~ "
CLAIM = "CLP*A*1*100*60*0*CI*ICN1*11*1~ NM1*QC*1*DOE*JANE****MI*MEMBER1~ "
SERVICE = "SVC*HC:99213*100*60**1~ DTM*472*20260310~ CAS*CO*45*40~ REF*6R*A1~ "
GOOD = HEADER + CLAIM + SERVICE


class Read(NamedTuple):
    """Everything that was read of a file."""

    payments: list[ClaimPayment]
    diagnostics: list[Diagnostic]
    remittances: list[Remittance]

    @property
    def codes(self) -> list[str]:
        return [found.code for found in self.diagnostics]


def read(data: bytes, *, chunk: int | None = None, name: str = "test.835", **limits: int) -> Read:
    reader = RemittanceReader(name, **limits)
    size = chunk or len(data) or 1
    payments = [
        payment
        for start in range(0, len(data), size)
        for batch in reader.feed(data[start : start + size])
        for payment in batch
    ]
    payments += [payment for batch in reader.close() for payment in batch]
    return Read(payments, reader.diagnostics, reader.remittances)


def isa(control: int = 1, separators: str = "*:^~") -> str:
    element, component, repetition, terminator = separators
    fields = ["ISA", "00", " " * 10, "00", " " * 10, "ZZ", "PAYER".ljust(15), "ZZ", "CLINIC".ljust(15), "260401"]
    fields += ["0600", repetition, "00501", f"{control:09}", "0", "T", component]
    return element.join(fields) + terminator


def interchange(
    *sets: str, control: int = 1, separators: str = "*:^~", padding: str = "\n", guide: str = "005010X221A1"
) -> bytes:
    """An interchange whose transaction sets are given as segments with the usual separators and blanks between."""
    segments = [f"GS*HP*PAYER*CLINIC*20260401*0600*1*X*{guide}"]
    for number, text in enumerate(sets, 1):
        own = [segment.strip() for segment in text.split("~") if segment.strip()]
        segments += [f"ST*835*{number:04}", *own, f"SE*{len(own) + 2}*{number:04}"]
    segments += [f"GE*{len(sets)}*1", f"IEA*1*{control:09}"]
    table = str.maketrans("*:^", separators[:3])
    body = "".join(segment.translate(table) + separators[3] + padding for segment in segments)
    return (isa(control, separators) + padding + body).encode()


# The second reader ----------------------------------------------------------------------------------------------------


def segments_of(data: bytes) -> Iterator[list[str]]:
    """The elements of every segment of the 5010 remittances of a file, ST and SE left out; nothing is looked up."""
    text = data.decode("latin-1")
    starts = [match.start() for match in re.finditer(r"ISA[^A-Za-z0-9\s].{101}", text, re.DOTALL)]
    for at, end in pairwise([*starts, len(text)]):
        element, component, terminator = text[at + 3], text[at + 104], text[at + 105]
        wanted = version = ""
        for raw in text[at:end].split(terminator):
            parts = raw.strip("\r\n\t ").split(element)
            if parts[0] == "GS":
                version = parts[8]
            elif parts[0] == "ST":
                wanted = parts[1] if version.startswith("005010X221") else ""
            elif parts[0] == "SE":
                wanted = ""
            elif wanted == "835" and parts != [""]:
                yield [component, *parts]


def number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        return Decimal(0)


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def slow_claims(data: bytes) -> list[dict[str, Any]]:
    """What matters most of each claim payment, read one segment after the other."""
    claims: list[dict[str, Any]] = []
    for component, tag, *raw in segments_of(data):
        values = [value.strip() for value in raw] + [""] * 24
        if tag == "CLP":
            current: dict[str, Any] = {
                "claim": (values[0], values[1], number(values[2]), number(values[3]), values[6]),
                "adjustments": [],
                "remarks": [],
                "services": [],
            }
            claims.append(current)
        elif not claims:
            continue
        elif tag == "SVC":
            codes = values[0].split(component)
            current = {
                "service": (codes[-1] if len(codes) == 1 else codes[1], number(values[1]), number(values[2])),
                "day": None,
                "control": None,
                "adjustments": [],
                "remarks": [],
            }
            claims[-1]["services"].append(current)
        elif tag == "CAS":
            for index in range(1, 19, 3):
                reason, amount, _ = values[index : index + 3]
                if reason or amount:
                    current["adjustments"].append((values[0], reason, number(amount)))
        elif tag == "LQ" and values[0] == "HE":
            current["remarks"].append(values[1])
        elif tag in ("MIA", "MOA"):
            places = (4, 19, 20, 21, 22) if tag == "MIA" else (2, 3, 4, 5, 6)
            current["remarks"] += [values[place] for place in places if values[place]]
        elif tag == "REF" and values[0] == "6R" and "control" in current:
            current["control"] = current["control"] or values[1] or None
        elif tag == "DTM" and "day" in current and (values[0] == "472" or (values[0] == "150" and not current["day"])):
            current["day"] = day(values[1])
    return claims


def fast_claims(payments: Iterable[ClaimPayment]) -> list[dict[str, Any]]:
    """The same of what the package has read."""
    return [
        {
            "claim": (
                payment.id,
                payment.status,
                payment.charge,
                payment.paid,
                payment.payer_claim_control_number,
            ),
            "adjustments": [(item.group, item.reason, item.amount) for item in payment.adjustments],
            "remarks": list(payment.remarks),
            "services": [
                {
                    "service": (service.procedure, service.charge, service.paid),
                    "day": service.service_date,
                    "control": service.line_control_number,
                    "adjustments": [(item.group, item.reason, item.amount) for item in service.adjustments],
                    "remarks": list(service.remarks),
                }
                for service in payment.services
            ],
        }
        for payment in payments
    ]
