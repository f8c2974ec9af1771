"""Code lists: visits (E/M), places of service, adjustment reasons (CARC), remarks (RARC), sources."""

from __future__ import annotations

from datetime import date

import msgspec

from edi837.reference.tables import Reader, day, rows


class EvaluationManagement(msgspec.Struct, frozen=True, gc=False):
    """A visit code and its active NCCI pair with 96372. Table em (NCCI PTP 2024q3).

    The pair of a date of service is for `Reference.pair` to say.
    """

    code: str
    family: str
    """The kind of visit, in own words: `office established`, `emergency department`."""
    direction: str
    """Where the visit stands in its pair with 96372: `em-column-1`, `em-column-2`, `none` (no pair)."""
    indicator: int | None
    """1: a modifier may clear the pair; 0: no modifier does; None where there is no pair."""
    denies: str
    """The line that Medicare denies: `E/M`, `96372`, `none`."""
    modifier_25: str
    """Whether modifier 25 has a meaning on the visit: `ncci`, `convention` (of payers), `no`."""
    source: str


class PlaceOfService(msgspec.Struct, frozen=True, gc=False):
    """A place of service. Table pos (CMS)."""

    code: str
    name: str
    facility: bool
    """Whether Medicare pays professionals the facility rate there."""
    payable: str
    """Whether a professional is paid for 96372 there: Y, N or `depends`."""
    source: str


class Carc(msgspec.Struct, frozen=True, gc=False):
    """A claim adjustment reason code: CAS02 and so on. Table carc (X12 list of June 2024, own words)."""

    code: str
    meaning: str
    """Empty for a rare or deactivated code."""
    category: str
    start: date | None
    end: date | None
    """The day on which it is deactivated; None while it is in use."""
    counts_as_denial: bool | None
    """Whether an amount under this code denies the service; None where that is not known."""
    source: str


class Rarc(msgspec.Struct, frozen=True, gc=False):
    """A remittance advice remark code: LQ*HE, MOA, MIA. Table rarc (X12 list of June 2024, own words)."""

    code: str
    meaning: str
    category: str
    start: date | None
    end: date | None
    """The day on which it is deactivated; None while it is in use."""
    is_alert: bool
    """Whether it informs only, and explains no adjustment."""
    source: str


class Source(msgspec.Struct, frozen=True, gc=False):
    """Where rows of the tables come from. Table sources."""

    key: str
    edition: str
    citation: str
    verified: str
    """Whether somebody opened the source: yes, partly, knowledge (professional knowledge only)."""


def in_use(code: Carc | Rarc, on: date | None) -> bool:
    """Whether a reason code may be sent on a day; always where no day is given."""
    if on is None:
        return True
    return (code.start is None or code.start <= on) and (code.end is None or on < code.end)


_YES_NO: dict[str, bool | None] = {"Y": True, "N": False, "": None}


def load_em(read: Reader) -> dict[str, EvaluationManagement]:
    """The visit codes."""
    columns = "code,family,direction,indicator,denies,modifier_25,source"
    return {
        code: EvaluationManagement(
            code, family, direction, int(indicator) if indicator else None, denies, modifier_25, source
        )
        for code, family, direction, indicator, denies, modifier_25, source in rows(read, "em", columns)
    }


def load_pos(read: Reader) -> dict[str, PlaceOfService]:
    """The places of service by their two digits."""
    columns = "code,name,facility,payable,source"
    return {
        code: PlaceOfService(code, name, facility == "Y", payable, source)
        for code, name, facility, payable, source in rows(read, "pos", columns)
    }


def load_carc(read: Reader) -> dict[str, Carc]:
    """The adjustment reason codes."""
    columns = "code,meaning,category,start,end,counts_as_denial,source"
    return {
        code: Carc(code, meaning, category, day(start), day(end), _YES_NO[denial], source)
        for code, meaning, category, start, end, denial, source in rows(read, "carc", columns)
    }


def load_rarc(read: Reader) -> dict[str, Rarc]:
    """The remark codes."""
    columns = "code,meaning,category,start,end,is_alert,source"
    return {
        code: Rarc(code, meaning, category, day(start), day(end), alert == "Y", source)
        for code, meaning, category, start, end, alert, source in rows(read, "rarc", columns)
    }


def load_sources(read: Reader) -> dict[str, Source]:
    """The sources by key."""
    return {row[0]: Source(*row) for row in rows(read, "sources", "key,edition,citation,verified")}


def load_editions(read: Reader) -> dict[str, str]:
    """The edition of each table by its name."""
    return dict(rows(read, "manifest", "table,edition"))
