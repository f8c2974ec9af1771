"""Reference tables for a person: the list of editions, the page of a code, what `verify` found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from textwrap import wrap

from edi837.reference.describe import CodeReport
from edi837.reference.dosing import NdcRow
from edi837.reference.drugs import Drug, Succession
from edi837.reference.editions import Edition
from edi837.reference.edits import Mue, Pair
from edi837.reference.hcpcs import HcpcsCode
from edi837.reference.inventory import Answer, TableEntry
from edi837.reporters.base import counted

_WIDTH = 120
_LABEL = 14
_MOST = 12
"""NDCs and diagnoses that a page shows; JSON has them all."""


def table_lines(entries: Sequence[TableEntry]) -> list[str]:
    """The editions in columns."""
    rows = [("TABLE", "EDITION", "FROM", "TO", "ROWS", "SOURCE")]
    for entry in entries:
        name = f"{entry.payer} {entry.edition}".strip()
        kind = "imported" if entry.imported else "built-in"
        source = f"{kind}: {entry.source}" if entry.imported else kind
        rows.append(
            (entry.table, name, str(entry.valid_from), _until(entry.valid_to), f"{entry.rows:,}", source),
        )
    return _columns(rows, right={4})


def verify_lines(looks: Sequence[tuple[str, Edition | None, str]], answers: Sequence[Answer], on: date) -> list[str]:
    """Each imported edition with its fault, and what answers on the day."""
    lines = []
    for manifest, edition, fault in looks:
        what = f"{edition.kind} {edition.edition}, {edition.rows:,} rows" if edition else "damaged"
        lines.append(f"{manifest}: {what}: {fault or 'ok'}")
    if not looks:
        lines.append("no edition is imported")
    rows = []
    for answer in answers:
        name = f"{answer.payer} {answer.edition}".strip() or "none"
        kind = ("imported" if answer.imported else "built-in") if answer.edition else ""
        if not answer.edition:
            word = f"no table: import a file of kind {answer.kind}"
        elif answer.out_of_date:
            word = f"out of date since {answer.valid_to}: import a later file of kind {answer.kind}"
        else:
            word = f"for dates of service to {answer.valid_to}" if answer.valid_to else "for all dates of service since"
        rows.append((answer.table, name, kind, word))
    return [*lines, "", f"For claims of {on} answer", *_columns(rows)]


def code_page(report: CodeReport) -> list[str]:
    """All that is known of a code, a paragraph a table."""
    lines = [f"{report.code} on {report.on}" + (f" for payer {report.payer}" if report.payer else "")]
    add = _Page(lines)
    if report.hcpcs:
        add("HCPCS", _hcpcs(report.hcpcs), report.hcpcs.source)
    if report.drug:
        add("Drug", _drug(report.drug), report.drug.source)
    if report.visit:
        visit = report.visit
        add("Visit", f"{visit.family}; beside 96372 denies: {visit.denies}", visit.source)
    if report.mue:
        add("MUE", _mue(report.mue), report.mue.edition)
    if report.mue_medicaid:
        add("MUE Medicaid", _mue(report.mue_medicaid), report.mue_medicaid.edition)
    for pair in report.pairs:
        add("NCCI pair", _pair(pair), pair.edition)
    for row in report.ndc[:_MOST]:
        add("NDC", _ndc(row), row.source)
    if len(report.ndc) > _MOST:
        add("", f"and {len(report.ndc) - _MOST} more (--format json has them all)")
    if report.succession:
        add("Successor", _succession(report.succession), report.succession.source)
    for before in report.predecessors:
        add("Predecessor", _predecessor(before), before.source)
    _add_doses(report, add)
    _add_diagnoses(report, add)
    lines += ["", "Sources"]
    for key, source in report.sources.items():
        lines += wrap(f"{key}: {source.citation}", _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return lines


class _Page:
    """Adds paragraphs with a label in front and the key of their source behind; a label is said once."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._label = ""

    def __call__(self, label: str, text: str, source: str = "") -> None:
        shown = "" if label == self._label else label
        self._label = label or self._label
        body = f"{text} [{source}]" if source else text
        self._lines += wrap(body, _WIDTH, initial_indent=f"{shown:<{_LABEL}}", subsequent_indent=" " * (_LABEL + 2))


