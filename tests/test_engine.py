"""The engine with rules made for the test: encounters, severities, suppression, rules that fail."""

from __future__ import annotations

from decimal import Decimal

import pytest
from rule_cases import interchange

from edi837 import check as checking
from edi837.check import check_bytes
from edi837.model import Finding, Partner, Severity
from edi837.rules.base import Hit, rule
from edi837.settings import Settings, parse_settings

HELP = "What the rule finds.\n\nWhy: w\nFix: f\nDenied: d\nClean: c\nSource: s"


def made(code, check, *, triggers=("96372",), severity=Severity.ERROR, **options):
    """A rule out of a function."""
    check.__doc__ = HELP
    options = {"category": "technical", "confidence": "verified"} | options
    return rule(code, triggers=set(triggers), severity=severity, **options)(check)


def lines_of(encounter):
    """The lines of an encounter as CLAIM:LINE."""
    return " ".join(f"{encounter.claim_of(line).id}:{line.number}" for line in encounter.lines)


def sees_encounter(encounter, ctx):
    yield Hit(encounter.lines[0], "SV101-2", f"{encounter.service_date} {lines_of(encounter)}")


def hits_injections(encounter, ctx):
    for line in encounter.lines_of({"96372"}):
        yield Hit(line, "SV101-2", "an injection")


def hits_drugs(encounter, ctx):
    for line in encounter.lines_of({"J3420"}):
        yield Hit(line, "SV101-2", "a drug")


def hits_pairs(encounter, ctx):
    for line in encounter.lines_of({"J3420"}):
        yield Hit(line, "SV101-2", "a pair", partners=tuple(encounter.lines_of({"96372"})))


def hits_claim(encounter, ctx):
    yield Hit(encounter.claims[0], "CLM02", "a claim")


def fails(encounter, ctx):
    yield Hit(encounter.lines[0], "SV101-2", "before it failed")
    raise KeyError("ROE*ALMA")


@pytest.fixture
def run(monkeypatch):
    """Checks files with some rules: `run([rules], file, ..., settings="...")`."""

    def check(rules, *contents, settings=""):
        monkeypatch.setattr(checking, "load_rules", lambda: tuple(rules))
        chosen = parse_settings(settings, rules) if settings else Settings()
        names = [f"{number}.837" for number in range(1, len(contents) + 1)]
        result = check_bytes(*contents, settings=chosen, names=names)
        slow = check_bytes(*contents, settings=chosen, names=names, plan=False, prefilter=False)
        assert (slow.findings, slow.crashed) == (result.findings, result.crashed)
        return result

    return check


@pytest.fixture
def encounters(run):
    """What the encounters of some files are: "date CLAIM:LINE ..." for each with an injection."""
    see = made("Z01", sees_encounter)
    return lambda *contents: [finding.message for finding in run([see], *contents).findings]


INJECTION, DRUG = "SV1*HC:96372*25*UN*1***1~", "SV1*HC:J3420*10*UN*1***1~"
DAY, LATER = "2026-03-10", "2026-03-17"
ON_LATER = "DTP*472*D8*20260317~"


# Encounters -----------------------------------------------------------------------------------------------------------


def test_the_lines_of_one_claim_and_day_are_one_encounter(encounters):
    assert encounters(interchange(f"CLM*A~ {INJECTION} {DRUG}")) == [f"{DAY} A:1 A:2"]


def test_claims_under_one_subscriber_are_one_encounter(encounters):
    assert encounters(interchange(f"CLM*A~ {INJECTION} CLM*B~ {DRUG} CLM*C~ SV1*HC:99213*90*UN*1***1~")) == [
        f"{DAY} A:1 B:1 C:1"
    ]


def test_a_claim_without_a_trigger_is_checked_where_its_encounter_has_one(run):
    data = interchange(f"CLM*A~ {INJECTION} CLM*B~ {DRUG} CLM*C~ {DRUG} {ON_LATER}")
    summary = run([made("Z01", sees_encounter)], data).summary
    assert (summary.claims, summary.checked, summary.not_applicable, summary.unreadable) == (3, 2, 1, 0)


AGAIN = "SBR*P*18*******MB~"


