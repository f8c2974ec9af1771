"""The searches in C find what the expressions say."""

from __future__ import annotations

import random

import pytest
from batches import EVERY
from hypothesis import given, settings
from hypothesis import strategies as st

from edi837.claims.starts import UNIT_BOUNDARY, compiled_search, count_claims
from edi837.claims.trigger import Trigger
from edi837.x12.boundary import IRREGULAR, Boundary
from edi837.x12.delimiters import Delimiters

NEWLINE, NONE, SHORT = (Delimiters(b"*", b":", b"^", b"~", padding) for padding in (b"\r\n", b"", b"\n"))
OTHERS = Delimiters(b"|", b">", b"^", b"\n", b"")

pytestmark = pytest.mark.skipif(
    compiled_search(NONE) is None, reason="the package was not compiled; scripts/test_wheel runs this"
)

TRIGGER = Trigger({"96372", "90471", "J####", "902##"})
BOUNDARIES = (UNIT_BOUNDARY, TRIGGER.boundary, Boundary(None))

PIECES = (
    "~", "~", "~", "~", "*", "*", ":", "\r\n", "\n", "HL*", "HL*2*1*22*0", "HL*3*2*23*0", "HL*3**23", "SBR*P", "PAT*9",
    "NM1*IL*1*DOE*JOHN****MI*W123", "NM1*IL*1*D****MI*", "NM1*QC*1", "CLM*A*1", "CLM*", "LX*1", "LX*12", "LX*123",
    "LX*1234", "LX*A", "LX", "SV1*HC:96372*1", "SV1*HC:99213:25*1", "SV1*HC:J1100*1", "SV1*HC:90247*1", "SV1*HC:J11A0*",
    "SV1*HC>96372", "SV1*WK:96372*", "SV1*HC:9637*", "SV1*", "SE*1", "ST*837", "GE*", "GS*", "IEA*", "ISA*", "SX*",
    "se*", " ", "DTP*472*D8*20260105", "X", "23", "1",
    "~HL*2*1*22*0~SBR*P~NM1*IL*1*D****MI*W1", "~HL*2*1*22*0~SBR*P~PAT*1~NM1*IL*1*D****MI*W2~", "~LX*1~SV1*HC:99213*1",
)  # fmt: skip


def same(data: bytes, delimiters: Delimiters, start: int, stop: int, limit: int) -> None:
    """Both ways to search, and both to count, give the same."""
    for boundary in BOUNDARIES:
        compiled, expression = boundary.search(delimiters), boundary.expression_search(delimiters)
        at = start
        while at <= stop:
            found, expected = boundary.start(delimiters), boundary.start(delimiters)
            end = compiled(data, at, stop, limit, found)
            assert (end, found) == (expression(data, at, stop, limit, expected), expected)
            # Behind what ends it, it goes on.
            at = (end if end >= 0 else data.find(delimiters.terminator, at) if end == IRREGULAR else stop) + 1
    between, element = delimiters.terminator + (delimiters.padding or b""), delimiters.element
    region = data[start:stop]
    first_line = between.join((b"", b"LX" + element + b"1", b"SV1" + element))
    counts = region.count(between + b"CLM" + element), region.count(first_line)
    assert count_claims(delimiters, data, start, stop) == counts


def test_in_every_fixture() -> None:
    for path in EVERY.values():
        data = path.read_bytes()
        for delimiters in (NONE, SHORT, NEWLINE, OTHERS):
            same(data, delimiters, 0, len(data), len(data))


@settings(max_examples=1500, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.sampled_from((NONE, SHORT, NEWLINE, OTHERS)),
    st.randoms(use_true_random=False),
)
def test_in_whatever_comes(text: str, delimiters: Delimiters, chance: random.Random) -> None:
    if delimiters is OTHERS:
        text = text.replace("*", "|").replace(":", ">").replace("~", "\n")
    elif delimiters.padding and chance.random() < 0.7:
        text = text.replace("~", "~" + delimiters.padding.decode())
    data = text.encode()
    start, stop, limit = sorted(chance.randint(0, len(data)) for _ in range(3))
    same(data, delimiters, start, stop, limit)
    same(data, delimiters, 0, len(data), len(data))


def test_in_damaged_fixtures() -> None:
    for name, path in EVERY.items():
        chance = random.Random(name)
        for _ in range(30):
            damaged = bytearray(path.read_bytes()[:20_000])
            for _ in range(chance.randint(1, 8)):
                at = chance.randrange(len(damaged) + 1)
                damaged[at : at + chance.randint(0, 6)] = chance.choice(PIECES).encode()
            same(bytes(damaged), chance.choice((NONE, SHORT, NEWLINE)), 0, len(damaged), len(damaged))
