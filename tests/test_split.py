"""The cutting of batches: bytes and the claims to hold in, two batches out, for every shape that a batch can have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
import split_oracle
from batches import NO_SAMPLES, SAMPLES, VALID, changed, fixture, generated, read, rows, segments
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edi837.diagnostics import Diagnostic
from edi837.errors import Edi837Error
from edi837.split.cut import Cutter
from edi837.split.part import Part

WHOLE = 1 << 30


class Outcome(NamedTuple):
    """What comes out of a cut."""

    clean: bytes
    held: bytes
    parts: tuple[Part, Part]
    said: list[Diagnostic]

    @property
    def codes(self) -> list[str]:
        return [item.code for item in self.said]


def cut(
    *files: tuple[bytes, Collection[int]], chunk: int = WHOLE, window: int = 1 << 20, number: int | None = None
) -> Outcome:
    """Cuts files, each with the byte offsets of the claims to hold, that are fed in chunks."""
    clean: list[bytes] = []
    held: list[bytes] = []
    said: list[Diagnostic] = []
    parts = Part(clean.append), Part(held.append, number)
    for data, offsets in files:
        cutter = Cutter("batch.837", sorted(offsets), *parts, said.append, window=window)
        for start in range(0, len(data), chunk):
            cutter.feed(data[start : start + chunk])
        cutter.close()
    return Outcome(b"".join(clean), b"".join(held), parts, said)


def claims(data: bytes) -> list[int]:
    """The byte offsets of the CLM segments of a file's professional claims."""
    return [claim[0].offset for root in split_oracle.tree(data) for claim in root.every_claim()]


def named(data: bytes, *numbers: str) -> list[int]:
    """The byte offsets of the claims with these numbers (CLM01)."""
    return [item.offset for item in segments(data) if item.tag == "CLM" and item.elements[1] in numbers]


def lines(data: bytes) -> list[bytes]:
    """The segments, without what stands behind them."""
    return [item.text for item in segments(data)]


def faults(data: bytes) -> list[str]:
    """What a reader says about the envelope and the HL segments of an output."""
    found = [item.code for item in read(data).diagnostics if item.code.startswith("X2")]
    stack: list[list[str]] = []
    count = 0
    expected: dict[int, str] = {}
    stated: dict[int, str] = {}
    for segment in segments(data):
        if segment.tag == "ST":
            stack, count, expected, stated = [], 0, {}, {}
            ours = segment.elements[1] == "837"
        elif segment.tag == "HL" and ours:
            count += 1
            _, number, parent, level, child = segment.elements
            while stack and stack[-1][3] >= level:
                stack.pop()
            if (number, parent) != (str(count), stack[-1][1] if stack else ""):
                found.append(f"HL {segment.elements}")
            if stack:
                expected[int(stack[-1][1])] = "1"
            expected[count], stated[count] = "0", child
            stack.append(segment.elements)
        elif segment.tag == "SE" and expected != stated:
            found.append(f"HL04 {stated}")
    return found


# Batches of any shape -------------------------------------------------------------------------------------------------

DELIMITERS = [b"*:~^", b"|>\n^", b"+;'*", b"\x1d\x1f\x1c\x1e"]
amounts = st.sampled_from(["25", "12.5", "0", "100.00", ""])


