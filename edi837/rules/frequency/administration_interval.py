"""J01: a drug that is given again before its interval is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from edi837.model import ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.encounter import Encounter
from edi837.rules.schedules import schedule_of

_LOADING_DOSES = {"J0739": 2, "J2426": 2, "J3145": 2, "J3357": 2}
"""How many first doses follow each other sooner than the later ones."""
_LOADING_DAYS = {"J3420": 90}
"""How long a drug may be given more often in the beginning."""


@rule(
    "J01",
    triggers={DRUG},
    needs={"scheduled-drug"},
    severity=Severity.WARNING,
    category="frequency",
    predicts=("CO-151|CO-119|CO-273+N435|N640|M86",),
    status="preview",
    confidence="knowledge",
)
def administration_interval(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug is billed again before the interval of its schedule is over.

    Why: Payers deny a dose that comes sooner after the last one than the label has it. The intervals are professional
        knowledge, and only the claims of this run are known, not what was paid: so this rule is a preview. Doses of a
        loading phase, and doses of different schedules, are not held against each other.
    Fix: Give the dose when the interval is over, or send the record that says why it was needed earlier.
    Denied:
        CLM*1~
        HI*ABK:M810~
        SV1*HC:J0897*1895*UN*60***1~
        DTP*472*D8*20260105~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20260105~
        CLM*2~
        HI*ABK:M810~
        SV1*HC:J0897*1895*UN*60***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        CLM*1~
        HI*ABK:M810~
        SV1*HC:J0897*1895*UN*60***1~
        DTP*472*D8*20250901~
        SV1*HC:96372*35*UN*1***1~
        DTP*472*D8*20250901~
        CLM*2~
        HI*ABK:M810~
        SV1*HC:J0897*1895*UN*60***1~
        SV1*HC:96372*35*UN*1***1~
    Source: labels of the drugs (professional knowledge).
    """
    on = encounter.service_date
    if on is None:
        return
    seen = set()
    for line, _facts in encounter.drugs:
        code = line.procedure
        if code in seen or line.is_discarded:
            continue
        before = [given for given in encounter.history.lines(code) if _is_dose_before(given[1], on)]
        schedule = schedule_of(line, encounter.claim_of(line), ctx.reference) if before else None
        if schedule is None:
            continue
        seen.add(code)
        earlier = sorted(
            {
                dose.service_date
                for claim, dose in before
                if dose.service_date is not None and schedule_of(dose, claim, ctx.reference) is schedule
            }
        )
        if len(earlier) < _LOADING_DOSES.get(code, 1):
            continue
        if (on - earlier[0]).days < _LOADING_DAYS.get(code, 0):
            continue
        days = (on - earlier[-1]).days
        if days < schedule.days:
            due = earlier[-1] + timedelta(days=schedule.days)
            yield Hit(
                line,
                "DTP03",
                f"{code} was billed on {earlier[-1]} too, {days} days before: the interval is {schedule.days} days",
                f"give {code} from {due} on, or send the record that says why it was needed earlier",
            )


def _is_dose_before(line: ServiceLine, on: date) -> bool:
    return line.service_date is not None and line.service_date < on and not line.is_discarded
