"""E01: a service line that points to no diagnosis, or to one that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.diagnoses import ICD_9, is_sound
from edi837.rules.encounter import Encounter

_ICD_10_SINCE = date(2015, 10, 1)


@rule(
    "E01",
    triggers={INJECTION, DRUG},
    needs={"unsound-pointers"},
    severity=Severity.ERROR,
    category="diagnosis",
    predicts=("CO-16+M76|M64|MA63",),
    suppresses={"line": {"E03", "E04", "E05", "E06"}},
    confidence="verified",
)
def diagnosis_pointer_missing_or_dangling(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A service line of an injection claim points to no diagnosis, or to one that the claim does not have.

    Why: SV107 counts the diagnoses of the claim (HI with ABK and ABF) from 1. A line without a pointer, or with one
        beyond the last diagnosis, is rejected (A7:477), and the claim with it; so is a pointer to an ICD-9 code from
        2015-10-01 on. The same pointer twice is wasteful, and a warning.
    Fix: Point the line to the diagnoses that it treats, the first one first, or add the missing diagnosis to HI.
    Denied:
        HI*ABK:M5450*ABF:M542~
        SV1*HC:J1885*8*UN*2***3~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:M5450*ABF:M542~
        SV1*HC:J1885*8*UN*2***1:2~
        SV1*HC:96372*35*UN*1***1~
    Source: Stedi changelog (edit since 2026-01-08); X12 RFI 433.
    """
    if not encounter.injections and not encounter.drugs:
        return
    for line in encounter.lines:
        claim = encounter.claim_of(line)
        qualifiers = claim.diagnosis_qualifiers
        count = len(qualifiers)
        pointers = line.diagnosis_pointers
        if is_sound(pointers, qualifiers):
            continue
        if not pointers:
            yield Hit(line, "SV107-1", f"{line.procedure} points to no diagnosis", _fix(count))
            continue
        ended = _ended(qualifiers, line.service_date)
        for position, pointer in enumerate(pointers, 1):
            if not 0 < pointer <= count:
                yield Hit(line, f"SV107-{position}", f"{line.procedure} {_dangles(pointer, count)}", _fix(count))
                break
            if pointer in ended:
                yield Hit(line, f"SV107-{position}", f"{line.procedure} points to diagnosis {pointer}, an ICD-9 code")
                break
        else:
            if len(pointers) > 1 and len(set(pointers)) < len(pointers):
                yield Hit(
                    line,
                    "SV107-1",
                    f"{line.procedure} points to the same diagnosis twice ({':'.join(map(str, pointers))})",
                    f"send {':'.join(map(str, dict.fromkeys(pointers)))} in SV107",
                    severity=Severity.WARNING,
                    suppresses=False,
                )


def _ended(qualifiers: tuple[str, ...], on: date | None) -> list[int]:
    """The positions of ICD-9 codes, on a date that wants ICD-10."""
    if on is not None and on < _ICD_10_SINCE:
        return []
    return [position for position, qualifier in enumerate(qualifiers, 1) if qualifier in ICD_9]


def _dangles(pointer: int, count: int) -> str:
    if pointer == 0:
        return "has a diagnosis pointer that is no number from 1 to 12"
    return f"points to diagnosis {pointer}, the claim has {count or 'none'}"


def _fix(count: int) -> str:
    if not count:
        return "add the diagnoses to the claim (HI) and point the line to them"
    return f"point the line to 1{f' to {count}' if count > 1 else ''}, or add the missing diagnosis to HI"