@pytest.mark.parametrize("first", [INJECTION, DRUG])
def test_claims_under_two_subscriber_loops_are_one_encounter(encounters, first):
    second = DRUG if first == INJECTION else INJECTION
    # A changed payer name makes rule_cases write another HL loop.
    data = interchange(f"CLM*A~ {first} NM1*PR*2*OTHER NAME*****PI*00001~ CLM*B~ {second}")
    assert data.count(b"*22*0~") == 2
    assert encounters(data) == [f"{DAY} A:1 B:1"]


def test_claims_in_two_interchanges_and_files_are_one_encounter(encounters):
    first, second, third = (
        interchange(f"CLM*A~ {INJECTION}"),
        interchange(f"CLM*B~ {DRUG}"),
        interchange("CLM*C~" + DRUG),
    )
    assert encounters(first + second, third) == [f"{DAY} A:1 B:1 C:1"]
    assert encounters(third, first + second) == [f"{DAY} C:1 A:1 B:1"]


def test_a_finding_stands_in_the_file_of_its_claim(run):
    contents = interchange(f"CLM*A~ {DRUG}"), interchange(f"CLM*B~ {INJECTION}")
    [finding] = run([made("Z01", hits_injections)], *contents).findings
    assert (finding.file, finding.claim) == ("2.837", "B")
    assert contents[1][finding.offset :].startswith(b"SV1*HC:96372")
    [finding] = run([made("Z01", hits_pairs)], *contents).findings
    assert (finding.file, finding.claim, finding.partners) == ("1.837", "A", (Partner("B", "1"),))


@pytest.mark.parametrize(
    "other",
    [
        "NM1*IL*1*DOE*JANE****MI*MEMBER0002~",
        "NM1*85*2*OTHER CLINIC*****XX*1003000126~",
    ],
    ids=["member", "billing provider"],
)
def test_claims_of_others_are_other_encounters(encounters, other):
    assert encounters(interchange(f"CLM*A~ {INJECTION} {other} CLM*B~ {DRUG}")) == [f"{DAY} A:1"]
    assert encounters(interchange(f"CLM*A~ {INJECTION}"), interchange(f"{other} CLM*B~ {DRUG}")) == [f"{DAY} A:1"]


def test_without_an_npi_the_tax_id_tells_the_billing_provider(encounters):
    nobody = "NM1*85*2*CLINIC~ REF*EI*111111111~"
    other = "NM1*85*2*CLINIC~ REF*EI*222222222~"
    assert encounters(interchange(f"{nobody} CLM*A~ {INJECTION} {other} CLM*B~ {DRUG}")) == [f"{DAY} A:1"]
    data = interchange(f"{nobody} CLM*A~ {INJECTION} NM1*PR*2*X*****PI*1~ CLM*B~ {DRUG}")
    assert encounters(data) == [f"{DAY} A:1 B:1"]


def test_nobody_without_a_member_id_is_the_same_patient(encounters):
    nobody = "NM1*IL*1*DOE*JANE~"
    data = interchange(f"{nobody} CLM*A~ {INJECTION} NM1*PR*2*X*****PI*1~ CLM*B~ {INJECTION}")
    assert encounters(data) == [f"{DAY} A:1", f"{DAY} B:1"]


def test_each_date_of_service_is_an_encounter(encounters):
    data = interchange(
        f"CLM*A~ {INJECTION} {DRUG} {ON_LATER} {INJECTION} {ON_LATER} CLM*B~ {DRUG} CLM*C~ {DRUG} {ON_LATER}"
    )
    assert encounters(data) == [f"{DAY} A:1 B:1", f"{LATER} A:2 A:3 C:1"]


def test_a_range_counts_with_its_first_date(encounters):
    data = interchange(f"CLM*A~ {INJECTION} DTP*472*RD8*20260310-20260317~ {DRUG} {ON_LATER}")
    assert encounters(data) == [f"{DAY} A:1"]


def test_lines_without_a_date_are_an_encounter_of_their_own(encounters):
    data = interchange(f"CLM*A~ {INJECTION} {DRUG}").replace(b"DTP*472*D8*20260310", b"DTP*472*D8*", 1)
    assert encounters(data) == ["None A:1"]


CLINIC = "NM1*85*2*OTHER CLINIC*****XX*1003000126~"


