"""The envelope: what is cut out of a file, and what is said about it."""

from __future__ import annotations

import tracemalloc
from itertools import repeat

import pytest
from batches import EVERY, INVALID, VALID, changed, fixture, read, regions, segments

from edi837.claims.starts import UNIT_BOUNDARY
from edi837.claims.units import refuse_other_than_professional_claims
from edi837.x12.delimiters import Delimiters
from edi837.x12.envelope import CEILING, EnvelopeReader
from edi837.x12.region import Region

PLAIN = fixture("subscriber")
HALVES = (1, 7, 106, 65536)


def cut(found: list[Region]) -> list[tuple[bytes, int, int, int]]:
    """The segments of regions with offset and positions, cut out anew."""
    cut = []
    for region in found:
        terminator = region.delimiters.terminator
        position, file_position, offset = region.segment, region.file_segment, region.offset + region.start + 1
        assert region.data[region.start : region.start + 1] == terminator
        assert region.data[region.end : region.end + 1] in (terminator, b"")
        for raw in region.data[region.start + 1 : region.end].split(terminator):
            text = raw.lstrip(b"\r\n\t ")
            if text:
                cut.append((text, offset + len(raw) - len(text), position, file_position))
                position, file_position = position + 1, file_position + 1
            offset += len(raw) + 1
    return cut


@pytest.mark.parametrize("name", VALID)
def test_the_inside_of_transaction_sets_is_given_whole_for_every_chunk(name):
    data = fixture(name)
    expected = [
        (segment.text, segment.offset, segment.position, segment.file_position)
        for segment in segments(data)
        if segment.position > 1 and segment.tag != "SE"
    ]
    if name == "claims-and-others":
        expected = [item for item in expected if item[3] < 28]
    for size in (len(data), *HALVES):
        assert cut(regions(data, size, size)) == expected, size


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("subscriber", [(b"*", b":", b"^", b"~", b"\n")]),
        ("unbroken", [(b"*", b":", b"^", b"~", b"")]),
        ("crlf", [(b"*", b":", b"^", b"~", b"\r\n")]),
        ("indented", [(b"*", b":", b"^", b"~", None)]),
        ("changing-padding", [(b"*", b":", b"^", b"~", None)]),
        ("other-delimiters", [(b"|", b">", b"!", b"'", b"\n")]),
        ("control-delimiters", [(b"\x1d", b"\x1f", b"\x1e", b"\x1c", b"")]),
        ("newline-terminator", [(b"*", b":", b"^", b"\n", b"")]),
        ("carriage-return-terminator", [(b"*", b":", b"^", b"\r", b"\n")]),
        ("two-interchanges", [(b"*", b":", b"^", b"~", b"\n"), (b"|", b">", b"!", b"'", b"")]),
    ],
)
def test_each_interchange_declares_its_delimiters(name, found):
    seen = []
    for region in regions(fixture(name)):
        if region.delimiters not in seen:
            seen.append(region.delimiters)
    assert seen == [Delimiters(*values) for values in found]


def test_transaction_sets_carry_their_envelope():
    found = [region.transaction for region in regions(fixture("two-groups"))]
    told = [
        (item.interchange, item.group, item.control, item.kind, item.version, item.submitted, item.file_segment)
        for item in found
    ]
    assert told == [
        ("000000001", "1", "0001", "837", "005010X222A1", "20260310", 3),
        ("000000001", "2", "0001", "837", "005010X222A1", "20260310", 30),
    ]
    data = fixture("two-groups")
    assert [data[item.offset :].split(b"~")[0] for item in found] == [b"ST*837*0001*005010X222A1"] * 2


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("subscriber", (1, 1)),
        ("two-transactions", (1, 2)),
        ("two-groups", (1, 2)),
        ("two-interchanges", (2, 2)),
        ("claims-and-others", (1, 1)),
        ("transaction-835", (1, 0)),
        ("no-iea-before-isa", (2, 2)),
        ("isa-elements", (0, 0)),
        ("empty", (0, 0)),
    ],
)
def test_interchanges_and_transaction_sets_are_counted(name, counts):
    found = read(fixture(name))
    assert (found.interchanges, found.transactions) == counts


NO_GE, NO_IEA = "functional group 1 is not closed: no GE segment", "interchange 000000001 is not closed: no IEA segment"
NO_SE = "transaction set 0001 is not closed: no SE segment"
UNTOLD = "the delimiters of this ISA segment cannot be told: wrong width or element count"

