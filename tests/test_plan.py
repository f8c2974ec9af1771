"""Which rules an encounter pays for: the few that can speak about it, not all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from msgspec import structs
from rule_cases import REFERENCE, interchange

import edi837.check
from edi837.check import check_bytes
from edi837.model import ServiceLine
from edi837.rules import load_rules
from edi837.rules.base import Context, Hit, Rule
from edi837.rules.encounter import Encounter
from edi837.rules.features import FEATURES
from edi837.settings import Settings

MOST = 2
"""Rules that a clean office visit with an injection may call."""

GROUP = "PRV*BI*PXC*193200000X~ "
RENDERED = "NM1*82*1*ROE*RICHARD****XX*1999999984~ PRV*PE*PXC*207Q00000X~ "
OFFICE = (
    "HI*ABK:M5450*ABF:I10~ " + RENDERED + "SV1*HC:99213:25*120*UN*1***2~ "
    "SV1*HC:J1885{}*8*UN*2***1~ LIN**N4*00338007225~ CTP****1*ML~ SV1*HC:96372*35*UN*1***1~"
)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each rule is called from now on."""
    calls: Counter[str] = Counter()

    def counting(rule: Rule) -> Rule:
        def check(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
            calls[rule.code] += 1
            return rule.check(encounter, ctx)

        return structs.replace(rule, check=check)

    rules = tuple(counting(rule) for rule in load_rules())
    monkeypatch.setattr(edi837.check, "load_rules", lambda: rules)
    return calls


@pytest.mark.parametrize(
    ("payer", "modifiers"),
    [("", ":JZ"), ("SBR*P*18*******CI~ ", ""), ("SBR*P*18*******MC~ ", ""), ("SBR*P*18*******16~ ", ":JZ")],
    ids=["Medicare", "commercial", "Medicaid", "Medicare plan"],
)
@pytest.mark.parametrize("preview", [False, True])
def test_a_clean_office_injection_calls_few_rules(
    payer: str, modifiers: str, preview: bool, called: Counter[str]
) -> None:
    data = interchange(payer + GROUP + OFFICE.format(modifiers))
    result = check_bytes(data, settings=Settings(preview=preview), reference=REFERENCE)
    assert (result.findings, result.diagnostics, result.summary.checked) == ((), (), 1)
    assert sum(called.values()) <= MOST, sorted(called)
    assert set(called.values()) <= {1}


def test_without_a_plan_every_rule_is_called(called: Counter[str]) -> None:
    check_bytes(interchange(OFFICE.format(":JZ")), settings=Settings(preview=True), reference=REFERENCE, plan=False)
    assert set(called) == {rule.code for rule in load_rules()}


DRUG, INJECTION = "SV1*HC:J1885:JZ*8*UN*{}***1~ ", "SV1*HC:96372*35*UN*{}***1~ "
OTHER_PAYER = "NM1*PR*2*OTHER PLAN*****PI*OTHER~ SBR*P*18*******CI~ CLM*B~ "


@pytest.mark.parametrize(
    "segments",
    [
        DRUG.format(2) + "SV1*HC:J1100*8*UN*2***1~ " + INJECTION.format(-1),
        DRUG.format(2) + "SV1*HC:J1100*8*UN*2***1~ " + INJECTION.format(1) + "SV1*HC:96401*80*UN*-3***1~",
        DRUG.format(2) + DRUG.format("0.5") + INJECTION.format(1),
        DRUG.format(40) + DRUG.format(-30) + INJECTION.format(1),
        DRUG.format(2) + INJECTION.format(1) + "SV1*HC:99213*120000*UN*1***1~ SV1*HC:J1100*-60000*UN*2***1~",
        DRUG.format(2) + INJECTION.format(1) + OTHER_PAYER + DRUG.format(2) + INJECTION.format(2),
        "HI*ABK:E538*ABF:I10~ SV1*HC:99213:25*120*UN*1***1:2~ SV1*HC:J3420*15*UN*1***1~ SV1*HC:96372*35*UN*1***2~",
        INJECTION.format(1) + INJECTION.format(1) + "NTE*ADD*VIAL FURNISHED BY PATIENT~",
        "NTE*ADD*WHITE BAGGED~ " + DRUG.format(2) + INJECTION.format(1),
    ],
)
def test_what_a_glance_tells_hides_no_finding(segments: str) -> None:
    data = interchange(segments)
    for preview in (False, True):
        found, all_called = (
            check_bytes(data, settings=Settings(preview=preview), reference=REFERENCE, plan=plan).findings
            for plan in (True, False)
        )
        assert found
        assert found == all_called


def test_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = (OFFICE.format(":JZ").replace("J1885", code).replace("UN*2", f"UN*{units}") for units, code in _DRUGS)
    data = interchange(" ".join(f"NM1*IL*1*DOE*JO****MI*M{n}~ CLM*{n}~ {claim}" for n, claim in enumerate(claims)))
    findings = check_bytes(data, reference=REFERENCE).findings
    assert findings
    monkeypatch.setattr("edi837.plan._MEMO", 2)
    monkeypatch.setattr("edi837.engine._MEMO", 2)
    assert check_bytes(data, reference=REFERENCE).findings == findings


_DRUGS = [(units, code) for units in (1, 2, 40) for code in ("J1885", "J3420", "J1100", "J2357")]


def test_every_feature_is_asked_for() -> None:
    asked = {name for rule in load_rules() for name in rule.needs | rule.unless}
    assert asked == set(FEATURES)


def test_the_days_of_a_line() -> None:
    def line(first: date | None, last: date | None) -> int:
        some = dict.fromkeys(ServiceLine.__struct_fields__)
        return ServiceLine(**{**some, "service_date": first, "service_date_end": last}).days

    day, later = date(2026, 2, 27), date(2026, 3, 2)
    assert [line(day, later), line(day, day), line(later, day)] == [4, 1, 1]
    assert [line(None, day), line(day, None), line(None, None)] == [1, 1, 1]
