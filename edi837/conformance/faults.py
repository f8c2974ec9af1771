"""What a judge finds, before it is put into words: a code, a place and the facts that may be shown.

The codes are numbered as X12 numbers them in its acknowledgements, so that a finding and the 999 say the same:
P1 and a note code of TA105 (interchange), P2 and one of AK905 (functional group), P3 and one of IK502 (transaction
set), P4 and one of IK304 (segment), P5 and one of IK403 (element). X12 has no number for P411 and above, nor for P520.
"""

from __future__ import annotations

from typing import NamedTuple

from edi837.conformance.segments import Segment


class Fault(NamedTuple):
    """One breach of the guide. Nothing of it is an element's value."""

    code: str
    at: Segment
    """The segment that it is about, or the next one where it is about one that is missing."""
    message: str
    loop: str = ""
    element: str = ""


class Kind(NamedTuple):
    """What a code means: its name and what to do about it."""

    name: str
    fix: str


_RECOUNT = "export the batch again: the count in the trailer must be that of what was sent"
_REPEAT = "export the batch again: the control number of the trailer must repeat the header's"
_UNIQUE = "give each its own control number: the receiver may take the second for a duplicate"
_TRAILER = "the file may be cut off: get it again, and compare its size with the sender's"

KINDS: dict[str, Kind] = {
    "P101": Kind("interchange-control-numbers-differ", _REPEAT),
    "P121": Kind("group-count-wrong", _RECOUNT),
    "P123": Kind("interchange-trailer-missing", _TRAILER),
    "P125": Kind("interchange-control-number-repeated", _UNIQUE),
    "P203": Kind("group-trailer-missing", _TRAILER),
    "P204": Kind("group-control-numbers-differ", _REPEAT),
    "P205": Kind("transaction-set-count-wrong", _RECOUNT),
    "P206": Kind("group-control-number-repeated", _UNIQUE),
    "P302": Kind("transaction-set-trailer-missing", _TRAILER),
    "P303": Kind("transaction-set-control-numbers-differ", _REPEAT),
    "P304": Kind("segment-count-wrong", _RECOUNT),
    "P323": Kind("transaction-set-control-number-repeated", _UNIQUE),
    "P401": Kind("segment-unexpected", "remove the segment, or move it to the loop where the guide has it"),
    "P402": Kind("segment-not-used", "remove the segment: the guide does not use it here"),
    "P403": Kind("segment-missing", "send the segment or loop: the guide requires it here"),
    "P404": Kind("loop-too-often", "split the claim or subscriber: the guide limits how often the loop may come"),
    "P405": Kind("segment-too-often", "remove what is too many: the guide limits how often the segment may come"),
    "P408": Kind("segment-without-elements", "fill the segment or remove it"),
    "P411": Kind("level-number-wrong", "number the HL segments of a transaction set 1, 2, 3 in HL01"),
    "P412": Kind("level-parent-wrong", "name in HL02 the HL01 of the level above"),
    "P413": Kind("line-number-wrong", "number the service lines of a claim 1, 2, 3 in LX01"),
    "P414": Kind("blanks-before-segment", "take the blanks away: a segment begins behind the terminator"),
    "P415": Kind("empty-segment", "remove the doubled segment terminator"),
    "P416": Kind("terminator-missing", "end the last segment with the segment terminator"),
    "P417": Kind("trailing-separators", "leave empty elements at the end of a segment out, with their separators"),
    "P501": Kind("element-missing", "send the element: the guide requires it here"),
    "P502": Kind("related-element-missing", "send the elements that belong together, or none of them"),
    "P503": Kind("too-many-elements", "remove what is too many: check for a separator within a text"),
    "P504": Kind("element-too-short", "fill the element to its least length"),
    "P505": Kind("element-too-long", "shorten the element to its greatest length"),
    "P506": Kind("character-invalid", "correct the element: remove what its data type does not allow"),
    "P507": Kind("code-invalid", "use a code that the guide lists for this element"),
    "P508": Kind("date-invalid", "correct the date"),
    "P509": Kind("time-invalid", "correct the time"),
    "P510": Kind("elements-exclude-each-other", "send only one of the elements"),
    "P520": Kind("element-not-used", "remove the element: the guide does not use it here"),
}
