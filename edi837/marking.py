"""The engine of a run that knows some findings already: it marks them where they are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from edi837.engine import Engine, Verdict
from edi837.model import Claim
from edi837.reference import Reference
from edi837.rules.base import Rule
from edi837.settings import Settings

if TYPE_CHECKING:
    from edi837.suppression import Suppressor


class SuppressingEngine(Engine):
    """Checks claims and marks the findings that are known; a `RegionChecker` calls it as it does any engine."""

    def __init__(
        self,
        rules: Sequence[Rule],
        settings: Settings,
        reference: Reference,
        suppressor: Suppressor,
        *,
        plan: bool = True,
    ) -> None:
        super().__init__(rules, settings, reference, plan=plan)
        self._suppressor = suppressor

    def check(self, claims: Sequence[Claim]) -> Verdict:
        """The findings of claims that are all the claims of their subscriber in the run, the known ones marked."""
        verdict = super().check(claims)
        mark = self._suppressor.mark
        verdict.findings[:] = [(index, mark(finding, claims[index], claims)) for index, finding in verdict.findings]
        return verdict
