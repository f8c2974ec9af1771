#!/usr/bin/env python3
"""Writes the two files of a new rule: `python scripts/new_rule.py B11 port-flush-beside-injection --family bundling`.

The files are edi837/rules/FAMILY/NAME.py and fixtures/rules/CODE.toml. The rule has the form that the loader wants and
finds nothing yet, so `pytest tests/test_rules.py -k CODE` fails until it is written. Nothing is overwritten.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from edi837.rules import FAMILIES, load_rules

ROOT = Path(__file__).resolve().parent.parent

_CATEGORIES = {
    "pairing": "missing-component",
    "bundling": "bundling-modifier",
    "units": "units-frequency",
    "drug_codes": "code-ndc",
    "diagnosis": "diagnosis",
    "route": "route-admin-code",
    "place": "pos-auth",
    "modifiers": "modifier-policy",
    "submission": "technical",
    "frequency": "frequency",
}

_RULE = '''"""{code}: {words}."""

from __future__ import annotations

from collections.abc import Iterator

from edi837.model import Severity
from edi837.rules.base import Context, Hit, rule
from edi837.rules.codes import INJECTION
from edi837.rules.encounter import Encounter


@rule(
    "{code}",
    triggers={{INJECTION}},
    severity=Severity.WARNING,
    category="{category}",
    predicts=(),
    status="preview",
    confidence="knowledge",
)
def {function}(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """{summary}.

    Why: What the payer objects to.
    Fix: What the biller does about it.
    Denied:
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:96372*35*UN*1***1~
        SV1*HC:J1885*8*UN*2***1~
    Source: Where the payer says so.
    """
    yield from ()
'''

_FIXTURE = '''# The awkward cases of {code} {name}: exceptions, traps, neighbours, dates before and after, payers.
# `expect` has the findings of this rule, "LINE severity" each; tests/rule_cases.py says what segments may be left out.

[[case]]
name = "the defect in its plainest form"
segments = """
SV1*HC:96372*35*UN*1***1~
"""
expect = ["1 warning"]

[[case]]
name = "the nearest claim without it"
segments = """
SV1*HC:96372*35*UN*1***1~
SV1*HC:J1885*8*UN*2***1~
"""
expect = []
'''


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Writes the files below `root`; 0 if they were written, 2 (with a line on stderr) if nothing was."""
    parser = argparse.ArgumentParser(description="Write the files of a new rule.")
    parser.add_argument("code", help="a free code: the family's letter and two digits, such as B11")
    parser.add_argument("name", help="the defect in lower case with hyphens, such as port-flush-beside-injection")
    parser.add_argument("--family", choices=FAMILIES, required=True)
    given = parser.parse_args(arguments)
    fault = _fault(given.code, given.name, given.family)
    module = root / "edi837" / "rules" / given.family / f"{given.name.replace('-', '_')}.py"
    fixture = root / "fixtures" / "rules" / f"{given.code}.toml"
    for path in (module, fixture):
        if path.exists():
            fault = fault or f"{path.relative_to(root)} exists"
    if fault:
        print(f"new_rule: {fault}", file=sys.stderr)
        return 2
    words = given.name.replace("-", " ")
    fields = {
        "code": given.code,
        "name": given.name,
        "function": given.name.replace("-", "_"),
        "words": words,
        "summary": words.capitalize(),
        "category": _CATEGORIES[given.family],
    }
    for path, template in ((module, _RULE), (fixture, _FIXTURE)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template.format(**fields), "utf-8")
        print(path.relative_to(root))
    return 0


def _fault(code: str, name: str, family: str) -> str:
    """Why there can be no such rule; empty if there can."""
    letter = chr(ord("A") + FAMILIES.index(family))
    if not re.fullmatch(r"[A-Z]\d{2}", code):
        return f"the code {code} is not a capital and two digits"
    if code[0] != letter:
        return f"the codes of the family {family} begin with {letter}"
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        return f"the name {name} is not in lower case with hyphens, beginning with a letter"
    for rule in load_rules():
        if rule.code == code or rule.name == name:
            return f"{rule.code} {rule.name} exists"
    return ""


if __name__ == "__main__":
    sys.exit(main())
