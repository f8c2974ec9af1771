"""The maker of visits: patients, and office visits with an injection that no rule objects to."""

from __future__ import annotations

from collections.abc import Collection

from .claims import Claim, Line
from .formulary import (
    ALL,
    CHILD_PROBLEMS,
    COMMERCIAL,
    DRUGS,
    EVERYDAY,
    MEDICARE,
    OFFICE_VISITS,
    PREVENTIVE_VISITS,
    PROBLEMS,
    Dose,
    Drug,
)
from .people import MIX, Billing, Dice, OtherCover, Patient, payers, person

_NOTES = (
    "INJECTION GIVEN LEFT DELTOID",
    "INJECTION GIVEN RIGHT GLUTEUS",
    "NO ADVERSE REACTION OBSERVED",
    "FOLLOW UP IN TWO WEEKS",
    "CHART AVAILABLE ON REQUEST",
)
# A patient's other payer by the class that is billed: (its class, SBR01 of the payer that is billed).
_SECOND_COVER = {
    "MB": (("MC", "P"), ("BL", "P"), ("CI", "S")),
    "MC": (("CI", "S"),),
    "CI": (("BL", "S"), ("12", "P")),
    "BL": (("CI", "S"),),
}


Ages = tuple[int, int]
Pair = tuple[Line, Line]


class Visit:
    """The claims of one encounter and, by role, the lines that a defect will want to change."""

    __slots__ = ("admins", "claims", "date", "drugs", "em_line")

    def __init__(self, claim: Claim, date: str) -> None:
        self.claims = [claim]
        self.date = date
        self.em_line: Line | None = None
        self.drugs: list[Line] = []
        self.admins: list[Line] = []

    @property
    def claim(self) -> Claim:
        """The claim that carries the injection."""
        return self.claims[0]

    @property
    def em(self) -> Line:
        """The visit line; only for visits made with one."""
        if self.em_line is None:
            raise ValueError("this visit was made without an E/M line")
        return self.em_line

    @property
    def drug(self) -> Line:
        """The first drug line."""
        return self.drugs[0]

    @property
    def admin(self) -> Line:
        """The first administration line."""
        return self.admins[0]

    def drop(self, line: Line) -> None:
        """Take ``line`` off its claim."""
        for claim in self.claims:
            if line in claim.lines:
                claim.lines.remove(line)

    def move(self, line: Line) -> Claim:
        """Put ``line`` on a new claim of the same patient, date and renderer; returns that claim."""
        self.drop(line)
        first = self.claim
        claim = Claim(first.patient, first.renderer, first.place)
        claim.diagnoses = list(first.diagnoses)
        claim.lines = [line]
        self.claims.append(claim)
        return claim

    def expect(self, rule: str, *lines: Line) -> Visit:
        """Note that ``rule`` must be found on each of ``lines``, or on the first claim; returns self."""
        for line in lines:
            for claim in self.claims:
                if line in claim.lines:
                    claim.expected.append((line, rule))
        if not lines:
            self.claim.expected.append((None, rule))
        return self


