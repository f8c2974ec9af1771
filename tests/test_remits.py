"""835 remittances: every value, every fault with its place, and the same answer for every way of cutting the file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from remit_cases import (
    CLAIM,
    FIXTURES,
    GOOD,
    HEADER,
    ROOT,
    SAMPLES,
    SERVICE,
    fast_claims,
    interchange,
    isa,
    read,
    segments_of,
    slow_claims,
)

from edi837.diagnostics import KINDS
from edi837.model import Severity
from edi837.payments import Adjustment, ClaimPayment, ProviderAdjustment, ServicePayment
from edi837.remits.parse import PaymentReader
from edi837.remits.transaction import Remittance
from edi837.x12.delimiters import Delimiters
from edi837.x12.envelope import WINDOW
from edi837.x12.region import Region, Transaction

D = Decimal
USUAL = Delimiters(b"*", b":", b"^", b"~", b"")
NAMES = [path.stem for path in FIXTURES]
each_fixture = pytest.mark.parametrize("name", NAMES)


def fixture(name: str) -> bytes:
    return (ROOT / "fixtures" / "835" / f"{name}.835").read_bytes()


def adjusted(text: str) -> tuple[Adjustment, ...]:
    """CO-45:24 PR-3:10x2 as adjustments; x and a number is the quantity."""
    found = []
    for item in text.split():
        code, _, amount = item.partition(":")
        group, reason = code.split("-", 1)
        amount, _, quantity = amount.partition("x")
        found.append(Adjustment(group, reason, D(amount), D(quantity) if quantity else None))
    return tuple(found)


def service(procedure: str, charge: str, paid: str, adjustments: str = "", **fields: object) -> ServicePayment:
    """A service payment of one unit without anything that is not named."""
    usual = ServicePayment(
        *("HC", procedure, (), D(charge), D(paid), D(1), "", (), None, None, None, None),
        *(adjusted(adjustments), (), (), None),
    )
    return structs.replace(usual, **fields)


def only(data: bytes) -> ClaimPayment:
    found = read(data)
    assert found.diagnostics == []
    [payment] = found.payments
    return payment


# Values ---------------------------------------------------------------------------------------------------------------

DAY = {"service_date": date(2026, 3, 10), "service_date_end": date(2026, 3, 10)}
OF_EVERY_FEATURE = {
    "payer": "99301",
    "payer_name": "SAMPLE PLAN OF THE COAST",
    "trace_number": "EFT0000001",
    "payment_date": date(2026, 4, 2),
    "file": "every_feature.835",
    "interchange": "000083501",
    "transaction": "0001",
}


def test_every_value_of_claims_and_services():
    data = fixture("every_feature")
    found = read(data, name="every_feature.835")
    assert found.diagnostics == []
    first = ClaimPayment(
        "P0001", "1", D(280), D(161), D(10), "CI", "ICN0001", "11", "1",
        (
            service(
                "99213", "120", "86", "CO-45:24 PR-3:10", modifiers=("25",), **DAY,
                line_control_number="P0001L1", allowed=D(96),
            ),
            service(
                "96372", "35", "0", "CO-97:35", modifiers=("59", "RT"), **DAY, line_control_number="P0001L2",
                remarks=("N19", "M15"), policies=("L33394", "A52571"), allowed=D(0),
            ),
            service(
                "J1030", "80", "30", "CO-45:10 CO-253:1 CO-94:-1 CO-144:5 CO-151:25x2 CO-222:10x1", units=D(2),
                original_procedure="J3301", original_modifiers=("JZ",), original_units=D(4),
                service_date=date(2026, 3, 10), service_date_end=date(2026, 3, 11),
            ),
            service("J3490", "45", "45"),
        ),
        (), ("MA01", "N130"), "CANARYMEMBER2", "2465622654", date(2026, 3, 9), date(2026, 3, 11),
        *OF_EVERY_FEATURE.values(), 16, 18, data.index(b"CLP*P0001"),
    )  # fmt: skip
    second = ClaimPayment(
        "P0002", "2", D(100), D(40), D(0), "MB", "ICN0002", "11", "1",
        (service("99212", "100", "60", "CO-45:40", line_control_number="P0002L1"),),
        adjusted("OA-23:20"), (), "CANARYMEMBER4", "", date(2026, 3, 12), date(2026, 3, 12),
        *OF_EVERY_FEATURE.values(), 54, 56, data.index(b"CLP*P0002"),
    )  # fmt: skip
    third = ClaimPayment(
        "P0003", "4", D(75), D(0), D(0), "", "", "", "", (), adjusted("CO-29:75"), ("N211",), "", "", None, None,
        *OF_EVERY_FEATURE.values(), 61, 63, data.index(b"CLP*P0003"),
    )  # fmt: skip
    assert found.payments == [first, second, third]


def test_every_value_of_a_transaction_set():
    year_end = date(2026, 12, 31)
    data = fixture("every_feature")
    [remittance] = read(data, name="every_feature.835").remittances
    assert remittance == Remittance(
        *("every_feature.835", "000083501", "0001", "99301", "SAMPLE PLAN OF THE COAST", "1234567893", "EFT0000001"),
        *(date(2026, 4, 2), D(191), 3, 5, D(201)),
        (
            ProviderAdjustment("1234567893", year_end, "WO", "ICN0000", D("12.5")),
            ProviderAdjustment("1234567893", year_end, "FB", "", D("-2.5")),
        ),
        *(D(10), True, 3, data.index(b"ST*835")),
    )
    assert remittance.difference == 0


def test_positions_are_those_of_the_segments():
    for name in NAMES:
        data = fixture(name)
        found = read(data)
        [terminators] = {data[105:106]}
        for payment in found.payments:
            assert data[payment.offset :].startswith((b"CLP*" + payment.id.encode(), b"CLP|" + payment.id.encode()))
            if data.count(b"ISA") == 1:
                assert data[: payment.offset].count(terminators) == payment.file_segment - 1
                start = data.rindex(b"ST*835", 0, payment.offset)
                assert data[start : payment.offset].count(terminators) == payment.segment - 1


def test_claim_level_adjudication():
    inpatient, late = read(fixture("claim_level")).payments
    assert (inpatient.services, late.services) == ((), ())
    assert inpatient.adjustments == adjusted("CO-45:800 PR-1:200")
    assert inpatient.remarks == ("MA18", "N70", "N74", "M25", "M26", "MA01")
    assert (inpatient.service_date, inpatient.service_date_end) == (date(2026, 3, 1), date(2026, 3, 4))
    assert (inpatient.payer, inpatient.payer_name) == ("99302", "SAMPLE PLAN OF THE PLAINS")
    assert (late.patient_responsibility, late.adjustments) == (0, adjusted("CO-29:300"))


def test_a_reversal_balances_with_its_signs_and_the_correction_follows():
    found = read(fixture("reversal_and_correction"))
    assert found.diagnostics == []
    reversal, correction = found.payments
    assert (reversal.id, reversal.status, reversal.charge, reversal.paid) == ("P0001", "22", -155, -86)
    assert [line.paid for line in reversal.services] == [-86, 0]
    assert reversal.services[1].adjustments == adjusted("CO-97:-35")
    assert (reversal.services[1].units, reversal.services[1].original_units) == (0, -1)
    assert (correction.id, correction.status, correction.payer_claim_control_number) == ("P0001", "1", "ICN0001A")
    assert found.remittances[0].difference == 0


def test_several_transaction_sets_and_interchanges_with_other_delimiters():
    found = read(fixture("two_interchanges"))
    assert found.diagnostics == []
    assert [
        (payment.interchange, payment.transaction, payment.payer, payment.payer_name, payment.trace_number, payment.id)
        for payment in found.payments
    ] == [
        ("000083504", "0001", "1999999998", "SAMPLE PLAN NORTH", "EFT0000004", "N0001"),
        ("000083504", "0002", "1999999997", "SAMPLE PLAN SOUTH", "EFT0000005", "S0001"),
        ("000083505", "0001", "1999999997", "SAMPLE PLAN SOUTH", "EFT0000005", "S0001"),
    ]
    assert [line.procedure for payment in found.payments for line in payment.services] == ["99213", "96372", "96372"]
    assert found.payments[1].services == found.payments[2].services
    assert [(remittance.claims, remittance.paid, remittance.difference) for remittance in found.remittances] == [
        (1, 60, 0),
        (1, 0, 0),
        (1, 0, 0),
        (0, -5, 0),
    ]


@pytest.mark.parametrize(
    ("segments", "fields"),
    [
        ("SVC*HC:99213*100*60~", {"units": 1, "service_date": None, "line_control_number": None}),
        ("SVC*HC:99213*100*60****~", {"units": 1}),
        ("SVC*HC:99213*100*60**0~", {"units": 0}),
        ("SVC*HC:99213*100*60*0510*2.5~", {"units": D("2.5")}),
        ("SVC* hc:99213:25 *100*60~", {"qualifier": "hc", "procedure": "99213", "modifiers": ("25",)}),
        ("SVC*HC:j1885::::JZ*100*60~", {"procedure": "J1885", "modifiers": ("JZ",)}),
        ("SVC*NU:0450*100*60~", {"qualifier": "NU", "procedure": "0450"}),
        ("SVC*HC:99213*100.00*60.~", {"charge": D(100), "paid": D(60)}),
        ("SVC*HC:99212*100*60**1*HC:99213:25*3~", {"original_procedure": "99213", "original_modifiers": ("25",)}),
        ("SVC*HC:99212*100*60**1**3~", {"original_procedure": "", "original_units": 3}),
        ("SVC*HC:99213*100*60~ DTM*150*20260310~", DAY),
        ("SVC*HC:99213*100*60~ DTM*151*20260311~", {"service_date": None, "service_date_end": date(2026, 3, 11)}),
        (
            "SVC*HC:99213*100*60~ DTM*150*20260301~ DTM*151*20260302~ DTM*472*20260310~",
            DAY,
        ),
        ("SVC*HC:99213*100*60~ DTM*036*20261331~", {"service_date": None}),
        ("SVC*HC:99213*100*60~ REF*6R* X1 *note~ REF*6R*X2~", {"line_control_number": "X1"}),
        ("SVC*HC:99213*100*60~ DTM*472*20260310~ REF*6R*~", {"line_control_number": None}),
        ("SVC*HC:99213*100*60~ REF*LU*11~ LQ*HE*n130~ LQ*RX*70~ LQ*HE~", {"remarks": ("N130",)}),
        ("SVC*HC:99213*100*60~ AMT*KH*9~ AMT*B6*60~ AMT*KH*8~", {"allowed": 60}),
        ("SVC*HC:99213*100*60~ QTY*ZK*2~ ZZZ*6R*7~ LX*1~ TS3*1*11~", {"line_control_number": None}),
    ],
)  # fmt: skip
def test_what_the_segments_of_a_service_say(segments, fields):
    payment = only(interchange(HEADER + CLAIM + segments + " CAS*CO*45*40~"))
    [line] = payment.services
    assert {name: getattr(line, name) for name in fields} == fields
    assert line.adjustments == adjusted("CO-45:40")


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ("CAS*CO*45*40~", "CO-45:40"),
        ("CAS* co * 45 * 40 ~", "CO-45:40"),
        ("CAS*CO*45*40*1~", "CO-45:40x1"),
        ("CAS*CO*45*30**97*10*2~", "CO-45:30 CO-97:10x2"),
        ("CAS*CO*45*30~ CAS*CO*97*12~ CAS*PR*1*-2~", "CO-45:30 CO-97:12 PR-1:-2"),
        ("CAS*CO*45*30*****97*10~", "CO-45:30 CO-97:10"),
        ("CAS*CO*1*1*1*2*2*2*3*3*3*4*4*4*5*5*5*6*25*6~", "CO-1:1x1 CO-2:2x2 CO-3:3x3 CO-4:4x4 CO-5:5x5 CO-6:25x6"),
    ],
)  # fmt: skip
def test_adjustments_of_a_service_and_of_a_claim(segments, expected):
    [line] = only(interchange(HEADER + CLAIM + "SVC*HC:99213*100*60~ " + segments)).services
    assert line.adjustments == adjusted(expected)
    claim = only(interchange(HEADER + CLAIM + segments))
    assert (claim.adjustments, claim.services) == (adjusted(expected), ())


@pytest.mark.parametrize(
    ("segments", "fields"),
    [
        ("NM1*QC*1*DOE*JANE****MI*M1~", {"member_id": "M1"}),
        ("NM1*QC*1*DOE*JANE****MI*M1~ NM1*IL*1*DOE*JOHN****MI*M2~ NM1*74*1*DOE*J****C*M3~", {"member_id": "M2"}),
        ("NM1*IL*1*DOE*JOHN~ NM1*QC*1*DOE*JANE****MI*M1~", {"member_id": "M1"}),
        ("NM1*82*1*ROE***** XX* 2465622654 ~", {"rendering_npi": "2465622654"}),
        ("NM1*82*1*ROE~", {"rendering_npi": ""}),
        ("DTM*472*20260312~", {"service_date": date(2026, 3, 12), "service_date_end": date(2026, 3, 12)}),
        ("DTM*232*20260301~", {"service_date": date(2026, 3, 1), "service_date_end": date(2026, 3, 1)}),
        ("DTM*050*20261301~ DTM*036*X~", {"service_date": None}),
        ("MOA*1**MA01*N130**M15*N1~", {"remarks": ("MA01", "N130", "M15", "N1")}),
    ],
)
def test_what_the_segments_of_a_claim_say(segments, fields):
    payment = only(interchange(HEADER + "CLP*A*1*100*60**CI*I~ " + segments + " CAS*CO*45*40~"))
    assert {name: getattr(payment, name) for name in fields} == fields
    assert (payment.patient_responsibility, payment.place_of_service, payment.frequency) == (0, "", "")


@pytest.mark.parametrize("clp", ["CLP*A*1*60*60*0*CI*ICN1*11*1*0*470*1.5~", "CLP* A *1 *60* 60*0*CI *ICN1*11* 1*0 ~"])
def test_what_stands_behind_the_frequency_or_around_an_element_changes_nothing(clp):
    found = read(interchange(HEADER + clp))
    usual = read(interchange(HEADER + "CLP*A*1*60*60*0*CI*ICN1*11*1~"))
    assert found.payments == usual.payments
    assert found.codes == usual.codes == []


def test_a_service_with_faults_beside_one_without():
    services = (
        "SVC*HC:1*10*6**1~ CAS*CO*45*4~ SVC*HC:2*10*6**1~ CAS*CO*45*x~ "
        "SVC*HC:3*10*6**1~ CAS*CO*45*3~ REF*6R*L3~ CAS*PR*2*1~ LQ*HE*N1~ "
    )
    found = read(interchange(HEADER + "CLP*A*1*30*60*0*CI*ICN1*11*1~ " + services))
    (payment,) = found.payments
    assert [[str(adjustment.amount) for adjustment in one.adjustments] for one in payment.services] == [
        ["4"],
        ["0"],
        ["3", "1"],
    ]
    assert [(one.line_control_number, one.remarks) for one in payment.services][2] == ("L3", ("N1",))
    assert found.codes == ["R203"]


@pytest.mark.parametrize(
    ("segments", "payer"),
    [
        ("N1*PR*PLAN*XV*9~ REF*2U*8~", "9"),
        ("N1*PR*PLAN~ REF*2U*8~ N1*PE*CLINIC*XX*1~ REF*2U*7~", "8"),
        ("N1*PR*PLAN~ N1*PE*CLINIC*XX*1~ REF*2U*7~", "1888888888"),
        ("N1*PR*PLAN~", "1888888888"),
    ],
)
def test_the_payer_is_the_first_of_its_ids_that_was_sent(segments, payer):
    bpr = "BPR*I*60*C*ACH******1888888888******20260402~ TRN*1*T*1999999999~ "
    assert only(interchange(bpr + segments + CLAIM + SERVICE)).payer == payer
    assert only(interchange(bpr.replace("1888888888", "") + "N1*PR*P~" + CLAIM + SERVICE)).payer == "1999999999"


def test_text_is_utf_8_where_it_can_be():
    assert only(interchange(GOOD.replace("EXAMPLE PAYER", "CAISSE DE SANTÉ"))).payer_name == "CAISSE DE SANTÉ"
    latin = interchange(GOOD.replace("EXAMPLE", "XXXXXXX")).replace(b"XXXXXXX", "SANTÉ".encode("latin-1"))
    assert only(latin).payer_name == "SANTÉ PAYER"


@pytest.mark.parametrize("guide", ["005010X221", "005010X221A1", "005010X221E2"])
def test_every_addendum_is_read(guide):
    assert only(interchange(GOOD, guide=guide)).id == "A"


def test_a_log_shows_no_member():
    assert repr(only(interchange(GOOD))) == "ClaimPayment(id='A', status='1', services=1)"


# Faults ---------------------------------------------------------------------------------------------------------------


def test_every_fault_of_the_fixture_with_its_place():
    data = fixture("faults")
    found = read(data)
    told = [(item.code, segment_at(data, item.segment, item.offset), item.message) for item in found.diagnostics]
    assert told == [
        ("R101", "ST*835*0001", "no BPR segment"),
        ("R102", "ST*835*0001", "the payment has no trace number (TRN02) and no date (BPR16) and no payer id (N1*PR)"),
        ("R104", "SVC*HC:99213*100*60", "SVC segment outside any claim payment"),
        ("R201", "CLP**1*100*100",
         "claim (no CLP01): CLP01 is empty: a claim payment without a patient control number"),
        ("R201", "CLP*F0001**1O0*50*x*CI*ICN3001", "claim F0001: CLP02 is empty: a claim payment without a status"),
        ("R202", "CLP*F0001**1O0*50*x*CI*ICN3001", "claim F0001: CLP03 is no amount"),
        ("R202", "CLP*F0001**1O0*50*x*CI*ICN3001", "claim F0001: CLP05 is no amount"),
        ("R205", "DTM*232*20261332", "claim F0001: DTM02 of DTM*232 is no date CCYYMMDD"),
        ("R204", "CAS*CO**20", "claim F0001: CAS02 is empty: an adjustment without a reason code"),
        ("R204", "CAS**45*30", "claim F0001: CAS01 is empty: an adjustment without a group code"),
        ("R205", "BPR*I*500*C*ACH*CCP*01*999999992*DA*123456*1999999999**01*999988880*DA*98765*2026040",
         "BPR16 is no date CCYYMMDD"),
        ("R301", "SVC*99213*100*60**1", "claim F0002: service 1: SVC01 is no composite of qualifier and code"),
        ("R205", "DTM*472*20260231", "claim F0002: service 1: DTM02 of DTM*472 is no date CCYYMMDD"),
        ("R203", "CAS*CO*45*4O", "claim F0002: service 1: CAS03 is no amount"),
        ("R302", "SVC**100*40*0636*one*HC:99214*two",
         "claim F0002: service 2: SVC01-2 is empty: a service without a procedure"),
        ("R304", "SVC**100*40*0636*one*HC:99214*two", "claim F0002: service 2: SVC05 is no number"),
        ("R304", "SVC**100*40*0636*one*HC:99214*two", "claim F0002: service 2: SVC07 is no number"),
        ("R303", "AMT*B6*CANARY", "claim F0002: service 2: AMT02 of AMT*B6 is no amount"),
        ("R303", "SVC*HC:96372*35*", "claim F0002: service 3: SVC03 is empty"),
        ("R204", "CAS*CO", "claim F0002: service 3: CAS02 is empty: an adjustment without a reason code"),
        ("R401", "SVC*HC:96372*35*10**1",
         "claim F0002: service 4: SVC02 35 - SVC03 10 = 25, but the CAS segments of the service add up to 20"),
        ("R402", "CLP*F0003*1*100*50*0*CI*ICN3003",
         "claim F0003: CLP03 100 - CLP04 50 = 50, but the CAS segments of the claim and its services add up to 40"),
        ("R404", "CLP*F0003*1*100*60*0*CI*ICN3003",
         "claim F0003: a second CLP with the same CLP01, CLP02, CLP03 and CLP07"),
        ("R205", "PLB*1234567893*2026*WO:ICN*1O*:X*5", "PLB02 is no date CCYYMMDD"),
        ("R103", "PLB*1234567893*2026*WO:ICN*1O*:X*5", "PLB04 is no amount"),
        ("R103", "PLB*1234567893*2026*WO:ICN*1O*:X*5", "PLB05-1 is empty: an adjustment without a reason code"),
        ("R403", "BPR*I*500*C*ACH************20260402",
         "transaction set 0003: BPR02 is 500, but CLP04 60 - PLB 10 = 50"),
    ]  # fmt: skip
    assert [payment.id for payment in found.payments] == ["", "F0001", "F0002", "F0003", "F0003", "F0004"]
    assert [len(payment.services) for payment in found.payments] == [0, 0, 4, 0, 0, 0]
    assert {item.code for item in found.diagnostics} == {code for code in KINDS if code.startswith("R")}


def segment_at(data: bytes, segment: int | None, offset: int | None) -> str:
    """The text of the segment with this number, which has to begin at the offset."""
    assert segment is not None
    assert offset is not None
    text = data.split(b"~")[segment - 1].lstrip()
    assert data[offset:].startswith(text)
    return text.decode()


def test_each_of_many_faults_has_its_place():
    """4,000 services of one claim, none of which adds up: as many places, in a time that grows with their number."""
    services = [f"SVC*HC:99213*100*60**1~ CAS*CO*45*{39 - number % 7}~ REF*6R*A{number}~ " for number in range(4000)]
    data = interchange(HEADER + CLAIM + "".join(services))
    start = process_time()
    found = read(data)
    # Counting from the claim's first segment for each of them took 4 seconds.
    assert process_time() - start < 2
    assert found.codes == ["R402", *["R401"] * 4000]
    claim, *places = [segment_at(data, item.segment, item.offset) for item in found.diagnostics]
    assert claim.startswith("CLP*A*")
    assert set(places) == {"SVC*HC:99213*100*60**1"}
    assert [after.segment - before.segment for before, after in pairwise(found.diagnostics[1:])] == [3] * 3999


def test_what_could_not_be_read_is_an_error_and_what_does_not_add_up_a_warning():
    severities = {code: kind.severity for code, kind in KINDS.items() if code.startswith("R")}
    warnings = {"R102", "R301", "R401", "R402", "R403", "R404"}
    assert {code for code, severity in severities.items() if severity is Severity.WARNING} == warnings
    assert set(severities.values()) == {Severity.WARNING, Severity.ERROR}


def test_what_has_an_unreadable_amount_is_not_called_unbalanced():
    data = interchange(
        HEADER.replace("*60*", "*90*")
        + "CLP*A*1*100*60~ SVC*HC:1*100*60~ CAS*CO*45*x~ CLP*B*1*100*60~ SVC*HC:1*1OO*60~ CLP*C*1*9*x~ CAS*CO*45*3~"
    )
    found = read(data)
    assert found.codes == ["R203", "R402", "R303", "R202"]
    assert found.remittances[0].whole is False
    assert found.remittances[0].difference is None


def test_a_second_claim_payment_is_no_repetition_where_anything_differs():
    claims = [
        "CLP*A*1*0*0*0*CI*I1~", "CLP*A*22*0*0*0*CI*I1~", "CLP*A*1*0*0*0*CI*I2~", "CLP*B*1*0*0*0*CI*I1~"
    ]  # fmt: skip
    assert read(interchange(HEADER.replace("*60*", "*0*") + "".join(claims))).codes == []
    apart = interchange(HEADER.replace("*60*", "*0*") + claims[0], HEADER.replace("*60*", "*0*") + claims[0])
    assert read(apart).codes == []
    assert read(interchange(HEADER.replace("*60*", "*0*") + claims[0] * 3)).codes == ["R404"] * 2


def test_no_fault_tells_who_the_patient_is():
    for name in NAMES:
        data = fixture(name)
        # Each field that could hold a name is also where an amount or a date should be.
        for spoiled in (data, data.replace(b"*2026", b"*CANARYDATE"), data.replace(b"CO*45*", b"CO*CANARY*CANARY")):
            for found in read(spoiled).diagnostics:
                assert "CANARY" not in found.message + found.cure


# Hostile files --------------------------------------------------------------------------------------------------------

TWO = GOOD.replace("*60*", "*120*", 1) + GOOD[len(HEADER) :].replace("CLP*A*", "CLP*B*").replace("ICN1", "ICN2")


@pytest.mark.parametrize(
    ("data", "codes", "claims"),
    [
        (b"", ["X100"], []),
        (b"\n \n", ["X100"], []),
        (bytes(range(256)) * 9, ["X104"], []),
        (b"Dear provider,\n", ["X101"], []),
        (interchange(GOOD)[106:], ["X101"], []),
        (interchange(GOOD, guide="004010X091A1"), ["X402"], []),
        (interchange(GOOD, guide="005010X222A1"), ["X401"], []),
        (interchange(GOOD).replace(b"ST*835", b"ST*837"), ["X401"], []),
        (interchange(GOOD).replace(b"ST*835", b"ST*999"), ["X401"], []),
        (interchange(GOOD).replace(b"ST*835", b"ST*DOE, JANE"), ["X401"], []),
        (b"\xef\xbb\xbf" + interchange(TWO), ["X103"], ["A", "B"]),
        (interchange(TWO, padding="\r\n"), [], ["A", "B"]),
        (interchange(TWO, padding=""), [], ["A", "B"]),
        (interchange(TWO, separators="|>^\n", padding=""), [], ["A", "B"]),
        (interchange(TWO, separators="\x1d\x1f\x1e\x1c"), [], ["A", "B"]),
        (interchange(TWO).replace(b"~\nCLP*B", b"~~\nCLP*B"), ["X301"], ["A", "B"]),
        (interchange(TWO).replace(b"~\nCLP*B", b"~\n~\n  CLP*B"), ["X301"], ["A", "B"]),
        (interchange(TWO).replace(b"~\nDTM", b"~DTM", 1), [], ["A", "B"]),
        (interchange(TWO) + interchange(GOOD, separators="|>^!", padding="", control=2), [], ["A", "B", "A"]),
        (interchange(TWO).replace(b"CLP*B", b"CLP~\nCLP*B").replace(b"SE*17", b"SE*18"), ["R104"], ["A", "B"]),
        (interchange(TWO).replace(b"CLP*B", b"SVC~\nCLP*B").replace(b"SE*17", b"SE*18"), ["R104"], ["A", "B"]),
        (interchange(GOOD + "SVC*~"), ["R302", "R303", "R303"], ["A"]),
        (interchange(GOOD + "SVC*~DTM*472~"), ["R302", "R303", "R303", "R205"], ["A"]),
        (interchange(HEADER + "CLP*~"), ["R201", "R201", "R202", "R202"], [""]),
        (interchange(HEADER.replace("*60*", "*0*")), [], []),
        (interchange("CLP*A*4*1*0~CAS*CO*29*1~"), ["R101", "R102"], ["A"]),
        (interchange(""), ["R101", "R102"], []),
    ],
)
def test_a_hostile_file_is_named_and_nothing_else_is_lost(data, codes, claims):
    found = read(data)
    assert [payment.id for payment in found.payments] == claims
    assert found.codes == codes
    for payment in found.payments:
        if payment.services:
            assert payment.services[0] == service("99213", "100", "60", "CO-45:40", **DAY, line_control_number="A1")


@pytest.mark.parametrize("cut", [b"CAS*CO*45*4", b"SVC*HC:99213*10", b"CLP*B*1*1", b"REF*6R*A", b"NM1*QC*1*DO"])
def test_a_file_that_ends_inside_a_segment(cut):
    data = interchange(TWO)
    end = data.rindex(cut) + len(cut)
    found = read(data[:end])
    assert found.payments[0] == read(data).payments[0]
    assert [payment.id for payment in found.payments] == ["A", "B"]
    assert {"X207", "X209"} <= set(found.codes)
    [place] = [(item.segment, item.offset) for item in found.diagnostics if item.code == "X209"]
    assert data.split(b"~")[place[0] - 1].lstrip().startswith(cut)
    assert place[1] == end - len(cut)


def test_one_claim_beyond_the_ceiling_is_named_and_the_next_is_read():
    long = HEADER + CLAIM + SERVICE * 200 + TWO[len(HEADER) :]
    found = read(interchange(long), chunk=100, window=100, ceiling=2000)
    assert [payment.id for payment in found.payments][-1] == "B"
    assert "X302" in found.codes
    assert found.remittances[0].whole is False


@pytest.mark.fuzz
@given(st.data())
def test_whatever_is_cut_out_or_put_in_nothing_fails(data):
    text = fixture(data.draw(st.sampled_from(NAMES)))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    new = data.draw(
        st.binary(max_size=6) | st.sampled_from([b"~", b"*", b"~CLP*", b"~SVC*", b"~PLB*1", b"~SE*1", b"ISA"])
    )
    spoiled = text[:start] + new + text[end:]
    whole = read(spoiled)
    assert all(item.code in KINDS for item in whole.diagnostics)
    assert fast_claims(read(spoiled, chunk=97, window=61).payments) == fast_claims(whole.payments)


# Two ways to the same answer ------------------------------------------------------------------------------------------

CUTS = [(size, size) for size in (1, 7, 106, 1 << 16)] + [(1, 50), (7, WINDOW), (WINDOW, 1), (WINDOW, 50)]
"""(bytes fed at a time, bytes gathered before they are looked at)"""


@each_fixture
@pytest.mark.parametrize(("chunk", "window"), CUTS)
def test_chunks_and_windows_do_not_matter(name, chunk, window):
    data = fixture(name)
    whole, cut = read(data), read(data, chunk=chunk, window=window)
    assert cut.payments == whole.payments
    assert cut.remittances == whole.remittances
    assert cut.diagnostics == whole.diagnostics


@each_fixture
def test_a_plain_reader_finds_the_same(name):
    data = fixture(name)
    assert fast_claims(read(data).payments) == slow_claims(data)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no public sample files: set EDI837_SAMPLES to their folder")
def test_a_plain_reader_finds_the_same_in_the_public_files():
    compared = 0
    for path in sorted((SAMPLES / "835").iterdir()):
        data = path.read_bytes()
        assert fast_claims(read(data).payments) == slow_claims(data), path.name
        compared += sum(1 for _, tag, *_ in segments_of(data) if tag == "SVC")
    assert compared > 1500


BEHIND_SVC = (
    *("DTM*472*20260310", "CAS*CO*45*30", "CAS*PR*1*10", "REF*6R*L1", "REF*0K*L1234"),
    *("AMT*B6*70", "LQ*HE*N19", "LQ*HE*M15"),
)


@given(st.permutations(BEHIND_SVC))
def test_the_order_of_the_segments_of_a_service_does_not_matter(order):
    claim = HEADER + CLAIM + "SVC*HC:99213*100*60**1~ "
    usual, other = (only(interchange(claim + "~ ".join(behind) + "~")).services[0] for behind in (BEHIND_SVC, order))
    assert usual == service(
        "99213", "100", "60", "CO-45:30 PR-1:10",
        service_date=date(2026, 3, 10), service_date_end=date(2026, 3, 10), line_control_number="L1",
        remarks=("N19", "M15"), policies=("L1234",), allowed=D("70"),
    )  # fmt: skip
    again = structs.replace(other, adjustments=usual.adjustments, remarks=usual.remarks)
    assert again == usual
    assert sorted(other.remarks) == sorted(usual.remarks)
    assert {*map(repr, other.adjustments)} == {*map(repr, usual.adjustments)}


def test_a_transaction_set_without_any_segment_is_told():
    transaction = Transaction("1", "1", "0001", "835", "005010X221A1", "", USUAL, 3, 200)
    reader = PaymentReader("test.835", [])
    region = Region(
        *(transaction, USUAL, b"~SE*2*0001~", 0, 0, 209, 2, 4), first=True, has_empty=False, oversized=False
    )
    assert reader.payments(region) == []
    reader.finish()
    [found, unpaid] = reader.diagnostics
    assert (found.code, found.message, found.segment, found.offset) == ("R101", "no BPR segment", 3, 200)
    assert unpaid.code == "R102"
    assert [(end.transaction, end.claims, end.paid) for end in reader.remittances] == [("0001", 0, None)]


def test_regions_carry_the_header():
    found = read(interchange(TWO), chunk=1, window=1)
    assert [(payment.payer, payment.trace_number) for payment in found.payments] == [("00001", "EFT1")] * 2
    assert [after.offset > before.offset for before, after in pairwise(found.payments)] == [True]


def test_an_isa_is_what_the_cases_think():
    assert len(isa()) == 106