SAID = {
    "byte-order-mark": [("X103", 1, "\ufeffISA*00*", "a byte order mark before ISA")],
    "claims-and-others": [("X401", 30, "ST*835*0001*", "skipped a remittance (835): no professional claims")],
    "empty-segments": [
        ("X301", segment, "", "empty segment") for segment in (2, 4, 14, 15, 15, 22, 28, 28, 35, 40, 44)
    ],
    "leading-blanks": [("X103", 1, "ISA*00*", "blanks before ISA")],
    "two-interchanges-with-marks": [
        ("X103", 1, "\ufeffISA*00*", "a byte order mark before ISA"),
        ("X103", 30, "\ufeffISA*00*", "a byte order mark before ISA"),
    ],
    "binary": [("X104", 1, "\x01", "the file is binary, not X12 text")],
    "blanks": [("X100", None, "", "the file holds nothing but blanks")],
    "cut-between-segments": [("X207", 26, "", NO_SE), ("X208", 26, "", NO_GE), ("X208", 26, "", NO_IEA)],
    "cut-in-envelope": [
        ("X203", 32, "GE", "GE01 says no number, but 1 transaction sets were read"),
        ("X204", 32, "GE", "GE02 differs from GS06"),
        ("X211", 32, "GE", "the last segment, GE, has no terminator"),
        ("X208", 32, "", NO_IEA),
    ],
    "cut-in-segment": [
        ("X209", 28, "SV1*HC:J3", "the file ends inside a segment"),
        ("X207", 28, "", NO_SE),
        ("X208", 28, "", NO_GE),
        ("X208", 28, "", NO_IEA),
    ],
    "empty": [("X100", None, "", "the file is empty")],
    "isa-elements": [("X102", 1, "ISA*00*", UNTOLD)],
    "isa-elements-then-whole": [("X102", 1, "ISA*00*", UNTOLD)],
    "isa-width": [("X106", 1, "ISA*00*", "the ISA segment has 100 characters instead of 106")],
    "letters-in-se01": [("X201", 31, "SE*MANY*0001", "SE01 says no number, but 29 segments were read")],
    "lower-case": [("X101", 1, "isa*00*", "the file is in lower case: segment ids must be capitals")],
    "no-diagnosis": [("X201", 30, "SE*29*0001", "SE01 says 29, but 28 segments were read")],
    "no-ge-iea": [("X208", 31, "", NO_GE), ("X208", 31, "", NO_IEA)],
    "no-ge": [("X208", 32, "IEA*1*000000001", NO_GE)],
    "no-iea-before-isa": [("X208", 32, "ISA*00*", f"{NO_IEA} before the next ISA")],
    "no-iea": [("X208", 32, "", NO_IEA)],
    "no-isa": [("X101", 1, "GS*HC*SUBMITTER", "the file begins with GS, not with ISA")],
    "no-last-terminator": [("X211", 33, "IEA*1*000000001", "the last segment, IEA, has no terminator")],
    "no-se-before-st": [("X207", 27, "ST*837*0002*005010X222A1", NO_SE)],
    "no-se": [("X207", 31, "GE*1*1", NO_SE)],
    "stray-segment": [("X210", 33, "REF*EI*123456789", "REF outside any transaction set")],
    "text-after-iea": [("X105", 34, "-- \nsent by", "what follows the last IEA segment is no interchange")],
    "text-before-isa": [("X105", 1, "From: billing", "56 bytes before ISA are no X12 segment")],
    "transaction-270": [
        ("X401", 3, "ST*270*0001*005010X279A1", "skipped an eligibility inquiry (270): no professional claims")
    ],
    "transaction-4010": [
        ("X402", 3, "ST*837*0001", "skipped a transaction set of version 004010: only 005010X222 claims are read")
    ],
    "transaction-835": [("X401", 3, "ST*835*0001*", "skipped a remittance (835): no professional claims")],
    "transaction-837d": [
        ("X401", 3, "ST*837*0001*005010X224A2", "skipped dental claims (837D): no professional claims")
    ],
    "transaction-837i": [
        ("X401", 3, "ST*837*0001*005010X223A2", "skipped institutional claims (837I): no professional claims")
    ],
    "transaction-999": [
        ("X401", 3, "ST*999*0001*005010X231A1", "skipped an acknowledgement (999): no professional claims")
    ],
    "transaction-unknown": [
        (
            "X401",
            3,
            "ST*850*0001*004010",
            "skipped a transaction set 850 of an implementation guide other than 005010X222: no professional claims",
        )
    ],
    "wrong-ge01": [("X203", 32, "GE*2*1", "GE01 says 2, but 1 transaction sets were read")],
    "wrong-ge02": [("X204", 32, "GE*1*9", "GE02 differs from GS06")],
    "wrong-iea01": [("X205", 33, "IEA*3*000000001", "IEA01 says 3, but 1 functional groups were read")],
    "wrong-iea02": [("X206", 33, "IEA*1*000000009", "IEA02 differs from ISA13")],
    "wrong-se01": [("X201", 31, "SE*31*0001", "SE01 says 31, but 29 segments were read")],
    "wrong-se02": [("X202", 31, "SE*29*0009", "SE02 differs from ST02")],
}
"""By file: code, position in the file, how the segment at its offset begins, message."""


