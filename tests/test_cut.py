"""Remittances are cut in C as in Python."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi837.remits import cut as module
from edi837.remits.cut import cut_by_tags

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures" / "835").glob("*.835"))

SERVICE = "SVC*HC:96372*42*23.52**1~DTM*472*20260102~CAS*CO*45*12.6~CAS*PR*2*5.88~REF*6R*L1~AMT*B6*9"
EXPECTED = "HC:96372*42*23.52**1~CAS*CO*45*12.6~CAS*PR*2*5.88~AMT*B6*9", "DTM*472*20260102", "L1"

PIECES = (
    "~", "~", "~", "*", "\n", "CLP*A*1*5", "CLP*", "CLP", "SVC*HC:96372*5*5", "SVC*", "SVC", "CAS*CO*45*1", "CAS*",
    "CAS", "DTM*472*20260102", "REF*6R*L1", "REF*6R", "REF*6R*", "REF*0K*P", "REF*6R*L1*X", "NM1*QC*1*DOE", "NM1*82*1",
    "AMT*B6*5", "LQ*HE*M76", " ", "\xe9", "\xa0", f"~CLP*B*1~NM1*QC*1~{SERVICE}~", SERVICE, f"{SERVICE}~{SERVICE}",
)  # fmt: skip


def test_a_claim_and_its_service() -> None:
    text = f"~BPR*I~LX*1~CLP*A*1*42~NM1*QC*1*DOE~{SERVICE}~SVC*HC:99213*5*5~CLP*B*4"
    first, claims = cut_by_tags(text, "*", "~")
    assert (text[:first], [text[start:end] for start, end, *_ in claims]) == (
        "~BPR*I~LX*1",
        [text[16:-8], "B*4"],
    )
    assert [rest for _, _, *rest in claims] == [
        [9, "A*1*42", "NM1*QC*1*DOE", [*EXPECTED, "HC:99213*5*5", "", ""]],
        [1, "B*4", "", []],
    ]


compiled = pytest.mark.skipif(module._cut is None, reason="the package was not compiled; scripts/test_wheel runs this")


def same(text: str, element: str, split: str) -> None:
    assert module._cut.cut(text, element, split) == cut_by_tags(text, element, split)


@compiled
def test_every_fixture_in_c() -> None:
    assert FIXTURES
    for path in FIXTURES:
        text = path.read_bytes().decode("latin-1")
        for split in ("~", "~\n", "~\r\n", "\n"):
            same(text, "*", split)


@compiled
@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.randoms(use_true_random=False))
def test_whatever_comes_in_c(text: str, chance: random.Random) -> None:
    split = chance.choice(("~", "~\n"))
    if chance.random() < 0.7:
        text = text.replace("~", split)
    same(text, "*", split)
    same(text, "\xe9", split)


@compiled
def test_what_is_no_latin_1_is_left_to_python() -> None:
    assert module._cut.cut("~CLP*\u0141", "*", "~") is None
    assert module.cut("~CLP*\u0141", "*", "~") == cut_by_tags("~CLP*\u0141", "*", "~")
