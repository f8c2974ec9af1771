"""What payers ask for: diagnoses of a drug, own policies, administration codes by product; named plans."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal

import msgspec

from edi837.reference.tables import Reader, amount, items, rows


class DiagnosisPolicy(msgspec.Struct, frozen=True, gc=False):
    """One diagnosis pattern of one policy for one drug. Table drug_dx_policy (mostly knowledge).

    Rows of the same code, policy and group are alternatives; `also`, units and modifiers must be met as well.
    """

    code: str
    payer_scope: str
    policy: str
    effect: str
    """`covered` or `noncovered`."""
    group: str
    diagnosis: str
    """An ICD-10-CM pattern, as `matches` reads it."""
    also: tuple[str, ...]
    """Patterns one of which must be among the diagnoses too; none where nothing else is needed."""
    units_min: Decimal | None
    """The least HCPCS units that the row is for; None for any."""
    units_max: Decimal | None
    """The most HCPCS units that the row is for; None for any."""
    modifiers: tuple[str, ...]
    """Modifiers one of which the line must carry for the row to count; none for any line."""
    note: str
    source: str


class PayerPolicy(msgspec.Struct, frozen=True, gc=False):
    """One requirement of one payer, in own words. Table payer_policies."""

    id: str
    payer: str
    hint: str
    """How to know the payer in a claim, in words; empty where there is no sure way."""
    rules: tuple[str, ...]
    """The rules that the requirement is about; `B09-B15` is a span of them."""
    requirement: str
    effective: str
    """Since when, or which edition of the policy, in words."""
    confidence: str
    source: str


class AdministrationClass(msgspec.Struct, frozen=True, gc=False):
    """A class of products and the administration codes it calls for, in words. Table admin_code_map."""

    product_class: str
    members: str
    expected: str
    wrong: str
    source: str


def matches(pattern: str, diagnosis: str) -> bool:
    """Whether a diagnosis (no dot, capitals) fits a pattern, in which * stands for any characters or none."""
    begin, star, end = pattern.partition("*")
    if not star:
        return diagnosis == pattern
    return len(diagnosis) >= len(begin) + len(end) and diagnosis.startswith(begin) and diagnosis.endswith(end)


# Payer names are few in real claims and unlimited in broken ones: the memory of them has an end.
_REMEMBERED = 1024


class PlanIndex:
    """The plans that rules name, by the name of the payer. Table plans."""

    def __init__(self, read: Reader) -> None:
        self._patterns = [
            (plan, re.compile(pattern)) for plan, pattern, _ in rows(read, "plans", "plan,pattern,source")
        ]
        self.keys = tuple(plan for plan, _ in self._patterns)
        self._known: dict[str, str | None] = {}

    def find(self, payer_name: str) -> str | None:
        """The key of the plan, None for a payer that no rule names."""
        try:
            return self._known[payer_name]
        except KeyError:
            pass
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        words = re.sub(r"[^A-Z0-9]+", " ", payer_name.upper())
        plan = next((plan for plan, pattern in self._patterns if pattern.search(words)), None)
        self._known[payer_name] = plan
        return plan


def load_diagnosis_policies(read: Reader) -> dict[str, tuple[DiagnosisPolicy, ...]]:
    """The diagnosis policies by drug code, in the order of the table."""
    columns = "hcpcs,payer_scope,policy,effect,group,diagnosis,also,units_min,units_max,modifiers,note,source"
    by_code: dict[str, list[DiagnosisPolicy]] = defaultdict(list)
    for code, scope, policy, effect, group, diagnosis, also, least, most, modifiers, note, source in rows(
        read, "drug_dx_policy", columns
    ):
        by_code[code].append(
            DiagnosisPolicy(
                code,
                scope,
                policy,
                effect,
                group,
                diagnosis,
                items(also),
                amount(least),
                amount(most),
                items(modifiers),
                note,
                source,
            )
        )
    return {code: tuple(policies) for code, policies in by_code.items()}


def load_payer_policies(read: Reader) -> tuple[PayerPolicy, ...]:
    """The payers' policies, by id."""
    columns = "id,payer,hint,rules,requirement,effective,confidence,source"
    return tuple(
        PayerPolicy(id_, payer, hint, tuple(rules.split(",")), requirement, effective, confidence, source)
        for id_, payer, hint, rules, requirement, effective, confidence, source in rows(
            read, "payer_policies", columns
        )
    )


def load_administration_classes(read: Reader) -> tuple[AdministrationClass, ...]:
    """The classes of products, by name."""
    columns = "product_class,members,expected,wrong,source"
    return tuple(AdministrationClass(*row) for row in rows(read, "admin_code_map", columns))