class Maker:
    """Makes visits for one provider group at a time (``billing``, which the writer moves on)."""

    def __init__(self, dice: Dice, days: list[str], billing: Billing, tag: str) -> None:
        self.dice = dice
        self.days = days
        self.billing = billing
        self.tag = tag
        self.serial = 0
        self.payers = payers()
        weighted = [drug for drug in DRUGS for _ in range(drug.weight)]
        self.tickets = {kind: tuple(drug for drug in weighted if kind in drug.classes) for kind in ALL}

    def fee(self, cents: int) -> int:
        """A charge at the fee level of the group that bills."""
        return cents * self.billing.fees // 100

    def kind(self, kinds: Collection[str] = ALL) -> str:
        """A payer class out of ``kinds``, in the mix of the batch."""
        while True:
            kind = self.dice.pick(MIX)
            if kind in kinds:
                return kind

    def patient(self, kind: str, sex: str = "", ages: Ages = (0, 90), cover: bool = False) -> Patient:
        """A new patient of payer class ``kind``; with ``cover``, one in twelve has a second insurance."""
        dice = self.dice
        low, high = (max(66, ages[0]), ages[1]) if kind in MEDICARE else (ages[0], min(64, ages[1]))
        self.serial += 1
        serial = f"{self.serial:07d}"
        payer = dice.pick(self.payers[kind])
        # Medicare ids never hold an S in second place, so that none of these is a real one.
        member = f"1S{self.tag[-1]}{serial}A" if kind == "MB" else f"X{self.tag}{serial}{kind}"
        group = f"GRP{dice.between(1000, 9999)}" if kind in COMMERCIAL else ""
        treated = person(dice, sex or ("F" if dice.chance(0.54) else "M"), dice.between(low, high))
        age = 2026 - int(treated.birth[:4])
        if kind in COMMERCIAL and (age < 22 or dice.chance(0.25)):
            sex = "F" if treated.sex == "M" else "M"
            holder = person(dice, sex, dice.between(30, 62), treated.last, treated.address)
            return Patient(payer, member, group, holder, treated, "19" if age < 22 else "01")
        patient = Patient(payer, member, group, treated)
        if cover and kind in _SECOND_COVER and dice.chance(1 / 12):
            self.add_cover(patient)
        return patient

    def add_cover(self, patient: Patient, sequence: str = "") -> None:
        """Give ``patient`` a second insurance; with ``sequence`` "S" or "P", one of that order."""
        choices = [c for c in _SECOND_COVER[patient.payer.kind] if sequence in ("", c[1])]
        kind, patient.sequence = self.dice.pick(choices)
        patient.other = OtherCover(self.dice.pick(self.payers[kind]), f"OC{self.tag}{self.serial:07d}")

    def date(self, patient: Patient) -> str:
        """A date of service that the patient has no visit on yet."""
        while True:
            day = int(self.dice.random() * len(self.days))
            if day not in patient.used:
                patient.used.add(day)
                return self.days[day]

    def claim(self, patient: Patient, place: str = "11") -> Claim:
        """An empty claim with a renderer of the group."""
        return Claim(patient, self.dice.pick(self.billing.renderers), place)

    def problems(self, patient: Patient, count: int, besides: str = "") -> list[str]:
        """``count`` different diagnoses that fit the patient's age, none of them ``besides``."""
        pool = CHILD_PROBLEMS if patient.age < 18 else PROBLEMS
        start = int(self.dice.random() * len(pool))
        found = [code for code in pool[start:] + pool[:start] if code != besides]
        return found[:count]

    def preventive(self, patient: Patient) -> tuple[str, int]:
        """The preventive visit for the patient's age, and its fee."""
        return next((code, fee) for age, code, fee in reversed(PREVENTIVE_VISITS) if patient.age >= age)

    def fitting(self, patient: Patient, but: str = "") -> Drug:
        """An everyday drug for this patient that is not ``but``."""
        while True:
            drug = self.dice.pick(EVERYDAY)
            if drug.code != but and drug.ages[0] <= patient.age and patient.payer.kind in drug.classes:
                return drug

    def drug_line(
        self, drug: Drug, dose: Dose, patient: Patient, pointer: int, date: str, ndc: bool | None = None
    ) -> Line:
        """A drug line as the payer wants it; ``ndc`` None leaves the NDC off where nobody asks for it."""
        kind = patient.payer.kind
        line = Line(drug.code, 0, (pointer,), date)
        line.give(drug, dose)
        line.charge = self.fee(dose.charge)
        if kind in MEDICARE and drug.vial != "N":
            line.modifiers = ("JZ",)
        # Part B alone does not read NDCs; a Medicaid behind it does.
        idle = kind == "MB" and patient.other is None and not drug.description
        if ndc is False or (ndc is None and idle and self.dice.chance(0.2)):
            line.ndc = None
        return line

    def injection(
        self,
        kinds: Collection[str] = ALL,
        *,
        drug: Drug | None = None,
        em: bool = True,
        patient: Patient | None = None,
        ndc: bool | None = None,
        cover: bool = False,
        place: str = "11",
    ) -> Visit:
        """A clean visit with one injection: drug, 96372 and, with ``em``, an office visit with 25."""
        dice = self.dice
        if patient is None:
            kind = self.kind(drug.classes.intersection(kinds) if drug else kinds)
            drug = drug or dice.pick(self.tickets[kind])
            patient = self.patient(kind, drug.sex, drug.ages, cover)
        drug = drug or self.fitting(patient)
        date = self.date(patient)
        claim = self.claim(patient, place)
        visit = Visit(claim, date)
        reason = dice.pick(drug.diagnoses)
        # The visit has a problem of its own: an E/M for the injection's diagnosis alone is a risk in itself.
        count = dice.between(1, 3) if em else dice.between(0, 1)
        claim.diagnoses = [reason, *self.problems(patient, count, reason)]
        line = self.drug_line(drug, dice.pick(drug.doses), patient, 1, date, ndc)
        admin = Line("96372", self.fee(3500), (1,), date)
        visit.drugs.append(line)
        visit.admins.append(admin)
        claim.lines = [line, admin] if dice.chance(0.5) else [admin, line]
        if em:
            code, fee = dice.pick(OFFICE_VISITS)
            pointers = (2, 3) if len(claim.diagnoses) > 2 and dice.chance(0.6) else dice.pick(((2,), (2, 1)))
            visit.em_line = Line(code, self.fee(fee), pointers, date, "1", ("25",))
            claim.lines.insert(0, visit.em_line)
        self.authorise(visit, drug)
        if dice.chance(0.05):
            claim.note = dice.pick(_NOTES)
        return visit

    def authorise(self, visit: Visit, drug: Drug) -> None:
        """Give the claim the authorisation that ``drug`` needs, and some claims one that nothing asks for."""
        kind = visit.claim.patient.payer.kind
        needed = drug.auth and kind != "MB"
        if needed and self.dice.chance(0.1):
            visit.drug.auth = self.auth()
        elif needed or self.dice.chance(0.06):
            visit.claim.auth = self.auth()

    def auth(self) -> str:
        """An authorisation number."""
        return f"PA{self.dice.between(10_000_000, 99_999_999)}"

    def second(self, visit: Visit, modifier: str | None = None, drug: Drug | None = None) -> Pair:
        """Add an injection of another drug with its own 96372; returns both lines."""
        claim = visit.claim
        drug = drug or self.fitting(claim.patient, visit.drug.code)
        reasons = [code for code in drug.diagnoses if code not in claim.diagnoses]
        claim.diagnoses.append(self.dice.pick(reasons))
        place = len(claim.diagnoses)
        line = self.drug_line(drug, self.dice.pick(drug.doses), claim.patient, place, visit.date)
        admin = Line("96372", self.fee(3500), (place,), visit.date)
        distinct = self.dice.pick(("59", "59", "XS", "XU")) if modifier is None else modifier
        admin.modifiers = (distinct,) if distinct else ()
        visit.drugs.append(line)
        visit.admins.append(admin)
        claim.lines += [line, admin]
        return line, admin