def placed(data, diagnostics, expected):
    """The diagnostics in the form of the tables, each text as long as the one that is expected."""
    texts = [data[item.offset or 0 :].decode("utf-8", "replace") for item in diagnostics]
    lengths = [len(text) for _, _, text, _ in expected] + [40] * len(diagnostics)
    return [
        (item.code, item.segment, (text.split("~")[0] if length else text[:0]).lstrip("\r\n\t ")[:length], item.message)
        for item, text, length in zip(diagnostics, texts, lengths, strict=False)
    ]


@pytest.mark.parametrize("name", EVERY)
def test_what_is_said_about_the_envelope(name):
    data, expected = fixture(name), SAID.get(name, [])
    found = [item for item in read(data).diagnostics if item.code[0] == "X"]
    assert placed(data, found, expected) == expected
    assert {item.file for item in found} <= {"batch.837"}


def test_a_segment_that_is_cut_off_is_placed_where_it_begins():
    data = fixture("cut-in-segment")
    [found] = [item for item in read(data).diagnostics if item.code == "X209"]
    assert data[found.offset :] == b"SV1*HC:J3"


def test_the_end_of_the_file_is_where_it_ends():
    data = fixture("cut-between-segments")
    assert {item.offset for item in read(data).diagnostics} == {len(data)}


@pytest.mark.parametrize(
    "count",
    [b"29\xb2", "\u0663".encode(), b"9" * 5000, b"-1", b"2.9", b" ", b"x" * 9000],
    ids=["superscript", "arabic", "huge", "negative", "decimal", "blank", "long"],
)
@pytest.mark.parametrize(
    ("segment", "code", "said"),
    [
        (b"SE*29*", "X201", "29 segments"),
        (b"GE*1*", "X203", "1 transaction sets"),
        (b"IEA*1*", "X205", "1 functional groups"),
    ],
)
def test_a_count_that_is_no_number_is_a_diagnostic(segment, code, said, count):
    tag = segment.split(b"*")[0]
    data = changed(PLAIN, segment, tag + b"*" + count + b"*")
    [found] = read(data).diagnostics
    assert found.code == code
    assert found.message.endswith(f", but {said} were read")
    assert len(found.message) < 100


@pytest.mark.parametrize("size", HALVES)
def test_what_follows_an_unreadable_isa_is_read_for_every_chunk(size):
    data = fixture("isa-elements-then-whole")
    assert [claim.id for claim in read(data, chunk=size, window=size).claims] == ["C2"]


@pytest.mark.parametrize("size", [*HALVES, 1 << 20])
@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b" \t\n"])
def test_a_blank_line_is_an_empty_segment_where_lines_are_segments(blank, size):
    data = changed(fixture("newline-terminator"), b"\nHL*3", b"\n" + blank + b"HL*3")
    found = read(data, chunk=size, window=size)
    assert [(item.segment, item.file_segment) for item in found.claims] == [(19, 21), (32, 34)]
    assert [(item.code, item.segment) for item in found.diagnostics] == [("X301", 26)]


@pytest.mark.parametrize("size", HALVES)
def test_marks_between_interchanges_are_placed_the_same_for_every_chunk(size):
    data = fixture("two-interchanges-with-marks")
    found = read(data, chunk=size, window=size)
    assert [data[item.offset :][:6] for item in found.diagnostics] == [b"\xef\xbb\xbfISA"] * 2


@pytest.mark.parametrize("size", [1000, 65536, 1 << 20])
@pytest.mark.parametrize("length", [65536 - 512, 65536 - 107, 65536 - 50, 65536 - 4])
def test_an_isa_near_the_end_of_what_is_searched_is_found_for_every_chunk(length, size):
    found = read(b"x" * length + PLAIN, chunk=size, window=size)
    assert [claim.id for claim in found.claims] == ["C1"]
    assert [(item.code, item.offset) for item in found.diagnostics] == [("X105", 0)]


@pytest.mark.parametrize("size", [1000, 65536, 1 << 20])
def test_many_blanks_before_isa_are_one_warning_for_every_chunk(size):
    found = read(b" " * 200_000 + PLAIN, chunk=size, window=size)
    assert [claim.id for claim in found.claims] == ["C1"]
    assert [(item.code, item.offset) for item in found.diagnostics] == [("X103", 0)]


BIG = 3 << 20