@pytest.mark.parametrize(
    ("claims", "seen", "counts"),
    [
        (f"CLM*A~ {INJECTION} CLM*A****11:B:8~ {INJECTION}", [], (2, 0, 2)),
        (f"CLM*A~ {INJECTION} CLM*A****11:B:7~ {INJECTION} {DRUG}", ["A:1 A:2"], (2, 1, 1)),
        (f"CLM*A****11:B:7~ {INJECTION} CLM*A****11:B:7~ {INJECTION} {DRUG}", ["A:1 A:2"], (2, 1, 1)),
        (f"CLM*A~ {INJECTION} CLM*B****11:B:7~ {DRUG}", ["A:1 B:1"], (2, 2, 0)),
        (f"CLM*A****11:B:8~ {INJECTION}", [], (1, 0, 1)),
        (f"CLM*A****11:B:8~ {INJECTION} CLM*B~ {INJECTION}", ["B:1"], (2, 1, 1)),
        (f"CLM*A~ {INJECTION} CLM*A****11:B:8~ {INJECTION} CLM*A~ {DRUG} {INJECTION}", ["A:1 A:2"], (3, 1, 2)),
        (f"CLM*A~ {INJECTION} NM1*PR*2*X*****PI*2~ CLM*A****11:B:7~ {DRUG}", ["A:1 A:1"], (2, 2, 0)),
        (f"CLM*A~ {INJECTION} {CLINIC} CLM*A****11:B:8~ {INJECTION}", ["A:1"], (2, 1, 1)),
    ],
    ids=[
        "voided",
        "replaced",
        "replaced twice",
        "replacement of another claim",
        "a void alone",
        "a void beside another claim",
        "billed again after the void",
        "replacement at another payer",
        "void by another provider",
    ],
)
def test_voided_and_replaced_claims_are_no_part_of_it(encounters, run, claims, seen, counts):
    data = interchange(claims)
    assert encounters(data) == [f"{DAY} {lines}" for lines in seen]
    summary = run([made("Z01", sees_encounter)], data).summary
    assert (summary.claims, summary.checked, summary.not_applicable) == counts


def test_a_claim_is_replaced_by_a_later_file(encounters):
    original, replacement = interchange(f"CLM*A~ {INJECTION}"), interchange(f"CLM*A****11:B:7~ {INJECTION} {DRUG}")
    assert encounters(original, replacement) == [f"{DAY} A:1 A:2"]
    void = interchange(f"CLM*A****11:B:8~ {INJECTION}")
    assert encounters(original, replacement, void) == []


def test_a_history_has_the_live_lines_of_all_days(run):
    def sees_history(encounter, ctx):
        told = " ".join(f"{claim.id}:{line.number}" for claim, line in encounter.history.lines("J3420"))
        yield Hit(encounter.lines[0], "SV101-2", told)

    data = interchange(
        f"CLM*A~ {INJECTION} {DRUG} CLM*B~ {DRUG} {ON_LATER} CLM*C~ {DRUG} CLM*C****11:B:8~ {DRUG} "
        f"{CLINIC} CLM*D~ {DRUG}"
    )
    assert [finding.message for finding in run([made("Z01", sees_history)], data).findings] == ["A:2 B:1"]
    data = interchange(f"CLM*A~ {INJECTION} {DRUG}")
    assert [finding.message for finding in run([made("Z01", sees_history)], data).findings] == ["A:2"]


def test_a_partner_on_another_day_is_named_with_its_own_claim(run):
    def hits_past(encounter, ctx):
        partners = tuple(line for _, line in encounter.history.lines("J3420"))
        yield Hit(encounter.lines[0], "SV101-2", "an interval", partners=partners)

    data = interchange(f"CLM*A~ {DRUG} {ON_LATER} CLM*B~ {INJECTION}")
    [finding] = run([made("Z01", hits_past)], data).findings
    assert (finding.claim, finding.partners) == ("B", (Partner("A", "1"),))


# Findings -------------------------------------------------------------------------------------------------------------


