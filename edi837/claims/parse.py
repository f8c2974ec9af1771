"""Reads the claims of a unit: bytes in, `Claim` values and diagnostics out.

The payer, the subscriber and the billing provider are those of the HL loops above the claim. Loops of other payers
(2320, 2330, 2430) are read into fields of their own and never into this payer's.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from edi837.claims.elements import Memo, read_day, read_number, read_text, remember
from edi837.claims.lines import LineReader
from edi837.claims.locate import locate_segment
from edi837.claims.starts import line_start
from edi837.claims.syntax import Tags, syntax_of
from edi837.claims.units import Unit, claim_starts
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

_Head = tuple[list[str], int, str, str, str | None, tuple[str, ...], tuple[str, ...], int]
"""What loops 2300 to 2330 say: elements of CLM from CLM01 on, segments, NPI and taxonomy of loop 2310B, the payer's
control number, diagnoses and their qualifiers, and the index of the CLM or HL that ends them, 0 where none does."""

_NOBODY = ("", "", 0)


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
        if self._is_even and not unit.has_empty:
            text, tags = raw.decode("latin-1"), self._tags
        else:
            text, tags = self._syntax.read(raw, has_empty=True)
        split = tags.split
        # What stands in front of the first line, of the second, and so on: no line is searched for claims.
        pieces = iter(text.split(tags.line))
        above, tag, head = next(pieces).partition(tags.claim)
        begin = 0
        if not tag:
            begin, head, pieces = self._behind_orphans(unit, text, 0, tags)
            if begin < 0:
                return []
            above = text[:begin]
        # Where a text was made even it has other offsets than the bytes.
        starts = None if len(text) == len(raw) else [*claim_starts(unit), len(raw)]
        start = len(above)
        passed = above.count(split)
        dependent = ""
        patient = above.rfind(tags.level)
        if patient > 0:
            above, dependent = above[: above.find(tags.level, 1)], above[patient:]
        provider, payer = self._parties(unit, above, tags, starts[0] if starts else start)
        claims: list[Claim] = []
        while True:
            clm, size, npi, taxonomy, control, diagnoses, qualifiers, end = self._read_head(head, tags)
            identifier = clm[0].strip()
            charge = read_number(clm[1]) if len(clm) > 1 else None
            place, frequency = self._places[clm[4]] if len(clm) > 4 else _UNKNOWN
            lines: tuple[ServiceLine, ...] = ()
            behind = ""
            if end:
                # A claim without lines.
                segments = head.split(split)
                behind = split + split.join(segments[end:])
                head = split.join(segments[:end])
            else:
                lines, behind = self._lines.read(
                    pieces,
                    split,
                    size,
                    identifier,
                    place,
                    npi or provider.npi,
                    taxonomy if npi else provider.taxonomy,
                )
            stop = text.index(behind, start + 1) if behind else len(text)
            first, last, skip = start, stop, len(split)
            if starts:
                first, last = starts[len(claims)], starts[len(claims) + 1]
                skip = raw.find(b"CLM", first) - first
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
                unit.offset + first + skip,
                raw[first:last],
                split,
                above,
                dependent,
                head,
            )
            if charge is None or payer is None or not (identifier and lines and diagnoses):
                self._say_what_is_missing(claim, clm, charge, payer)
            if (claims or behind) and not text.startswith(tags.level) and text.count(tags.claim) > 1:
                self._say("C106", f"claim {identifier}: no HL segment above the claim", 0)
            if self._faults:
                self._report(claim, len(claims))
            claims.append(claim)
            if not behind:
                return claims
            # What follows a claim up to the next one is another patient's loop.
            patient_loops, tag, head = behind.partition(tags.claim)
            begin = stop + len(patient_loops)
            if not tag:
                begin, head, pieces = self._behind_orphans(unit, text, stop, tags)
                if begin < 0:
                    return claims
                patient_loops = text[stop:begin]
            if patient_loops:
                dependent = patient_loops[patient_loops.rfind(tags.level) :]
            passed, start = passed + text.count(split, start, begin), begin

    def _use(self, delimiters: Delimiters) -> None:
        self._delimiters = delimiters
        self._syntax = syntax = syntax_of(delimiters)
        self._is_even, self._tags = syntax.padding is not None, syntax.tags
        element = syntax.element
        self._level = "HL" + element
        self._claim = "CLM" + element
        self._diagnosis = "HI" + element
        self._rendering = "NM1" + element + "82" + element
        self._control = "REF" + element + "F8" + element
        self._foreign = frozenset({"SBR", "CLM", self._level})
        self._any_padding = syntax_of(delimiters.irregular())
        self._lines = LineReader(syntax, self._say)
        self._providers = Memo(self._read_provider)
        self._payers = Memo(self._read_payer)
        self._identifiers = Memo(self._read_identifier, lambda text: len(text) < _SHORT)
        self._taxonomies = Memo(self._read_taxonomy, lambda text: len(text) < _SHORT)
        self._loops: dict[str, tuple[str, str, int]] = {}
        """NPI and taxonomy of loop 2310B, and segments, by the text of a claim's loops from the first NM1 on."""
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
        """Where the next claim stands, its head and its lines; negative where there is none.

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
        pieces = iter(text[claim + len(tags.claim) :].split(tags.line))
        return claim, next(pieces), pieces

    def _say_what_is_missing(self, claim: Claim, clm: list[str], charge: Decimal | None, payer: Payer | None) -> None:
        if not claim.id:
            self._say("C101", "CLM01 is empty: a claim without a patient control number", 0)
        if charge is None:
            state = "no amount" if len(clm) > 1 and clm[1] else "empty"
            self._say("C102", f"claim {claim.id}: CLM02 is {state}", 0)
        if payer is None:
            self._say("C105", f"claim {claim.id}: no subscriber (SBR, NM1*IL) above the claim", 0)
        if not claim.lines:
            self._say("C103", f"claim {claim.id}: no service line", 0)
        if not claim.diagnoses:
            self._say("C104", f"claim {claim.id}: no diagnosis in an HI segment", 0)

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

    def _parties(self, unit: Unit, above: str, tags: Tags, start: int) -> tuple[_Provider, Payer | None]:
        """The billing provider and the payer of a unit's claims, of which the first one starts at an index.

        Where a sender leaves the HL segments out, the billing provider stands in front of it too.
        """
        payer = self._payer(above, tags)
        if payer is None or not unit.billing:
            own = self._providers[unit.raw[:start]]
            if own != _NO_PROVIDER or not unit.billing:
                return own, payer
        return self._providers[unit.billing], payer

    def _payer(self, above: str, tags: Tags) -> Payer | None:
        """The payer of the subscriber's loops, None where there is no subscriber: neither SBR nor NM1*IL."""
        sequence = payer_class = ""
        _, tag, subscriber = above.partition(tags.subscriber)
        if tag:
            parts = subscriber.split(tags.split, 1)[0].split(self._syntax.element, 9)
            # Only what is read of SBR is remembered: group numbers differ from subscriber to subscriber.
            sequence = parts[0]
            if len(parts) > 8:
                payer_class = parts[8]
        elif tags.insured not in above:
            return None
        _, _, payer = above.rpartition(tags.payer)
        return self._payers[sequence, payer_class, payer.split(tags.split, 1)[0] if len(payer) < len(above) else ""]

    def _read_payer(self, key: tuple[str, str, str]) -> Payer:
        sequence, payer_class, text = key
        parts = text.split(self._syntax.element)
        return Payer(_part(parts, 7), read_text(_part(parts, 1)), payer_class.strip().upper(), sequence.strip().upper())

    # The claim --------------------------------------------------------------------------------------------------------

    def _read_head(self, head: str, tags: Tags) -> _Head:
        """What loops 2300 to 2330 say. Most claims of a practice name the same few providers, in the same words."""
        own, tag, loops = head.partition(tags.name)
        provided = self._loops.get(loops) if tag else _NOBODY
        segments = own.split(tags.split)
        diagnoses, qualifiers = _NO_DIAGNOSES
        control: str | None = None
        if provided is not None:
            for segment in segments[1:]:
                kind = segment[:3]
                if kind == self._diagnosis:
                    codes, kinds = self._diagnoses[segment]
                    diagnoses, qualifiers = (diagnoses + codes, qualifiers + kinds) if diagnoses else (codes, kinds)
                elif kind == "REF":
                    if control is None and segment.startswith(self._control):
                        control = segment.split(self._syntax.element, 3)[2]
                elif kind in self._foreign:
                    # Another payer's loops, or another claim's.
                    break
            else:
                npi, taxonomy, size = provided
                clm = segments[0].split(self._syntax.element, 5)
                return clm, len(segments) + size, npi, taxonomy, control, diagnoses, qualifiers, 0
        found = self._walk_head(head.split(tags.split))
        is_foreign = found[-1] or tags.subscriber in head or tags.diagnoses in loops
        if tag and not is_foreign and len(loops) < _SHORT:
            remember(self._loops, loops, (found[2], found[3], loops.count(tags.split) + 1))
        return found

    def _walk_head(self, segments: list[str]) -> _Head:
        """What loops 2300 to 2330 say, segment by segment."""
        diagnoses, qualifiers = _NO_DIAGNOSES
        npi = taxonomy = ""
        control: str | None = None
        # Behind NM1 a reference is a provider's; behind SBR everything is another payer's.
        of_claim = of_payer = True
        is_rendered = False
        end = 0
        for index, segment in enumerate(segments[1:], 1):
            tag = segment[:3]
            if tag == self._diagnosis:
                codes, kinds = self._diagnoses[segment]
                diagnoses, qualifiers = (diagnoses + codes, qualifiers + kinds) if diagnoses else (codes, kinds)
            elif tag == "NM1":
                of_claim = False
                if of_payer and not is_rendered and segment.startswith(self._rendering):
                    is_rendered = True
                    npi = self._identifiers[segment]
                    taxonomy = self._taxonomies[segments[index + 1]] if index + 1 < len(segments) else ""
            elif tag == "REF":
                if of_claim and control is None and segment.startswith(self._control):
                    control = segment.split(self._syntax.element, 3)[2]
            elif tag == "SBR":
                of_claim = of_payer = False
            elif tag == self._level or segment.startswith(self._claim):
                end = index
                break
        clm = segments[0].split(self._syntax.element, 5)
        return clm, len(segments), npi, taxonomy, control, diagnoses, qualifiers, end

    def _read_identifier(self, text: str) -> str:
        """NM109."""
        return _part(text.split(self._syntax.element), 9)

    def _read_taxonomy(self, text: str) -> str:
        """PRV03, empty where the segment is another one."""
        parts = text.split(self._syntax.element)
        return _part(parts, 3) if parts[0] == "PRV" else ""

    def _read_diagnoses(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Codes and qualifiers of the diagnoses among the composites of an HI segment."""
        component = self._syntax.component
        found = [composite.split(component, 2) for composite in text.split(self._syntax.element)[1:]]
        own = [parts for parts in found if parts[0] in _DIAGNOSIS_QUALIFIERS and len(parts) > 1]
        codes = tuple([parts[1].replace(".", "").strip().upper() for parts in own])
        return codes, tuple([parts[0] for parts in own])

    def _read_place(self, text: str) -> tuple[str, str]:
        """Place of service and frequency: CLM05."""
        parts = text.split(self._syntax.component)
        return _part(parts, 0), _part(parts, 2)


def _part(parts: list[str], index: int) -> str:
    """An element of a segment without blanks around it, empty where the segment is shorter."""
    return parts[index].strip() if index < len(parts) else ""
