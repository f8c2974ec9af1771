"""Diagnosis codes: which exist and may be billed on a day, and which never stand first."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple, Protocol

import msgspec

from edi837.reference.policies import matches
from edi837.reference.tables import Reader, items, rows


class DiagnosisCode(NamedTuple):
    """What the ICD-10-CM code set of a day says of a code. Table icd10 (the order files of CMS)."""

    code: str
    listed: bool
    """Whether the code is in the set, as a code or as a heading."""
    billable: bool
    """Whether it may be billed: it is in the set, and no heading of longer codes."""


class Manifestation(msgspec.Struct, frozen=True, gc=False):
    """Diagnoses that come of another one, which stands before them. Table manifestations (ICD-10-CM, FY 2026)."""

    diagnosis: str
    """An ICD-10-CM pattern, as `matches` reads it."""
    causes: tuple[str, ...]
    """Patterns of what stands before it where the claim has it; none for what never stands first."""
    source: str


class DiagnosisCodes(Protocol):
    """A table of diagnosis codes, built-in or imported."""

    def find(self, code: str, on: date) -> DiagnosisCode | None:
        """What the code is on a day; None on a day that the table is not for."""
        ...


class DiagnosisIndex:
    """The ICD-10-CM code sets of some fiscal years: by code, the spans of days in which it was billable or a heading.

    About days before the first and after the last of those years it knows nothing.
    """

    def __init__(self, read: Reader) -> None:
        self._codes: dict[str, list[tuple[date, date, bool]]] = defaultdict(list)
        for code, billable, first, last, _ in rows(read, "icd10", "code,billable,first,last,source"):
            self._codes[code].append((date.fromisoformat(first), date.fromisoformat(last), billable == "Y"))
        spans = [span for known in self._codes.values() for span in known]
        self._first = min((first for first, _, _ in spans), default=date.max)
        self._last = max((last for _, last, _ in spans), default=date.min)

    def find(self, code: str, on: date) -> DiagnosisCode | None:
        """What the code is on a day; None, for whatever code, on a day that the table is not for."""
        if not self._first <= on <= self._last:
            return None
        for first, last, billable in self._codes.get(code, ()):
            if first <= on <= last:
                return DiagnosisCode(code, True, billable)
        return DiagnosisCode(code, False, False)


class ManifestationIndex:
    """The manifestations, by the category (the first three characters) of their patterns."""

    def __init__(self, read: Reader) -> None:
        self._categories: dict[str, list[Manifestation]] = defaultdict(list)
        for diagnosis, causes, source in rows(read, "manifestations", "diagnosis,causes,source"):
            self._categories[diagnosis[:3]].append(Manifestation(diagnosis, items(causes), source))

    def find(self, diagnosis: str) -> Manifestation | None:
        """What the table says of a diagnosis."""
        for known in self._categories.get(diagnosis[:3], ()):
            if matches(known.diagnosis, diagnosis):
                return known
        return None
