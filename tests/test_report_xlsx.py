"""The worklist for a spreadsheet: every cell with its type, and nothing in it that a spreadsheet would run."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from batches import FIXTURES
from click.testing import CliRunner
from lxml import etree
from msgspec import structs
from python_calamine import CalamineWorkbook
from test_reporters import FILES, NOTHING, TOOL, VISIT, WHOLE_CLAIM, report_bytes

from edi837.cli import main
from edi837.model import BilledFinding, Severity
from edi837.reporters import load_reporter
from edi837.reporters.xlsx import sheet_name

MAIN = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
TITLES = [
    "Claim", "Line", "Payer", "Date of service", "Code", "Modifiers", "Units", "Charge", "Severity", "Problem",
    "What to do", "Money at risk", "Rule", "Denial to expect", "File", "Segment",
]  # fmt: skip


def billed(finding, offset=900, procedure="99213", modifiers=("59", "RT"), units=Decimal("1.5"), **changes):
    fields = {**structs.asdict(finding), **changes}
    return BilledFinding(**fields, claim_offset=offset, procedure=procedure, modifiers=modifiers, units=units)


def sheets(data: bytes) -> dict[str, list[list[object]]]:
    """The rows of each sheet, without the empty cells behind the last one of a row."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    found = {}
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        found[name] = [row[: max((i + 1 for i, cell in enumerate(row) if cell != ""), default=0)] for row in rows]
    return found


