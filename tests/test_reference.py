"""The reference tables: answers as of a date of service, where each row comes from, how they are built."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from edi837.errors import SourceError
from edi837.reference import (
    Carc,
    DiagnosisPolicy,
    Drug,
    DrugInterval,
    DrugLine,
    EvaluationManagement,
    NdcRow,
    PlaceOfService,
    Rarc,
    Reference,
    Succession,
    TypicalUnits,
    matches,
)
from edi837.reference.tables import packaged

PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT / "edi837" / "reference" / "data"
BUILDER = PROJECT / "scripts" / "build_reference.py"
TABLES = sorted(path.stem for path in DATA.glob("*.csv"))

TODAY = date(2026, 3, 1)
ANY = frozenset({"ANY"})


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.builtin()


def table(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Drugs


def test_drug(reference: Reference) -> None:
    assert reference.drug("J1885") == Drug(
        code="J1885",
        substance="ketorolac",
        dose_per_unit=Decimal(15),
        unit="mg",
        unit_basis="per",
        routes=frozenset({"IM", "IV"}),
        single_dose="mixed",
        effective_from=date(1993, 1, 1),
        effective_to=None,
        usual_admin="96372",
        iv_only=False,
        self_administered=False,
        source="hcpcs-asp-2025q4",
    )
    assert reference.drug("J1040").effective_to == date(2024, 3, 31)  # ended codes stay
    assert reference.drug("99213") is None


@pytest.mark.parametrize(
    "code", ["J0162", "J1073", "J1736", "J1737", "J2516", "J3379", "J9003", "J9277", "Q5161", "Q5162"]
)
def test_first_date_of_the_codes_of_2026_is_not_known(reference: Reference, code: str) -> None:
    assert reference.drug(code).effective_from is None


def test_drug_line_of_the_table(reference: Reference) -> None:
    assert reference.drug_line("J1885") == DrugLine(
        code="J1885",
        routes=frozenset({"IM", "IV"}),
        injectable=True,
        iv_only=False,
        noc=False,
        drug=reference.drug("J1885"),
    )
    assert reference.drug_line("J1756") == DrugLine(
        code="J1756",
        routes=frozenset({"IV"}),
        injectable=False,
        iv_only=True,
        noc=False,
        drug=reference.drug("J1756"),
    )
    assert reference.drug_line("J9999") == DrugLine(
        code="J9999", routes=ANY, injectable=True, iv_only=False, noc=True, drug=reference.drug("J9999")
    )
    # An implant is in the table, and never what 96372 gave.
    assert reference.drug_line("J7307") == DrugLine(
        code="J7307",
        routes=frozenset({"IMPL"}),
        injectable=False,
        iv_only=False,
        noc=False,
        drug=reference.drug("J7307"),
    )


@pytest.mark.parametrize("code", ["J9876", "90371", "90378", "90380", "90281", "90398", "C9012", "S0028", "Q5199"])
def test_drug_line_by_pattern(reference: Reference, code: str) -> None:
    assert reference.drug_line(code) == DrugLine(
        code=code, routes=ANY, injectable=True, iv_only=False, noc=False, drug=None
    )


def test_drug_line_without_a_code_of_its_own(reference: Reference) -> None:
    assert reference.drug_line("90399") == DrugLine(
        code="90399", routes=ANY, injectable=True, iv_only=False, noc=True, drug=None
    )
    assert reference.drug_line("C9399").noc
    assert reference.is_noc("90749")
    assert reference.drug_line("90749") is None  # a vaccine without a code of its own is no drug line


@pytest.mark.parametrize(
    "code",
    [
        *("J7613", "J7601", "J7699", "J2545", "J3535"),  # inhaled
        *("J8498", "J8999", "J7500", "J7510", "J0571", "J0575", "J0601", "J0609", "J0750", "J0901"),  # oral
        *("J7298", "J7294", "J7306", "J0570", "J7352"),  # intrauterine, ring, implant, patch
        *("J7308", "J7315", "J7336", "J7353", "J7402", "J1096", "J1097"),  # skin, eye, sinus
        *("J9028", "J9030", "J9281"),  # bladder, kidney
        *("Q2034", "Q2039", "90476", "90658", "90759", "91300", "91399"),  # vaccines
        *("96372", "99213", "90280", "90400", "C8900", "C9500", "S0013", "S0191", "Q2010", "Q4082", "Q5089"),
        *("", "J123", "J12345", "J123A", "j1885", "J1885 ", "J1885\n", "J\uff11\uff12\uff13\uff14"),
    ],
)
def test_not_a_drug_line(reference: Reference, code: str) -> None:
    assert reference.drug_line(code) is None


def test_drug_lines_are_remembered_up_to_a_limit() -> None:
    reference = Reference(packaged)
    first = reference.drug_line("J1885")
    assert reference.drug_lines["J1885"] is first is reference.drug_line("J1885")
    for number in range(20_000):
        reference.drug_line(f"garbage {number}")
    assert len(reference.drug_lines) < 10_000
    assert reference.drug_line("J1885") == first


def test_vaccine(reference: Reference) -> None:
    codes = ["90658", "91318", "Q2037", "90378", "90475", "90760", "J1885"]
    assert [reference.is_vaccine(code) for code in codes] == [True, True, True, False, False, False, False]


def test_succession(reference: Reference) -> None:
    assert reference.succession("J1040") == Succession(
        old="J1040",
        new="J1010",
        also=(),
        old_last=date(2024, 3, 31),
        new_first=date(2024, 4, 1),
        factor=Decimal(80),
        note="80 mg -> 1 mg",
        source="hcpcs-succession",
    )
    assert reference.succession("J1725").factor == Decimal("0.1")
    assert reference.succession("J1010") is None


def test_succession_that_depends_on_the_product(reference: Reference) -> None:
    by_form, by_maker = reference.succession("J0576"), reference.succession("J0171")
    assert (by_form.new, by_form.also, by_form.factor) == ("J0577", ("J0578",), None)
    assert (by_maker.new, by_maker.also) == ("J0165", ("J0166", "J0167", "J0168", "J0169", "J0162"))


def test_succession_without_a_new_code(reference: Reference) -> None:
    ended = reference.succession("J1094")
    assert (ended.new, ended.new_first, ended.factor) == ("", None, None)


def test_successions_agree_with_the_dates_of_the_drugs(reference: Reference) -> None:
    for row in table("succession"):
        succession = reference.succession(row["old"])
        assert reference.drug(succession.old).effective_to == succession.old_last


# Doses


def test_ndc(reference: Reference) -> None:
    assert reference.ndc("00338007225") == (
        NdcRow(
            hcpcs="J1885",
            ndc11="00338007225",
            pkg_size=Decimal(1),
            billunits_per_item=Decimal(2),
            hcpcs_units_per_ndc_unit=Decimal(2),
            source="asp-ndc-2025q4",
        ),
    )
    assert reference.ndc("00338007225") == reference.ndc("00338007225")
    assert reference.ndc("00009028003")[0].hcpcs == "J1010"  # test vector 3: 40 units a mL
    assert reference.ndc("99999999999") == ()
    assert reference.ndc("0338-0072-25") == ()


def test_ndc_of_several_codes(reference: Reference) -> None:
    rows = reference.ndc("00264580200")
    assert [(row.hcpcs, row.billunits_per_item) for row in rows] == [("J7030", 1), ("J7040", 2), ("J7050", 4)]
    assert {row.ndc11 for row in rows} == {"00264580200"}


def test_typical_units(reference: Reference) -> None:
    assert reference.typical_units("J1885") == TypicalUnits(
        code="J1885",
        minimum=Decimal(1),
        maximum=Decimal(8),
        suspicious=frozenset({Decimal(15), Decimal(30), Decimal(60), Decimal(120)}),
        explanation="15 mg unit: 30 mg=2, 60 mg=4. Units 15/30/60 = mg typed as units",
        source="typical-units",
    )
    assert Decimal("12.5") in reference.typical_units("J2794").suspicious
    assert reference.typical_units("J9876") is None


def test_intervals(reference: Reference) -> None:
    assert reference.intervals("J0897") == (
        DrugInterval(
            code="J0897",
            condition="60 units (Prolia)",
            units_min=Decimal(60),
            units_max=Decimal(60),
            diagnoses=("M80*", "M81*"),
            days=180,
            schedule="every 6 months",
            source="label-intervals",
        ),
        DrugInterval(
            code="J0897",
            condition="120 units (Xgeva)",
            units_min=Decimal(120),
            units_max=Decimal(120),
            diagnoses=("C7951", "C90*"),
            days=26,
            schedule="every 4 weeks",
            source="label-intervals",
        ),
    )
    assert [(row.units_min, row.days) for row in reference.intervals("J9217")] == [
        (Decimal(1), 28),
        (Decimal(3), 84),
        (Decimal(4), 112),
        (Decimal(6), 168),
    ]
    assert [(row.units_min, row.units_max) for row in reference.intervals("J1050")] == [(104, 150)]
    assert [(row.units_min, row.units_max) for row in reference.intervals("J1071")] == [(None, None)]
    assert reference.intervals("J1885") == ()


# Policies


def test_diagnosis_policies(reference: Reference) -> None:
    prolia = [row for row in reference.diagnosis_policies("J0897") if row.group == "B"]
    assert prolia[0] == DiagnosisPolicy(
        code="J0897",
        payer_scope="Medicare",
        policy="denosumab",
        effect="covered",
        group="B",
        diagnosis=prolia[0].diagnosis,
        also=("Z79811", "Z79818", "Z79890"),
        units_min=Decimal(60),
        units_max=Decimal(60),
        modifiers=(),
        note=prolia[0].note,
        source="dx-knowledge",
    )
    assert {row.diagnosis[:3] for row in prolia} == {"C50", "C61"}
    assert {row.modifiers for row in reference.diagnosis_policies("J0885")} == {("EC",), ("EA", "EB")}
    assert {row.effect for row in reference.diagnosis_policies("J3420")} == {"covered", "noncovered"}
    assert reference.diagnosis_policies("J9876") == ()


@pytest.mark.parametrize(
    ("pattern", "diagnosis", "fits"),
    [
        ("D510", "D510", True),
        ("D510", "D5101", False),
        ("F20*", "F209", True),
        ("F20*", "F20", True),
        ("F20*", "F259", False),
        ("Z67*1", "Z6711", True),
        ("Z67*1", "Z6710", False),
        ("Z67*1", "Z671", True),
        ("AB*BA", "ABA", False),
        ("M*", "M545", True),
    ],
)
def test_diagnosis_patterns(pattern: str, diagnosis: str, fits: bool) -> None:
    assert matches(pattern, diagnosis) is fits


def test_payer_policies(reference: Reference) -> None:
    assert len(reference.payer_policies) == 30
    ibc = next(policy for policy in reference.payer_policies if policy.id == "ibc-amerihealth-f07")
    assert (ibc.payer, ibc.rules, ibc.effective) == ("IBC / AmeriHealth", ("F07", "F09"), "2022-04-26")
    assert reference.source(ibc.source).citation == "IBC/AmeriHealth 21-3144"


def test_administration_classes(reference: Reference) -> None:
    expected = {group.product_class: group.expected for group in reference.administration_classes}
    assert expected["PALIVIZUMAB"] == "96372"
    assert expected["RSV_MAB"] == "96380 (counselling) / 96381"


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("REGENCE BLUESHIELD OF IDAHO", "regence"),
        ("BridgeSpan Health Company", "regence"),
        ("PRIORITY HEALTH", "priority-health"),
        ("BLUE CROSS AND BLUE SHIELD OF ALABAMA", "bcbs-al"),
        ("BLUECROSS BLUESHIELD OF AL", "bcbs-al"),
        ("ALABAMA BCBS", "bcbs-al"),
        ("BCBS-AL", "bcbs-al"),
        ("BCBSAL", "bcbs-al"),
        ("Horizon N.J. Health", "horizon-nj"),
        ("INDEPENDENCE BLUE CROSS", "ibc"),
        ("AMERIHEALTH NEW JERSEY", "ibc"),
        ("AMERIHEALTH CARITAS", None),
        ("HORIZON BCBS OF NEW JERSEY", None),
        ("PREMERA BLUE CROSS BLUE SHIELD OF ALASKA", None),
        ("ALABAMA MEDICAID", None),
        ("REGENCY EMPLOYEE BENEFITS", None),
        ("", None),
    ],
)
def test_plan(reference: Reference, name: str, plan: str | None) -> None:
    assert reference.plan(name) == plan
    assert reference.plan(name) == plan  # from memory


def test_plans_are_remembered_up_to_a_limit() -> None:
    reference = Reference(packaged)
    for number in range(3_000):
        assert reference.plan(f"PAYER {number}") is None
    assert reference.plan("REGENCE") == "regence"


# Codes


def test_em(reference: Reference) -> None:
    assert reference.em("99213") == EvaluationManagement(
        code="99213",
        family="office established",
        direction="em-column-2",
        indicator=1,
        denies="E/M",
        modifier_25="ncci",
        source="ptp-2024q3-em",
    )
    assert reference.em("96372") is None


def test_visits_agree_with_the_pairs(reference: Reference) -> None:
    for row in table("em"):
        visit = reference.em(row["code"])
        columns = {"em-column-2": ("96372", visit.code), "em-column-1": (visit.code, "96372"), "none": None}
        pair = reference.pair_between("96372", visit.code, TODAY)
        if pair is None:
            assert (visit.direction, visit.indicator, visit.denies) == ("none", None, "none"), visit
        else:
            assert columns[visit.direction] == (pair.column1, pair.column2), visit
            assert visit.indicator == pair.indicator, visit
            assert visit.denies == ("96372" if pair.column2 == "96372" else "E/M"), visit


def test_pos(reference: Reference) -> None:
    assert reference.pos("54") == PlaceOfService(
        code="54",
        name="Intermediate Care Facility/Individuals with Intellectual Disabilities",
        facility=False,
        payable="depends",
        source="cms-pos",
    )
    payable = {code: reference.pos(code).payable for code in ("11", "20", "22", "31", "32", "02", "10")}
    assert payable == {"11": "Y", "20": "Y", "22": "N", "31": "N", "32": "depends", "02": "N", "10": "N"}
    assert [reference.pos(code).facility for code in ("20", "31", "32", "02", "10")] == [
        False,
        True,
        False,
        True,
        False,
    ]
    assert reference.pos("00") is None


def test_carc(reference: Reference) -> None:
    assert reference.carc("97") == Carc(
        code="97",
        meaning="already included in another paid service",
        category="bundling",
        start=date(1995, 1, 1),
        end=None,
        counts_as_denial=True,
        source="x12-2024-06",
    )
    not_denials = ("45", "253", "1", "2", "3", "23", "94", "237", "144")
    assert {reference.carc(code).counts_as_denial for code in not_denials} == {False}
    assert reference.carc("106").counts_as_denial is None
    assert reference.carc("000") is None


def test_carc_as_of_a_day(reference: Reference) -> None:
    assert reference.carc("41") is not None
    assert reference.carc("41", date(2003, 10, 15)) == reference.carc("41")
    assert reference.carc("41", date(2003, 10, 16)) is None  # deactivated on that day
    assert reference.carc("253", date(1990, 1, 1)) is None
    assert reference.carc("97", TODAY) == reference.carc("97")


def test_rarc(reference: Reference) -> None:
    assert reference.rarc("N349") == Rarc(
        code="N349",
        meaning="administration method AND drug must both be reported",
        category="missing-companion",
        start=date(2005, 8, 1),
        end=None,
        is_alert=False,
        source="x12-2024-06",
    )
    assert reference.rarc("MA18").is_alert
    assert reference.rarc("N349", date(2005, 7, 31)) is None
    assert reference.rarc("N349", date(2005, 8, 1)) == reference.rarc("N349")
    assert reference.rarc("N9999") is None


# The tables themselves


def test_tables_load_one_by_one() -> None:
    asked: list[str] = []

    def read(name: str) -> bytes:
        asked.append(name)
        return packaged(name)

    reference = Reference(read)
    assert reference.editions()["ncci"] == "2024q3"
    assert reference.is_vaccine("90658")
    assert reference.is_noc("J3490")
    assert asked == ["manifest.csv"]
    reference.drug_line("J1885")
    reference.drug("J1040")
    reference.editions()
    assert asked == ["manifest.csv", "drugs.csv"]


def test_editions_name_every_table(reference: Reference) -> None:
    assert sorted(reference.editions()) == [name for name in TABLES if name not in ("manifest", "sources")]
    assert all(reference.editions().values())


def test_builtin_is_shared() -> None:
    assert Reference.builtin() is Reference.builtin()


def test_table_with_other_columns_is_refused() -> None:
    reference = Reference(lambda name: b"code,meaning\n97,bundled\n")
    with pytest.raises(SourceError, match="reference table carc has other columns than code,meaning,"):
        reference.carc("97")


def test_tables_may_come_with_windows_line_ends() -> None:
    reference = Reference(lambda name: packaged(name).replace(b"\n", b"\r\n"))
    assert reference.pair("20610", "96372", TODAY) == Reference.builtin().pair("20610", "96372", TODAY)


def test_every_row_names_a_known_source(reference: Reference) -> None:
    used = set()
    for name in TABLES:
        if name in ("manifest", "sources"):
            continue
        for row in table(name):
            assert row["source"], (name, row)
            used |= set(row["source"].split(";"))
    assert used == {row["key"] for row in table("sources")}
    for row in table("sources"):
        assert all(row.values()), row
        assert reference.source(row["key"]).verified in ("yes", "partly", "knowledge")


def test_packaged_tables_can_be_read_from_an_archive(tmp_path: Path) -> None:
    archive = tmp_path / "edi837.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in [*(PROJECT / "edi837").glob("*.py"), *(PROJECT / "edi837" / "reference").rglob("*")]:
            if path.suffix in (".py", ".csv"):
                file.write(path, path.relative_to(PROJECT))
    program = (
        f"import sys; sys.path.insert(0, {str(archive)!r}); import edi837.reference as reference;"
        "print(reference.__file__, reference.Reference.builtin().drug('J1885').substance)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.split() == [str(archive / "edi837" / "reference" / "__init__.py"), "ketorolac"]


# The builder


@pytest.fixture
def refdata() -> Path:
    """The folder of source tables, which is no part of the project."""
    folder = Path(os.environ.get("EDI837_REFDATA", PROJECT.parent / "shared" / "refdata"))
    if not folder.is_dir():
        pytest.skip("no folder of source tables: set EDI837_REFDATA to check that the tables are its build")
    return folder


def build(*arguments: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BUILDER), *map(str, arguments)], capture_output=True, text=True, check=False
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def test_tables_are_the_build_of_their_sources(refdata: Path, tmp_path: Path) -> None:
    for attempt in ("one", "two"):
        done = build(refdata, tmp_path / attempt)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(DATA)


def test_builder_stops_at_a_source_it_does_not_know(refdata: Path, tmp_path: Path) -> None:
    changed = tmp_path / "refdata"
    changed.mkdir()
    for path in refdata.glob("*.csv"):
        text = path.read_bytes()
        if path.name == "typical_units.csv":
            text = text.replace(b"descriptor/MUE verified", b"a blog", 1)
        (changed / path.name).write_bytes(text)
    done = build(changed, tmp_path / "out")
    assert done.returncode == 1
    assert "source not known: 'a blog" in done.stderr
    assert not (tmp_path / "out").exists()


def test_builder_without_arguments_says_how_to_use_it() -> None:
    done = build()
    assert done.returncode == 2
    assert "build_reference.py REFDATA_DIR [OUT_DIR]" in done.stderr
