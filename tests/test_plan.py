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
