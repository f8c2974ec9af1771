"""Made-up people, payers and provider groups. No name, address or number belongs to anyone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_WOMEN = _words(
    """
    AVA BELLA CLARA DORA ELISE FAYE GRETA HAZEL IRIS JUNE KAREN LENA MIRA NORA OPAL PEARL QUINN ROSA
    STELLA TESSA URSULA VERA WANDA XENIA YARA ZOE ANNIKA BRIGID CORA DELIA EDITH FLORA GWEN HELGA INGRID
    JOYCE KIRA LUCIA MAEVE NADIA
    """
)
_MEN = _words(
    """
    ADAM BORIS CARL DEREK EVAN FELIX GRANT HUGO IVAN JONAS KURT LEON MARCO NEIL OSCAR PETER QUENTIN
    RALPH SIMON TOBY ULRICH VICTOR WALTER XAVIER YURI ZACHARY ANDRE BRUNO CYRUS DEAN ELLIS FRANK GEORGE
    HENRY IAN JARED KEITH LOUIS MILES NOAH
    """
)
_LAST = _words(
    """
    ABERNATHY ASHDOWN BAXTERLY BELLWETHER BRIARWOOD CALDERON CARVELL CASTLEBERRY DALRYMPLE DUNMORE
    EASTERLING ELLSWORTH FAIRBANK FENWICK FOXGLOVE GALLOWAY GREENHOLM HALLORAN HARTWELL HOLLOWAY INGLEBY
    JANSEN JARROW KESTREL KINGSLEIGH LANGTREE LARKSPUR LOCKHART MARLOWE MERRIWEATHER MONTCLAIR
    NETTLESHIP NORTHGATE OAKENFOLD ORMSBY PEMBERTON PENHALIGON QUILLEN RAVENSCROFT REDFERN ROSEWELL
    SANDOVAL SHERBROOKE SOMERSET STARLING TATTERSALL THISTLEWOOD UNDERHILL VALLANCE VANTERPOOL
    WAINWRIGHT WHITLOCK WINTERBOURNE WOODRUFF YARDLEY YELLAND ZELLER ZIMMERLEE BRACEWELL CROMWELL
    """
)
_STREETS = _words(
    """
    MAPLE OAK CEDAR BIRCH ELM WILLOW PINE ASPEN JUNIPER MAGNOLIA HICKORY SYCAMORE LAUREL HAWTHORN
    CHESTNUT
    """
)
_WAYS = ("ST", "AVE", "RD", "LN", "DR", "CT")
_TOWNS = (
    "FAIRVIEW*OH*441260001",
    "BROOKHAVEN*MS*396010002",
    "CLEARWATER*KS*670260003",
    "MILLBROOK*AL*360540004",
    "CEDAR FALLS*IA*506130005",
    "ROCKPORT*IN*476350006",
    "GLENWOOD*AR*719430007",
    "HARMONY*PA*160370008",
    "LAKESIDE*MT*599220009",
    "NORTHFIELD*VT*056630010",
    "PLEASANTON*TX*780640011",
    "RIVERTON*WY*825010012",
)
_SPECIALTIES = ("207Q00000X", "207R00000X", "208D00000X", "363LF0000X", "207QA0505X")
SPECIALIST = "2084N0400X"
# A group of several specialties, and of one.
_GROUPS = ("193200000X", "193400000X")

_NAMES = {
    "MB": ("SAMPLE MEDICARE PART B EAST", "SAMPLE MEDICARE PART B WEST"),
    "16": ("EVERSTONE MEDICARE ADVANTAGE", "GOLDLEAF SENIOR HEALTH PLAN"),
    "MC": ("SAMPLE STATE MEDICAID", "SAMPLE COMMUNITY MEDICAID PLAN"),
    "BL": ("SAMPLE BLUE OF THE PLAINS", "SAMPLE BLUE OF THE COAST"),
    "CI": ("IRONWOOD LIFE AND HEALTH", "MERIDIAN GATE INSURANCE", "NORTHWIND HEALTH"),
    "HM": ("HARBORLIGHT HMO", "CEDARPOINT HEALTH PLAN"),
    "12": ("SUMMIT RIDGE PPO", "OPENROAD PPO"),
    "ZZ": ("TRADES UNITED WELFARE FUND",),
}
# One hundred tickets: how often a patient has each class of payer.
_SHARES = {"MB": 27, "16": 12, "MC": 16, "BL": 16, "CI": 16, "HM": 5, "12": 5, "ZZ": 3}
MIX = tuple(kind for kind, share in _SHARES.items() for _ in range(share))


class Dice(random.Random):
    """The batch's one source of chance."""

    def pick(self, items: Sequence[T]) -> T:
        """One of ``items``, each as likely."""
        return items[int(self.random() * len(items))]

    def chance(self, share: float) -> bool:
        """True in ``share`` of the throws."""
        return self.random() < share

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self.random() * (high - low + 1))


