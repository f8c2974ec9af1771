"""The signatures of denials that rules predict: texts such as "CO-97|CO-236+M15|N19", parsed once (RULES.md 8.21)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_COMMENT = re.compile(r"\([^)]*\)")
_NEXT = re.compile(r";|,| / | or ")
_REASON = re.compile(r"\b(?:CO|PR|OA|PI|CR)-([A-Z]?\d{1,3})\b")
_REMARK = re.compile(r"\b((?:MA|M|N)\d{1,3})\b")
_NO_REMITTANCE = re.compile(r"\bA[78]\b|277CA")


class Alternative(NamedTuple):
    """One form that a denial may take: any of the reasons, together with one remark of each set."""

    reasons: frozenset[str]
    """CARCs, without their group; empty stands for any."""
    remarks: tuple[frozenset[str], ...]
    """RARCs; empty where the form has none."""


class Fit(NamedTuple):
    """How a denial fits a signature."""

    reason: bool
    """Whether its CARC is in the signature."""
    remark: bool
    """Whether a RARC of the same alternative stands beside it."""


NO_FIT = Fit(False, False)
_BARE, _WITH_REMARK = Fit(True, False), Fit(True, True)


@lru_cache(maxsize=1024)
def parse_signature(text: str) -> tuple[Alternative, ...]:
    """The alternatives of a signature; what is no adjustment of an 835 (a 277CA status, words) is left out."""
    found: list[Alternative] = []
    for part in _NEXT.split(_COMMENT.sub("", text)):
        if _NO_REMITTANCE.search(part):
            continue
        first, *others = part.rpartition(":")[2].split("+")
        reasons = frozenset(_REASON.findall(first))
        remarks = [frozenset(_REMARK.findall(piece)) for piece in (others if reasons else [first, *others])]
        if reasons or any(remarks):
            found.append(Alternative(reasons, tuple(filter(None, remarks))))
    return tuple(found)


@lru_cache(maxsize=1024)
def parse_signatures(texts: tuple[str, ...]) -> tuple[Alternative, ...]:
    """The alternatives of all signatures of a rule (`Rule.predicts`)."""
    return tuple(alternative for text in texts for alternative in parse_signature(text))


def fit(
    alternatives: Iterable[Alternative], reason: str, remarks: frozenset[str], alerts: frozenset[str], *, generic: bool
) -> Fit:
    """How an adjustment with a CARC and its RARCs fits the best alternative (RULES.md 2.3).

    A generic CARC means nothing alone: it fits an alternative only with that one's RARC, or without any where the
    alternative has none. `remarks` are the RARCs that explain; `alerts` are those that only inform: they may accompany
    an alternative, but neither make one without a CARC nor count as a RARC.
    """
    best = NO_FIT
    for reasons, wanted in alternatives:
        if reasons and reason not in reasons:
            continue
        if not reasons:
            if all(group & remarks for group in wanted):
                return _WITH_REMARK
        elif wanted and all(group & remarks or group & alerts for group in wanted):
            return _WITH_REMARK
        elif not generic or (not wanted and not remarks):
            best = _BARE
    return best