def test_a_finding_has_the_facts_of_its_line_and_rule(run):
    one = made("Z01", hits_pairs, predicts=("CO-97",), category="route-admin-code", severity=Severity.WARNING)
    data = interchange(f"CLM*A~ {INJECTION} LX*7~ {DRUG}")
    [finding] = run([one], data).findings
    segments = data.split(b"~\n")
    place = segments.index(b"SV1*HC:J3420*10*UN*1***1")
    assert finding == Finding(
        code="Z01",
        name="hits-pairs",
        severity=Severity.WARNING,
        category="route-admin-code",
        claim="A",
        line="7",
        loop="2400",
        element="SV101-2",
        file="1.837",
        interchange="000000001",
        transaction="0001",
        segment=place - 1,
        file_segment=place + 1,
        offset=data.index(b"SV1*HC:J3420"),
        length=24,
        payer="00001",
        service_date=finding.service_date,
        charge=Decimal(10),
        message="a pair",
        fix="f",
        predicts=("CO-97",),
        partners=(Partner("A", "1"),),
        fingerprint=finding.fingerprint,
        suppressed=None,
    )
    assert str(finding.service_date) == DAY


def test_a_hit_may_bring_its_own_fix_and_severity(run):
    def hits(encounter, ctx):
        yield Hit(encounter.lines[0], "SV101-2", "usual")
        yield Hit(encounter.lines[0], "SV104", "other", fix="do this", severity=Severity.INFO)

    found = run([made("Z01", hits)], interchange(f"CLM*A~ {INJECTION}")).findings
    assert [(item.message, item.fix, item.severity) for item in found] == [
        ("usual", "f", Severity.ERROR),
        ("other", "do this", Severity.INFO),
    ]


def test_a_fault_of_the_claim_is_reported_once_whatever_its_dates(run):
    data = interchange(f"CLM*A~ {INJECTION} {INJECTION} {ON_LATER} CLM*B~ {INJECTION} DTP*472*D8*20260318~")
    found = run([made("Z01", hits_claim), made("Z02", hits_injections)], data).findings
    assert [(item.code, item.claim, item.line, str(item.service_date), item.charge) for item in found] == [
        ("Z01", "A", None, DAY, Decimal(50)),
        ("Z02", "A", "1", DAY, Decimal(25)),
        ("Z02", "A", "2", LATER, Decimal(25)),
        ("Z01", "B", None, "2026-03-18", Decimal(25)),
        ("Z02", "B", "1", "2026-03-18", Decimal(25)),
    ]


def test_findings_come_in_the_order_of_claims_lines_and_codes(run):
    rules = [made("Z03", hits_injections), made("Z01", hits_drugs), made("Z02", hits_claim), made("Z04", hits_drugs)]
    data = interchange(f"CLM*B~ {INJECTION} {DRUG} {ON_LATER} {INJECTION} {ON_LATER} {DRUG} CLM*A~ {INJECTION}")
    found = [(item.claim, item.line, item.code) for item in run(rules, data).findings]
    assert found == [
        ("B", None, "Z02"),
        ("B", "1", "Z03"),
        ("B", "2", "Z01"),
        ("B", "2", "Z04"),
        ("B", "3", "Z03"),
        ("B", "4", "Z01"),
        ("B", "4", "Z04"),
        ("A", "1", "Z03"),
    ]


def test_a_fingerprint_is_that_of_the_defect_not_of_its_place(run):
    one = made("Z01", hits_pairs)
    claim = f"CLM*A~ {INJECTION} {DRUG}"
    there = f"CLM*X~ SV1*HC:99213*90*UN*1***1~ NM1*IL*1*ROE*KIM****MI*M2~ {claim}"
    [here], [moved] = run([one], interchange(claim)).findings, run([one], interchange(there)).findings
    assert here.offset != moved.offset
    assert here.fingerprint == moved.fingerprint
    others = [
        interchange(claim.replace("CLM*A", "CLM*B")),
        interchange(f"CLM*A~ LX*3~ {INJECTION} {DRUG}"),
        interchange(f"CLM*A~ {INJECTION} LX*3~ {DRUG}"),
        interchange(f"CLM*A~ {INJECTION} {ON_LATER} {DRUG} {ON_LATER}"),
        interchange(f"CLM*A~ {INJECTION} {INJECTION} LX*2~ {DRUG}"),
    ]
    found = {run([one], data).findings[0].fingerprint for data in others}
    found.add(run([made("Z02", hits_pairs)], interchange(claim)).findings[0].fingerprint)
    assert len(found | {here.fingerprint}) == 7


