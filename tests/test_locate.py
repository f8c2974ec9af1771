"""The places of findings: the bytes at file[offset:offset + length] are exactly the segment that is named."""

from __future__ import annotations

import pytest
from batches import VALID, changed, fixture, generated, read, split_claims

from edi837.check import check_bytes
from edi837.claims.locate import Place, locate

IN_LINES = {
    "SV101-2": "2400", "SV104": "2400", "DTP": "2400", "REF": "2400", "NTE": "2400", "MEA": "2400", "LX01": "2400",
    "LIN03": "2410", "CTP04": "2410", "SVD01": "2430", "NM109": "2420A", "PRV03": "2420A",
}  # fmt: skip
IN_CLAIMS = {
    "CLM01": "2300", "CLM05-3": "2300", "HI01-2": "2300", "HI": "2300", "REF": "2300", "NTE": "2300",
    "NM109": "2310B", "PRV03": "2310B", "SBR01": "2320", "K3": "2300",
}  # fmt: skip


def place(loop, segment):
    """The place of a segment of the file, as it must be told."""
    return Place(loop, segment.position, segment.file_position, segment.offset, len(segment.text))


def first(tag, found, default):
    return next((segment for segment in found if segment.tag == tag), default)


@pytest.mark.parametrize("name", VALID)
def test_every_element_of_every_claim(name):
    data = fixture(name)
    for claim, split in zip(read(data).claims, split_claims(data), strict=True):
        head = split.own[: split.own.index(split.lines[0][0])]
        for element, loop in IN_CLAIMS.items():
            tag = "HI" if element.startswith("HI") else element[:3]
            assert locate(claim, None, element) == place(loop, first(tag, head, split.own[0])), element
        for line, own in zip(claim.lines, split.lines, strict=True):
            service = first("SV1", own, None)
            # The search goes from SV1 up to the next line's.
            behind = own[own.index(service) :]
            for element, loop in IN_LINES.items():
                expected = place(loop, first(element[:3], behind, service))
                if element != "LX01":
                    assert locate(claim, line, element) == expected, element


@pytest.mark.parametrize("name", ["subscriber", "ndc", "other-payer", "indented", "changing-padding", "empty-segments"])
def test_the_bytes_are_the_segment(name):
    data = fixture(name)
    seen = set()
    for claim in read(data).claims:
        for line in (None, *claim.lines):
            for element in IN_LINES if line else IN_CLAIMS:
                found = locate(claim, line, element)
                text = data[found.offset : found.offset + found.length]
                assert data[found.offset + found.length :][:1] == b"~"
                assert text[:3] in (element[:3].encode(), b"SV1", b"CLM", b"HI*")
                seen.add(text[:3])
    assert {b"CLM", b"SV1", b"HI*", b"DTP", b"REF"} <= seen


def test_an_element_that_is_missing_is_placed_at_the_line_or_the_claim():
    data = fixture("subscriber")
    [claim] = read(data).claims
    missing = locate(claim, claim.lines[1], "LIN03")
    assert data[missing.offset : missing.offset + missing.length] == b"SV1*HC:J3420*10*UN*1***1"
    missing = locate(claim, None, "NTE02")
    assert data[missing.offset : missing.offset + missing.length] == b"CLM*C1*35***11:B:1*Y*A*Y*Y"


def test_a_line_whose_sv1_comes_late_is_placed_at_its_sv1():
    data = fixture("sv1-late")
    [claim] = read(data).claims
    found = [locate(claim, line, "SV101-2") for line in claim.lines]
    assert [data[item.offset : item.offset + item.length] for item in found] == [
        b"SV1*HC:96372*25*UN*1***1",
        b"SV1*HC:J3420*10*UN*1***1",
    ]


def test_a_line_without_sv1_is_placed_at_its_lx():
    data = fixture("line-without-sv1")
    [claim] = read(data).claims
    found = [locate(claim, line, "SV101-2") for line in claim.lines]
    assert [data[item.offset : item.offset + item.length] for item in found] == [
        b"LX*1",
        b"SV1*HC:96372*25*UN*1***1",
        b"LX*3",
        b"LX*4",
    ]
    assert [item.file_segment for item in found] == [23, 25, 28, 30]


def test_the_segment_in_front_of_the_element_counts_not_its_text():
    """A note that looks like a segment is none."""
    data = changed(fixture("ndc"), b"REF*XZ*RX1234567", b"REF*XZ*LIN**N4")
    [claim] = read(data).claims
    found = locate(claim, claim.lines[1], "LIN03")
    assert data[found.offset : found.offset + found.length] == b"LIN**N4*00517003125"


OPTIONS = ("--claims", "600", "--injection-share", "0.8", "--defect-share", "0.8", "--repeat-share", "0.3")
LAYOUTS = {
    "usual": (),
    "lines": ("--line-ending", "crlf"),
    "other": ("--delimiters", "|>\\n^", "--interchanges", "3"),
    "sets": ("--claims-per-transaction", "50", "--interchanges", "2", "--line-ending", "lf"),
}
# Elements whose segment a finding may miss: it is placed at the line or the claim then.
FALLBACK = {"SV1", "CLM"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_findings_of_a_batch_stand_where_they_say(layout):
    [data] = generated(*OPTIONS, *LAYOUTS[layout]).files
    claims = {claim.own[0].elements[1]: claim for claim in split_claims(data)}
    result = check_bytes(data)
    assert len(result.findings) > 300
    tags = set()
    for finding in result.findings:
        claim = claims[finding.claim]
        # The line's own segments, up to the next line's SV1.
        own = claim.own
        if finding.line is not None:
            number = next(index for index, line in enumerate(claim.lines) if line[0].elements[1] == finding.line)
            own = claim.lines[number]
        [found] = [segment for segment in own if segment.offset == finding.offset]
        assert (finding.segment, finding.file_segment) == (found.position, found.file_position)
        assert data[finding.offset : finding.offset + finding.length] == found.text
        tag = "HI" if finding.element.startswith("HI") else finding.element[:3]
        assert found.tag in FALLBACK | {tag}, finding
        tags.add(found.tag)
    assert {"SV1", "CLM", "LIN", "CTP"} <= tags
