"""Findings as SARIF 2.1.0, for code scanning and other services that keep the findings of many tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec

from edi837.diagnostics import Diagnostic
from edi837.engine import CRASH
from edi837.model import Finding, Partner, Severity
from edi837.reporters.base import place, printable
from edi837.results import FileResult, Summary, Tool
from edi837.rules import load_rules

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note", Severity.OFF: "none"}


class SarifReporter:
    """One run, its results streamed; the tool with the rules that were met, the files and the faults come last.

    A region is the bytes of a segment in the (uncompressed) file. A suppressed finding is a result with a suppression.
    """

    name: ClassVar[str] = "sarif"
    human: ClassVar[bool] = False
    binary: ClassVar[bool] = False
    billed: ClassVar[bool] = False

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._tool = Tool("", "", "", {})
        self._rules: dict[str, tuple[int, Finding]] = {}
        """Code -> (place in the list of rules, its first finding)."""
        self._before = b"\n"

    def start(self, tool: Tool) -> bytes:
        """The head of the document."""
        self._tool = tool
        return f'{{"$schema": "{_SCHEMA}",\n"version": "2.1.0",\n"runs": [{{"results": ['.encode()

    def findings(self, batch: Sequence[Finding]) -> bytes:
        """A result for each finding, on a line of its own."""
        parts = []
        for finding in batch:
            index, _ = self._rules.setdefault(finding.code, (len(self._rules), finding))
            parts += [self._before, self._encode(_result(finding, index))]
            self._before = b",\n"
        return b"".join(parts)

    def finish(self, summary: Summary, files: Sequence[FileResult], diagnostics: Sequence[Diagnostic]) -> bytes:
        """The rest of the run, and the end of the document."""
        driver = {
            "name": self._tool.name,
            "version": self._tool.version,
            "rules": _descriptors([finding for _, finding in self._rules.values()]),
            "properties": {"rules_version": self._tool.rules_version, "reference": self._tool.reference},
        }
        failed = not summary.checked or CRASH in self._rules or any(_is_lost(file) for file in files)
        invocation = {
            "executionSuccessful": not failed,
            "toolExecutionNotifications": [_notification(item) for item in diagnostics],
        }
        parts = {
            "tool": {"driver": driver},
            "artifacts": [_artifact(file) for file in files],
            "invocations": [invocation],
            "properties": {"summary": summary},
        }
        rest = [f',\n"{name}": '.encode() + self._encode(value) for name, value in parts.items()]
        return b"\n]" + b"".join(rest) + b"}]}\n"


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    result = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": _sentence(finding)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.file)},
                    "region": {"byteOffset": finding.offset, "byteLength": finding.length},
                },
                "logicalLocations": _logical(finding),
            }
        ],
        "partialFingerprints": {"edi837/v1": finding.fingerprint},
        # The standard wants them on every result or on none.
        "suppressions": []
        if finding.suppressed is None
        else [{"kind": "external", "status": "accepted", "justification": finding.suppressed}],
        "properties": {
            "claim": finding.claim,
            "line": finding.line,
            "payer": finding.payer,
            "service_date": finding.service_date,
            "charge": finding.charge,
            "interchange": finding.interchange,
            "transaction": finding.transaction,
            "segment": finding.segment,
            "file_segment": finding.file_segment,
            "fix": finding.fix,
            "predicts": finding.predicts,
        },
    }
    if finding.partners:
        result["relatedLocations"] = [_partner(partner) for partner in finding.partners]
    return result


def _sentence(finding: Finding) -> str:
    where = place(finding)
    text = f"{where[0].upper()}{where[1:]}: {finding.message}."
    return printable(f"{text} To do: {finding.fix.removesuffix('.')}." if finding.fix else text)


def _logical(finding: Finding) -> list[dict[str, Any]]:
    """The claim, its line and the element, from the outside to the inside."""
    inside = f"{finding.interchange}/{finding.transaction}"
    places = (("claim", finding.claim, ""), ("line", finding.line, ""), ("element", finding.element, finding.loop))
    found = []
    for kind, name, loop in places:
        if name:
            inside = "/".join(filter(None, (inside, loop, name)))
            found.append({"name": name, "kind": kind, "fullyQualifiedName": inside})
    return found


def _partner(partner: Partner) -> dict[str, Any]:
    name = partner.claim if partner.line is None else f"{partner.claim}/{partner.line}"
    kind = "claim" if partner.line is None else "line"
    return {"logicalLocations": [{"fullyQualifiedName": name, "kind": kind}], "message": {"text": "the other side"}}


def _descriptors(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """What is known of the codes that the findings are the first of; a code that is no rule's has only its name."""
    rules = {rule.code: rule for rule in load_rules()}
    found = []
    for finding in findings:
        rule = rules.get(finding.code)
        descriptor: dict[str, Any] = {"id": finding.code, "properties": {"category": finding.category}}
        if rule is not None:
            descriptor["name"] = rule.name
            descriptor["shortDescription"] = {"text": rule.help.summary}
            descriptor["fullDescription"] = {"text": rule.help.why}
            descriptor["help"] = {"text": rule.help.fix}
            descriptor["defaultConfiguration"] = {"level": _LEVELS[rule.severity]}
        elif finding.code == CRASH:
            descriptor["shortDescription"] = {"text": "A rule failed on a claim: it was not checked by it."}
        else:
            descriptor["name"] = finding.name
        found.append(descriptor)
    return found


def _artifact(file: FileResult) -> dict[str, Any]:
    artifact = {
        "location": {"uri": _uri(file.file)},
        "roles": ["analysisTarget"],
        "mimeType": "application/edi-x12",
        "properties": {"status": file.status, "claims": file.claims},
    }
    if file.reason:
        artifact["description"] = {"text": file.reason}
    return artifact


def _notification(item: Diagnostic) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(item.file)}}
    if item.offset is not None:
        location["region"] = {"byteOffset": item.offset}
    return {
        "descriptor": {"id": item.code},
        "level": _LEVELS[item.severity],
        "message": {"text": printable(f"{item.message}; {item.cure}")},
        "locations": [{"physicalLocation": location}],
    }


def _is_lost(file: FileResult) -> bool:
    return file.status in ("partial", "unreadable")


def _uri(name: str) -> str:
    """The name of a file as a URI reference: relative as it was given, or absolute."""
    path = quote(name, errors="replace")
    return f"file://{path}" if name.startswith("/") else path
