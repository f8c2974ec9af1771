"""The reference tables about diagnoses and patients: code sets, manifestations, limits, self-administered drugs."""

from __future__ import annotations

from datetime import date

import pytest
from rule_cases import read_table

from edi837.reference import DiagnosisCode, Manifestation, PatientLimit, Reference, matches


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.builtin()


# Code sets


@pytest.fixture(scope="module")
def with_code_sets() -> Reference:
    """With a table icd10 of the fiscal years 2016 and 2017."""
    return Reference(read_table)


def test_code_sets_do_not_ship(reference: Reference) -> None:
    assert reference.diagnosis_code("M5416", date(2016, 3, 10)) is None
    assert "icd10" not in reference.editions()


@pytest.mark.parametrize(
    ("code", "on", "listed", "billable"),
    [
        ("M5416", date(2016, 3, 10), True, True),
        ("M541", date(2016, 3, 10), True, False),
        ("Q0000", date(2016, 3, 10), False, False),
        ("", date(2016, 3, 10), False, False),
        ("E11321", date(2016, 9, 30), True, True),
        ("E11321", date(2016, 10, 1), True, False),
        ("E113211", date(2016, 9, 30), False, False),
        ("E113211", date(2016, 10, 1), True, True),
    ],
)
def test_code_as_of_a_day(with_code_sets: Reference, code: str, on: date, listed: bool, billable: bool) -> None:
    assert with_code_sets.diagnosis_code(code, on) == DiagnosisCode(code, listed, billable)


@pytest.mark.parametrize("on", [date(2015, 9, 30), date(2017, 10, 1)])
def test_of_other_years_the_code_sets_say_nothing(with_code_sets: Reference, on: date) -> None:
    assert with_code_sets.diagnosis_code("M5416", on) is None
    assert with_code_sets.diagnosis_code("Q0000", on) is None


def test_code_sets_without_rows_say_nothing() -> None:
    def read(name: str) -> bytes:
        return b"code,billable,first,last,source\n" if name == "icd10.csv" else read_table(name)

    assert Reference(read).diagnosis_code("M5416", date(2016, 3, 10)) is None


# Manifestations


@pytest.mark.parametrize("diagnosis", ["G320", "G63", "F0280", "M368", "D77", "E20811", "N770"])
def test_manifestations_never_stand_first(reference: Reference, diagnosis: str) -> None:
    found = reference.manifestation(diagnosis)
    assert found is not None
    assert found.causes == ()


def test_manifestation_whose_cause_matters(reference: Reference) -> None:
    assert reference.manifestation("D631") == Manifestation("D631", ("N18*",), "icd10-manifestations")
    cancer = reference.manifestation("D630")
    assert cancer is not None
    for cause, fits in (("C61", True), ("D0512", True), ("D469", True), ("D510", False), ("N184", False)):
        assert any(matches(pattern, cause) for pattern in cancer.causes) is fits, cause


@pytest.mark.parametrize("diagnosis", ["D510", "G629", "M5450", "D649", "E2081", "M1460", "H3682", "G630", ""])
def test_other_diagnoses_may_stand_first(reference: Reference, diagnosis: str) -> None:
    assert reference.manifestation(diagnosis) is None


# Patients


def test_patient_limits(reference: Reference) -> None:
    assert reference.patient_limit("J1050") == PatientLimit(
        code="J1050",
        sex="F",
        months_max=None,
        diagnoses=("Z30*",),
        lifted_by=("F64*", "Z87890"),
        source="patient-limits",
    )
    nirsevimab = reference.patient_limit("90380")
    assert nirsevimab is not None
    assert (nirsevimab.sex, nirsevimab.months_max, nirsevimab.lifted_by) == ("", 19, ())
    assert reference.patient_limit("J1885") is None


def test_self_administered_drugs(reference: Reference) -> None:
    assert reference.is_usually_self_administered("J1438")
    assert reference.is_usually_self_administered("Q3028")
    assert not reference.is_usually_self_administered("J1885")


# What the older tables answer the other way round


def test_predecessors(reference: Reference) -> None:
    assert {old.old for old in reference.predecessors("J1010")} == {"J1020", "J1030", "J1040"}
    assert [old.old for old in reference.predecessors("J0139")] == ["J0135"]
    assert "J0171" in {old.old for old in reference.predecessors("J0166")}  # one of several that may be meant
    assert reference.predecessors("J1885") == ()
    assert reference.predecessors("") == ()


def test_codes_with_packages(reference: Reference) -> None:
    assert reference.has_packages("J1885")
    assert not reference.has_packages("J1050")
    assert not reference.has_packages("J3490")
