"""Claims and service lines in the making, and the 837P segments they become.

Text is made with the usual delimiters (``*`` element, ``:`` component, ``~`` segment); the writer swaps them.
"""

from __future__ import annotations

from typing import NamedTuple

from .formulary import Dose, Drug
from .people import Patient, Renderer


def money(cents: int) -> str:
    """An amount as X12 wants it: no trailing zeros, no needless decimal point."""
    whole, rest = divmod(cents, 100)
    if not rest:
        return str(whole)
    return f"{whole}.{rest // 10}" if rest % 10 == 0 else f"{whole}.{rest:02d}"


class Line:
    """A service line (loop 2400); ``ndc`` is (NDC, quantity, measure) of loop 2410.

    ``basis`` is SV103, ``qualifier`` LIN02, and ``until`` the last day of a line that spans several.
    """

    __slots__ = (
        "auth",
        "basis",
        "charge",
        "code",
        "control",
        "date",
        "description",
        "hemoglobin",
        "modifiers",
        "ndc",
        "note",
        "place",
        "pointers",
        "qualifier",
        "renderer",
        "units",
        "until",
    )

    def __init__(
        self,
        code: str,
        charge: int,
        pointers: tuple[int, ...],
        date: str,
        units: str = "1",
        modifiers: tuple[str, ...] = (),
    ) -> None:
        self.code = code
        self.charge = charge
        self.pointers = pointers
        self.date = date
        self.units = units
        self.modifiers = modifiers
        self.description = ""
        self.hemoglobin = ""
        self.ndc: tuple[str, str, str] | None = None
        self.qualifier = "N4"
        self.basis = "UN"
        self.until = ""
        self.place = ""
        self.note = ""
        self.auth = ""
        self.renderer: Renderer | None = None
        self.control = True

    def give(self, drug: Drug, dose: Dose) -> None:
        """Turn this line into ``dose`` of ``drug``; modifiers, date and pointers stay."""
        self.code, self.charge, self.units = drug.code, dose.charge, str(dose.units)
        self.description = drug.description
        self.ndc = (dose.ndc, dose.quantity, dose.measure)


class Claim:
    """A claim (loop 2300). ``adrift`` is what CLM02 says beyond the sum of the lines, in cents.

    ``expected`` holds the findings that this claim must bring: (line or None for the claim as a whole, rule).
    """

    __slots__ = (
        "adrift",
        "auth",
        "diagnoses",
        "expected",
        "frequency",
        "lines",
        "note",
        "original",
        "patient",
        "place",
        "renderer",
        "shape",
    )

    def __init__(self, patient: Patient, renderer: Renderer, place: str = "11") -> None:
        self.patient = patient
        self.renderer = renderer
        self.place = place
        self.diagnoses: list[str] = []
        self.lines: list[Line] = []
        self.frequency = "1"
        self.original = ""
        self.auth = ""
        self.note = ""
        self.adrift = 0
        self.shape = ""
        self.expected: list[tuple[Line | None, str]] = []


def subscriber_loop(patient: Patient) -> str:
    """Loops 2000B, 2010BA and 2010BB, without the HL."""
    payer, holder = patient.payer, patient.subscriber
    own = patient.dependent is None
    # A second payer after Medicare's own primary says why Medicare is not first.
    why = "12" if payer.kind == "MB" and patient.sequence != "P" else ""
    sbr = f"SBR*{patient.sequence}*{'18' if own else ''}*{patient.group}**{why}****{payer.kind}~"
    name = f"NM1*IL*1*{holder.last}*{holder.first}****MI*{patient.member}~"
    return sbr + name + (holder.address + holder.demographics if own else "") + payer.segment


def dependent_loop(patient: Patient) -> str:
    """Loops 2000C and 2010CA, without the HL; empty when the subscriber is the patient."""
    who = patient.dependent
    if who is None:
        return ""
    return f"PAT*{patient.relation}~NM1*QC*1*{who.last}*{who.first}~{who.address}{who.demographics}"


