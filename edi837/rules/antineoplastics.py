"""Antineoplastics that are no hormones, and complex biologics: what 96401 is for (RULES.md F08)."""

from __future__ import annotations

from edi837.reference import DrugLine

_CODES = frozenset(
    {"J1323", "J3055", "J9041", "J9144", "J9260", "J9277", "J9289", "J9311", "J9316", "J9321", "J9356", "J9380"}
)

METHOTREXATE = frozenset({"J9255", "J9260"})


def is_given_by_96401(facts: DrugLine) -> bool:
    """Whether the drug, given under the skin or into a muscle, can be billed with 96401."""
    return facts.code in _CODES or (facts.drug is not None and facts.drug.usual_admin == "96401")
