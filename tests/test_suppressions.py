"""[[suppress]]: what an entry may say, which findings it marks, and what is said of entries that nobody needs."""

from __future__ import annotations

import pickle
import tomllib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator
from known import check_known
from rule_cases import interchange

from edi837.check import check_bytes
from edi837.errors import SettingsError
from edi837.results import FindingCounts
from edi837.rules import load_rules
from edi837.settings import SUPPRESS_KEYS, Settings, Suppression, parse_settings, settings_schema
from edi837.suppression import Suppressor, unsuppressed

TODAY = date(2026, 11, 23)
RULES = load_rules()

DENIED = interchange("CLM*A~ SV1*HC:96372*25*UN*1***1~")
"""A01 on line 1 of claim A, an error for Medicare; payer 00001, billing provider 1234567893, $25."""

WHOLE = """
[[suppress]]
code = "A01"
claim = "A"
provider = "1234567893"
payer = "00001"
drug = "96372"
reason = "the drug is billed by the pharmacy"
owner = "billing"
expires = 2026-12-31
"""


def suppressor(text: str, today: date = TODAY, **more: object) -> Suppressor:
    return Suppressor.of(parse_settings(text, RULES), RULES, today, settings_name="edi837.toml", **more)


def checked(data: bytes, text: str, select: str = "A01", today: date = TODAY):
    """The check of a batch by one rule with these entries."""
    settings = parse_settings(f'select = ["{select}"]\n{text}', RULES)
    return check_known(data, settings, Suppressor.of(settings, RULES, today))


def marks(data: bytes, scope: str, select: str = "A01") -> list[str | None]:
    entry = f'[[suppress]]\ncode = "{select}"\nreason = "agreed"\n{scope}'
    return [finding.suppressed for finding in checked(data, entry, select).findings]


MARK = "[[suppress]] 1: agreed"


# The text of the settings ---------------------------------------------------------------------------------------------


def test_an_entry_holds_what_its_table_says():
    [entry] = parse_settings(WHOLE, RULES).suppressions
    assert entry == Suppression(
        key="[[suppress]] 1",
        code="A01",
        reason="the drug is billed by the pharmacy",
        claim="A",
        provider="1234567893",
        payer="00001",
        drug="96372",
        owner="billing",
        expires=date(2026, 12, 31),
    )
    assert entry.as_table() == tomllib.loads(WHOLE)["suppress"][0]
    assert entry.as_table().keys() == set(SUPPRESS_KEYS)


def test_a_rule_may_be_named():
    text = WHOLE.replace('"A01"', '"admin-without-drug-line"')
    assert parse_settings(text, RULES).suppressions == parse_settings(WHOLE, RULES).suppressions


