"""The harness of the rule cases: what it fills in, and what it makes of further claims and payers."""

from __future__ import annotations

import pytest
from rule_cases import check, interchange


def segments_of(text: str) -> list[str]:
    return [segment.strip() for segment in interchange(text).decode("ascii").split("~") if segment.strip()]


def test_one_line_becomes_a_whole_claim() -> None:
    segments = segments_of("SV1*HC:96372*35*UN*1***1~")
    start = segments.index("CLM*CLAIM1*35***11:B:1*Y*A*Y*Y")
    assert segments[start:] == [
        "CLM*CLAIM1*35***11:B:1*Y*A*Y*Y",
        "HI*ABK:M5450",
        "LX*1",
        "SV1*HC:96372*35*UN*1***1",
        "DTP*472*D8*20260310",
        "REF*6R*1",
        f"SE*{len(segments) - 4}*0001",
        "GE*1*1",
        "IEA*1*000000001",
    ]
    assert "SBR*P*18*******MB" in segments


def test_what_is_given_is_kept() -> None:
    segments = segments_of(
        "SBR*P*18*******CI~ DMG*D8*20200101*M~ CLM*A1*99***12:B:7~ REF*F8*X~ NM1*82*1*ROE*R****XX*1999999984~"
        "LX*7~ SV1*HC:96372*35*UN*1***1~ REF*6R*A~ DTP*472*RD8*20260301-20260302~ SV1*HC:J1885*x*UN*2***1~"
    )
    assert segments[segments.index("CLM*A1*99***12:B:7*Y*A*Y*Y") :][:10] == [
        "CLM*A1*99***12:B:7*Y*A*Y*Y",
        "REF*F8*X",
        "HI*ABK:M5450",
        "NM1*82*1*ROE*R****XX*1999999984",
        "LX*7",
        "SV1*HC:96372*35*UN*1***1",
        "REF*6R*A",
        "DTP*472*RD8*20260301-20260302",
        "LX*2",
        "SV1*HC:J1885*x*UN*2***1",
    ]
    assert "SBR*P*18*******CI" in segments
    assert "DMG*D8*20200101*M" in segments
    assert not any(segment.endswith("*******MB") for segment in segments)


def test_a_line_that_is_written_whole_gets_no_control_number() -> None:
    segments = segments_of("LX*1~ SV1*HC:96372*35*UN*1***1~ DTP*472*D8*20260301~ SV1*HC:J1885*8*UN*2***1~")
    assert segments[segments.index("LX*1") :][:7] == [
        "LX*1",
        "SV1*HC:96372*35*UN*1***1",
        "DTP*472*D8*20260301",
        "LX*2",
        "SV1*HC:J1885*8*UN*2***1",
        "DTP*472*D8*20260310",
        "REF*6R*2",
    ]


def test_claims_with_another_payer_stand_under_a_subscriber_of_their_own() -> None:
    segments = segments_of(
        "SV1*HC:96372*35*UN*1***1~ CLM*~ SV1*HC:J1885*8*UN*2***1~ SBR*S*18*******CI~ CLM*B~ SV1*HC:J1885*8*UN*2***1~"
    )
    wanted = ("HL", "SBR", "CLM")
    assert [segment for segment in segments if segment.partition("*")[0] in wanted] == [
        "HL*1**20*1",
        "HL*2*1*22*0",
        "SBR*P*18*******MB",
        "CLM*CLAIM1*35***11:B:1*Y*A*Y*Y",
        "CLM*CLAIM2*8***11:B:1*Y*A*Y*Y",
        "HL*3**20*1",
        "HL*4*3*22*0",
        "SBR*S*18*******CI",
        "CLM*B*8***11:B:1*Y*A*Y*Y",
    ]


def test_a_second_payer_above_the_lines_belongs_to_the_claim() -> None:
    segments = segments_of(
        "SBR*S*18*******CI~ NM1*PR*2*ONE*****PI*1~ SBR*P*18*******MB~ NM1*PR*2*TWO*****PI*2~ SV1*HC:96372*35*UN*1***1~"
    )
    claim = segments.index("CLM*CLAIM1*35***11:B:1*Y*A*Y*Y")
    assert segments.index("NM1*PR*2*ONE*****PI*1") < claim
    assert segments[claim + 1 : claim + 4] == ["HI*ABK:M5450", "SBR*P*18*******MB", "NM1*PR*2*TWO*****PI*2"]


def test_the_interchange_is_read_without_a_complaint() -> None:
    result = check("SV1*HC:96372*35*UN*1***1~ SBR*S*18*******CI~ CLM*B~ SV1*HC:J1885*8*UN*2***1~")
    assert result.diagnostics == ()
    assert (result.summary.claims, result.summary.checked, result.summary.transactions) == (2, 2, 1)


def test_a_segment_without_its_end_is_refused() -> None:
    with pytest.raises(ValueError, match="no ~ behind"):
        interchange("SV1*HC:96372*35*UN*1***1")