def _add_doses(report: CodeReport, add: _Page) -> None:
    if report.typical_units:
        units = report.typical_units
        odd = f"; suspicious: {_numbers(units.suspicious)}" if units.suspicious else ""
        add("Usual units", f"{_plain(units.minimum)} to {_plain(units.maximum)}{odd}", units.source)
    for interval in report.intervals:
        text = f"{interval.days} days at least ({interval.condition}): {interval.schedule}"
        add("Interval", text, interval.source)


def _add_diagnoses(report: CodeReport, add: _Page) -> None:
    policies: dict[tuple[str, str, str], list[str]] = {}
    for row in report.diagnosis_policies:
        policies.setdefault((row.policy, row.effect, row.source), []).append(row.diagnosis)
    for (policy, effect, source), diagnoses in policies.items():
        some = ", ".join(dict.fromkeys(diagnoses[:_MOST])) + (" ..." if len(diagnoses) > _MOST else "")
        add("Diagnoses", f"{policy}, {effect}: {some}", source)
    if report.diagnosis:
        word = "may be billed" if report.diagnosis.billable else "a heading: a longer code is to be billed"
        add("Diagnosis", word)
    if report.manifestation:
        causes = ", ".join(report.manifestation.causes)
        text = f"never first; before it {causes}" if causes else "never first"
        add("Manifestation", text, report.manifestation.source)


def _hcpcs(row: HcpcsCode) -> str:
    until = f"to {row.ended}" if row.ended else "in use"
    return f"{row.long} ({row.added} {until}; last change {row.effective}, action {row.action})"


def _drug(drug: Drug) -> str:
    dose = f"{drug.unit_basis} {_plain(drug.dose_per_unit)} {drug.unit}" if drug.dose_per_unit else "dose not known"
    since = f"since {drug.effective_from}" if drug.effective_from else "since a day not known"
    until = f" to {drug.effective_to}" if drug.effective_to else ""
    parts = [drug.substance, dose, f"routes {' '.join(sorted(drug.routes))}", f"{since}{until}"]
    if drug.single_dose:
        parts.append(f"single-dose containers: {drug.single_dose}")
    if drug.usual_admin:
        parts.append(f"usually given by {drug.usual_admin}")
    return "; ".join(parts)


def _mue(limit: Mue) -> str:
    if limit.units == 0:
        return "0: never paid on a professional claim"
    span = "a line" if limit.mai == 1 else "a day"
    return f"{counted(limit.units, 'unit')} {span}" + (f" (MAI {limit.mai})" if limit.mai else "")


def _pair(pair: Pair) -> str:
    word = "a modifier may clear it" if pair.indicator == 1 else "no modifier clears it"
    since = f" since {pair.effective}" if pair.effective else ""
    until = f" to {pair.deletion}" if pair.deletion else ""
    return f"column 1 {pair.column1}, column 2 {pair.column2} denies, {word}{since}{until}: {pair.rationale}"


def _ndc(row: NdcRow) -> str:
    each = f"{_plain(row.billunits_per_item)} in an item, {_plain(row.hcpcs_units_per_ndc_unit)} in a mL or vial"
    return f"{row.ndc11}, units of {row.hcpcs}: {each}"


def _succession(succession: Succession) -> str:
    if not succession.new:
        return f"{succession.old} ended on {succession.old_last} without a successor"
    also = f" (or {', '.join(succession.also)})" if succession.also else ""
    factor = f", {_plain(succession.factor)} units for one" if succession.factor else ""
    return f"{succession.new}{also} after {succession.old}, from {succession.new_first}{factor}"


def _predecessor(succession: Succession) -> str:
    factor = f", {_plain(succession.factor)} units of {succession.new} for one" if succession.factor else ""
    return f"{succession.old} until {succession.old_last}{factor}"


def _until(day: date | None) -> str:
    return str(day) if day else "open"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _numbers(numbers: Iterable[Decimal]) -> str:
    return ", ".join(map(_plain, sorted(numbers)))


def _columns(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
