"""NCCI pairs and medically unlikely edits as of a date of service."""

from __future__ import annotations

from datetime import date

import pytest

from edi837.reference import Mue, Pair, Reference

TODAY = date(2026, 3, 1)
STANDARDS = "Standards of medical/surgical practice"


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.builtin()


def words(text: str) -> list[str]:
    return text.split(" ")


def test_pair(reference: Reference) -> None:
    assert reference.pair("96372", "99213", TODAY) == Pair(
        column1="96372",
        column2="99213",
        indicator=1,
        effective=date(2020, 10, 1),
        deletion=None,
        rationale=STANDARDS,
        edition="ptp-2024q3-2026q3",
    )
    assert reference.pair("96372", "99213", date(2019, 6, 1)) == Pair(
        column1="96372",
        column2="99213",
        indicator=1,
        effective=None,
        deletion=date(2019, 12, 31),
        rationale=STANDARDS,
        edition="ptp-2024q3",
    )
    assert reference.pair("20610", "96372", TODAY) == Pair(
        column1="20610",
        column2="96372",
        indicator=1,
        effective=date(2009, 1, 1),
        deletion=None,
        rationale=STANDARDS,
        edition="ptp-2024q3-2026q3",
    )


OFFICE = ["99202", "99203", "99204", "99205", "99212", "99213", "99214", "99215"]
WITHOUT_GAP_COLUMN_2 = ["99358", "99359", "99455", "99456", "G0463"]
FACILITY = words(
    "99221 99222 99223 99234 99235 99236 99238 99239 99281 99282 99283 99284 99285 99291 99304 "
    "99305 99306 99315 99316 99341 99342 99344 99345 99347 99348 99349 99350"
)
SUBSEQUENT = ["99231", "99232", "99233", "99307", "99308", "99309", "99310"]
WITHOUT_GAP_COLUMN_1 = ["99460", "99461", "99462", "99463", "99465", "99155", "99156"]


@pytest.mark.parametrize(
    ("codes", "em_column", "indicator"),
    [
        (["99483", "99497", *OFFICE, *WITHOUT_GAP_COLUMN_2], 2, 1),
        (["99211"], 2, 0),
        (FACILITY, 1, 1),
        ([*SUBSEQUENT, *WITHOUT_GAP_COLUMN_1], 1, 0),
    ],
)
def test_direction_of_the_pairs_of_visits(
    reference: Reference, codes: list[str], em_column: int, indicator: int
) -> None:
    for code in codes:
        column1, column2 = ("96372", code) if em_column == 2 else (code, "96372")
        pair = reference.pair(column1, column2, TODAY)
        assert pair is not None, code
        assert pair.indicator == indicator, code
        assert reference.pair(column2, column1, TODAY) is None, code
        assert reference.pair_between("96372", code, TODAY) == pair == reference.pair_between(code, "96372", TODAY)


@pytest.mark.parametrize("column1", ["96372", "96374", "96365", "96360", "96401", "96402", "96377", "96380", "96381"])
def test_99211_is_never_paid_beside_an_administration(reference: Reference, column1: str) -> None:
    assert reference.pair(column1, "99211", TODAY).indicator == 0


@pytest.mark.parametrize("column1", ["90471", "90472", "95115", "95117"])
def test_99211_beside_vaccines_and_allergy_shots(reference: Reference, column1: str) -> None:
    assert reference.pair(column1, "99211", TODAY).indicator == 1


@pytest.mark.parametrize(
    "column1",
    words(
        "96360 96365 96369 96374 96401 96402 96405 96406 96409 96413 96416 90460 95115 95117 95144 "
        "95165 20526 20550 20610 20612 11900 11901 11976 11980 11983 27096 62320 62323 86580"
    ),
)
def test_96372_is_column_2_of_procedures(reference: Reference, column1: str) -> None:
    assert reference.pair(column1, "96372", TODAY).indicator == 1
    assert reference.pair("96372", column1, TODAY) is None


@pytest.mark.parametrize("column2", ["36591", "36592", "96523"])
def test_96372_is_column_1_of_port_care(reference: Reference, column2: str) -> None:
    assert reference.pair("96372", column2, TODAY).indicator == 0
    assert reference.pair(column2, "96372", TODAY) is None


