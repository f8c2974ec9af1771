"""Explains the denials of some claim files by their remittance files, in bounded memory.

The remittances are indexed first, then the claim files, both into flat arrays. The second pass over the claims checks
them, reads the few payments that answer each from their places, and forgets both once the rows are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from itertools import islice
from typing import NamedTuple, TypeVar

from edi837.check import ClaimVerdict
from edi837.denials.adjudication import NOT_OURS, PREDETERMINATION, adjudicate, identity
from edi837.denials.attribute import Attributor, Neighbour
from edi837.denials.cascade import Cause, causes
from edi837.denials.decide import outcome
from edi837.denials.index import ClaimIndex, Group
from edi837.denials.outcome import ClaimOutcome
from edi837.denials.reasons import Reasons
from edi837.denials.report import ClaimReport, DenialSummary, UnmatchedPayment
from edi837.denials.rows import denial_rows
from edi837.denials.scorecard import Scorecard
from edi837.denials.sent import SentChecker, SentEngine, SentScan, Surroundings
from edi837.denials.submissions import answers, assign
from edi837.diagnostics import Diagnostic
from edi837.engines.inputs import InputFile
from edi837.engines.remittances import PaymentSource, index_remittances
from edi837.engines.sources import Files, Source
from edi837.index import FileIndex, Run
from edi837.model import Claim
from edi837.payments import ClaimPayment
from edi837.reference import Reference
from edi837.rules import load_rules
from edi837.settings import Settings

_VOID = "8"
_ROWS, _GROUPS = 1024, 1024
"""Payments, and groups of claims, that are read together."""

T = TypeVar("T")

Progress = Callable[[int, int], None]
"""(bytes done, claims seen)."""


class _Answers(NamedTuple):
    """The payments that may answer a claim."""

    rows: Sequence[int]
    assigned: bool
    """Whether they surely do."""


class _Look(NamedTuple):
    """A claim to report, before its payments are read."""

    verdict: ClaimVerdict
    answers: _Answers
    around: Surroundings
    beside: list[_Answers]
    """Of its neighbours."""

    def rows(self) -> Iterator[int]:
        """The rows of all payments that are to be read for it."""
        yield from self.answers.rows
        for other in self.beside:
            yield from other.rows


class DenialRun:
    """One run: open it, iterate over `claims` and then over `unmatched`, then read the rest.

    It covers the claims of encounters with a trigger code, with `all_claims` every claim, or only one by its number;
    voids bill nothing and are left out. With `rows_only` there is neither a scorecard nor a cause: for whoever wants to
    know what became of each line, and not what it adds up to.
    """

    def __init__(
        self,
        claims: Sequence[InputFile],
        remits: Sequence[InputFile],
        settings: Settings,
        *,
        reference: Reference | None = None,
        all_claims: bool = False,
        only: str | None = None,
        rows_only: bool = False,
        progress: Progress | None = None,
    ) -> None:
        reference = reference or Reference.builtin()
        self.diagnostics: list[Diagnostic] = []
        self.claims_seen = self.payments_seen = 0
        """Claims in the claim files, claim payments in the remittances."""
        self.reported = self.matched = 0
        """Claims of the report, and those of them that a payment answers."""
        self.other_payers = 0
        """Payments for claims of the report by payers that these were not sent to, or that decide nothing."""
        self.reasons = Reasons(reference)
        self._attributor = Attributor(self.reasons)
        self.scorecard = Scorecard(self._attributor)
        self._inputs = claims, remits
        self._reference = reference
        self._engine = SentEngine(load_rules(), settings, reference)
        self._all = all_claims or only is not None
        self._only = only
        self._rows_only = rows_only
        self._progress = progress or (lambda done, claims: None)
        self._done = 0
        self._stack = ExitStack()
        self._assigned: dict[tuple[int, int], list[int]] = {}
        self._unmatched = 0

    def __enter__(self) -> DenialRun:
        return self

    def __exit__(self, *failure: object) -> None:
        self._stack.close()

    @property
    def crashed(self) -> bool:
        """Whether a rule failed; each failure is a finding INT001 too."""
        return self._engine.crashed

    def claims(self) -> Iterator[list[ClaimReport]]:
        """The claims of the report in input order, in batches."""
        claims, remits = ([Source.of(item, self._stack) for item in items] for items in self._inputs)
        self._index, diagnostics = index_remittances(remits, self._advance)
        self.payments_seen = len(self._index)
        found = ClaimIndex()
        run = Run.of([self._scan(number, source, found) for number, source in enumerate(claims)])
        self._files = {source.name: number for number, source in enumerate(claims)}
        self._checker = SentChecker(run, self._engine, self._stack.enter_context(Files(claims)).read)
        self._payments = PaymentSource(self._index, remits, self._stack.enter_context(Files(remits)))
        self._resolve(found)
        del found
        # In long batches: the payments of one transaction set are read together.
        batch: list[_Look] = []
        waiting = 0
        for number, file in enumerate(run.files):
            diagnostics += file.diagnostics
            for index, region in enumerate(file.regions):
                for look in self._looks(number, index):
                    batch.append(look)
                    waiting += len(look.answers.rows) + sum([len(other.rows) for other in look.beside])
                    if waiting >= _ROWS:
                        yield self._reports(batch)
                        batch, waiting = [], 0
                diagnostics += self._checker.diagnostics_of(number)
                self._advance(region.size)
        yield self._reports(batch)
        self.diagnostics = [*diagnostics, *self._payments.diagnostics.values()]

    def unmatched(self) -> Iterator[UnmatchedPayment]:
        """The claim payments that answer no claim of the claim files, each once; to be asked for after the claims."""
        seen: set[int] = set()
        for rows in batched(self._index.left(), _ROWS):
            for payment in self._payments.read(rows).values():
                key = hash(identity(payment))
                if payment.status in (NOT_OURS, PREDETERMINATION) or key in seen:
                    continue
                seen.add(key)
                self._unmatched += 1
                yield UnmatchedPayment(payment.id, payment.payer or None, payment.charge, payment.paid)

    def summary(self) -> DenialSummary:
        """The figures of the run, once claims and unmatched payments were gone through."""
        return self.scorecard.summary(self._unmatched)

    def _advance(self, size: int) -> None:
        self._done += size
        self._progress(self._done, self.claims_seen)

    def _scan(self, number: int, source: Source, claims: ClaimIndex) -> FileIndex:
        """The first pass over one claim file."""
        scan = SentScan(source.name, number, None if self._all else self._engine.trigger(), claims)
        error, done = None, 0
        try:
            for done in source.feed(scan.feed):
                self._progress(self._done + done, self.claims_seen + scan.claims)
        except OSError as failure:
            error = failure
        index = scan.close()
        failed = source.failed(error, done)
        if failed:
            index.diagnostics.append(failed)
        self.claims_seen += index.claims
        self._advance(done)
        return index

    # Payments of a claim ----------------------------------------------------------------------------------------------

    def _resolve(self, claims: ClaimIndex) -> None:
        """Attributes the payments that more than a number has to tell."""
        groups = [
            group
            for group in self._index.join(claims)
            # What only numbers tell is enough where no claim of the group is looked at.
            if not group.exact or any(self._checker.visits(claims.place(row)) for row in group.claims)
        ]
        for some in batched(groups, _GROUPS):
            payments = self._payments.read(row for group in some for row in group.payments)
            for group in some:
                self._resolve_group(group, claims, payments)

    def _resolve_group(self, group: Group, claims: ClaimIndex, payments: Mapping[int, ClaimPayment]) -> None:
        found: list[tuple[date, int, int, Claim]] = []
        for row in group.claims:
            place = claims.place(row)
            claim = self._checker.claim_at(place)
            if claim is not None:
                found.append((claim.origin.submitted or date.min, row, place.file, claim))
        found.sort(key=lambda item: item[:2])
        for _, _, file, claim in found:
            own = [] if group.exact else self._index.exact(claim.id)
            self._assigned.setdefault((file, claim.offset), own)
        rows = [row for row in group.payments if row in payments]
        owners = assign([claim for *_, claim in found], [payments[row] for row in rows])
        for row, owner in zip(rows, owners, strict=True):
            self._index.take(row, owner is not None)
            if owner is not None:
                _, _, file, claim = found[owner]
                self._assigned[file, claim.offset].append(row)

    def _answers_of(self, claim: Claim) -> _Answers:
        if self._assigned:
            rows = self._assigned.get((self._files[claim.origin.file], claim.offset))
            if rows is not None:
                return _Answers(rows, True)
        return _Answers(self._index.candidates(claim.id), False)

    def _outcome(self, claim: Claim, found: _Answers, payments: Mapping[int, ClaimPayment]) -> ClaimOutcome:
        own: list[ClaimPayment] = []
        for row in found.rows:
            payment = payments.get(row)
            if payment is not None and (found.assigned or answers(claim, payment)):
                own.append(payment)
            else:
                self._index.take(row, False)
        return outcome(claim, adjudicate(claim, own), self.reasons)

    # The report -------------------------------------------------------------------------------------------------------

    def _looks(self, number: int, index: int) -> Iterator[_Look]:
        """The claims of one region to report."""
        for verdict in self._checker.visit(number, index):
            claim = verdict.claim
            around = self._engine.surroundings(claim)
            if (
                not (verdict.checked or self._all)
                or claim.frequency == _VOID
                or (self._only is not None and claim.id != self._only)
            ):
                continue
            beside = [self._answers_of(other) for other, _ in around.neighbours]
            yield _Look(verdict, self._answers_of(claim), around, beside)

    def _reports(self, batch: Sequence[_Look]) -> list[ClaimReport]:
        payments = self._payments.read(row for look in batch for row in look.rows())
        return [self._report(look, payments) for look in batch]

    def _report(self, look: _Look, payments: Mapping[int, ClaimPayment]) -> ClaimReport:
        (claim, findings, _, _), around = look.verdict, look.around
        result = self._outcome(claim, look.answers, payments)
        neighbours = [
            Neighbour(self._outcome(other, found, payments), theirs)
            for (other, theirs), found in zip(around.neighbours, look.beside, strict=True)
        ]
        attributions = self._attributor.attribute(result, findings, neighbours, replaced=around.replaced)
        roots: list[Cause] = []
        if not self._rows_only:
            roots = causes(result, attributions, self._reference)
            self.scorecard.add(result, attributions, findings, neighbours, roots)
        self.reported += 1
        self.matched += bool(result.adjudication.live)
        self.other_payers += len(result.adjudication.others)
        rows = denial_rows(result, attributions)
        return ClaimReport(result, attributions, findings, neighbours, roots, rows, around.replaced)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of a size, the last one shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