ENTRY = '[[suppress]]\ncode = "A01"\nreason = "agreed"\nclaim = "A"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('suppress = "A01"', '[[suppress]]: needs a list, not "A01"'),
        ('suppress = ["A01"]', '[[suppress]] 1: needs a table, not "A01"'),
        (ENTRY + 'resaon = "x"', '[[suppress]] 1: unknown key "resaon"; did you mean "reason"?'),
        (ENTRY + "expire = 2026-01-31", '[[suppress]] 1: unknown key "expire"; did you mean "expires"?'),
        (
            ENTRY + "zzzzzzz = 1",
            '[[suppress]] 1: unknown key "zzzzzzz"; known are code, claim, provider, payer, drug, reason, owner, '
            "expires",
        ),
        (ENTRY + '[[suppress]]\ncode = "A01"\nclaim = "A"', "[[suppress]] 2: needs a reason"),
        ('[[suppress]]\nreason = "agreed"\nclaim = "A"', "[[suppress]] 1: needs a code"),
        (
            '[[suppress]]\ncode = "A01"\nreason = "agreed"',
            "[[suppress]] 1: say of what by claim, provider, payer, drug; ignore leaves a rule out everywhere",
        ),
        (ENTRY.replace('"agreed"', '" "'), "[[suppress]] 1 reason: is empty"),
        (ENTRY.replace('"A"', '""'), "[[suppress]] 1 claim: is empty"),
        (ENTRY.replace('"A"', "1"), "[[suppress]] 1 claim: needs a text, not 1"),
        (ENTRY.replace('"A01"', '"A99"'), '[[suppress]] 1 code: there is no rule "A99"; did you mean "A09"?'),
        (ENTRY.replace('"A01"', '"A"'), '[[suppress]] 1 code: there is no rule "A"'),
        (ENTRY.replace('"A01"', '"INT001"'), '[[suppress]] 1 code: there is no rule "INT001"'),
        (ENTRY + 'provider = "12345"', '[[suppress]] 1 provider: "12345" is no NPI (ten digits)'),
        (ENTRY + 'drug = "j1885"', '[[suppress]] 1 drug: "j1885" is no procedure code, or beginning'),
        (ENTRY + 'payer = ""', "[[suppress]] 1 payer: is empty"),
        (ENTRY + 'owner = ""', "[[suppress]] 1 owner: is empty"),
        (ENTRY + "expires = 2026", "[[suppress]] 1 expires: needs a date such as 2026-01-31, not 2026"),
        (ENTRY + 'expires = "soon"', '[[suppress]] 1 expires: needs a date such as 2026-01-31, not "soon"'),
        (ENTRY + "expires = 2026-01-31T12:00:00", "[[suppress]] 1 expires: needs a date such as 2026-01-31, not"),
    ],
)
def test_mistakes_name_their_place_and_the_nearest_name(text, message):
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, RULES)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (WHOLE, True),
        (ENTRY, True),
        (ENTRY.replace("claim", "claims"), False),
        (ENTRY.replace('reason = "agreed"', ""), False),
        (ENTRY.replace('code = "A01"', ""), False),
        (ENTRY.replace('claim = "A"', ""), False),
        (ENTRY.replace('"A"', '" "'), False),
        (ENTRY.replace('"A01"', '"A99"'), False),
        (ENTRY + 'provider = "12345"', False),
        (ENTRY + 'drug = "j1885"', False),
    ],
)
def test_the_schema_says_the_same(text, valid):
    """Editors have TOML dates as texts."""
    schema = settings_schema(RULES)
    assert Draft202012Validator(schema).is_valid(tomllib.loads(text.replace("2026-12-31", '"2026-12-31"'))) is valid
    if valid:
        parse_settings(text, RULES)
    else:
        with pytest.raises(SettingsError):
            parse_settings(text, RULES)


def test_entries_are_part_of_the_fingerprint_of_the_settings_and_travel_to_a_worker():
    settings = parse_settings(WHOLE, RULES)
    assert settings.fingerprint() != Settings().fingerprint()
    assert pickle.loads(pickle.dumps(settings)) == settings
    known = suppressor(WHOLE)
    assert checked(DENIED, WHOLE).summary.suppressed == 1
    assert pickle.loads(pickle.dumps(known)) == known


# Which findings -------------------------------------------------------------------------------------------------------


def test_a_suppressed_finding_is_marked_and_counted_and_nothing_else():
    plain = checked(DENIED, "")
    assert (plain.summary.findings, plain.summary.suppressed) == (FindingCounts(error=1), 0)
    assert plain.summary.at_risk == Decimal(25)
    result = checked(DENIED, WHOLE)
    assert (result.summary.findings, result.summary.suppressed) == (FindingCounts(), 1)
    assert result.summary.at_risk == Decimal(0)
    assert (result.summary.checked, result.summary.claims) == (1, 1)
    [finding] = result.findings
    assert finding.suppressed == "[[suppress]] 1: the drug is billed by the pharmacy"
    [before] = plain.findings
    assert (finding.fingerprint, finding.offset, finding.message) == (before.fingerprint, before.offset, before.message)
    assert unsuppressed(result.findings) == []
    assert unsuppressed(plain.findings) == [before]
    assert result.diagnostics == ()


def test_without_a_suppressor_nothing_is_suppressed():
    """A library's caller who names no day gets every finding."""
    settings = parse_settings(f'select = ["A01"]\n{WHOLE}', RULES)
    for result in (check_bytes(DENIED, settings=settings), check_known(DENIED, settings, None)):
        assert [finding.suppressed for finding in result.findings] == [None]


