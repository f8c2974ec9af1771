"""Worker processes of this machine."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor


def process_pool(jobs: int, start: Callable[..., None] | None = None, *arguments: object) -> ProcessPoolExecutor:
    """Processes of which each calls `start` with the arguments once, before its first task. Ctrl-C is not theirs."""
    # Imported where they are used: one process needs neither, and they take a tenth of a small check's time.
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A forked process begins at once, a spawned one imports everything anew, which takes as long as checking thousands
    # of claims. But to fork beside another thread, such as that of the progress display, may hang.
    forks = sys.platform == "linux" and threading.active_count() == 1
    return ProcessPoolExecutor(jobs, get_context("fork" if forks else "spawn"), _begin, (start, arguments))


def _begin(start: Callable[..., None] | None, arguments: tuple[object, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if start is not None:
        start(*arguments)
