"""Everything that the reference tables know of one code on one day, with the source of each."""

from __future__ import annotations

from datetime import date

import msgspec

from edi837.reference.codes import EvaluationManagement, Source
from edi837.reference.diagnoses import DiagnosisCode, Manifestation
from edi837.reference.dosing import DrugInterval, NdcRow, TypicalUnits
from edi837.reference.drugs import Drug, Succession
from edi837.reference.edits import MEDICAID, Mue, Pair
from edi837.reference.hcpcs import HcpcsCode
from edi837.reference.lookup import Reference
from edi837.reference.policies import DiagnosisPolicy

INJECTION = "96372"
_NOT_MEDICAID = ""


class CodeReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a procedure or drug code, an NDC or a diagnosis on a day; what is not known is left out."""

    code: str
    on: date
    payer: str = ""
    hcpcs: HcpcsCode | None = None
    drug: Drug | None = None
    visit: EvaluationManagement | None = None
    mue: Mue | None = None
    """The unit limit for Medicare and all who follow it, or the payer's own."""
    mue_medicaid: Mue | None = None
    """Where it differs."""
    pairs: tuple[Pair, ...] = ()
    """The active NCCI pairs with 96372."""
    ndc: tuple[NdcRow, ...] = ()
    succession: Succession | None = None
    predecessors: tuple[Succession, ...] = ()
    typical_units: TypicalUnits | None = None
    intervals: tuple[DrugInterval, ...] = ()
    diagnosis_policies: tuple[DiagnosisPolicy, ...] = ()
    diagnosis: DiagnosisCode | None = None
    manifestation: Manifestation | None = None
    sources: dict[str, Source] = {}
    """By the keys that the rows above name in `source` and `edition`."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the code."""
        return not self.sources and self.diagnosis is None


def describe(reference: Reference, code: str, on: date, payer: str = "") -> CodeReport:
    """What the tables of a day say of a code, as it was typed: `j1885`, `00338-0072-25`, `M81.0`."""
    code = normal(code)
    view = reference.as_of(on, payer)
    mue, medicaid = view.mue(code, _NOT_MEDICAID, on), view.mue(code, MEDICAID, on)
    pairs = () if code == INJECTION else (view.pair(INJECTION, code, on), view.pair(code, INJECTION, on))
    diagnosis = view.diagnosis_code(code, on)
    report = CodeReport(
        code=code,
        on=on,
        payer=payer,
        hcpcs=view.hcpcs(code),
        drug=view.drug(code),
        visit=view.em(code),
        mue=mue,
        mue_medicaid=medicaid if medicaid and (mue is None or medicaid.units != mue.units) else None,
        pairs=tuple(pair for pair in pairs if pair is not None),
        ndc=view.ndc(code) or view.packages(code),
        succession=view.succession(code),
        predecessors=view.predecessors(code),
        typical_units=view.typical_units(code),
        intervals=view.intervals(code),
        diagnosis_policies=view.diagnosis_policies(code),
        diagnosis=diagnosis if diagnosis and diagnosis.listed else None,
        manifestation=view.manifestation(code),
    )
    return msgspec.structs.replace(report, sources=_sources(report, view))


def normal(code: str) -> str:
    """A code as claims have it: capitals, an NDC without hyphens, a diagnosis without its point."""
    code = code.strip().upper()
    parts = code.split("-")
    if [len(part) for part in parts] == [5, 4, 2]:
        return "".join(parts)
    return code.replace(".", "", 1)


def _sources(report: CodeReport, view: Reference) -> dict[str, Source]:
    rows: list[object] = [
        *(
            report.hcpcs,
            report.drug,
            report.visit,
            report.mue,
            report.mue_medicaid,
            report.succession,
            report.typical_units,
        ),
        *(report.manifestation, *report.pairs, *report.ndc, *report.predecessors, *report.intervals),
        *report.diagnosis_policies,
    ]
    named = [getattr(row, "source", None) or getattr(row, "edition", "") for row in rows if row is not None]
    codes = view.edition_of("icd10")
    if report.diagnosis is not None and codes is not None:
        named.append(codes.key)
    keys = dict.fromkeys(part for text in named for part in str(text).split(";"))
    return {key: source for key in keys if (source := view.source(key)) is not None}