# Severity -------------------------------------------------------------------------------------------------------------

BY_PAYER = {"MB": Severity.WARNING, "commercial": Severity.INFO, "HM": Severity.OFF}
MEDICARE, COMMERCIAL, HMO, MEDICAID = (f"SBR*P*18*******{letters}~" for letters in ("MB", "CI", "HM", "MC"))
REGENCE = f"{COMMERCIAL} NM1*PR*2*REGENCE BLUESHIELD*****PI*00932~"


@pytest.mark.parametrize(
    ("payer", "settings", "severity"),
    [
        (MEDICARE, "", "warning"),
        (COMMERCIAL, "", "info"),
        (HMO, "", None),
        (MEDICAID, "", "error"),
        (REGENCE, "", "info"),
        (REGENCE, '[[payer]]\nplan = "regence"\nseverity = { Z01 = "error" }', "error"),
        ("SBR*P*18~", "", "info"),
        (MEDICARE, '[severity]\nZ01 = "info"', "info"),
        (HMO, '[severity]\nZ01 = "info"', "info"),
        (MEDICARE, '[severity]\nZ01 = "off"', None),
        (MEDICARE, '[[payer]]\nclass = "MB"\nseverity = { Z01 = "error" }', "error"),
        (COMMERCIAL, '[[payer]]\nclass = "MB"\nseverity = { Z01 = "error" }', "info"),
        (COMMERCIAL, '[[payer]]\nid = "00001"\nignore = ["Z01"]', None),
        (MEDICARE, '[severity]\nZ01 = "info"\n[[payer]]\nname = "example"\nseverity = { Z01 = "error" }', "error"),
        (MEDICARE, '[[payer]]\nclass = "MB"\nseverity = { Z01 = "off" }\n[severity]\nZ01 = "error"', None),
    ],
)
def test_the_severity_is_that_of_the_settings_then_of_the_payer_then_of_the_rule(run, payer, settings, severity):
    one = made("Z01", hits_injections, severity_by_payer=BY_PAYER)
    result = run([one], interchange(f"{payer} CLM*A~ {INJECTION}"), settings=settings)
    assert [item.severity.value for item in result.findings] == ([severity] if severity else [])
    assert result.summary.checked == 1


def test_what_the_settings_say_is_stronger_than_the_form_of_the_defect(run):
    def hits(encounter, ctx):
        yield Hit(encounter.lines[0], "SV101-2", "x", severity=Severity.INFO)

    data = interchange(f"CLM*A~ {INJECTION}")
    [finding] = run([made("Z01", hits)], data, settings='[severity]\nZ01 = "warning"').findings
    assert finding.severity is Severity.WARNING
    assert run([made("Z01", hits)], data, settings='[severity]\nZ01 = "off"').findings == ()


def test_each_claim_of_an_encounter_has_the_severity_of_its_own_payer(run):
    one = made("Z01", hits_injections, severity_by_payer=BY_PAYER)
    payers = [MEDICARE, COMMERCIAL, HMO, MEDICAID]
    data = interchange(" ".join(f"{payer} CLM*{number}~ {INJECTION}" for number, payer in enumerate(payers)))
    found = run([one], data).findings
    assert [(item.claim, item.severity.value) for item in found] == [("0", "warning"), ("1", "info"), ("3", "error")]


# Suppression ----------------------------------------------------------------------------------------------------------

PAIR = f"CLM*A~ {INJECTION} {DRUG} CLM*B~ {DRUG}"