class Writer:
    """Writes one interchange by the draws of a test."""

    def __init__(self, draw: Any, number: int) -> None:
        self.draw = draw
        self.number = number
        self.delimiters = draw(st.sampled_from(DELIMITERS))
        newline = self.delimiters[2:3] == b"\n"
        self.blanks = b"" if newline else draw(st.sampled_from([b"", b"\n", b"\r\n"]))
        self.data = b""
        self.count = 0
        self.claims = 0

    def put(self, text: str, *, extra: bytes = b"") -> None:
        element, component, terminator, repetition = (self.delimiters[at : at + 1] for at in range(4))
        raw = text.encode("ascii").replace(b"*", b"\0").replace(b":", component).replace(b"^", repetition)
        self.data += raw.replace(b"\0", element) + terminator + extra + self.blanks
        self.count += 1

    def wrong(self, right: int) -> int:
        """A count, at times not the right one."""
        return right if self.draw(st.integers(0, 5)) else self.draw(st.integers(0, 99))

    def some(self, most: int) -> range:
        return range(self.draw(st.integers(0, most)))

    def interchange(self) -> bytes:
        control = f"{self.number:09d}"
        self.put(
            f"ISA*00*{'':10}*00*{'':10}*ZZ*{'SUBMITTER':15}*ZZ*{'RECEIVER':15}*260310*1200*^*00501*{control}*0*T*:"
        )
        if self.draw(st.integers(0, 4)) == 0:
            self.put("TA1*000000001*260310*1200*A*000")
        groups = self.some(2)
        for group in groups:
            self.group(group + 1)
        self.put(f"IEA*{self.wrong(len(groups))}*{control}")
        return self.data

    def group(self, number: int) -> None:
        foreign = self.draw(st.integers(0, 5)) == 0
        version = "005010X221A1" if foreign else "005010X222A1"
        self.put(f"GS*{'HP' if foreign else 'HC'}*SUBMITTER*RECEIVER*20260310*1200*{number}*X*{version}")
        sets = self.some(3)
        for index in sets:
            if foreign or self.draw(st.integers(0, 6)) == 0:
                self.foreign(index + 1)
            else:
                self.transaction(index + 1)
        self.put(f"GE*{self.wrong(len(sets))}*{number}")

    def foreign(self, number: int) -> None:
        self.put(f"ST*835*{number:04}")
        self.put("BPR*I*0*C*NON")
        self.put("HL*1**20*1")
        self.put("CLM*NO CLAIM*1")
        self.put(f"SE*{self.wrong(5)}*{number:04}")

    def transaction(self, number: int) -> None:
        self.count, self.loops = 0, 0
        self.put(f"ST*837*{number:04}*005010X222A1")
        self.put("BHT*0019*00*0001*20260310*1200*CH")
        self.put("NM1*41*2*TEST SUBMITTER*****46*SUB1")
        for _ in self.some(2):
            provider = self.loop("", 20)
            self.put("PRV*BI*PXC*207Q00000X")
            self.put("NM1*85*2*TEST CLINIC*****XX*1234567893")
            for _ in self.some(3):
                subscriber = self.loop(provider, 22)
                self.put("SBR*P*18*******MB")
                self.some_claims()
                for _ in self.some(2):
                    self.loop(subscriber, 23)
                    self.put("PAT*19")
                    self.some_claims()
        self.put(f"SE*{self.wrong(self.count + 1)}*{number:04}")

    def loop(self, parent: object, level: int) -> int:
        self.loops += 1
        # HL04 is put right, whatever it was.
        self.put(f"HL*{self.loops}*{parent}*{level}*{self.draw(st.integers(0, 1))}")
        return self.loops

    def some_claims(self) -> None:
        for _ in self.some(2):
            self.claims += 1
            empty = self.delimiters[2:3] if self.draw(st.integers(0, 9)) == 0 else b""
            self.put(f"CLM*C{self.claims}*{self.draw(amounts)}***11:B:1*Y*A*Y*Y", extra=empty)
            self.put("LX*1")
            self.put("SV1*HC:96372*25*UN*1***1")


@st.composite
def batches(draw: Any) -> tuple[bytes, list[int]]:
    """A file of some interchanges, and the claims in it that are held."""
    between = draw(st.sampled_from([b"", b"\n", b" \r\n\r\n"]))
    interchanges = [Writer(draw, number).interchange() for number in range(1, draw(st.integers(1, 2)) + 1)]
    data = between.join(interchanges)
    share = draw(st.sampled_from([0, 1, 2, 3, 4]))
    return data, [offset for offset in claims(data) if draw(st.integers(1, 4)) <= share]


