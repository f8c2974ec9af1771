"""The page of `check --format html` in a real browser: what a biller sees and does."""

from __future__ import annotations

import base64
import json
import time
from decimal import Decimal

import pytest
from msgspec.structs import replace
from test_report_html import FINDINGS
from test_report_xlsx import billed
from test_reporters import FILES, NOTHING, SUMMARY, VISIT, report

from edi837.model import Severity

pytestmark = pytest.mark.browser

SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)
HOSTILE = "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 2'><b>bold</b>&amp;"


def many(count: int):
    """Findings with claims, payers, severities and charges of their own."""
    return [
        billed(
            VISIT,
            offset=number,
            claim=f"C{number:05}",
            payer=f"{number % 7:05}",
            severity=SEVERITIES[number % 3],
            code=("B01", "D05")[number % 2],
            charge=Decimal(number) / 4,
        )
        for number in range(1, count + 1)
    ]


@pytest.fixture(scope="module")
def large() -> str:
    return report("html", many(12_000), SUMMARY, FILES[:1], [])


def rows(browser) -> list[list[str]]:
    """The text of the list as it is shown."""
    return browser.execute_script(
        "return [...document.querySelectorAll('#list tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))"
    )


def shown(browser) -> str:
    return browser.find_element("id", "shown").text


def choose(browser, name: str, text: str) -> None:
    """Picks an entry of a filter as a person does."""
    [option] = [item for item in browser.find_elements("css selector", f"#{name} option") if item.text == text]
    option.click()


def head(browser, title: str):
    [found] = [item for item in browser.find_elements("css selector", "#list th") if item.text == title]
    return found


def test_the_page_runs_and_asks_nothing_of_the_network(show):
    browser = show(report("html", FINDINGS))
    assert browser.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    requests = [item["params"]["request"]["url"] for item in messages if item["method"] == "Network.requestWillBeSent"]
    assert requests == [browser.current_url]
    assert browser.title == "Injection claims: problems to solve"


def test_the_list_whole(show):
    browser = show(report("html", FINDINGS))
    assert [item.text for item in browser.find_elements("css selector", "#list th")] == [
        "Severity", "Claim", "Payer", "Date", "Code", "Units", "Charge", "At risk", "Problem", "What to do",
    ]  # fmt: skip
    message = "visit 99213 on the day of injection 96372 has no modifier 25"
    fix = "add modifier 25 to the visit where the record shows a significant, separate service"
    assert rows(browser) == [
        [
            "error", "DEMO-01\nline 2", "00831", "2026-03-10", "99213\n59 RT", "1.5", "$1,125.50", "$1,125.50",
            f"B01 {message}\ndenial to expect: CO-97 or CO-236 with remark M15 or N19; CO-B15",
            f"{fix}\na.837, segment 36",
        ],
        [
            "warning", "DEMO-01\nline 2", "00831", "2026-03-10", "99213\n59 RT", "1.5", "$1,125.50", "",
            f"D05 {message}", "a.837, segment 36",
        ],
        [
            "error", "=1+1", "No payer id", "", "", "", "-$5.00", "-$5.00",
            "INT001 the rule failed on this claim (KeyError): it was not checked by it", "b.837, segment 90",
        ],
    ]  # fmt: skip
    assert shown(browser) == "3 problems in 2 claims, $1,120.50 at risk"
    assert not browser.find_element("id", "pages").is_displayed()


def test_suppressed_problems_are_shown_on_demand(show):
    browser = show(report("html", FINDINGS))
    browser.find_element("id", "suppressed").click()
    assert [row[1] for row in rows(browser)] == ["DEMO-01\nline 2", "DEMO-01\nline 2", "=1+1", "DEMO-02\nline 2"]
    assert "(suppressed: known, 2026-04-01)" in rows(browser)[3][8]
    assert shown(browser) == "4 problems in 3 claims, $1,120.50 at risk"
    browser = show(report("html", FINDINGS[:1]))
    assert not browser.find_element("id", "suppressed").is_displayed()


