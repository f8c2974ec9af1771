"""Claims and service lines: what each file of the fixtures must give, field by field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from batches import EVERY, VALID, changed, fixture, generated, looked_at, read, segments, split_claims, told
from msgspec import structs
from test_x12 import placed

from edi837.claims.elements import remember
from edi837.model import Drug, Origin, OtherPayer, Payer, Severity

DAY = date(2026, 3, 10)
MEDICARE = Payer("00831", "TEST MEDICARE", "MB", "P")
COMMERCIAL = Payer("60054", "TEST COMMERCIAL", "CI", "P")
USUAL = Origin("batch.837", "000000001", "1", "0001", "*", ":", "^", "~", DAY)


def line(**changes):
    """The usual 96372 line, with changes."""
    found = {
        "number": "1",
        "procedure": "96372",
        "modifiers": (),
        "charge": Decimal("25"),
        "unit_basis": "UN",
        "units": Decimal("1"),
        "place_of_service": "11",
        "diagnosis_pointers": (1,),
        "service_date": DAY,
        "service_date_end": changes.get("service_date", DAY),
        "line_control_number": "C1L1",
        "drug": None,
        "description": "",
        "qualifier": "HC",
        "rendering_npi": "1234567893",
        "rendering_taxonomy": "207Q00000X",
        "segment": 3,
        "notes": (),
        "authorizations": (),
        "measurements": (),
        "adjudicated_by": (),
    } | changes
    return {"plain": is_plain(found)} | found


def is_plain(fields):
    """Whether a line with these fields is of the usual form."""
    return (
        fields["unit_basis"] == "UN"
        and fields["service_date"] is not None
        and fields["service_date"] == fields["service_date_end"]
        and all(fields[name] for name in ("number", "line_control_number", "rendering_npi", "rendering_taxonomy"))
        and not any(
            fields[name] for name in ("description", "notes", "authorizations", "measurements", "adjudicated_by")
        )
    )


def drug(**changes):
    """The usual J3420 line, with changes."""
    usual = {"number": "2", "procedure": "J3420", "charge": Decimal("10"), "line_control_number": "C1L2", "segment": 7}
    return line(**(usual | changes))


def claim(*lines, **changes):
    """The usual claim with the lines (an injection and its drug where none are given), with changes."""
    return {
        "id": "C1",
        "charge": Decimal("35"),
        "place_of_service": "11",
        "frequency": "1",
        "payer": MEDICARE,
        "diagnoses": ("M5450",),
        "diagnosis_qualifiers": ("ABK",),
        "payer_claim_control_number": None,
        "billing_npi": "1234567893",
        "billing_tax_id": "123456789",
        "billing_taxonomy": "207Q00000X",
        "rendering_npi": "",
        "rendering_taxonomy": "",
        "origin": USUAL,
        "patient": ("MBR0001",),
        "demographics": ("19500102", "F"),
        "authorization": "",
        "referral": "",
        "notes": (),
        "other_payers": (),
        "lines": list(lines) if lines or changes.get("id") == "NO LINES" else [line(), drug()],
    } | changes


def injected(**changes):
    """A claim C1 with nothing but the injection."""
    return claim(line(), **({"charge": Decimal("25")} | changes))


def billed(**changes):
    """A claim C2 with nothing but the drug."""
    own = drug(number="1", line_control_number="C2L1", segment=3)
    return claim(own, **({"id": "C2", "charge": Decimal("10")} | changes))


def two(origin=USUAL):
    """The two claims of most files about delimiters and padding."""
    second = claim(
        line(line_control_number="C2L1"),
        drug(line_control_number="C2L2"),
        id="C2",
        patient=("MBR0002",),
        demographics=("19480303", "F"),
        origin=origin,
    )
    return [injected(origin=origin), second]


def separated(element, component, repetition, terminator, **changes):
    """The usual origin with other delimiters."""
    values = {"interchange": "000000001", "group": "1", "transaction": "0001"} | changes
    return Origin("batch.837", *values.values(), element, component, repetition, terminator, DAY)


OTHER_CLINIC = {"billing_npi": "1245319599", "billing_tax_id": "987654321", "billing_taxonomy": "208D00000X"}
OTHER_RENDERING = {"rendering_npi": "1245319599", "rendering_taxonomy": "208D00000X"}
SECOND_DAY, THIRD_DAY = date(2026, 3, 17), date(2026, 3, 18)
NOTED = {"description": "café", "notes": ("naïve",), "procedure": "J3490"}

CLAIMS = {
    "acknowledgement-beside": [injected()],
    "authorization": [
        claim(
            line(segment=6, authorizations=("LINEAUTH1",)),
            drug(segment=12),
            authorization="AUTH1",
            referral="REFERRAL1",
            payer_claim_control_number="PAYERCONTROL1",
        )
    ],
    "byte-order-mark": two(),
    "carriage-return-terminator": two(separated("*", ":", "^", "\r")),
    "changing-padding": two(),
    "claims-and-others": [injected()],
    "condition-codes": [
        claim(
            line(segment=5),
            drug(segment=9),
            diagnoses=("M5450", "E538"),
            diagnosis_qualifiers=("ABK", "ABF"),
        )
    ],
    "control-delimiters": two(separated("\x1d", "\x1f", "\x1e", "\x1c")),
    "crlf": two(),
    "date-range": [claim(line(service_date_end=date(2026, 3, 12)), drug())],
    "dependent": [
        claim(
            payer=COMMERCIAL,
            patient=("MBR0001", "ROE", "BEN", "K", "", "JR", "20150604", "M"),
            demographics=("20150604", "M"),
        )
    ],
    "description": [claim(line(), drug(procedure="J3490", description="cyanocobalamin 1000 mcg"))],
    "empty-segments": two(),
    "guide-x222": [claim()],
    "guide-x222a2": [claim()],
    "indented": two(),
    "latin-1": [claim(line(), drug(**NOTED), payer=Payer("00831", "ASSURANCE SANTÉ", "MB", "P"))],
    "leading-blanks": two(),
    "line-elements": [
        claim(
            line(modifiers=("59", "XS", "RT", "76"), diagnosis_pointers=(1, 2, 3, 4), qualifier="hc"),
            drug(charge=Decimal("10.5"), units=Decimal("0.5"), modifiers=("JZ",), diagnosis_pointers=(2,)),
            line(
                number="3",
                procedure="99213",
                charge=Decimal("5"),
                unit_basis="MJ",
                units=Decimal("15"),
                diagnosis_pointers=(12,),
                line_control_number=None,
                segment=11,
            ),
            charge=Decimal("40.5"),
            diagnoses=("M5450", "E538", "I10", "E119"),
            diagnosis_qualifiers=("ABK", "ABF", "ABF", "ABF"),
        )
    ],
    "measurement": [
        claim(
            line(),
            drug(
                procedure="J0885",
                modifiers=("EC",),
                charge=Decimal("510"),
                units=Decimal("10"),
                measurements=(("TR", "R1", "9.8"), ("TR", "R2", "29.5")),
            ),
            charge=Decimal("535"),
        )
    ],
    "ndc": [
        claim(
            line(),
            drug(drug=Drug("N4", "00517003125", Decimal("1"), "ML", "RX1234567")),
            drug(
                number="3",
                procedure="J1885",
                units=Decimal("2"),
                line_control_number="C1L3",
                drug=Drug("N4", "00409379501", Decimal("0.5"), "ML", "", "LINK77"),
                segment=14,
            ),
            charge=Decimal("45"),
        )
    ],
    "newline-terminator": two(separated("*", ":", "^", "\n")),
    "notes": [
        claim(
            line(segment=5, notes=("LINE NOTE WITH J3420", "SECOND LINE NOTE")),
            drug(segment=11),
            notes=("CLAIM NOTE WITH 96372 IN IT", "SECOND CLAIM NOTE"),
        )
    ],
    "other-delimiters": two(separated("|", ">", "!", "'")),
    "other-payer": [
        claim(
            line(segment=21, adjudicated_by=("OTHERPAYER",)),
            drug(segment=29),
            payer=Payer("00831", "TEST MEDICARE", "MB", "S"),
            other_payers=(OtherPayer("P", "CI", "OTHERPAYER", "12.5"),),
        )
    ],
    "patient-information": [injected(), billed()],
    "place-of-service": [claim(line(place_of_service="22"), drug())],
    "rendering": [
        claim(
            line(segment=8, rendering_npi="1679576722", rendering_taxonomy="363LF0000X"),
            drug(segment=12, rendering_npi="1234567893", rendering_taxonomy="207R00000X"),
            line(
                number="3",
                procedure="99213",
                modifiers=("25",),
                line_control_number="C1L3",
                rendering_npi="1699999998",
                rendering_taxonomy="",
                segment=19,
            ),
            charge=Decimal("60"),
            rendering_npi="1679576722",
            rendering_taxonomy="363LF0000X",
        )
    ],
    "secondary-payer-control": [
        claim(
            line(segment=13),
            drug(segment=17),
            payer=Payer("00831", "TEST MEDICARE", "MB", "S"),
            payer_claim_control_number="OWNCONTROL",
            other_payers=(OtherPayer("P", "CI", "OTHERPAYER", ""), OtherPayer("T", "MC", "THIRDPAYER", "")),
        )
    ],
    "several-dates": [
        claim(
            line(),
            drug(),
            line(number="3", line_control_number="C1L3", service_date=SECOND_DAY, segment=11),
            drug(number="4", line_control_number="C1L4", service_date=THIRD_DAY, segment=15),
            charge=Decimal("70"),
        )
    ],
    "short-segments": [
        claim(
            line(segment=4),
            drug(segment=8, diagnosis_pointers=()),
            frequency="7",
            payer_claim_control_number="PAYERCONTROL1",
        )
    ],
    "subscriber": [claim()],
    "trailing-separators": [
        claim(line(segment=4), drug(segment=8), payer_claim_control_number="PAYERCONTROL1"),
    ],
    "two-billing-providers": [
        injected(),
        billed(
            **OTHER_CLINIC,
            lines=[drug(number="1", line_control_number="C2L1", segment=3, **OTHER_RENDERING)],
        ),
    ],
    "two-claims": [injected(), billed()],
    "two-dependents": [
        injected(patient=("MBR0001", "ROE", "BEN", "20150604", "M"), demographics=("20150604", "M")),
        billed(patient=("MBR0001", "ROE", "CORA", "20120711", "F"), demographics=("20120711", "F")),
    ],
    "two-groups": [injected(), billed(origin=separated("*", ":", "^", "~", group="2"))],
    "two-hi": [
        claim(
            line(segment=4, diagnosis_pointers=(1, 2, 3, 4)),
            drug(segment=8),
            diagnoses=("M5450", "E538", "I10", "7245", "2662"),
            diagnosis_qualifiers=("ABK", "ABF", "ABF", "BK", "BF"),
        )
    ],
    "two-interchanges": [
        injected(),
        billed(origin=separated("|", ">", "!", "'", interchange="000000002")),
    ],
    "two-interchanges-with-marks": [
        injected(),
        billed(origin=separated("*", ":", "^", "~", interchange="000000002")),
    ],
    "two-transactions": [injected(), billed(origin=separated("*", ":", "^", "~", transaction="0002"))],
    "unbroken": two(),
    "utf-8": [claim(line(), drug(**NOTED), payer=Payer("00831", "ASSURANCE SANTÉ Ż", "MB", "P"))],
    # Files with a fault, as far as they can be read.
    "bad-date": [
        claim(
            line(service_date=None),
            drug(service_date_end=None),
            line(
                number="3",
                procedure="99213",
                modifiers=("25",),
                service_date=None,
                line_control_number="C1L3",
                segment=11,
            ),
            charge=Decimal("60"),
        )
    ],
    "bad-pointer": [claim(line(diagnosis_pointers=(0, 1)), drug())],
    "claim-without-id": [claim(id="")],
    "claim-without-lines": [
        claim(lines=[]),
        claim(line(line_control_number="C2L1"), drug(line_control_number="C2L2"), id="C2"),
    ],
    "cut-between-segments": [claim(line())],
    "cut-in-envelope": [claim()],
    "cut-in-segment": [
        claim(
            line(),
            drug(
                procedure="J3",
                charge=Decimal(0),
                unit_basis="",
                units=None,
                diagnosis_pointers=(),
                service_date=None,
                line_control_number=None,
            ),
        )
    ],
    "isa-elements-then-whole": [billed(origin=separated("*", ":", "^", "~", interchange="000000002"))],
    "isa-width": [claim()],
    "letters-in-charge": [claim(line(charge=Decimal(0)), drug())],
    "letters-in-claim-charge": [claim(charge=Decimal(0))],
    "letters-in-ndc-quantity": [claim(line(), drug(drug=Drug("N4", "00517003125", None, "ML")))],
    "letters-in-se01": [claim()],
    "letters-in-units": [claim(line(units=None), drug())],
    "no-claim-charge": [claim(charge=Decimal(0))],
    "no-date": [claim(line(service_date=None), drug(service_date=None, segment=6))],
    "no-diagnosis": [claim(line(segment=2), drug(segment=6), diagnoses=(), diagnosis_qualifiers=())],
    "no-ge": [claim()],
    "no-ge-iea": [claim()],
    "no-hl": [claim()],
    "no-iea": [claim()],
    "no-iea-before-isa": [claim(), billed(origin=separated("*", ":", "^", "~", interchange="000000002"))],
    "no-last-terminator": [claim()],
    "no-se": [claim()],
    "no-se-before-st": [injected(), billed(origin=separated("*", ":", "^", "~", transaction="0002"))],
    "no-subscriber": [
        claim(payer=Payer("", "", "", ""), patient=("batch.837", "464"), demographics=("", "")),
    ],
    "no-subscriber-two-providers": [
        injected(payer=Payer("", "", "", ""), patient=("batch.837", "464"), demographics=("", "")),
        claim(
            line(line_control_number="C2L1", **OTHER_RENDERING),
            id="C2",
            charge=Decimal("25"),
            payer=Payer("", "", "", ""),
            patient=("batch.837", "707"),
            demographics=("", ""),
            **OTHER_CLINIC,
        ),
    ],
    "other-qualifier": [
        claim(
            line(qualifier="ER"),
            drug(qualifier=""),
            drug(number="3", procedure="1234567890", qualifier="IV", line_control_number="C1L3", segment=11),
            charge=Decimal("45"),
        )
    ],
    "repeated-claim": [claim(), claim()],
    "stray-segment": [claim()],
    "sv1-late": [claim(line(segment=5), drug(segment=8))],
    "text-after-iea": [claim()],
    "text-before-isa": [claim()],
    "two-lin": [claim(line(), drug(drug=Drug("N4", "00517003125", Decimal("1"), "ML")))],
    **{f"wrong-{element}": [claim()] for element in ("ge01", "ge02", "iea01", "iea02", "se01", "se02")},
}
NO_CLAIMS = {
    "binary", "blanks", "empty", "isa-elements", "lower-case", "no-claims", "no-isa",
    "transaction-270", "transaction-4010", "transaction-835", "transaction-837d", "transaction-837i",
    "transaction-999", "transaction-unknown",
}  # fmt: skip
OWN_TESTS = {
    "canary", "demo", "hl-without-level", "no-clm", "line-without-sv1", "no-hl-two-subscribers",
    "only-claims-without-lines", "only-lines-without-sv1", "short-sv1",
}  # fmt: skip
"""Files whose claims other tests look at."""


def read_told(data):
    found = [told(claim) for claim in read(data).claims]
    for item in found:
        for name in ("segment", "file_segment", "offset"):
            del item[name]
    return found


@pytest.mark.parametrize("name", CLAIMS)
def test_claims(name):
    assert read_told(fixture(name)) == CLAIMS[name]


def test_every_file_is_expected():
    assert CLAIMS.keys() | NO_CLAIMS | OWN_TESTS == EVERY.keys()
    assert not CLAIMS.keys() & (NO_CLAIMS | OWN_TESTS)


@pytest.mark.parametrize("name", sorted(NO_CLAIMS))
def test_files_without_claims(name):
    assert read(fixture(name)).claims == []


@pytest.mark.parametrize("name", sorted(VALID))
def test_claims_stand_where_they_say(name):
    data = fixture(name)
    expected = [own.own for own in split_claims(data)]
    found = read(data).claims
    assert [(item.segment, item.file_segment, item.offset) for item in found] == [
        (own[0].position, own[0].file_position, own[0].offset) for own in expected
    ]
    for item, own in zip(found, expected, strict=True):
        places = [index for index, segment in enumerate(own) if segment.tag == "SV1"]
        assert [line.segment for line in item.lines] == places


@pytest.mark.parametrize("name", sorted(EVERY))
def test_both_ways_of_reading_give_the_same_claims(name):
    """`lines` reads a file once, `check` in two passes with another cutter of units."""
    data = fixture(name)
    once = [told(claim) for claim in read(data).claims]
    assert [told(claim) for claim in looked_at(data)] == once
    assert [told(claim) for claim in looked_at(data, window=50)] == once


# Faults of claims and lines -------------------------------------------------------------------------------------------

ADMIN, DRUG = "SV1*HC:96372*25*UN*1***1", "SV1*HC:J3420*10*UN*1***1"
CLM = "CLM*C1*35***11:B:1*Y*A*Y*Y"
NO_PERIOD = "DTP03 is no date of service as DTP02 announces it"
UNDER_NOBODY = "no subscriber (SBR, NM1*IL) above the claim"

SAID = {
    "bad-date": [
        ("C203", 24, ADMIN, f"claim C1 line 1: {NO_PERIOD}"),
        ("C203", 28, DRUG, f"claim C1 line 2: {NO_PERIOD}"),
        ("C203", 32, "SV1*HC:99213:25*25*UN*1***1", f"claim C1 line 3: {NO_PERIOD}"),
    ],
    "bad-pointer": [
        (
            "C206",
            24,
            "SV1*HC:96372*25*UN*1***A:1",
            "claim C1 line 1: a diagnosis pointer in SV107 is no number from 1 to 12",
        )
    ],
    "claim-without-id": [
        ("C101", 21, "CLM**35***11:B:1*Y*A*Y*Y", "CLM01 is empty: a claim without a patient control number")
    ],
    "claim-without-lines": [("C103", 21, CLM, "claim C1: no service line")],
    "cut-in-segment": [
        ("C201", 28, "SV1*HC:J3", "claim C1 line 2: SV102 and SV104 missing"),
        ("C204", 28, "SV1*HC:J3", "claim C1 line 2: no date of service"),
    ],
    "letters-in-charge": [("C102", 24, "SV1*HC:96372*$25*UN*1***1", "claim C1 line 1: SV102 is no amount")],
    "letters-in-claim-charge": [("C102", 21, "CLM*C1*35USD***11:B:1*Y*A*Y*Y", "claim C1: CLM02 is no amount")],
    "letters-in-ndc-quantity": [("C207", 28, DRUG, "claim C1 line 2: CTP04 is no number")],
    "letters-in-units": [("C202", 24, "SV1*HC:96372*25*UN*ONE***1", "claim C1 line 1: SV104 is no number")],
    "line-without-sv1": [
        ("C204", 23, "LX*1", "claim C1 line 1: no date of service"),
        ("C205", 23, "LX*1", "claim C1 line 1: no SV1 segment"),
        ("C205", 28, "LX*3", "claim C1 line 3: no SV1 segment"),
        ("C204", 30, "LX*4", "claim C1 line 4: no date of service"),
        ("C205", 30, "LX*4", "claim C1 line 4: no SV1 segment"),
    ],
    "no-claim-charge": [("C102", 21, "CLM*C1****11:B:1*Y*A*Y*Y", "claim C1: CLM02 is empty")],
    "no-date": [
        ("C204", 24, ADMIN, "claim C1 line 1: no date of service"),
        ("C204", 27, DRUG, "claim C1 line 2: no date of service"),
    ],
    "no-diagnosis": [("C104", 21, CLM, "claim C1: no diagnosis in an HI segment")],
    "no-subscriber": [("C105", 14, CLM, f"claim C1: {UNDER_NOBODY}")],
    "no-subscriber-two-providers": [
        ("C105", 14, "CLM*C1*25***11:B:1*Y*A*Y*Y", f"claim C1: {UNDER_NOBODY}"),
        ("C105", 26, "CLM*C2*25***11:B:1*Y*A*Y*Y", f"claim C2: {UNDER_NOBODY}"),
    ],
    "only-claims-without-lines": [("C103", 21, CLM, "claim C1: no service line")],
    "only-lines-without-sv1": [("C205", 23, "LX*1", "claim C1 line 1: no SV1 segment")],
    "short-sv1": [
        ("C201", 24, "SV1*HC:96372", "claim C1 line 1: SV102 and SV104 missing"),
        ("C201", 28, "SV1", "claim C1 line 2: SV101-2 and SV102 and SV104 missing"),
    ],
    "two-lin": [
        ("C208", 28, DRUG, "claim C1 line 2: more than one LIN segment"),
    ],
}
"""By file: code, position in the file, the segment at its offset, message."""


@pytest.mark.parametrize("name", sorted(EVERY.keys() - {"no-hl-two-subscribers", "hl-without-level", "no-clm"}))
def test_what_is_said_about_claims(name):
    data, expected = fixture(name), SAID.get(name, [])
    found = [item for item in read(data).diagnostics if item.code[0] == "C"]
    assert placed(data, found, expected) == expected


def test_lines_that_cannot_be_read_are_still_lines():
    [found] = read(fixture("line-without-sv1")).claims
    assert [(item.number, item.procedure, item.charge, item.units) for item in found.lines] == [
        ("1", "", Decimal(0), None),
        ("2", "96372", Decimal(25), Decimal(1)),
        ("3", "", Decimal(0), None),
        ("4", "", Decimal(0), None),
    ]
    [found] = read(fixture("short-sv1")).claims
    assert [(item.number, item.procedure, item.charge, item.units) for item in found.lines] == [
        ("1", "96372", Decimal(0), None),
        ("2", "", Decimal(0), None),
    ]


@pytest.mark.parametrize("name", ["no-hl-two-subscribers", "hl-without-level"])
def test_no_claim_is_given_to_another_patient_without_a_word(name):
    found = read(fixture(name))
    [first, second] = found.claims
    assert (first.payer, first.patient) == (MEDICARE, ("MBR0001",))
    wrong = (second.payer, second.patient) != (COMMERCIAL, ("MBR0002",))
    assert not wrong or [item.code for item in found.diagnostics], "read as a claim of the first subscriber"


def test_service_lines_under_no_claim_are_not_passed_over():
    found = read(fixture("no-clm"))
    assert [(item.id, item.patient) for item in found.claims] == [("C2", ("MBR0002",))]
    assert [item.severity for item in found.diagnostics] == [Severity.ERROR], "two service lines are lost in silence"


@pytest.mark.parametrize("window", [50, 400, 1 << 20])
def test_a_billing_provider_is_read_by_its_own_padding(window):
    """The padding changes within loop 2010AA and nowhere else."""
    data = changed(fixture("two-claims"), b"WY*825010000~\nREF*EI*", b"WY*825010000~REF*EI*")
    expected = CLAIMS["two-claims"]
    found = [told(claim) for claim in read(data, chunk=window, window=window).claims]
    names = ("billing_npi", "billing_tax_id", "billing_taxonomy")
    assert [[item[name] for name in names] for item in found] == [[item[name] for name in names] for item in expected]


@pytest.mark.parametrize("window", [1, 50, 1 << 20])
def test_a_level_may_follow_one_that_ends_with_hl03(window):
    """HL04 is left out in the first of them."""
    data = fixture("two-claims").replace(b"HL*2*1*22*0~", b"HL*9*1*22~\nHL*2*1*22*0~").replace(b"SE*31*", b"SE*32*")
    expected = [told(claim) for claim in read(fixture("two-claims")).claims]
    for found in (read(data, chunk=window, window=window).claims, looked_at(data, window=window)):
        assert [(item.segment, item.payer, item.patient) for item in found] == [
            (item["segment"] + 1, item["payer"], item["patient"]) for item in expected
        ]


def billing_of(found):
    """NPI, tax id and taxonomy of the billing provider of each claim."""
    return [(item.billing_npi, item.billing_tax_id, item.billing_taxonomy) for item in found]


@pytest.mark.parametrize("window", [1, 50, 1 << 20])
def test_a_billing_provider_without_a_name_is_nobody_not_the_one_before(window):
    usual = ("1234567893", "123456789", "207Q00000X")
    bare = changed(fixture("two-claims"), b"HL*2*1*22*0~", b"HL*9**20*1~\nHL*2*1*22*0~")
    direct = fixture("no-subscriber-two-providers")
    for segment in (b"PRV*BI*PXC*208D00000X~\n", b"NM1*85*2*OTHER CLINIC*****XX*1245319599~\n", b"REF*EI*987654321~\n"):
        direct = changed(direct, segment, b"")
    for data, expected in ((bare, [("", "", "")] * 2), (direct, [usual, ("", "", "")])):
        assert billing_of(read(data, chunk=window, window=window).claims) == expected
        assert billing_of(looked_at(data, window=window)) == expected


@pytest.mark.parametrize("window", [1, 50, 1 << 20])
def test_a_level_that_is_none_begins_no_subscriber(window):
    """HL03 with a component separator in it: both ways of reading must take it for the same thing."""
    data = changed(fixture("subscriber"), b"HL*2*1*22*0~", b"HL*2*1*2:*0~")
    once = [told(claim) for claim in read(data).claims]
    assert [told(claim) for claim in looked_at(data, window=window)] == once


@pytest.mark.parametrize("component", [b":", b"\\", b".", b"+", b"]", b"^"])
@pytest.mark.parametrize("element", [b"*", b"|", b"(", b"$", b"?"])
@pytest.mark.parametrize("terminator", [b"~", b"\x85", b"\x00", b"\n", b"{"])
def test_any_delimiters(element, component, terminator):
    # What the text of the file holds itself is no delimiter of it.
    data = fixture("other-delimiters").replace(b".", b"").replace(b"\n", b"")
    for old, new in ((b"|", element), (b">", component), (b"'", terminator)):
        data = data.replace(old, new)
    data = data.replace(b"!", b"\x1e")
    expected = two(separated(*(text.decode("latin-1") for text in (element, component, b"\x1e", terminator))))
    assert read_told(data) == expected


def test_a_word_of_the_text_is_no_segment():
    """Segment ids and codes within elements begin nothing."""
    words = b"NTE*ADD*SE GE CLM HL LX SV1 ST IEA SV1:HC:96372 HL*22 CLM*X SE*1\n"
    data = changed(fixture("notes"), b"NTE*ADD*CLAIM NOTE WITH 96372 IN IT~\n", words.replace(b"\n", b"~\n"))
    [found] = read(data).claims
    assert [item.procedure for item in found.lines] == ["96372", "J3420"]
    assert found.notes[0] == "SE GE CLM HL LX SV1 ST IEA SV1:HC:96372 HL"


@pytest.mark.parametrize(
    ("old", "new", "plain"),
    [
        ("REF*6R*C1L1~", "REF*6R*C1L1~", True),
        ("REF*6R*C1L1~", "REF*6R*C1L1~LIN**N4*00517003125~CTP****1*ML~", True),
        ("REF*6R*C1L1~", "REF*6R*C1L1~NM1*82*1*ROE*RICHARD****XX*1999999984~PRV*PE*PXC*207Q00000X~", True),
        ("D8*20260310~REF*6R*C1L1~", "RD8*20260310-20260310~REF*6R*C1L1~", True),
        ("D8*20260310~REF*6R*C1L1~", "RD8*20260310-20260311~REF*6R*C1L1~", False),
        ("DTP*472*D8*20260310~REF*6R*C1L1~", "REF*6R*C1L1~", False),
        ("D8*20260310~REF*6R*C1L1~", "D8*20260332~REF*6R*C1L1~", False),
        ("REF*6R*C1L1~", "", False),
        ("REF*6R*C1L1~", "REF*6R~", False),
        ("REF*6R*C1L1~", "REF*6R*~", False),
        ("REF*6R*C1L1~", "REF*6R*C1L1~NTE*ADD*SUPPLIED~", False),
        ("REF*6R*C1L1~", "REF*6R*C1L1~REF*G1*AUTH1~", False),
        ("REF*6R*C1L1~", "REF*6R*C1L1~MEA*TR*R2*9.5~", False),
        ("REF*6R*C1L1~", "REF*6R*C1L1~SVD*00831*20*HC:96372**1~", False),
        ("REF*6R*C1L1~", "REF*6R*C1L1~NM1*82*1*ROE*RICHARD****XX*1999999984~", False),
        ("REF*6R*C1L1~", "REF*6R*C1L1~NM1*82*1*ROE*RICHARD~PRV*PE*PXC*207Q00000X~", False),
        ("LX*1~", "LX*~", False),
        ("HC:96372*25*UN", "HC:96372*25*MJ", False),
        ("HC:96372*25*UN", "HC:96372*25*", False),
        ("HC:96372*25*UN", "HC:96372:::::TEXT*25*UN", False),
        ("SV1*HC:96372*25*UN*1***1~", "", False),
        ("PRV*BI*PXC*207Q00000X~", "", False),
        ("1234567893~", "~", False),
    ],
)
def test_plain_lines_have_nothing_unusual(old, new, plain):
    data = fixture("subscriber").replace(b"~\n", b"~")
    [found] = read(changed(data, old.encode(), new.encode())).claims
    first = structs.asdict(found.lines[0])
    assert first["plain"] is is_plain(first) is plain


@pytest.mark.parametrize(
    ("old", "new"), [(b"LX*1~", b"LX*1*X~"), (b"REF*6R*C1L1~", b"REF*6R*C1L1*X~"), (b"REF*6R*C1L1~", b"REF*6R*C1L1**~")]
)
def test_elements_behind_those_of_the_guide_change_nothing(old, new):
    data = fixture("subscriber")
    assert read_told(changed(data, old, new)) == read_told(data)


def test_what_is_remembered_is_bounded():
    known = {"1": 1, "2": 2}
    remember(known, "3", 3, most=3)
    assert known == {"1": 1, "2": 2, "3": 3}
    remember(known, "4", 4, most=3)
    assert known == {"4": 4}


def test_unusual_order_of_a_line_changes_nothing():
    data = fixture("ndc")
    first = data.index(b"LIN**N4*00517003125")
    last = data.index(b"LX*3")
    loop = data[first:last]
    moved = data.replace(loop, b"").replace(
        b"DTP*472*D8*20260310~\nREF*6R*C1L2~\n", loop + b"REF*6R*C1L2~\nDTP*472*D8*20260310~\n"
    )
    expected = [told(claim) for claim in read(data).claims]
    found = [told(claim) for claim in read(moved).claims]
    assert found == expected


def test_generated_claims_are_read_both_ways():
    options = ("--claims", "400", "--injection-share", "0.6", "--defect-share", "0.5", "--repeat-share", "0.3")
    [data] = generated(*options, "--claims-per-transaction", "130").files
    once = read(data)
    assert len(once.claims) == 400
    assert once.diagnostics == []
    expected = [told(claim) for claim in once.claims]
    for window in (100, 5000, 1 << 20):
        assert [told(claim) for claim in looked_at(data, window=window)] == expected


def test_segments_of_the_test_reader_are_those_of_the_file():
    """The reader of the tests is right about the plainest file."""
    found = segments(fixture("subscriber"))
    assert [segment.tag for segment in found[:4]] == ["ISA", "GS", "ST", "BHT"]
    assert [(item.position, item.file_position) for item in found if item.tag in ("ST", "CLM", "SE", "IEA")] == [
        (1, 3),
        (19, 21),
        (29, 31),
        (0, 33),
    ]


def test_lines_of_a_patient_without_a_claim_are_named_and_the_next_patient_is_read():
    """The CLM of the second of two dependents is missing: its lines are no lines of the first one's claim."""
    data = fixture("two-dependents")
    first, second = data.index(b"CLM*"), data.rindex(b"CLM*")
    behind = data.index(b"LX*", second)
    once, found = read(data), read(data[:second] + data[behind:])
    assert [told(claim) for claim in found.claims] == [told(once.claims[0])]
    assert [(item.code, item.offset, item.segment) for item in found.diagnostics if item.code == "C107"] == [
        ("C107", second, data[:second].count(b"~") + 1)
    ]
    swapped = read(data[:first] + data[data.index(b"LX*", first) :])
    assert [told(claim)["id"] for claim in swapped.claims] == [once.claims[1].id]
    assert [told(claim)["demographics"] for claim in swapped.claims] == [told(once.claims[1])["demographics"]]
    assert [(item.code, item.offset) for item in swapped.diagnostics if item.code == "C107"] == [("C107", first)]
