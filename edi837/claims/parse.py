"""Reads the claims of a unit: bytes in, `Claim` values and diagnostics out.

The payer, the subscriber and the billing provider are those of the HL loops above the claim. Loops of other payers
(2320, 2330, 2430) are read into fields of their own and never into this payer's.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from edi837.claims.elements import read_number, read_text
from edi837.claims.lines import LineReader
from edi837.claims.units import Unit
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.model import Claim, Origin, OtherPayer, Payer, Severity
from edi837.x12.delimiters import PADDING, Delimiters
from edi837.x12.region import Transaction

_DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "ABF", "BK", "BF"})
_PROVIDERS_KEPT = 256
_ZERO = Decimal(0)


class Syntax(NamedTuple):
    """The delimiters of an interchange as text, with the patterns that cut a unit into claims and segments."""

    element: str
    component: str
    terminator: str
    split: str
    """What stands between two segments; the terminator alone where the padding changes."""
    regular: bool
    boundary: re.Pattern[str]
    """Matches in front of CLM and HL segments; group 1 is the id."""

    def segments(self, text: str) -> list[str]:
        """The segments of a text that begins with a terminator, empty ones left out."""
        found = text.split(self.split)
        if not self.regular:
            found = [segment.lstrip(_PADDING) for segment in found]
        return [segment for segment in found if segment]


_PADDING = PADDING.decode()


@lru_cache(maxsize=64)
def syntax_of(delimiters: Delimiters) -> Syntax:
    """The text form of an interchange's delimiters."""
    element, component, terminator, padding = (
        (part or b"").decode("latin-1")
        for part in (delimiters.element, delimiters.component, delimiters.terminator, delimiters.padding)
    )
    start = delimiters.break_pattern.decode("latin-1")
    return Syntax(
        element,
        component,
        terminator,
        terminator + padding,
        delimiters.padding is not None,
        re.compile(f"{start}(CLM|HL){re.escape(element)}"),
    )


class _Subscriber(NamedTuple):
    """What the loops 2000B, 2010BA and 2010BB say."""

    payer: Payer
    member: str
    demographics: tuple[str, str]
    found: bool
    """Whether there is a subscriber at all: an SBR or NM1*IL segment."""


class _Provider(NamedTuple):
    """The billing provider: loops 2000A and 2010AA."""

    npi: str
    tax_id: str
    taxonomy: str


