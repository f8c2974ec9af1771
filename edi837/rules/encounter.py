"""The encounter: what one patient got from one billing provider on one day, over all claims of the run."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from edi837.model import Claim, Payer, ServiceLine
from edi837.reference import DrugLine, Reference
from edi837.rules.codes import INJECTION


class DrugBilled(NamedTuple):
    """A drug line of an encounter with what is known of its code."""

    line: ServiceLine
    facts: DrugLine


class History(Protocol):
    """What is known of a patient beyond one day: for rules about intervals, limits and repetition."""

    def lines(self, procedure: str) -> Sequence[tuple[Claim, ServiceLine]]:
        """The live service lines of a procedure, of this encounter too, in input order."""


class ClaimHistory:
    """The history that the claims of a run give."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self._claims = claims

    def lines(self, procedure: str) -> Sequence[tuple[Claim, ServiceLine]]:
        """See `History`."""
        return [(claim, line) for claim in self._claims for line in claim.lines if line.procedure == procedure]


class Encounter:
    """The service lines of one patient, billing provider and date of service, and the claims that carry them.

    Claims that were voided or replaced within the run are left out (RULES.md 0.2). A claim with lines on several dates
    belongs to several encounters. `service_date` is None for lines without a date that can be read.
    """

    __slots__ = (
        "_drugs", "_history", "_injectables", "_injections", "_reference", "claims", "lines", "service_date",
    )  # fmt: skip

    def __init__(
        self,
        claims: tuple[Claim, ...],
        lines: tuple[ServiceLine, ...],
        service_date: date | None,
        reference: Reference,
        history: History | None = None,
    ) -> None:
        self.claims = claims
        self.lines = lines
        self.service_date = service_date
        self._history = history
        self._reference = reference
        self._drugs: tuple[DrugBilled, ...] | None = None
        self._injectables: tuple[DrugBilled, ...] | None = None
        self._injections: tuple[ServiceLine, ...] | None = None

    @property
    def drugs(self) -> tuple[DrugBilled, ...]:
        """The drug lines (RULES.md 0.3 DRUGLINE), JW lines included, in input order."""
        if self._drugs is None:
            drug_lines = self._reference.drug_lines
            self._drugs = tuple(
                [DrugBilled(line, facts) for line in self.lines if (facts := drug_lines[line.procedure]) is not None]
            )
        return self._drugs

    @property
    def injectables(self) -> tuple[DrugBilled, ...]:
        """The administered drug lines that can be given IM or SC: route IM, SC or ANY, without the JW lines."""
        if self._injectables is None:
            self._injectables = tuple(
                [drug for drug in self.drugs if drug.facts.injectable and not drug.line.is_discarded]
            )
        return self._injectables

    @property
    def injections(self) -> tuple[ServiceLine, ...]:
        """The lines that bill the injection 96372, in input order."""
        if self._injections is None:
            self._injections = tuple([line for line in self.lines if line.procedure == INJECTION])
        return self._injections

    @property
    def history(self) -> History:
        """What this patient got from this billing provider on any day."""
        return self._history or ClaimHistory(self.claims)

    def lines_of(self, codes: Container[str]) -> list[ServiceLine]:
        """The lines whose procedure is one of the codes, in input order."""
        return [line for line in self.lines if line.procedure in codes]

    def claim_of(self, line: ServiceLine) -> Claim:
        """The claim that carries a line of this encounter."""
        claims = self.claims
        if len(claims) == 1:
            return claims[0]
        return next(claim for claim in claims for own in claim.lines if own is line)

    def payer_of(self, line: ServiceLine) -> Payer:
        """The payer that the line is sent to."""
        return self.claim_of(line).payer

    def lines_beside(self, line: ServiceLine) -> list[ServiceLine]:
        """The encounter's lines of the same claim as a line, itself included."""
        if len(self.claims) == 1:
            return list(self.lines)
        own = self.claim_of(line).lines
        return [other for other in self.lines if any(other is mine for mine in own)]

    def same_provider(self, one: ServiceLine, other: ServiceLine) -> bool:
        """Whether NCCI takes both lines for the same provider's (RULES.md 0.2 SAME_PROV).

        The same rendering NPI, or the same taxonomy in the billing group; an unknown taxonomy counts as the same.
        """
        if one.rendering_npi == other.rendering_npi:
            return True
        return not (one.rendering_taxonomy and other.rendering_taxonomy) or (
            one.rendering_taxonomy == other.rendering_taxonomy
        )
