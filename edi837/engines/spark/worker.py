"""What every function that runs in a worker shares: its engine, and how it fails without quoting a claim."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Iterator
from functools import lru_cache
from os.path import basename
from typing import NamedTuple

import pyarrow as pa

from edi837.engine import Engine
from edi837.engines.refdata import RefdataFolder, open_reference
from edi837.errors import Edi837Error
from edi837.rules import load_rules
from edi837.settings import Settings
from edi837.suppression import Suppressor, open_engine

Batches = Iterator[pa.RecordBatch]
Step = Callable[[Batches], Batches]
"""What `mapInArrow` calls."""


class WorkerError(Edi837Error):
    """A fault in a worker: where it happened, but not the exception's text, which may name a patient."""


class Job(NamedTuple):
    """What a check needs to know everywhere; it travels with the functions that Spark sends to its workers."""

    settings: Settings
    suppressor: Suppressor | None
    refdata: RefdataFolder | None

    def packed(self) -> bytes:
        """The job as bytes, by which a worker knows it again."""
        return pickle.dumps(self)


@lru_cache(maxsize=2)
def engine_of(packed: bytes) -> Engine:
    """The engine of a job: made once in each worker process, which Spark uses for one task after the other."""
    job: Job = pickle.loads(packed)
    return open_engine(load_rules(), job.settings, open_reference(job.refdata), job.suppressor)


def guarded(step: Step) -> Step:
    """The step with its exceptions told without their texts: Spark writes those to its logs, values and all."""

    def run(batches: Batches) -> Batches:
        try:
            yield from step(batches)
        except Edi837Error as error:
            raise WorkerError(str(error)) from None
        except Exception as error:  # noqa: BLE001 - the text of any exception may quote a claim
            raise WorkerError(_told(error)) from None

    return run


def _told(error: Exception) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "edi837" in frame.filename]
    places = ", ".join(f"{basename(frame.filename)}:{frame.lineno}" for frame in frames[-4:])
    return f"internal error ({type(error).__name__}) at {places}: please report this line, without the claim file"
