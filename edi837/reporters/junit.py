"""Findings as JUnit XML, for what shows test results: a suite a claim, a case a finding."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from io import BytesIO
from typing import ClassVar

from lxml import etree
from msgspec.structs import replace

from edi837.diagnostics import Diagnostic
from edi837.model import Finding, Severity
from edi837.reporters.base import place, printable, story
from edi837.reporters.full import paragraph
from edi837.results import FileResult, Summary, Tool


class JunitReporter:
    """Streamed: only one claim's findings are kept, since a suite says in front how many cases it has.

    A finding is a failure; one of severity info passes and one that is suppressed is skipped, each with its text. The
    last suite has a case for each file: one that was not read whole is an error.
    """

    name: ClassVar[str] = "junit"
    human: ClassVar[bool] = False
    binary: ClassVar[bool] = False
    billed: ClassVar[bool] = False

    def __init__(self) -> None:
        self._buffer = BytesIO()
        self._open = ExitStack()
        self._claim: list[Finding] = []

    def start(self, tool: Tool) -> bytes:
        """The XML declaration and the root element."""
        self._xml = self._open.enter_context(etree.xmlfile(self._buffer, encoding="UTF-8"))
        self._xml.write_declaration()
        self._open.enter_context(self._xml.element("testsuites", {"name": f"{tool.name} {tool.version}"}))
        self._xml.write("\n")
        return self._written()

    def findings(self, batch: Sequence[Finding]) -> bytes:
        """The suites of all claims but the last, of which more may come."""
        for finding in batch:
            if self._claim and _claim_of(finding) != _claim_of(self._claim[0]):
                self._end_claim()
            self._claim.append(finding)
        return self._written()

    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """The last claim, the suite of the files and the end of the document."""
        if self._claim:
            self._end_claim()
        self._suite("files", [_file_case(file, diagnostics) for file in files] + [_run_case(summary)])
        self._open.close()
        return self._taken() + b"\n"

    def _end_claim(self) -> None:
        self._suite(place(replace(self._claim[0], line=None)), [_finding_case(finding) for finding in self._claim])
        self._claim = []

    def _suite(self, name: str, cases: Sequence[etree._Element]) -> None:
        suite = etree.Element(
            "testsuite",
            {
                "name": printable(name),
                "tests": str(len(cases)),
                "failures": _count(cases, "failure"),
                "errors": _count(cases, "error"),
                "skipped": _count(cases, "skipped"),
            },
        )
        suite.extend(cases)
        self._xml.write(suite, pretty_print=True)

    def _written(self) -> bytes:
        self._xml.flush()
        return self._taken()

    def _taken(self) -> bytes:
        data = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return data


def _claim_of(finding: Finding) -> tuple[str, str, str, str]:
    return finding.file, finding.interchange, finding.transaction, finding.claim


def _finding_case(finding: Finding) -> etree._Element:
    case = _case(finding.code, f"{finding.file}: {place(finding)}: {finding.message}")
    text = "\n".join(map(printable, paragraph(finding)))
    if finding.suppressed is not None:
        _outcome(case, "skipped", message=finding.suppressed)
        _outcome(case, "system-out", text)
    elif finding.severity is Severity.INFO:
        _outcome(case, "system-out", text)
    else:
        _outcome(case, "failure", text, message=finding.message, type=finding.severity.value)
    return case


def _file_case(file: FileResult, diagnostics: Sequence[Diagnostic]) -> etree._Element:
    case = _case("file", file.file)
    if file.status == "skipped":
        _outcome(case, "skipped", message=file.reason)
    elif file.status != "ok":
        faults = [item for item in diagnostics if item.file == file.file and item.severity is Severity.ERROR]
        text = "\n".join(
            printable(f"segment {item.segment}: {item.code} {item.message}; {item.cure}") for item in faults
        )
        _outcome(case, "error", text, message=file.reason, type=file.status)
    return case


def _run_case(summary: Summary) -> etree._Element:
    """Not checked is not clean: a run that checked no claim has not passed."""
    case = _case("run", "claims were checked")
    if summary.checked:
        _outcome(case, "system-out", story(summary))
    else:
        _outcome(case, "error", message=story(summary), type="nothing-checked")
    return case


def _case(group: str, name: str) -> etree._Element:
    return etree.Element("testcase", {"classname": f"edi837.{group}", "name": printable(name)})


def _outcome(case: etree._Element, kind: str, text: str = "", **attributes: str) -> None:
    outcome = etree.SubElement(case, kind, {name: printable(value) for name, value in attributes.items()})
    outcome.text = text or None


def _count(cases: Sequence[etree._Element], kind: str) -> str:
    return str(sum(case.find(kind) is not None for case in cases))