def test_a_column_sorts_both_ways(show):
    browser = show(report("html", many(12)))
    charge = head(browser, "Charge")
    charge.find_element("tag name", "button").click()
    assert [row[6] for row in rows(browser)][:3] == ["$0.25", "$0.50", "$0.75"]
    assert charge.get_attribute("aria-sort") == "ascending"
    charge.find_element("tag name", "button").click()
    assert [row[6] for row in rows(browser)][:3] == ["$3.00", "$2.75", "$2.50"]
    assert charge.get_attribute("aria-sort") == "descending"
    severity = head(browser, "Severity")
    # By the keyboard too.
    severity.find_element("tag name", "button").send_keys("\ue007")
    assert [row[0] for row in rows(browser)] == ["error"] * 4 + ["warning"] * 4 + ["info"] * 4
    assert charge.get_attribute("aria-sort") is None


def test_filters_work_together_and_clear(show):
    browser = show(report("html", many(60)))
    choose(browser, "payer", "00003")
    assert {row[2] for row in rows(browser)} == {"00003"}
    assert len(rows(browser)) == 9
    choose(browser, "severity", "error")
    assert [row[1] for row in rows(browser)] == ["C00003\nline 2", "C00024\nline 2", "C00045\nline 2"]
    choose(browser, "rule", "B01")
    assert [row[1] for row in rows(browser)] == ["C00024\nline 2"]
    assert shown(browser) == "1 problem in 1 claim, $6.00 at risk"
    browser.find_element("id", "search").send_keys("nothing like it")
    assert rows(browser) == []
    assert shown(browser) == "No problem matches the filters."
    browser.find_element("id", "clear").click()
    assert len(rows(browser)) == 60
    browser.find_element("id", "search").send_keys("c00042 MODIFIER")
    assert [row[1] for row in rows(browser)] == ["C00042\nline 2"]


def test_the_tables_lead_into_the_list(show):
    browser = show(report("html", [*many(10), *FINDINGS[2:3]]))
    [key] = [item for item in browser.find_elements("css selector", "button.key") if item.text == "00004"]
    key.click()
    assert [row[1] for row in rows(browser)] == ["C00004\nline 2"]
    [key] = [item for item in browser.find_elements("css selector", "button.key") if item.text == "No payer id"]
    key.click()
    assert [row[1] for row in rows(browser)] == ["=1+1"]
    assert browser.switch_to.active_element.get_attribute("id") == "problems"


def test_hostile_text_is_shown_as_text(show):
    finding = billed(
        VISIT, claim=HOSTILE, line=HOSTILE, payer=HOSTILE, message=HOSTILE, fix=HOSTILE, file=HOSTILE, procedure=HOSTILE
    )
    browser = show(report("html", [finding], files=[replace(FILES[1], file=HOSTILE, reason=HOSTILE)]))
    [row] = rows(browser)
    assert row[1] == f"{HOSTILE}\nline {HOSTILE}"
    assert (row[2], row[4]) == (HOSTILE, f"{HOSTILE}\n59 RT")
    assert row[8].startswith(f"B01 {HOSTILE}")
    assert browser.execute_script("return window.ran") is None
    assert browser.find_elements("css selector", "img, b") == []
    choose(browser, "payer", HOSTILE)
    assert len(rows(browser)) == 1
    assert browser.get_log("browser") == []


def test_the_policy_stops_a_script_that_is_not_the_pages(show):
    page = report("html", FINDINGS).replace("</main>", "</main><script>window.ran = 1</script>")
    browser = show(page)
    assert browser.execute_script("return window.ran") is None
    assert "Content Security Policy" in browser.get_log("browser")[0]["message"]


def test_ten_thousand_problems(show, large):
    start = time.monotonic()
    browser = show(large)
    assert len(rows(browser)) == 100
    assert time.monotonic() - start < 10
    assert shown(browser) == "12,000 problems in 12,000 claims, $6,001,500.00 at risk"
    assert browser.find_element("id", "page").text == "Page 1 of 120"
    assert not browser.find_element("id", "before").is_enabled()
    browser.find_element("id", "after").click()
    assert rows(browser)[0][1] == "C00101\nline 2"
    took = browser.execute_script(
        "const start = performance.now();"
        "const charge = document.querySelectorAll('#list th button')[6];"
        "charge.click(); charge.click();"
        "const search = document.getElementById('search');"
        "search.value = 'c11'; search.dispatchEvent(new Event('input'));"
        "return performance.now() - start"
    )
    assert took < 3000
    assert rows(browser)[0][1] == "C11999\nline 2"
    assert shown(browser).startswith("1,000 problems")


