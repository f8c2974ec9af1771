"""Reads the claims of a unit: bytes in, `Claim` values and diagnostics out.

The payer, the subscriber and the billing provider are those of the HL loops above the claim. Loops of other payers
(2320, 2330, 2430) are read into fields of their own and never into this payer's.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from edi837.claims.elements import Memo, read_day, read_number, read_text
from edi837.claims.lines import LineReader
from edi837.claims.locate import locate_segment
from edi837.claims.syntax import Tags, syntax_of
from edi837.claims.units import Unit, claim_starts, line_start
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.model import Claim, Origin, Payer, Severity
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
        self.damaged.clear()
        raw = unit.raw
        text, tags = self._syntax.read(raw, has_empty=unit.has_empty)
        above, *texts = text.split(tags.claim)
        claims: list[Claim] = []
        if tags.line in above:
            self._report_orphan(unit, above, tags)
        if not texts:
            return claims
        passed = above.count(tags.split)
        even = len(text) != len(raw)
        starts = claim_starts(unit) if even else [len(above)]
        # Where a sender leaves the HL segments out, the billing provider stands in front of the claims too.
        provider = self._providers[unit.billing or raw[: starts[0]]]
        dependent, own = "", texts
        if text.find(tags.level, 1) >= 0:
            above, dependent = _before(tags.level, above)
            own = [_before(tags.level, claim_text)[0] for claim_text in texts]
        payer = self._payer(above, tags)
        if payer is None and (own_provider := self._providers[raw[: starts[0]]]) != _NO_PROVIDER:
            provider = own_provider
        last = len(texts) - 1
        for number, claim_text in enumerate(own):
            start = starts[number]
            if not even:
                starts.append(start + len(tags.claim) + len(texts[number]))
                end = start + len(tags.claim) + len(claim_text)
            else:
                end = starts[number + 1] if number < last else len(raw)
            claim = self._read_claim(
                claim_text, tags, provider, payer, unit, passed, start, raw[start:end], above, dependent
            )
            if last and not text.startswith(tags.level):
                self._say("C106", f"claim {claim.id}: no HL segment above the claim", 0)
            if self._faults:
                self._report(claim, number)
            claims.append(claim)
            if number < last:
                passed += 1 + texts[number].count(tags.split)
                # What follows a claim up to the next one is another patient's loop.
                dependent = texts[number][len(claim_text) :] or dependent
        return claims

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

    def _report_orphan(self, unit: Unit, above: str, tags: Tags) -> None:
        """Service lines in front of the first CLM, or without any: they belong to nobody, and are lost."""
        at = above.index(tags.line)
        message = "service lines (LX) stand under no claim (CLM): they were not read"
        segment = unit.file_segment + above.count(tags.split, 0, at)
        # The text may have been made even: the place is that in the bytes.
        line = line_start(unit.delimiters).search(unit.raw)
        offset = unit.offset + (line.start(1) if line else 0)
        self.diagnostics.append(diagnostic("C107", message, self.file, segment, offset))

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
        text: str,
        tags: Tags,
        provider: _Provider,
        payer: Payer | None,
        unit: Unit,
        passed: int,
        start: int,
        raw: bytes,
        above: str,
        dependent: str,
    ) -> Claim:
        """The claim whose text begins with CLM01, `passed` segments and `start` bytes behind the unit's start."""
        element, split = self._syntax.element, tags.split
        head, *line_texts = text.split(tags.line)
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
        lines = self._lines.read(
            line_texts,
            split,
            head.count(split) + 1,
            identifier,
            place,
            npi or provider.npi,
            taxonomy if npi else provider.taxonomy,
        )
        claim = Claim(
            identifier,
            _ZERO if charge is None else charge,
            place,
            frequency,
            payer or _NO_PAYER,
            diagnoses,
            qualifiers,
            tuple(lines),
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
        return claim

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


def _before(tag: str, text: str) -> tuple[str, str]:
    """A text cut in front of a segment, its first character left aside; the second part empty where there is none."""
    at = text.find(tag, 1)
    return (text, "") if at < 0 else (text[:at], text[at:])
