"""Payers as the options of a rule name them."""

from __future__ import annotations

import re
from collections.abc import Container

from edi837.model import Payer


def is_named(payer: Payer, names: Container[str]) -> bool:
    """Whether a list has the payer by its id (NM109) or by a word of its name (NM103), in capitals."""
    return payer.id in names or any(word in names for word in re.findall(r"\w+", payer.name.upper()))