@pytest.mark.parametrize(
    "code",
    words(
        "99242 99245 99252 99255 99381 99396 99397 G0402 G0438 G0439 92002 92014 90791 90471 G0008 "
        "96375 96366 96367 96372 J1885"
    ),
)
def test_no_pair_with_96372(reference: Reference, code: str) -> None:
    assert reference.pair_between("96372", code, TODAY) is None


@pytest.mark.parametrize("code", ["99211", "99483", "99497", *OFFICE, *FACILITY, *SUBSEQUENT])
def test_pairs_of_visits_were_off_for_nine_months_of_2020(reference: Reference, code: str) -> None:
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2020, 9, 30), date(2020, 10, 1)]
    active = [reference.pair_between("96372", code, on) is not None for on in days]
    assert active == [True, False, False, True]


def test_gap_of_pairs_that_ended_since(reference: Reference) -> None:
    days = [date(2019, 12, 31), date(2020, 5, 1), date(2020, 10, 1), date(2022, 12, 31), date(2023, 1, 1)]
    active = [reference.pair("99218", "96372", on) is not None for on in days]
    assert active == [True, False, True, True, False]
    assert reference.pair("96372", "99201", date(2020, 5, 1)) is None
    assert reference.pair("96372", "99201", date(2020, 12, 31)) is not None


@pytest.mark.parametrize("code", [*WITHOUT_GAP_COLUMN_2, *WITHOUT_GAP_COLUMN_1, "20610", "36591"])
def test_pairs_without_a_gap(reference: Reference, code: str) -> None:
    for on in (date(2019, 12, 31), date(2020, 1, 1), date(2020, 9, 30), date(2020, 10, 1)):
        assert reference.pair_between("96372", code, on) is not None


def test_pair_before_its_first_date_and_deleted_pair(reference: Reference) -> None:
    assert reference.pair("20610", "96372", date(2008, 12, 31)) is None
    assert reference.pair("20610", "96372", date(2009, 1, 1)) is not None
    assert reference.pair("0062T", "96372", date(2009, 1, 1)) is None  # deleted on its first day
    assert reference.pair("C9273", "96372", date(2011, 7, 1)) is None


def test_mue(reference: Reference) -> None:
    assert reference.mue("J1885", "MB", TODAY) == Mue(units=8, mai=3, edition="mue-medicare-2024q3")


@pytest.mark.parametrize(
    ("code", "units"),
    [
        *(("96372", 4), ("96374", 1), ("J3420", 1), ("J1885", 8), ("J0696", 16), ("J1010", 160)),
        *(("J1100", 120), ("J3301", 16), ("J3425", 20), ("J1050", 1000), ("J1071", 400), ("J2405", 64)),
        *(
            ("J0561", 24),
            ("J0897", 120),
            ("J2357", 120),
            ("J1200", 8),
            ("96376", 0),
            ("J3302", 0),
            ("J1320", 0),
        ),
    ],
)
def test_medicare_units(reference: Reference, code: str, units: int) -> None:
    for payer_class in ("MB", "16", "CI", "BL", ""):
        assert reference.mue(code, payer_class, TODAY).units == units


def test_mue_by_date_of_service(reference: Reference) -> None:
    assert reference.mue("J3300", "MB", date(2025, 12, 31)) == Mue(40, 3, "mue-medicare-2024q3")
    assert reference.mue("J3300", "MB", date(2026, 1, 1)) == Mue(80, 3, "mue-medicare-2026q4")


def test_mue_by_payer_class(reference: Reference) -> None:
    assert reference.mue("90384", "MB", TODAY) == Mue(0, 3, "mue-medicare-2024q3")
    assert reference.mue("90384", "MC", TODAY) == Mue(2, None, "mue-medicaid-2026q1")
    # Where Medicaid's value is not known, Medicare's stands in for it; the other way about it does not.
    assert reference.mue("0001U", "MC", TODAY) == Mue(1, 2, "mue-medicare-2024q3")
    assert reference.mue("90480", "MC", TODAY) == Mue(1, None, "mue-medicaid-2026q1")
    assert reference.mue("90480", "MB", TODAY) is None
    assert reference.mue("J0000", "MB", TODAY) is None