@pytest.mark.parametrize(
    ("suppresses", "left"),
    [
        ({}, {"Z01 A:1", "Y01 A:2", "Y01 B:1", "X01 A:2", "X01 B:1", "W01 A:1"}),
        ({"line": {"W01", "X01", "Y01"}}, {"Z01 A:1", "Y01 A:2", "Y01 B:1", "X01 A:2", "X01 B:1"}),
        ({"involving": {"W01", "X01", "Y01"}}, {"Z01 A:1", "Y01 A:2", "Y01 B:1"}),
        ({"encounter": {"W01", "X01"}}, {"Z01 A:1", "Y01 A:2", "Y01 B:1"}),
        ({"encounter": {"W", "X", "Y"}}, {"Z01 A:1"}),
        ({"line": {"W01"}, "encounter": {"Y01"}}, {"Z01 A:1", "X01 A:2", "X01 B:1"}),
        ({"encounter": {"Z"}}, {"Z01 A:1", "Y01 A:2", "Y01 B:1", "X01 A:2", "X01 B:1", "W01 A:1"}),
    ],
    ids=["nothing", "line", "involving", "encounter", "families", "two reaches", "not itself"],
)
def test_a_hit_silences_what_its_rule_says(run, suppresses, left):
    rules = [
        made("W01", hits_injections),
        made("X01", hits_pairs),
        made("Y01", hits_drugs),
        made("Z01", hits_injections, suppresses=suppresses),
    ]
    found = run(rules, interchange(PAIR)).findings
    assert {f"{item.code} {item.claim}:{item.line}" for item in found} == left
    assert len(found) == len(left)


def test_what_is_silenced_on_one_day_stays_on_another(run):
    rules = [made("W01", hits_injections), made("Z01", hits_drugs, suppresses={"encounter": {"W01"}})]
    data = interchange(f"CLM*A~ {INJECTION} {DRUG} {INJECTION} {ON_LATER}")
    found = run(rules, data).findings
    assert [(item.code, item.line) for item in found] == [("Z01", "2"), ("W01", "3")]


def test_a_form_of_the_defect_may_leave_the_others_their_voice(run):
    def hits(encounter, ctx):
        yield Hit(encounter.lines[0], "SV101-2", "x", suppresses=False)

    rules = [made("W01", hits_injections), made("Z01", hits, suppresses={"encounter": {"W01"}})]
    assert [item.code for item in run(rules, interchange(f"CLM*A~ {INJECTION}")).findings] == ["W01", "Z01"]


@pytest.mark.parametrize(
    "settings",
    ['ignore = ["Z01"]', '[severity]\nZ01 = "off"', '[[payer]]\nclass = "MB"\nignore = ["Z01"]', 'select = ["W01"]'],
)
def test_a_rule_that_is_off_silences_nothing(run, settings):
    rules = [made("W01", hits_injections), made("Z01", hits_injections, suppresses={"encounter": {"W01"}})]
    found = run(rules, interchange(f"CLM*A~ {INJECTION}"), settings=settings).findings
    assert [item.code for item in found] == ["W01"]


# Rules that fail ------------------------------------------------------------------------------------------------------


def test_a_rule_that_fails_is_a_finding_and_stops_nothing(run):
    rules = [made("Y01", fails), made("Z01", hits_injections)]
    data = interchange(f"CLM*A~ {INJECTION} NM1*IL*1*ROE*KIM****MI*M2~ CLM*B~ {INJECTION}")
    result = run(rules, data)
    assert result.crashed
    assert [(item.code, item.claim, item.line, item.message) for item in result.findings] == [
        ("INT001", "A", None, "the rule failed on this claim (KeyError): it was not checked by it"),
        ("Y01", "A", "1", "before it failed"),
        ("Z01", "A", "1", "an injection"),
        ("INT001", "B", None, "the rule failed on this claim (KeyError): it was not checked by it"),
        ("Y01", "B", "1", "before it failed"),
        ("Z01", "B", "1", "an injection"),
    ]
    crash = result.findings[0]
    assert (crash.name, crash.severity, crash.element, crash.loop) == ("fails", Severity.ERROR, "", "2300")
    assert data[crash.offset : crash.offset + crash.length].startswith(b"CLM*A*25*")
    assert "ALMA" not in repr(result) + "".join(map(repr, result.findings))


def test_a_rule_that_fails_silences_nothing_and_cannot_be_turned_down(run):
    rules = [made("Y01", fails, suppresses={"encounter": {"Z"}}, severity=Severity.INFO), made("Z01", hits_injections)]
    found = run(rules, interchange(f"CLM*A~ {INJECTION} {DRUG}"), settings='[severity]\nY01 = "warning"').findings
    assert [(item.code, item.severity.value) for item in found if item.code == "INT001"] == [("INT001", "error")]


