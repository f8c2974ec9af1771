"""What a rule is: a decorated generator whose docstring is its help text.

A rule module holds one function. The decorator says when it runs and what it predicts; the docstring says what the
defect is (first line) and has the sections Why, Fix, Denied, Clean and Source. A module that lacks one fails when it is
imported; that each says something is seen when the help is first read, as the tests do of every rule. Importing a rule
registers nothing globally: `edi837.rules.load_rules` collects them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from inspect import cleandoc
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from edi837.errors import RuleDefinitionError
from edi837.model import Claim, Payer, ServiceLine, Severity

if TYPE_CHECKING:
    from edi837.reference import Reference
    from edi837.rules.encounter import Encounter
    from edi837.settings import Requirements, Settings

Category = Literal[
    "missing-component",
    "bundling-modifier",
    "units-frequency",
    "code-ndc",
    "diagnosis",
    "route-admin-code",
    "pos-auth",
    "modifier-policy",
    "technical",
    "frequency",
]
Status = Literal["stable", "preview"]
Reach = Literal["line", "involving", "encounter"]

DRUG = "drug"
"""A trigger that stands for every drug line (RULES.md 0.3 DRUGLINE)."""

SECTIONS = ("Why", "Fix", "Denied", "Clean", "Source")
_TITLES = tuple(f"{section}:" for section in SECTIONS)
_REMEMBERED = 4096
_CODE = re.compile(r"[A-Z]\d{2}\Z")
_SECTION = re.compile(rf"^({'|'.join(SECTIONS)}):[ \t]*", re.MULTILINE)


class Hit(NamedTuple):
    """One thing that a rule found; the engine makes a `Finding` of it.

    `line` is the service line that it speaks about, or the claim itself for a claim-level fault. `element` is the TR3
    element, such as "SV101-2". The message states the fact in lower case with allow-listed values only: codes,
    modifiers, dates of service, units, money, NDCs, places of service, line numbers.
    """

    line: ServiceLine | Claim
    element: str
    message: str
    fix: str = ""
    """What to do about these very values; the rule's own Fix text where empty."""
    partners: tuple[ServiceLine, ...] = ()
    """The lines on the other side of the pair."""
    severity: Severity | None = None
    """Where this form of the defect weighs other than the rule's usual severity for the payer."""
    suppresses: bool = True
    """Whether this form of the defect silences the rules that its rule silences."""


class Context:
    """What a rule may look at besides the encounter: the reference tables and the settings, both frozen."""

    __slots__ = ("_requirements", "reference", "settings")

    def __init__(self, reference: Reference, settings: Settings) -> None:
        self.reference = reference
        self.settings = settings
        self._requirements: dict[tuple[Payer, date | None], Requirements] = {}

    def requirements(self, payer: Payer, on: date | None) -> Requirements:
        """What a payer requires of the claims of a day: the policies that speak about it, together."""
        found = self._requirements.get((payer, on))
        if found is None:
            if len(self._requirements) >= _REMEMBERED:
                self._requirements.clear()
            found = self.settings.requirements(payer, self.reference.plan(payer.name), on)
            self._requirements[payer, on] = found
        return found


EncounterCheck = Callable[["Encounter", Context], Iterator[Hit]]


class RuleHelp(NamedTuple):
    """The parts of a rule's docstring."""

    summary: str
    why: str
    fix: str
    denied: str
    clean: str
    source: str


class Rule(msgspec.Struct, frozen=True, gc=False):
    """A rule: its identity, when it runs, what it predicts, its help text and its check."""

    code: str
    name: str
    category: Category
    severity: Severity
    severity_by_payer: Mapping[str, Severity]
    """By payer class (MB) or "commercial", looked up in this order before `severity`; payers' own are policies."""
    triggers: frozenset[str]
    """Procedure codes, any one of which calls the rule; DRUG stands for every drug line."""
    beside: frozenset[str]
    """Procedure codes of which one must stand in the encounter too; empty where nothing else is needed."""
    needs: frozenset[str]
    """Features (`edi837.rules.features`) of which the encounter must have one; empty where none is needed."""
    unless: frozenset[str]
    """Features with any one of which the rule has nothing to say."""
    predicts: tuple[str, ...]
    """Signatures of the denials to expect, in the grammar of RULES.md 8.21: "CO-16+N349", "CO-97|CO-236+M15"."""
    suppresses: Mapping[Reach, frozenset[str]]
    """Rules that this one silences: on the same "line", "involving" that line on either side, or in the "encounter"."""
    skips_adjudicated: bool
    """Whether a line that another payer has adjudicated (2430) on a secondary claim is left alone."""
    options: Mapping[str, object]
    """Names and defaults of what the settings file may set under [rules.CODE]."""
    policies: tuple[str, ...]
    """What of a payer's requirements the rule stands on, by the keys of a policy (`edi837.settings.KEYS`)."""
    status: Status
    confidence: str
    """How well the rule's ground was checked: "verified", "partly verified" or "knowledge"."""
    docstring: str
    """The help text as it stands in the rule's module."""
    check: EncounterCheck

    @property
    def help(self) -> RuleHelp:
        """The help text by sections. Raises `RuleDefinitionError` for an empty one."""
        return parse_help(self.code, self.docstring)

    def severity_for(self, payer: Payer) -> Severity:
        """How severe a hit is without a word from settings or policies: by payer class, "commercial", for anyone."""
        by_payer = self.severity_by_payer
        if payer.payer_class in by_payer:
            return by_payer[payer.payer_class]
        if payer.is_commercial and "commercial" in by_payer:
            return by_payer["commercial"]
        return self.severity


