"""The page for a browser, as text: tests/browser opens it in one."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from decimal import Decimal

from batches import FIXTURES
from click.testing import CliRunner
from lxml import html
from test_report_xlsx import billed
from test_reporters import FILES, NOTHING, VISIT, WHOLE_CLAIM, report

from edi837.cli import main
from edi837.model import Severity

FINDINGS = [
    billed(VISIT),
    billed(VISIT, code="D05", severity=Severity.WARNING, fix="", predicts=()),
    billed(WHOLE_CLAIM, offset=4000, procedure="", modifiers=(), units=None),
    billed(VISIT, suppressed="known, 2026-04-01", claim="DEMO-02", offset=5000),
]


def data(page: str) -> dict[str, list]:
    """What the page's script reads."""
    return json.loads(html.fromstring(page).get_element_by_id("data").text)


def table(page: str, title: str) -> list[list[str]]:
    """The cells of a table under a title."""
    [found] = html.fromstring(page).xpath(f'//section[h2="{title}"]//tbody')
    return [[cell.text_content() for cell in row] for row in found]


def test_the_rows_whole():
    assert data(report("html", FINDINGS)) == {
        "texts": [
            "add modifier 25 to the visit where the record shows a significant, separate service",
            "CO-97 or CO-236 with remark M15 or N19; CO-B15",
            "a.837",
            "",
            "b.837",
        ],
        "rows": [
            [0, "DEMO-01", "2", "00831", "2026-03-10", "99213", "59 RT", "1.5", "1125.50", "1125.50", "B01",
             "visit 99213 on the day of injection 96372 has no modifier 25", 0, 1, 2, 36, False, 1],
            [1, "DEMO-01", "2", "00831", "2026-03-10", "99213", "59 RT", "1.5", "1125.50", "0", "D05",
             "visit 99213 on the day of injection 96372 has no modifier 25", 3, 3, 2, 36, False, 1],
            [0, "=1+1", "", "", "", "", "", "", "-5", "-5", "INT001",
             "the rule failed on this claim (KeyError): it was not checked by it", 3, 3, 4, 90, False, 2],
            [0, "DEMO-02", "2", "00831", "2026-03-10", "99213", "59 RT", "1.5", "1125.50", "0", "B01",
             "visit 99213 on the day of injection 96372 has no modifier 25 (suppressed: known, 2026-04-01)",
             0, 1, 2, 36, True, 3],
        ],
    }  # fmt: skip


def test_what_the_page_says_without_its_script():
    page = report("html", FINDINGS)
    document = html.fromstring(page)
    assert document.get("lang") == "en"
    assert [item.text_content() for item in document.xpath("//dl/div")] == [
        "Money at risk$1,120.50",
        "Claims with problems2",
        "Errors2",
        "Warnings0",
        "Claims checked37",
    ]
    assert table(page, "By payer") == [
        ["00831", "$1,125.50", "1", "1", "1", "0"],
        ["No payer id", "-$5.00", "1", "1", "0", "0"],
    ]
    assert table(page, "By problem") == [
        ["B01", "$1,125.50", "1", "An office visit on the day of an injection lacks modifier 25."],
        ["D05", "$0.00", "1", "A drug line has no NDC."],
        ["INT001", "-$5.00", "1", ""],
    ]
    assert [item.text_content() for item in document.xpath("//header/p")] == [
        "2 findings: 2 errors, 0 warnings, 0 info. 1 suppressed. 40 claims: 37 checked, 2 not applicable, "
        "1 unreadable. $1,120.50 at risk.",
        "Not all was checked: b.837: partial: X207 the transaction set has no SE segment",
        "1 problem suppressed, and in none of the figures.",
    ]


def test_the_policy_lets_nothing_run_or_load_but_the_pages_own():
    page = report("html", FINDINGS)
    document = html.fromstring(page)
    [policy] = document.xpath('//meta[@http-equiv="Content-Security-Policy"]/@content')
    checksums = {}
    for name in ("style", "script"):
        [text] = document.xpath(f"//{name}[not(@type)]/text()")
        checksums[name] = f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
    assert policy == (
        f"default-src 'none'; style-src {checksums['style']}; script-src {checksums['script']}; "
        "base-uri 'none'; form-action 'none'"
    )
    # Before anything that it could forbid.
    assert page.index("Content-Security-Policy") < page.index("<style>") < page.index("<script")
    assert not re.search(r"https?:|//[a-z]|url\(|@import|\ssrc=|\bon[a-z]+=|\sstyle=|javascript:", page)
    assert "innerHTML" not in page


def test_hostile_text_stays_text():
    hostile = "</script><script>alert(1)</script><!--<b>&amp;\"'\x00\u2028${x}"
    findings = [
        billed(VISIT, claim=hostile, line=hostile, payer=hostile, message=hostile, fix=hostile, file=hostile),
    ]
    page = report("html", findings, files=[FILES[1].__class__(hostile, "partial", hostile, 1)])
    shown = hostile.replace("\x00", "?").replace("\u2028", "?")
    [row] = data(page)["rows"]
    assert (row[1], row[2], row[3], row[11]) == (shown, shown, shown, shown)
    assert table(page, "By payer")[0][0] == shown
    document = html.fromstring(page)
    assert [script.get("id") for script in document.xpath("//script")] == ["data", None]
    assert document.xpath("//b") == []
    assert document.xpath('//p[@class="alarm"]')[0].text == f"Not all was checked: {shown}: partial: {shown}"


def test_a_run_without_findings_is_a_page_too():
    page = report("html", [], NOTHING, [], [])
    assert data(page) == {"texts": [], "rows": []}
    assert "Nothing was checked." in page
    [alarm] = html.fromstring(page).xpath('//p[@class="alarm"][not(ancestor::noscript)]')
    assert alarm.text == "No claim was checked: this report finds no fault, and calls nothing clean"


def test_a_page_of_a_batch(tmp_path):
    path = tmp_path / "report.html"
    demo = str(FIXTURES / "837p" / "demo.837")
    result = CliRunner().invoke(main, ["check", demo, "--format", "html", "-o", str(path)])
    assert (result.exit_code, result.stdout) == (1, "")
    page = path.read_text("utf-8")
    assert [(row[1], row[5], row[6], row[7], row[10]) for row in data(page)["rows"]] == [
        ("P000050000001", "J0897", "", "60", "D05"),
        ("P000050000002", "99213", "", "1", "B01"),
        ("P000050000002", "96372", "25", "1", "B06"),
        ("P000050000008", "96372", "", "1", "A01"),
        ("P000050000009", "96372", "", "1", "F03"),
        ("P000050000013", "J1885", "JZ", "30", "C01"),
        ("P000050000013", "J1885", "JZ", "30", "C04"),
        ("P000050000014", "J0690", "", "4", "D09"),
    ]
    assert sum(Decimal(row[9]) for row in data(page)["rows"]) == Decimal("291.06")
    assert table(page, "By payer")[0] == ["99301", "$233.15", "2", "3", "0", "0"]
    assert CliRunner().invoke(main, ["check", demo, "--format", "html", "--jobs", "2"]).stdout == page
