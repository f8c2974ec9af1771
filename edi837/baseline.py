"""The baseline: the findings that a batch had when the check was adopted, by rule and fingerprint.

A finding that is in it is known, however often it comes up and wherever its claim stands; so the answer is the same in
whatever order, and by however many processes, claims are checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from edi837.errors import SettingsError
from edi837.model import Finding

VERSION: Literal[1] = 1

_Code = Annotated[str, msgspec.Meta(pattern="^[A-Z][0-9]{2}$")]
_Fingerprint = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]


class BaselineFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form of a baseline file: JSON, the codes and the fingerprints of each in order, one on a line."""

    schema_version: Literal[1]
    findings: dict[_Code, frozenset[_Fingerprint]]


class _Head(msgspec.Struct):
    """What tells a baseline of another version from a file of another kind."""

    schema_version: int
    findings: msgspec.Raw


class Baseline(msgspec.Struct, frozen=True):
    """Fingerprints of known findings, by the code of their rule."""

    fingerprints: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes) -> Baseline:
        """The baseline in the bytes of its file; raises `SettingsError`, without the file's name, if it is none."""
        try:
            file = msgspec.json.decode(data, type=BaselineFile)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise SettingsError(_why_not(data)) from None
        return cls(file.findings)

    def __len__(self) -> int:
        return sum(map(len, self.fingerprints.values()))

    def __contains__(self, finding: Finding) -> bool:
        return finding.fingerprint in self.fingerprints.get(finding.code, ())

    def merged(self, other: Baseline) -> Baseline:
        """What either of them knows."""
        both = dict(self.fingerprints)
        for code, fingerprints in other.fingerprints.items():
            both[code] = both.get(code, frozenset()) | fingerprints
        return Baseline(both)

    def to_bytes(self) -> bytes:
        """The file: the same bytes for the same findings, one more line for one more finding."""
        known = {code: found for code, found in self.fingerprints.items() if found}
        encoded = msgspec.json.encode(BaselineFile(VERSION, known), order="deterministic")
        return msgspec.json.format(encoded, indent=2) + b"\n"


NO_BASELINE = Baseline()
"""Knows nothing."""


def _why_not(data: bytes) -> str:
    """What is wrong with the bytes, in words that repeat none of them."""
    try:
        version = msgspec.json.decode(data, type=_Head).schema_version
    except (msgspec.DecodeError, UnicodeDecodeError):
        version = VERSION
    if version != VERSION:
        return f"a baseline of version {version}, and this edi837 reads version {VERSION}"
    return "not a baseline, or a damaged one; write a new one into another file with --add-baseline"
