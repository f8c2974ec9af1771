"""The documentation of the rules, from their decorators and docstrings: docs/rules/*.md and the table in README.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from edi837.denials.signatures import parse_signature
from edi837.model import Severity
from edi837.reference import Reference
from edi837.rules import FAMILIES, load_rules
from edi837.rules.base import DRUG, Reach, Rule
from edi837.settings import KEYS

BY = "<!-- Written by scripts/generate_docs.py from the rule itself. -->"

_PAYERS: Mapping[str, str] = MappingProxyType(
    {
        "MB": "Medicare Part B",
        "MA": "Medicare Part A",
        "16": "Medicare health plans",
        "MC": "Medicaid",
        "BL": "Blue plans",
        "CI": "commercial insurance",
        "HM": "HMOs",
        "commercial": "commercial and other payers",
    }
)
_FAMILY_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "pairing": "administration and drug",
        "bundling": "bundling, modifiers 25 and 59",
        "units": "units and charges",
        "drug_codes": "drug codes and NDC",
        "diagnosis": "diagnoses",
        "route": "route and administration code",
        "place": "place of service and authorization",
        "modifiers": "modifiers of drugs and injections",
        "submission": "the claim as sent",
        "frequency": "frequency",
    }
)
_REACHES: Mapping[Reach, str] = MappingProxyType(
    {
        "line": "on the same line",
        "involving": "wherever they involve the line",
        "encounter": "in the whole encounter",
    }
)
_TITLES = "| rule | name | finds | severity |\n|---|---|---|---|"
_TABLE = re.compile(r"(<!-- rules -->\n).*?(<!-- end of the rules -->)", re.DOTALL)


def with_rule_table(text: str) -> str:
    """The README with the table of the rules between its marks."""
    return _TABLE.sub(lambda match: match[1] + rule_table("docs/rules/") + match[2], text)


def rule_table(folder: str) -> str:
    """The table of all rules; the codes lead to the pages in the folder."""
    return "\n".join([_TITLES, *(_row(rule, folder) for rule in load_rules())]) + "\n"


def _row(rule: Rule, folder: str) -> str:
    """Code, name, summary and severity of a rule."""
    link = f"[{rule.code}]({folder}{rule.code}.md)"
    return f"| {link} | {rule.name} | {_cell(rule.help.summary)} | {_short_severity(rule)} |"


def rule_pages(reference: Reference) -> dict[str, str]:
    """The pages of docs/rules by file name, the index first."""
    rules = load_rules()
    return {"README.md": _index(rules), **{f"{rule.code}.md": page(rule, reference) for rule in rules}}


def _index(rules: Sequence[Rule]) -> str:
    previews = ", ".join(f"[{rule.code}]({rule.code}.md)" for rule in rules if rule.status == "preview")
    parts = [
        f"# The rules\n\n{BY}\n",
        f"There are {len(rules)} rules. A finding has the severity that its rule has for the payer of the claim; the "
        "settings can give it another. Rules in preview run only with `--preview` or where they are selected by code "
        f"or name: {previews or 'there are none'}.\n",
    ]
    titles = dict(zip("ABCDEFGHIJ", FAMILIES, strict=True))
    for letter, family in groupby(rules, key=lambda rule: rule.code[0]):
        parts.append(f"## {letter}: {_FAMILY_TITLES[titles[letter]]}\n")
        parts += [_TITLES, *(_row(rule, "") for rule in family)]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def page(rule: Rule, reference: Reference) -> str:
    """The page of one rule."""
    parts = [f"# {rule.code} {rule.name}\n\n{BY}\n", f"{rule.help.summary}\n"]
    if rule.status == "preview":
        parts.append("In preview: it runs only with `--preview` or where it is selected by code or name.\n")
    parts += ["## Severity\n", "| payer | severity |\n|---|---|", *_severities(rule), ""]
    parts += ["## Why\n", f"{rule.help.why}\n", "## What to do\n", f"{rule.help.fix}\n"]
    parts += ["## What the payer answers\n", *_answers(rule, reference)]
    parts += ["## Examples\n", f"Denied:\n\n```text\n{rule.help.denied}\n```\n"]
    parts += [f"Clean:\n\n```text\n{rule.help.clean}\n```\n"]
    parts += ["## When it runs\n", *_conditions(rule), ""]
    if rule.options:
        parts += [
            f"## Options\n\nUnder `[rules.{rule.code}]` in `edi837.toml`:\n",
            "| option | default |\n|---|---|",
            *(f"| `{name}` | {_value(value)} |" for name, value in sorted(rule.options.items())),
            "",
        ]
    if rule.policies:
        parts += [
            "## Payer policies\n\nWhat a payer's policy in the settings can change:\n",
            "| key | meaning |\n|---|---|",
            *(f"| `{key}` | {_cell(KEYS[key].says)} |" for key in rule.policies),
            "",
        ]
    parts += ["## Source\n", f"{rule.help.source}\n", f"Confidence: {rule.confidence}.\n"]
    return "\n".join(parts).rstrip() + "\n"


def _severities(rule: Rule) -> list[str]:
    rows = [f"| {_PAYERS.get(payer, payer)} | {_off(severity)} |" for payer, severity in rule.severity_by_payer.items()]
    everybody = "every other payer" if rows else "every payer"
    return [*rows, f"| {everybody} | {_off(rule.severity)} |"]


def _off(severity: Severity) -> str:
    return "says nothing" if severity is Severity.OFF else severity.value


def _short_severity(rule: Rule) -> str:
    """The severity for a table: that of Medicare and that of others, where the two differ by more than a payer."""
    by_payer = rule.severity_by_payer
    parts = [f"{rule.severity.value}"]
    silent = {payer for payer, severity in by_payer.items() if severity is Severity.OFF}
    if {"16", "MC", "commercial"} <= silent:
        parts.append("Medicare only")
    elif {"MC", "commercial"} <= silent:
        parts.append("Medicare and its health plans only")
    elif {"MB", "MA"} <= silent:
        parts.append("not Medicare")
    parts += [
        f"{severity.value} for {_PAYERS.get(payer, payer)}"
        for payer, severity in by_payer.items()
        if severity not in (Severity.OFF, rule.severity)
    ]
    return "; ".join(parts) + (" (preview)" if rule.status == "preview" else "")


def _answers(rule: Rule, reference: Reference) -> list[str]:
    if not rule.predicts:
        return ["No denial of its own is predicted.\n"]
    parts = [*(f"* {_in_words(signature)}" for signature in rule.predicts), ""]
    reasons: dict[str, None] = {}
    remarks: dict[str, None] = {}
    for signature in rule.predicts:
        for alternative in parse_signature(signature):
            reasons |= dict.fromkeys(sorted(alternative.reasons))
            remarks |= dict.fromkeys(sorted(code for each in alternative.remarks for code in each))
    meanings = [(f"CARC {code}", carc.meaning) for code in reasons if (carc := reference.carc(code))]
    meanings += [(f"RARC {code}", rarc.meaning) for code in remarks if (rarc := reference.rarc(code))]
    if meanings:
        parts += [
            "| code | meaning, in our words |\n|---|---|",
            *(f"| {code} | {_cell(text)} |" for code, text in meanings),
            "",
        ]
    return parts


def _in_words(signature: str) -> str:
    """CO-97|CO-236+M15|N19 is CO-97 or CO-236 with remark M15 or N19."""
    reasons, _, remarks = signature.partition("+")
    words = reasons.replace("|", " or ")
    return f"{words} with remark {remarks.replace('|', ' or ')}" if remarks else words


def _conditions(rule: Rule) -> list[str]:
    parts = [f"* An encounter has one of: {_codes(rule.triggers)}."]
    if rule.beside:
        parts.append(f"* Beside it stands one of: {_codes(rule.beside)}.")
    if rule.needs:
        parts.append(f"* It is looked at only where the encounter shows: {_features(rule.needs)}.")
    if rule.unless:
        parts.append(f"* It is left out where the encounter shows: {_features(rule.unless)}.")
    if rule.skips_adjudicated:
        parts.append("* A line that another payer has decided (2430), on a secondary claim, is left alone.")
    for reach, codes in rule.suppresses.items():
        parts.append(f"* Its finding stands for those of {_rules(codes)} {_REACHES[reach]}.")
    return parts


def _features(names: Iterable[str]) -> str:
    return " or ".join(f"`{name}`" for name in sorted(names))


def _rules(codes: Iterable[str]) -> str:
    named = [code if len(code) > 1 else f"family {code}" for code in sorted(codes)]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _codes(codes: Iterable[str]) -> str:
    """Procedure codes with runs of three and more as spans; DRUG in words."""
    ordered = sorted(code for code in codes if code != DRUG)
    numbered = [(code[:-4], int(code[-4:])) if code[-4:].isdigit() else (code, -1) for code in ordered]
    parts: list[str] = []
    start = 0
    while start < len(ordered):
        end = start
        while (
            end + 1 < len(ordered)
            and numbered[end][1] >= 0
            and numbered[end + 1]
            == (
                numbered[end][0],
                numbered[end][1] + 1,
            )
        ):
            end += 1
        parts += [f"{ordered[start]} to {ordered[end]}"] if end - start > 1 else ordered[start : end + 1]
        start = end + 1
    return ", ".join([*parts, *(["any drug line"] if DRUG in codes else [])])


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value) or "none"
    return f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