def _other_payer(claim: Claim, paid: int) -> str:
    """Loops 2320, 2330A and 2330B."""
    patient, other = claim.patient, claim.patient.other
    if other is None:
        return ""
    first = patient.sequence == "S"
    who = patient.person
    amount = f"AMT*D*{money(paid)}~" if first else ""
    return (
        f"SBR*{'P' if first else 'S'}*18*******{other.payer.kind}~{amount}OI***Y***Y~"
        f"NM1*IL*1*{who.last}*{who.first}****MI*{other.member}~{other.payer.segment}"
    )


def paid_first(line: Line) -> tuple[int, int, int]:
    """What the first payer did with a line, in cents: allowed off (CO-45), coinsurance (PR-2), paid."""
    off = line.charge * 3 // 10
    share = (line.charge - off) // 5
    return off, share, line.charge - off - share


def _service(line: Line) -> str:
    """SV101, or SVD03: HC, procedure, modifiers, description."""
    if line.description:
        # The description comes after four places for modifiers, used or not.
        padding = ("",) * (4 - len(line.modifiers))
        return ":".join(("HC", line.code, *line.modifiers, *padding, line.description))
    return ":".join(("HC", line.code, *line.modifiers))


def _line_segments(line: Line, number: int, control: str, adjudicated: str) -> str:
    """Loop 2400 with 2410, 2420A and 2430."""
    service = _service(line)
    pointers = line.pointers
    pointed = str(pointers[0]) if len(pointers) == 1 else ":".join(map(str, pointers))
    measured = f"{money(line.charge)}*{line.basis}*{line.units}*{line.place}**{pointed}"
    days = f"RD8*{line.date}-{line.until}" if line.until else f"D8*{line.date}"
    text = f"LX*{number}~SV1*{service}*{measured}~DTP*472*{days}~"
    if line.hemoglobin:
        text += f"MEA*TR*R1*{line.hemoglobin}~"
    if line.auth:
        text += f"REF*G1*{line.auth}~"
    if line.control:
        text += f"REF*6R*{control}L{number}~"
    if line.note:
        text += f"NTE*ADD*{line.note}~"
    if line.ndc is not None:
        text += f"LIN**{line.qualifier}*{line.ndc[0]}~CTP****{line.ndc[1]}*{line.ndc[2]}~"
    if line.renderer is not None:
        text += line.renderer.segments
    if adjudicated:
        off, share, paid = paid_first(line)
        text += f"SVD*{adjudicated}*{money(paid)}*{service}**{line.units}~"
        text += f"CAS*CO*45*{money(off)}~" if off else ""
        text += f"CAS*PR*2*{money(share)}~" if share else ""
        text += f"DTP*573*D8*{line.date}~"
    return text


class Filler(NamedTuple):
    """Segments that no rule reads, each in its place in loop 2300 or 2310; empty when left out."""

    dates: str = ""
    references: str = ""
    referrer: str = ""
    site: str = ""


def claim_loop(claim: Claim, number: str, filler: Filler) -> str:
    """Loop 2300 and all below it, for a claim whose CLM01 is ``number``."""
    lines = claim.lines
    other = claim.patient.other
    adjudicated = other.payer.id if other is not None and claim.patient.sequence == "S" else ""
    total = sum(line.charge for line in lines) + claim.adrift
    diagnoses = "*ABF:".join(claim.diagnoses)
    parts = [f"CLM*{number}*{money(total)}***{claim.place}:B:{claim.frequency}*Y*A*Y*Y~{filler.dates}"]
    if claim.auth:
        parts.append(f"REF*G1*{claim.auth}~")
    if claim.original:
        parts.append(f"REF*F8*{claim.original}~")
    parts.append(filler.references)
    if claim.note:
        parts.append(f"NTE*ADD*{claim.note}~")
    parts.append(f"HI*ABK:{diagnoses}~{filler.referrer}{claim.renderer.segments}{filler.site}")
    if other is not None:
        parts.append(_other_payer(claim, sum(paid_first(line)[2] for line in lines)))
    parts.extend(_line_segments(line, place, number, adjudicated) for place, line in enumerate(lines, 1))
    return "".join(parts)
