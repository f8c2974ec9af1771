"""The traps of the rule catalogue (RULES.md section 4) and its twelve vectors (4.1), by number.

Where a claim is given, the list of findings is complete: nothing else is said of it by any rule, previews included.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from denial_cases import ATTRIBUTOR, claim_of, clp, header, payments, payments_of, statuses, told
from rule_cases import check, interchange

from edi837.check import check_bytes
from edi837.denials.submissions import assign
from edi837.model import Finding
from edi837.reference import Reference
from edi837.rules import load_rules

REFERENCE = Reference.builtin()
COMMERCIAL = "SBR*P*18*******CI~ "
SHOT = "SV1*HC:96372*35*UN*1***1~ "
SECOND_SHOT = "SV1*HC:96372:59*35*UN*1***1~ "
# Claims of years ago are sent late; that is another matter.
UNTIMELY = 'ignore = ["I02"]'


def findings(segments: str) -> list[Finding]:
    """What all rules say; the same if every rule is called."""
    result = check(segments, UNTIMELY)
    assert not result.crashed
    assert not [item for item in result.diagnostics if item.severity.value == "error"]
    assert result.findings == check(segments, UNTIMELY, shortcuts=False).findings
    return list(result.findings)


def found(segments: str) -> list[str]:
    """The findings as "B01 1 error": rule, line, severity."""
    return [f"{item.code} {item.line or 'claim'} {item.severity.value}" for item in findings(segments)]


def ndc(number: str, quantity: str, unit: str) -> str:
    return f"LIN**N4*{number}~ CTP****{quantity}*{unit}~ "


def on(day: str) -> str:
    return f"DTP*472*D8*{day}~ "


KETOROLAC = "SV1*HC:J1885*8*UN*2***1~ " + ndc("00338007225", "1", "ML")


def drug_and_shot(code: str, units: int, day: str) -> str:
    return f"SV1*HC:{code}:JZ*90*UN*{units}***1~ {on(day)}{SHOT}{on(day)}"


@pytest.mark.parametrize(
    ("old", "old_units", "new", "new_units", "last", "first"),
    [
        ("J1030", 1, "J1010", 40, "20240331", "20240401"),
        ("J2930", 1, "J2919", 25, "20240331", "20240401"),
        ("J2310", 1, "J2312", 100, "20250630", "20250701"),
        ("J1940", 2, "J1938", 40, "20250331", "20250401"),
        ("J1170", 1, "J1171", 40, "20240930", "20241001"),
        ("J2796", 25, "J2802", 250, "20241231", "20250101"),
        ("J0135", 2, "J0139", 40, "20241231", "20250101"),
    ],
)
def test_trap_01_unit_flips_at_code_change(
    old: str, old_units: int, new: str, new_units: int, last: str, first: str
) -> None:
    about_the_drug = {
        # Two units of "up to 20 mg" for one injection.
        "J1940": ["C05 1 warning"],
        # Adalimumab is self-administered, whatever its code.
        "J0135": ["D14 1 warning", "A09 2 warning"],
        "J0139": ["D14 1 warning", "A09 2 warning"],
    }
    assert found(drug_and_shot(old, old_units, last)) == about_the_drug.get(old, [])
    assert found(drug_and_shot(new, new_units, first)) == about_the_drug.get(new, [])
    [ended, *_] = [item for item in findings(drug_and_shot(old, old_units, first)) if item.code == "D01"]
    assert f"bill {new} x {new_units}" in ended.fix
    early = found(drug_and_shot(new, new_units, last))
    assert sorted(early) == sorted(["D02 1 error", *about_the_drug.get(new, [])])
    [begins] = [item for item in findings(drug_and_shot(new, new_units, last)) if item.code == "D02"]
    assert old in begins.fix
    succession = REFERENCE.succession(old)
    assert succession is not None
    assert succession.new == new
    assert succession.factor == Decimal(new_units) / old_units


def test_trap_02_only_the_ndc_quantity_tells_375_mg_from_a_75_mg_dose() -> None:
    omalizumab = COMMERCIAL + "HI*ABK:J4550~ REF*G1*A1~ SV1*HC:J2357*1200*UN*75***1~ "
    # 375 mg out of syringes of 150 mg; then 75 units beside one vial of 150 mg: C03 speaks, not C04.
    assert found(omalizumab + ndc("50242021401", "2.5", "ML") + SHOT) == []
    assert found(omalizumab + ndc("50242004062", "1", "UN") + SHOT) == ["C03 1 error"]
    assert found(omalizumab + SHOT) == ["D05 1 warning"]


@pytest.mark.parametrize(
    "line",
    [
        "SV1*HC:J2357*1200*UN*30***1~ " + ndc("50242004062", "1", "UN"),
        "SV1*HC:J1885*8*UN*2***1~ " + ndc("00338007225", "1", "ML"),
        "SV1*HC:J1885*8*UN*2***1~ " + ndc("00338007225", "1", "UN"),
    ],
    ids=["powder: UN is a vial", "liquid: ML", "liquid: UN is a vial too"],
)
def test_trap_03_both_readings_of_the_ndc_unit_are_tried(line: str) -> None:
    head = COMMERCIAL + "HI*ABK:J4550*ABF:M5450~ REF*G1*A1~ "
    shot = SHOT
    if "J1885" in line:
        line, shot = line.replace("***1~", "***2~"), shot.replace("***1~", "***2~")
    assert found(head + line + shot) == []
    assert found(head + re.sub(r"UN\*\d+\*", "UN*6*", line) + shot) == ["C03 1 error"]


def test_trap_04_the_crosswalk_is_read_by_numbers_not_by_names() -> None:
    # The crosswalk calls every Kenalog-40 package Kenalog-80; its numbers say 4 units a millilitre.
    line = COMMERCIAL + "SV1*HC:J3301*60*UN*{}***1~ " + ndc("00003029305", "1", "ML") + SHOT
    assert found(line.format(4)) == []
    [wrong] = findings(line.format(8))
    assert (wrong.code, wrong.fix.partition(",")[0]) == ("C03", "bill J3301 x 4")


@pytest.mark.parametrize(
    ("billed", "units", "number", "quantity", "unit", "right", "more"),
    [
        ("J0690", 2, "00143913925", "1", "UN", "J0688 x 4", []),
        ("J0165", 3, "00409493301", "1", "UN", "J0167 x 10", []),
        ("J0165", 3, "50090703700", "3", "ML", "J0168 x 3", []),
        ("J9395", 20, "63323071505", "10", "ML", "J9394 x 20", []),
        ("J1610", 1, "63323058282", "1", "UN", "J1611 x 1", []),
        ("J3373", 50, "00143915210", "1", "UN", "J3374 x 125", ["F01 2 error"]),
        ("J2426", 156, "50458060601", "1", "UN", "J2427 x 273", []),
        ("J2426", 156, "72526010511", "4", "UN", "J2428 x 156", []),
    ],
)
def test_trap_05_the_code_of_the_substance_is_wrong_for_the_manufacturer(
    billed: str, units: int, number: str, quantity: str, unit: str, right: str, more: list[str]
) -> None:
    diagnosis = {"J0690": "J189", "J9395": "C50911", "J2426": "F209"}.get(billed, "M5450")
    given = "96402" if billed == "J9395" else "96372"
    segments = (
        f"{COMMERCIAL}HI*ABK:{diagnosis}~ REF*G1*A1~ SV1*HC:{billed}*90*UN*{units}***1~ "
        f"{ndc(number, quantity, unit)}SV1*HC:{given}*35*UN*1***1~"
    )
    assert found(segments) == ["D09 1 error", *more]
    assert findings(segments)[0].fix.startswith(f"bill {right} (")


def test_trap_06_up_to_is_rounded_up_for_each_administration() -> None:
    vitamin = COMMERCIAL + "HI*ABK:E538~ SV1*HC:J3420*15*UN*{}***1~ " + ndc("00143961901", "{}", "ML")
    assert found(vitamin.format(1, "0.1") + SHOT) == []
    assert found(COMMERCIAL + "SV1*HC:J1200*15*UN*1***1~ " + ndc("63323066401", "0.5", "ML") + SHOT) == []
    # Two administrations of a part each are two units: C03 is silent, the MUE of one a day is not.
    assert found(vitamin.format(2, "1") + SHOT + SECOND_SHOT) == ["C01 1 error", "A05 3 info"]


def test_trap_07_a_discarded_amount_is_no_second_drug() -> None:
    given = "HI*ABK:M810~ SV1*HC:J0897{}*1200*UN*50***1~ " + ndc("55513071001", "1", "ML")
    discarded = "SV1*HC:J0897:JW*300*UN*10***1~ "
    assert found(given.format("") + discarded + SHOT) == []
    assert found(given.format(":JZ") + SHOT) == ["C03 1 error"]


@pytest.mark.parametrize(
    ("diagnosis", "line", "given"),
    [
        ("B20", "SV1*HC:J0741*1200*UN*300***1~ " + ndc("49702024015", "1", "UN"), "96372"),
        ("C50911", "SV1*HC:J9395*1200*UN*20***1~ " + ndc("00310072010", "10", "ML"), "96402"),
        ("M810", "SV1*HC:J3111*1200*UN*210***1~ " + ndc("55513088002", "2", "UN"), "96372"),
        ("A539", "SV1*HC:J0561*1200*UN*24***1~ ", "96372"),
    ],
    ids=["Cabenuva", "fulvestrant", "romosozumab", "Bicillin"],
)
def test_trap_08_a_dose_that_is_labelled_as_two_injections(diagnosis: str, line: str, given: str) -> None:
    first = f"SV1*HC:{given}*35*UN*1***1~ "
    head = f"{COMMERCIAL}HI*ABK:{diagnosis}~ REF*G1*A1~ "
    of_the_drug = [] if "LIN" in line else ["D05 1 warning"]
    assert found(head + line + first) == of_the_drug
    assert found(head + line + first + first.replace(f"{given}*", f"{given}:59*")) == of_the_drug
    if given == "96372":
        assert found(head + line + first + first) == [*of_the_drug, "A07 3 error"]


def test_trap_08_another_drug_is_one_injection() -> None:
    denosumab = "SV1*HC:J0897*1200*UN*60***1~ " + ndc("55513071001", "1", "ML")
    assert found(COMMERCIAL + "HI*ABK:M810~ REF*G1*A1~ " + denosumab + SHOT + SECOND_SHOT) == ["A05 3 info"]


def test_trap_09_vaccines_globulins_and_antibodies() -> None:
    infant = COMMERCIAL + "DMG*D8*20251101*F~ "
    assert found(COMMERCIAL + "HI*ABK:Z23~ SV1*HC:90715*60*UN*1***1~ " + SHOT) == ["F03 2 error"]
    # The NDC that is missing is all that is wrong with a globulin and with palivizumab.
    assert found(COMMERCIAL + "HI*ABK:Z203~ SV1*HC:90375*600*UN*10***1~ " + SHOT) == ["D05 1 warning"]
    assert found(infant + "HI*ABK:P0730~ REF*G1*A1~ SV1*HC:90378*600*UN*1***1~ " + SHOT) == ["D05 1 warning"]
    nirsevimab = infant + "HI*ABK:Z2911~ SV1*HC:90380*600*UN*1***1~ "
    assert found(nirsevimab + SHOT) == ["D05 1 warning", "F05 2 warning"]
    assert found(nirsevimab + "SV1*HC:96380*30*UN*1***1~") == ["D05 1 warning"]


@pytest.mark.parametrize("modifiers", ["", ":25"])
def test_trap_10_no_modifier_25_for_a_nurse_visit(modifiers: str) -> None:
    segments = f"{COMMERCIAL}SV1*HC:99211{modifiers}*25*UN*1***1~ {KETOROLAC}{SHOT}"
    assert found(segments) == ["B02 1 error"]
    assert "25" not in findings(segments)[0].fix


def test_trap_11_a_preventive_visit_is_a_warning_to_commercial_payers() -> None:
    segments = "SV1*HC:99396*125*UN*1***1~ " + KETOROLAC.replace("J1885", "J1885{}") + SHOT
    assert found(COMMERCIAL + segments.format("")) == ["B05 1 warning"]
    assert found(segments.format(":JZ")) == []


def test_trap_12_another_specialty_of_the_group_is_another_provider() -> None:
    def by(npi: str, taxonomy: str) -> str:
        return f"NM1*82*1*ROE*R****XX*{npi}~ PRV*PE*PXC*{taxonomy}~ "

    family, heart = "207Q00000X", "207RC0000X"
    nurse = by("1999999992", family)
    for taxonomy, expected in ((family, ["B01 1 error"]), (heart, [])):
        visit = "SV1*HC:99213*120*UN*1***1~ " + by("1999999984", taxonomy)
        assert found(f"{COMMERCIAL}CLM*A*163~ {visit}{KETOROLAC}{nurse}{SHOT}{nurse}") == expected


def test_trap_13_modifier_25_on_the_injection_does_not_clear_the_visit() -> None:
    visit = COMMERCIAL + "SV1*HC:99213*120*UN*1***1~ "
    assert found(visit + KETOROLAC + SHOT.replace("96372", "96372:25")) == ["B01 1 error", "B06 3 error"]


def test_trap_14_the_bypass_modifier_counts_on_either_line() -> None:
    triamcinolone = "SV1*HC:J3301*60*UN*4***1~ " + ndc("00003029305", "1", "ML")
    joint = COMMERCIAL + "SV1*HC:20610:RT{}*180*UN*1***1~ " + triamcinolone + KETOROLAC
    assert found(joint.format(":59") + SHOT) == []
    assert found(joint.format("") + SECOND_SHOT) == []
    assert found(joint.format("") + SHOT) == ["B09 4 warning"]
    # Before CR 11168 (2019-07-01) it counted on column 2 only.
    earlier = re.sub(r"(SV1.*?~ )", r"\1DTP*472*D8*20190630~ ", joint.format(":59") + SHOT)
    assert found(earlier) == ["B09 4 warning"]


@pytest.mark.parametrize("place", ["19", "22"])
def test_trap_15_the_hospital_bills_the_drug(place: str) -> None:
    segments = f"CLM*1*43***{place}:B:1~ SV1*HC:J1885*8*UN*2***1~ {SHOT}"
    assert found(segments) == ["G01 2 error"]
    assert any(text.startswith("CO-5|CO-58") for text in findings(segments)[0].predicts)
    assert found("SV1*HC:J1885*8*UN*2***1~ " + SHOT) == ["H01 1 warning"]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("20", []),
        ("31", ["G01 2 error"]),
        # A nursing facility is no facility for the fee; that no visit stands there is another matter.
        ("32", ["G05 2 warning"]),
        ("02", ["G02 1 error", "G02 2 error"]),
        ("10", ["G02 1 error", "G02 2 error"]),
    ],
)
def test_trap_16_which_places_are_facilities(place: str, expected: list[str]) -> None:
    assert found(f"{COMMERCIAL}CLM*1*43***{place}:B:1~ {KETOROLAC}{SHOT}") == expected


def test_trap_17_the_place_of_the_line_counts() -> None:
    at = "UN*1*{}**1".format
    assert found(COMMERCIAL + KETOROLAC + SHOT.replace("UN*1***1", at("22"))) == ["G01 2 error"]
    hospital = COMMERCIAL + "CLM*1*43***22:B:1~ " + KETOROLAC.replace("UN*2***1", "UN*2*11**1")
    assert found(hospital + SHOT.replace("UN*1***1", at("11"))) == []


def test_trap_18_a_pointer_is_a_position_in_hi() -> None:
    four = COMMERCIAL + "HI*ABK:M5450*ABF:I10*ABF:E119*ABF:E785~ " + KETOROLAC
    assert found(four + SHOT.replace("***1~", "***5~")) == ["E01 2 error"]
    assert found(four + SHOT.replace("***1~", "***1:4~")) == []


def test_trap_19_only_diagnoses_of_hi_count() -> None:
    two = COMMERCIAL + "HI*ABK:I10*ABF:M5450~ HI*BE:24:::5~ " + KETOROLAC.replace("***1~", "***2~")
    assert found(two + SHOT.replace("***1~", "***2~")) == []
    assert found(two + SHOT.replace("***1~", "***2:3~")) == ["E01 2 error"]


def test_trap_20_a_charge_of_zero_may_be_dropped_on_the_way() -> None:
    supplied = (
        "HI*ABK:J4550~ SV1*HC:J2357:JZ*{}*UN*30***1~ NTE*ADD*DRUG SUPPLIED BY SPECIALTY PHARMACY~ "
        + ndc("50242004062", "1", "UN")
        + SHOT
    )
    [zero] = findings(supplied.format("0"))
    assert (zero.code, zero.fix) == ("A03", "bill J2357 at 0.01")
    assert found(supplied.format("0.01")) == []


TWO_LINES = (
    "HI*ABK:M5450~ LX*1~ SV1*HC:99213*120*UN*1***1~ DTP*472*D8*20260310~ REF*6R*1A~ "
    "LX*2~ SV1*HC:96372*35*UN*1***1~ DTP*472*D8*20260310~ REF*6R*1B~ "
)


def test_trap_21_a_duplicate_denial_of_the_original_is_none_of_the_replacement() -> None:
    original = claim_of("CLM*CLAIM1*155~ " + TWO_LINES)
    replacement = claim_of("CLM*CLAIM1*155***11:B:7~ REF*F8*ICN1~ " + TWO_LINES)
    answers = payments_of(
        header(day="20260402")
        + clp(control="ICN1")
        + "SVC*HC:99213*120*0~ CAS*OA*18*120~ REF*6R*1A~ SVC*HC:96372*35*0~ CAS*OA*18*35~ REF*6R*1B~ "
        + clp(control="ICN2", paid="100", frequency="7")
        + "SVC*HC:99213*120*80~ CAS*CO*45*40~ REF*6R*1A~ SVC*HC:96372*35*20~ CAS*CO*45*15~ REF*6R*1B~"
    )
    assert assign([original, replacement], answers) == [0, 1]
    assert statuses(told(replacement, answers)) == ["paid", "paid"]
    # And the claim itself, with its original in the same run, is no duplicate of it.
    both = f"CLM*CLAIM1*155~ {TWO_LINES} CLM*CLAIM1*155***11:B:7~ REF*F8*ICN1~ {TWO_LINES}"
    assert found(both) == ["B01 1 error", "A01 2 error"]


def test_trap_22_what_the_first_payer_said_is_no_denial_by_this_one() -> None:
    def said(code: str, paid: int, reason: str, amount: int) -> str:
        return f"SVD*60054*{paid}*HC:{code}**1~ CAS*CO*{reason}*{amount}~ DTP*573*D8*20260401~ "

    segments = (
        "SBR*S*18*******MB~ CLM*1*163~ SBR*P*18*******CI~ AMT*D*50~ OI***Y***Y~ NM1*IL*1*DOE*JANE****MI*X1~ "
        "NM1*PR*2*OTHER*****PI*60054~ SV1*HC:99213*120*UN*1***1~ "
        + said("99213", 50, "45", 70)
        + KETOROLAC.replace("J1885", "J1885:JZ")
        + said("J1885", 0, "97", 8)
        + SHOT
        + said("96372", 0, "16", 35)
    )
    assert found(segments) == []
    claim = claim_of(segments)
    assert claim.payer.id == "00001"
    assert statuses(told(claim, [])) == ["pending", "pending", "pending"]


def test_trap_23_the_office_visits_had_no_pair_for_nine_months_of_2020() -> None:
    def of(visit: str, day: str) -> list[str]:
        drug = KETOROLAC.replace("LIN", on(day) + "LIN")
        return found(f"SV1*HC:{visit}*120*UN*1***1~ {on(day)}{drug}{SHOT}{on(day)}")

    assert of("99213", "20191231") == ["B01 1 error"]
    assert of("99213", "20200101") == []
    assert of("99213", "20200930") == []
    assert of("99213", "20201001") == ["B01 1 error"]
    assert of("G0463", "20200310") == ["B01 1 error"]


def test_trap_24_remark_codes_come_from_a_table_with_its_source() -> None:
    n435 = REFERENCE.rarc("N435")
    assert n435 is not None
    assert "frequency" in n435.meaning
    assert n435.source.startswith("x12-")
    predicted = {
        code
        for rule in load_rules()
        for signature in rule.predicts
        if not signature.startswith("277CA")
        for code in re.findall(r"\b(?:MA|[MN])\d{1,3}\b", signature)
    }
    assert len(predicted) > 30
    unknown = sorted(code for code in predicted if REFERENCE.rarc(code) is None)
    assert unknown == []


@pytest.mark.parametrize(
    ("modifier", "day", "expected"),
    [
        ("JG", "20241231", []),
        ("JG", "20250101", ["H08 1 error"]),
        ("TB", "20250101", []),
        ("GD", "20191231", []),
        ("GD", "20200101", ["H08 1 error"]),
    ],
)
def test_trap_25_deleted_modifiers(modifier: str, day: str, expected: list[str]) -> None:
    drug = KETOROLAC.replace("J1885", f"J1885:JZ:{modifier}").replace("LIN", on(day) + "LIN")
    assert found(drug + SHOT + on(day)) == expected


@pytest.mark.parametrize(("code", "units"), [("Q5101", 300), ("Q5110", 300), ("J1442", 300), ("J2506", 12)])
def test_trap_26_growth_factors_are_no_antineoplastics(code: str, units: int) -> None:
    assert found(f"{COMMERCIAL}HI*ABK:D701~ REF*G1*A1~ SV1*HC:{code}*900*UN*{units}***1~ {SHOT}") == ["D05 1 warning"]


@pytest.mark.parametrize(
    ("code", "units", "given"),
    [("J7613", 1, "SV1*HC:94640*40*UN*1***1~ "), ("J8540", 4, ""), ("J7298", 1, "SV1*HC:58300*90*UN*1***1~ ")],
    ids=["nebulizer", "oral", "intrauterine device"],
)
def test_trap_27_a_j_code_that_is_not_injected(code: str, units: int, given: str) -> None:
    lines = f"{COMMERCIAL}SV1*HC:{code}*90*UN*{units}***1~ {given}"
    assert found(lines) == []
    assert found(lines + SHOT) == [f"A01 {3 if given else 2} warning"]


# The vectors of 4.1 ---------------------------------------------------------------------------------------------------


def test_vector_01_no_drug_and_no_25_and_what_medicare_answers() -> None:
    assert found(TWO_LINES) == ["B01 1 error", "A01 2 error"]
    claim = claim_of(TWO_LINES)
    outcome = told(
        claim,
        payments(
            clp() + "SVC*HC:99213*120*0~ CAS*CO*97*120~ LQ*HE*N19~ REF*6R*1A~ "
            "SVC*HC:96372*35*0~ CAS*CO*16*35~ LQ*HE*N349~ REF*6R*1B~"
        ),
    )
    assert statuses(outcome) == ["denied", "denied"]
    said = ATTRIBUTOR.attribute(outcome, findings(TWO_LINES), [])
    assert [(item.label, item.rule) for item in said] == [("predicted", "B01"), ("predicted", "A01")]


def test_vector_02_milligrams_as_units_against_the_ndc() -> None:
    segments = (
        "LX*1~ SV1*HC:J1885:JZ*90*UN*60***1~ DTP*472*D8*20260310~ REF*6R*1A~ LIN**N4*00338007225~ CTP****1*ML~ "
        "LX*2~ SV1*HC:96372*35*UN*1***1~"
    )
    # C04 is C03's, which knows the right units.
    assert found(segments) == ["C01 1 error", "C03 1 error"]
    assert "makes 2 (1 ML x 2)" in findings(segments)[1].message
    outcome = told(
        claim_of(segments),
        payments(clp(charge="125") + "SVC*HC:J1885*90*0**0**60~ CAS*CO*151*90*60~ LQ*HE*N362~ REF*6R*1A~"),
    )
    [drug, _] = ATTRIBUTOR.attribute(outcome, findings(segments), [])
    assert (drug.label, drug.rule) == ("predicted", "C01")


def test_vector_03_depo_medrol_billed_the_old_way() -> None:
    drug = "SV1*HC:J1040:JZ*20*UN*1***1~ " + on("20240502") + ndc("00009028003", "2", "ML")
    [ended] = findings(drug + SHOT + on("20240502"))
    assert (ended.code, ended.fix) == ("D01", "bill J1010 x 80, by NDC 2 ML x 40")


def test_vector_04_vitamin_b12() -> None:
    segments = "HI*ABK:E538~ SV1*HC:J3420*15*UN*1***1~ " + ndc("00143961901", "1", "ML") + SHOT
    assert found(COMMERCIAL + segments) == []
    assert found(segments) == ["H01 1 warning"]


def test_vector_05_the_drug_of_the_joint() -> None:
    segments = "SV1*HC:20610:RT*180*UN*1***1~ SV1*HC:J3301:JZ*60*UN*4***1~ " + SHOT
    assert found(segments) == ["B09 3 error"]
    assert found(COMMERCIAL + segments) == ["D05 2 warning", "B09 3 error"]


def test_vector_06_white_bagged_omalizumab() -> None:
    segments = (
        COMMERCIAL + "HI*ABK:J4550~ SV1*HC:J2357*0.01*UN*30***1~ NTE*ADD*DRUG SUPPLIED BY SPECIALTY PHARMACY~ "
        "LIN**N4*50242004062~ CTP****1*UN~ "
    )
    assert found(segments + SHOT) == []


def test_vector_07_two_drugs_and_a_bare_second_injection() -> None:
    drugs = (
        COMMERCIAL
        + "HI*ABK:E538*ABF:M5450~ SV1*HC:J3420*15*UN*1***1~ "
        + ndc("00143961901", "1", "ML")
        + KETOROLAC.replace("***1~", "***2~")
    )
    [bare] = findings(drugs + SHOT + SHOT.replace("***1~", "***2~"))
    assert (bare.code, bare.line, bare.severity.value) == ("A07", "4", "error")
    assert bare.fix == "append 59 or XS for the other drug"


def test_vector_08_the_outpatient_hospital() -> None:
    assert found(f"CLM*1*43***22:B:1~ SV1*HC:J1885*8*UN*2***1~ {SHOT}") == ["G01 2 error"]


def test_vector_09_a_nurse_visit_with_25() -> None:
    assert found("SV1*HC:99211:25*25*UN*1***1~ SV1*HC:J1885:JZ*8*UN*2***1~ " + SHOT) == ["B02 1 error"]


def test_vector_10_allergy_shots_beside_omalizumab() -> None:
    segments = (
        COMMERCIAL
        + "HI*ABK:J4550*ABF:J301~ REF*G1*A1~ SV1*HC:95117*25*UN*1***2~ SV1*HC:J2357*1200*UN*30***1~ "
        + ndc("50242004062", "1", "UN")
    )
    assert found(segments + SHOT) == ["B13 3 warning"]
    assert found(segments + SECOND_SHOT) == []


def test_vector_11_a_pointer_to_a_third_of_two_diagnoses() -> None:
    segments = COMMERCIAL + "HI*ABK:M5450*ABF:I10~ " + KETOROLAC + SHOT.replace("***1~", "***3~")
    assert found(segments) == ["E01 2 error"]


def test_vector_12_an_unlisted_drug_without_a_word() -> None:
    assert found("SV1*HC:J3490*50*UN*1***1~ " + SHOT) == ["D03 1 error", "D05 1 warning"]


def test_a_batch_of_all_that_is_clean_is_clean() -> None:
    """The clean claims of the traps as one run: nothing is told of them because they stand together."""
    clean = [
        COMMERCIAL + "NM1*IL*1*ONE*A****MI*M1~ " + KETOROLAC + SHOT,
        COMMERCIAL
        + "NM1*IL*1*TWO*B****MI*M2~ HI*ABK:E538~ SV1*HC:J3420*15*UN*1***1~ "
        + ndc("00143961901", "1", "ML")
        + SHOT,
    ]
    result = check_bytes(*(interchange(segments) for segments in clean))
    assert result.findings == ()
    assert result.summary.checked == 2
    assert date(2026, 3, 10) in {line.service_date for line in claim_of(clean[0]).lines}
