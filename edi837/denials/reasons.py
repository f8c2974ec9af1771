"""What CARCs and RARCs mean to an outcome: whether they deny, whom they make pay, their category (RULES.md 3)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from edi837.claims.elements import Memo
from edi837.reference import Reference

GENERIC = frozenset({"16", "96", "A1", "226", "252"})
"""CARCs that mean nothing without their RARC."""

_PATIENT = "patient-responsibility"
_NO_CATEGORY = frozenset({"", "alert", "informational"})

# Rule category -> denial categories (RULES.md section 3).
_CATEGORIES = {
    "missing-component": frozenset({"missing-companion", "missing-info", "bundling"}),
    "bundling-modifier": frozenset({"bundling", "modifier"}),
    "units-frequency": frozenset({"units", "frequency"}),
    "code-ndc": frozenset({"coding", "ndc", "noc", "missing-info"}),
    "diagnosis": frozenset({"medical-necessity", "coding", "demographic"}),
    "route-admin-code": frozenset({"coding", "missing-companion", "bundling"}),
    "pos-auth": frozenset({"place-of-service", "authorization", "benefit-channel", "provider"}),
    "modifier-policy": frozenset({"modifier"}),
    "technical": frozenset({"missing-info", "duplicate", "timely-filing"}),
    "frequency": frozenset({"frequency"}),
}
_NONE: frozenset[str] = frozenset()


def expected_categories(rule_category: str) -> frozenset[str]:
    """The denial categories that answer a rule of this category."""
    return _CATEGORIES.get(rule_category, _NONE)


class Remarks(NamedTuple):
    """The RARCs of a line, sorted by what they do."""

    explaining: frozenset[str]
    alerts: frozenset[str]
    """Those that inform only, and explain no adjustment."""


NO_REMARKS = Remarks(_NONE, _NONE)


Kind = Literal["denial", "patient", "other"]
"""Whose an adjusted amount is: denied, owed by the patient without a denial (ruling 20), or written off."""


class Reasons:
    """The code lists as outcomes read them; remembers what it was asked."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self.kinds = Memo(self._kind)
        """The kind of an adjustment by (group, CARC); one of unknown meaning does not deny."""
        self.sort = lru_cache(maxsize=4096)(self._sort)
        """RARCs, in a tuple, by what they do."""
        self.category = lru_cache(maxsize=4096)(self._category)
        """The category of a denial by (CARC, RARCs): of a generic CARC that of its first RARC that has one."""

    def remark_categories(self, remarks: Iterable[str]) -> frozenset[str]:
        """The categories of RARCs, those that only inform left out."""
        found = {rarc.category for code in remarks if (rarc := self._reference.rarc(code)) and not rarc.is_alert}
        return frozenset(found - _NO_CATEGORY)

    def reason_words(self, code: str) -> str:
        """What a CARC means, in own words; empty where that is not known."""
        carc = self._reference.carc(code)
        return carc.meaning if carc else ""

    def remark_words(self, code: str) -> str:
        """What a RARC means, in own words; empty where that is not known."""
        rarc = self._reference.rarc(code)
        return rarc.meaning if rarc else ""

    def _kind(self, key: tuple[str, str]) -> Kind:
        group, code = key
        carc = self._reference.carc(code)
        if carc is not None and carc.counts_as_denial:
            return "denial"
        return "patient" if group == "PR" or (carc is not None and carc.category == _PATIENT) else "other"

    def _sort(self, remarks: tuple[str, ...]) -> Remarks:
        alerts = frozenset(code for code in remarks if (rarc := self._reference.rarc(code)) and rarc.is_alert)
        return Remarks(frozenset(remarks) - alerts, alerts)

    def _category(self, reason: str, remarks: tuple[str, ...]) -> str | None:
        if reason in GENERIC:
            for code in remarks:
                rarc = self._reference.rarc(code)
                if rarc and not rarc.is_alert and rarc.category not in _NO_CATEGORY:
                    return rarc.category
        carc = self._reference.carc(reason)
        return carc.category if carc else None
