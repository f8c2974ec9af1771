"""`Reference`: every table behind one door, each read at its first use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, cached_property
from types import MappingProxyType

from edi837.reference import codes, dosing, drugs, edits, policies
from edi837.reference.tables import Reader, packaged, rows


class Reference:
    """The reference tables: frozen values, and None or nothing for what a table does not hold.

    A table is read at the first question that needs it, and kept. Codes are in capitals, as claims have them.
    """

    def __init__(self, read: Reader) -> None:
        """`read` gives the bytes of a table file by name; `builtin` reads the packaged ones."""
        self._read = read
        self.drug_lines = drugs.DrugLines(lambda: self._drugs)
        """What `drug_line` answers, as a mapping for loops over service lines: `drug_lines[code]`."""

    @classmethod
    def builtin(cls) -> Reference:
        """The tables that ship with the package; the same instance at every call."""
        return _builtin()

    def drug(self, code: str) -> drugs.Drug | None:
        """The row of exactly this drug code, whatever its dates."""
        return self._drugs.get(code)

    def drug_line(self, code: str) -> drugs.DrugLine | None:
        """What a service line of this code is to the rules, None where it bills no injectable drug."""
        return self.drug_lines[code]

    def is_vaccine(self, code: str) -> bool:
        """Whether the code is a vaccine product."""
        return code in drugs.VACCINES

    def is_noc(self, code: str) -> bool:
        """Whether the code is for drugs or vaccines that have no code of their own."""
        return code in drugs.NOC

    def succession(self, code: str) -> drugs.Succession | None:
        """What became of this ended drug code."""
        return self._succession.get(code)

    def ndc(self, ndc11: str) -> tuple[dosing.NdcRow, ...]:
        """The drug codes and packages of an NDC of eleven digits; to have none is no proof of a wrong NDC."""
        return self._ndc.find(ndc11)

    def typical_units(self, code: str) -> dosing.TypicalUnits | None:
        """The usual units of one administration."""
        return self._typical_units.get(code)

    def intervals(self, code: str) -> tuple[dosing.DrugInterval, ...]:
        """The least intervals between two administrations of this drug code."""
        return self._intervals.get(code, ())

    def diagnosis_policies(self, code: str) -> tuple[policies.DiagnosisPolicy, ...]:
        """The diagnoses that policies cover or exclude for this drug code."""
        return self._diagnosis_policies.get(code, ())

    def em(self, code: str) -> codes.EvaluationManagement | None:
        """The visit of this code, and its standing beside 96372."""
        return self._em.get(code)

    def pos(self, code: str) -> codes.PlaceOfService | None:
        """The place of service of these two digits."""
        return self._pos.get(code)

    def pair(self, column1: str, column2: str, on: date) -> edits.Pair | None:
        """The NCCI pair in exactly this direction that is active on a date of service."""
        return self._pairs.find(column1, column2, on)

    def pair_between(self, one: str, other: str, on: date) -> edits.Pair | None:
        """The NCCI pair of two codes in either direction that is active on a date of service."""
        return self._pairs.find(one, other, on) or self._pairs.find(other, one, on)

    def mue(self, code: str, payer_class: str, on: date) -> edits.Mue | None:
        """The most units of a code: Medicaid's for payer class (SBR09) MC, else Medicare's of the date."""
        return self._mue.find(code, payer_class, on)

    def plan(self, payer_name: str) -> str | None:
        """The key of the plan that a payer's name (2010BB NM103) means, if a rule treats that plan apart."""
        return self._plans.find(payer_name)

    @cached_property
    def payer_policies(self) -> tuple[policies.PayerPolicy, ...]:
        """What payers ask for in their own policies."""
        return policies.load_payer_policies(self._read)

    @cached_property
    def administration_classes(self) -> tuple[policies.AdministrationClass, ...]:
        """The classes of products with the administration codes they call for."""
        return policies.load_administration_classes(self._read)

    def carc(self, code: str, on: date | None = None) -> codes.Carc | None:
        """The adjustment reason code; with a day, only if it was in use on that day."""
        found = self._carc.get(code)
        return found if found is not None and codes.in_use(found, on) else None

    def rarc(self, code: str, on: date | None = None) -> codes.Rarc | None:
        """The remark code; with a day, only if it was in use on that day."""
        found = self._rarc.get(code)
        return found if found is not None and codes.in_use(found, on) else None

    def source(self, key: str) -> codes.Source | None:
        """The source that a row names in its `source` or `edition`."""
        return self._sources.get(key)

    def editions(self) -> Mapping[str, str]:
        """The edition of each table, by its name; reads no table."""
        return self._editions

    @cached_property
    def _drugs(self) -> dict[str, drugs.Drug]:
        return drugs.load_drugs(self._read)

    @cached_property
    def _succession(self) -> dict[str, drugs.Succession]:
        return drugs.load_succession(self._read)

    @cached_property
    def _ndc(self) -> dosing.NdcIndex:
        return dosing.NdcIndex(self._read)

    @cached_property
    def _typical_units(self) -> dict[str, dosing.TypicalUnits]:
        return dosing.load_typical_units(self._read)

    @cached_property
    def _intervals(self) -> dict[str, tuple[dosing.DrugInterval, ...]]:
        return dosing.load_intervals(self._read)

    @cached_property
    def _diagnosis_policies(self) -> dict[str, tuple[policies.DiagnosisPolicy, ...]]:
        return policies.load_diagnosis_policies(self._read)

    @cached_property
    def _em(self) -> dict[str, codes.EvaluationManagement]:
        return codes.load_em(self._read)

    @cached_property
    def _pos(self) -> dict[str, codes.PlaceOfService]:
        return codes.load_pos(self._read)

    @cached_property
    def _pairs(self) -> edits.PairIndex:
        return edits.PairIndex(self._read)

    @cached_property
    def _mue(self) -> edits.MueIndex:
        return edits.MueIndex(self._read)

    @cached_property
    def _plans(self) -> policies.PlanIndex:
        return policies.PlanIndex(self._read)

    @cached_property
    def _carc(self) -> dict[str, codes.Carc]:
        return codes.load_carc(self._read)

    @cached_property
    def _rarc(self) -> dict[str, codes.Rarc]:
        return codes.load_rarc(self._read)

    @cached_property
    def _sources(self) -> dict[str, codes.Source]:
        return codes.load_sources(self._read)

    @cached_property
    def _editions(self) -> Mapping[str, str]:
        return MappingProxyType(dict(rows(self._read, "manifest", "table,edition")))


@cache
def _builtin() -> Reference:
    return Reference(packaged)
