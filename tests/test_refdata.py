"""Imported reference tables: the files of CMS read whole or refused, and which edition answers for which day."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from published import PAYER_HEADER, PTP_HEADER, contents, generator, layouts, load, mue_file, ptp_file, tables, write
from rule_cases import interchange

from edi837.check import check_bytes
from edi837.engines.refdata import read_folder
from edi837.errors import SourceError
from edi837.reference import Mue, Reference
from edi837.reference.editions import KINDS, Edition, builtin_spans, choose, last_day, name_of
from edi837.reference.hcpcs import Dose
from edi837.reference.imports.doses import dose_of
from edi837.reference.tables import packaged, rows

SUMMER = date(2026, 8, 15)
EACH_FORM = [(kind, form) for kind, forms in generator.FORMS.items() for form in forms]
ROWS = {"ncci-ptp": 4_000, "mue": 300, "asp-ndc": 300, "hcpcs": 300, "icd10": 500, "payer": 60}


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder for files to import."""
    folder = tmp_path / "published"
    folder.mkdir()
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder; the first import makes it."""
    return tmp_path / "data"


# Importers


@pytest.mark.parametrize(("kind", "form"), EACH_FORM)
def test_import(kind: str, form: str, published: Path, data: Path) -> None:
    paths = generator.write_files(kind, published, form=form, rows=ROWS[kind])
    outcome = load(data, kind, *paths)
    edition = outcome.edition
    assert outcome.done == "imported"
    assert (edition.kind, edition.valid_from, edition.valid_to) == {
        "icd10": ("icd10", date(2025, 10, 1), date(2026, 9, 30)),
        "payer": ("payer", date(2026, 7, 1), None),
    }.get(kind, (kind, date(2026, 7, 1), date(2026, 9, 30)))
    assert edition.edition == {"icd10": "FY 2026", "payer": "2026-07-01"}.get(kind, "2026q3")
    # Edits that were deleted on their first day are no pairs.
    assert 0.9 * ROWS[kind] < edition.rows < 1.1 * ROWS[kind] + 10
    assert [source.file for source in edition.sources] == sorted(path.name for path in paths)
    assert read_folder(str(data)).editions == (edition,)
    before = contents(data)
    assert set(before) == {edition.data, f"{Path(edition.data).stem.rpartition('-')[0]}.json"}
    # The same files once more change nothing, not even the day of the import.
    assert load(data, kind, *reversed(paths)).done == "unchanged"
    assert contents(data) == before


@pytest.mark.parametrize("kind", [kind for kind, forms in generator.FORMS.items() if len(forms) > 1])
def test_text_and_workbook_give_the_same_table(kind: str, published: Path, tmp_path: Path) -> None:
    digests = {
        load(tmp_path / form, kind, *generator.write_files(kind, published, form=form, rows=ROWS[kind])).edition.sha256
        for form in generator.FORMS[kind]
    }
    assert len(digests) == 1


def test_the_generator_gives_the_same_bytes(published: Path, tmp_path: Path) -> None:
    for kind, form in EACH_FORM:
        for folder in (published, tmp_path / "again"):
            generator.write_files(kind, folder, form=form, rows=100)
    assert contents(published) == contents(tmp_path / "again")


def test_the_generator_from_the_command_line(published: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generator.main(["mue", str(published), "--builtin", "--quarter", "2026q2"]) == 0
    [path] = map(Path, capsys.readouterr().out.splitlines())
    assert path.name == "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv"
    assert load(data, "mue", path).edition.edition == "2026q2"
    assert generator.main(["ncci-ptp", str(published), "--rows", "2000", "--damage", "bad-modifier"]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    with pytest.raises(SourceError, match='"7" is none of'):
        load(data, "ncci-ptp", *paths)
    for arguments in (["icd10", "x", "--form", "csv"], ["icd10", "x", "--builtin"]):
        with pytest.raises(SystemExit):
            generator.main(arguments)


def test_pairs_are_those_of_the_files(published: Path, data: Path) -> None:
    paths = generator.write_files("ncci-ptp", published, rows=ROWS["ncci-ptp"])
    load(data, "ncci-ptp", *paths)
    reference = tables(data)
    windows: dict[tuple[str, str], list[tuple[str, str, int, str]]] = {}
    for path in paths:
        for row in csv.reader(path.read_text("cp1252").splitlines()[6:], delimiter="\t"):
            if row[5] != "9":
                windows.setdefault((row[0], row[1]), []).append((row[3], row[4], int(row[5]), row[6]))
    codes = sorted({code for pair in windows for code in pair})
    days = [SUMMER, date(2026, 7, 1), date(2026, 9, 30)]
    seen = 0
    for column1 in codes[::7]:
        for column2 in codes[::3]:
            for on in days:
                known = [
                    (flag, rationale)
                    for first, last, flag, rationale in windows.get((column1, column2), [])
                    if first <= f"{on:%Y%m%d}" and (last == "*" or f"{on:%Y%m%d}" <= last)
                ]
                pair = reference.pair(column1, column2, on)
                assert pair is None or pair.edition == "ncci-ptp-2026q3"
                assert ((pair.indicator, pair.rationale) if pair else None) == (known[0] if known else None)
                seen += pair is not None
    assert seen > 50


def test_a_code_between_two_codes_is_no_pair(published: Path, data: Path) -> None:
    # 00000 and 0T111 stand side by side: 000T1 and others begin in one and end in the other.
    pairs = [("96372", "10000"), ("96372", "0T111"), ("96372", "110TA")]
    load(data, "ncci-ptp", ptp_file(published, "v322r0", [(*pair, "20260701", "*", "1") for pair in pairs]))
    reference = tables(data)
    for code in ("10000", "0T111", "110TA"):
        assert reference.pair("96372", code, SUMMER) is not None
    for code in ("00000", "00T11", "000T1", "00110", "11110", "1110T", "0000", "", "10000 ", "é0000"):
        assert reference.pair("96372", code, SUMMER) is None
    assert reference.pair("10000", "96372", SUMMER) is None


def test_a_pair_of_several_windows(published: Path, data: Path) -> None:
    windows = [("20100101", "20191231", "0"), ("20201001", "*", "1"), ("20200101", "20200101", "9")]
    load(data, "ncci-ptp", ptp_file(published, "v322r0", [("96372", "99213", *window) for window in windows]))
    reference = tables(data).as_of(SUMMER)
    days = [date(2009, 12, 31), date(2010, 1, 1), date(2019, 12, 31), date(2020, 1, 1), date(2020, 10, 1)]
    found = [reference.pair("96372", "99213", on) for on in days]
    assert [pair and (pair.indicator, pair.effective, pair.deletion) for pair in found] == [
        None,
        (0, date(2010, 1, 1), date(2019, 12, 31)),
        (0, date(2010, 1, 1), date(2019, 12, 31)),
        None,
        (1, date(2020, 10, 1), None),
    ]


def test_lost_zeros_of_a_workbook_come_back(published: Path, data: Path) -> None:
    path = published / "ccipra-v322r0-f1.xlsx"
    row = (100, 96372, None, 20260701, "*", 1, "More extensive")
    layouts.write_workbook(
        path, [(), *layouts.table("ncci-ptp", [row, ("96372", *row[1:])], generator.Quarter(2026, 3))]
    )
    load(data, "ncci-ptp", path)
    assert tables(data).pair("00100", "96372", SUMMER).effective == date(2026, 7, 1)


def test_packages(published: Path, data: Path) -> None:
    rows_ = [
        "_2026_CODE,Short Description,LABELER NAME,NDC2,Drug Name,HCPCS dosage,PKG SIZE,PKG QTY,BILLUNITS,BILLUNITSPKG",
        'J1885,Ketorolac,"Sample, Inc.",00338-0072-25,Ketorolac,15 MG,1,25,2,50',
        "J7331,Device,Sample,123456789012,Synojoynt,1 MG,2,1,20,20",
        "J0177,Small,Sample,61755-0051-01,Eylea HD,1 MG,0.07,1,8,8",
    ]
    path = write(published, "July 2026 ASP NDC-HCPCS Crosswalk 061126.csv", "\r\n".join([*rows_, ""]))
    outcome = load(data, "asp-ndc", path)
    assert outcome.edition.rows == 2
    assert outcome.notes == ('1 without an NDC of eleven digits left out: "123456789012" (row 3)',)
    view = tables(data).as_of(SUMMER)
    [row] = view.ndc("00338007225")
    assert (row.hcpcs, row.billunits_per_item, row.source) == ("J1885", Decimal(2), "asp-ndc-2026q3")
    assert view.ndc("61755005101")[0].hcpcs_units_per_ndc_unit == Decimal("114.285714")
    # What the quarter leaves out, the built-in quarter knows.
    assert view.ndc("00264580200") == Reference.builtin().ndc("00264580200")
    assert view.has_packages("J0177")
    assert view.has_packages("J7030")
    assert view.ndc("99999999999") == ()


@pytest.mark.parametrize(
    ("descriptor", "dose"),
    [
        ("Injection, ketorolac tromethamine, per 15 mg", Dose(Decimal(15), "mg", "per")),
        ("Injection, methylprednisolone acetate, 1 mg", Dose(Decimal(1), "mg", "per")),
        ("Injection, lincomycin hcl, up to 300 mg", Dose(Decimal(300), "mg", "up to")),
        ("Injection, penicillin g benzathine, 100,000 units", Dose(Decimal(100_000), "units", "per")),
        ("Injection, adrenalin, epinephrine, 0.1 mg", Dose(Decimal("0.1"), "mg", "per")),
        ("Injection, factor ix, 1 i.u.", Dose(Decimal(1), "IU", "per")),
        ("Injection, interferon beta-1a, 30 micrograms", Dose(Decimal(30), "mcg", "per")),
        ("Injection, immune globulin, over 10 ml", None),
        ("Injection, procaine, 10 mg and epinephrine, 1 mg", None),
        ("Injection, sample (2 mg/ml), 1 mg", None),
        ("Injection, sample, per dose", None),
        ("Unclassified drugs", None),
    ],
)
def test_dose_of_a_descriptor(descriptor: str, dose: Dose | None) -> None:
    assert dose_of(descriptor) == dose


def test_hcpcs_changes_dates_and_adds_injections(published: Path, data: Path) -> None:
    codes = [
        generator.HcpcsRow(
            "J1885", "Injection, ketorolac, per 15 mg", "Ketorolac", "19930101", "20260701", "20260731", "D"
        ),
        generator.HcpcsRow("J0162", "Injection, epinephrine, 0.1 mg", "Epinephrine", "20260401", "20260401", "", "A"),
        generator.HcpcsRow("J3999", "Injection, novelumab, 5 mg", "Inj novelumab", "20260701", "20260701", "", "A"),
        generator.HcpcsRow("J7601", "Injection, inhaled after all, 1 mg", "Inhaled", "20260701", "20260701", "", "A"),
        generator.HcpcsRow(
            "A4206", "Syringe " + "with needle, sterile, " * 9 + "each", "Syringe", "19900101", "19900101", "", "N"
        ),
    ]
    path = published / "HCPC2026_JUL_ANWEB.txt"
    layouts.write_lines(path, layouts.hcpcs_lines(codes))
    load(data, "hcpcs", path)
    view, spring = tables(data).as_of(SUMMER), tables(data).as_of(date(2026, 5, 1))
    assert view.drug("J1885").effective_to == date(2026, 7, 31)
    assert view.drug("J1885").routes == frozenset({"IM", "IV"})
    assert spring.drug("J1885").effective_to is None
    added = view.drug("J0162")
    assert (added.effective_from, added.dose_per_unit, added.unit) == (date(2026, 4, 1), Decimal("0.1"), "mg")
    new = view.drug_line("J3999")
    assert (new.injectable, new.routes, new.drug.dose_per_unit) == (True, frozenset({"ANY"}), 5)
    assert (new.drug.effective_from, new.drug.source) == (date(2026, 7, 1), "hcpcs-2026q3")
    assert view.drug_line("J7601") is None
    assert view.hcpcs("A4206").long == codes[-1].long
    assert tables(data).drug("J3999") == new.drug
    assert spring.drug("J3999") is None


def test_modifiers_are_no_codes(published: Path, data: Path) -> None:
    modifier = HCPCS_LINE.replace("J1885001003", "   25002007")
    goes_on = HCPCS_LINE.replace("J1885001003", "   25002018")
    outcome = load(data, "hcpcs", write(published, "HCPC2026_JUL_ANWEB.txt", HCPCS_LINE + modifier + goes_on + "\x1a"))
    assert outcome.edition.rows == 1
    assert tables(data).as_of(SUMMER).hcpcs("25") is None


def test_a_disk_that_is_full(published: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = mue_file(published, date(2026, 7, 1), {"J1885": 5})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SourceError, match=r"data: cannot be written: no space left on device$"):
        load(data, "mue", path)
    assert contents(data) == {}
    with pytest.raises(SourceError, match=r"\.csv: file exists$"):
        load(path, "mue", path)


def test_diagnoses(published: Path, data: Path) -> None:
    lines = [
        "00001 M54     0 Dorsalgia                                                    Dorsalgia",
        "00002 M545    0 Low back pain                                                Low back pain",
        "00003 M5450   1 Low back pain, unspecified                                   Low back pain, unspecified",
    ]
    load(data, "icd10", write(published, "icd10cm_order_2026.txt", "\r\n".join([*lines, ""])))
    reference = tables(data)
    found = [reference.diagnosis_code(code, SUMMER) for code in ("M5450", "M54", "M5459", "", "M54500000")]
    assert [(code.listed, code.billable) for code in found] == [
        (True, True),
        (True, False),
        *[(False, False)] * 3,
    ]
    assert reference.diagnosis_code("M5450", date(2025, 9, 30)) is None
    # Every year has new codes: last year's set says nothing of them.
    assert reference.diagnosis_code("M5450", date(2026, 10, 1)) is None
    assert reference.as_of(SUMMER).diagnosis_code("M5450", date(2026, 10, 1)) is None


@pytest.mark.parametrize(
    ("kind", "name", "first"),
    [
        ("ncci-ptp", "ccipra-v302r0-f1.txt", date(2024, 7, 1)),
        ("ncci-ptp", "ccipra-v330r1-f1.xlsx", date(2027, 1, 1)),
        ("mue", "MCR_MUE_PractitionerServices_Eff_10-01-2025.csv", date(2025, 10, 1)),
        ("mue", "medicare-ncci-2026-q2-practitioner-services-mue-table.csv", date(2026, 4, 1)),
        ("asp-ndc", "section 508 version of January 2026 ASP NDC-HCPCS Crosswalk 121925.csv", date(2026, 1, 1)),
        ("asp-ndc", "july-2026-asp-ndc-hcpcs-crosswalk.csv", date(2026, 7, 1)),
        ("hcpcs", "HCPC2025_OCT_ANWEB.txt", date(2025, 10, 1)),
        ("icd10", "icd10cm-order-2027.txt", date(2026, 10, 1)),
        ("icd10", "icd10cm-order-April-2026.txt", date(2026, 4, 1)),
        ("payer", "payer 60054 2026-02-15.csv", date(2026, 2, 15)),
    ],
)
def test_first_day_by_the_name(kind: str, name: str, first: date, published: Path, data: Path) -> None:
    form = "xlsx" if name.endswith("xlsx") else ""
    [path] = generator.write_files(kind, published, form=form, rows=40, parts=1)
    edition = load(data, kind, path.rename(published / name)).edition
    assert (edition.valid_from, edition.valid_to) == (first, last_day(kind, first))


def test_first_day_by_the_table_or_the_command(published: Path, data: Path) -> None:
    [asp] = generator.write_files("asp-ndc", published, rows=40)
    assert load(data, "asp-ndc", asp.rename(published / "a.csv")).edition.valid_from == date(2026, 7, 1)
    # The newest edits of a quarter are from its first day.
    pairs = [("96372", "99213", "20250401", "*", "1"), ("96372", "99214", "20100101", "*", "1")]
    ptp = ptp_file(published, "v322r0", pairs).rename(published / "pairs.txt")
    assert load(data, "ncci-ptp", ptp).edition.valid_from == date(2025, 4, 1)
    mue = mue_file(published, SUMMER, {"J1885": 7}).rename(published / "mue.csv")
    with pytest.raises(SourceError, match=r"^mue.csv: neither its name nor its head says .* --effective YYYY-MM-DD$"):
        load(data, "mue", mue)
    edition = load(data, "mue", mue, effective=date(2026, 8, 10)).edition
    assert (edition.edition, edition.valid_from, edition.key) == ("2026q3", date(2026, 8, 10), "mue-2026q3-2026-08-10")


# The same facts as the built-in tables


def days_around(*days: date) -> list[date]:
    return [day + timedelta(days=shift) for day in days for shift in (-1, 0, 1)]


@pytest.mark.parametrize("form", ["txt", "xlsx"])
def test_built_in_pairs_answer_the_same_when_imported(form: str, published: Path, data: Path) -> None:
    load(data, "ncci-ptp", *generator.write_builtin("ncci-ptp", published, form=form))
    builtin, imported = Reference.builtin(), tables(data).as_of(SUMMER)
    days = [date(1996, 1, 1), *days_around(date(2009, 1, 1), date(2019, 12, 31), date(2020, 10, 1)), SUMMER]
    found = 0
    for column2, *_, codes in rows(packaged, "ncci", "column2,indicator,effective,deletion,rationale,source,column1"):
        for column1 in codes.split(" "):
            for on in days:
                one, other = builtin.pair(column1, column2, on), imported.pair(column1, column2, on)
                assert (one and (one.indicator, one.deletion)) == (other and (other.indicator, other.deletion))
                found += other is not None
            assert imported.pair(column2, column1, SUMMER) is None or builtin.pair(column2, column1, SUMMER)
    assert found > 50_000


def test_built_in_limits_answer_the_same_when_imported(published: Path, data: Path) -> None:
    load(data, "mue", *generator.write_builtin("mue", published))
    builtin, imported = Reference.builtin(), tables(data)
    columns = "medicare_2024q3,mai_2024q3,medicare_2026q4,mai_2026q4,medicaid_2026q1,source,codes"
    for *_, codes in rows(packaged, "mue", columns):
        for code in codes.split(" "):
            for payer_class in ("MB", "MC"):
                one, other = builtin.mue(code, payer_class, SUMMER), imported.mue(code, payer_class, SUMMER)
                assert (one and (one.units, one.mai)) == (other and (other.units, other.mai)), code


def test_built_in_packages_answer_the_same_when_imported(published: Path, data: Path) -> None:
    load(data, "asp-ndc", *generator.write_builtin("asp-ndc", published, form="xlsx"))
    builtin, imported = Reference.builtin(), tables(data).as_of(SUMMER)
    columns = "hcpcs,pkg_size,billunits_per_item,hcpcs_units_per_ndc_unit,source,ndc11"
    for *_, ndcs in rows(packaged, "ndc", columns):
        for ndc in ndcs.split(" "):
            known = [(row.hcpcs, *row.__struct_fields__[2:5]) for row in builtin.ndc(ndc)]
            assert [(row.hcpcs, *row.__struct_fields__[2:5]) for row in imported.ndc(ndc)] == known
            for one, other in zip(builtin.ndc(ndc), imported.ndc(ndc), strict=True):
                assert (one.pkg_size, one.billunits_per_item, one.hcpcs_units_per_ndc_unit) == (
                    *(other.pkg_size, other.billunits_per_item),
                    other.hcpcs_units_per_ndc_unit,
                )


@pytest.mark.parametrize("form", ["txt", "xlsx"])
def test_built_in_drugs_answer_the_same_when_imported(form: str, published: Path, data: Path) -> None:
    load(data, "hcpcs", *generator.write_builtin("hcpcs", published, form=form))
    builtin, imported = Reference.builtin(), tables(data).as_of(SUMMER)
    for row in generator.DATA.joinpath("drugs.csv").read_text().splitlines()[1:]:
        code = row.partition(",")[0]
        assert builtin.drug(code) == imported.drug(code)
        assert builtin.drug_line(code) == imported.drug_line(code)


# Which edition answers


def edition(kind: str, first: date, last: date | None = None) -> Edition:
    return Edition(kind, name_of(kind, first), "", first, last, 1, SUMMER, (), "x.table", 1, "0")


def test_choice_by_date_of_service() -> None:
    old = edition("mue", date(2025, 1, 1), date(2025, 3, 31))
    spring = edition("mue", date(2026, 4, 1), date(2026, 6, 30))
    late = edition("mue", date(2026, 5, 15), date(2026, 6, 30))
    built_in = [date(2024, 7, 1), date(2026, 1, 1)]
    chosen = {
        day: choose([late, old, spring], built_in, day)
        for day in days_around(
            *(date(2025, 1, 1), date(2025, 3, 31), date(2026, 1, 1), date(2026, 4, 1), date(2026, 5, 15)),
            date(2026, 6, 30),
        )
    }
    assert [found and found.valid_from for found in chosen.values()] == [
        *(None, old.valid_from, old.valid_from),
        *(old.valid_from, old.valid_from, old.valid_from),  # the last one goes on after its end
        *(old.valid_from, None, None),  # until a later built-in edition begins
        *(None, spring.valid_from, spring.valid_from),
        *(spring.valid_from, late.valid_from, late.valid_from),
        *(late.valid_from, late.valid_from, late.valid_from),
    ]
    # Within its validity an imported edition comes before a built-in one that began later.
    assert choose([spring], [date(2026, 5, 1)], date(2026, 6, 1)) is spring
    assert choose([spring], [date(2026, 5, 1)], date(2026, 7, 1)) is None
    year = edition("icd10", date(2025, 10, 1), date(2026, 9, 30))
    assert choose([year], [], date(2026, 9, 30)) is year
    assert choose([year], [], date(2026, 10, 1)) is None


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("2024q3", [(date(2024, 7, 1), date(2024, 9, 30))]),
        (
            "medicare 2026q4, medicaid 2026q1",
            [(date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 10, 1), date(2026, 12, 31))],
        ),
        ("FY 2026", [(date(2025, 10, 1), date(2026, 9, 30))]),
        ("2024-06", [(date(2024, 4, 1), date(2024, 6, 30))]),
        ("2026", [(date(2026, 1, 1), date(2026, 12, 31))]),
    ],
)
def test_spans_of_built_in_editions(text: str, spans: list[tuple[date, date]]) -> None:
    assert builtin_spans(text) == spans


def test_every_built_in_edition_has_a_span() -> None:
    assert all(builtin_spans(text) for text in Reference.builtin().editions().values())


def test_limits_by_date_of_service(published: Path, data: Path) -> None:
    load(data, "mue", mue_file(published, date(2026, 4, 1), {"J1885": 5}))
    load(data, "mue", mue_file(published, date(2026, 7, 1), {"J1885": 6, "J3420": 2}))
    reference = tables(data)

    def units(code: str, on: date, payer_class: str = "MB") -> int | None:
        limit = reference.mue(code, payer_class, on)
        return limit.units if limit else None

    assert [units("J1885", on) for on in days_around(date(2026, 4, 1), date(2026, 7, 1), date(2026, 9, 30))] == [
        *(8, 5, 5),
        *(5, 6, 6),
        *(6, 6, 6),
    ]
    assert reference.mue("J1885", "MB", SUMMER) == Mue(6, 3, "mue-2026q3")
    assert reference.source("mue-2026q3").citation.startswith("CMS Medicare medically unlikely edits, practitioner")
    # What an edition does not have, has no limit then.
    assert (units("J3420", date(2026, 5, 1)), units("J3420", SUMMER)) == (None, 2)
    # Medicaid's stay: the file is Medicare's.
    assert units("90384", SUMMER, "MC") == Reference.builtin().mue("90384", "MC", SUMMER).units


def test_limits_of_an_older_edition_that_goes_on_after_its_end(published: Path, data: Path) -> None:
    load(data, "mue", mue_file(published, date(2025, 1, 1), {"J3300": 39, "J9999": 3}))
    reference = tables(data)
    days = (date(2024, 12, 31), date(2025, 2, 1), date(2025, 12, 31), date(2026, 2, 1))
    # It knows less of 2026 than the built-in edition of 2026, which has few codes.
    assert [reference.mue("J3300", "MB", on).units for on in days] == [40, 39, 39, 80]
    assert reference.mue("J9999", "MB", days[-1]).units == 3


def test_pairs_by_date_of_service(published: Path, data: Path) -> None:
    load(data, "ncci-ptp", ptp_file(published, "v320r0", [("96372", "99213", "20260101", "*", "0")]))
    load(data, "ncci-ptp", ptp_file(published, "v322r0", [("96372", "99214", "20260701", "*", "0")]))
    reference = tables(data)
    by_day = [
        tuple((pair := reference.pair_between(code, "96372", on)) and pair.indicator for code in ("99213", "99214"))
        for on in (date(2025, 12, 31), date(2026, 2, 1), date(2026, 6, 30), SUMMER, date(2027, 1, 1))
    ]
    assert by_day == [(1, 1), (0, None), (0, None), (None, 0), (None, 0)]
    assert reference.editions()["ncci"] == "2024q3, 2026q1 (imported), 2026q3 (imported)"
    assert reference.as_of(SUMMER).editions()["ncci"] == "2026q3"
    assert reference.as_of(date(2025, 1, 1)).editions()["ncci"] == "2024q3"
    assert reference.as_of(None) is reference.as_of(date(2028, 1, 1))


def test_packages_by_date_of_service(published: Path, data: Path) -> None:
    for quarter, code in (("January", "J0001"), ("July", "J0002")):
        name = f"{quarter} 2026 ASP NDC-HCPCS Crosswalk.csv"
        load(data, "asp-ndc", write(published, name, f"{ASP_HEADER}{code},11111-2222-33,1,1,4,4\n"))
    reference = tables(data)
    found = [
        reference.as_of(on).ndc("11111222233")[0].hcpcs
        for on in (date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2025, 1, 1))
    ]
    # Before both the built-in crosswalk answers, which does not have the package: the newest that has it does.
    assert found == ["J0001", "J0001", "J0002", "J0002"]
    assert reference.ndc("11111222233")[0].hcpcs == "J0002"


def test_without_imports_the_built_in_tables_are_all(data: Path) -> None:
    data.mkdir()
    assert tables(data) is Reference.builtin()
    assert Reference.builtin().as_of(SUMMER, "60054") is Reference.builtin()


# What a check makes of it


def claim(service_date: str, payer: str = "00001", units: int = 6) -> bytes:
    return interchange(
        f"NM1*PR*2*EXAMPLE PAYER*****PI*{payer}~ CLM*A~ SV1*HC:J1885*90*UN*{units}***1~ "
        f"DTP*472*D8*{service_date}~ SV1*HC:96372*35*UN*1***1~ DTP*472*D8*{service_date}~"
    )


def limits_passed(content: bytes, reference: Reference, **options: bool) -> list[str]:
    result = check_bytes(content, reference=reference, **options)
    assert not result.crashed
    return [finding.message for finding in result.findings if finding.code == "C01"]


@pytest.mark.parametrize("shortcuts", [True, False])
def test_a_check_takes_the_edition_of_the_date_of_service(shortcuts: bool, published: Path, data: Path) -> None:
    load(data, "mue", mue_file(published, date(2026, 4, 1), {"J1885": 5, "96372": 4}))
    load(data, "mue", mue_file(published, date(2026, 7, 1), {"J1885": 7, "96372": 4}))
    reference = tables(data)
    found = {
        day: limits_passed(claim(day), reference, plan=shortcuts, prefilter=shortcuts)
        for day in ("20260301", "20260401", "20260630", "20260701")
    }
    message = ["J1885 x 6: the MUE is 5 a day (MAI 3)"]
    assert found == {"20260301": [], "20260401": message, "20260630": message, "20260701": []}


def test_limits_of_a_payer_are_for_that_payer(published: Path, data: Path) -> None:
    text = PAYER_HEADER + "60054,J1885,,4,day,,,policy 1\n60054,J1885,11111-2222-33,,,0.5,2,\n60054,96372,,1,line,,,\n"
    load(data, "payer", write(published, "payer.csv", text), effective=date(2026, 3, 1))
    reference = tables(data)
    assert limits_passed(claim("20260310", "60054"), reference) == ["J1885 x 6: the MUE is 4 a day"]
    assert limits_passed(claim("20260228", "60054"), reference) == []
    assert limits_passed(claim("20260310", "00001"), reference) == []
    view = reference.as_of(SUMMER, "60054")
    assert view.mue("96372", "CI", SUMMER) == Mue(1, 1, "payer-60054-2026-03-01")
    assert view.ndc("11111222233")[0].hcpcs_units_per_ndc_unit == Decimal(4)
    assert view.ndc("00338007225") == Reference.builtin().ndc("00338007225")
    assert reference.ndc("11111222233") == ()
    assert reference.editions()["payer"] == "60054 2026-03-01 (imported)"
    assert view.source("payer-60054-2026-03-01").citation.startswith("limits and NDCs of one payer 60054 (payer.csv")


def test_diagnoses_that_are_imported_are_checked(published: Path, data: Path) -> None:
    lines = [
        "00001 M545    0 Low back pain                                                Low back pain",
        "00002 M5450   1 Low back pain, unspecified                                   Low back pain, unspecified",
    ]
    load(data, "icd10", write(published, "icd10cm_order_2026.txt", "\n".join([*lines, ""])))
    content = interchange("CLM*A~ HI*ABK:M545~ SV1*HC:J1885*80*UN*2***1~ SV1*HC:96372*35*UN*1***1~")
    found = [finding for finding in check_bytes(content, reference=tables(data)).findings if finding.code == "E06"]
    assert len(found) == 2
    assert all("heading" in finding.message for finding in found)


# Damaged and wrong files


def spoil(name: str, old: str, new: str) -> tuple[str, str, str]:
    return name, old, new


BAD = [
    (
        "ncci-ptp",
        "txt",
        "truncated",
        r"ccipra-v322r0-f4.txt, row \d+: the (row breaks off after|last row has no line end)",
    ),
    (
        "ncci-ptp",
        "txt",
        "no-header",
        r"ccipra-v322r0-f4.txt: not a file of kind ncci-ptp: no row has the columns Column 1, ",
    ),
    (
        "ncci-ptp",
        "txt",
        "bad-date",
        r'ccipra-v322r0-f4.txt, row \d+: Effective Date "\d{4}1301" is no date \(YYYYMMDD\)',
    ),
    ("ncci-ptp", "txt", "bad-modifier", r'ccipra-v322r0-f4.txt, row \d+: Modifier "7" is none of 0, 1 and 9'),
    ("ncci-ptp", "txt", "short-row", r"ccipra-v322r0-f4.txt, row \d+: the row breaks off after 1 of 7 columns"),
    ("ncci-ptp", "txt", "empty", r"ccipra-v322r0-f4.txt: the file is empty"),
    ("ncci-ptp", "xlsx", "truncated", r"ccipra-v322r0-f4.xlsx: not a workbook, or cut off"),
    ("mue", "csv", "truncated", r"MCR_\S+.csv, row \d+: "),
    ("mue", "csv", "short-row", r"MCR_\S+.csv, row \d+: the row breaks off after 1 of 3 columns"),
    ("mue", "xlsx", "truncated", r"MCR_\S+.xlsx: not a workbook, or cut off"),
    ("asp-ndc", "csv", "truncated", r"July 2026 ASP NDC-HCPCS Crosswalk.csv, row \d+: "),
    ("asp-ndc", "csv", "no-header", r"July 2026 ASP NDC-HCPCS Crosswalk.csv: not a file of kind asp-ndc"),
    (
        "hcpcs",
        "txt",
        "truncated",
        r"HCPC2026_JUL_ANWEB.txt, row \d+: the (record breaks off after \d+ of 293|last row has)",
    ),
    ("hcpcs", "txt", "bad-date", r'HCPC2026_JUL_ANWEB.txt, row \d+: ADD DT "\d{4}1301" is no date \(YYYYMMDD\)'),
    ("icd10", "txt", "truncated", r"icd10cm_order_2026.txt, row \d+: "),
    ("payer", "csv", "truncated", r"payer-60054-2026-07-01.csv, row \d+: "),
]


@pytest.mark.parametrize(("kind", "form", "damage", "message"), BAD)
def test_damaged_files_are_refused_whole(
    kind: str, form: str, damage: str, message: str, published: Path, data: Path
) -> None:
    load(data, "mue", mue_file(published, date(2026, 1, 1), {"J1885": 7}))
    before = contents(data)
    paths = generator.write_files(kind, published, form=form, rows=ROWS[kind])
    generator.DAMAGES[damage](paths[-1])
    with pytest.raises(SourceError, match=f"^{message}"):
        load(data, kind, *paths)
    assert contents(data) == before


ASP_HEADER = "_2026_CODE,NDC2,PKG SIZE,PKG QTY,BILLUNITS,BILLUNITSPKG\n"
HCPCS_HEADER = "HCPC,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,ADD DT,ACT EFF DT,TERM DT,ACTION CD\n"
HCPCS_LINE = f"J1885001003{'Injection, ketorolac':80}{'Ketorolac':177}{'199301011993010119930101N':52}\n"
MUE_ROW = "J1885,8,3 Date of Service Edit: Clinical,x\n"
TEXTS = [
    ("mue", "x.csv", PTP_HEADER.replace("\t", ","), "x.csv: not a file of kind mue: it has the columns of ncci-ptp"),
    ("mue", "x.csv", "%PDF\0", "x.csv: neither text nor a workbook"),
    ("mue", "x.zip", "PK", "x.zip: an archive: unpack it and give the files in it"),
    (
        "mue",
        "x.csv",
        "notice\nHCPCS/CPT Code,Outpatient Hospital Services MUE Values,MUE Adjudication Indicator\n" + MUE_ROW,
        "x.csv, row 2: there is no column Practitioner Services MUE Values",
    ),
    ("mue", "x.csv", f"{{mue}}{MUE_ROW}J1886,8\n", "x.csv, row 4: the row breaks off after 2 of 3 columns"),
    (
        "mue",
        "x.csv",
        f"{{mue}}{MUE_ROW}J188,8,3 x,x\n",
        'x.csv, row 4: HCPCS/CPT Code "J188" is no code of five characters',
    ),
    ("mue", "x.csv", f"{{mue}}{MUE_ROW}J1886,8.5,3 x,x\n", 'x.csv, row 4: MUE value "8.5" is no number of units'),
    (
        "mue",
        "x.csv",
        f"{{mue}}{MUE_ROW}J1886,8,4 x,x\n",
        'x.csv, row 4: MUE Adjudication Indicator "4 x" is none of 1, 2 and 3',
    ),
    ("mue", "x.csv", f"{{mue}}{MUE_ROW}J1885,9,3 x,x\n", "x.csv, row 4: J1885 has two different limits"),
    ("mue", "x.csv", f"{{mue}}{MUE_ROW.rstrip()}", "x.csv, row 3: the last row has no line end: the file is cut off"),
    ("mue", "x.csv", f'{{mue}}{MUE_ROW}"J1886,8,3 x,x\n', "x.csv, row 4: unexpected end of data"),
    ("mue", "x.csv", "{mue}", "x.csv: no limit stands below the header"),
    ("ncci-ptp", "ccioph-v322r0-f1.txt", "", "ccioph-v322r0-f1.txt: these are the edits for outpatient hospitals"),
    ("icd10", "x.csv", "a,b\n", 'x.csv, row 1: not a line of an order file, or cut off: "a,b"'),
    ("icd10", "x.txt", "\n\n", "x.txt: it holds no code"),
    (
        "icd10",
        "x.txt",
        f"00001 M54     1 {'a':60} b\n00002 M54     0 {'a':60} b\n",
        "x.txt, row 2: M54 is both a heading and a code",
    ),
    ("hcpcs", "x.txt", HCPCS_LINE.replace("3Injection", "9Injection"), "x.txt, row 1: not a HCPCS record"),
    ("hcpcs", "x.txt", HCPCS_LINE * 2, "x.txt, row 2: J1885 stands there twice"),
    (
        "hcpcs",
        "x.txt",
        HCPCS_LINE.replace("3Injection", "4Injection"),
        "x.txt, row 1: the description goes on of",
    ),
    ("hcpcs", "x.txt", HCPCS_LINE.replace("19930101N", "1993    N"), 'x.txt, row 1: TERM DT "1993" is no date'),
    ("hcpcs", "x.txt", "\n", "x.txt: it holds no code"),
    (
        "hcpcs",
        "x.csv",
        HCPCS_HEADER + "J1885,5,a,b,20260101,20260101,,\n",
        'x.csv, row 2: RECID "5" is none of 3',
    ),
    ("payer", "x.csv", PAYER_HEADER, "x.csv: no row stands below the header"),
    (
        "payer",
        "x.csv",
        PAYER_HEADER + "60054,J1885,,4,day,1,,\n",
        "x.csv, row 2: pkg_size and billunits_per_item",
    ),
    (
        "payer",
        "x.csv",
        PAYER_HEADER + "60054,J1885,11111-2222-33,4,day,1,1,\n",
        "x.csv, row 2: max_units and per",
    ),
    (
        "payer",
        "x.csv",
        PAYER_HEADER + "60054,J1885,,4,day,,,\n60054,J1885,,5,day,,,\n",
        "x.csv, row 3: J1885 has two",
    ),
    ("asp-ndc", "x.csv", ASP_HEADER, "x.csv: no package stands below the header"),
    (
        "asp-ndc",
        "x.csv",
        ASP_HEADER + "J1885,11111-2222-33,1,1,4,4\nJ1885,11111-2222-33,2,1,4,4\n",
        "x.csv, row 3: NDC 11111222233 has two different sizes under J1885",
    ),
    ("ncci-ptp", "x.txt", PTP_HEADER, "x.txt: no pair stands below the header"),
    (
        "ncci-ptp",
        "x.txt",
        PTP_HEADER + "96372\t99213\t \t19000101\t*\t1\tx\r\n",
        "x.txt, row 2: its dates or rationales are beyond what a table can hold",
    ),
    (
        "icd10",
        "x.txt",
        f"00001 M54     1 {'a':60} b\n00001 M55     1 {'a':60} b\n",
        "x.txt, row 2: order number 00001 does not follow",
    ),
    (
        "icd10",
        "x.txt",
        f"00001 M54     1 {'a':60} b\n00002 M55     0 {'a':60} b\n",
        "x.txt, row 2: the last line is a heading",
    ),
    ("icd10", "x.txt", "M54 Dorsalgia\n", 'x.txt, row 1: not a line of an order file, or cut off: "M54 Dorsalgia"'),
    ("hcpcs", "x.txt", "J1885 ketorolac\n", "x.txt, row 1: not a HCPCS record"),
    ("payer", "x.csv", PAYER_HEADER + "60054,J1885,,4,week,,,\n", 'x.csv, row 2: per "week" is neither day nor line'),
    (
        "payer",
        "x.csv",
        PAYER_HEADER + "60054,J1885,,4,day,,,\n87726,J1885,,4,day,,,\n",
        "x.csv, row 3: payer 87726, and 60054 above",
    ),
    ("payer", "x.csv", PAYER_HEADER + "60054,J1885,123,,,1,1,\n", 'x.csv, row 2: ndc "123" is no NDC of eleven digits'),
    ("payer", "x.csv", PAYER_HEADER + "a b,J1885,,4,day,,,\n", 'x.csv, row 2: payer "a b" is no payer id'),
    (
        "payer",
        "x.csv",
        PAYER_HEADER + "60054,J1885,11111-2222-33,,,0,1,\n",
        'x.csv, row 2: pkg_size "0" is no quantity',
    ),
]


@pytest.mark.parametrize(("kind", "name", "text", "message"), TEXTS)
def test_wrong_files_are_refused_with_their_row(
    kind: str, name: str, text: str, message: str, published: Path, data: Path
) -> None:
    header = '"HCPCS/\nCPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n'
    path = write(published, name, text.replace("{mue}", header) or PTP_HEADER)
    with pytest.raises(SourceError, match=f"^{re.escape(message)}"):
        load(data, kind, path, effective=SUMMER)
    assert not any(name.endswith((".json", ".table", ".tmp")) for name in contents(data))


def test_a_row_of_a_workbook_is_named_by_its_number_in_the_sheet(published: Path, data: Path) -> None:
    path = published / "MCR_MUE_PractitionerServices_Eff_07-01-2026.xlsx"
    head = ("HCPCS/CPT Code", "Practitioner Services MUE Values", "MUE Adjudication Indicator")
    layouts.write_workbook(path, [(), ("notice",), (), head, ("J1885", 8, "3 x"), (), ("J1886", "many", "3 x")])
    with pytest.raises(SourceError, match=r'row 7: MUE value "many" is no number of units$'):
        load(data, "mue", path)


def test_parts_belong_together(published: Path, data: Path) -> None:
    paths = generator.write_files("ncci-ptp", published, rows=4_000)
    with pytest.raises(SourceError, match=r"^part f2 is missing: give all parts of one edition in one import"):
        load(data, "ncci-ptp", paths[0], *paths[2:])
    books = generator.write_files("ncci-ptp", published, rows=4_000, form="xlsx")
    with pytest.raises(SourceError, match=r"^part f1 is given twice \(as text and as workbook\?\)"):
        load(data, "ncci-ptp", *paths, books[0])
    renamed = paths[3].rename(published / "ccipra-v321r0-f4.txt")
    with pytest.raises(SourceError, match=r"^the files are of different editions: .* is from 2026-04-01"):
        load(data, "ncci-ptp", *paths[:3], renamed)
    # The last part cannot be missed by its number: that the injections are not there is worth a word.
    outcome = load(data, "ncci-ptp", paths[0])
    assert outcome.notes == ("no pair has 96372 in column 1: is a part missing?",)


def test_workbooks_without_their_reader(published: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    [path] = generator.write_files("mue", published, form="xlsx", rows=40)
    with pytest.raises(
        SourceError, match=r"install python-calamine \(pip install 'edi837\[refdata\]'\), or give the same"
    ):
        load(data, "mue", path)


def test_every_kind_has_a_layout_and_a_title() -> None:
    assert set(KINDS) == set(generator.FORMS)
    assert all(kind.title for kind in KINDS.values())
