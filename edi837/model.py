"""The values of the product: claims, service lines, findings, in the trade's words.

Every value is immutable; money and quantities are `Decimal`, dates `date`, codes `str`, sequences `tuple`. They are
msgspec Structs rather than dataclasses because a batch makes hundreds of thousands of them: a Struct costs what a
tuple costs and stays out of the garbage collector (`gc=False`: no value refers to its owner, so there are no cycles).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import Enum

import msgspec


class Severity(Enum):
    """How sure and how costly: `error` will be denied, `warning` may be, `info` is worth knowing, `off` is silent."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OFF = "off"

    @property
    def rank(self) -> int:
        """0 for off up to 3 for error, to compare severities."""
        return _RANKS[self]

    def reaches(self, threshold: Severity) -> bool:
        """Whether a finding of this severity counts at the threshold; nothing reaches `off`."""
        return threshold is not Severity.OFF and _RANKS[self] >= _RANKS[threshold]


_RANKS = {Severity.OFF: 0, Severity.INFO: 1, Severity.WARNING: 2, Severity.ERROR: 3}

# SBR09 claim filing indicators that are Medicare, Medicaid or not a payer class at all; every other one, and a missing
# one, is commercial (RULES.md section 8, ruling 2).
_NOT_COMMERCIAL = frozenset({"MB", "MA", "16", "MC"})


class Payer(msgspec.Struct, frozen=True, gc=False):
    """The payer that a claim is sent to: loops 2000B (SBR) and 2010BB (NM1*PR)."""

    id: str
    """2010BB NM109."""
    name: str
    """2010BB NM103."""
    payer_class: str
    """2000B SBR09, the claim filing indicator: MB Medicare B, MC Medicaid, 16 Medicare HMO, BL, CI, HM, 12, ZZ."""
    sequence: str
    """2000B SBR01: P primary, S secondary, T tertiary."""

    @property
    def is_commercial(self) -> bool:
        """Whether the payer is neither Medicare, a Medicare health plan, nor Medicaid; unknown is commercial."""
        return self.payer_class not in _NOT_COMMERCIAL

    @property
    def is_medicare(self) -> bool:
        """Whether the payer is Medicare Part B, the fee-for-service carrier (railroad Medicare included)."""
        return self.payer_class == "MB"


class Drug(msgspec.Struct, frozen=True, gc=False):
    """The drug identification of a service line: loop 2410."""

    qualifier: str
    """LIN02, N4 for an NDC."""
    ndc: str
    """LIN03 as sent."""
    quantity: Decimal | None
    """CTP04, in `unit`; None where it is missing or no number."""
    unit: str
    """CTP05-1: F2, GR, ME, ML or UN."""
    prescription_number: str = ""
    """REF*XZ."""
    link_number: str = ""
    """REF*VY, which ties the lines of one compound together."""

    def __repr__(self) -> str:
        """Only what may stand in a log: no prescription number."""
        return f"Drug(ndc={self.ndc!r}, quantity={self.quantity}, unit={self.unit!r})"


class ServiceLine(msgspec.Struct, frozen=True, gc=False):
    """One service line: loop 2400, with the claim's defaults filled in. It does not refer to its claim."""

    number: str | None
    """LX01."""
    procedure: str
    """SV101-2, in capitals."""
    modifiers: tuple[str, ...]
    """SV101-3 to SV101-6, those that are present, in capitals."""
    charge: Decimal
    """SV102, dollars; 0 where it could not be read (a diagnostic says so)."""
    unit_basis: str
    """SV103: UN units, MJ minutes."""
    units: Decimal | None
    """SV104; None where it is missing or could not be read."""
    place_of_service: str
    """SV105, else CLM05-1."""
    diagnosis_pointers: tuple[int, ...]
    """SV107-1 to SV107-4: 1-based positions in the claim's diagnoses; 0 for one that is no number."""
    service_date: date | None
    """DTP*472, the first date of a range."""
    service_date_end: date | None
    """DTP*472, the last date of a range; the first date again where there is no range."""
    line_control_number: str | None
    """2400 REF*6R, which the 835 returns."""
    drug: Drug | None
    """Loop 2410."""
    description: str
    """SV101-7, free text: never shown in a finding."""
    qualifier: str
    """SV101-1, HC for HCPCS and CPT."""
    rendering_npi: str
    """2420A NM109, else 2310B, else the billing provider's."""
    rendering_taxonomy: str
    """PRV03 of the same provider, empty where unknown."""
    segment: int
    """Position in its claim of the SV1 segment, or of LX where there is none; CLM is 0."""
    plain: bool = False
    """Whether the reader saw that nothing but the codes, the drug and the figures is worth a look.

    That is: in units (UN) on one day, with a line number, a line control number, a rendering NPI and its taxonomy, and
    without free text in SV101-7 and any of the fields below.
    """
    notes: tuple[str, ...] = ()
    """2400 NTE02, free text: never shown in a finding."""
    authorizations: tuple[str, ...] = ()
    """2400 REF*G1 of this payer (no REF04)."""
    measurements: tuple[tuple[str, str, str], ...] = ()
    """2400 MEA01, MEA02, MEA03."""
    adjudicated_by: tuple[str, ...] = ()
    """2430 SVD01: ids of other payers that have adjudicated this line."""

    def __repr__(self) -> str:
        """Only what may stand in a log: no free text."""
        return f"ServiceLine(number={self.number!r}, procedure={self.procedure!r}, units={self.units})"

    @property
    def days(self) -> int:
        """The days from first to last; 1 where they are not known, or in the wrong order."""
        first, last = self.service_date, self.service_date_end
        return (last - first).days + 1 if first is not None and last is not None and first < last else 1

    @property
    def is_discarded(self) -> bool:
        """Whether the line bills the discarded part of a single-dose vial (modifier JW)."""
        return "JW" in self.modifiers

    @property
    def is_nominal(self) -> bool:
        """Whether the charge is nothing or a cent: a drug that somebody else supplied."""
        return self.charge <= _NOMINAL


