"""F17: a tuberculin skin test billed with the administration of a drug."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.reference.drugs import VACCINES
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import ALLERGEN, INJECTION, VACCINE_ADMINISTRATION
from edi837.rules.encounter import Encounter
from edi837.rules.supplied import claim_says_supplied
from edi837.rules.wrong_administration import SILENCED

_SKIN_TEST = "86580"


@rule(
    "F17",
    triggers={INJECTION},
    beside={_SKIN_TEST},
    severity=Severity.ERROR,
    category="route-admin-code",
    predicts=("CO-97+N19",),
    suppresses={"line": SILENCED},
    confidence="partly verified",
)
def ppd_skin_test_with_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A tuberculin skin test is billed with 96372.

    Why: 86580 includes placing the test, and NCCI makes 96372 its column 2. Without another drug on the day nothing is
        left that 96372 can have given. With one, 59 or XU on 96372 says that it was separate.
    Fix: Remove 96372, or add the drug that it gave.
    Denied:
        HI*ABK:Z111~
        SV1*HC:86580*25*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        HI*ABK:Z111~
        SV1*HC:86580*25*UN*1***1~
    Source: CMS NCCI PTP practitioner edits 2024Q3 (86580 with 96372, indicator 1); CPT convention.
    """
    tests = tuple(encounter.lines_of({_SKIN_TEST}))
    if not tests or any(not drug.line.is_discarded for drug in encounter.drugs):
        return
    # Beside a vaccine without its administration, or an allergen, 96372 is theirs (F03, F06).
    if encounter.lines_of(ALLERGEN) or (
        encounter.lines_of(VACCINES) and not encounter.lines_of(VACCINE_ADMINISTRATION)
    ):
        return
    for injection in encounter.injections:
        if claim_says_supplied(encounter.claim_of(injection), encounter.lines_beside(injection), ctx.reference):
            continue
        yield Hit(
            injection,
            "SV101-2",
            "96372 stands beside 86580, which includes placing the test, and no drug",
            "remove 96372: 86580 includes placing the test",
            tests,
        )
