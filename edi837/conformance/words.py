"""Puts what pyx12 reports into our own words and codes: from its codes and map nodes, never from its texts' values."""

from __future__ import annotations

import re
from typing import Any

from edi837.conformance.faults import Fault
from edi837.conformance.segments import Segment

_STRUCTURAL = frozenset({"ISA_LOOP", "GS_LOOP", "ST_LOOP", "HEADER", "DETAIL", "FOOTER"})
"""Loops of pyx12's maps that the guides do not number."""

_TAG = re.compile("[A-Z][A-Z0-9]{1,2}")
_SHOWN_CODES = 4
"""Qualifiers that are named at most where they tell which segment is missing."""

_SYNTAX = re.compile(r"Syntax Error \(([PRECL])((?:\d\d)+)\)")


def loop_name(node: Any) -> str:
    """The number of a map node's loop, empty for the envelope and the header."""
    identifier = node.id or ""
    return "" if identifier in _STRUCTURAL else identifier


def shown_tag(tag: str) -> str:
    """A segment id of the file as it may be shown: what is no id may be anything."""
    return tag if _TAG.fullmatch(tag) else "a segment without a valid id"


def _element_tag(tag: str) -> str:
    return tag if _TAG.fullmatch(tag) else ""


def walk_fault(error: Any, segment: Segment, tag: str, start: Any) -> Fault:
    """The fault of an error of pyx12's walker, which went from the map node `start` to a segment."""
    node, code = error.map_node, error.err_cde
    here = loop_name(start.parent)
    if code == "3":
        if error.err_str.startswith("Mandatory loop"):
            message = f"required loop {node.parent.id} is missing: it begins with {_qualified(node)}"
        else:
            message = f"required segment {_qualified(node)} is missing"
        return Fault("P403", segment, message, loop_name(node.parent), node.id)
    if code == "4":
        message = f"loop {loop_name(node) or node.id} comes more than {node.get_max_repeat()} times"
        return Fault("P404", segment, message, loop_name(node), _element_tag(tag))
    if code == "5":
        message = f"{_qualified(node)} comes more than {_times(node.get_max_repeat())}"
        return Fault("P405", segment, message, loop_name(node.parent), node.id)
    if code == "2":
        return Fault("P402", segment, f"{shown_tag(tag)} is not used here", here, _element_tag(tag))
    return Fault("P401", segment, f"{shown_tag(tag)} has no place here", here)


def element_fault(error: Any, node: Any, segment: Segment, tag: str) -> Fault:
    """The fault of an error that pyx12 found in the elements of the segment at a map node."""
    loop, code, place = loop_name(node.parent), error.err_cde, error.map_node
    if place is None:
        code, element, message = _of_several(error, node, tag)
    else:
        element = _element(place, tag)
        code, message = _of_one(error, place, element)
    return Fault(code, segment, message, loop, element)


def _of_one(error: Any, place: Any, element: str) -> tuple[str, str]:
    """Code and message of an error in one element or component."""
    kind = place.get_data_type()
    is_number = kind == "R" or kind.startswith("N")
    match error.err_cde:
        case "1":
            return "P501", f"required element {element} is missing"
        case "4":
            return "P504", f"{element} is shorter than {_characters(place.min_len, is_number)}"
        case "5":
            return "P505", f"{element} is longer than {_characters(place.max_len, is_number)}"
        case "7":
            return "P507", f"{element} holds a code that the guide does not list"
        case "8":
            return "P508", f"{element} is no valid date"
        case "9":
            return "P509", f"{element} is no valid time"
        case "10":
            return "P520", f"{element} is not used"
    if error.err_str.endswith("is an invalid composite"):
        return "P506", f"{element} has components, and takes none"
    if "unnecessary trailing spaces" in error.err_str:
        return "P506", f"{element} ends with blanks"
    if is_number:
        return "P506", f"{element} is no number"
    return "P506", f"{element} holds a character that is not allowed"


def _of_several(error: Any, node: Any, tag: str) -> tuple[str, str, str]:
    """Code, element and message of an error that pyx12 ties to no single element."""
    syntax = _SYNTAX.match(error.err_str)
    if syntax:
        positions = [f"{tag}{number}" for number in re.findall(r"\d\d", syntax[2])]
        first, rest = positions[0], " and ".join(positions[1:])
        match syntax[1]:
            case "E":
                return "P510", first, f"only one of {' and '.join(positions)} may be sent"
            case "P":
                return "P502", first, f"{first} and {rest} are sent together or not at all"
            case "R":
                return "P502", first, f"one of {first} and {rest} is required"
            case "L":
                return "P502", first, f"{first} is sent, and none of {rest}"
        return "P502", first, f"{first} is sent without {rest}"
    reference = str(error.refdes or "")
    position = re.search(r"(\d\d)\Z", reference)
    element = f"{tag}{position[1]}" if position else tag
    if error.err_cde == "1":
        return "P501", element, f"required element {element} is missing"
    if error.err_cde == "5":
        return "P520", element, f"{element} is not used"
    return "P503", element, f"{tag} has more than {len(node.children)} elements"


def too_many_components(node: Any, index: int, segment: Segment, tag: str) -> Fault:
    """The fault of an element with more components than its map node has, which pyx12 fails on."""
    element = f"{tag}{index + 1:02d}"
    message = f"{element} has more than {len(node.children[index].children)} components"
    return Fault("P503", segment, message, loop_name(node.parent), element)


def _element(place: Any, tag: str) -> str:
    """SV102, or SV101-3 for a component."""
    if place.parent.is_composite():
        return f"{tag}{place.parent.seq:02d}-{place.seq}"
    return f"{tag}{place.seq:02d}"


def _qualified(node: Any) -> str:
    """A segment of the map by its id, and by its qualifier where that tells it from others: REF (REF01 EI or SY)."""
    index = 2 if node.id == "HL" else 0
    child = node.children[index]
    suffix = ""
    if child.is_composite():
        child, suffix = child.children[0], "-1"
    codes = [code for code in child.valid_codes if code]
    if not 0 < len(codes) <= _SHOWN_CODES:
        return str(node.id)
    return f"{node.id} ({node.id}{index + 1:02d}{suffix} {' or '.join(codes)})"


def _characters(count: int, is_number: bool) -> str:
    unit = "digit" if is_number else "character"
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