_NOMINAL = Decimal("0.01")


class OtherPayer(msgspec.Struct, frozen=True, gc=False):
    """Another payer of the same patient: loops 2320 and 2330B."""

    sequence: str
    """2320 SBR01."""
    payer_class: str
    """2320 SBR09."""
    id: str
    """2330B NM109."""
    paid: str
    """2320 AMT*D as sent, dollars; empty where that payer has not adjudicated."""


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where a transaction set stands: file, interchange, functional group and its own control number."""

    file: str
    interchange: str
    """ISA13."""
    group: str
    """GS06."""
    transaction: str
    """ST02."""
    element: str
    """The element separator."""
    component: str
    """ISA16."""
    repetition: str
    """ISA11."""
    terminator: str
    """The byte behind ISA16."""
    submitted: date | None = None
    """GS04, the day on which the functional group was made."""


class Claim(msgspec.Struct, frozen=True, gc=False):
    """One claim: loop 2300 with the loops above it, as this payer sees it.

    What few readers ask for is read out of `above` and `head` when it is asked for.
    """

    id: str
    """CLM01, the patient control number."""
    charge: Decimal
    """CLM02, dollars."""
    place_of_service: str
    """CLM05-1."""
    frequency: str
    """CLM05-3: 1 original, 7 replacement, 8 void."""
    payer: Payer
    diagnoses: tuple[str, ...]
    """HI composites of a diagnosis qualifier in their order, without dots, in capitals."""
    diagnosis_qualifiers: tuple[str, ...]
    """ABK or ABF (ICD-10), BK or BF (ICD-9), one for each diagnosis."""
    lines: tuple[ServiceLine, ...]
    payer_claim_control_number: str | None
    """2300 REF*F8."""
    billing_npi: str
    """2010AA NM109."""
    billing_tax_id: str
    """2010AA REF*EI or REF*SY."""
    billing_taxonomy: str
    """2000A PRV03."""
    rendering_npi: str
    """2310B NM109, empty where absent."""
    rendering_taxonomy: str
    """2310B PRV03."""
    origin: Origin
    segment: int
    """Position of CLM in its transaction set, ST being 1."""
    file_segment: int
    """Position of CLM in the file, the first ISA being 1."""
    offset: int
    """Byte offset of CLM in the (uncompressed) file."""
    raw: bytes
    """The claim's own bytes, CLM up to the next CLM, HL or SE: for places in findings, never printed."""
    split: str
    """What stands between the segments of `above`, `patient` and `head`."""
    above: str
    """The subscriber's loops (2000B, 2010BA, 2010BB), never printed."""
    dependent: str
    """The patient's loops (2000C, 2010CA) where the patient is not the subscriber, never printed."""
    head: str
    """Loops 2300 to 2330 from CLM01 on, never printed."""

    def __repr__(self) -> str:
        """Only what may stand in a log: no patient, no raw bytes."""
        return f"Claim(id={self.id!r}, lines={len(self.lines)}, offset={self.offset})"

    @property
    def is_secondary(self) -> bool:
        """Whether this payer is not the first one (SBR01 other than P)."""
        return self.payer.sequence not in ("P", "")

    @property
    def patient(self) -> tuple[str, ...]:
        """An opaque key, the same for the same patient and never printed: the member id, and a dependent's name.

        Without a member id (2010BA NM109) nobody is known to be the same: the key is the claim's own then.
        """
        member = next((_part(name, 9) for name in self._segments(self.above, "NM1") if _part(name, 1) == "IL"), "")
        if not member:
            return (self.origin.file, str(self.offset))
        if not self.dependent:
            return (member,)
        name = next((name for name in self._segments(self.dependent, "NM1") if _part(name, 1) == "QC"), [])
        return (member, *(part.strip().upper() for part in name[3:8]), *self.demographics)

    @property
    def demographics(self) -> tuple[str, str]:
        """The patient's DMG02 (CCYYMMDD) and DMG03 (F, M, U): never printed."""
        for parts in self._segments(self.dependent or self.above, "DMG"):
            return _part(parts, 2), _part(parts, 3).upper()
        return "", ""

    @property
    def authorization(self) -> str:
        """2300 REF*G1 of this payer, empty where absent."""
        return self._reference("G1")

    @property
    def referral(self) -> str:
        """2300 REF*9F of this payer, empty where absent."""
        return self._reference("9F")

    @property
    def notes(self) -> tuple[str, ...]:
        """2300 NTE02, free text: never shown in a finding."""
        return tuple(_part(parts, 2) for parts in self._segments(self.head, "NTE"))

    @property
    def condition_codes(self) -> tuple[str, ...]:
        """2300 HI composites of qualifier BG."""
        composites = (text.split(self.origin.component) for hi in self._segments(self.head, "HI") for text in hi[1:])
        return tuple(parts[1] for parts in composites if parts[0] == "BG" and len(parts) > 1)

    @property
    def other_payers(self) -> tuple[OtherPayer, ...]:
        """The other payers of the patient, in their order: loops 2320 and 2330B."""
        element = self.origin.element
        found: list[OtherPayer] = []
        for text in self.head.split(f"{self.split}SBR{element}")[1:]:
            subscriber, *segments = (segment.split(element) for segment in text.split(self.split))
            payer = next((parts for parts in segments if parts[0] == "NM1" and _part(parts, 1) == "PR"), [])
            paid = next((parts for parts in segments if parts[0] == "AMT" and _part(parts, 1) == "D"), [])
            found.append(OtherPayer(_part(subscriber, 0), _part(subscriber, 8), _part(payer, 9), _part(paid, 2)))
        return tuple(found)

    def _reference(self, qualifier: str) -> str:
        """REF02 of a reference in loop 2300: a REF behind an NM1 or SBR belongs to a provider or another payer."""
        element, split = self.origin.element, self.split
        own = self.head.split(f"{split}NM1{element}", 1)[0].split(f"{split}SBR{element}", 1)[0]
        return next((_part(parts, 2) for parts in self._segments(own, "REF") if _part(parts, 1) == qualifier), "")

    def _segments(self, text: str, tag: str) -> Iterator[list[str]]:
        element = self.origin.element
        for segment in text.split(self.split):
            if segment.startswith(tag + element):
                yield segment.split(element)


