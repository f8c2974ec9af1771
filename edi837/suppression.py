"""Which findings are known and not held against a batch: those of [[suppress]] entries, and those of the baseline.

A suppressed finding is marked and counted, never left out. What day it is decides which entries hold; a shell says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property

import msgspec
from msgspec import structs

from edi837.baseline import NO_BASELINE, Baseline
from edi837.diagnostics import Diagnostic, diagnostic
from edi837.engine import CRASH, Engine
from edi837.marking import SuppressingEngine
from edi837.model import Claim, Finding, ServiceLine
from edi837.reference import Reference
from edi837.rules.base import Rule
from edi837.settings import Settings, Suppression

BASELINE = "baseline"
"""The mark of a finding that the baseline knows; that of an entry is its key and its reason."""


class Suppressor(msgspec.Struct, frozen=True, dict=True):
    """What is known of one run on one day. It marks a finding where it is made, in whatever process."""

    suppressions: tuple[Suppression, ...]
    """The [[suppress]] entries, expired ones too."""
    today: date
    codes: tuple[str, ...]
    """The rules that run: of what speaks about others, nobody can say that it is not used."""
    baseline: Baseline = NO_BASELINE
    adding: bool = False
    """Whether every finding that no entry suppresses belongs to the baseline from now on."""
    settings_name: str = ""
    baseline_name: str = ""
    """The files, as diagnostics name them."""

    @classmethod
    def of(
        cls,
        settings: Settings,
        rules: Sequence[Rule],
        today: date,
        *,
        baseline: Baseline = NO_BASELINE,
        adding: bool = False,
        settings_name: str = "",
        baseline_name: str = "",
    ) -> Suppressor:
        """The suppressor of a run with these settings."""
        codes = tuple(rule.code for rule in settings.rules(rules))
        return cls(settings.suppressions, today, codes, baseline, adding, settings_name, baseline_name)

    def mark(self, finding: Finding, claim: Claim, claims: Sequence[Claim]) -> Finding:
        """The finding, marked if it is known: by the first entry that fits, else by the baseline.

        `claims` are those of the same subscriber, among them the claims of its partners.
        """
        if finding.code == CRASH:
            return finding
        entries = self._in_force.get(finding.code)
        if entries:
            line, partners = _line_of(finding, claim), _partner_lines(finding, claims)
            entry = next((entry for entry in entries if entry.fits(claim, line, partners)), None)
            if entry is not None:
                return structs.replace(finding, suppressed=_mark(entry))
        if self.adding or finding in self.baseline:
            return structs.replace(finding, suppressed=BASELINE)
        return finding

    @cached_property
    def _in_force(self) -> Mapping[str, Sequence[Suppression]]:
        found: dict[str, list[Suppression]] = {}
        for entry in self.suppressions:
            if entry.holds(self.today):
                found.setdefault(entry.code, []).append(entry)
        return found


_NOTHING = Suppressor((), date.min, ())


def open_engine(
    rules: Sequence[Rule],
    settings: Settings,
    reference: Reference,
    suppressor: Suppressor | None,
    *,
    plan: bool = True,
) -> Engine:
    """The engine of a run; without a suppressor one that marks nothing."""
    if suppressor is None:
        return Engine(rules, settings, reference, plan=plan)
    return SuppressingEngine(rules, settings, reference, suppressor, plan=plan)


class Suppressed:
    """What was suppressed in a run, and what of the entries and the baseline was not used."""

    def __init__(self, suppressor: Suppressor | None) -> None:
        self.count = 0
        self._suppressor = suppressor or _NOTHING
        self._marks: set[str] = set()
        self._known: dict[str, set[str]] = {}
        """Fingerprints by code, of findings that the baseline knew or takes in."""

    def add(self, finding: Finding) -> None:
        """Takes a finding that is marked."""
        mark = finding.suppressed
        assert mark is not None
        self.count += 1
        self._marks.add(mark)
        if mark == BASELINE or finding in self._suppressor.baseline:
            self._known.setdefault(finding.code, set()).add(finding.fingerprint)

    def baseline(self) -> Baseline:
        """The baseline with the findings of the run."""
        found = Baseline({code: frozenset(fingerprints) for code, fingerprints in self._known.items()})
        return self._suppressor.baseline.merged(found)

    def diagnostics(self) -> list[Diagnostic]:
        """The entries that have expired or that no finding fits, and what of the baseline did not come up."""
        suppressor = self._suppressor
        found = []
        for entry in suppressor.suppressions:
            name = f"{entry.key} ({entry.code})"
            if not entry.holds(suppressor.today):
                message = f"{name} expired on {entry.expires} and suppresses nothing any more"
                found.append(diagnostic("S101", message, suppressor.settings_name))
            elif entry.code in suppressor.codes and _mark(entry) not in self._marks:
                found.append(diagnostic("S102", f"{name} fits no finding", suppressor.settings_name))
        gone = self._gone()
        if gone:
            message = f"{gone:,} of its findings did not come up"
            found.append(diagnostic("S103", message, suppressor.baseline_name))
        return found

    def _gone(self) -> int:
        """How many findings of the baseline, by rules that ran, did not come up."""
        baseline = self._suppressor.baseline
        return sum(
            len(baseline.fingerprints.get(code, frozenset()) - self._known.get(code, set()))
            for code in self._suppressor.codes
        )


def _mark(entry: Suppression) -> str:
    return f"{entry.key}: {entry.reason}"


def _line_of(finding: Finding, claim: Claim) -> ServiceLine | None:
    """The line of a finding, None where it is about the whole claim."""
    own = (line for line in claim.lines if line.number == finding.line and line.charge == finding.charge)
    return None if finding.line is None else next(own, None)


def _partner_lines(finding: Finding, claims: Sequence[Claim]) -> list[ServiceLine]:
    """The lines on the other side of a finding."""
    named = {(partner.claim, partner.line) for partner in finding.partners}
    return [line for claim in claims for line in claim.lines if (claim.id, line.number) in named]


def unsuppressed(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that count."""
    return [finding for finding in findings if finding.suppressed is None]
