"""What a line bills, put to its finding: only where a report asks for it, and never into the JSON contract."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from batches import fixture
from msgspec import structs
from test_reporters import CLAIM, VISIT

from edi837.billed import BilledChecker, billed
from edi837.check import RegionChecker, check_bytes
from edi837.engine import Engine
from edi837.index import FileScan, Run
from edi837.model import BilledFinding, Finding
from edi837.reference import Reference
from edi837.rules import load_rules
from edi837.settings import Settings

DATA = fixture("demo")


def told(finding):
    return finding.claim_offset, finding.procedure, finding.modifiers, finding.units


def test_a_finding_gets_the_facts_of_its_line():
    finding = billed(structs.replace(VISIT, line="2", charge=Decimal("40.00")), CLAIM)
    assert told(finding) == (900, "J3301", ("JZ", "RT"), Decimal(4))
    assert {name: getattr(finding, name) for name in Finding.__struct_fields__} == {
        **structs.asdict(VISIT),
        "charge": Decimal("40.00"),
    }


def test_of_two_lines_with_one_number_the_charge_tells_which():
    first, second = (
        structs.replace(CLAIM.lines[0], charge=Decimal(charge), procedure=f"J000{charge}") for charge in "12"
    )
    claim = structs.replace(CLAIM, lines=(first, second))
    assert billed(structs.replace(VISIT, charge=Decimal(2)), claim).procedure == "J0002"


def test_a_finding_of_the_whole_claim_bills_nothing():
    assert told(billed(structs.replace(VISIT, line=None), CLAIM)) == (900, "", (), None)


def test_a_line_that_the_claim_does_not_have_bills_nothing():
    assert told(billed(structs.replace(VISIT, line="9"), CLAIM)) == (900, "", (), None)


def findings(checker: type[RegionChecker]):
    engine = Engine(load_rules(), Settings(), Reference.builtin())
    scan = FileScan("demo.837", engine.trigger())
    scan.feed(DATA)
    run = Run.of([scan.close()])
    made = checker(run, engine, lambda file, offset, size: DATA[offset : offset + size])
    return [item for index in range(len(run.files[0].regions)) for item in made.check(0, index).findings]


def test_the_findings_are_the_same_but_for_what_they_bill():
    plain, full = findings(RegionChecker), findings(BilledChecker)
    assert len(plain) == 8
    assert {type(item) for item in full} == {BilledFinding}
    assert [[getattr(item, name) for name in Finding.__struct_fields__] for item in full] == [
        list(structs.astuple(item)) for item in plain
    ]
    assert [item.procedure for item in full] == [
        "J0897", "99213", "96372", "96372", "96372", "J1885", "J1885", "J0690",
    ]  # fmt: skip


def test_the_contract_does_not_know_of_it():
    assert {type(item) for item in check_bytes(DATA).findings} == {Finding}
    assert b"procedure" not in msgspec.json.encode(findings(RegionChecker))
    assert Finding.__struct_fields__[-1] == "suppressed"
