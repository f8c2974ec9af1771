"""What payers may require: the keys of a policy, each with the kind of its value, and what they come to together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from edi837.model import Severity
from edi837.rules.codes import VISIT_FAMILIES
from edi837.settings.kinds import (
    CODES,
    DIAGNOSES,
    FLAG,
    FLAG_OR_CODES,
    PLACES,
    TAXONOMIES,
    Kind,
    at_least,
    list_of,
    one_of,
)


class Key(NamedTuple):
    """A requirement that a policy may state. The rules that read it name it themselves (`Rule.policies`)."""

    kind: Kind
    says: str
    """What it says, for a person."""
    switches: Mapping[str, Severity] = {}
    """Rules that it turns on for the payer, at a severity; with false or an empty list it turns them off."""
    widens: bool = False
    """Whether it makes rules speak where, without it, they would not need to be called."""


KEYS: dict[str, Key] = {
    "ncci": Key(FLAG, "Whether the payer follows the NCCI edits; all do, unless a policy says otherwise."),
    "daily-injections": Key(at_least(1), "How many injections (96372) the payer pays on a day."),
    "bundled-into-visit": Key(
        CODES, "Drug codes that the payer counts as part of a visit on the same day.", widens=True
    ),
    "ndc-required": Key(
        FLAG_OR_CODES,
        "Whether a drug line needs an NDC, or the drug codes that do.",
        {"D05": Severity.ERROR},
    ),
    "authorization-drugs": Key(CODES, "Drug codes that need an authorization.", {"G06": Severity.WARNING}),
    "vendor-drugs": Key(CODES, "Drug codes that the payer has delivered by its own pharmacy."),
    "diagnoses": Key(
        DIAGNOSES,
        "For a drug code the diagnoses that the payer covers it for, in place of the built-in list.",
        widens=True,
    ),
    "jw-jz": Key(FLAG, "Whether a single-dose drug needs JW or JZ.", {"H01": Severity.ERROR}),
    "modifier-25-families": Key(
        list_of(one_of(tuple(VISIT_FAMILIES))),
        "Kinds of visit that need modifier 25 beside an injection, as far as no NCCI pair asks for it.",
        {"B05": Severity.WARNING},
    ),
    "injection-style": Key(
        one_of(("lines", "units")),
        "Whether several injections are billed as lines of one unit or as units of one line.",
        {"A08": Severity.WARNING},
    ),
    "facility-pos": Key(
        PLACES, "Places of service that the payer counts as facilities, besides those that Medicare does."
    ),
    "pos-exceptions": Key(
        PLACES, "Places of service in which the payer pays a professional for an injection after all."
    ),
    "exempt-taxonomies": Key(TAXONOMIES, "Taxonomies of billing providers that are paid in facilities too."),
    "by-96372": Key(CODES, "Drug codes that the payer wants given with 96372, not with 96401 or 96402."),
    "timely-filing-days": Key(
        at_least(0), "How many days after the service a claim may be sent; 0 for no limit.", widens=True
    ),
}
"""The requirements, in the order in which they are shown."""


class Requirements(msgspec.Struct, frozen=True):
    """What a payer requires of the claims of a day: all policies that speak about it, the last word of each.

    What no policy says is None, empty, or what holds for every payer.
    """

    ncci: bool = True
    daily_injections: int | None = None
    bundled_into_visit: tuple[str, ...] = ()
    ndc_required: bool | tuple[str, ...] | None = None
    authorization_drugs: tuple[str, ...] | None = None
    vendor_drugs: tuple[str, ...] = ()
    diagnoses: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    jw_jz: bool | None = None
    modifier_25_families: tuple[str, ...] | None = None
    injection_style: str = ""
    """`lines`, `units`, or empty."""
    facility_pos: tuple[str, ...] = ()
    pos_exceptions: tuple[str, ...] = ()
    exempt_taxonomies: tuple[str, ...] = ()
    by_96372: tuple[str, ...] = ()
    timely_filing_days: int | None = None
    told: Mapping[str, Severity] = msgspec.field(default_factory=dict)
    """Severities by rule code that the user's policies give, whatever form the defect has."""
    usual: Mapping[str, Severity] = msgspec.field(default_factory=dict)
    """Severities by rule code that take the place of the rule's own: of built-in policies, and of the keys above."""


def merged(stated: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What several policies state, by key; a later one wins, for `diagnoses` code by code."""
    found: dict[str, Any] = {}
    for requirements in stated:
        for name, value in requirements.items():
            found[name] = {**found.get(name, {}), **value} if name == "diagnoses" else value
    return found


def require(stated: Mapping[str, Any], told: Mapping[str, Severity], usual: Mapping[str, Severity]) -> Requirements:
    """The requirements that are stated, with the severities that they bring."""
    fields = {name.replace("-", "_"): value for name, value in stated.items()}
    return Requirements(**fields, told=told, usual={**usual, **switched(stated)})


def switched(stated: Mapping[str, Any]) -> dict[str, Severity]:
    """The rules that requirements turn on or off for a payer."""
    found = {}
    for name, value in stated.items():
        is_off = value in (False, ()) or value == "units"
        for code, severity in KEYS[name].switches.items():
            found[code] = Severity.OFF if is_off else severity
    return found
