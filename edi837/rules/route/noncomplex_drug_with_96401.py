"""F09: a plain drug billed with the administration of chemotherapy or a complex biologic."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.bundles import codes_of
from edi837.rules.encounter import Encounter
from edi837.rules.hormones import is_by_96402
from edi837.rules.specialty import listed

_COMPLEX_INJECTION = "96401"
_NONCOMPLEX = frozenset(
    {"J0215", "J0480", "J0517", "J0638", "J0897", "J1000", "J1380", "J1410", "J1435", "J1729", "J1826"}
    | {"J1950", "J2357", "J3315", "Q3027", "Q3028"}
)


@rule(
    "F09",
    triggers={_COMPLEX_INJECTION},
    beside={DRUG},
    severity=Severity.WARNING,
    severity_by_payer={"MB": Severity.ERROR, "MC": Severity.OFF},
    category="route-admin-code",
    predicts=("CO-16+N657", "CO-97", "CO-150+M25"),
    policies=("by-96372",),
    confidence="verified",
)
def noncomplex_drug_with_96401(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug that is no chemotherapy and no complex biologic is billed with 96401.

    Why: Payers pay 96401 for antineoplastics and complex biologics only, and deny it or reduce it to 96372 for
        denosumab, omalizumab, hormones and the like. Certolizumab is in dispute: only Independence Blue Cross and
        AmeriHealth are known to want 96372 for it. What else a payer wants given with 96372 its policy says
        (`by-96372`). Hormones against breast or prostate cancer take 96402.
    Fix: Bill 96372 instead of 96401; 96402 for a hormone against cancer.
    Denied:
        SV1*HC:J2357:JZ*1200*UN*30***1~
        SV1*HC:96401*98*UN*1***1~
    Clean:
        SV1*HC:J2357:JZ*1200*UN*30***1~
        SV1*HC:96372*35*UN*1***1~
    Source: IBC and AmeriHealth 21-3144 (2022-04-26); CMS articles A58527, A58532, A58544 and A59073, retired 2023-12
        to 2024-06.
    """
    administrations = encounter.lines_of({_COMPLEX_INJECTION})
    if not administrations:
        return
    drugs = tuple(drug.line for drug in encounter.injectables)
    if not drugs:
        return
    hormones = any(is_by_96402(line, encounter.claim_of(line), ctx) for line in drugs)
    expected = "96402" if hormones else "96372"
    for administration in administrations:
        payer = encounter.payer_of(administration)
        is_own = listed(ctx.requirements(payer, encounter.service_date).by_96372)
        if not all(line.procedure in _NONCOMPLEX or is_own(line.procedure) for line in drugs):
            continue
        yield Hit(
            administration,
            "SV101-2",
            f"96401 stands beside {codes_of(drugs)}, neither chemotherapy nor a complex biologic",
            f"bill {expected} instead of 96401",
            drugs,
        )
