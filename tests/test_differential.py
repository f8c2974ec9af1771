"""Other readers of the same files: pyx12, which walks the TR3's own map, and one that does nothing but split."""

from __future__ import annotations

import importlib
import io
import logging
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from batches import NO_SAMPLES, SAMPLES, fixture, generated, looked_at, read, rows

from edi837.model import Claim


def ours(claims: list[Claim]) -> Iterator[dict[str, Any]]:
    """The rows of the product."""
    for claim in claims:
        for line in claim.lines:
            yield {
                "claim": claim.id,
                "line": line.number,
                "payer": claim.payer.id,
                "payer_class": claim.payer.payer_class,
                "frequency": claim.frequency,
                "diagnoses": claim.diagnoses,
                "procedure": line.procedure,
                "modifiers": line.modifiers,
                "charge": line.charge,
                "unit_basis": line.unit_basis,
                "units": line.units,
                "place_of_service": line.place_of_service,
                "diagnosis_pointers": line.diagnosis_pointers,
                "service_date": line.service_date,
                "service_date_end": line.service_date_end,
                "line_control_number": line.line_control_number,
                "ndc": line.drug.ndc if line.drug else None,
                "ndc_quantity": line.drug.quantity if line.drug else None,
                "ndc_unit": line.drug.unit if line.drug else None,
            }


# pyx12 ----------------------------------------------------------------------------------------------------------------


