"""Where units, claims and lines begin, as regular expressions."""

from __future__ import annotations

import re
from functools import lru_cache

from edi837.x12.boundary import Boundary
from edi837.x12.delimiters import Delimiters


def unit_expression(delimiters: Delimiters) -> bytes:
    """A unit's HL, of any level but the patient's (23), with two groups: its level and a member id.

    The level (HL03) is None where the segment ends in front of it. The member id is the subscriber's where SBR and
    NM1*IL follow as they should, else empty. Alternatives that may be empty stand for what is optional: they take less
    time than a repetition.
    """
    element, terminator = re.escape(delimiters.element), re.escape(delimiters.terminator)
    value = b"[^" + element + terminator + b"]*"
    rest = b"[^" + terminator + b"]*"
    start = delimiters.break_pattern
    above = (value + element) * 2
    level = b"(?:" + above + b"(?!23[" + element + terminator + b"])(" + value + b")|(?!" + above + b"))" + rest
    subscriber = start + b"SBR" + element + rest
    patient = b"(?:" + start + b"PAT" + element + rest + b"|)"
    insured = start + b"NM1" + element + b"IL" + element + (value + element) * 7
    return b"HL" + element + level + b"(?:" + subscriber + patient + insured + b"|)(" + value + b")"


UNIT_BOUNDARY = Boundary(unit_expression)
"""Where a region of professional claims may be cut: at any HL but a patient's."""

UNIT_CUTS = Boundary(unit_expression, cuts_only=True)
"""The same, for a reader that has others look for the units."""


@lru_cache(maxsize=64)
def member_id(delimiters: Delimiters) -> re.Pattern[bytes]:
    """The member id of the first NM1*IL segment, wherever it stands."""
    element, terminator = re.escape(delimiters.element), re.escape(delimiters.terminator)
    value = b"[^" + element + terminator + b"]*"
    return re.compile(
        delimiters.break_pattern + b"NM1" + element + b"IL" + (element + value) * 7 + element + b"(" + value + b")"
    )


@lru_cache(maxsize=64)
def claim_start(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Matches at the terminator in front of a CLM segment."""
    return re.compile(delimiters.break_pattern + b"CLM" + re.escape(delimiters.element))


@lru_cache(maxsize=64)
def line_start(delimiters: Delimiters) -> re.Pattern[bytes]:
    """Matches in front of an LX segment; group 1 is the segment's id."""
    return re.compile(delimiters.irregular().break_pattern + b"(LX)" + re.escape(delimiters.element))