def test_on_paper_stands_all_that_the_filters_let_through(show):
    browser = show(report("html", many(350)))
    choose(browser, "severity", "warning")
    browser.execute_script(
        "window.counts = [];"
        "const count = () => window.counts.push(document.querySelectorAll('#list tbody tr').length);"
        "addEventListener('beforeprint', count);"
    )
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")
    assert browser.execute_script("return window.counts") == [117]
    assert len(rows(browser)) == 100
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    for hidden in ("#filters", "#pages"):
        assert not browser.find_element("css selector", hidden).is_displayed()
    assert browser.find_element("id", "shown").is_displayed()


@pytest.mark.parametrize("width", [320, 500, 800, 1000, 1300, 1320, 1600])
def test_no_width_needs_scrolling_sideways(show, width):
    browser = show(
        report(
            "html", [*FINDINGS, billed(VISIT, claim="X" * 38, payer="Y" * 80, charge=Decimal("123456.78"), offset=1)]
        ),
        width,
    )
    inside, outside = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert inside <= outside
    head(browser, "Charge").find_element("tag name", "button").click()
    assert head(browser, "Charge").get_attribute("aria-sort") == "ascending"


CONTRAST = """
const curve = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const channel = (value) => curve(value / 255);
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
const behind = (node) => {
  for (; node; node = node.parentElement) {
    const color = numbers(getComputedStyle(node).backgroundColor);
    if (color.length < 4 || color[3] > 0) return color;
  }
  return [255, 255, 255];
};
const poor = {};
for (const node of document.querySelectorAll('body *')) {
  if (!node.innerText || node.children.length || node.tagName === 'OPTION' || !node.checkVisibility()) continue;
  const [a, b] = [light(numbers(getComputedStyle(node).color)), light(behind(node))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) poor[node.outerHTML] = ratio;
}
return poor;
"""


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 25, 31)")])
def test_text_can_be_read_by_day_and_by_night(show, scheme, paper):
    browser = show(report("html", [*FINDINGS, *many(3)]))
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    browser.find_element("id", "suppressed").click()
    assert browser.execute_script("return getComputedStyle(document.body).backgroundColor") == paper
    assert browser.execute_script(CONTRAST) == {}


def test_everything_has_a_name_for_those_who_do_not_see_it(show):
    browser = show(report("html", many(150)))
    browser.execute_cdp_cmd("Accessibility.enable", {})
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = {}
    for node in nodes:
        if not node.get("ignored"):
            named.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    for role in ("button", "combobox", "searchbox", "columnheader", "navigation", "table", "region", "status"):
        assert role in named, role
    for role in ("button", "combobox", "searchbox", "checkbox", "columnheader", "navigation", "region"):
        assert all(named.get(role, [])), role
    assert {"Search", "Payer", "Severity", "Rule"} <= {*named["searchbox"], *named["combobox"]}
    assert "The problems" in named["table"]
    assert named["heading"] == [
        "Injection claims: problems to solve", "By payer", "By problem", "The problems",
    ]  # fmt: skip


def test_without_scripts_the_money_stands_there_and_a_word_on_the_rest(show):
    browser = show(report("html", FINDINGS))
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.refresh()
    assert browser.find_element("css selector", "dl").text.startswith("Money at risk\n$1,120.50")
    assert browser.find_element("css selector", "noscript").text.startswith("The list needs JavaScript")
    assert not browser.find_element("id", "filters").is_displayed()


def test_a_run_without_findings(show):
    browser = show(report("html", [], NOTHING, [], []))
    assert shown(browser) == "The list is empty."
    assert not browser.find_element("id", "list").is_displayed()
    assert browser.get_log("browser") == []
