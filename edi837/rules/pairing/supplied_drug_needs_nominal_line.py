"""A03: a drug that somebody else supplied, charged for or left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from edi837.model import Claim, Payer, ServiceLine, Severity
from edi837.rules.base import DRUG, Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import DrugBilled, Encounter
from edi837.rules.supplied import claim_says_supplied, is_marked_supplied, may_speak_of_supply
from edi837.rules.unpaired import MISSING_DRUG, unpaired_injections
from edi837.rules.wording import dollars

_STATE_SUPPLIED = "SL"
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@rule(
    "A03",
    triggers={INJECTION, DRUG},
    needs={"word-of-supply", "supplied-mark"},
    severity=Severity.WARNING,
    severity_by_payer={"MB": Severity.ERROR},
    category="missing-component",
    predicts=(*MISSING_DRUG, "CO-96|CO-16+N773"),
    confidence="verified",
)
def supplied_drug_needs_nominal_line(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """A drug that somebody else supplied is charged for, or has no line at 0.01.

    Why: The payer needs the drug on the claim to pay its administration, and must not be charged for what
        the provider did not buy. A line at 0.00 is dropped by some systems on its way. Medicare pays the
        administration only of a drug that it would have covered.
    Fix: Bill the drug at 0.01 with its NDC beside the administration; an unclassified drug with name, dose
        and invoice price in SV101-7.
    Denied:
        SV1*HC:96372*35*UN*1***1~
        NTE*ADD*DRUG SUPPLIED BY SPECIALTY PHARMACY~
    Clean:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J2357*0.01*UN*30***1~
        NTE*ADD*DRUG SUPPLIED BY SPECIALTY PHARMACY~
    Source: NGS Medicare on patient-supplied drugs; CGS cope20933; BridgeSpan and Regence medication claims
        page (phantom charge of .01); Medicare Benefit Policy Manual ch. 15 60.1A; RARC N773.
    """
    if not may_speak_of_supply(encounter):
        return
    for claim, lines, drugs in _by_claim(encounter):
        marked = [drug for drug in drugs if is_marked_supplied(drug.line)]
        for drug in marked:
            yield from _check(drug, (), claim.payer)
        if claim_says_supplied(claim, lines, ctx.reference):
            own = {id(line) for line in lines}
            unpaired = [line for line in unpaired_injections(encounter) if id(line) in own]
            if unpaired and not encounter.injectables:
                for line in unpaired:
                    yield Hit(
                        line,
                        "SV101-2",
                        "the drug was supplied, and no drug line stands beside 96372",
                        "add the drug's line at 0.01 with its NDC",
                    )
            elif drugs and not unpaired and not marked:
                yield from _check_any(drugs, lines, claim.payer, ctx)


def _by_claim(encounter: Encounter) -> Iterator[tuple[Claim, Sequence[ServiceLine], list[DrugBilled]]]:
    """The claims with their own lines of the encounter and their drugs, without the JW lines."""
    drugs = [drug for drug in encounter.drugs if not drug.line.is_discarded]
    if len(encounter.claims) == 1:
        yield encounter.claims[0], encounter.lines, drugs
        return
    for claim in encounter.claims:
        own = {id(line) for line in claim.lines}
        yield (
            claim,
            [line for line in encounter.lines if id(line) in own],
            [drug for drug in drugs if id(drug.line) in own],
        )


def _check_any(drugs: Sequence[DrugBilled], lines: Sequence[ServiceLine], payer: Payer, ctx: Context) -> Iterator[Hit]:
    """What is wrong where the claim does not say which drug was supplied: one nominal line is enough."""
    nominal = [drug for drug in drugs if drug.line.is_nominal]
    if nominal:
        for drug in nominal:
            yield from _check(drug, (), payer)
    elif not any(
        ctx.reference.is_vaccine(line.procedure) and (line.is_nominal or _STATE_SUPPLIED in line.modifiers)
        for line in lines
    ):
        first, *others = drugs
        yield from _check(first, tuple(drug.line for drug in others), payer)


def _check(drug: DrugBilled, others: tuple[ServiceLine, ...], payer: Payer) -> Iterator[Hit]:
    """What is wrong with the line of a supplied drug; one of the `others` may be meant instead.

    Medicaid takes a state-supplied drug at 0.00, or with SL at any charge.
    """
    line = drug.line
    code = line.procedure
    is_medicaid = payer.payer_class == "MC"
    if not line.is_nominal:
        if not (is_medicaid and _STATE_SUPPLIED in line.modifiers):
            charges = ", ".join(f"{other.procedure} at {dollars(other.charge)}" for other in (line, *others))
            either = " or ".join(dict.fromkeys(other.procedure for other in (line, *others)))
            yield Hit(
                line,
                "SV102",
                f"the drug was supplied, and it is billed: {charges}",
                f"bill {either} at 0.01 with its NDC, or take back that it was supplied",
                others,
            )
        return
    if not line.charge and not is_medicaid:
        yield Hit(
            line,
            "SV102",
            f"the supplied drug {code} is billed at {dollars(line.charge)}, which some systems drop",
            f"bill {code} at 0.01",
            severity=Severity.WARNING,
        )
    # Without any text the line is D03's.
    if drug.facts.noc and (line.description or line.notes) and len(_NUMBER.findall(line.description)) < 2:
        yield Hit(
            line,
            "SV101-7",
            f"SV101-7 does not give dose and invoice price of the supplied drug {code}",
            "name the drug, its dose and its invoice price in SV101-7",
            severity=Severity.WARNING,
        )