def npi_check_digit(nine: str) -> str:
    """The tenth digit of an NPI: Luhn over 80840 and the first nine."""
    total = 24  # what the prefix 80840 adds
    for place, digit in enumerate(reversed(nine)):
        value = int(digit)
        if place % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return str(-total % 10)


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer of one class, with its 2010BB name segment and its address segments."""

    kind: str
    name: str
    id: str

    @property
    def segment(self) -> str:
        """NM1 of loop 2010BB or 2330B."""
        return f"NM1*PR*2*{self.name}*****PI*{self.id}~"


@dataclass(frozen=True, slots=True)
class Renderer:
    """Who gave the care: NM1*82 and PRV*PE, ready to send."""

    npi: str
    taxonomy: str
    segments: str


@dataclass(slots=True)
class Billing:
    """A provider group: loops 2000A and 2010AA without the HL, its renderers, its fee level in percent."""

    npi: str
    name: str
    tax: str
    segments: str
    renderers: tuple[Renderer, ...]
    specialist: Renderer
    fees: int
    site: str
    referrer: str


@dataclass(slots=True)
class Person:
    """A made-up person."""

    last: str
    first: str
    sex: str
    birth: str
    address: str

    @property
    def demographics(self) -> str:
        """DMG of loop 2010BA or 2010CA."""
        return f"DMG*D8*{self.birth}*{self.sex}~"


@dataclass(slots=True)
class OtherCover:
    """The patient's other insurance (loops 2320 and 2330): its payer and the member id there."""

    payer: Payer
    member: str


@dataclass(slots=True)
class Patient:
    """A patient with the coverage that is billed; ``dependent`` is set when someone else holds the policy.

    ``sequence`` is SBR01: P, or S when ``other`` has paid first.
    """

    payer: Payer
    member: str
    group: str
    subscriber: Person
    dependent: Person | None = None
    relation: str = ""
    other: OtherCover | None = None
    sequence: str = "P"
    used: set[int] = field(default_factory=set)

    @property
    def person(self) -> Person:
        """Who was treated."""
        return self.dependent or self.subscriber

    @property
    def age(self) -> int:
        """Age in the year of the batch, near enough to choose a service."""
        return 2026 - int(self.person.birth[:4])


def _address(dice: Dice) -> str:
    return f"N3*{dice.between(100, 9899)} {dice.pick(_STREETS)} {dice.pick(_WAYS)}~N4*{dice.pick(_TOWNS)}~"


def person(dice: Dice, sex: str, age: int, last: str = "", address: str = "") -> Person:
    """Somebody of that sex and age; of the same family when ``last`` and ``address`` are given."""
    birth = f"{2026 - age}{dice.between(1, 12):02d}{dice.between(1, 28):02d}"
    first = dice.pick(_WOMEN if sex == "F" else _MEN)
    return Person(last or dice.pick(_LAST), first, sex, birth, address or _address(dice))


def payers() -> dict[str, tuple[Payer, ...]]:
    """The payers of a batch by class (SBR09)."""
    table: dict[str, tuple[Payer, ...]] = {}
    for number, (kind, names) in enumerate(_NAMES.items()):
        table[kind] = tuple(Payer(kind, name, f"99{number}{place}1") for place, name in enumerate(names))
    return table


def _npi(dice: Dice) -> str:
    # NPIs in use begin with 1; those that begin with 2 are well formed and not given out.
    nine = f"2{dice.between(0, 99_999_999):08d}"
    return nine + npi_check_digit(nine)


def _renderer(dice: Dice, taxonomy: str) -> Renderer:
    npi = _npi(dice)
    name = f"NM1*82*1*{dice.pick(_LAST)}*{dice.pick(_WOMEN + _MEN)}****XX*{npi}~"
    return Renderer(npi, taxonomy, f"{name}PRV*PE*PXC*{taxonomy}~")


def billing_group(dice: Dice, number: int) -> Billing:
    """Provider group ``number`` of a batch: four renderers of one specialty, and one neurologist."""
    group = _GROUPS[number % len(_GROUPS)]
    taxonomy = _SPECIALTIES[number % len(_SPECIALTIES)]
    npi = _npi(dice)
    name = f"{dice.pick(_LAST)} {('FAMILY CARE', 'MEDICAL GROUP', 'CLINIC', 'HEALTH PARTNERS')[number % 4]}"
    address = _address(dice)
    # Tax ids that begin with 00 are not given out either.
    tax = f"00{dice.between(0, 9_999_999):07d}"
    segments = f"PRV*BI*PXC*{group}~NM1*85*2*{name}*****XX*{npi}~{address}REF*EI*{tax}~"
    return Billing(
        npi,
        name,
        tax,
        segments,
        tuple(_renderer(dice, taxonomy) for _ in range(4)),
        _renderer(dice, SPECIALIST),
        dice.between(90, 125),
        f"NM1*77*2*{name} ANNEX*****XX*{_npi(dice)}~{_address(dice)}",
        f"NM1*DN*1*{dice.pick(_LAST)}*{dice.pick(_WOMEN + _MEN)}****XX*{_npi(dice)}~",
    )