def _part(parts: list[str], index: int) -> str:
    return parts[index].strip() if index < len(parts) else ""


class Partner(msgspec.Struct, frozen=True, gc=False):
    """The other side of a pair that a finding speaks about."""

    claim: str
    line: str | None


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One predicted problem of one claim or service line: the row of every report.

    Fields in the order of the JSON contract. `segment` counts from ST = 1, `file_segment` from the file's first
    ISA = 1; `offset` and `length` are the bytes of the segment in the (uncompressed) file.
    """

    code: str
    name: str
    severity: Severity
    category: str
    claim: str
    line: str | None
    loop: str
    element: str
    file: str
    interchange: str
    transaction: str
    segment: int
    file_segment: int
    offset: int
    length: int
    payer: str
    service_date: date | None
    charge: Decimal
    message: str
    fix: str
    predicts: tuple[str, ...]
    partners: tuple[Partner, ...]
    fingerprint: str
    suppressed: str | None = None


class BilledFinding(Finding, frozen=True, gc=False):
    """A finding with what its line bills, for reports that show it (a worklist). Not in the JSON contract."""

    claim_offset: int = 0
    """Byte offset of the claim's CLM: tells two claims of the same number apart."""
    procedure: str = ""
    """SV101-2; empty where the finding is about the whole claim, as are the next two."""
    modifiers: tuple[str, ...] = ()
    """SV101-3 to SV101-6."""
    units: Decimal | None = None
    """SV104."""
