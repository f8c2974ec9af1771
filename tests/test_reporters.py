"""Reporters: whole outputs, to the byte, for a few findings made by hand."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from importlib.metadata import EntryPoint, EntryPoints

import pytest
from jsonschema import Draft202012Validator

import edi837.reporters
from edi837.diagnostics import diagnostic
from edi837.errors import SettingsError
from edi837.model import Claim, Drug, Finding, Origin, Partner, Payer, ServiceLine, Severity
from edi837.reporters import BUILT_IN, load_reporter
from edi837.reporters.base import dollars, story
from edi837.reporters.csv import csv_rows
from edi837.reporters.rows import ROW_WRITERS
from edi837.reporters.text import StatisticsReporter
from edi837.results import FileResult, FindingCounts, Summary, Tool
from edi837.tables import FINDING_COLUMNS, LINE_COLUMNS, line_row

TOOL = Tool("edi837", "0.1.0", "2026.11", {"ncci": "2026q4"})

VISIT = Finding(
    code="B01",
    name="em-modifier-25-missing-office",
    severity=Severity.ERROR,
    category="bundling-modifier",
    claim="DEMO-01",
    line="2",
    loop="2400",
    element="SV101-3",
    file="a.837",
    interchange="000000001",
    transaction="0001",
    segment=34,
    file_segment=36,
    offset=1234,
    length=40,
    payer="00831",
    service_date=date(2026, 3, 10),
    charge=Decimal("1125.50"),
    message="visit 99213 on the day of injection 96372 has no modifier 25",
    fix="add modifier 25 to the visit where the record shows a significant, separate service",
    predicts=("CO-97|CO-236+M15|N19", "CO-B15"),
    partners=(Partner("DEMO-01", "1"), Partner("DEMO-02", None)),
    fingerprint="0011223344556677",
)
WHOLE_CLAIM = Finding(
    code="INT001",
    name="admin-without-drug-line",
    severity=Severity.ERROR,
    category="missing-component",
    claim="=1+1",
    line=None,
    loop="2300",
    element="",
    file="b.837",
    interchange="000000002",
    transaction="0001",
    segment=9,
    file_segment=90,
    offset=4321,
    length=20,
    payer="",
    service_date=None,
    charge=Decimal("-5"),
    message="the rule failed on this claim (KeyError): it was not checked by it",
    fix="",
    predicts=(),
    partners=(),
    fingerprint="8899aabbccddeeff",
)
SILENT = Finding(
    **{name: getattr(VISIT, name) for name in Finding.__struct_fields__ if name != "suppressed"},
    suppressed="known, 2026-04-01",
)
FINDINGS = [VISIT, WHOLE_CLAIM, SILENT]

SUMMARY = Summary(
    files=3,
    interchanges=2,
    transactions=2,
    claims=40,
    checked=37,
    not_applicable=2,
    unreadable=1,
    findings=FindingCounts(error=2),
    suppressed=1,
    at_risk=Decimal("1120.50"),
)
NOTHING = Summary(1, 1, 1, 0, 0, 0, 0, FindingCounts(), 0, Decimal(0))
FILES = [
    FileResult("a.837", "ok", "", 39),
    FileResult("b.837", "partial", "X207 the transaction set has no SE segment", 1),
    FileResult("c.txt", "skipped", "835 is not an 837P claim batch", 0),
]
DIAGNOSTICS = [diagnostic("X207", "the transaction set has no SE segment", "b.837", 95, 4444)]


def report_bytes(name, findings=FINDINGS, summary=SUMMARY, files=FILES, diagnostics=DIAGNOSTICS, reporter=None):
    reporter = reporter or load_reporter(name)
    parts = [reporter.start(TOOL)]
    parts += [reporter.findings([finding]) for finding in findings]
    parts.append(reporter.finish(summary, files, diagnostics))
    return b"".join(parts)


def report(*arguments, **options):
    return report_bytes(*arguments, **options).decode()


STORY = (
    "2 findings: 2 errors, 0 warnings, 0 info. 1 suppressed. "
    "40 claims: 37 checked, 2 not applicable, 1 unreadable. $1,120.50 at risk."
)


def test_text():
    assert report("text") == (
        "a.837:36  claim DEMO-01 line 2  error    "
        "B01 visit 99213 on the day of injection 96372 has no modifier 25\n"
        "\n"
        "b.837:90  claim =1+1  error    INT001 the rule failed on this claim (KeyError): it was not checked by it\n"
        "\n"
        "a.837:36  claim DEMO-01 line 2  error    "
        "B01 visit 99213 on the day of injection 96372 has no modifier 25 (suppressed: known, 2026-04-01)\n"
        "\n"
        "b.837: partial: X207 the transaction set has no SE segment\n"
        "c.txt: skipped: 835 is not an 837P claim batch\n"
        f"{STORY}\n"
    )


def test_text_of_a_clean_run_is_its_last_line():
    summary = Summary(1, 1, 1, 1, 1, 0, 0, FindingCounts(), 0, Decimal(0))
    assert (
        report("text", [], summary, FILES[:1], [])
        == "No findings. 1 claim: 1 checked, 0 not applicable, 0 unreadable.\n"
    )


def test_full():
    assert report("full") == (
        "Claim DEMO-01 line 2, modifiers (2026-03-10, payer 00831, $1,125.50)\n"
        "  error    B01 em-modifier-25-missing-office: visit 99213 on the day of injection 96372 has no\n"
        "           modifier 25\n"
        "  with     line 1, claim of claim DEMO-02\n"
        "  to do    add modifier 25 to the visit where the record shows a significant, separate service\n"
        "  expect   CO-97 or CO-236 with remark M15 or N19; CO-B15\n"
        "  place    a.837: interchange 000000001, transaction 0001, loop 2400, SV101-3, segment 34 (of the\n"
        "           file 36), byte 1234\n"
        "\n"
        "Claim =1+1 (-$5.00)\n"
        "  error    INT001 admin-without-drug-line: the rule failed on this claim (KeyError): it was not\n"
        "           checked by it\n"
        "  place    b.837: interchange 000000002, transaction 0001, loop 2300, segment 9 (of the file 90),\n"
        "           byte 4321\n"
        "\n"
        "Claim DEMO-01 line 2, modifiers (2026-03-10, payer 00831, $1,125.50)\n"
        "  error    B01 em-modifier-25-missing-office: visit 99213 on the day of injection 96372 has no\n"
        "           modifier 25 (suppressed: known, 2026-04-01)\n"
        "  with     line 1, claim of claim DEMO-02\n"
        "  to do    add modifier 25 to the visit where the record shows a significant, separate service\n"
        "  expect   CO-97 or CO-236 with remark M15 or N19; CO-B15\n"
        "  place    a.837: interchange 000000001, transaction 0001, loop 2400, SV101-3, segment 34 (of the\n"
        "           file 36), byte 1234\n"
        "\n"
        "b.837: partial: X207 the transaction set has no SE segment\n"
        "c.txt: skipped: 835 is not an 837P claim batch\n"
        f"{STORY}\n"
    )


VISIT_JSON = (
    '{"code":"B01","name":"em-modifier-25-missing-office","severity":"error","category":"bundling-modifier",'
    '"claim":"DEMO-01","line":"2","loop":"2400","element":"SV101-3","file":"a.837","interchange":"000000001",'
    '"transaction":"0001","segment":34,"file_segment":36,"offset":1234,"length":40,"payer":"00831",'
    '"service_date":"2026-03-10","charge":"1125.50",'
    '"message":"visit 99213 on the day of injection 96372 has no modifier 25",'
    '"fix":"add modifier 25 to the visit where the record shows a significant, separate service",'
    '"predicts":["CO-97|CO-236+M15|N19","CO-B15"],'
    '"partners":[{"claim":"DEMO-01","line":"1"},{"claim":"DEMO-02","line":null}],'
    '"fingerprint":"0011223344556677","suppressed":null}'
)


def test_jsonl():
    lines = report("jsonl").splitlines(keepends=True)
    assert lines[0] == VISIT_JSON + "\n"
    assert [json.loads(line)["suppressed"] for line in lines] == [None, None, "known, 2026-04-01"]


def test_json():
    text = report("json", [VISIT])
    assert text == (
        '{"schema_version": 1,\n'
        '"tool": {"name":"edi837","version":"0.1.0","rules_version":"2026.11","reference":{"ncci":"2026q4"}},\n'
        '"summary": {"files":3,"interchanges":2,"transactions":2,"claims":40,"checked":37,"not_applicable":2,'
        '"unreadable":1,"findings":{"error":2,"warning":0,"info":0},"suppressed":1,"at_risk":"1120.50"},\n'
        '"files": [\n'
        '{"file":"a.837","status":"ok","reason":"","claims":39},\n'
        '{"file":"b.837","status":"partial","reason":"X207 the transaction set has no SE segment","claims":1},\n'
        '{"file":"c.txt","status":"skipped","reason":"835 is not an 837P claim batch","claims":0}\n'
        "],\n"
        '"diagnostics": [\n'
        '{"code":"X207","severity":"error","message":"the transaction set has no SE segment","file":"b.837",'
        '"segment":95,"offset":4444}\n'
        "],\n"
        f'"findings": [\n{VISIT_JSON}\n]}}\n'
    )


def test_json_has_the_shape_of_the_contract():
    document = json.loads(report("json"))
    assert list(document) == ["schema_version", "tool", "summary", "files", "diagnostics", "findings"]
    assert [finding["claim"] for finding in document["findings"]] == ["DEMO-01", "=1+1", "DEMO-01"]
    assert (
        " ".join(document["findings"][0])
        == "code name severity category claim line loop element file interchange transaction segment file_segment "
        "offset length payer service_date charge message fix predicts partners fingerprint suppressed"
    )


def test_json_of_nothing_is_a_document_too():
    document = json.loads(report("json", [], NOTHING, [], []))
    assert (document["files"], document["diagnostics"], document["findings"]) == ([], [], [])


@pytest.mark.parametrize("findings", [[], FINDINGS])
def test_json_follows_its_schema(findings, schema):
    Draft202012Validator(schema("check")).validate(json.loads(report("json", findings)))


def test_csv():
    assert report("csv", [VISIT, WHOLE_CLAIM]) == (
        "code,name,severity,category,claim,line,loop,element,file,interchange,transaction,segment,file_segment,"
        "offset,length,payer,service_date,charge,message,fix,predicts,partners,fingerprint,suppressed\n"
        "B01,em-modifier-25-missing-office,error,bundling-modifier,DEMO-01,2,2400,SV101-3,a.837,000000001,0001,34,"
        "36,1234,40,00831,2026-03-10,1125.50,visit 99213 on the day of injection 96372 has no modifier 25,"
        '"add modifier 25 to the visit where the record shows a significant, separate service",'
        "CO-97|CO-236+M15|N19 CO-B15,DEMO-01:1 DEMO-02:,0011223344556677,\n"
        "INT001,admin-without-drug-line,error,missing-component,'=1+1,,2300,,b.837,000000002,0001,9,90,4321,20,,,-5,"
        "the rule failed on this claim (KeyError): it was not checked by it,,,,8899aabbccddeeff,\n"
    )


@pytest.mark.parametrize("cell", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\tx", "\rx", "-1-1", "+", "-1e3", "=5"])
def test_a_csv_cell_is_no_formula(cell):
    [[written]] = csv.reader(io.StringIO(csv_rows([[cell]]).decode(), newline=""))
    assert written == f"'{cell}"


@pytest.mark.parametrize("cell", ["-5", "+5", "-12.50", "-.5", "", "96372", "A-1", "2026-03-10"])
def test_a_csv_cell_that_is_no_formula_stays(cell):
    assert next(csv.reader(io.StringIO(csv_rows([[cell, ""]]).decode()))) == [cell, ""]


def test_statistics():
    text = report("", [VISIT, VISIT, *FINDINGS], reporter=StatisticsReporter())
    assert text == (
        "3  error    B01 em-modifier-25-missing-office\n"
        "1  error    INT001 admin-without-drug-line\n"
        "\n"
        "b.837: partial: X207 the transaction set has no SE segment\n"
        "c.txt: skipped: 835 is not an 837P claim batch\n"
        f"{STORY}\n"
    )


def test_nothing_checked_is_not_called_clean():
    assert story(NOTHING) == "Nothing was checked. 0 claims: 0 checked, 0 not applicable, 0 unreadable."


def test_amounts():
    assert [dollars(Decimal(text)) for text in ("0", "1234.5", "-5")] == ["$0.00", "$1,234.50", "-$5.00"]


@pytest.mark.parametrize("name", ["text", "full"])
def test_a_claim_number_cannot_steer_the_terminal(name):
    from msgspec.structs import replace

    text = report(name, [replace(VISIT, claim="\x1b[2Jx\n")])
    assert "claim ?[2Jx? line 2" in text.lower().replace("?[2jx?", "?[2Jx?")


@pytest.mark.parametrize("name", BUILT_IN)
def test_any_batching_gives_the_same_bytes(name):
    reporter = load_reporter(name)
    whole = reporter.start(TOOL) + reporter.findings(FINDINGS) + reporter.findings([])
    whole += reporter.finish(SUMMARY, FILES, DIAGNOSTICS)
    assert whole == report_bytes(name)


def test_built_in_reporters_are_the_entry_points_of_setup_cfg():
    from configparser import ConfigParser
    from pathlib import Path

    setup = ConfigParser()
    setup.read(Path(__file__).parent.parent / "setup.cfg")
    lines = setup["options.entry_points"]["edi837.reporters"].strip().splitlines()
    assert dict(line.split(" = ") for line in lines) == BUILT_IN
    for name in BUILT_IN:
        assert load_reporter(name).name == name


def test_a_reporter_of_another_package_is_found_by_its_entry_point(monkeypatch):
    found = EntryPoints([EntryPoint("other", "edi837.reporters.jsonl:JsonlReporter", "edi837.reporters")])
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: found)
    assert type(load_reporter("other")) is edi837.reporters.jsonl.JsonlReporter
    with pytest.raises(SettingsError, match=r'there is no format "othr", .*other; did you mean "other"?'):
        load_reporter("othr")


LINE = ServiceLine(
    number="2",
    procedure="J3301",
    modifiers=("JZ", "RT"),
    charge=Decimal("40.00"),
    unit_basis="UN",
    units=Decimal("4"),
    place_of_service="11",
    diagnosis_pointers=(1, 2),
    service_date=date(2026, 3, 10),
    service_date_end=date(2026, 3, 10),
    line_control_number="LC2",
    drug=Drug("N4", "00003029305", Decimal("1"), "ML"),
    description="",
    qualifier="HC",
    rendering_npi="1234567893",
    rendering_taxonomy="",
    segment=12,
)
BARE = ServiceLine(None, "96372", (), Decimal("25"), "", None, "", (), None, None, None, None, "@home", "HC", "", "", 9)
CLAIM = Claim(
    id="DEMO-01",
    charge=Decimal("65.00"),
    place_of_service="11",
    frequency="1",
    payer=Payer("00831", "NORIDIAN", "MB", "P"),
    diagnoses=("M1711", "M25561"),
    diagnosis_qualifiers=("ABK", "ABF"),
    lines=(LINE, BARE),
    payer_claim_control_number=None,
    billing_npi="1234567893",
    billing_tax_id="",
    billing_taxonomy="",
    rendering_npi="",
    rendering_taxonomy="",
    origin=Origin("a.837", "000000001", "1", "0001", "*", ":", "^", "~"),
    segment=20,
    file_segment=22,
    offset=900,
    raw=b"",
    split="~",
    above="",
    dependent="",
    head="",
)
ROWS = [line_row(CLAIM, line) for line in CLAIM.lines]
ROW_JSON = [
    '{"file":"a.837","claim":"DEMO-01","line":"2","procedure":"J3301","modifiers":["JZ","RT"],"charge":"40.00",'
    '"unit_basis":"UN","units":"4","place_of_service":"11","diagnosis_pointers":[1,2],'
    '"diagnoses":["M1711","M25561"],"service_date":"2026-03-10","service_date_end":"2026-03-10",'
    '"line_control_number":"LC2","ndc":"00003029305","ndc_quantity":"1","ndc_unit":"ML","description":null,'
    '"payer":"00831","payer_name":"NORIDIAN","payer_class":"MB","billing_npi":"1234567893",'
    '"rendering_npi":"1234567893","frequency":"1","payer_claim_control_number":null,"transaction":"0001",'
    '"segment":32,"offset":900}\n',
    '{"file":"a.837","claim":"DEMO-01","line":null,"procedure":"96372","modifiers":[],"charge":"25",'
    '"unit_basis":null,"units":null,"place_of_service":null,"diagnosis_pointers":[],'
    '"diagnoses":["M1711","M25561"],"service_date":null,"service_date_end":null,'
    '"line_control_number":null,"ndc":null,"ndc_quantity":null,"ndc_unit":null,"description":"@home",'
    '"payer":"00831","payer_name":"NORIDIAN","payer_class":"MB","billing_npi":"1234567893",'
    '"rendering_npi":null,"frequency":"1","payer_claim_control_number":null,"transaction":"0001",'
    '"segment":29,"offset":900}\n',
]


def table(name, *batches):
    writer = ROW_WRITERS[name]()
    # What is encoded elsewhere is joined here.
    encoded = map(ROW_WRITERS[name]().encoded, batches)
    return b"".join([writer.start(LINE_COLUMNS), *map(writer.joined, encoded), writer.finish()]).decode()


def test_rows_jsonl():
    assert table("jsonl", ROWS) == table("jsonl", ROWS[:1], [], ROWS[1:]) == "".join(ROW_JSON)


def test_rows_json(schema):
    text = table("json", ROWS)
    assert text == "[\n" + ",".join(ROW_JSON).replace("\n,", ",\n") + "]\n"
    assert table("json", [], ROWS[:1], [], ROWS[1:]) == text
    assert json.loads(table("json")) == json.loads(table("json", [])) == []
    Draft202012Validator(schema("lines")).validate(json.loads(text))


def test_rows_csv():
    assert table("csv", ROWS) == (
        "file,claim,line,procedure,modifiers,charge,unit_basis,units,place_of_service,diagnosis_pointers,diagnoses,"
        "service_date,service_date_end,line_control_number,ndc,ndc_quantity,ndc_unit,description,payer,payer_name,"
        "payer_class,billing_npi,rendering_npi,frequency,payer_claim_control_number,transaction,segment,offset\n"
        "a.837,DEMO-01,2,J3301,JZ RT,40.00,UN,4,11,1 2,M1711 M25561,2026-03-10,2026-03-10,LC2,00003029305,1,ML,,"
        "00831,NORIDIAN,MB,1234567893,1234567893,1,,0001,32,900\n"
        "a.837,DEMO-01,,96372,,25,,,,,M1711 M25561,,,,,,,'@home,00831,NORIDIAN,MB,1234567893,,1,,0001,29,900\n"
    )


def test_columns_are_those_of_the_contract():
    assert len(LINE_COLUMNS) == 28
    assert len(FINDING_COLUMNS) == 24
