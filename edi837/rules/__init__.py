"""The rules: one file each in a family package, found by looking into the packages; there is no list to keep."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from importlib import import_module
from pkgutil import iter_modules

from edi837.errors import RuleDefinitionError
from edi837.rules.base import Rule

FAMILIES = (
    "pairing",
    "bundling",
    "units",
    "drug_codes",
    "diagnosis",
    "route",
    "place",
    "modifiers",
    "submission",
    "frequency",
)
"""The packages of the families A to J, in the order of their letters."""


def rules_version(rules: Sequence[Rule]) -> str:
    """A short name for a set of rules: it changes when a rule comes, goes or predicts something else."""
    digest = blake2b(digest_size=4)
    for rule in rules:
        digest.update(f"{rule.code} {rule.name} {rule.severity.value} {rule.predicts}\n".encode())
    return f"{len(rules)}-{digest.hexdigest()}"


@cache
def load_rules() -> tuple[Rule, ...]:
    """Every rule of the product, by code. Raises `RuleDefinitionError` for a code or name that two modules claim."""
    found: dict[str, Rule] = {}
    for family in FAMILIES:
        package = import_module(f"{__name__}.{family}")
        for module_info in iter_modules(package.__path__):
            module = import_module(f"{package.__name__}.{module_info.name}")
            rule = getattr(module, module_info.name, None)
            if not isinstance(rule, Rule):
                raise RuleDefinitionError(f"{module.__name__} must define the rule {module_info.name}")
            if rule.code in found:
                raise RuleDefinitionError(f"rule {rule.code} is defined by {rule.name} and by {found[rule.code].name}")
            found[rule.code] = rule
    return tuple(found[code] for code in sorted(found))
