"""Evidence that somebody else supplied the drug: notes and modifiers (RULES.md A01, A03)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from edi837.model import Claim, ServiceLine
from edi837.reference import Reference
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter

SUPPLIED_MODIFIERS = frozenset({"SL", "FB"})
"""State-supplied, and provided without cost."""

_SUPPLIED = re.compile(
    r"\b(?:white|brown|clear)[ -]?bag(?:ged|ging)?\b"
    r"|\b(?:patient|pt|pharmacy|specialty(?: pharmacy)?|manufacturer|state|vfc)"
    r"[ -]+(?:supplied|provided|furnished|purchased|owned)\b"
    r"|\b(?:supplied|provided|furnished|purchased|brought(?: in)?)\s+by\s+(?:the\s+)?"
    r"(?:patient|pt|member|pharmacy|specialty|manufacturer|state|vfc)\b"
    r"|\b(?:free|no[ -](?:cost|charge))\s+(?:drug|med(?:ication)?|sample|product)s?\b"
    r"|\b(?:drug|med(?:ication)?|vial|dose)\b(?:\s+\w+){0,2}?\s+(?:at\s+)?no[ -](?:cost|charge)\b"
    r"|\bsample\s+(?:drug|med(?:ication)?)\b"
    r"|\bvfc\b"
)

# A word of each alternative above: a text without any of them need not be searched.
_WORDS = (
    "bag",
    "suppl",
    "provid",
    "furnish",
    "purchas",
    "owned",
    "brought",
    "free",
    "cost",
    "charge",
    "sample",
    "vfc",
)


def may_speak_of_supply(encounter: Encounter) -> bool:
    """Whether there is any text or modifier that could say so: most encounters have none."""
    for line in encounter.lines:
        if line.notes or line.description:
            return True
        if line.modifiers and not SUPPLIED_MODIFIERS.isdisjoint(line.modifiers):
            return True
    return any(claim.notes for claim in encounter.claims)


def is_marked_supplied(line: ServiceLine) -> bool:
    """Whether the line itself says that its drug was supplied: SL or FB, its notes, its description."""
    return not SUPPLIED_MODIFIERS.isdisjoint(line.modifiers) or _line_says_so(line)


def claim_says_supplied(claim: Claim, lines: Sequence[ServiceLine], reference: Reference) -> bool:
    """Whether a claim says, elsewhere than on a drug or vaccine line, that the drug of `lines` was supplied.

    `lines` are the claim's lines of one date; what a drug or vaccine line says is about that line alone.
    """
    if any(_says_so(note) for note in claim.notes):
        return True
    return any(
        _line_says_so(line) or (line.procedure == INJECTION and not SUPPLIED_MODIFIERS.isdisjoint(line.modifiers))
        for line in lines
        if not reference.is_vaccine(line.procedure) and reference.drug_line(line.procedure) is None
    )


def _line_says_so(line: ServiceLine) -> bool:
    return _says_so(line.description) or any(_says_so(note) for note in line.notes)


def word_of_supply(text: str) -> str:
    """The beginning of a word in a text that could tell of a supplied drug; empty where there is none."""
    small = text.lower()
    for word in _WORDS:
        if word in small:
            return word
    return ""


def _says_so(text: str) -> bool:
    return bool(word_of_supply(text)) and _SUPPLIED.search(text.lower()) is not None
