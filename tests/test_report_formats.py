"""The reports for other programs: junit, sarif and github, whole and against their schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from batches import FIXTURES
from click.testing import CliRunner
from jsonschema import Draft7Validator, FormatChecker
from lxml import etree
from msgspec.structs import replace
from test_reporters import (
    DIAGNOSTICS,
    FILES,
    FINDINGS,
    NOTHING,
    STORY,
    SUMMARY,
    TOOL,
    VISIT,
    WHOLE_CLAIM,
    report,
    report_bytes,
)

from edi837.cli import main
from edi837.model import Severity
from edi837.reporters import load_reporter

SCHEMAS = Path(__file__).parent / "schemas"
INFO = replace(VISIT, code="I05", name="line-control-number-missing", severity=Severity.INFO, partners=())
HOSTILE = "]]>&<r>'\"\x00\x1b[2J\r\n::error::%0A,:é"


@pytest.fixture(scope="module")
def junit_schema():
    return etree.XMLSchema(etree.parse(SCHEMAS / "junit.xsd"))


@pytest.fixture(scope="module")
def sarif_schema():
    return Draft7Validator(
        json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text()), format_checker=FormatChecker()
    )


def checked(form: str, *arguments: str) -> bytes:
    """The report of the command line on the demonstration batch."""
    result = CliRunner().invoke(main, ["check", str(FIXTURES / "837p" / "demo.837"), "--format", form, *arguments])
    assert result.exit_code == 1
    return result.stdout_bytes


# junit ----------------------------------------------------------------------------------------------------------------


def test_junit(junit_schema):
    text = report("junit", [VISIT, INFO, *FINDINGS[1:]])
    assert text == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<testsuites name="edi837 0.1.0">\n'
        '<testsuite name="claim DEMO-01" tests="2" failures="1" errors="0" skipped="0">\n'
        '  <testcase classname="edi837.B01" name="a.837: claim DEMO-01 line 2: '
        'visit 99213 on the day of injection 96372 has no modifier 25">\n'
        '    <failure message="visit 99213 on the day of injection 96372 has no modifier 25" type="error">'
        "Claim DEMO-01 line 2, modifiers (2026-03-10, payer 00831, $1,125.50)\n"
        "  error    B01 em-modifier-25-missing-office: visit 99213 on the day of injection 96372 has no\n"
        "           modifier 25\n"
        "  with     line 1, claim of claim DEMO-02\n"
        "  to do    add modifier 25 to the visit where the record shows a significant, separate service\n"
        "  expect   CO-97 or CO-236 with remark M15 or N19; CO-B15\n"
        "  place    a.837: interchange 000000001, transaction 0001, loop 2400, SV101-3, segment 34 (of the\n"
        "           file 36), byte 1234\n"
        "</failure>\n"
        "  </testcase>\n"
        '  <testcase classname="edi837.I05" name="a.837: claim DEMO-01 line 2: '
        'visit 99213 on the day of injection 96372 has no modifier 25">\n'
        "    <system-out>Claim DEMO-01 line 2, modifiers (2026-03-10, payer 00831, $1,125.50)\n"
        "  info     I05 line-control-number-missing: visit 99213 on the day of injection 96372 has no\n"
        "           modifier 25\n"
        "  to do    add modifier 25 to the visit where the record shows a significant, separate service\n"
        "  expect   CO-97 or CO-236 with remark M15 or N19; CO-B15\n"
        "  place    a.837: interchange 000000001, transaction 0001, loop 2400, SV101-3, segment 34 (of the\n"
        "           file 36), byte 1234\n"
        "</system-out>\n"
        "  </testcase>\n"
        "</testsuite>\n"
        '<testsuite name="claim =1+1" tests="1" failures="1" errors="0" skipped="0">\n'
        '  <testcase classname="edi837.INT001" name="b.837: claim =1+1: '
        'the rule failed on this claim (KeyError): it was not checked by it">\n'
        '    <failure message="the rule failed on this claim (KeyError): it was not checked by it" type="error">'
        "Claim =1+1 (-$5.00)\n"
        "  error    INT001 admin-without-drug-line: the rule failed on this claim (KeyError): it was not\n"
        "           checked by it\n"
        "  place    b.837: interchange 000000002, transaction 0001, loop 2300, segment 9 (of the file 90),\n"
        "           byte 4321\n"
        "</failure>\n"
        "  </testcase>\n"
        "</testsuite>\n"
        '<testsuite name="claim DEMO-01" tests="1" failures="0" errors="0" skipped="1">\n'
        '  <testcase classname="edi837.B01" name="a.837: claim DEMO-01 line 2: '
        'visit 99213 on the day of injection 96372 has no modifier 25">\n'
        '    <skipped message="known, 2026-04-01"/>\n'
        "    <system-out>Claim DEMO-01 line 2, modifiers (2026-03-10, payer 00831, $1,125.50)\n"
        "  error    B01 em-modifier-25-missing-office: visit 99213 on the day of injection 96372 has no\n"
        "           modifier 25 (suppressed: known, 2026-04-01)\n"
        "  with     line 1, claim of claim DEMO-02\n"
        "  to do    add modifier 25 to the visit where the record shows a significant, separate service\n"
        "  expect   CO-97 or CO-236 with remark M15 or N19; CO-B15\n"
        "  place    a.837: interchange 000000001, transaction 0001, loop 2400, SV101-3, segment 34 (of the\n"
        "           file 36), byte 1234\n"
        "</system-out>\n"
        "  </testcase>\n"
        "</testsuite>\n"
        '<testsuite name="files" tests="4" failures="0" errors="1" skipped="1">\n'
        '  <testcase classname="edi837.file" name="a.837"/>\n'
        '  <testcase classname="edi837.file" name="b.837">\n'
        '    <error message="X207 the transaction set has no SE segment" type="partial">'
        "segment 95: X207 the transaction set has no SE segment; the file may be cut off: get it again, and compare "
        "its size with the sender's</error>\n"
        "  </testcase>\n"
        '  <testcase classname="edi837.file" name="c.txt">\n'
        '    <skipped message="835 is not an 837P claim batch"/>\n'
        "  </testcase>\n"
        '  <testcase classname="edi837.run" name="claims were checked">\n'
        f"    <system-out>{STORY}</system-out>\n"
        "  </testcase>\n"
        "</testsuite>\n"
        "</testsuites>\n"
    )
    junit_schema.assertValid(etree.fromstring(text.encode()))


def test_junit_of_a_run_that_checked_nothing_has_not_passed(junit_schema):
    root = etree.fromstring(report_bytes("junit", [], NOTHING, [], []))
    junit_schema.assertValid(root)
    [suite] = root
    assert dict(suite.attrib) == {"name": "files", "tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    assert suite.find("testcase/error").get("type") == "nothing-checked"


def test_junit_counts_and_shows_every_finding_of_a_batch(junit_schema):
    root = etree.fromstring(checked("junit"))
    junit_schema.assertValid(root)
    counts = [(suite.get("name")[-4:], suite.get("tests"), suite.get("failures")) for suite in root]
    assert counts == [
        ("0001", "1", "1"),
        ("0002", "2", "2"),
        ("0008", "1", "1"),
        ("0009", "1", "1"),
        ("0013", "2", "2"),
        ("0014", "1", "1"),
        ("iles", "2", "0"),
    ]
    assert len(root.findall("testsuite/testcase/failure")) == 8


def test_junit_streams_and_keeps_one_claim():
    reporter = load_reporter("junit")
    assert reporter.start(TOOL).endswith(b'<testsuites name="edi837 0.1.0">\n')
    assert reporter.findings([VISIT]) == b""
    first = reporter.findings([WHOLE_CLAIM])
    assert first.startswith(b'<testsuite name="claim DEMO-01" tests="1"')
    assert first.endswith(b"</testsuite>\n")


# sarif ----------------------------------------------------------------------------------------------------------------


def test_sarif(sarif_schema):
    document = json.loads(report("sarif", [VISIT, INFO, *FINDINGS[1:]]))
    sarif_schema.validate(document)
    assert list(document) == ["$schema", "version", "runs"]
    assert document["version"] == "2.1.0"
    [run] = document["runs"]
    visit, info, crashed, silent = run["results"]
    assert visit == {
        "ruleId": "B01",
        "ruleIndex": 0,
        "level": "error",
        "message": {
            "text": "Claim DEMO-01 line 2: visit 99213 on the day of injection 96372 has no modifier 25. To do: add "
            "modifier 25 to the visit where the record shows a significant, separate service."
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a.837"},
                    "region": {"byteOffset": 1234, "byteLength": 40},
                },
                "logicalLocations": [
                    {"name": "DEMO-01", "kind": "claim", "fullyQualifiedName": "000000001/0001/DEMO-01"},
                    {"name": "2", "kind": "line", "fullyQualifiedName": "000000001/0001/DEMO-01/2"},
                    {
                        "name": "SV101-3",
                        "kind": "element",
                        "fullyQualifiedName": "000000001/0001/DEMO-01/2/2400/SV101-3",
                    },
                ],
            }
        ],
        "partialFingerprints": {"edi837/v1": "0011223344556677"},
        "suppressions": [],
        "properties": {
            "claim": "DEMO-01",
            "line": "2",
            "payer": "00831",
            "service_date": "2026-03-10",
            "charge": "1125.50",
            "interchange": "000000001",
            "transaction": "0001",
            "segment": 34,
            "file_segment": 36,
            "fix": "add modifier 25 to the visit where the record shows a significant, separate service",
            "predicts": ["CO-97|CO-236+M15|N19", "CO-B15"],
        },
        "relatedLocations": [
            {
                "logicalLocations": [{"fullyQualifiedName": "DEMO-01/1", "kind": "line"}],
                "message": {"text": "the other side"},
            },
            {
                "logicalLocations": [{"fullyQualifiedName": "DEMO-02", "kind": "claim"}],
                "message": {"text": "the other side"},
            },
        ],
    }
    assert (info["ruleId"], info["ruleIndex"], info["level"]) == ("I05", 1, "note")
    assert (crashed["ruleId"], crashed["ruleIndex"], crashed["level"]) == ("INT001", 2, "error")
    assert [place["kind"] for place in crashed["locations"][0]["logicalLocations"]] == ["claim"]
    assert silent["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "known, 2026-04-01"}]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("edi837", "0.1.0")
    assert driver["properties"] == {"rules_version": "2026.11", "reference": {"ncci": "2026q4"}}
    assert [(item["id"], item.get("name")) for item in driver["rules"]] == [
        ("B01", "em-modifier-25-missing-office"),
        ("I05", "line-control-number-missing"),
        ("INT001", None),
    ]
    assert driver["rules"][0]["shortDescription"] == {
        "text": "An office visit on the day of an injection lacks modifier 25."
    }
    assert run["artifacts"] == [
        {
            "location": {"uri": "a.837"},
            "roles": ["analysisTarget"],
            "mimeType": "application/edi-x12",
            "properties": {"status": "ok", "claims": 39},
        },
        {
            "location": {"uri": "b.837"},
            "roles": ["analysisTarget"],
            "mimeType": "application/edi-x12",
            "properties": {"status": "partial", "claims": 1},
            "description": {"text": "X207 the transaction set has no SE segment"},
        },
        {
            "location": {"uri": "c.txt"},
            "roles": ["analysisTarget"],
            "mimeType": "application/edi-x12",
            "properties": {"status": "skipped", "claims": 0},
            "description": {"text": "835 is not an 837P claim batch"},
        },
    ]
    assert run["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [
                {
                    "descriptor": {"id": "X207"},
                    "level": "error",
                    "message": {
                        "text": "the transaction set has no SE segment; the file may be cut off: get it again, and "
                        "compare its size with the sender's"
                    },
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": "b.837"},
                                "region": {"byteOffset": 4444},
                            }
                        }
                    ],
                }
            ],
        }
    ]
    assert run["properties"]["summary"]["at_risk"] == "1120.50"


def test_sarif_of_nothing_is_a_document_too(sarif_schema):
    document = json.loads(report("sarif", [], NOTHING, [], []))
    sarif_schema.validate(document)
    [run] = document["runs"]
    assert (run["results"], run["artifacts"], run["invocations"][0]["executionSuccessful"]) == ([], [], False)
    assert json.loads(report("sarif", [VISIT], SUMMARY, FILES[:1], []))["runs"][0]["invocations"][0][
        "executionSuccessful"
    ]


def test_sarif_regions_are_the_bytes_of_the_segments(sarif_schema):
    document = json.loads(checked("sarif"))
    sarif_schema.validate(document)
    data = (FIXTURES / "837p" / "demo.837").read_bytes()
    regions = [item["locations"][0]["physicalLocation"]["region"] for item in document["runs"][0]["results"]]
    tags = [data[item["byteOffset"] :][: item["byteLength"]].partition(b"*")[0] for item in regions]
    assert b" ".join(tags) == b"SV1 SV1 SV1 SV1 SV1 SV1 SV1 LIN"


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("in/a b.837", "in/a%20b.837"),
        ("/data/a.837", "file:///data/a.837"),
        ("10:30#1?.837", "10%3A30%231%3F.837"),
        ("-", "-"),
        ("a.zip/b.837", "a.zip/b.837"),
    ],
)
def test_sarif_names_a_file_as_a_uri(sarif_schema, name, uri):
    document = json.loads(report("sarif", [replace(VISIT, file=name)]))
    sarif_schema.validate(document)
    location = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": uri}


# github ---------------------------------------------------------------------------------------------------------------


def test_github():
    assert report("github", [VISIT, INFO, replace(VISIT, severity=Severity.WARNING, fix=""), *FINDINGS[1:]]) == (
        "::error file=a.837,line=36,title=B01 em-modifier-25-missing-office::Claim DEMO-01 line 2: visit 99213 on the "
        "day of injection 96372 has no modifier 25%0ATo do: add modifier 25 to the visit where the record shows a "
        "significant, separate service\n"
        "::notice file=a.837,line=36,title=I05 line-control-number-missing::Claim DEMO-01 line 2: visit 99213 on the "
        "day of injection 96372 has no modifier 25%0ATo do: add modifier 25 to the visit where the record shows a "
        "significant, separate service\n"
        "::warning file=a.837,line=36,title=B01 em-modifier-25-missing-office::Claim DEMO-01 line 2: visit 99213 on "
        "the day of injection 96372 has no modifier 25\n"
        "::error file=b.837,line=90,title=INT001 admin-without-drug-line::Claim =1+1: the rule failed on this claim "
        "(KeyError): it was not checked by it\n"
        "::notice file=a.837,line=36,title=B01 em-modifier-25-missing-office::Claim DEMO-01 line 2: visit 99213 on the "
        "day of injection 96372 has no modifier 25 (suppressed: known, 2026-04-01)%0ATo do: add modifier 25 to the "
        "visit where the record shows a significant, separate service\n"
        "::error file=b.837,line=95,title=X207::the transaction set has no SE segment; the file may be cut off: get "
        "it again, and compare its size with the sender's\n"
    )


def test_github_of_a_run_that_checked_nothing_says_so():
    assert report("github", [], NOTHING, [], []) == (
        "::error title=edi837::Nothing was checked. 0 claims: 0 checked, 0 not applicable, 0 unreadable.\n"
    )


def test_github_escapes_what_would_end_a_command_or_a_property():
    text = report(
        "github", [replace(VISIT, claim="50%\r\n::stop::", file="a,b:c%.837", fix="")], files=[], diagnostics=[]
    )
    assert text == (
        "::error file=a%2Cb%3Ac%25.837,line=36,title=B01 em-modifier-25-missing-office::Claim 50%25?%0A::stop:: line "
        "2: visit 99213 on the day of injection 96372 has no modifier 25\n"
    )


# All of them ----------------------------------------------------------------------------------------------------------


def test_hostile_text_stays_text(junit_schema, sarif_schema):
    hostile = replace(VISIT, claim=HOSTILE, line=HOSTILE, payer=HOSTILE, message=HOSTILE, fix=HOSTILE)
    root = etree.fromstring(report_bytes("junit", [hostile]))
    junit_schema.assertValid(root)
    assert root[0].get("name") == "claim ]]>&<r>'\"??[2J??::error::%0A,:é"
    lines = report("github", [hostile], diagnostics=[]).splitlines()
    assert [line.split("::")[1].split()[0] for line in lines] == ["error"]
    document = json.loads(report("sarif", [hostile]))
    sarif_schema.validate(document)
    assert document["runs"][0]["results"][0]["properties"]["claim"] == HOSTILE


def test_diagnostics_of_every_severity_are_told(sarif_schema):
    items = [replace(DIAGNOSTICS[0], severity=severity, offset=None) for severity in (Severity.WARNING, Severity.INFO)]
    document = json.loads(report("sarif", [], diagnostics=items))
    sarif_schema.validate(document)
    notifications = document["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert [item["level"] for item in notifications] == ["warning", "note"]
    assert report("github", [], diagnostics=items) == ""
