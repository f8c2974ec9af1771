"""What day it is: the only clock of the program, which tests set."""

from __future__ import annotations

from datetime import date, datetime


def today() -> date:
    """The local date."""
    return datetime.now().astimezone().date()