def test_a_rule_that_fails_at_once_is_no_less_a_finding(run):
    def fails_at_once(encounter, ctx):
        raise RecursionError

    result = run([made("Y01", fails_at_once)], interchange(f"CLM*A~ {INJECTION}"))
    assert [(item.code, item.message[:46]) for item in result.findings] == [
        ("INT001", "the rule failed on this claim (RecursionError)")
    ]


def test_a_rule_that_fails_on_two_days_of_a_claim_is_told_once_for_it(run):
    def fails_at_once(encounter, ctx):
        raise ValueError

    data = interchange(f"CLM*A~ {INJECTION} {INJECTION} {ON_LATER}")
    result = run([made("Y01", fails_at_once), made("Y02", fails_at_once)], data)
    assert [(item.code, item.name, item.claim) for item in result.findings] == [("INT001", "fails-at-once", "A")] * 2


# Lines that another payer has decided ---------------------------------------------------------------------------------

DECIDED = "SVD*OTHER*20*HC:96372**1~"


@pytest.mark.parametrize(
    ("claim", "codes"),
    [
        (f"SBR*S*18*******MB~ CLM*A~ {INJECTION} {DECIDED}", ["Z02 1"]),
        (f"SBR*T*18*******MB~ CLM*A~ {INJECTION} {DECIDED}", ["Z02 1"]),
        (f"SBR*P*18*******MB~ CLM*A~ {INJECTION} {DECIDED}", ["Z01 1", "Z02 1"]),
        (f"SBR*S*18*******MB~ CLM*A~ {INJECTION}", ["Z01 1", "Z02 1"]),
        (f"SBR*S*18*******MB~ CLM*A~ {INJECTION} {DECIDED} {INJECTION}", ["Z02 1", "Z01 2", "Z02 2"]),
    ],
    ids=["secondary", "tertiary", "primary", "not decided", "one of two"],
)
def test_a_rule_may_skip_lines_that_the_payer_before_has_decided(run, claim, codes):
    rules = [made("Z01", hits_injections, skips_adjudicated=True), made("Z02", hits_injections)]
    result = run(rules, interchange(claim))
    assert [f"{item.code} {item.line}" for item in result.findings] == codes
    assert result.summary.checked == 1


def test_a_skipped_hit_silences_nothing(run):
    rules = [
        made("Z01", hits_injections, skips_adjudicated=True, suppresses={"encounter": {"Z02"}}),
        made("Z02", hits_injections),
    ]
    found = run(rules, interchange(f"SBR*S*18*******MB~ CLM*A~ {INJECTION} {DECIDED}")).findings
    assert [item.code for item in found] == ["Z02"]


# When a rule is called ------------------------------------------------------------------------------------------------


def test_a_rule_is_called_for_its_triggers_and_what_must_stand_beside(run, monkeypatch):
    called = []

    def sees(encounter, ctx):
        called.append(lines_of(encounter))
        yield from ()

    monkeypatch.setattr(checking, "load_rules", lambda: (made("Z01", sees, beside={"J3420"}),))
    data = interchange(
        f"CLM*A~ {INJECTION} NM1*IL*1*R*K****MI*M2~ CLM*B~ {INJECTION} {DRUG} NM1*IL*1*R*K****MI*M3~ CLM*C~ {DRUG}"
    )
    summary = check_bytes(data).summary
    assert called == ["B:1 B:2"]
    assert (summary.claims, summary.checked, summary.not_applicable) == (3, 2, 1)


@pytest.mark.parametrize(
    ("service", "checked"),
    [
        ("HC:J3420", 1),
        ("HC:J9999", 1),
        ("HC:Q0138", 1),
        ("HC:J7613", 0),
        ("HC:99213", 0),
        ("HC:96372", 0),
        ("HC:j3420", 1),
        ("J3420", 1),
    ],
)
def test_every_drug_line_is_a_trigger_where_a_rule_says_so(run, service, checked):
    def silent(encounter, ctx):
        yield from ()

    data = interchange(f"CLM*A~ SV1*{service}*10*UN*1***1~")
    assert run([made("Z01", silent, triggers=["drug"])], data).summary.checked == checked


def test_with_no_rule_nothing_is_checked(run):
    result = run([made("Z01", sees_encounter)], interchange(f"CLM*A~ {INJECTION}"), settings='ignore = ["Z01"]')
    assert (result.findings, result.summary.checked, result.summary.not_applicable) == ((), 0, 1)
