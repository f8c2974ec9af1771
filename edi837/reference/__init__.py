"""Reference tables as of a date of service: drugs, NDC, NCCI pairs, MUE, visits, places, CARC and RARC.

The tables are CSV files in `data/`, made by `scripts/build_reference.py`; `sources.csv` says where the
rows come from. `Reference.builtin()` has them alone, `Reference.of(folder)` with imported editions before them.
"""

from __future__ import annotations

from edi837.reference.codes import Carc, EvaluationManagement, PlaceOfService, Rarc, Source
from edi837.reference.diagnoses import DiagnosisCode, Manifestation
from edi837.reference.dosing import DrugInterval, NdcRow, TypicalUnits
from edi837.reference.drugs import Drug, DrugLine, Succession
from edi837.reference.editions import Edition, Folder
from edi837.reference.edits import Mue, Pair
from edi837.reference.hcpcs import HcpcsCode
from edi837.reference.lookup import Reference
from edi837.reference.patients import PatientLimit
from edi837.reference.policies import AdministrationClass, DiagnosisPolicy, PayerPolicy, matches
from edi837.reference.tables import Reader

__all__ = [
    "AdministrationClass",
    "Carc",
    "DiagnosisCode",
    "DiagnosisPolicy",
    "Drug",
    "DrugInterval",
    "DrugLine",
    "Edition",
    "EvaluationManagement",
    "Folder",
    "HcpcsCode",
    "Manifestation",
    "Mue",
    "NdcRow",
    "Pair",
    "PatientLimit",
    "PayerPolicy",
    "PlaceOfService",
    "Rarc",
    "Reader",
    "Reference",
    "Source",
    "Succession",
    "TypicalUnits",
    "matches",
]
