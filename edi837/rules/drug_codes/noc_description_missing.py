"""D03: an unlisted drug code without the name and dose of the drug."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edi837.model import Severity
from edi837.reference.drugs import NOC
from edi837.rules.base import Context, Hit, rule
from edi837.rules.encounter import Encounter

_UNLISTED_ADMINISTRATION = "96379"
_UNLISTED_VACCINE = "90749"
_CODES = NOC | {_UNLISTED_ADMINISTRATION}
_WITHOUT_DOSE = frozenset({_UNLISTED_ADMINISTRATION, _UNLISTED_VACCINE})

# An amount that is not a concentration: 40 MG, 2ML and 500 UNITS, but not 40 MG/ML.
_DOSE = re.compile(
    r"\d[\d,.]*\s*(?:MG|MCG|UG|NG|G|GM|GRAMS?|MEQ|MMOL|IU|U|UNITS?|ML|CC)\b(?!\s*/)", re.ASCII | re.IGNORECASE
)


@rule(
    "D03",
    triggers=_CODES,
    severity=Severity.ERROR,
    category="code-ndc",
    predicts=("CO-16+N350|M123|N850", "CO-96+N350", "MA130"),
    confidence="verified",
)
def noc_description_missing(encounter: Encounter, ctx: Context) -> Iterator[Hit]:
    """An unlisted code is billed without the name and total dose of the drug.

    Why: J3490 and the other unlisted codes say nothing about the drug, so the payer prices them by the text: name and
        total dose (mg, mcg or units, not a concentration), with the NDC. Some payers read SV101-7, others the line
        note. A line without any text is rejected as unprocessable; a text without a dose is a warning.
    Fix: Put the drug's name and total dose into SV101-7 and a line note (NTE*ADD), and the NDC into loop 2410.
    Denied:
        SV1*HC:J3490*50*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Clean:
        SV1*HC:J3490:::::SARILUMAB 200 MG*50*UN*1***1~
        SV1*HC:96372*35*UN*1***1~
    Source: Palmetto AW8MMP6652; Nebraska Blue RP-X-005; BCBS of Minnesota; RARC N350 and M123.
    """
    for line in encounter.lines:
        code = line.procedure
        if code not in _CODES:
            continue
        texts = [text for text in (line.description, *line.notes) if text.strip()]
        notes = encounter.claim_of(line).notes
        if code in _WITHOUT_DOSE:
            if not texts and not notes:
                yield Hit(line, "SV101-7", f"{code} has no description in SV101-7 and no note")
        elif not any(_DOSE.search(text) for text in (*texts, *notes)):
            if texts:
                yield Hit(
                    line,
                    "SV101-7",
                    f"the description of {code} states no total dose",
                    "add the total dose (mg, mcg or units, not a concentration) to SV101-7 or the line note",
                    severity=Severity.WARNING,
                )
            else:
                yield Hit(line, "SV101-7", f"{code} has no description in SV101-7 and no note that states a dose")
