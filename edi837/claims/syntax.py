"""The delimiters of an interchange as text, and how text is cut into segments."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import msgspec

from edi837.x12.delimiters import PADDING, Delimiters

_PADDING = PADDING.decode()


class Tags(msgspec.Struct, frozen=True, gc=False):
    """The beginnings of the segments that a text is cut at, each with the split in front of it."""

    split: str
    """What stands between two segments."""
    claim: str
    level: str
    line: str
    subscriber: str
    name: str
    insured: str
    payer: str
    diagnoses: str


class Syntax(NamedTuple):
    """Delimiters decoded as latin-1, which keeps one character for each byte."""

    element: str
    component: str
    repetition: str
    terminator: str
    padding: str | None
    """None where it changes from segment to segment."""
    tags: Tags
    """Those of text that is cut as the interchange is; of text that was made even where the padding changes."""

    def read(self, raw: bytes, *, has_empty: bool = False) -> tuple[str, Tags]:
        """The text of bytes that begin with a terminator, and what cuts it into segments.

        Where the padding changes or segments are empty the text is made even; it has other offsets than the bytes then.
        """
        text = raw.decode("latin-1")
        if self.padding is not None and not has_empty:
            return text, self.tags
        segments = filter(None, (segment.lstrip(_PADDING) for segment in text.split(self.terminator)))
        return self.terminator + self.terminator.join(segments), _tags(self.terminator, self.element)


@lru_cache(maxsize=64)
def _tags(split: str, element: str) -> Tags:
    return Tags(
        split,
        f"{split}CLM{element}",
        f"{split}HL{element}",
        f"{split}LX{element}",
        f"{split}SBR{element}",
        f"{split}NM1{element}",
        f"{split}NM1{element}IL{element}",
        f"{split}NM1{element}PR{element}",
        f"{split}HI{element}",
    )


@lru_cache(maxsize=64)
def syntax_of(delimiters: Delimiters) -> Syntax:
    """The text form of an interchange's delimiters."""
    element, terminator = delimiters.element.decode("latin-1"), delimiters.terminator.decode("latin-1")
    padding = None if delimiters.padding is None else delimiters.padding.decode("latin-1")
    return Syntax(
        element,
        delimiters.component.decode("latin-1"),
        delimiters.repetition.decode("latin-1"),
        terminator,
        padding,
        _tags(terminator + (padding or ""), element),
    )
