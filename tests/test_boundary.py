"""The one search inside a transaction set: its end, the units, the lines to look at."""

from __future__ import annotations

import msgspec
import pytest
from batches import EVERY, fixture, regions
from test_x12 import THREE

from edi837.check import check_bytes
from edi837.claims.starts import UNIT_BOUNDARY, UNIT_CUTS
from edi837.claims.trigger import Trigger
from edi837.claims.units import find_units, refuse_other_than_professional_claims
from edi837.x12.body import STRETCH
from edi837.x12.boundary import Boundary
from edi837.x12.envelope import CEILING, EnvelopeReader

VISIT = b"LX*1~\nSV1*HC:99213*150*UN*1*11**1~\nDTP*472*D8*20260105~\n"
"""A line of no interest to any rule about injections."""


def with_lines(lines: bytes) -> bytes:
    """The claim of the `subscriber` fixture with lines of its own."""
    data = fixture("subscriber")
    first, end = data.index(b"LX*1~"), data.index(b"SE*")
    return data[:first] + lines + data[end:]


def visited(data: bytes, **ways: int) -> tuple[int, set[str]]:
    """Claims that could not be read, and the codes of the claims' diagnostics."""
    result = check_bytes(data, **ways)
    return result.summary.unreadable, {found.code for found in result.diagnostics if found.code[0] == "C"}


@pytest.mark.parametrize("ending", [b"~\n", b"~", b"~\r\n"])
@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (VISIT, set()),
        (VISIT + b"LX*2~\nDTP*472*D8*20260105~\n", {"C205"}),
        (VISIT + b"LX*12~\nDTP*472*D8*20260105~\n", {"C205"}),
        (VISIT + VISIT[6:].replace(b"LX*1", b"LX*2") + b"LX*3~\n", {"C205", "C204"}),
        (VISIT.replace(b"LX*1~\n", b""), {"C103"}),
    ],
    ids=["regular", "line-without-service", "line-12-without-service", "line-alone-at-the-end", "service-without-line"],
)
def test_lines_that_cannot_be_read_are_looked_at_without_any_trigger(lines, codes, ending):
    """However the file is cut, and whether or not the padding is always the same."""
    data = with_lines(lines).replace(b"~\n", ending)
    answers = [visited(data, chunk=size, window=size) for size in (1, 7, 50, len(data))]
    irregular = data.replace(b"BHT", b" BHT")
    assert [*answers, visited(irregular)] == [(1 if codes else 0, codes)] * 5


@pytest.mark.parametrize("padding", [b"~\n", b"~", b"~\r\n"])
@pytest.mark.parametrize("between", [b"HL*", b"CLM*"], ids=["another-subscriber", "the-same-subscriber"])
def test_a_claim_without_lines_and_lines_without_a_claim_do_not_hide_each_other(between, padding):
    """There are as many claims as first lines; each is told by itself."""
    data = with_lines(VISIT)
    first, end = data.index(b"HL*2"), data.index(b"SE*")
    subscriber = data[first:end]
    bare = subscriber[: subscriber.index(b"LX*1~")]
    claim = bare.index(b"CLM*")
    lines = subscriber[subscriber.index(b"LX*1~") :]
    if between == b"HL*":
        made = bare + subscriber[:claim] + lines
    else:
        made = bare + bare[claim:] + lines + bare[claim:] + lines + lines
    data = (data[:first] + made + subscriber + data[end:]).replace(b"~\n", padding)
    answers = [visited(data, chunk=size, window=size) for size in (1, 7, 50, len(data))]
    irregular = visited(data.replace(b"BHT", b" BHT"))
    assert answers == [irregular] * 4
    assert irregular[0] > 0
    assert "C205" not in irregular[1]
    assert irregular[1] == visited(data, prefilter=False)[1]


def test_the_place_of_a_line_that_is_looked_at_is_its_terminator():
    data = with_lines(VISIT + b"LX*2~\nSV1*HC:96372*30*UN*1*11**1~\nLX*3~\nSV1*HC:J1100*5*UN*4*11**1~\n")
    trigger = Trigger({"96372"})
    reader = EnvelopeReader("a.837", refuse_other_than_professional_claims, trigger.boundary)
    (region,) = [*reader.feed(data), *reader.close()]
    found = region.landmarks_of(trigger.boundary)
    assert found.notable == [data.index(b"~\nSV1*HC:96372")]
    # Who has nothing but the bytes of the region finds the same.
    bare = msgspec.structs.replace(region, landmarks=None)
    again = bare.landmarks_of(trigger.boundary)
    assert again.notable == found.notable
    assert again == found


def test_what_another_search_found_is_not_taken_for_its_own():
    """A region that was read without a trigger has no lines to look at; whoever asks for them searches again."""
    (region,) = regions(with_lines(VISIT.replace(b"99213", b"96372")))
    assert region.landmarks_of(UNIT_BOUNDARY).notable == []
    assert list(find_units(region, Trigger({"96372"})).triggered) == [len(region.landmarks_of(UNIT_BOUNDARY).units)]


def test_a_file_fed_at_once_comes_in_regions_of_about_a_stretch():
    data = fixture("subscriber")
    first, end = data.index(b"HL*2"), data.index(b"SE*")
    many = data[:first] + data[first:end] * (3 * STRETCH // (end - first)) + data[end:]
    found = regions(many, chunk=len(many))
    assert len(found) >= 3
    assert max(region.end - region.start for region in found) < STRETCH + (end - first)
    assert sum(len(region.landmarks_of(UNIT_BOUNDARY).units) for region in found) == many.count(b"\nHL*")


@pytest.mark.parametrize("name", sorted(EVERY))
def test_units_are_those_of_the_whole_file_however_it_is_cut(name):
    data = fixture(name)

    def units(size: int) -> list[tuple[int, list[bytes | None]]]:
        return [
            (region.offset + unit, groups)
            for region in regions(data, chunk=size, window=size)
            for found in [region.landmarks_of(UNIT_BOUNDARY)]
            for unit, *groups in zip(found.units, found.first, found.second, strict=True)
        ]

    whole = units(len(data) or 1)
    assert all(units(size) == whole for size in (1, 3, 64, 106, 500))


def read_with(boundary: Boundary, data: bytes, size: int, ceiling: int) -> tuple[list[int], list[tuple[int, str]]]:
    """The places of the units that are not left out, and what is wrong: (offset, code)."""
    reader = EnvelopeReader("a.837", refuse_other_than_professional_claims, boundary, window=size, ceiling=ceiling)
    found = [region for at in range(0, len(data), size) for region in reader.feed(data[at : at + size])]
    found += reader.close()
    units = [
        region.offset + region.start + at
        for region in found
        if not region.oversized
        for at in find_units(msgspec.structs.replace(region, landmarks=None), None).starts
    ]
    return units, [(item.offset or 0, item.code) for item in reader.diagnostics]


@pytest.mark.parametrize("ceiling", [200, 300, 450, 600, 1000, 2000, 5000, CEILING])
@pytest.mark.parametrize("data", [THREE, *(path.read_bytes() for path in EVERY.values())])
def test_a_reader_that_only_cuts_loses_no_unit(data, ceiling):
    """Nor does it leave out another one than a reader that looks for all of them."""
    for size in (1, 64, 500, len(data) or 1):
        assert read_with(UNIT_CUTS, data, size, ceiling) == read_with(UNIT_BOUNDARY, data, size, ceiling)
