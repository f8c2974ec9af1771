"""Claims and payments for the tests of denials, from a few segments, and what is made of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import remit_cases
import rule_cases
from msgspec import structs

from edi837.claims.parse import ClaimReader
from edi837.claims.starts import UNIT_BOUNDARY
from edi837.claims.units import find_units, refuse_other_than_professional_claims
from edi837.denials.adjudication import adjudicate
from edi837.denials.attribute import Attribution, Attributor, Neighbour
from edi837.denials.decide import outcome
from edi837.denials.outcome import ClaimOutcome
from edi837.denials.reasons import Reasons
from edi837.model import Claim, Finding, Partner, Severity
from edi837.payments import ClaimPayment
from edi837.reference import Reference
from edi837.x12.envelope import EnvelopeReader

PAIRS = Path(__file__).resolve().parent.parent / "fixtures" / "pairs"
REFERENCE = Reference.builtin()
REASONS = Reasons(REFERENCE)
ATTRIBUTOR = Attributor(REASONS)

VISIT = "SV1*HC:99213*120*UN*1***1~ REF*6R*1A~ "
SHOT = "SV1*HC:96372*35*UN*1***1~ REF*6R*1B~ "
DRUG = "SV1*HC:J1050*90*UN*150***1~ REF*6R*1C~ "


def claims_of(segments: str) -> list[Claim]:
    """The claims that the segments of a case make (see `rule_cases`)."""
    data = rule_cases.interchange(segments)
    envelope = EnvelopeReader("test.837", refuse_other_than_professional_claims, UNIT_BOUNDARY)
    reader = ClaimReader("test.837")
    claims: list[Claim] = []
    for region in [*envelope.feed(data), *envelope.close()]:
        units = find_units(region, None)
        raw = data[region.offset + region.start : region.offset + region.end]
        for _, unit in units.units(raw, 0, units.triggered, b""):
            claims += reader.claims(unit)
    return claims


def claim_of(segments: str) -> Claim:
    """The only claim that the segments make."""
    [claim] = claims_of(segments)
    return claim


def bare(claim: Claim) -> Claim:
    """The claim of a sender that numbers no lines (REF*6R)."""
    lines = tuple(structs.replace(line, line_control_number=None) for line in claim.lines)
    return structs.replace(claim, lines=lines)


def header(day: str = "20260402", trace: str = "EFT1", payer: str = "EXAMPLE PAYER", number: str = "00001") -> str:
    """What stands above the claim payments of a transaction set."""
    return (
        f"BPR*I*0*C*ACH************{day}~ TRN*1*{trace}*1999999999~ N1*PR*{payer}*XV*{number}~ "
        "N1*PE*EXAMPLE CLINIC*XX*1234567893~ LX*1~ "
    )


def clp(
    claim: str = "CLAIM1",
    charge: str = "155",
    paid: str = "0",
    *,
    status: str = "1",
    control: str = "ICN1",
    frequency: str = "1",
    member: str = "MEMBER0001",
    more: str = "",
) -> str:
    """A CLP segment with the patient's NM1 behind it; `more` stands between them."""
    return (
        f"CLP*{claim}*{status}*{charge}*{paid}**MB*{control}*11*{frequency}~ {more}NM1*QC*1*DOE*JANE****MI*{member}~ "
    )


def payments_of(*sets: str) -> list[ClaimPayment]:
    """The claim payments of some transaction sets, each with its header."""
    return remit_cases.read(remit_cases.interchange(*sets)).payments


def payments(segments: str, **above: str) -> list[ClaimPayment]:
    """The claim payments of one transaction set, given without its header."""
    return payments_of(header(**above) + segments)


def told(claim: Claim, answers: list[ClaimPayment]) -> ClaimOutcome:
    """What became of a claim."""
    return outcome(claim, adjudicate(claim, answers), REASONS)


def statuses(result: ClaimOutcome) -> list[str]:
    return [line.status for line in result.lines]


def steps(result: ClaimOutcome) -> list[str | None]:
    return [line.matched_by for line in result.lines]


class Hit(NamedTuple):
    """A finding in a word: rule, line, severity, what it predicts, its category and its partners' lines."""

    code: str
    line: str | None
    predicts: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR
    category: str = "bundling-modifier"
    partners: tuple[str, ...] = ()
    claim: str = "CLAIM1"
    partner_claim: str = ""
    payer: str = "00001"


def finding(hit: Hit, claim: Claim) -> Finding:
    """The finding of a hit on a claim."""
    return Finding(
        code=hit.code,
        name="made-up",
        severity=hit.severity,
        category=hit.category,
        claim=hit.claim,
        line=hit.line,
        loop="2400",
        element="SV101-2",
        file="test.837",
        interchange="1",
        transaction="1",
        segment=1,
        file_segment=1,
        offset=0,
        length=0,
        payer=hit.payer,
        service_date=claim.lines[0].service_date,
        charge=Decimal(0),
        message="made up",
        fix="",
        predicts=hit.predicts,
        partners=tuple(Partner(hit.partner_claim or hit.claim, line) for line in hit.partners),
        fingerprint="",
    )


def attributed(
    result: ClaimOutcome,
    *hits: Hit,
    neighbours: tuple[tuple[ClaimOutcome, tuple[Hit, ...]], ...] = (),
    replaced: bool = False,
) -> list[Attribution]:
    """What the hits have to say about the lines of a claim."""
    around = [Neighbour(other, [finding(hit, other.claim) for hit in theirs]) for other, theirs in neighbours]
    own = [finding(hit, result.claim) for hit in hits]
    return ATTRIBUTOR.attribute(result, own, around, replaced=replaced)


def labels(found: list[Attribution]) -> list[tuple[str | None, str | None]]:
    return [(item.label, item.rule) for item in found]