@given(batches(), st.sampled_from([1, 13, 250, WHOLE]), st.sampled_from([1, 60, 1 << 20]))
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_batch_of_any_shape_is_cut_as_by_plain_reading(batch, chunk, window):
    data, held = batch
    found = cut((data, held), chunk=chunk, window=window)
    clean, kept = split_oracle.split(data, held)
    assert found.clean == clean
    assert found.held == kept
    assert found.said == []
    # Each claim byte for byte on one side, in the order that it had.
    offsets = claims(data)
    texts = dict(zip(offsets, split_oracle.claims(data), strict=True))
    assert split_oracle.claims(found.clean) == [texts[offset] for offset in offsets if offset not in held]
    assert split_oracle.claims(found.held) == [texts[offset] for offset in offsets if offset in held]
    assert [part.claims for part in found.parts] == [len(offsets) - len(held), len(held)]
    # What comes out is valid, whatever the counts were before.
    for output in (found.clean, found.held):
        foreign = [item.code for item in read(output).diagnostics if item.code == "X201"]
        assert not set(faults(output)) - set(foreign)


@given(batches())
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_put_together_again_cuts_to_the_same(batch):
    data, held = batch
    once = cut((data, held))
    assert cut((once.clean, ())).clean == once.clean
    assert cut((once.held, claims(once.held))).held == once.held


@pytest.mark.parametrize("name", VALID)
def test_a_fixture_with_nothing_held_is_its_own_clean_side(name):
    data = fixture(name)
    found = cut((data, ()))
    start = data.index(b"ISA")
    assert found.held == b""
    if name == "two-interchanges-with-marks":
        # What stands between interchanges is no part of them.
        assert found.clean == b"".join(root for root in interchanges(data))
    else:
        assert found.clean == data[start:]


def interchanges(data: bytes) -> list[bytes]:
    """The bytes of each interchange, to the blanks behind its IEA."""
    return [split_oracle.split(b"".join(part), ())[0] for part in _parts(split_oracle.pieces(data))]


def _parts(pieces: Sequence[split_oracle.Piece]) -> list[list[bytes]]:
    parts: list[list[bytes]] = []
    for piece in pieces:
        if piece.tag == b"ISA":
            parts.append([])
        parts[-1].append(piece.raw)
    return parts


@pytest.mark.parametrize("name", VALID)
def test_every_way_to_cut_a_fixture(name):
    data = fixture(name)
    offsets = claims(data)
    for some in (offsets, offsets[::2], offsets[1::2], offsets[:1], offsets[-1:]):
        for chunk, window in ((1, 1), (7, 50), (WHOLE, 1 << 20)):
            found = cut((data, some), chunk=chunk, window=window)
            assert (found.clean, found.held) == split_oracle.split(data, some)
            assert found.said == []


# What a person expects ------------------------------------------------------------------------------------------------


def test_a_subscriber_some_of_whose_claims_are_held_goes_to_both_sides():
    data = fixture("two-dependents")
    first, second = claims(data)
    found = cut((data, [first]))
    heads = [line for line in lines(found.clean) if line.startswith((b"HL", b"CLM", b"SE"))]
    assert heads == [
        b"HL*1**20*1",
        b"HL*2*1*22*1",
        b"HL*3*2*23*0",
        data[second : data.index(b"~", second)],
        b"SE*%d*0001" % (len(lines(found.clean)) - 4),
    ]
    assert [line for line in lines(found.held) if line.startswith((b"HL", b"CLM"))][:3] == heads[:3]
    assert found.held.count(b"NM1*IL*") == found.clean.count(b"NM1*IL*") == 1


FAMILY = b"""\
ISA*00*          *00*          *ZZ*SUBMITTER      *ZZ*RECEIVER       *260310*1200*^*00501*000000041*0*T*:~
TA1*000000009*260309*1200*A*000~
GS*HC*SUBMITTER*RECEIVER*20260310*1200*7*X*005010X222A1~
ST*837*0001*005010X222A1~
BHT*0019*00*B77*20260310*1200*CH~
HL*1**20*1~
NM1*85*2*FIRST CLINIC*****XX*1234567893~
HL*2*1*22*1~
NM1*IL*1*OWN*ANN****MI*M1~
CLM*OWN*10***11:B:1*Y*A*Y*Y~
HL*3*2*23*0~
NM1*QC*1*ELDER*BEN~
CLM*ELDER1*20***11:B:1*Y*A*Y*Y~
CLM*ELDER2*30***11:B:1*Y*A*Y*Y~
HL*4*2*23*0~
NM1*QC*1*YOUNGER*CLEO~
CLM*YOUNGER*40***11:B:1*Y*A*Y*Y~
HL*5**20*1~
NM1*85*2*SECOND CLINIC*****XX*1234567893~
HL*6*5*22*0~
NM1*IL*1*OTHER*DAN****MI*M2~
CLM*OTHER*50***11:B:1*Y*A*Y*Y~
SE*20*0001~
GE*1*7~
IEA*1*000000041~
"""