def parts(data: bytes) -> dict[str, etree._Element]:
    """The XML parts of the workbook; each has to be well formed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: etree.fromstring(archive.read(name)) for name in archive.namelist() if name.endswith(".xml")}


def test_the_workbook_whole():
    findings = [
        billed(VISIT),
        billed(VISIT, code="D05", severity=Severity.WARNING, fix="", predicts=()),
        billed(WHOLE_CLAIM, offset=4000, procedure="", modifiers=(), units=None),
        billed(VISIT, suppressed="known, 2026-04-01", claim="DEMO-02", offset=5000),
    ]
    found = sheets(report_bytes("xlsx", findings))
    problem, fix = VISIT.message, VISIT.fix
    assert found == {
        "Overview": [
            ["Injection claims: problems to solve before they are sent"],
            [
                "2 findings: 2 errors, 0 warnings, 0 info. 1 suppressed. 40 claims: 37 checked, 2 not applicable, "
                "1 unreadable. $1,120.50 at risk."
            ],
            ["Not all was checked: b.837: partial: X207 the transaction set has no SE segment"],
            [],
            ["Payer", "Sheet", "Claims", "Problems", "Errors", "Warnings", "Info", "Money at risk"],
            ["00831", "00831", 1, 2, 1, 1, 0, 1125.5],
            ["No payer id", "No payer id", 1, 1, 1, 0, 0, -5],
            ["All", "", 2, 3, 2, 1, 0, 1120.5],
            [],
            ["Rule", "Problem", "Claims", "Problems", "Errors", "Warnings", "Info", "Money at risk"],
            ["B01", "An office visit on the day of an injection lacks modifier 25.", 1, 1, 1, 0, 0, 1125.5],
            ["D05", "A drug line has no NDC.", 1, 1, 0, 1, 0, 0],
            ["INT001", "", 1, 1, 1, 0, 0, -5],
            ["All", "", "", 3, 2, 1, 0, 1120.5],
            [],
            ["Money at risk: the charges of the lines with an error, each line counted once."],
            ["Made by edi837 0.1.0, rules 2026.11. Advice, not a coder's decision."],
        ],
        "00831": [
            TITLES,
            [
                "DEMO-01", "2", "00831", date(2026, 3, 10), "99213", "59 RT", 1.5, 1125.5, "error", problem, fix,
                1125.5, "B01", "CO-97 or CO-236 with remark M15 or N19; CO-B15", "a.837", 36,
            ],
            [
                "DEMO-01", "2", "00831", date(2026, 3, 10), "99213", "59 RT", 1.5, 1125.5, "warning", problem, "", "",
                "D05", "", "a.837", 36,
            ],
            [
                "DEMO-02", "2", "00831", date(2026, 3, 10), "99213", "59 RT", 1.5, 1125.5, "suppressed",
                f"{problem} (suppressed: known, 2026-04-01)", fix, "", "B01",
                "CO-97 or CO-236 with remark M15 or N19; CO-B15", "a.837", 36,
            ],
        ],
        "No payer id": [
            TITLES,
            [
                "=1+1", "", "", "", "", "", "", -5, "error",
                "the rule failed on this claim (KeyError): it was not checked by it", "", -5, "INT001", "", "b.837", 90,
            ],
        ],
    }  # fmt: skip


def test_a_payers_sheet_is_made_to_work_with():
    found = parts(report_bytes("xlsx", [billed(VISIT), billed(VISIT)]))
    sheet = found["xl/worksheets/sheet2.xml"]
    pane = sheet.find(".//m:pane", MAIN)
    assert (pane.get("ySplit"), pane.get("xSplit"), pane.get("state")) == ("1", "1", "frozen")
    assert sheet.find("m:autoFilter", MAIN).get("ref") == "A1:P3"
    columns = sheet.findall(".//m:col", MAIN)
    assert columns[-1].get("max") == str(len(TITLES))
    assert min(float(column.get("width")) for column in columns) > 6
    names = {
        form.get("numFmtId"): form.get("formatCode") for form in found["xl/styles.xml"].findall(".//m:numFmt", MAIN)
    }
    styles = found["xl/styles.xml"].findall("m:cellXfs/m:xf", MAIN)
    formats = {
        cell.get("r"): names.get(styles[int(cell.get("s"))].get("numFmtId")) for cell in sheet.findall(".//m:c", MAIN)
    }
    assert {formats[cell] for cell in ("A2", "B2", "C2", "E2", "F2", "J2", "K2")} == {"@"}
    assert formats["D2"] == "yyyy-mm-dd"
    assert formats["H2"] == formats["L2"] == "$#,##0.00;[Red]-$#,##0.00"
    overview = found["xl/worksheets/sheet1.xml"]
    assert [link.get("location") for link in overview.findall(".//m:hyperlink", MAIN)] == ["'00831'!A1"]


def test_no_cell_is_a_formula_or_a_link_of_the_file():
    texts = ["=1+1", "+1", "-1", "@x", "{=1}", "http://x.example/a", "mailto:a@b.example", "0012", "1E5", "internal:A1"]
    findings = [billed(VISIT, claim=text, message=text, fix=text, payer=text, line=text) for text in texts]
    data = report_bytes("xlsx", findings)
    for name, part in parts(data).items():
        assert not part.findall(".//m:f", MAIN), name
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not [name for name in archive.namelist() if "externalLink" in name]
        assert not [name for name in archive.namelist() if b'TargetMode="External"' in archive.read(name)]
    rows = [rows[1] for name, rows in sheets(data).items() if name != "Overview"]
    assert [row[0] for row in rows] == [row[1] for row in rows] == [row[9] for row in rows] == texts


def test_hostile_text_stays_text():
    texts = [
        "<r><t>x</t></r>", "</t></is></c>", "&amp;", "_x0041_", "\x00\x08\x1b", "\ud800", "]]>", "a\r\nb", "é\u202e",
        "x" * 40_000,
    ]  # fmt: skip
    shown = [
        " <r><t>x</t></r>", "</t></is></c>", "&amp;", "_x0041_", "???", "?", "]]>", "a??b", "é?", "x" * 32_767,
    ]  # fmt: skip
    data = report_bytes("xlsx", [billed(VISIT, claim=text) for text in texts])
    assert parts(data)
    assert [row[0] for row in sheets(data)["00831"][1:]] == shown


def test_numbers_and_dates_that_a_spreadsheet_cannot_hold_are_text():
    big = Decimal("9" * 400)
    rows = sheets(
        report_bytes(
            "xlsx",
            [
                billed(VISIT, charge=big, units=-big, service_date=date(1899, 12, 31)),
                billed(VISIT, charge=Decimal("1234567890123.45"), service_date=date(9999, 12, 31), units=Decimal(0)),
                billed(VISIT, service_date=date(1, 1, 1), charge=Decimal("12345678901234.56")),
            ],
        )
    )["00831"][1:]
    assert [row[7] for row in rows] == [str(big), 1234567890123.45, "12345678901234.56"]
    assert [row[6] for row in rows] == [str(-big), 0, 1.5]
    assert [row[3] for row in rows] == ["1899-12-31", date(9999, 12, 31), "0001-01-01"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("60054", "60054"),
        ("a[b]c:d*e?f/g\\h", "a-b-c-d-e-f-g-h"),
        ("'quoted'", "quoted"),
        ("History", "History (2)"),
        ("OVERVIEW", "OVERVIEW (2)"),
        ("x" * 40, "x" * 31),
        ("x" * 30 + "'y", "x" * 30),
        ("' '", "Payer"),
    ],
)
def test_names_of_sheets(text, name):
    taken = {"overview", "history"}
    assert sheet_name(text, taken) == name
    assert name.lower() in taken


def test_names_of_sheets_are_unique_whatever_the_case():
    taken = set()
    names = [sheet_name(text, taken) for text in ("A" * 31, "a" * 40, "A" * 30 + "aB", "b", "B")]
    assert names == ["A" * 31, "a" * 27 + " (2)", "A" * 27 + " (3)", "b", "B (2)"]


def test_payers_beyond_a_hundred_share_a_sheet():
    data = report_bytes("xlsx", [billed(VISIT, payer=f"{number:05}", offset=number) for number in range(150)])
    found = sheets(data)
    assert list(found)[:2] == ["Overview", "00000"]
    assert len(found) == 102
    assert len(found["Other payers"]) == 51
    assert sum(len(rows) - 1 for name, rows in found.items() if name != "Overview") == 150
    payers = [row for row in found["Overview"] if row[3:4] == [1]]
    assert len(payers) == 150
    assert {row[1] for row in payers} == found.keys() - {"Overview"}


def test_a_full_sheet_goes_on_in_another(monkeypatch):
    monkeypatch.setattr("edi837.reporters.xlsx._LAST_ROW", 2)
    found = sheets(report_bytes("xlsx", [billed(VISIT, line=str(number)) for number in range(5)]))
    assert {name: len(rows) for name, rows in found.items() if name != "Overview"} == {
        "00831": 3,
        "00831 (2)": 3,
        "00831 (3)": 2,
    }


def test_money_is_counted_once_a_line_and_adds_up_to_the_summary():
    findings = [
        billed(WHOLE_CLAIM, file="a.837", claim="A", charge=Decimal(100), payer="1", offset=1),
        billed(VISIT, claim="A", line="1", charge=Decimal(60), payer="1", offset=1),
        billed(VISIT, claim="B", line="1", charge=Decimal(30), payer="1", offset=2),
        billed(VISIT, claim="B", line="1", charge=Decimal(30), payer="1", offset=2),
        billed(VISIT, claim="B", line="2", charge=Decimal(5), payer="1", offset=2),
        # The same claim number again is another claim.
        billed(VISIT, claim="B", line="1", charge=Decimal(30), payer="1", offset=3),
        billed(VISIT, claim="B", line="2", charge=Decimal(5), payer="1", offset=3, severity=Severity.WARNING),
    ]
    found = sheets(report_bytes("xlsx", findings))
    assert [row[11] for row in found["1"][1:]] == [100, "", 30, "", 5, 30, ""]
    assert ["1", "1", 3, 7, 6, 1, 0, 165] in found["Overview"]


def test_a_run_without_findings_has_its_overview():
    found = sheets(report_bytes("xlsx", [], NOTHING, FILES[:1], []))
    assert list(found) == ["Overview"]
    assert found["Overview"][1:3] == [
        ["Nothing was checked. 0 claims: 0 checked, 0 not applicable, 0 unreadable."],
        ["No claim was checked: this report finds no fault, and calls nothing clean"],
    ]


def test_the_same_run_gives_the_same_bytes_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = report_bytes("xlsx", [billed(VISIT)])
    assert report_bytes("xlsx", [billed(VISIT)]) == first
    assert list(tmp_path.iterdir()) == []
    # Nor does one that is given up half-way.
    reporter = load_reporter("xlsx")
    reporter.start(TOOL)
    reporter.findings([billed(VISIT)])
    [folder] = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    del reporter
    assert list(tmp_path.iterdir()) == []


# The command line -----------------------------------------------------------------------------------------------------

DEMO = str(FIXTURES / "837p" / "demo.837")


def test_a_workbook_of_a_batch(tmp_path):
    path = tmp_path / "worklist.xlsx"
    result = CliRunner().invoke(main, ["check", DEMO, "--format", "xlsx", "-o", str(path)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("$291.06 at risk.\n")
    found = sheets(path.read_bytes())
    assert list(found) == ["Overview", "99311", "99301", "99201", "99001", "99211"]
    assert [row[:8] + row[11:13] for row in found["99301"][1:]] == [
        ["P000050000002", "1", "99301", date(2026, 3, 3), "99213", "", 1, 159.3, 159.3, "B01"],
        ["P000050000002", "2", "99301", date(2026, 3, 3), "96372", "25", 1, 41.3, 41.3, "B06"],
        ["P000050000009", "1", "99301", date(2026, 4, 18), "96372", "", 1, 32.55, 32.55, "F03"],
    ]
    [total] = [row for row in found["Overview"] if row[:1] == ["All"] and row[2:3] == [6]]
    assert total[-1] == 291.06
    piped = CliRunner().invoke(main, ["check", DEMO, "--format", "xlsx", "--jobs", "2"])
    assert piped.stdout_bytes == path.read_bytes()


def test_a_workbook_does_not_go_to_a_terminal():
    terminal, end = os.openpty()
    command = [sys.executable, "-m", "edi837", "check", DEMO, "--format", "xlsx"]
    done = subprocess.run(command, stdout=end, stderr=subprocess.PIPE, text=True, check=False)
    os.write(end, b"nothing else\n")
    assert (done.returncode, done.stderr) == (
        2,
        "edi837: this format is no text for a terminal: name a file with -o FILE, or send it through a pipe\n",
    )
    assert os.read(terminal, 100) == b"nothing else\r\n"
    os.close(terminal)
    os.close(end)


def test_a_full_temporary_folder_is_told(monkeypatch, tmp_path):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device", str(tmp_path))

    monkeypatch.setattr("xlsxwriter.worksheet.Worksheet._write_single_row", full)
    path = tmp_path / "worklist.xlsx"
    result = CliRunner().invoke(main, ["check", DEMO, "--format", "xlsx", "-o", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "edi837: the system's temporary folder, where a workbook keeps its rows: no space left on device; "
        "point TMPDIR to a folder with room\n"
    )
    assert list(tmp_path.iterdir()) == []
