"""G01: an injection on a professional claim for a place where the facility bills it."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION, TELEHEALTH_PLACES
from edi837.rules.encounter import Encounter

_OFFICE = "11"


@rule(
    "G01",
    triggers={INJECTION},
    needs={"not-office"},
    severity=Severity.ERROR,
    category="pos-auth",
    predicts=("CO-5|CO-58+M77|N428|M97|N79", "CO-171", "CO-96+N428", "CO-B20"),
    suppresses={"encounter": {"A04", "H01"}, "line": {"G04", "G05"}, "involving": {"A", "B"}},
    skips_adjudicated=True,
    policies=("facility-pos", "pos-exceptions", "exempt-taxonomies"),
    confidence="verified",
)
def facility_pos_professional_96372(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """Injection 96372 is billed by a professional in a place where only the facility is paid for it.

    Why: The Medicare fee schedule pays nothing to a professional for 96372 in a facility (PC/TC indicator 5), and other
        payers follow: the hospital, surgery center or nursing facility bills the injection and the drug. Payers' own
        policies (`facility-pos`, `pos-exceptions`, `exempt-taxonomies`) say where they count otherwise: Regence takes
        25, 32, 54, 62 and 65 for facilities too, but exempts surgery centers.
    Fix: Take 96372 and its drug off the professional claim, or correct the place of service if it was an
        office.
    Denied:
        CLM*1*35***22:B:1*Y*A*Y*Y~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        CLM*1*50***11:B:1*Y*A*Y*Y~
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J3420*15*UN*1***1~
    Source: CMS PFS RVU24C indicators; Regence reimbursement policy Administrative 109 (2018, and from
        2024-11-01).
    """
    for line in encounter.injections:
        # G02 speaks about telehealth.
        if line.place_of_service == _OFFICE or line.place_of_service in TELEHEALTH_PLACES:
            continue
        place = ctx.reference.pos(line.place_of_service)
        if place is None:
            continue
        claim = encounter.claim_of(line)
        required = ctx.requirements(claim.payer, encounter.service_date)
        if place.code in required.pos_exceptions or claim.billing_taxonomy in required.exempt_taxonomies:
            continue
        if place.payable == "N" or place.code in required.facility_pos:
            yield Hit(
                line,
                "SV105",
                f"96372 in place of service {place.code}, where a professional is not paid for it",
                f"leave 96372 to the facility to bill, or correct place of service {place.code}",
            )
