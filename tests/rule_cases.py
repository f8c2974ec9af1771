"""The cases of the rules: a few segments are made into a whole 837P interchange, and that is checked.

What a case leaves out is filled in: a clinic, a patient, Medicare Part B as the payer (SBR09 MB), a claim
with the charges of its lines added up, the diagnosis M54.50, line numbers, the place of service 11,
2026-03-10 as the date of service, and line control numbers (REF*6R); a line that is written from its LX on and with
its date is left as it is. Segments before the first CLM, HI, LX or SV1 take the place of the
default of the same kind (SBR, NM1*PR, DMG, NM1*85 ...). A further CLM, or an SBR or NM1*PR behind service
lines, begins another claim of the same patient and billing provider.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from pathlib import Path

import msgspec

from edi837.check import CheckResult, check_bytes
from edi837.model import Finding
from edi837.reference import Reference
from edi837.reference.tables import packaged
from edi837.rules import load_rules
from edi837.settings import parse_settings

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "rules"
TABLES = FIXTURES.parent / "reference"
"""Reference tables that do not ship with the package, cut down to what the cases need."""

SERVICE_DATE = "20260310"

# All above the claim, in the order of the TR3; a key is the segment id with what tells its loop.
_HEADER = {
    "HL*1": "HL*{provider}**20*1",
    "PRV*BI": "PRV*BI*PXC*207Q00000X",
    "NM1*85": "NM1*85*2*EXAMPLE CLINIC*****XX*1234567893",
    "N3*85": "N3*1 EXAMPLE WAY",
    "N4*85": "N4*SPRINGFIELD*IL*627010001",
    "REF*EI": "REF*EI*123456789",
    "HL*2": "HL*{subscriber}*{provider}*22*0",
    "SBR": "SBR*P*18*******MB",
    "PAT": "",
    "NM1*IL": "NM1*IL*1*DOE*JANE****MI*MEMBER0001",
    "N3*IL": "N3*2 EXAMPLE WAY",
    "N4*IL": "N4*SPRINGFIELD*IL*627010001",
    "DMG": "DMG*D8*19600102*F",
    "NM1*PR": "NM1*PR*2*EXAMPLE PAYER*****PI*00001",
}
_OVERRIDABLE = frozenset({"PRV*BI", "NM1*85", "REF*EI", "SBR", "PAT", "NM1*IL", "DMG", "NM1*PR"})
_CLAIM = ["CLM", "", "", "", "", "11:B:1", "Y", "A", "Y", "Y"]
_BEFORE_DIAGNOSES = frozenset({"CLM", "DTP", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CR1", "CR2", "CRC"})
# Notes, and the people of a claim with their ids: no finding may repeat them.
_PRIVATE = {"NTE": (2,), "NM1*IL": (3, 4, 9), "NM1*QC": (3, 4), "NM1*82": (3, 4, 9)}


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One case of a fixture file: `expect` has the findings of its rule, `all` those of every rule."""

    name: str
    segments: str
    expect: tuple[str, ...]
    all: tuple[str, ...] | None = None
    settings: str = ""
    """The text of an edi837.toml."""
    diagnostics: tuple[str, ...] = ()
    """The codes of the diagnostics of the case: none, unless its point is a value that cannot be read."""


class CaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """fixtures/rules/CODE.toml."""

    case: tuple[Case, ...]
    settings: str = ""
    """The text of an edi837.toml for the rule's own examples: of a rule that says nothing until it is told of whom."""


class _Claim:
    """One claim under construction: what stands above it, its own segments and those of its lines."""

    def __init__(self, header: dict[str, str]) -> None:
        self.header = header
        self.segments: list[str] = []
        self.lines: list[str] = []


def read_table(name: str) -> bytes:
    """A packaged reference table, or one of `TABLES`."""
    path = TABLES / name
    if path.exists():
        return path.read_bytes()
    table = packaged(name)
    if name == "manifest.csv":
        table += "".join(f"{extra.stem},cases\n" for extra in sorted(TABLES.glob("*.csv"))).encode()
    return table


