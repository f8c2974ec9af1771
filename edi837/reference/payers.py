"""What one payer says for itself: unit limits and NDCs, from its own imported file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set as AbstractSet
from decimal import Decimal

from edi837.reference.dosing import NdcRow
from edi837.reference.edits import Mue
from edi837.reference.tables import Reader, rows

PAYER_COLUMNS = "hcpcs,ndc11,max_units,per,pkg_size,billunits_per_item,hcpcs_units_per_ndc_unit"


class PayerTable:
    """The limits and packages of one edition of one payer's file."""

    def __init__(self, read: Reader, edition: str) -> None:
        """`edition` is the key of the source."""
        self._limits: dict[str, Mue] = {}
        packages: dict[str, list[NdcRow]] = defaultdict(list)
        for hcpcs, ndc11, units, per, size, per_item, per_unit in rows(read, "payer", PAYER_COLUMNS):
            if ndc11:
                row = NdcRow(hcpcs, ndc11, Decimal(size), Decimal(per_item), Decimal(per_unit), edition)
                packages[ndc11].append(row)
            else:
                self._limits[hcpcs] = Mue(int(units), 1 if per == "line" else None, edition)
        self._packages = {ndc11: tuple(found) for ndc11, found in packages.items()}
        self.codes: AbstractSet[str] = {row.hcpcs for found in packages.values() for row in found}
        """The drug codes that have packages."""

    def limit(self, code: str) -> Mue | None:
        """The most units of a code: a line (indicator 1) or a day (no indicator)."""
        return self._limits.get(code)

    def find(self, ndc11: str) -> tuple[NdcRow, ...]:
        """The rows of one NDC of eleven digits."""
        return self._packages.get(ndc11, ())

    def packages(self, code: str) -> tuple[NdcRow, ...]:
        """The rows of one drug code, by NDC."""
        return tuple(row for _, found in sorted(self._packages.items()) for row in found if row.hcpcs == code)