def rule(
    code: str,
    *,
    triggers: set[str] | frozenset[str],
    severity: Severity,
    category: Category,
    confidence: str,
    beside: set[str] | frozenset[str] = frozenset(),
    needs: set[str] | frozenset[str] = frozenset(),
    unless: set[str] | frozenset[str] = frozenset(),
    severity_by_payer: Mapping[str, Severity] | None = None,
    predicts: tuple[str, ...] = (),
    suppresses: Mapping[Reach, set[str] | frozenset[str]] | None = None,
    skips_adjudicated: bool = False,
    options: Mapping[str, object] | None = None,
    policies: tuple[str, ...] = (),
    status: Status = "stable",
) -> Callable[[EncounterCheck], Rule]:
    """Makes a `Rule` of a generator function `(encounter, ctx) -> Iterator[Hit]`.

    The name is the function's with hyphens. Raises `RuleDefinitionError` where the code, the triggers or a docstring
    section is missing.
    """
    if not _CODE.match(code):
        raise RuleDefinitionError(f"rule code {code!r} is not a capital and two digits")
    if not triggers:
        raise RuleDefinitionError(f"rule {code} has no triggers")

    def decorate(check: EncounterCheck) -> Rule:
        docstring = check.__doc__ or ""
        if not _has_sections(docstring):
            parse_help(code, docstring)  # says what is missing
        return Rule(
            code=code,
            name=check.__name__.replace("_", "-"),
            category=category,
            severity=severity,
            severity_by_payer=MappingProxyType(dict(severity_by_payer or {})),
            triggers=frozenset(triggers),
            beside=frozenset(beside),
            needs=frozenset(needs),
            unless=frozenset(unless),
            predicts=predicts,
            suppresses=MappingProxyType({reach: frozenset(codes) for reach, codes in (suppresses or {}).items()}),
            skips_adjudicated=skips_adjudicated,
            options=MappingProxyType(dict(options or {})),
            policies=policies,
            status=status,
            confidence=confidence,
            docstring=docstring,
            check=check,
        )

    return decorate


def _has_sections(docstring: str) -> bool:
    """Whether the sections seem to be there. Every start looks at every rule, so this does no more than to search."""
    places = [docstring.find(title) for title in _TITLES]
    return places[0] > 0 and places == sorted(places)


@cache
def parse_help(code: str, docstring: str) -> RuleHelp:
    """The sections of a rule's docstring; raises `RuleDefinitionError` for one missing, empty or out of order."""
    text = cleandoc(docstring)
    parts = _SECTION.split(text)
    names = tuple(parts[1::2])
    if names != SECTIONS:
        wanted, found = ", ".join(SECTIONS), ", ".join(names)
        raise RuleDefinitionError(
            f"rule {code}: the docstring needs the sections {wanted} in this order, found {found}"
        )
    bodies = [cleandoc("\n" + body).strip() for body in parts[2::2]]
    summary = parts[0].strip()
    for name, body in zip(("summary", *SECTIONS), (summary, *bodies), strict=True):
        if not body:
            raise RuleDefinitionError(f"rule {code}: the docstring's {name} is empty")
    return RuleHelp(
        summary,
        *(
            _unwrap(body) if name in ("Why", "Fix", "Source") else body
            for name, body in zip(SECTIONS, bodies, strict=True)
        ),
    )


def _unwrap(paragraph: str) -> str:
    return " ".join(paragraph.split())
