"""A [[suppress]] entry: findings that somebody answers for, with a reason and, if it is given, an end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from edi837.model import Claim, ServiceLine

SCOPES = ("claim", "provider", "payer", "drug")
"""The keys that say which findings; all that are given must fit."""


class Suppression(msgspec.Struct, frozen=True):
    """One entry: it speaks about the findings of one rule, within a claim, provider, payer or drug."""

    key: str
    """What it is called: `[[suppress]] 2`."""
    code: str
    """The rule's code."""
    reason: str
    claim: str = ""
    """CLM01, whole."""
    provider: str = ""
    """The NPI of the billing or of the rendering provider."""
    payer: str = ""
    """2010BB NM109, whole."""
    drug: str = ""
    """A procedure code of the finding's line or of one on its other side; with * for the rest."""
    owner: str = ""
    expires: date | None = None
    """The last day on which it holds."""

    def holds(self, today: date) -> bool:
        """Whether it has not expired yet."""
        return self.expires is None or today <= self.expires

    def fits(self, claim: Claim, line: ServiceLine | None, partners: Iterable[ServiceLine]) -> bool:
        """Whether it speaks about a finding on a line of the claim, or on the whole claim, with these partner lines."""
        return (
            (not self.claim or self.claim == claim.id)
            and (not self.payer or self.payer == claim.payer.id)
            and (not self.provider or self.provider in (claim.billing_npi, (line or claim).rendering_npi))
            and (not self.drug or self._is_about_drug(line, partners))
        )

    def _is_about_drug(self, line: ServiceLine | None, partners: Iterable[ServiceLine]) -> bool:
        own = () if line is None else (line,)
        return any(fnmatchcase(each.procedure, self.drug) for each in (*own, *partners))

    def as_table(self) -> dict[str, Any]:
        """The entry with the keys of the settings file, those that are set."""
        return {name: value for name in self.__struct_fields__ if name != "key" and (value := getattr(self, name))}
