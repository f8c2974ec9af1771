"""`Settings`: what a run is told to do, and what that means for a rule, a payer and a date of service."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache, cached_property
from typing import Any

import msgspec

from edi837.model import Payer, Severity
from edi837.rules import load_rules
from edi837.rules.base import Rule
from edi837.settings.builtin import builtin_policies
from edi837.settings.policy import PayerPolicy
from edi837.settings.requirements import KEYS, Requirements, merged, require
from edi837.settings.suppressions import Suppression
from edi837.settings.vocabulary import Vocabulary, is_chosen, strength

# A file that names more payers than this is synthetic or hostile; the memo starts over instead of growing.
_MEMO_LIMIT = 4096


class Settings(msgspec.Struct, frozen=True, dict=True):
    """The settings of one run; without arguments, the defaults.

    They hold no rule, so that they travel to worker processes.
    """

    select: tuple[str, ...] = ()
    """Codes, family letters or names of the rules to run; empty for all."""
    ignore: tuple[str, ...] = ()
    fail_on: Severity = Severity.ERROR
    preview: bool = False
    """Whether rules in preview run without being named."""
    severities: Mapping[str, Severity] = msgspec.field(default_factory=dict)
    """Severities by rule code, for every payer."""
    options: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)
    """What [rules.CODE] sets, by code and name; what it leaves out has the rule's default."""
    payers: tuple[PayerPolicy, ...] = ()
    builtin_policies: bool = True
    """Whether the policies that ship with the program hold."""
    ignored_policies: tuple[str, ...] = ()
    """Keys of those that do not."""
    suppressions: tuple[Suppression, ...] = ()
    """The [[suppress]] entries, expired ones too: what day it is, only a shell can say (`edi837.suppression`)."""

    def rules(self, all_rules: Sequence[Rule]) -> tuple[Rule, ...]:
        """The rules to run, in the order given.

        A code or name is stronger than a family letter, and at the same strength `ignore` wins. A rule in
        preview runs when preview is on, when `select` has its code or name, or for the payers of a policy that turns
        it on.
        """
        return tuple(
            rule
            for rule in all_rules
            if is_chosen(rule, self.select, self.ignore)
            and (not self._is_held_back(rule) or any(rule.code in KEYS[name].switches for name in self.stated))
        )

    @cached_property
    def policies(self) -> tuple[PayerPolicy, ...]:
        """All policies that hold, a stronger one behind a weaker one: the built-in ones, then the user's."""
        return (*self._builtin, *self.payers)

    @cached_property
    def stated(self) -> frozenset[str]:
        """The requirements that any policy states: what is not among them need not be asked for."""
        return frozenset(name for policy in self.policies for name in policy.requirements)

    def is_widened(self, rule: Rule) -> bool:
        """Whether a policy may make the rule speak about encounters without what it `needs` and stands `beside`."""
        return any(KEYS[name].widens and name in self.stated for name in rule.policies)

    def period(self, on: date | None) -> int:
        """A number for a date of service, the same for all dates on which the same policies are in effect."""
        cuts = self._cuts
        if not cuts:
            return 0
        return -1 if on is None else bisect_right(cuts, on)

    def policies_for(self, payer: Payer, plan: str | None, on: date | None) -> tuple[PayerPolicy, ...]:
        """The policies that speak about a payer and the plan that its name means, on a date of service."""
        return tuple(policy for policy in self.policies if policy.applies_to(payer, plan, on))

    def requirements(self, payer: Payer, plan: str | None, on: date | None) -> Requirements:
        """What these policies require together; of two that say something of the same, the later one wins."""
        key = (payer, plan, self.period(on))
        memo = self._memo
        found = memo.get(key)
        if found is None:
            if len(memo) >= _MEMO_LIMIT:
                memo.clear()
            found = memo[key] = self._require(self.policies_for(payer, plan, on))
        return found

    def severity(self, rule: Rule, payer: Payer, plan: str | None, on: date | None) -> tuple[Severity, bool]:
        """The severity of a rule for a payer, and whether the user says so, whatever form the defect has.

        The user's policies for the payer come first, then [severity], the built-in policies, and the rule itself.
        """
        required = self.requirements(payer, plan, on)
        told = required.told.get(rule.code) or self.severities.get(rule.code)
        if told is not None:
            return told, True
        usual = required.usual.get(rule.code)
        if usual is None:
            usual = Severity.OFF if self._is_held_back(rule) else rule.severity_for(payer)
        return usual, False

    def option(self, code: str, name: str) -> Any:
        """What [rules.CODE] sets, else the rule's default; KeyError where the rule declares no such name."""
        own = self.options.get(code)
        if own is not None and name in own:
            return own[name]
        return _default_options()[code][name]

    def fingerprint(self) -> str:
        """Twelve characters that are the same for the same settings, on every machine."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:12]

    def override(
        self,
        rules: Sequence[Rule],
        *,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        fail_on: Severity | None = None,
        preview: bool = False,
    ) -> Settings:
        """These settings with the command line on top.

        `select` takes the place of both lists of the file, for it says what to run; `ignore` adds to it.
        """
        selectors = Vocabulary(rules).selectors
        chosen = selectors.parse(list(select), "--select")
        ignored = selectors.parse(list(ignore), "--ignore")
        return msgspec.structs.replace(
            self,
            select=chosen or self.select,
            ignore=ignored if chosen else (*self.ignore, *ignored),
            fail_on=fail_on or self.fail_on,
            preview=preview or self.preview,
        )

    def _is_held_back(self, rule: Rule) -> bool:
        """Whether the rule is in preview and nobody asked for it by name."""
        return rule.status == "preview" and not self.preview and strength(rule, self.select) != 2

    def _require(self, policies: Sequence[PayerPolicy]) -> Requirements:
        told: dict[str, Severity] = {}
        usual: dict[str, Severity] = {}
        silent: set[str] = set()
        own = {policy.key for policy in self.payers}
        for policy in policies:
            if policy.key in own:
                told.update(policy.severities)
                silent |= policy.silent
            else:
                usual.update(policy.severities)
        told.update(dict.fromkeys(silent, Severity.OFF))
        return require(merged(policy.requirements for policy in policies), told, usual)

    @cached_property
    def _builtin(self) -> tuple[PayerPolicy, ...]:
        if not self.builtin_policies:
            return ()
        return tuple(policy for policy in builtin_policies() if policy.key not in self.ignored_policies)

    @cached_property
    def _cuts(self) -> tuple[date, ...]:
        """The days on which a policy begins or has ended."""
        begins = {policy.since for policy in self.policies if policy.since}
        ended = {policy.until + timedelta(1) for policy in self.policies if policy.until and policy.until != date.max}
        return tuple(sorted(begins | ended))

    @cached_property
    def _memo(self) -> dict[tuple[Payer, str | None, int], Requirements]:
        return {}


@cache
def _default_options() -> dict[str, Mapping[str, object]]:
    return {rule.code: rule.options for rule in load_rules()}
