"""`Reference`: every table behind one door, each read at its first use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, TypeVar, cast

from edi837.reference import codes, diagnoses, dosing, drugs, edits, patients, policies
from edi837.reference.editions import Edition, Folder
from edi837.reference.hcpcs import HcpcsCode
from edi837.reference.tables import Reader, packaged

T = TypeVar("T")


class Reference:
    """The reference tables: frozen values, and None or nothing for what a table does not hold.

    A table is read at the first question that needs it, and kept. Codes are in capitals, as claims have them.
    """

    def __init__(self, read: Reader, tables: dict[Callable[[Reader], Any], Any] | None = None) -> None:
        """`read` gives the bytes of a table file by name; `builtin` reads the packaged ones.

        `tables` are those that another reference with the same `read` has read so far, to be shared with it.
        """
        self._read = read
        self._tables = {} if tables is None else tables
        self.drug_lines = drugs.DrugLines(lambda: self._drugs)
        """What `drug_line` answers, as a mapping for loops over service lines: `drug_lines[code]`."""

    @classmethod
    def builtin(cls) -> Reference:
        """The tables that ship with the package; the same instance at every call."""
        return _builtin()

    @classmethod
    def of(cls, folder: Folder) -> Reference:
        """The built-in tables with the imported editions of a folder before them, each for its dates of service."""
        # It stands on this module.
        from edi837.reference.dated import EditionedReference

        return EditionedReference(packaged, folder) if folder.editions else _builtin()

    def as_of(self, on: date | None, payer: str = "") -> Reference:
        """The tables of one date of service (the newest for None) and one payer (by its id): these, if nothing else is.

        What is asked for without a date is answered for that day.
        """
        return self

    def edition_of(self, kind: str) -> Edition | None:
        """The imported edition of a kind (`ncci-ptp`) that answers here; None where the built-in table does."""
        return None

    def hcpcs(self, code: str) -> HcpcsCode | None:
        """The row of a code in the imported HCPCS Level II file."""
        return None

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

    def predecessors(self, code: str) -> tuple[drugs.Succession, ...]:
        """The ended drug codes that this one took the place of."""
        return self._predecessors.get(code, ())

    def ndc(self, ndc11: str) -> tuple[dosing.NdcRow, ...]:
        """The drug codes and packages of an NDC of eleven digits; to have none is no proof of a wrong NDC."""
        return self._ndc.find(ndc11)

    def has_packages(self, code: str) -> bool:
        """Whether the NDC crosswalk lists any package of the drug code."""
        return code in self._ndc.codes

    def packages(self, code: str) -> tuple[dosing.NdcRow, ...]:
        """The packages of a drug code in the NDC crosswalk, by NDC."""
        return self._ndc.packages(code)

    def typical_units(self, code: str) -> dosing.TypicalUnits | None:
        """The usual units of one administration."""
        return self._typical_units.get(code)

    def intervals(self, code: str) -> tuple[dosing.DrugInterval, ...]:
        """The least intervals between two administrations of this drug code."""
        return self._intervals.get(code, ())

    def diagnosis_policies(self, code: str) -> tuple[policies.DiagnosisPolicy, ...]:
        """The diagnoses that policies cover or exclude for this drug code."""
        return self._diagnosis_policies.get(code, ())

    def diagnosis_code(self, code: str, on: date) -> diagnoses.DiagnosisCode | None:
        """What an ICD-10-CM code is on a day; None for any code where no table of that day is loaded.

        The code sets (table icd10) do not ship with the package.
        """
        return self._icd10.find(code, on) if self._icd10 is not None else None

    def manifestation(self, diagnosis: str) -> diagnoses.Manifestation | None:
        """What must stand before a diagnosis that comes of another one; None for a diagnosis that may stand first."""
        return self._manifestations.find(diagnosis)

    def patient_limit(self, code: str) -> patients.PatientLimit | None:
        """The sex or the age that a drug code is for."""
        return self._patient_limits.get(code)

    def is_usually_self_administered(self, code: str) -> bool:
        """Whether Medicare excludes the drug under the skin, because patients usually give it themselves."""
        return code in self._self_administered

    def em(self, code: str) -> codes.EvaluationManagement | None:
        """The visit of this code, and its standing beside 96372."""
        return self._em.get(code)

    def pos(self, code: str) -> codes.PlaceOfService | None:
        """The place of service of these two digits."""
        return self._pos.get(code)

    def pair(self, column1: str, column2: str, on: date) -> edits.Pair | None:
        """The NCCI pair in exactly this direction that is active on a date of service."""
        return self._pairs.find(column1, column2, on)

    def has_pair(self, column1: str, column2: str) -> bool:
        """Whether there is an NCCI pair in exactly this direction, on any day."""
        return self._pairs.has(column1, column2)

    def pair_between(self, one: str, other: str, on: date) -> edits.Pair | None:
        """The NCCI pair of two codes in either direction that is active on a date of service."""
        return self._pairs.find(one, other, on) or self._pairs.find(other, one, on)

    def mue(self, code: str, payer_class: str, on: date) -> edits.Mue | None:
        """The most units of a code: Medicaid's for payer class (SBR09) MC, else Medicare's of the date."""
        return self._mue.find(code, payer_class, on)

    def plan(self, payer_name: str) -> str | None:
        """The key of the plan that a payer's name (2010BB NM103) means, if a rule treats that plan apart."""
        return self._plans.find(payer_name)

    @property
    def plans(self) -> tuple[str, ...]:
        """The keys of the plans that `plan` knows."""
        return self._plans.keys

    @cached_property
    def payer_policies(self) -> tuple[policies.PayerPolicy, ...]:
        """What payers ask for in their own policies."""
        return self._load(policies.load_payer_policies)

    @cached_property
    def administration_classes(self) -> tuple[policies.AdministrationClass, ...]:
        """The classes of products with the administration codes they call for."""
        return self._load(policies.load_administration_classes)

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

    def _load(self, load: Callable[[Reader], T]) -> T:
        """A table, read where neither this reference nor one that shares its tables has read it."""
        if load not in self._tables:
            self._tables[load] = load(self._read)
        return cast(T, self._tables[load])

    @cached_property
    def _drugs(self) -> dict[str, drugs.Drug]:
        return self._load(drugs.load_drugs)

    @cached_property
    def _succession(self) -> dict[str, drugs.Succession]:
        return self._load(drugs.load_succession)

    @cached_property
    def _predecessors(self) -> dict[str, tuple[drugs.Succession, ...]]:
        by_new: dict[str, list[drugs.Succession]] = defaultdict(list)
        for succession in self._succession.values():
            for code in filter(None, (succession.new, *succession.also)):
                by_new[code].append(succession)
        return {code: tuple(olds) for code, olds in by_new.items()}

    @cached_property
    def _ndc(self) -> dosing.Packages:
        return self._load(dosing.NdcIndex)

    @cached_property
    def _typical_units(self) -> dict[str, dosing.TypicalUnits]:
        return self._load(dosing.load_typical_units)

    @cached_property
    def _intervals(self) -> dict[str, tuple[dosing.DrugInterval, ...]]:
        return self._load(dosing.load_intervals)

    @cached_property
    def _diagnosis_policies(self) -> dict[str, tuple[policies.DiagnosisPolicy, ...]]:
        return self._load(policies.load_diagnosis_policies)

    @cached_property
    def _icd10(self) -> diagnoses.DiagnosisCodes | None:
        return self._load(diagnoses.DiagnosisIndex) if "icd10" in self._editions else None

    @cached_property
    def _manifestations(self) -> diagnoses.ManifestationIndex:
        return self._load(diagnoses.ManifestationIndex)

    @cached_property
    def _patient_limits(self) -> dict[str, patients.PatientLimit]:
        return self._load(patients.load_patient_limits)

    @cached_property
    def _self_administered(self) -> frozenset[str]:
        return self._load(patients.load_self_administered)

    @cached_property
    def _em(self) -> dict[str, codes.EvaluationManagement]:
        return self._load(codes.load_em)

    @cached_property
    def _pos(self) -> dict[str, codes.PlaceOfService]:
        return self._load(codes.load_pos)

    @cached_property
    def _pairs(self) -> edits.Pairs:
        return self._load(edits.PairIndex)

    @cached_property
    def _mue(self) -> edits.Limits:
        return self._load(edits.MueIndex)

    @cached_property
    def _plans(self) -> policies.PlanIndex:
        return self._load(policies.PlanIndex)

    @cached_property
    def _carc(self) -> dict[str, codes.Carc]:
        return self._load(codes.load_carc)

    @cached_property
    def _rarc(self) -> dict[str, codes.Rarc]:
        return self._load(codes.load_rarc)

    @cached_property
    def _sources(self) -> dict[str, codes.Source]:
        return self._load(codes.load_sources)

    @cached_property
    def _editions(self) -> Mapping[str, str]:
        return MappingProxyType(self._load(codes.load_editions))


@cache
def _builtin() -> Reference:
    return Reference(packaged)