TWO = interchange(
    "CLM*A~ SV1*HC:96372*25*UN*1***1~"
    "NM1*85*2*OTHER CLINIC*****XX*1999999984~ NM1*IL*1*ROE*KIM****MI*M2~ NM1*PR*2*OTHER*****PI*00002~"
    "CLM*B~ NM1*82*1*WHO*CARES****XX*1888888885~ SV1*HC:96372*30*UN*1***1~"
)


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ('claim = "A"', [MARK, None]),
        ('claim = "B"', [None, MARK]),
        ('claim = "a"', [None, None]),
        ('claim = "AB"', [None, None]),
        ('payer = "00001"', [MARK, None]),
        ('payer = "00002"', [None, MARK]),
        ('payer = "0000"', [None, None]),
        ('provider = "1234567893"', [MARK, None]),
        ('provider = "1999999984"', [None, MARK]),
        ('provider = "1888888885"', [None, MARK]),
        ('provider = "1777777776"', [None, None]),
        ('drug = "96372"', [MARK, MARK]),
        ('drug = "96*"', [MARK, MARK]),
        ('drug = "J*"', [None, None]),
        ('payer = "00001"\nclaim = "A"\nprovider = "1234567893"', [MARK, None]),
        ('payer = "00001"\nclaim = "B"', [None, None]),
        ('payer = "00001"\ndrug = "J1885"', [None, None]),
    ],
)
def test_all_that_an_entry_says_must_fit(scope, found):
    assert marks(TWO, scope) == found


def test_a_rendering_provider_is_that_of_the_line():
    data = interchange(
        "CLM*A~ SV1*HC:96372*25*UN*1***1~ DTP*472*D8*20260310~ NM1*82*1*WHO*CARES****XX*1888888885~"
        "LX*2~ SV1*HC:96372*30*UN*1***1~ DTP*472*D8*20260310~"
    )
    assert [finding.line for finding in checked(data, "").findings] == ["1", "2"]
    assert marks(data, 'provider = "1888888885"') == [MARK, None]
    assert marks(data, 'provider = "1234567893"') == [MARK, MARK]


def test_a_drug_may_stand_on_the_other_side_of_the_finding():
    """A09 is about the injection; the drug that is not covered is its partner."""
    data = interchange("CLM*A~ HI*ABK:R7989~ SV1*HC:96372*25*UN*1***1~ SV1*HC:J3420*10*UN*1***1~")
    found = checked(data, "", "A09").findings
    assert [(item.line, [partner.line for partner in item.partners]) for item in found] == [("1", ["2"])]
    assert marks(data, 'drug = "J3420"', "A09") == [MARK]
    assert marks(data, 'drug = "J34*"', "A09") == [MARK]
    assert marks(data, 'drug = "J1885"', "A09") == [None]


def test_a_finding_of_the_whole_claim_has_no_drug():
    data = interchange("CLM*A*999~ SV1*HC:96372*25*UN*1***1~")
    assert [item.line for item in checked(data, "", "I04").findings] == [None]
    assert marks(data, 'drug = "96372"', "I04") == [None]
    assert marks(data, 'claim = "A"', "I04") == [MARK]
    assert marks(data, 'provider = "1234567893"', "I04") == [MARK]
    rendered = interchange("CLM*A*999~ NM1*82*1*WHO*CARES****XX*1888888885~ SV1*HC:96372*25*UN*1***1~")
    assert marks(rendered, 'provider = "1888888885"', "I04") == [MARK]


def test_another_rule_is_another_matter():
    text = ENTRY.replace("A01", "A05")
    result = check_known(DENIED, parse_settings(text, RULES), suppressor(text))
    assert "A01" in [finding.code for finding in result.findings]
    assert [finding.suppressed for finding in result.findings] == [None] * len(result.findings)


def test_the_first_entry_that_fits_is_named():
    text = ENTRY.replace('"A"', '"B"') + ENTRY + ENTRY.replace("agreed", "later")
    [finding] = checked(DENIED, text).findings
    assert finding.suppressed == "[[suppress]] 2: agreed"


