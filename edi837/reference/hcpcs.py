"""HCPCS Level II codes of an imported edition: dates and doses, and what they change in the drug table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec
from msgspec import structs

from edi837.reference.drugs import ANY_ROUTE, NOC, NOT_INJECTED, VACCINES, Drug
from edi837.reference.tables import Reader, amount, day, rows

HCPCS_COLUMNS = "code,action,short,long,added,effective,ended,dose,unit,basis"


class Dose(msgspec.Struct, frozen=True, gc=False):
    """What one billing unit of a drug is."""

    amount: Decimal
    unit: str
    """As the drug table has it: mg, mcg, g, units, IU, mL, mEq."""
    basis: str
    """`per` or `up to`."""


class HcpcsCode(msgspec.Struct, frozen=True, gc=False):
    """A code of the HCPCS Level II file. Imported only."""

    code: str
    action: str
    """The action code: A added, D discontinued, N nothing, C, F, S, T and others changed."""
    short: str
    long: str
    added: date
    """The first date of service."""
    effective: date
    """The day of the last change."""
    ended: date | None
    """The last date of service; None while the code is in use."""
    dose: Dose | None
    """Read from the descriptor where it leaves no doubt."""
    source: str


class HcpcsTable:
    """The codes of one edition. Rows stay text until they are asked for: few of them are drugs."""

    def __init__(self, read: Reader, source: str) -> None:
        """`source` is the key of the source."""
        self._source = source
        self._text = {row[0]: row for row in rows(read, "hcpcs", HCPCS_COLUMNS)}

    def find(self, code: str) -> HcpcsCode | None:
        """The row of a code."""
        text = self._text.get(code)
        if text is None:
            return None
        _, action, short, long, added, effective, ended, size, unit, basis = text
        dose = amount(size)
        return HcpcsCode(
            code,
            action,
            short,
            long,
            date.fromisoformat(added),
            date.fromisoformat(effective),
            day(ended),
            Dose(dose, unit, basis) if dose is not None else None,
            self._source,
        )

    def merged(self, drugs: Mapping[str, Drug]) -> dict[str, Drug]:
        """The drug table with the dates of this edition, and with the injections that it adds.

        What the file does not say (routes, containers, the usual administration) stays as the drug table has it; an
        added drug may be given by any route.
        """
        table = dict(drugs)
        for code, text in self._text.items():
            known = table.get(code)
            if known is None and not (_is_injection(text[3]) and code[0] in "JQ" and code not in _OTHERS):
                continue
            row = self.find(code)
            if row is not None:
                table[code] = _updated(known, row) if known is not None else _added(row)
        return table


_OTHERS = VACCINES | NOT_INJECTED | NOC


def _is_injection(descriptor: str) -> bool:
    return descriptor.lower().startswith("injection,")


def _updated(known: Drug, row: HcpcsCode) -> Drug:
    changed = structs.replace(known, effective_from=row.added, effective_to=row.ended)
    dose = row.dose
    # The built-in doses were checked against a second file. A descriptor has the last word where none is known, or
    # where it counts in the same unit and another amount: then CMS has changed it.
    if dose is None or known.unit_basis == "noc" or (known.dose_per_unit is not None and known.unit != dose.unit):
        return changed
    return structs.replace(changed, dose_per_unit=dose.amount, unit=dose.unit, unit_basis=dose.basis)


def _added(row: HcpcsCode) -> Drug:
    dose = row.dose
    return Drug(
        code=row.code,
        substance=row.short.lower(),
        dose_per_unit=dose.amount if dose else None,
        unit=dose.unit if dose else "",
        unit_basis=dose.basis if dose else "",
        routes=ANY_ROUTE,
        single_dose="",
        effective_from=row.added,
        effective_to=row.ended,
        usual_admin="",
        iv_only=False,
        self_administered="not otherwise self-administered" in row.long.lower(),
        source=row.source,
    )
