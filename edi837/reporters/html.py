"""The report as one page for a browser: the money, and a list of problems to sort, to filter and to print."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from importlib.resources import files as resources
from string import Template
from typing import ClassVar

import msgspec

from edi837.diagnostics import Diagnostic
from edi837.model import Finding, Severity
from edi837.reporters.base import counted, dollars, printable, story
from edi837.reporters.worklist import Problem, Total, Worklist, not_checked
from edi837.results import FileResult, Summary, Tool
from edi837.rules import load_rules

# The page's own numbers, in the order of its script.
_SEVERITIES = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2, Severity.OFF: 2}


class HtmlReporter:
    """Keeps the encoded rows back until the summary is known; the page asks nothing of the network.

    What comes from a claim stands in JSON that the page's script shows as text. A policy in the page lets the browser
    run that script alone, known by its checksum, and load nothing.
    """

    name: ClassVar[str] = "html"
    human: ClassVar[bool] = False
    binary: ClassVar[bool] = False
    billed: ClassVar[bool] = True

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._worklist = Worklist()
        self._rows: list[bytes] = []
        self._texts: dict[str, int] = {}
        self._payers: dict[str, Total] = {}
        self._rules: dict[str, Total] = {}

    def start(self, tool: Tool) -> bytes:
        """Nothing yet."""
        self._tool = tool
        return b""

    def findings(self, batch: Sequence[Finding]) -> bytes:
        """Nothing yet."""
        for finding in batch:
            problem = self._worklist.problem(finding)
            self._payers.setdefault(problem.payer, Total()).add(problem)
            self._rules.setdefault(problem.code, Total()).add(problem)
            self._rows.append(self._encoder.encode(self._row(problem)))
        return b""

    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """The whole page."""
        style, script = _asset("style.css"), _asset("script.js")
        page = Template(_asset("page.html")).substitute(
            style_hash=_checksum(style),
            script_hash=_checksum(script),
            style=style,
            script=script,
            story=_text(story(summary)),
            alarms="\n".join(_alarms(summary, files)),
            figures="\n".join(self._figures(summary)),
            payers="\n".join(_payer_row(payer, total) for payer, total in _ranked(self._payers)),
            rules="\n".join(_rule_rows(_ranked(self._rules))),
            maker=_text(
                f"Made by {self._tool.name} {self._tool.version}, rules {self._tool.rules_version}. Money at risk: the "
                "charges of the lines with an error, each line counted once. This is advice, not a coder's decision."
            ),
            data=self._data(),
        )
        return page.encode()

    def _row(self, problem: Problem) -> list[object]:
        day = problem.service_date
        return [
            _SEVERITIES[problem.severity],
            problem.claim,
            problem.line,
            problem.payer,
            day.isoformat() if day else "",
            problem.procedure,
            problem.modifiers,
            "" if problem.units is None else str(problem.units),
            str(problem.charge),
            str(problem.at_risk),
            problem.code,
            problem.problem,
            self._text_number(problem.to_do),
            self._text_number(problem.expected),
            self._text_number(problem.file),
            problem.segment,
            problem.suppressed is not None,
            problem.claim_number,
        ]

    def _text_number(self, text: str) -> int:
        """The place of a text that many rows share in the list of texts."""
        return self._texts.setdefault(text, len(self._texts))

    def _data(self) -> str:
        rows = b",\n".join(self._rows)
        data = b'{"texts":' + self._encoder.encode(list(self._texts)) + b',\n"rows":[\n' + rows + b"\n]}"
        # Without this sign nothing in the data can end the element that it stands in, or begin another.
        return data.replace(b"<", b"\\u003c").decode()

    def _figures(self, summary: Summary) -> Iterable[str]:
        claims = sum(total.claims for total in self._payers.values())
        found = summary.findings
        yield _figure("Money at risk", dollars(summary.at_risk))
        yield _figure("Claims with problems", f"{claims:,}")
        yield _figure("Errors", f"{found.error:,}")
        yield _figure("Warnings", f"{found.warning:,}")
        yield _figure("Claims checked", f"{summary.checked:,}")


def _asset(name: str) -> str:
    return (resources("edi837.reporters") / "page" / name).read_text(encoding="utf-8")


def _checksum(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _text(text: str) -> str:
    return escape(printable(text))


def _figure(title: str, value: str) -> str:
    return f"<div><dt>{title}</dt><dd>{value}</dd></div>"


def _alarms(summary: Summary, files: Sequence[FileResult]) -> Iterable[str]:
    """Not checked is not clean: what was not read stands on top."""
    for text in not_checked(summary, files):
        yield f'<p class="alarm">{_text(text)}</p>'
    if summary.suppressed:
        yield f"<p>{counted(summary.suppressed, 'problem')} suppressed, and in none of the figures.</p>"


def _ranked(totals: dict[str, Total]) -> list[tuple[str, Total]]:
    """The most money first."""
    return sorted(totals.items(), key=lambda item: (-item[1].at_risk, -item[1].problems, item[0]))


def _payer_row(payer: str, total: Total) -> str:
    counts = (total.claims, total.errors, total.warnings, total.infos)
    cells = "".join(f'<td class="number">{count:,}</td>' for count in counts)
    return f"<tr><td>{_key('payer', payer, payer or 'No payer id')}</td>{_money(total.at_risk)}{cells}</tr>"


def _rule_rows(totals: Sequence[tuple[str, Total]]) -> Iterable[str]:
    summaries = {rule.code: rule.help.summary for rule in load_rules()}
    for code, total in totals:
        yield (
            f"<tr><td>{_key('rule', code, code)}</td>{_money(total.at_risk)}"
            f'<td class="number">{total.claims:,}</td><td>{_text(summaries.get(code, ""))}</td></tr>'
        )


def _key(filter_name: str, value: str, shown: str) -> str:
    """A button that filters the list."""
    return (
        f'<button type="button" class="key" data-filter="{filter_name}" data-value="{_text(value)}">'
        f"{_text(shown)}</button>"
    )


def _money(amount: Decimal) -> str:
    return f'<td class="number">{dollars(amount)}</td>'