def body(data: bytes) -> list[str]:
    """The segments from the first HL on."""
    texts = [line.decode() for line in lines(data)]
    return texts[next(index for index, text in enumerate(texts) if text.startswith("HL")) :]


def test_the_subscribers_own_claim_is_held_and_the_dependents_stay():
    found = cut((FAMILY, named(FAMILY, "OWN", "ELDER1", "OTHER")))
    assert body(found.clean) == [
        "HL*1**20*1",
        "NM1*85*2*FIRST CLINIC*****XX*1234567893",
        "HL*2*1*22*1",
        "NM1*IL*1*OWN*ANN****MI*M1",
        "HL*3*2*23*0",
        "NM1*QC*1*ELDER*BEN",
        "CLM*ELDER2*30***11:B:1*Y*A*Y*Y",
        "HL*4*2*23*0",
        "NM1*QC*1*YOUNGER*CLEO",
        "CLM*YOUNGER*40***11:B:1*Y*A*Y*Y",
        "SE*13*0001",
        "GE*1*7",
        "IEA*1*000000041",
    ]
    assert body(found.held) == [
        "HL*1**20*1",
        "NM1*85*2*FIRST CLINIC*****XX*1234567893",
        "HL*2*1*22*1",
        "NM1*IL*1*OWN*ANN****MI*M1",
        "CLM*OWN*10***11:B:1*Y*A*Y*Y",
        "HL*3*2*23*0",
        "NM1*QC*1*ELDER*BEN",
        "CLM*ELDER1*20***11:B:1*Y*A*Y*Y",
        "HL*4**20*1",
        "NM1*85*2*SECOND CLINIC*****XX*1234567893",
        "HL*5*4*22*0",
        "NM1*IL*1*OTHER*DAN****MI*M2",
        "CLM*OTHER*50***11:B:1*Y*A*Y*Y",
        "SE*16*0001",
        "GE*1*7",
        "IEA*1*000000041",
    ]
    clean, held = found.parts
    assert (clean.claims, clean.charges) == (2, Decimal(70))
    assert (held.claims, held.charges) == (3, Decimal(80))
    # The acknowledgement belongs to the batch that goes on; the transaction's own number stays.
    assert (b"TA1*" in found.clean, b"TA1*" in found.held) == (True, False)
    assert found.clean.count(b"*B77*") == found.held.count(b"*B77*") == 1


def test_a_subscriber_without_dependents_left_has_no_child():
    found = cut((FAMILY, named(FAMILY, "ELDER1", "ELDER2", "YOUNGER")))
    assert "HL*2*1*22*0" in body(found.clean)
    assert "HL*2*1*22*1" in body(found.held)
    assert "HL*3**20*1" in body(found.clean)


def test_where_every_claim_is_held_only_what_is_no_claim_stays():
    found = cut((FAMILY, claims(FAMILY)))
    assert lines(found.clean) == [*lines(FAMILY)[:2], b"IEA*0*000000041"]
    without = FAMILY.replace(b"TA1*000000009*260309*1200*A*000~\n", b"")
    found = cut((without, claims(without)))
    assert (found.clean, found.parts[0].interchanges) == (b"", 0)
    assert found.held == without


def test_other_transactions_go_on_byte_for_byte():
    data = fixture("claims-and-others").replace(b"SE*8*0001", b"SE*99*0001")
    found = cut((data, claims(data)))
    start, end = data.index(b"GS*HP"), data.index(b"IEA")
    assert found.clean == data[: data.index(b"GS*HC")] + data[start:end] + b"IEA*1*000000001~\n"
    assert lines(found.held)[-1] == b"IEA*1*000000001"
    assert b"ST*835" not in found.held


