"""Reads files with one of the readers beside it, and prints what it did; runs alone in the reader's own environment.

    python run.py read_pyx12 claims time FILE...    seconds, peak memory, and the files that could not be read
    python run.py read_pyx12 claims rows FILE...    a line for each file, and one for each claim read from it

It needs nothing but the standard library and what the reader imports. A reader is a module with `claims(path)` for
837P files, `payments(path)` for 835 files, or both: each yields a row for each claim,
`(claim, payer, charge, paid, [(procedure, charge, paid), ...])`, with what its package gives for them. The payer is
its id (NM109) for claims and its name (N102, which every remittance has) for payments.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import time
import warnings
from collections import deque
from pathlib import Path


def _plain(value: object) -> str:
    """A value of a row as text: money as it is written, and what is given as bytes decoded."""
    return value.decode() if isinstance(value, bytes) else str(value)


def _refusal(error: Exception) -> str:
    """The kind of an error with its message, on one short line."""
    told = " ".join(str(error).split())
    return f"{type(error).__name__}: {told[:60]}{'...' if len(told) > 60 else ''}" if told else type(error).__name__


def _peak() -> float:
    """The most memory that this process has held, in MB; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else 0.0


def main() -> None:
    """Reads as the arguments say."""
    name, kind, mode, *files = sys.argv[1:]
    # A warning for each of a million segments would be a measurement of the terminal.
    warnings.simplefilter("ignore")
    read = getattr(importlib.import_module(name), kind)
    refused: list[str] = []
    start = time.perf_counter()
    for file in files:
        if mode == "rows":
            print(json.dumps(file))
        try:
            if mode == "rows":
                for row in read(file):
                    print(json.dumps(row, default=_plain))
            else:
                deque(read(file), maxlen=0)
        # Whatever a reader fails with is what is to be told of it.
        except Exception as error:  # noqa: BLE001
            refused.append(_refusal(error))
    seconds = time.perf_counter() - start
    if mode == "time":
        print(json.dumps({"seconds": seconds, "peak": _peak(), "refused": refused}))


if __name__ == "__main__":
    main()
