"""The payer policies that ship with the program: what payers themselves have published, in the form of a [[payer]]."""

from __future__ import annotations

import pkgutil
import tomllib
from functools import cache

from edi837.rules import load_rules
from edi837.settings.policy import PayerPolicy
from edi837.settings.vocabulary import Vocabulary


@cache
def builtin_policies() -> tuple[PayerPolicy, ...]:
    """The built-in policies, in the order of their file."""
    vocabulary = Vocabulary(load_rules())
    text = (pkgutil.get_data(__package__, "policies.toml") or b"").decode()
    return tuple(vocabulary.policy(key, table, f"[{key}]", builtin=True) for key, table in tomllib.loads(text).items())