@pytest.mark.parametrize("name", ["wrong-se01", "wrong-se02", "wrong-ge01", "wrong-ge02", "wrong-iea01", "wrong-iea02"])
def test_counts_and_control_numbers_are_right_afterwards(name):
    data = fixture(name)
    assert faults(data)
    assert faults(cut((data, ())).clean) == []
    assert faults(cut((data, claims(data))).held) == []


def test_a_count_that_is_right_stays_as_it_is_written():
    data = changed(FAMILY, b"SE*20*", b"SE*0020*")
    assert b"SE*0020*" in cut((data, ())).clean
    assert b"SE*0020*" not in cut((data, named(data, "OWN"))).clean


def test_a_last_segment_without_terminator_gets_one():
    data = fixture("no-last-terminator")
    assert not data.rstrip().endswith(b"~")
    found = cut((data, ()))
    assert found.clean.rstrip() == data.rstrip() + b"~"


@pytest.mark.parametrize("bare", [b"IEA", b"IEA~", b"IEA*"])
def test_a_closing_segment_without_elements_is_given_them(bare):
    assert cut((changed(FAMILY, b"IEA*1*000000041~\n", bare), ())).clean.rstrip() == FAMILY.rstrip()
    assert cut((changed(FAMILY, b"GE*1*7~", b"GE~"), ())).clean == FAMILY


def test_the_held_interchanges_are_numbered_on():
    second = FAMILY.replace(b"000000041", b"000000042")
    third = FAMILY.replace(b"000000041", b"000000043")
    held = named(FAMILY, "OTHER")
    found = cut((FAMILY + second, held), (third, held), number=900)
    # Nothing of the second is held: no number is used up.
    controls = [item.elements for item in segments(found.held) if item.tag in ("ISA", "IEA")]
    assert [item[13] if item[0] == "ISA" else item[2] for item in controls] == ["000000900"] * 2 + ["000000901"] * 2
    assert all(len(item.text) == 105 for item in segments(found.held) if item.tag == "ISA")
    assert b"*000000041*0*T" in found.clean
    assert faults(found.held) == []


def test_there_is_a_last_control_number():
    held = named(FAMILY, "OTHER")
    assert b"IEA*1*999999999~" in cut((FAMILY, held), number=999_999_999).held
    with pytest.raises(Edi837Error, match="no interchange control number above 999999999"):
        cut((FAMILY, held), (FAMILY, held), number=999_999_999)


def test_claims_of_one_number_are_claims_of_their_own():
    data = FAMILY.replace(b"CLM*ELDER1*20*", b"CLM*OWN*10*").replace(b"CLM*ELDER2*30*", b"CLM*OWN*10*")
    for held in named(data, "OWN"):
        found = cut((data, [held]))
        assert (found.clean.count(b"CLM*OWN*"), found.held.count(b"CLM*OWN*")) == (2, 1)


# What cannot be cut ---------------------------------------------------------------------------------------------------


def test_claims_under_no_subscriber_stay_together_or_are_refused():
    data = fixture("no-hl-two-subscribers")
    first, second = claims(data)
    assert (cut((data, ())).clean, cut((data, [first, second])).held) == (data, data)
    found = cut((data, [second]))
    assert found.codes == ["X303"]
    assert (found.said[0].segment, found.said[0].offset) == (3, data.index(b"ST*"))


def test_claims_under_the_provider_stay_together_or_are_refused():
    data = fixture("no-subscriber-two-providers")
    found = cut((data, claims(data)[:1]))
    assert found.codes == []
    assert found.clean.count(b"HL*1**20*") == found.held.count(b"HL*1**20*") == 1
    assert len(claims(found.clean)) == len(claims(found.held)) == 1
    again = FAMILY.replace(b"HL*2*1*22*1~\n", b"").replace(b"*2*23*", b"*1*23*")
    found = cut((again, named(again, "ELDER1")))
    assert found.codes == ["X303"]
    assert found.said[0].offset == again.index(b"HL*1*")


def test_a_parent_from_nowhere_is_put_right_and_told():
    data = changed(FAMILY, b"HL*6*5*22", b"HL*6*77*22")
    found = cut((data, named(data, "OTHER")))
    assert found.codes == ["X305"]
    assert (found.said[0].segment, found.said[0].offset) == (20, data.index(b"HL*6*"))
    assert found.held.count(b"HL*2*1*22*0~") == 1