class ClaimReader:
    """Reads the units of one file; remembers what neighbouring units share."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.diagnostics: list[Diagnostic] = []
        """What was found so far, in the order of the units read."""
        self.damaged: set[int] = set()
        """Which claims of the last unit, by their index, could not be read whole."""
        self._errors = 0
        self._transaction: Transaction | None = None
        self._origin = Origin("", "", "", "", "", "", "", "")
        self._delimiters: Delimiters | None = None
        self._providers: dict[bytes, _Provider] = {}
        self._payers: dict[tuple[str, str], Payer] = {}

    def claims(self, unit: Unit) -> list[Claim]:
        """The claims of a unit in their order.

        A claim that could not be read whole is given too, as far as it was read, and has an error in `diagnostics`.
        """
        if unit.delimiters is not self._delimiters:
            self._delimiters = unit.delimiters
            self._syntax = syntax_of(unit.delimiters)
            self._lines = LineReader(unit.delimiters, self._say)
        if unit.transaction is not self._transaction:
            self._transaction = unit.transaction
            self._origin = self._origin_of(unit.transaction)
        syntax = self._syntax
        text = unit.raw.decode("latin-1")
        bounds = [(match.start(), match[1], match.start(1)) for match in syntax.boundary.finditer(text)]
        self.damaged.clear()
        if not any(bound[1] == "CLM" for bound in bounds):
            return []
        first = bounds[1][0] if bounds[0][:2] == (0, "HL") else bounds[0][0]
        header = text[:first]
        provider = self._provider(unit.billing or unit.raw[:first])
        subscriber = self._subscriber(header)
        patient = subscriber.demographics
        key = subscriber.member.encode("latin-1")
        claims = []
        segment, counted = 0, 0
        for index, (start, tag, tag_at) in enumerate(bounds):
            stop = bounds[index + 1][0] if index + 1 < len(bounds) else len(text)
            if tag == "HL":
                if start:
                    patient, key = self._dependent(text[start:stop], subscriber)
                continue
            segment += text.count(syntax.terminator, counted, start)
            counted = start
            if unit.has_empty:
                segment = len(syntax.segments(text[:start]))
            claims.append(
                self._claim(
                    text[start:stop],
                    unit.raw[start:stop],
                    provider,
                    subscriber,
                    patient,
                    key,
                    unit.segment + segment,
                    unit.file_segment + segment,
                    unit.offset + tag_at,
                )
            )
            if self._errors:
                self.damaged.add(len(claims) - 1)
                self._errors = 0
        return claims

    def _say(self, code: str, message: str, segment: int, offset: int) -> None:
        found = diagnostic(code, message, self.file, segment, offset)
        self.diagnostics.append(found)
        self._errors += found.severity is Severity.ERROR

    def _origin_of(self, transaction: Transaction) -> Origin:
        delimiters = transaction.delimiters
        return Origin(
            self.file,
            transaction.interchange,
            transaction.group,
            transaction.control,
            *(
                part.decode("latin-1")
                for part in (
                    delimiters.element,
                    delimiters.component,
                    delimiters.repetition,
                    delimiters.terminator,
                )
            ),
        )

    # The loops above the claim ----------------------------------------------------------------------------------------

    def _provider(self, raw: bytes) -> _Provider:
        known = self._providers.get(raw)
        if known is None:
            if len(self._providers) >= _PROVIDERS_KEPT:
                self._providers.clear()
            known = self._providers[raw] = self._read_provider(raw)
        return known

    def _read_provider(self, raw: bytes) -> _Provider:
        npi = tax_id = taxonomy = entity = ""
        for segment in self._syntax.segments(raw.decode("latin-1")):
            parts = segment.split(self._syntax.element) + [""] * 9
            if parts[0] == "NM1":
                entity = parts[1]
                if entity == "85":
                    npi = parts[9].strip()
            elif parts[0] == "PRV" and parts[1] == "BI":
                taxonomy = parts[3].strip()
            elif parts[0] == "REF" and entity == "85" and parts[1] in ("EI", "SY"):
                tax_id = parts[2].strip()
        return _Provider(npi, tax_id, taxonomy)

    def _subscriber(self, text: str) -> _Subscriber:
        element = self._syntax.element
        sbr = payer = member = ""
        demographics = ("", "")
        found = insured = False
        for segment in self._syntax.segments(text):
            tag = segment[:4]
            if tag == "NM1" + element:
                entity = segment[4:6]
                insured = entity == "IL"
                if insured:
                    member = _part(segment.split(element), 9)
                    found = True
                elif entity == "PR":
                    payer = segment
            elif tag == "SBR" + element:
                sbr = segment
                found = True
            elif tag == "DMG" + element and insured:
                demographics = _demographics(segment.split(element))
        return _Subscriber(self._payer(sbr, payer), member, demographics, found)

    def _payer(self, sbr: str, nm1: str) -> Payer:
        known = self._payers.get((sbr, nm1))
        if known is None:
            if len(self._payers) >= 4096:
                self._payers.clear()
            element = self._syntax.element
            subscriber, payer = sbr.split(element), nm1.split(element)
            known = self._payers[sbr, nm1] = Payer(
                _part(payer, 9),
                read_text(_part(payer, 3)),
                _part(subscriber, 9).upper(),
                _part(subscriber, 1).upper(),
            )
        return known

    def _dependent(self, text: str, subscriber: _Subscriber) -> tuple[tuple[str, str], bytes]:
        """The demographics and the key of a patient in a loop 2000C: the member's id with the patient's own name."""
        name = ""
        demographics = ("", "")
        for segment in self._syntax.segments(text):
            if segment.startswith("NM1") and segment[4:6] == "QC":
                name = segment
            elif segment.startswith("DMG"):
                demographics = _demographics(segment.split(self._syntax.element))
        key = "\0".join((subscriber.member, name.upper(), *demographics)) if subscriber.member else ""
        return demographics, key.encode("latin-1")

    # The claim --------------------------------------------------------------------------------------------------------

    def _claim(
        self,
        text: str,
        raw: bytes,
        provider: _Provider,
        subscriber: _Subscriber,
        demographics: tuple[str, str],
        key: bytes,
        segment: int,
        file_segment: int,
        offset: int,
    ) -> Claim:
        syntax = self._syntax
        element = syntax.element
        lines_at = self._lines.start(text)
        segments = syntax.segments(text[:lines_at] if lines_at >= 0 else text)
        clm = segments[0].split(element)
        place = _part(clm, 5).split(syntax.component)
        diagnoses: list[str] = []
        qualifiers: list[str] = []
        notes: list[str] = []
        others: list[list[str]] = []
        references: dict[str, str] = {}
        rendering_npi = rendering_taxonomy = entity = ""
        for position in range(1, len(segments)):
            part = segments[position]
            tag = part[:3]
            if tag == "HI" + element:
                for composite in part.split(element)[1:]:
                    qualifier, _, code = composite.partition(syntax.component)
                    if qualifier in _DIAGNOSIS_QUALIFIERS:
                        qualifiers.append(qualifier)
                        diagnoses.append(code.split(syntax.component)[0].replace(".", "").strip().upper())
            elif tag == "NM1":
                parts = part.split(element)
                entity = parts[1] if len(parts) > 1 else ""
                if others:
                    if entity == "PR":
                        others[-1][2] = _part(parts, 9)
                elif entity == "82":
                    rendering_npi = _part(parts, 9)
            elif tag == "PRV":
                if entity == "82" and not others:
                    rendering_taxonomy = _part(part.split(element), 3)
            elif tag == "REF":
                # Behind an NM1 a REF belongs to that provider; behind an SBR it is another payer's.
                if not entity and not others:
                    parts = part.split(element)
                    if len(parts) > 2:
                        references.setdefault(parts[1], parts[2].strip())
            elif tag == "NTE":
                if not others:
                    notes.append(read_text(_part(part.split(element), 2)))
            elif tag == "SBR":
                parts = part.split(element)
                others.append([_part(parts, 1), _part(parts, 9), "", ""])
            elif tag == "AMT" and others:
                parts = part.split(element)
                if parts[1] == "D":
                    others[-1][3] = _part(parts, 2)
        identifier = _part(clm, 1)
        amount = _part(clm, 2)
        charge = read_number(amount)
        shown = identifier or "without a number"
        if not identifier:
            self._say("C101", "CLM01 is empty: a claim without a patient control number", file_segment, offset)
        if charge is None:
            what = "CLM02 is no amount" if amount else "CLM02 is empty"
            self._say("C102", f"claim {shown}: {what}", file_segment, offset)
        if not subscriber.found:
            self._say("C105", f"claim {shown}: no subscriber (SBR, NM1*IL) above the claim", file_segment, offset)
        lines = (
            self._lines.read(
                text,
                lines_at,
                shown,
                (
                    place[0],
                    rendering_npi or provider.npi,
                    rendering_taxonomy if rendering_npi else provider.taxonomy,
                ),
                text.count(syntax.terminator, 0, lines_at),
                file_segment,
                offset,
            )
            if lines_at >= 0
            else ()
        )
        if not lines:
            self._say("C103", f"claim {shown}: no service line", file_segment, offset)
        if not diagnoses:
            self._say("C104", f"claim {shown}: no diagnosis in an HI segment", file_segment, offset)
        return Claim(
            identifier,
            _ZERO if charge is None else charge,
            place[0],
            _part(place, 2),
            subscriber.payer,
            tuple(diagnoses),
            tuple(qualifiers),
            lines,
            references.get("F8"),
            provider.npi,
            provider.tax_id,
            provider.taxonomy,
            rendering_npi,
            rendering_taxonomy,
            key or b"\0%d" % offset,
            demographics,
            references.get("G1", ""),
            references.get("9F", ""),
            tuple(notes),
            tuple(
                OtherPayer(sequence, payer_class, payer, read_number(paid))
                for sequence, payer_class, payer, paid in others
            ),
            self._origin,
            segment,
            file_segment,
            offset,
            raw,
        )


def _part(parts: list[str], index: int) -> str:
    """An element of a segment without blanks around it, empty where the segment is shorter."""
    return parts[index].strip() if index < len(parts) else ""


def _demographics(parts: list[str]) -> tuple[str, str]:
    return _part(parts, 2), _part(parts, 3).upper()