@pytest.mark.parametrize("size", [65536, 1 << 20, 1 << 23])
@pytest.mark.parametrize(
    ("old", "new", "claims"),
    [
        (b"HI*ABK:M5450~\n", b"HI*ABK:M5450*" + b"M" * BIG + b"~\n", ["C1"]),
        (b"ROE*ALMA", b"R" * BIG + b"*ALMA", ["C1"]),
        (b"BHT*0019*", b"BHT*" + b"0" * BIG + b"*", ["C1"]),
        (b"GS*HC*SUBMITTER", b"GS*HC*" + b"S" * BIG, ["C1"]),
        (b"GE*1*1~\n", b"GE*1*1*" + b"1" * BIG + b"~\n", ["C1"]),
    ],
    ids=["claim", "subscriber", "transaction", "group", "trailer"],
)
def test_an_element_of_3_mb_is_read_like_another(old, new, claims, size):
    found = read(changed(PLAIN, old, new), chunk=size, window=size)
    assert [claim.id for claim in found.claims] == claims
    assert [(item.code, item.message[:60]) for item in found.diagnostics] == []


# The second of three subscribers holds more than the ceiling.
NOTE = b"NTE*ADD*" + b"S" * 5000 + b"~"
THREE = (
    fixture("unbroken")
    .replace(b"SE*42*", b"SE*%d*" % (42 + 19))
    .replace(
        b"HL*3*",
        b"HL*9*1*22*0~SBR*P*18*******MB~NM1*IL*1*BIG*BEA****MI*MBR0009~NM1*PR*2*TEST*****PI*00831~"
        b"CLM*BIG*35***11:B:1*Y*A*Y*Y~" + NOTE + b"HI*ABK:M5450~LX*1~SV1*HC:96372*25*UN*1***1~CLM*BIG2*1***11:B:1~"
        b"HI*ABK:M5450~LX*1~SV1*HC:96372*25*UN*1***1~DTP*472*D8*20260310~LX*2~SV1*HC:96372*2*UN*1***1~"
        b"LX*3~SV1*HC:96372*2*UN*1***1~DTP*472*D8*20260310~HL*3*",
    )
)


@pytest.mark.parametrize("size", [1, 100, 1000, 2500, 4000, 1 << 20])
def test_a_unit_beyond_the_ceiling_is_left_out_and_no_other(size):
    found = read(THREE, chunk=size, window=size, ceiling=2000)
    assert [claim.id for claim in found.claims] == ["C1", "C2"]
    assert [(item.code, item.segment, THREE[item.offset :][:9]) for item in found.diagnostics] == [
        ("X302", 27, b"HL*9*1*22")
    ]


def test_below_the_ceiling_nothing_is_left_out():
    found = read(THREE, chunk=100, window=100, ceiling=7000)
    assert [claim.id for claim in found.claims] == ["C1", "BIG", "BIG2", "C2"]
    assert [item.code for item in found.diagnostics if item.code[0] == "X"] == []


def peak(feed):
    """The most bytes that Python held while something was fed."""
    tracemalloc.start()
    feed()
    try:
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "behind", "more", "kept"),
    [
        ("subscriber", b"~\nREF*EI", b"~REF*EA*1", 3 * CEILING),
        ("transaction-835", b"~\nCLP", b"~REF*EA*1", 8 << 20),
        ("text-after-iea", b"\n-- ", b"and more ", 8 << 20),
        ("blanks", b"\t", b" \r\n", 8 << 20),
        ("isa-elements", b"~\nBHT", b"~REF*EA*1", 8 << 20),
    ],
)
def test_what_is_not_wanted_is_not_kept(name, behind, more, kept):
    data = fixture(name)
    reader = EnvelopeReader("big.837", refuse_other_than_professional_claims, UNIT_BOUNDARY)
    more = more * (65536 // len(more))

    def feed():
        for chunk in (data[: data.index(behind)], *repeat(more, 1000)):
            for _ in reader.feed(chunk):
                pass
        for _ in reader.close():
            pass

    assert peak(feed) < kept


def test_every_file_of_the_folder_is_in_the_list():
    for folder in (VALID, INVALID):
        path = next(iter(folder.values())).parent
        listed = (path / "README.md").read_text("utf-8")
        for name in folder:
            stem = name.removeprefix("transaction")
            assert f"`{name}.837`" in listed or f"`{stem}`" in listed, name


def test_what_was_told_already_is_remembered_when_the_diagnostics_were_taken():
    """A file that is no X12 at all is not called blank at its end, however much of it was fed before."""
    reader = EnvelopeReader("garbage", refuse_other_than_professional_claims, UNIT_BOUNDARY)
    found = []
    for _ in range(3):
        assert list(reader.feed(b"\xff\xd8" * (1 << 19))) == []
        found += reader.diagnostics
        reader.diagnostics.clear()
    assert list(reader.close()) == []
    assert [item.code for item in found + reader.diagnostics] == ["X101"]
