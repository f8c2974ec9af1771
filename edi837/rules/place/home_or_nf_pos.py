"""G05: an injection in a home or nursing facility without a visit there."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter

_PLACES = frozenset({"12", "13", "14", "32", "33", "54"})
_VISITS = frozenset(
    str(code) for first, last in ((99304, 99310), (99315, 99316), (99341, 99350)) for code in range(first, last + 1)
)
"""Visits to patients at home and in nursing facilities."""


@rule(
    "G05",
    triggers={INJECTION},
    needs={"not-office"},
    severity=Severity.WARNING,
    severity_by_payer={"MC": Severity.OFF},
    category="pos-auth",
    predicts=("CO-5|CO-58+N428",),
    skips_adjudicated=True,
    policies=("pos-exceptions",),
    confidence="verified",
)
def home_or_nf_pos(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is billed for a home or nursing facility without a visit there.

    Why: An injection by staff is paid as incident to a professional's service, who has to supervise it in person; at
        home, in assisted living, group homes and nursing facilities that is seldom so, and many payers deny it there.
        Regence counts 32 and 54 as facilities (G01). A payer policy (`pos-exceptions`) says where one pays. With a home
        or nursing facility visit of the same provider on the day this is silent: whoever made the visit can have
        injected.
    Fix: Check the payer's policy for this place of service, and who gave the injection under whose supervision.
    Denied:
        CLM*1*43***12:B:1*Y*A*Y*Y~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        CLM*1*163***12:B:1*Y*A*Y*Y~
        SV1*HC:99348:25*120*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
        SV1*HC:96372*35*UN*1***1~
    Source: Regence reimbursement policy Administrative 109; CMS NCCI PTP (99341 to 99350 with 96372).
    """
    injections = [line for line in encounter.injections if line.place_of_service in _PLACES]
    if not injections:
        return
    visits = encounter.lines_of(_VISITS)
    for line in injections:
        exceptions = ctx.requirements(encounter.payer_of(line), encounter.service_date).pos_exceptions
        if line.place_of_service in exceptions:
            continue
        if not any(encounter.same_provider(visit, line) for visit in visits):
            yield Hit(
                line,
                "SV105",
                f"96372 in place of service {line.place_of_service} without a visit of the same provider there",
            )
