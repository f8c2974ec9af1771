"""Reads the claims of a unit: bytes in, `Claim` values and diagnostics out.

The payer, the subscriber and the billing provider are those of the HL loops above the claim. Loops of other payers
(2320, 2330, 2430) are read into fields of their own and never into this payer's.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from edi837.claims.elements import Memo, read_day, read_number, read_text
from edi837.claims.lines import LineReader
from edi837.claims.locate import locate_segment
from edi837.claims.syntax import Tags, syntax_of
from edi837.claims.units import Unit, claim_starts, line_start
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.model import Claim, Origin, Payer, ServiceLine, Severity
from edi837.x12.delimiters import Delimiters
from edi837.x12.region import Transaction

_DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "ABF", "BK", "BF"})
_ZERO = Decimal(0)
_NO_PAYER = Payer("", "", "", "")
_UNKNOWN = ("", "")
_NO_DIAGNOSES: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
_SHORT = 200
"""Characters of a text that is worth remembering."""


class _Provider(NamedTuple):
    """The billing provider: loops 2000A and 2010AA."""

    npi: str
    tax_id: str
    taxonomy: str


_NO_PROVIDER = _Provider("", "", "")


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
        if self.damaged:
            self.damaged.clear()
        raw = unit.raw
        text, tags = self._syntax.read(raw, has_empty=unit.has_empty)
        # What stands in front of the first line, of the second, and so on: no line is searched for claims.
        pieces = iter(text.split(tags.line))
        top = next(pieces)
        begin, at = 0, top.find(tags.claim)
        if at < 0:
            begin, top, pieces = self._behind_orphans(unit, text, 0, tags)
            if not top:
                return []
            at = 0
        # Where a text was made even it has other offsets than the bytes.
        starts = None if len(text) == len(raw) else [*claim_starts(unit), len(raw)]
        above, dependent = text[: begin + at], ""
        level = above.find(tags.level, 1)
        if level >= 0:
            above, dependent = above[:level], above[above.rfind(tags.level) :]
        provider, payer = self._parties(unit, above, tags, raw[: starts[0] if starts else begin + at])
        claims: list[Claim] = []
        passed = counted = 0
        while True:
            start = begin + at
            passed, counted = passed + text.count(tags.split, counted, start), start
            stop = None
            if starts:
                start, stop = starts[len(claims)], starts[len(claims) + 1]
            head = top[at + len(tags.claim) :]
            claim, behind = self._read_claim(
                head, pieces, tags, provider, payer, unit, text, passed, start, stop, above, dependent
            )
            if not text.startswith(tags.level) and text.count(tags.claim) > 1:
                self._say("C106", f"claim {claim.id}: no HL segment above the claim", 0)
            if self._faults:
                self._report(claim, len(claims))
            claims.append(claim)
            if not behind:
                return claims
            # What follows a claim up to the next one is another patient's loop.
            begin, top, at = text.index(behind, begin + at + 1), behind, behind.find(tags.claim)
            if at < 0:
                resumed, top, pieces = self._behind_orphans(unit, text, begin, tags)
                if not top:
                    return claims
                dependent, begin, at = text[text.rfind(tags.level, begin, resumed) : resumed], resumed, 0
            elif at:
                dependent = top[top.rfind(tags.level, 0, at) : at]

    def _use(self, delimiters: Delimiters) -> None:
        self._delimiters = delimiters
        self._syntax = syntax = syntax_of(delimiters)
        self._any_padding = syntax_of(delimiters.irregular())
        self._lines = LineReader(syntax, self._say)
        self._providers = Memo(self._read_provider)
        self._payers = Memo(self._read_payer)
        self._renderings = Memo(self._read_rendering, lambda key: len(key[0]) < _SHORT)
        self._places = Memo(self._read_place, lambda text: len(text) < _SHORT)
        self._diagnoses = Memo(self._read_diagnoses, lambda text: len(text) < _SHORT)

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
            read_day(transaction.submitted),
        )

    def _say(self, code: str, message: str, index: int) -> None:
        self._faults.append((code, message, index))

    def _report(self, claim: Claim, number: int) -> None:
        """Makes diagnostics of the faults of a unit's claim."""
        for code, message, index in self._faults:
            place = locate_segment(claim, index)
            found = diagnostic(code, message, self.file, place.file_segment, place.offset)
            self.diagnostics.append(found)
            if found.severity is Severity.ERROR:
                self.damaged.add(number)
        self._faults.clear()

    def _behind_orphans(self, unit: Unit, text: str, begin: int, tags: Tags) -> tuple[int, str, Iterator[str]]:
        """Where the next claim stands, its head and its lines; an empty head where there is none.

        Service lines in front of the first CLM, or without any, belong to nobody, and are lost: that is said.
        """
        claim = text.find(tags.claim, begin)
        line = text.find(tags.line, begin, claim if claim >= 0 else len(text))
        if line >= 0:
            message = "service lines (LX) stand under no claim (CLM): they were not read"
            segment = unit.file_segment + text.count(tags.split, 0, line)
            # The text may have been made even: the place is that in the bytes.
            lines = [match.start(1) for match in line_start(unit.delimiters).finditer(unit.raw)]
            offset = unit.offset + lines[text.count(tags.line, 0, line)]
            self.diagnostics.append(diagnostic("C107", message, self.file, segment, offset))
        if claim < 0:
            return begin, "", iter(())
        pieces = iter(text[claim:].split(tags.line))
        return claim, next(pieces), pieces

    # The loops above the claim ----------------------------------------------------------------------------------------

    def _read_provider(self, raw: bytes) -> _Provider:
        npi = tax_id = taxonomy = entity = ""
        # The loop may stand in another region than the claim, with padding of its own.
        text, tags = self._any_padding.read(raw)
        for segment in text.split(tags.split):
            parts = segment.split(self._syntax.element)
            if parts[0] == "CLM":
                break
            if parts[0] == "NM1":
                entity = _part(parts, 1)
                if entity == "85":
                    npi = _part(parts, 9)
            elif parts[0] == "PRV" and _part(parts, 1) == "BI":
                taxonomy = _part(parts, 3)
            elif parts[0] == "REF" and entity == "85" and _part(parts, 1) in ("EI", "SY"):
                tax_id = _part(parts, 2)
        return _Provider(npi, tax_id, taxonomy)

    def _parties(self, unit: Unit, above: str, tags: Tags, raw: bytes) -> tuple[_Provider, Payer | None]:
        """The billing provider and the payer of claims; `raw` is what stands in front of the first one.

        Where a sender leaves the HL segments out, the billing provider stands there too.
        """
        provider = self._providers[unit.billing or raw]
        payer = self._payer(above, tags)
        if payer is None and (own := self._providers[raw]) != _NO_PROVIDER:
            provider = own
        return provider, payer

    def _payer(self, above: str, tags: Tags) -> Payer | None:
        """The payer of the subscriber's loops, None where there is no subscriber: neither SBR nor NM1*IL."""
        split = tags.split
        sbr = above.find(tags.subscriber)
        if sbr < 0:
            if tags.insured not in above:
                return None
            sequence = payer_class = ""
        else:
            end = above.find(split, sbr + 1)
            parts = (above[sbr:end] if end >= 0 else above[sbr:]).split(self._syntax.element)
            # Only what is read of SBR is remembered: group numbers differ from subscriber to subscriber.
            sequence = parts[1]
            payer_class = parts[9] if len(parts) > 9 else ""
        nm1 = above.rfind(tags.payer)
        if nm1 < 0:
            return self._payers[sequence, payer_class, ""]
        end = above.find(split, nm1 + 1)
        return self._payers[sequence, payer_class, above[nm1:end] if end >= 0 else above[nm1:]]

    def _read_payer(self, key: tuple[str, str, str]) -> Payer:
        sequence, payer_class, text = key
        parts = text.split(self._syntax.element)
        return Payer(_part(parts, 9), read_text(_part(parts, 3)), payer_class.strip().upper(), sequence.strip().upper())

    # The claim --------------------------------------------------------------------------------------------------------

    def _read_claim(
        self,
        head: str,
        pieces: Iterator[str],
        tags: Tags,
        provider: _Provider,
        payer: Payer | None,
        unit: Unit,
        text: str,
        passed: int,
        start: int,
        stop: int | None,
        above: str,
        dependent: str,
    ) -> tuple[Claim, str]:
        """A claim, and what stands behind it in the unit's text, which begins with CLM or HL.

        `head` begins with CLM01, `passed` segments and `start` bytes behind the unit's start; the pieces are its lines'
        and those of the claims behind it. `stop` is where its bytes end, None where that is the same in the text.
        """
        element, split = self._syntax.element, tags.split
        behind = ""
        if tags.claim in head or tags.level in head:
            # A claim without lines.
            end = min(at for at in (head.find(tags.claim), head.find(tags.level)) if at >= 0)
            head, behind = head[:end], head[end:]
        parts = head.split(split, 1)[0].split(element, 5)
        identifier = parts[0].strip()
        amount = parts[1] if len(parts) > 1 else ""
        charge = read_number(amount)
        place, frequency = self._places[parts[4] if len(parts) > 4 else ""]
        npi = taxonomy = ""
        at = head.find(tags.rendering)
        if at >= 0 and not 0 <= head.find(tags.subscriber) < at:
            npi, taxonomy = self._renderings[head[at:], split]
        found = _NO_DIAGNOSES
        at = head.find(tags.diagnoses)
        if at >= 0:
            end = head.find(split, at + 1)
            found = self._diagnoses[
                head[at + len(tags.diagnoses) : end] if end >= 0 else head[at + len(tags.diagnoses) :]
            ]
            if end >= 0 and head.find(tags.diagnoses, end) >= 0:
                found = self._more_diagnoses(head, end, tags, found)
        diagnoses, qualifiers = found
        control = None
        at = head.find(tags.control_number)
        if at >= 0 and tags.name not in head[:at] and tags.subscriber not in head[:at]:
            # Behind NM1 or SBR it would be another payer's.
            control = head[at + len(tags.control_number) :].split(split, 1)[0].split(element, 1)[0]
        lines: tuple[ServiceLine, ...] = ()
        if not behind:
            lines, behind = self._lines.read(
                pieces,
                split,
                head.count(split) + 1,
                identifier,
                place,
                npi or provider.npi,
                taxonomy if npi else provider.taxonomy,
            )
        if stop is None:
            stop = text.index(behind, start + 1) if behind else len(text)
        raw = unit.raw[start:stop]
        claim = Claim(
            identifier,
            _ZERO if charge is None else charge,
            place,
            frequency,
            payer or _NO_PAYER,
            diagnoses,
            qualifiers,
            lines,
            control,
            provider.npi,
            provider.tax_id,
            provider.taxonomy,
            npi,
            taxonomy,
            self._origin,
            unit.segment + passed,
            unit.file_segment + passed,
            unit.offset + start + raw.find(b"CLM"),
            raw,
            split,
            above,
            dependent,
            head,
        )
        if not identifier:
            self._say("C101", "CLM01 is empty: a claim without a patient control number", 0)
        if charge is None:
            self._say("C102", f"claim {identifier}: CLM02 is {'no amount' if amount else 'empty'}", 0)
        if payer is None:
            self._say("C105", f"claim {identifier}: no subscriber (SBR, NM1*IL) above the claim", 0)
        if not lines:
            self._say("C103", f"claim {identifier}: no service line", 0)
        if not diagnoses:
            self._say("C104", f"claim {identifier}: no diagnosis in an HI segment", 0)
        return claim, behind

    def _read_rendering(self, key: tuple[str, str]) -> tuple[str, str]:
        """NPI and taxonomy of loop 2310B, whose NM1 begins a text; one behind an SBR is another payer's."""
        text, split = key
        segments = text.split(split, 3)
        element = self._syntax.element
        specialty = segments[2].split(element) if len(segments) > 2 else [""]
        return _part(segments[1].split(element), 9), _part(specialty, 3) if specialty[0] == "PRV" else ""

    def _read_diagnoses(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Codes and qualifiers of the diagnoses among the composites of an HI segment."""
        component = self._syntax.component
        found = [composite.split(component, 2) for composite in text.split(self._syntax.element)]
        own = [parts for parts in found if parts[0] in _DIAGNOSIS_QUALIFIERS and len(parts) > 1]
        codes = tuple([parts[1].replace(".", "").strip().upper() for parts in own])
        return codes, tuple([parts[0] for parts in own])

    def _more_diagnoses(
        self, head: str, at: int, tags: Tags, found: tuple[tuple[str, ...], tuple[str, ...]]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The diagnoses found so far with those of further HI segments, which begin at an index."""
        for text in head[at:].split(tags.diagnoses)[1:]:
            codes, qualifiers = self._diagnoses[text.split(tags.split, 1)[0]]
            found = found[0] + codes, found[1] + qualifiers
        return found

    def _read_place(self, text: str) -> tuple[str, str]:
        """Place of service and frequency of a text that begins with CLM05."""
        parts = text.split(self._syntax.element)[0].split(self._syntax.component)
        return _part(parts, 0), _part(parts, 2)


def _part(parts: list[str], index: int) -> str:
    """An element of a segment without blanks around it, empty where the segment is shorter."""
    return parts[index].strip() if index < len(parts) else ""