class Walker:
    """The rows as pyx12 sees them: each segment stands in the loop that the TR3's map gives it."""

    def __init__(self) -> None:
        self.payer = self.payer_class = ""
        self.claim: dict[str, Any] = {}
        self.line: dict[str, Any] | None = None
        self.rendering = {"2310B": "", "2420A": ""}

    def walk(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The rows of a file; the last one comes when the transaction set ends."""
        context = importlib.import_module("pyx12.x12context")
        handler = importlib.import_module("pyx12.error_handler")
        params = importlib.import_module("pyx12.params")
        logger = logging.getLogger("pyx12")
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
        logger.propagate = False
        # It has no map for the other editions, which read alike.
        text = re.sub("005010X222(?:A2)?(?![A0-9])", "005010X222A1", data.decode("latin-1"))
        reader = context.X12ContextReader(params.ParamsBase(), handler.errh_null(), io.StringIO(text, newline=""))
        for node in reader.iter_segments():
            loop = node.x12_map_node.parent.id
            segment = node.seg_data
            if segment.get_seg_id() in ("LX", "CLM", "HL", "SE") and self.line is not None:
                yield self.claim | self.line
                self.line = None
            self.take(loop, segment.get_seg_id(), lambda place, segment=segment: segment.get_value(place) or "")

    def take(self, loop: str, tag: str, value: Any) -> None:
        """One segment: its loop, its id and a look at its elements."""
        match loop, tag:
            case "2000B", "SBR":
                self.payer, self.payer_class = "", value("SBR09")
            case "2010BB", "NM1":
                self.payer = value("NM109")
            case "2300", "CLM":
                self.claim = {
                    "claim": value("CLM01"),
                    "frequency": value("CLM05-3"),
                    "payer": self.payer,
                    "payer_class": self.payer_class,
                    "diagnoses": (),
                }
                self.place = value("CLM05-1")
            case "2300", "HI":
                for number in range(1, 13):
                    if value(f"HI{number:02}-1") in ("ABK", "ABF", "BK", "BF"):
                        code = value(f"HI{number:02}-2").replace(".", "").upper()
                        self.claim["diagnoses"] += (code,)
            case "2400", "LX":
                names = ("service_date", "service_date_end", "line_control_number", "ndc", "ndc_quantity", "ndc_unit")
                self.line = {"line": value("LX01"), **dict.fromkeys(names)}
            case "2400", "SV1":
                self.line |= {
                    "procedure": value("SV101-2"),
                    "modifiers": tuple(filter(None, (value(f"SV101-{number}") for number in range(3, 7)))),
                    "charge": Decimal(value("SV102")),
                    "unit_basis": value("SV103"),
                    "units": Decimal(value("SV104")),
                    "place_of_service": value("SV105") or self.place,
                    "diagnosis_pointers": tuple(
                        int(pointer) for number in range(1, 5) if (pointer := value(f"SV107-{number}"))
                    ),
                }
            case "2400", "DTP" if value("DTP01") == "472":
                first, _, last = value("DTP03").partition("-")
                self.line |= {"service_date": day(first), "service_date_end": day(last or first)}
            case "2400", "REF" if value("REF01") == "6R":
                self.line["line_control_number"] = value("REF02")
            case "2410", "LIN":
                self.line["ndc"] = value("LIN03")
            case "2410", "CTP":
                self.line |= {"ndc_quantity": Decimal(value("CTP04")), "ndc_unit": value("CTP05-1")}


def day(text: str) -> date:
    """The day of CCYYMMDD."""
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


# Small enough for a reader that takes a second for 450 claims.
PUBLIC = [
    "AlexJReid__scribe__x12_005010x222_example_01_synthetic.edi",
    "IPerception__EDI-Workbench__cob_loops.edi",
    "IPerception__EDI-Workbench__multi_hl.edi",
    "IPerception__EDI-Workbench__patient_and_cob.edi",
    "IPerception__EDI-Workbench__repeat_patient.edi",
    "IPerception__EDI-Workbench__sample_837p.edi",
    "IPerception__EDI-Workbench__two_transactions.edi",
    "LinuxForHealth__x12__demo.837",
    "LinuxForHealth__x12__demo.ambulance.example5.837",
    "LinuxForHealth__x12__demo.cob.example3.A.837",
    "LinuxForHealth__x12__demo.cob.example3.B.837",
    "LinuxForHealth__x12__demo.cob.example3.C.837",
    "LinuxForHealth__x12__demo.drug.example10.1.837",
    "LinuxForHealth__x12__demo.drug.example10.2.837",
    "LinuxForHealth__x12__demo.drug.example10.3.837",
    "LinuxForHealth__x12__demo.example7.837",
    "kputnam__stupidedi__COB-claim-from-payer-a-to-payer-b-in-payer-to-payer.edi",
    "kputnam__stupidedi__anesthesia.edi",
    "kputnam__stupidedi__drug-administered-in-the-physician-office.edi",
    "kputnam__stupidedi__home-infusion-therapy-pharmacy-_adjudicated-with-HCPCS-in-loop-2400-or-NDC-in-loop-2410_.edi",
    "kputnam__stupidedi__medicare-secondary-payer-COB.edi",
    "kputnam__stupidedi__wheelchair.edi",
    "apimeister__x12-types__005010_837.edi",
    "moov-io__x12__sample.txt",
]
OWN = [
    "acknowledgement-beside", "authorization", "condition-codes", "crlf", "date-range", "demo", "dependent",
    "description", "guide-x222", "guide-x222a2", "measurement", "ndc", "newline-terminator", "notes",
    "other-delimiters", "other-payer", "place-of-service", "rendering", "secondary-payer-control", "several-dates",
    "subscriber", "two-billing-providers", "two-claims", "two-dependents", "two-groups", "two-transactions", "unbroken",
]  # fmt: skip


@pytest.mark.skipif(SAMPLES is None, reason=NO_SAMPLES)
@pytest.mark.parametrize("name", PUBLIC)
def test_pyx12_reads_the_same_lines_of_public_files(name):
    data = (SAMPLES / "837p" / name).read_bytes()
    expected = list(Walker().walk(data))
    assert expected
    assert list(ours(read(data).claims)) == expected


@pytest.mark.parametrize("name", OWN)
def test_pyx12_reads_the_same_lines_of_the_fixtures(name):
    data = fixture(name)
    expected = list(Walker().walk(data))
    assert expected
    assert list(ours(read(data).claims)) == expected


MIX = ("--injection-share", "0.6", "--defect-share", "0.3", "--repeat-share", "0.2")


@pytest.mark.slow
def test_pyx12_reads_the_same_lines_of_a_generated_batch():
    [data] = generated(*MIX, "--claims", "200", "--claims-per-transaction", "60", "--interchanges", "2").files
    expected = list(Walker().walk(data))
    assert len(expected) > 500
    assert {row["claim"] for row in expected} == {claim.id for claim in read(data).claims}
    assert list(ours(read(data).claims)) == expected


# Plain split ----------------------------------------------------------------------------------------------------------

LAYOUTS = {
    "usual": (),
    "lines": ("--line-ending", "lf", "--claims-per-transaction", "700"),
    "other": ("--delimiters", "|>\\n^", "--interchanges", "3", "--seed", "4"),
}


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_plain_split_reads_the_same_lines_of_a_generated_batch(layout):
    [data] = generated(*MIX, "--claims", "5000", *LAYOUTS[layout]).files
    expected = list(rows(data))
    assert len(expected) > 12_000
    assert list(ours(read(data, chunk=50_000, window=50_000).claims)) == expected
    assert list(ours(looked_at(data, window=50_000))) == expected


@pytest.mark.parametrize("name", OWN)
def test_plain_split_reads_the_same_lines_of_the_fixtures(name):
    data = fixture(name)
    assert list(ours(read(data).claims)) == list(rows(data))