def test_the_rest_of_a_claim_stays_at_risk():
    data = interchange("CLM*A~ SV1*HC:96372*25*UN*1.5***1~ SV1*HC:96372*30*UN*1***1~")
    settings = parse_settings('select = ["A01", "C06"]\n' + ENTRY, RULES)
    result = check_known(data, settings, Suppressor.of(settings, RULES, TODAY))
    assert {(item.code, item.line, item.suppressed is None) for item in result.findings} == {
        ("A01", "1", False),
        ("A01", "2", False),
        ("C06", "1", True),
    }
    assert result.summary.at_risk == Decimal(25)
    assert (result.summary.findings.error, result.summary.suppressed) == (1, 2)


def test_what_is_at_risk_is_that_of_the_findings_that_count():
    """Claims of several transactions, two of one number among them, and a whole claim."""
    lines = "SV1*HC:96372*25*UN*1***1~ SV1*HC:96372*30*UN*1***1~"
    data = interchange(f"CLM*A~ {lines}") + interchange(f"NM1*IL*1*ROE*KIM****MI*M2~ CLM*A*999~ {lines}")
    settings = parse_settings('select = ["A01", "I04"]\n[severity]\nI04 = "error"', RULES)
    plain = check_known(data, settings, None).summary
    assert (plain.findings.error, plain.at_risk) == (5, Decimal(55 + 999))
    for number, at_risk in (("A01", 999), ("I04", 55 + 55)):
        entry = parse_settings(ENTRY.replace("A01", number), RULES).suppressions
        known = Suppressor(entry, TODAY, ("A01", "I04"))
        assert check_known(data, settings, known).summary.at_risk == Decimal(at_risk)


# What is not needed any more ------------------------------------------------------------------------------------------

EXPIRING = ENTRY + "expires = 2026-11-23\n"


@pytest.mark.parametrize(("days", "suppressed"), [(-1000, 1), (-1, 1), (0, 1), (1, 0), (1000, 0)])
def test_an_entry_holds_through_its_last_day(days, suppressed):
    assert checked(DENIED, EXPIRING, today=TODAY + timedelta(days)).summary.suppressed == suppressed


def told(data: bytes, text: str, today: date = TODAY) -> list[tuple[str, str, str, str, str]]:
    settings = parse_settings(text, RULES)
    known = Suppressor.of(settings, RULES, today, settings_name="edi837.toml")
    return [
        (item.code, item.severity.value, item.file, item.message, item.cure)
        for item in check_known(data, settings, known).diagnostics
    ]


def test_an_expired_entry_is_reported_and_its_findings_count():
    result = checked(DENIED, EXPIRING, today=TODAY + timedelta(1))
    assert (result.summary.findings.error, result.summary.suppressed) == (1, 0)
    assert told(DENIED, EXPIRING, TODAY + timedelta(1)) == [
        (
            "S101",
            "warning",
            "edi837.toml",
            "[[suppress]] 1 (A01) expired on 2026-11-23 and suppresses nothing any more",
            "remove the entry, or give it a new date if somebody still answers for it",
        )
    ]
    assert told(DENIED, EXPIRING) == []


def test_an_entry_that_fits_no_finding_is_reported():
    text = ENTRY + ENTRY.replace('"A"', '"B"')
    assert told(DENIED, text) == [
        (
            "S102",
            "warning",
            "edi837.toml",
            "[[suppress]] 2 (A01) fits no finding",
            "remove the entry if its claims are corrected, or check what it is about",
        )
    ]


def test_of_a_rule_that_does_not_run_nobody_can_say_that_it_is_not_used():
    entry = ENTRY.replace('"A"', '"B"')
    assert told(DENIED, 'select = ["B"]\n' + entry) == []
    expired = entry + "expires = 2026-01-31\n"
    assert [found[0] for found in told(DENIED, 'select = ["B"]\n' + expired)] == ["S101"]


def test_no_reason_is_repeated_in_a_diagnostic():
    text = ENTRY.replace("agreed", "ask CANARY") + EXPIRING.replace("agreed", "ask CANARY").replace('"A"', '"CANARY"')
    assert "CANARY" not in repr(told(b"", text, TODAY + timedelta(1)))


def test_diagnostics_of_files_come_first():
    unused = suppressor(ENTRY.replace('"A"', '"B"'))
    found = check_known(DENIED.replace(b"~", b"~~", 1), Settings(), unused).diagnostics
    assert [item.code for item in found] == ["X301", "S102"]
