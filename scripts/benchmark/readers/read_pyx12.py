"""pyx12: `X12ContextReader.iter_segments` with the loop to be gathered; other segments come one by one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pyx12.error_handler
import pyx12.params
import pyx12.x12context

# Without a handler it writes each of its findings to the standard error.
logging.getLogger("pyx12").addHandler(logging.NullHandler())
logging.getLogger("pyx12").propagate = False


def _nodes(path: str, loop: str) -> Iterator[Any]:
    errors = pyx12.error_handler.errh_null()
    yield from pyx12.x12context.X12ContextReader(pyx12.params.params(), errors, path).iter_segments(loop)


def claims(path: str) -> Iterator[tuple[Any, ...]]:
    """The claims of an 837P file."""
    payer = None
    for node in _nodes(path, "2300"):
        if node.id == "2300":
            lines = [(line.get_value("SV101-2"), line.get_value("SV102"), None) for line in node.select("2400")]
            yield node.get_value("CLM01"), payer, node.get_value("CLM02"), None, lines
        elif node.id == "NM1" and node.get_value("NM101") == "PR":
            payer = node.get_value("NM109")


def payments(path: str) -> Iterator[tuple[Any, ...]]:
    """The claim payments of an 835 file."""
    payer = None
    for node in _nodes(path, "2100"):
        if node.id == "2100":
            lines = [
                (line.get_value("SVC01-2"), line.get_value("SVC02"), line.get_value("SVC03"))
                for line in node.select("2110")
            ]
            yield node.get_value("CLP01"), payer, node.get_value("CLP03"), node.get_value("CLP04"), lines
        elif node.id == "N1" and node.get_value("N101") == "PR":
            payer = node.get_value("N102")
