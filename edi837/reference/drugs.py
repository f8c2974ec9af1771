"""Drug codes: what a code is, how it is given, which code followed it; and what counts as a drug line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from edi837.reference.tables import Reader, amount, day, items, rows


class Drug(msgspec.Struct, frozen=True, gc=False):
    """One HCPCS drug code, whatever its dates. Table drugs (HCPCS October 2025 and later additions)."""

    code: str
    substance: str
    dose_per_unit: Decimal | None
    """The dose of one billing unit, in `unit`; None where it is not known."""
    unit: str
    """mg, mcg, g, units, IU, mL, mEq, dose, injection, mg+3mg, NOC; empty where it is not known."""
    unit_basis: str
    """`per`; `up to` and `over` (a unit covers a range of doses); `noc`; empty where it is not known."""
    routes: frozenset[str]
    """IM, SC, IV, IA, IL, ID, INF, IMPL and rarer ones; ANY for an unclassified drug."""
    single_dose: str
    """Whether it comes in single-dose containers: Y, N or `mixed`."""
    effective_from: date | None
    """The first date of service; None where it is not known."""
    effective_to: date | None
    """The last date of service; None while the code is in use."""
    usual_admin: str
    """The usual administration code or codes, in words where it depends."""
    iv_only: bool
    self_administered: bool
    """Whether the descriptor says that it is not for drugs that patients give themselves."""
    source: str


class DrugLine(msgspec.Struct, frozen=True, gc=False):
    """How the rules see a service line with a drug code."""

    code: str
    routes: frozenset[str]
    """The routes of the drug table; ANY alone for a code that is known by its pattern only."""
    injectable: bool
    """Whether it can be what 96372 gave: by muscle, under the skin, or unknown."""
    iv_only: bool
    noc: bool
    """Whether the code is for drugs that have no code of their own."""
    drug: Drug | None
    """Its row of the drug table; None for a code that is known by its pattern only."""


class Succession(msgspec.Struct, frozen=True, gc=False):
    """What became of an ended drug code. Table succession (HCPCS October 2025)."""

    old: str
    new: str
    """The code to use instead; empty where there is none."""
    also: tuple[str, ...]
    """Other codes that may be meant instead: by manufacturer or by form."""
    old_last: date | None
    """The last date of service of the old code; None where it is not known."""
    new_first: date | None
    """The first date of service of the new code; None where there is no new code."""
    factor: Decimal | None
    """Units of the new code for one unit of the old one; None where that depends on the product."""
    note: str
    source: str


ANY_ROUTE = frozenset({"ANY"})
INJECTED = frozenset({"IM", "SC", "ANY"})

NOC = frozenset({"J3490", "J3590", "J7999", "J9999", "C9399", "90399", "90749"})


def _span(prefix: str, first: int, last: int) -> set[str]:
    """The five-character codes of one prefix with numbers from first to last, both included."""
    return {f"{prefix}{number:0{5 - len(prefix)}d}" for number in range(first, last + 1)}


VACCINES = frozenset(_span("", 90476, 90759) | _span("", 91300, 91399) | _span("Q", 2034, 2039))

_INHALED = _span("J", 7601, 7699) | {"J2545", "J3535"}
_ORAL = (
    _span("J", 8498, 8999)
    | _span("J", 7502, 7503)
    | _span("J", 7507, 7510)
    | _span("J", 7517, 7518)
    | _span("J", 7520, 7521)
    | _span("J", 7527, 7528)
    | _span("J", 571, 575)
    | _span("J", 601, 605)
    | _span("J", 607, 609)
    | _span("J", 750, 751)
    | {"J7340", "J7500", "J7512", "J7515", "J0615", "J0889", "J0901"}
)
_IMPLANTED = _span("J", 7294, 7307) | {"J0570", "J7352"}
_LOCAL = (
    _span("J", 7308, 7315)
    | _span("J", 7353, 7355)
    | _span("J", 9028, 9030)
    | {"J7336", "J7342", "J7345", "J7351", "J7402", "J1096", "J1097", "J9281"}
)
NOT_INJECTED = frozenset(_INHALED | _ORAL | _IMPLANTED | _LOCAL)
"""J codes that nobody injects: inhaled; oral; rings, patches, implants; skin, ear, eye, sinus, bladder."""

_DRUG_PATTERN = (
    r"J\d{4}"
    r"|Q(0138|0139|20(4\d|5[013-9])|3027|3028|4081|5(09\d|[1-9]\d{2})|999[1-9])"
    r"|S0(017|02[0138]|03[0249]|040|07[3478]|08[01]|09[23]|12[268]|132|14[58]|16[46]|171|189)"
    r"|C9[0-4]\d{2}"
    r"|90(28[1-9]|29\d|3\d{2})"
)

# Claims carry whatever their sender typed: the memory of codes has an end.
_REMEMBERED = 8192


class DrugLines(dict[str, DrugLine | None]):
    """The classification of the codes asked for so far; `lines[code]` is None where it is no drug line.

    A mapping, because it is asked for each service line: a code seen before costs one look-up.
    """

    def __init__(self, drugs: Callable[[], Mapping[str, Drug]]) -> None:
        """`drugs` gives the drug table when the first code is classified."""
        super().__init__()
        self._drugs = drugs

    def __missing__(self, code: str) -> DrugLine | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        line = self[code] = self._classify(code)
        return line

    def _classify(self, code: str) -> DrugLine | None:
        drug = self._drugs().get(code)
        if drug is not None:
            injectable = not INJECTED.isdisjoint(drug.routes)
            return DrugLine(code, drug.routes, injectable, drug.iv_only, code in NOC, drug)
        if code in VACCINES or code in NOT_INJECTED or not re.fullmatch(_DRUG_PATTERN, code, re.ASCII):
            return None
        return DrugLine(code, ANY_ROUTE, injectable=True, iv_only=False, noc=code in NOC, drug=None)


def load_drugs(read: Reader) -> dict[str, Drug]:
    """The drug table by code."""
    columns = (
        "hcpcs,substance,dose_per_unit,unit,unit_basis,routes,single_dose,effective_from,effective_to,usual_admin,"
        "iv_only,self_administered,source"
    )
    sets: dict[str, frozenset[str]] = {}
    table = {}
    for code, name, dose, unit, basis, routes, single, first, last, admin, iv, own, source in rows(
        read, "drugs", columns
    ):
        table[code] = Drug(
            code,
            name,
            amount(dose),
            unit,
            basis,
            sets.get(routes) or sets.setdefault(routes, frozenset(items(routes))),
            single,
            day(first),
            day(last),
            admin,
            iv == "Y",
            own == "Y",
            source,
        )
    return table


def load_succession(read: Reader) -> dict[str, Succession]:
    """The succession table by the old code."""
    columns = "old,new,also,old_last,new_first,factor,note,source"
    return {
        old: Succession(old, new, items(also), day(last), day(first), amount(factor), note, source)
        for old, new, also, last, first, factor, note, source in rows(read, "succession", columns)
    }
