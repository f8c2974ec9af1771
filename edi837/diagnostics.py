"""What the readers say about a file: each fault is a value with a code, a place and a cure.

Codes: X1 the file, X2 the envelope, X3 segments, X4 transaction sets, C claims, R remittances (R1 the payment, R2 claim
payments, R3 service payments, R4 what does not add up), S suppressions. The severity says what it does to the result:
an error means that claims were lost or could not be read whole (exit code 2), a warning that everything was read in
spite of it, an info that something was passed over as it should be.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from edi837.model import Severity


class DiagnosticKind(NamedTuple):
    """What a diagnostic code means: its severity and the cure to offer."""

    severity: Severity
    cure: str


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

KINDS: dict[str, DiagnosticKind] = {
    "X100": DiagnosticKind(_E, "send the file that the billing system wrote; this one holds nothing"),
    "X101": DiagnosticKind(_E, "an X12 file begins with an ISA segment in capitals: send the file as it was exported"),
    "X102": DiagnosticKind(_E, "the ISA segment is 106 characters wide with 16 fixed-width elements: export it again"),
    "X103": DiagnosticKind(_W, "nothing: the blanks or the byte order mark before ISA were skipped"),
    "X104": DiagnosticKind(_E, "export the file again as X12 text, not as a document, image or archive"),
    "X105": DiagnosticKind(_W, "remove what stands between the interchanges"),
    "X106": DiagnosticKind(_W, "the ISA segment is 106 characters wide: a receiver may reject the interchange"),
    "X107": DiagnosticKind(_E, "check that the file is whole and readable, and run again"),
    "X201": DiagnosticKind(_W, "ask the sender to recount: the receiver may reject the transaction set"),
    "X202": DiagnosticKind(_W, "the number in SE02 must repeat ST02"),
    "X203": DiagnosticKind(_W, "GE01 must count the transaction sets of its functional group"),
    "X204": DiagnosticKind(_W, "the number in GE02 must repeat GS06"),
    "X205": DiagnosticKind(_W, "IEA01 must count the functional groups of its interchange"),
    "X206": DiagnosticKind(_W, "the number in IEA02 must repeat ISA13"),
    "X207": DiagnosticKind(_E, "the file may be cut off: get it again, and compare its size with the sender's"),
    "X208": DiagnosticKind(_W, "the closing GE or IEA segment is missing: ask for the whole file"),
    "X209": DiagnosticKind(_E, "the file is cut off inside a segment: get it again"),
    "X210": DiagnosticKind(_W, "the segment stands outside any transaction set and was skipped"),
    "X211": DiagnosticKind(_W, "the last segment has no terminator: the receiver may reject the file"),
    "X301": DiagnosticKind(_W, "remove the doubled segment terminator"),
    "X302": DiagnosticKind(_E, "a terminator or a CLM, HL, CLP or SE segment is missing here: export the batch again"),
    "X303": DiagnosticKind(_E, "export the batch again with an HL segment for each subscriber, or correct these first"),
    "X304": DiagnosticKind(_E, "export the batch again: HL02 must name the HL segment that the loop belongs to"),
    "X305": DiagnosticKind(_W, "HL02 must name the HL segment that the loop belongs to"),
    "X306": DiagnosticKind(_E, "export the batch again: ISA, GS and ST must open what IEA, GE and SE close"),
    "X401": DiagnosticKind(
        _I, "nothing, if it was sent on purpose: only 005010 837P claims and 835 remittances are read"
    ),
    "X402": DiagnosticKind(_I, "ask for it as 005010X222A1 (claims) or 005010X221A1: older versions are not read"),
    "X501": DiagnosticKind(_E, "run again; if it stays, check this part of the file by other means"),
    "C101": DiagnosticKind(_E, "give the claim a patient control number in CLM01"),
    "C102": DiagnosticKind(_E, "correct the amount: digits with at most one decimal point"),
    "C103": DiagnosticKind(_E, "the claim has no service line (loop 2400): add one or remove the claim"),
    "C104": DiagnosticKind(_W, "add the diagnoses (HI segment) to loop 2300"),
    "C105": DiagnosticKind(_W, "the claim stands under no subscriber loop (HL 22): check the HL segments above it"),
    "C106": DiagnosticKind(
        _W, "without HL segments a claim may be read as another subscriber's: export the batch again"
    ),
    "C107": DiagnosticKind(_E, "the CLM segment of these lines is missing: export the batch again"),
    "C201": DiagnosticKind(_E, "the service line lacks elements: SV101 to SV104 and SV107 are required"),
    "C202": DiagnosticKind(_E, "correct the units: digits with at most one decimal point"),
    "C203": DiagnosticKind(_E, "correct the date of service: DTP*472*D8*CCYYMMDD, or RD8 with two dates"),
    "C204": DiagnosticKind(_W, "the service line has no date of service (DTP*472): add it"),
    "C205": DiagnosticKind(_E, "the LX segment has no SV1 segment behind it: complete or remove the line"),
    "C206": DiagnosticKind(_W, "diagnosis pointers are whole numbers from 1 to 12"),
    "C207": DiagnosticKind(_W, "correct the NDC quantity in CTP04: digits with at most one decimal point"),
    "C208": DiagnosticKind(_W, "only one LIN and one CTP belong to a service line: the later ones were not read"),
    "R101": DiagnosticKind(_E, "ask the payer for the remittance again: BPR02 has to say what was paid"),
    "R102": DiagnosticKind(_W, "ask the payer to send it; until then the payments can only be matched by claim"),
    "R103": DiagnosticKind(_E, "look the provider adjustment up in the payer's portal, and ask for a corrected file"),
    "R104": DiagnosticKind(_E, "a CLP segment is missing or cut off above: ask the payer for the remittance again"),
    "R201": DiagnosticKind(_E, "post the claim payment by hand, by CLP07, and ask the payer for a corrected file"),
    "R202": DiagnosticKind(_E, "look the claim payment up in the payer's portal, and ask for a corrected file"),
    "R203": DiagnosticKind(_E, "look the adjustment up in the payer's portal, and ask for a corrected file"),
    "R204": DiagnosticKind(_E, "ask the payer for the group (CAS01) and the reason code (CARC) of the adjustment"),
    "R205": DiagnosticKind(_E, "ask the payer for a corrected file: dates are CCYYMMDD"),
    "R301": DiagnosticKind(_W, "nothing, if the code is right; else check that ISA16 names the component separator"),
    "R302": DiagnosticKind(_E, "ask the payer which procedure was adjudicated: SVC01 is qualifier and code"),
    "R303": DiagnosticKind(_E, "look the service payment up in the payer's portal, and ask for a corrected file"),
    "R304": DiagnosticKind(_E, "look the units up in the payer's portal: digits with at most one decimal point"),
    "R401": DiagnosticKind(
        _W, "ask the payer what else was adjusted: SVC02 - SVC03 has to be the sum of the CAS amounts"
    ),
    "R402": DiagnosticKind(
        _W, "ask the payer what else was adjusted: CLP03 - CLP04 has to be the sum of all CAS amounts"
    ),
    "R403": DiagnosticKind(_W, "check the deposit against the remittance: BPR02 has to be the sum of CLP04 less PLB"),
    "R404": DiagnosticKind(_W, "post it once, if the payer paid it once: compare the totals"),
    "S101": DiagnosticKind(_W, "remove the entry, or give it a new date if somebody still answers for it"),
    "S102": DiagnosticKind(_W, "remove the entry if its claims are corrected, or check what it is about"),
    "S103": DiagnosticKind(_I, "nothing: their claims are corrected, or not among these files"),
}


class Diagnostic(msgspec.Struct, frozen=True, gc=False):
    """One fault of a file: code, severity, what is wrong and where.

    `segment` is the position in the file of the segment (the first ISA is 1), `offset` its byte offset in the
    (uncompressed) file. The message names segment and element, and never carries an element's text.
    """

    code: str
    severity: Severity
    message: str
    file: str
    segment: int | None = None
    offset: int | None = None

    @property
    def cure(self) -> str:
        """What the reader of the message can do about it."""
        return KINDS[self.code].cure


def diagnostic(code: str, message: str, file: str, segment: int | None = None, offset: int | None = None) -> Diagnostic:
    """The diagnostic of a code, with the severity that its kind has."""
    return Diagnostic(code, KINDS[code].severity, message, file, segment, offset)