def test_a_parent_that_is_another_loop_is_refused():
    """A receiver that goes by HL02 would read the claim as the first provider's."""
    data = changed(FAMILY, b"HL*6*5*22", b"HL*6*1*22")
    found = cut((data, ()))
    assert found.codes == ["X304"]
    assert found.said[0].message == "HL 6: HL02 names HL 1, which is not the loop that it stands in"


@pytest.mark.parametrize(
    ("old", "new", "segment"),
    [
        (b"GS*HC*", b"GE*1*1~\nGS*HC*", 3),
        (b"GS*HC*SUBMITTER*RECEIVER*20260310*1200*7*X*005010X222A1~\n", b"", 3),
        (b"GE*1*7~\n", b"", 24),
        (b"IEA*1*000000041~\n", b"", None),
        (b"*000000041*0*T*", b"*00000~041*0*T*", 1),
    ],
)
def test_envelopes_that_do_not_fit_into_each_other_are_refused(old, new, segment):
    data = changed(FAMILY, old, new)
    assert (set(cut((data, ())).codes), cut((data, ())).said[0].segment) == ({"X306"}, segment)


def test_a_patient_under_no_subscriber_is_given_no_parent():
    start = FAMILY.index(b"HL*1*")
    data = FAMILY[:start] + FAMILY[FAMILY.index(b"HL*4*") : FAMILY.index(b"HL*5*")] + FAMILY[FAMILY.index(b"SE*") :]
    data = changed(data, b"HL*4*2*23*", b"HL*1*2*23*")
    for held in ((), claims(data)):
        found = cut((data, held))
        assert found.codes == ["X305"]
        assert body(found.held or found.clean)[:2] == ["HL*1**23*0", "NM1*QC*1*YOUNGER*CLEO"]
    # It is the first loop that counts: a claim above it, under no HL at all, stays with it or both are refused.
    both = changed(data, b"HL*1*2*23*", b"CLM*ABOVE*5***11:B:1*Y*A*Y*Y~\nHL*1*2*23*")
    assert len(claims(cut((both, named(both, "ABOVE", "YOUNGER"))).held)) == 2
    assert "X303" in cut((both, named(both, "ABOVE"))).codes


def test_a_place_is_told_in_any_chunks():
    data = changed(FAMILY, b"HL*6*5*22", b"HL*6*1*22") + FAMILY.replace(b"HL*3*2*23", b"HL*3*1*23")
    expected = cut((data, ())).said
    assert [item.segment for item in expected] == [20, 25 + 11]
    for chunk, window in ((1, 1), (7, 50), (250, 250)):
        assert cut((data, ()), chunk=chunk, window=window).said == expected


# Larger ones ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["lf", "crlf", "none"])
def test_a_generated_batch_is_cut_exactly(ending):
    options = ("--claims", "400", "--claims-per-transaction", "90", "--interchanges", "2", "--line-ending", ending)
    [data] = generated(*options).files
    offsets = claims(data)
    held = offsets[::7] + offsets[3::11]
    found = cut((data, set(held)), chunk=5000, window=4000)
    assert (found.clean, found.held) == split_oracle.split(data, set(held))
    assert faults(found.clean) == faults(found.held) == []
    both = [*rows(found.clean), *rows(found.held)]
    assert sorted(map(repr, both)) == sorted(map(repr, rows(data)))


@pytest.mark.slow
@pytest.mark.skipif(SAMPLES is None, reason=NO_SAMPLES)
@pytest.mark.parametrize("path", sorted((SAMPLES / "837p").iterdir()) if SAMPLES else [], ids=lambda path: path.name)
def test_public_files_are_cut_as_by_plain_reading(path):
    data = path.read_bytes()
    offsets = claims(data)
    assert len(offsets) == len(read(data).claims)
    for some in ((), offsets, offsets[::2], offsets[1::3]):
        found = cut((data, some), chunk=65536, window=4096)
        if found.codes and set(found.codes) != {"X305"}:
            assert set(found.codes) == {"X303"}
            assert b"HL*" not in data
        else:
            assert (found.clean, found.held) == split_oracle.split(data, some)
