"""The schedules of drugs that are given again and again (RULES.md B17, J01)."""

from __future__ import annotations

from edi837.model import Claim, ServiceLine
from edi837.reference import DrugInterval, Reference, matches
from edi837.rules.diagnoses import pointed_diagnoses


def schedule_of(line: ServiceLine, claim: Claim, reference: Reference) -> DrugInterval | None:
    """The schedule that a drug line follows by its code, units and diagnoses; None where none is known."""
    intervals = reference.intervals(line.procedure)
    if not intervals or line.units is None:
        return None
    pointed = pointed_diagnoses(line, claim)
    for interval in intervals:
        if (
            (interval.units_min is None or interval.units_min <= line.units)
            and (interval.units_max is None or line.units <= interval.units_max)
            and (
                not interval.diagnoses
                or any(matches(pattern, code) for pattern in interval.diagnoses for code in pointed)
            )
        ):
            return interval
    return None