REFERENCE = Reference(read_table)


def load_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a fixture file; an unknown key in one raises `msgspec.ValidationError`."""
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), CaseFile).case


def example_settings(code: str) -> str:
    """The settings under which the examples in a rule's help hold: the defaults, but for a few rules."""
    path = FIXTURES / f"{code}.toml"
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), CaseFile).settings if path.exists() else ""


def check(segments: str, settings: str = "", *, shortcuts: bool = True) -> CheckResult:
    """What all rules, those in preview too, say about the segments.

    Without shortcuts every rule is called for every claim, and the answer must be the same.
    """
    rules = load_rules()
    return check_bytes(
        interchange(segments),
        settings=parse_settings(settings, rules).override(rules, preview=True),
        reference=REFERENCE,
        prefilter=shortcuts,
        plan=shortcuts,
    )


def check_case(code: str, case: Case) -> None:
    """Asserts what the case of a rule expects."""
    result = check(case.segments, case.settings)
    assert not result.crashed, _explain(result.findings)
    assert result.findings == check(case.segments, case.settings, shortcuts=False).findings
    found = [diagnostic.code for diagnostic in result.diagnostics]
    assert sorted(found) == sorted(case.diagnostics), result.diagnostics
    several = len(_claims(case.segments)) > 1
    own = [finding for finding in result.findings if finding.code == code]
    places = sorted(_place(finding, several) for finding in own)
    assert places == sorted(case.expect), _explain(result.findings)
    if case.all is not None:
        everything = sorted(f"{finding.code} {_place(finding, several)}" for finding in result.findings)
        assert everything == sorted(case.all), _explain(result.findings)
    free_texts = _free_texts(case.segments)
    for finding in own:
        for text in (finding.message, finding.fix):
            assert text == " ".join(text.split())
            assert text
            assert not any(free in text for free in free_texts), text
        assert not finding.message.endswith("."), finding.message


def interchange(segments: str) -> bytes:
    """The segments as an 837P interchange of one transaction set, with everything that they leave out."""
    body = [
        "ST*837*0001*005010X222A1",
        f"BHT*0019*00*0001*{SERVICE_DATE}*1200*CH",
        "NM1*41*2*EXAMPLE SUBMITTER*****46*SUBMITTER",
        "PER*IC*EXAMPLE DESK*TE*2175550100",
        "NM1*40*2*EXAMPLE RECEIVER*****46*RECEIVER",
    ]
    above: dict[str, str] | None = None
    level = 0
    for number, claim in enumerate(_claims(segments), 1):
        if claim.header != above:
            above = claim.header
            fields = {"provider": level + 1, "subscriber": level + 2}
            body += [segment.format(**fields) for segment in above.values() if segment]
            level += 2
        body += _whole_claim(claim, number)
    body.append(f"SE*{len(body) + 1}*0001")
    whole = [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'SUBMITTER':15}*ZZ*{'RECEIVER':15}*260310*1200*^*00501*000000001*0*T*:",
        f"GS*HC*SUBMITTER*RECEIVER*{SERVICE_DATE}*1200*1*X*005010X222A1",
        *body,
        "GE*1*1",
        "IEA*1*000000001",
    ]
    return "".join(segment + "~\n" for segment in whole).encode("ascii")


def _claims(text: str) -> list[_Claim]:
    claim = _Claim(dict(_HEADER))
    claims = [claim]
    given: set[str] = set()
    for segment in _segments(text):
        tag, key = segment.partition("*")[0], _key(segment)
        above = key in _OVERRIDABLE and (bool(claim.lines) or (not claim.segments and key not in given))
        if (above and claim.lines) or (tag == "CLM" and (claim.lines or claim.segments)):
            claim = _Claim(dict(claim.header))
            claims.append(claim)
            given = set()
        if above:
            claim.header[key] = segment
            given.add(key)
        elif claim.lines or tag in ("LX", "SV1"):
            claim.lines.append(segment)
        else:
            # A second SBR above the lines is another payer's (2320), and so is what follows it.
            claim.segments.append(segment)
    return claims


