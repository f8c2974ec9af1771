"""Reads the claims of a unit: bytes in, `Claim` values and diagnostics out.

The payer, the subscriber and the billing provider are those of the HL loops above the claim. Loops of other payers
(2320, 2330, 2430) are read into fields of their own and never into this payer's.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from edi837.claims.elements import Memo, read_number, read_text
from edi837.claims.lines import LineReader
from edi837.claims.locate import locate_segment
from edi837.claims.syntax import Syntax, syntax_of
from edi837.claims.units import Unit, claim_or_level, claim_start
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.model import Claim, Origin, OtherPayer, Payer, Severity
from edi837.x12.delimiters import Delimiters
from edi837.x12.region import Transaction

_DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "ABF", "BK", "BF"})
_ZERO = Decimal(0)
_UNKNOWN = ("", "")


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
        self._faults: list[tuple[str, str, int]] = []
        self._transaction: Transaction | None = None
        self._origin = Origin("", "", "", "", "", "", "", "")
        self._delimiters: Delimiters | None = None

    def claims(self, unit: Unit) -> list[Claim]:
        """The claims of a unit in their order.

        A claim that could not be read whole is given too, as far as it was read, and has an error in `diagnostics`.
        """
        if unit.delimiters is not self._delimiters:
            self._use(unit.delimiters)
        if unit.transaction is not self._transaction:
            self._use_transaction(unit.transaction)
        self.damaged.clear()
        claims: list[Claim] = []
        raw, boundary = unit.raw, claim_or_level(unit.delimiters)
        first = claim_start(unit.delimiters).search(raw)
        if first is None:
            return claims
        start, text_start = first.start(), first.end() - len(b"CLM*")
        segments = self._syntax.segments(raw, has_empty=unit.has_empty)
        segments += ("", "", "", "")
        # Where a sender leaves the HL segments out, the billing provider stands in front of the claims too.
        provider = self._providers[unit.billing or raw[:start]]
        subscriber, index = self._read_subscriber(segments)
        demographics, patient = subscriber.demographics, subscriber.member.encode("latin-1")
        while segments[index]:
            if segments[index][:3] != "CLM":
                demographics, patient, index = self._read_dependent(segments, index + 1, subscriber)
                continue
            at = index
            following = boundary.search(raw, start + 1)
            claim, index = self._read_claim(
                segments,
                index,
                provider,
                subscriber.payer,
                patient or b"\0%d" % (unit.offset + text_start),
                demographics,
                unit.segment + at - 1,
                unit.file_segment + at - 1,
                unit.offset + text_start,
                raw[start : following.start()] if following else raw[start:],
            )
            if not subscriber.found:
                self._say("C105", f"claim {claim.id}: no subscriber (SBR, NM1*IL) above the claim", at)
            if self._faults:
                self._report(claim, at, len(claims))
            claims.append(claim)
            while following and following[1] != b"CLM":
                following = boundary.search(raw, following.end())
            if following:
                start, text_start = following.start(), following.start(1)
        return claims

    def _use(self, delimiters: Delimiters) -> None:
        self._delimiters = delimiters
        self._syntax = syntax = syntax_of(delimiters)
        self._lines = LineReader(syntax, self._say)
        self._providers = Memo(self._read_provider)
        self._payers = Memo(self._read_payer)
        self._diagnoses = Memo(self._read_diagnosis)

    def _use_transaction(self, transaction: Transaction) -> None:
        self._transaction = transaction
        syntax = syntax_of(transaction.delimiters)
        self._origin = Origin(
            self.file,
            transaction.interchange,
            transaction.group,
            transaction.control,
            syntax.element,
            syntax.component,
            syntax.repetition,
            syntax.terminator,
        )

    def _say(self, code: str, message: str, index: int) -> None:
        self._faults.append((code, message, index))

    def _report(self, claim: Claim, at: int, number: int) -> None:
        """Makes diagnostics of the faults of the claim whose CLM stands at an index of the unit."""
        for code, message, index in self._faults:
            place = locate_segment(claim, index - at)
            found = diagnostic(code, message, self.file, place.file_segment, place.offset)
            self.diagnostics.append(found)
            if found.severity is Severity.ERROR:
                self.damaged.add(number)
        self._faults.clear()

    # The loops above the claim ----------------------------------------------------------------------------------------

    def _read_provider(self, raw: bytes) -> _Provider:
        npi = tax_id = taxonomy = entity = ""
        for segment in self._syntax.segments(raw):
            parts = segment.split(self._syntax.element)
            if parts[0] == "NM1":
                entity = _part(parts, 1)
                if entity == "85":
                    npi = _part(parts, 9)
            elif parts[0] == "PRV" and _part(parts, 1) == "BI":
                taxonomy = _part(parts, 3)
            elif parts[0] == "REF" and entity == "85" and _part(parts, 1) in ("EI", "SY"):
                tax_id = _part(parts, 2)
        return _Provider(npi, tax_id, taxonomy)

    def _read_subscriber(self, segments: list[str]) -> tuple[_Subscriber, int]:
        """The subscriber whose loop begins the unit, and the index of the first claim or patient behind it."""
        element = self._syntax.element
        sbr = payer = member = entity = ""
        demographics = _UNKNOWN
        index = 2 if segments[1][:3] == "HL" + element else 1
        hierarchy = "HL" + element
        while segment := segments[index]:
            tag = segment[:3]
            if tag == "NM1":
                entity = segment[4:6]
                if entity == "IL":
                    member = _part(segment.split(element), 9)
                elif entity == "PR":
                    payer = segment
            elif tag == "SBR":
                sbr = segment
            elif tag == "DMG":
                if entity == "IL":
                    demographics = _demographics(segment.split(element))
            elif tag == "CLM" or tag == hierarchy:
                break
            index += 1
        return _Subscriber(self._payers[sbr, payer], member, demographics, bool(sbr or member)), index

    def _read_payer(self, segments: tuple[str, str]) -> Payer:
        element = self._syntax.element
        subscriber, payer = segments[0].split(element), segments[1].split(element)
        return Payer(
            _part(payer, 9), read_text(_part(payer, 3)), _part(subscriber, 9).upper(), _part(subscriber, 1).upper()
        )

    def _read_dependent(
        self, segments: list[str], index: int, subscriber: _Subscriber
    ) -> tuple[tuple[str, str], bytes, int]:
        """Of a patient in loop 2000C: demographics, key (the member's id with the patient's name), index behind."""
        element = self._syntax.element
        name = ""
        demographics = _UNKNOWN
        while segment := segments[index]:
            tag = segment[:3]
            if tag == "NM1" and segment[4:6] == "QC":
                name = segment
            elif tag == "DMG":
                demographics = _demographics(segment.split(element))
            elif tag == "CLM" or tag == "HL" + element:
                break
            index += 1
        key = "\0".join((subscriber.member, name.upper(), *demographics)) if subscriber.member else ""
        return demographics, key.encode("latin-1"), index

    # The claim --------------------------------------------------------------------------------------------------------

    def _read_diagnosis(self, composite: str) -> tuple[str, str] | None:
        """Qualifier and code of an HI composite, None where it is no diagnosis."""
        qualifier, _, code = composite.partition(self._syntax.component)
        if qualifier not in _DIAGNOSIS_QUALIFIERS:
            return None
        return qualifier, code.split(self._syntax.component)[0].replace(".", "").strip().upper()

    def _read_claim(
        self,
        segments: list[str],
        index: int,
        provider: _Provider,
        payer: Payer,
        patient: bytes,
        demographics: tuple[str, str],
        segment: int,
        file_segment: int,
        offset: int,
        raw: bytes,
    ) -> tuple[Claim, int]:
        """The claim whose CLM stands at an index, and the index behind it."""
        element = self._syntax.element
        first = index
        clm = segments[index].split(element)
        if len(clm) < 6:
            clm += [""] * (6 - len(clm))
        place = clm[5].split(self._syntax.component)
        diagnoses: list[str] = []
        qualifiers: list[str] = []
        notes: list[str] = []
        others: list[list[str]] = []
        references: dict[str, str] = {}
        rendering_npi = rendering_taxonomy = entity = ""
        lx, hierarchy = "LX" + element, "HL" + element
        index += 1
        while text := segments[index]:
            tag = text[:3]
            if tag == lx or tag == "CLM" or tag == hierarchy:
                break
            index += 1
            if tag == "HI" + element:
                for composite in text[3:].split(element):
                    found = self._diagnoses[composite]
                    if found is not None:
                        qualifiers.append(found[0])
                        diagnoses.append(found[1])
            elif tag == "NM1":
                parts = text.split(element)
                entity = _part(parts, 1)
                if others:
                    if entity == "PR":
                        others[-1][2] = _part(parts, 9)
                elif entity == "82":
                    rendering_npi = _part(parts, 9)
            elif tag == "PRV":
                if entity == "82" and not others:
                    rendering_taxonomy = _part(text.split(element), 3)
            elif tag == "REF":
                # Behind an NM1 a REF belongs to that provider; behind an SBR it is another payer's.
                if not entity and not others:
                    parts = text.split(element)
                    references.setdefault(_part(parts, 1), _part(parts, 2))
            elif tag == "NTE":
                if not others:
                    notes.append(read_text(_part(text.split(element), 2)))
            elif tag == "SBR":
                parts = text.split(element)
                others.append([_part(parts, 1), _part(parts, 9), "", ""])
            elif tag == "AMT" and others:
                parts = text.split(element)
                if _part(parts, 1) == "D":
                    others[-1][3] = _part(parts, 2)
        identifier = clm[1].strip()
        charge = read_number(clm[2])
        lines, index = self._lines.read(
            segments,
            index,
            first,
            identifier,
            place[0],
            rendering_npi or provider.npi,
            rendering_taxonomy if rendering_npi else provider.taxonomy,
        )
        if not identifier:
            self._say("C101", "CLM01 is empty: a claim without a patient control number", first)
        if charge is None:
            self._say("C102", f"claim {identifier}: CLM02 is {'no amount' if clm[2] else 'empty'}", first)
        if not lines:
            self._say("C103", f"claim {identifier}: no service line", first)
        if not diagnoses:
            self._say("C104", f"claim {identifier}: no diagnosis in an HI segment", first)
        while segments[index] and segments[index][:3] not in ("CLM", hierarchy):
            index += 1  # what stands in the place of an LX cannot be read as one
        return (
            Claim(
                identifier,
                _ZERO if charge is None else charge,
                place[0],
                place[2] if len(place) > 2 else "",
                payer,
                tuple(diagnoses),
                tuple(qualifiers),
                tuple(lines),
                references.get("F8"),
                provider.npi,
                provider.tax_id,
                provider.taxonomy,
                rendering_npi,
                rendering_taxonomy,
                patient,
                demographics,
                references.get("G1", ""),
                references.get("9F", ""),
                tuple(notes),
                tuple(
                    OtherPayer(sequence, payer_class, other, read_number(paid))
                    for sequence, payer_class, other, paid in others
                )
                if others
                else (),
                self._origin,
                segment,
                file_segment,
                offset,
                raw,
            ),
            index,
        )


def _part(parts: list[str], index: int) -> str:
    """An element of a segment without blanks around it, empty where the segment is shorter."""
    return parts[index].strip() if index < len(parts) else ""


def _demographics(parts: list[str]) -> tuple[str, str]:
    return _part(parts, 2), _part(parts, 3).upper()
