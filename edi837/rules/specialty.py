"""Lists of specialty drugs in the settings: codes, and patterns of codes with * for any rest (RULES.md G06, G07)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from edi837.reference import matches

_BIOLOGICS = ("J0517", "J0897", "J1306", "J2182", "J2356", "J2357", "J3111", "J3357")
_BOTULINUM = ("J0585", "J0586", "J0587", "J0588", "J0589")
_ANTIPSYCHOTICS = ("J0401", "J0402", "J1631", "J1943", "J1944", "J2358", "J2426", "J2427", "J2428", "J2680")
_RISPERIDONE = ("J2794", "J2798", "J2799", "J2801")
_ADDICTION = ("J0577", "J0578", "J2315", "Q9991", "Q9992")

SPECIALTY_DRUGS = (*_BIOLOGICS, *_BOTULINUM, *_ANTIPSYCHOTICS, *_RISPERIDONE, *_ADDICTION, "J9*", "Q51*")
"""Drugs for which many plans want an authorization or name the pharmacy: biologics, botulinum toxins, long-acting
injections, biosimilars (Q51) and antineoplastics (J9)."""


@cache
def listed(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Tells whether a code is in a list of codes and patterns."""
    codes = frozenset(pattern for pattern in patterns if "*" not in pattern)
    wild = tuple(pattern for pattern in patterns if "*" in pattern)
    return lambda code: code in codes or any(matches(pattern, code) for pattern in wild)
