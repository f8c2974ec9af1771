"""Ruling 21: the grammar of signatures, and how a denial fits one."""

from __future__ import annotations

import pytest

from edi837.denials.signatures import Alternative, Fit, fit, parse_signature
from edi837.rules import load_rules


def alternative(reasons="", *remarks):
    return Alternative(frozenset(reasons.split()), tuple(frozenset(group.split()) for group in remarks))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CO-97+M15|N19", [alternative("97", "M15 N19")]),
        ("CO-97|CO-236+M15", [alternative("97 236", "M15")]),
        ("CO-B15; CO-107", [alternative("B15"), alternative("107")]),
        ("CO-5|CO-58+M77, CO-171", [alternative("5 58", "M77"), alternative("171")]),
        ("CO-50+N386 (NCD) / PR-96+N425", [alternative("50", "N386"), alternative("96", "N425")]),
        ("OA-18/CO-18", [alternative("18")]),
        ("CO-A1/CO-96+N161|N169", [alternative("A1 96", "N161 N169")]),
        ("M80; M14", [alternative("", "M80"), alternative("", "M14")]),
        ("plus MA01", [alternative("", "MA01")]),
        ("E/M line: CO-97+M15 or CO-236", [alternative("97", "M15"), alternative("236")]),
        ('CO-16+N349 (best match: "administration method"); CO-B15', [alternative("16", "N349"), alternative("B15")]),
        ("CO-16+N815 (count) / N816 (UOM); M119", [alternative("16", "N815"), alternative("", "N816"),
                                                   alternative("", "M119")]),
        ("CO-16+MA130+N764 (Hct) | N796 (Hgb)", [alternative("16", "MA130", "N764 N796")]),
        ("CO-181+N56; 277CA A7:507 (edit X222.351.2400)", [alternative("181", "N56")]),
        ("277CA A7:476|A8; CO-16+M53", [alternative("16", "M53")]),
        ("A7:254/255", []),
        ("none (underbilling)", []),
        ("post-pay; CO-151", [alternative("151")]),
    ],
)  # fmt: skip
def test_grammar(text, expected):
    assert list(parse_signature(text)) == expected


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.code)
def test_every_signature_of_every_rule_can_be_read(rule):
    for text in rule.predicts:
        assert parse_signature(text) or "A7" in text or "277CA" in text, text


def fitted(signature, reason, remarks="", alerts="", *, generic=False):
    return fit(
        parse_signature(signature), reason, frozenset(remarks.split()), frozenset(alerts.split()), generic=generic
    )


def test_the_group_of_a_reason_does_not_count():
    assert fitted("CO-97", "97") == Fit(True, False)
    assert parse_signature("PR-96") == parse_signature("CO-96")


def test_a_remark_counts_only_in_the_alternative_of_its_reason():
    assert fitted("CO-97+M15; CO-236", "97", "M15") == Fit(True, True)
    assert fitted("CO-97+M15; CO-236", "236", "M15") == Fit(True, False)
    assert fitted("CO-97+M15; CO-236", "50", "M15") == Fit(False, False)


def test_a_bare_remark_goes_with_any_reason_but_an_alert_says_nothing():
    assert fitted("M80", "50", "M80") == Fit(True, True)
    assert fitted("MA01", "50", "", "MA01") == Fit(False, False)


def test_a_generic_reason_needs_its_remark():
    assert fitted("CO-16+N349", "16", "N349", generic=True) == Fit(True, True)
    assert fitted("CO-16+N349", "16", "M119", generic=True) == Fit(False, False)
    assert fitted("CO-16+N349", "16", generic=True) == Fit(False, False)


def test_a_generic_alternative_without_remark_fits_only_a_line_without():
    assert fitted("CO-96", "96", generic=True) == Fit(True, False)
    assert fitted("CO-96", "96", "", "MA01", generic=True) == Fit(True, False)
    assert fitted("CO-96", "96", "N130", generic=True) == Fit(False, False)


def test_remarks_that_belong_together_are_both_needed():
    assert fitted("CO-16+MA130+N63", "16", "MA130 N63", generic=True) == Fit(True, True)
    assert fitted("CO-16+MA130+N63", "16", "MA130", generic=True) == Fit(False, False)
