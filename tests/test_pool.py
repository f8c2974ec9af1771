"""Worker processes: how they begin."""

from __future__ import annotations

import multiprocessing
import sys
import threading

import pytest

from edi837.engines.pool import process_pool


def kind_of_process() -> str:
    return type(multiprocessing.current_process()).__name__


@pytest.mark.slow
@pytest.mark.parametrize("others", [0, 1], ids=["alone", "beside-a-thread"])
def test_processes_are_forked_only_where_no_other_thread_could_hold_a_lock(others):
    done = threading.Event()
    threads = [threading.Thread(target=done.wait) for _ in range(others)]
    for thread in threads:
        thread.start()
    is_alone = threading.active_count() == 1
    try:
        with process_pool(1) as pool:
            kind = pool.submit(kind_of_process).result()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert kind == ("ForkProcess" if sys.platform == "linux" and is_alone else "SpawnProcess")
    assert not (others and is_alone)
