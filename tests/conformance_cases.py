"""Files judged in this process, for the tests of conformance."""

from __future__ import annotations

import random
from typing import NamedTuple

from edi837.conformance.acknowledge import Acknowledgement
from edi837.conformance.findings import findings
from edi837.conformance.judge import Failure, judge
from edi837.conformance.outline import STRETCH, Outline
from edi837.diagnostics import Diagnostic
from edi837.model import Finding


class Verdict(NamedTuple):
    """What comes of a file."""

    findings: list[Finding]
    failures: list[Failure]
    diagnostics: list[Diagnostic]
    acknowledgement: bytes
    stretches: int
    answered: bool

    @property
    def codes(self) -> list[str]:
        """The codes found, in order."""
        return [finding.code for finding in self.findings]

    @property
    def places(self) -> set[tuple[str, int]]:
        """Code and segment of each finding; 0 for those of the envelope, as pyx12's log has it."""
        return {(item.code, 0 if item.code < "P4" else item.file_segment) for item in self.findings}


def judged(data: bytes, *, stretch: int = STRETCH, chunk: int = 1 << 20) -> Verdict:
    """Judges the bytes of a file, with stretches and chunks of a size."""
    outline, answer = Outline("batch.837", stretch=stretch), Acknowledgement()
    stretches = [item for start in range(0, len(data), chunk) for item in outline.feed(data[start : start + chunk])]
    stretches += outline.close()
    found: list[Finding] = []
    failures: list[Failure] = []
    written = b""
    for item in stretches:
        faults = list(judge(item))
        failures += [fault for fault in faults if isinstance(fault, Failure)]
        own = findings(item, [fault for fault in faults if not isinstance(fault, Failure)])
        written += answer.take(item, own)
        found += own
    written += answer.close()
    return Verdict(found, failures, outline.diagnostics, written, len(stretches), answer.whole)


def spoiled(data: bytes, rng: random.Random) -> bytes:
    """The file with some segments deleted, doubled, swapped, emptied or damaged."""
    segments = data.split(b"~")
    for _ in range(rng.randint(1, 6)):
        index, other = rng.randrange(len(segments)), rng.randrange(len(segments))
        match rng.randrange(8):
            case 0 if len(segments) > 1:
                del segments[index]
            case 1:
                segments.insert(index, segments[other])
            case 2:
                elements = segments[index].split(b"*")
                place = rng.randrange(len(elements))
                odd = (
                    b"",
                    b"X",
                    b"9" * 20,
                    b":".join(b"ABCDEFGHIJ"[i : i + 1] for i in range(10)),
                    b"22",
                    b"20",
                    b"23",
                )
                elements[place] = rng.choice((*odd, elements[place] + b"-1-2"))
                segments[index] = b"*".join(elements)
            case 3:
                segments[index] += b"*" * rng.randint(1, 3)
            case 4:
                segments[index] = b""
            case 5:
                segments[index], segments[other] = segments[other], segments[index]
            case 6:
                segments[index] = segments[index].lower()
            case 7 if rng.random() < 0.1 and index:
                del segments[index:]
    return b"~".join(segments)
