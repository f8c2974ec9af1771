"""pyx12's own command line, for the tests: `python x12valid.py FILE...` prints what x12valid says of each, as JSON.

Each file is judged by the `main` of pyx12's script in a copy of its own, since that writes files beside its input.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

_LINE = re.compile(
    r"(?:No current segment in error_handler\. )?(?:Line:(\d+) )?(ISA|GS|ST|SEG|ELE):(\w+) - (.*)", re.DOTALL
)
_TIME = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?:ERROR|INFO|WARNING|DEBUG) ", re.MULTILINE)
_COUNTED = {"HL1": "P411", "HL2": "P412", "LX": "P413", "SEG1": "P417"}


def _cached(load: Any) -> Any:
    """pyx12's reader of maps, which would read the same one again for each file."""
    maps: dict[str, Any] = {}

    def load_once(name: str, parameters: Any, path: str | None = None) -> Any:
        if name not in maps:
            maps[name] = load(name, parameters, path)
        return maps[name]

    return load_once


def judged(path: str) -> dict[str, object]:
    """The verdict, "OK", "Failure" or the name of an exception, and the errors as [our code, segment of the file]."""
    from pyx12.scripts import x12valid

    logger = logging.getLogger("pyx12")
    logger.propagate = False
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(path, Path(folder) / "file.x12")
        said = io.StringIO()
        sys.argv = ["x12valid", str(copy)]
        with contextlib.redirect_stderr(said):
            try:
                x12valid.main()
                log, _, answer = said.getvalue().strip().rpartition(f"{copy}: ")
            except Exception as error:  # noqa: BLE001 - which one it is, is what is asked
                log, answer = said.getvalue(), type(error).__name__
        logger.handlers.clear()
    errors = {found for text in _TIME.split(log) if (found := _our_code(text.strip()))}
    return {"verdict": answer, "errors": sorted(errors)}


def _our_code(text: str) -> tuple[str, int] | None:
    """What a line of the log is called here; the envelope's errors stand at no segment in it."""
    match = _LINE.match(text)
    if match is None:
        return None
    line, level, code, words = match.groups()
    if level in ("ISA", "GS", "ST"):
        return f"P{('ISA', 'GS', 'ST').index(level) + 1}{code[-2:].rjust(2, '0')}", 0
    place = int(line)
    if level == "ELE":
        return ("P520" if "marked as Not Used" in words else f"P5{code.rjust(2, '0')}"), place
    if code != "8":
        return _COUNTED.get(code) or f"P4{code.rjust(2, '0')}", place
    for start, ours in (
        ("Too many", "P503"),
        ("Syntax Error (E", "P510"),
        ("Syntax Error", "P502"),
        ("Mandatory composite", "P501"),
        ("Composite", "P520"),
    ):
        if words.startswith(start):
            return ours, place
    return "P408", place


if __name__ == "__main__":
    from pyx12 import map_if

    map_if.load_map_file = _cached(map_if.load_map_file)
    sys.stdout.write(json.dumps({path: judged(path) for path in sys.argv[1:]}))