def _segments(text: str) -> list[str]:
    *segments, rest = (part.strip() for part in text.split("~"))
    if rest:
        raise ValueError(f"no ~ behind {rest!r}")
    return [segment for segment in segments if segment]


def _key(segment: str) -> str:
    tag, _, rest = segment.partition("*")
    qualified = f"{tag}*{rest.partition('*')[0]}"
    if qualified == "REF*SY":
        return "REF*EI"
    return qualified if qualified in _HEADER else tag


def _whole_claim(claim: _Claim, number: int) -> list[str]:
    segments = claim.segments
    if not segments or not segments[0].startswith("CLM*"):
        segments = ["CLM", *segments]
    segments = [_whole_clm(segments[0], claim.lines, number), *segments[1:]]
    if not any(segment.startswith("HI*") for segment in segments):
        before = 0
        while before < len(segments) and segments[before].partition("*")[0] in _BEFORE_DIAGNOSES:
            before += 1
        segments.insert(before, "HI*ABK:M5450")
    return [*segments, *_whole_lines(claim.lines)]


def _whole_clm(segment: str, lines: list[str], number: int) -> str:
    defaults = [*_CLAIM]
    defaults[1:3] = f"CLAIM{number}", str(sum(_charges(lines), Decimal(0)))
    pairs = zip_longest(segment.split("*"), defaults, fillvalue="")
    return "*".join(own or default for own, default in pairs)


def _charges(lines: list[str]) -> Iterator[Decimal]:
    for segment in lines:
        elements = segment.split("*")
        if elements[0] == "SV1" and len(elements) > 2:
            try:
                yield Decimal(elements[2])
            except InvalidOperation:
                continue


def _whole_lines(segments: list[str]) -> Iterator[str]:
    number = 0
    lines: list[list[str]] = []
    for segment in segments:
        tag = segment.partition("*")[0]
        if tag == "LX" or (tag == "SV1" and not (lines and lines[-1][-1].startswith("LX*"))):
            number += 1
            lines.append([] if tag == "LX" else [f"LX*{number}"])
        lines[-1].append(segment)
    for line in lines:
        dated = any(segment.startswith("DTP*472*") for segment in line)
        numbered = any(segment.startswith("REF*6R*") for segment in line)
        last = "DTP*472*" if dated else "SV1*"
        for segment in line:
            yield segment
            if not segment.startswith(last):
                continue
            if not dated:
                yield f"DTP*472*D8*{SERVICE_DATE}"
            if not numbered and not (dated and line[0] in segments):
                yield f"REF*6R*{line[0].removeprefix('LX*')}"


def _place(finding: Finding, several: bool) -> str:
    claim = f"{finding.claim}/" if several else ""
    return f"{claim}{finding.line or 'claim'} {finding.severity.value}"


def _explain(findings: tuple[Finding, ...]) -> str:
    return "found:\n" + "\n".join(
        f"  {finding.code} {finding.claim}/{finding.line} {finding.severity.value}: {finding.message}"
        for finding in findings
    )


def _free_texts(text: str) -> list[str]:
    """The notes, names, member ids and descriptions of a case, as far as they are long enough to be told."""
    found = []
    for segment in [*_segments(text), *_HEADER.values()]:
        elements = segment.split("*")
        if elements[0] == "SV1":
            found += elements[1].split(":")[6:7]
        positions = _PRIVATE.get(elements[0]) or _PRIVATE.get("*".join(elements[:2]), ())
        found += [elements[position] for position in positions if position < len(elements)]
    return [free for free in found if len(free) > 3]
