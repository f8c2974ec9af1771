"""Cuts the text of a remittance into claim payments and their services.

Payers repeat themselves: the procedure with its fee, its adjustments and remarks come again from claim to claim, with
another day and line control number. So these two are cut out of a service, and what is left can be looked up.
"""

from __future__ import annotations

try:
    from edi837.remits import _cut
except ImportError:  # not compiled
    _cut = None  # type: ignore[assignment]

ClaimText = tuple[int, int, int, str, str, list[str]]
"""Start and end of a claim payment in the text from CLP01 on, its segments, the CLP segment from CLP01 on, what stands
between that and the first service, and three texts for each service: from SVC01 on without the other two; what stands
between SVC and the first CAS behind it (the days); REF02 of REF*6R (the line control number) up to the segment's end.
Without a split in front. Neither named nor nested: objects that do not exist take no time."""


def cut(text: str, element: str, split: str) -> tuple[int, list[ClaimText]]:
    """Where the first claim payment begins, with the split in front of CLP, and the claim payments of a text.

    `split` stands between two segments and in front of the first.
    """
    found = _cut.cut(text, element, split) if _cut is not None else None
    return cut_by_tags(text, element, split) if found is None else found


def cut_by_tags(text: str, element: str, split: str) -> tuple[int, list[ClaimText]]:
    """What `cut` does, in Python: what it means, and what runs where nothing is compiled."""
    claim_tag, service_tag, cas_tag = (f"{split}{tag}{element}" for tag in ("CLP", "SVC", "CAS"))
    control_tag = f"{split}REF{element}6R{element}"
    above, *texts = text.split(claim_tag)
    claims: list[ClaimText] = []
    start = len(above) + len(claim_tag)
    for claim in texts:
        head, *pieces = claim.split(service_tag)
        own, _, behind = head.partition(split)
        services: list[str] = []
        for piece in pieces:
            front, _, control = piece.partition(control_tag)
            service, _, front = front.partition(split)
            days, cas, rest = front.partition(cas_tag)
            usual = f"{service}{cas}{rest}"
            if split in control:
                control, _, rest = control.partition(split)
                usual = f"{usual}{split}{rest}"
            services += (usual, days, control)
        end = start + len(claim)
        claims.append((start, end, claim.count(split) + 1, own, behind, services))
        start = end + len(claim_tag)
    return len(above), claims
