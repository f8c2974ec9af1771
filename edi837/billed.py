"""What the line of a finding bills, for reports that show it: taken from its claim while that is at hand."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from edi837.check import ClaimVerdict, RegionChecker
from edi837.model import BilledFinding, Claim, Finding


def billed(finding: Finding, claim: Claim) -> BilledFinding:
    """The finding with the procedure, modifiers and units of its line, the first with its number and charge."""
    own = (line for line in claim.lines if line.number == finding.line and line.charge == finding.charge)
    line = None if finding.line is None else next(own, None)
    return BilledFinding(
        **structs.asdict(finding),
        claim_offset=claim.offset,
        procedure=line.procedure if line else "",
        modifiers=line.modifiers if line else (),
        units=line.units if line else None,
    )


class BilledChecker(RegionChecker):
    """A second pass whose findings are each a `BilledFinding`."""

    def visit(self, file_number: int, region_number: int) -> Iterator[ClaimVerdict]:
        """The claims of one region that need a look, in input order, with their findings."""
        for verdict in super().visit(file_number, region_number):
            yield verdict._replace(findings=[billed(finding, verdict.claim) for finding in verdict.findings])
