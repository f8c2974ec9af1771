"""What a run is told to do: which rules, how severe, and what payers require. Parsed from the text of edi837.toml.

A mistake in the text raises `SettingsError` with its place, what was found and the nearest name that exists.
Finding the file, and reading it, is the command line's business.
"""

from __future__ import annotations

from edi837.settings.builtin import builtin_policies
from edi837.settings.kinds import nearest
from edi837.settings.model import Settings
from edi837.settings.parse import parse_settings, settings_schema
from edi837.settings.policy import PayerPolicy
from edi837.settings.requirements import KEYS, Requirements, switched
from edi837.settings.suppressions import Suppression
from edi837.settings.vocabulary import PAYER_KEYS, SUPPRESS_KEYS, TOP_KEYS

FILE_NAME = "edi837.toml"

__all__ = [
    "FILE_NAME",
    "KEYS",
    "PAYER_KEYS",
    "SUPPRESS_KEYS",
    "TOP_KEYS",
    "PayerPolicy",
    "Requirements",
    "Settings",
    "Suppression",
    "builtin_policies",
    "nearest",
    "parse_settings",
    "settings_schema",
    "switched",
]
