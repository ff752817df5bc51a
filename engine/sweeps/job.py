"""One chunk priced by a worker: everything it needs travels with it, nothing is looked up.

A worker gives its time to the live page first (nice), runs one thread, and ends with the process
that started it, also where that one was killed.
"""

import os
import threading
import time
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from engine.sweeps.books import unpack
from market.fee_schedule import FeeSchedule
from models.base import MarketState
from models.sweep.declaration import from_json
from models.sweep.evaluate import evaluate
from models.sweep.plan import STATES_TOGETHER, Chunk, Plan, plan
from models.sweep.table import Parquet, as_parquet, as_table

NICENESS = 15
LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Job:
    """One chunk of a sweep."""

    declaration: bytes
    """canonical JSON without its states"""
    states: int
    """of the whole sweep"""
    chunk: Chunk
    group: bytes
    """the group of states that the chunk lies in (engine/sweeps/books.py)"""
    fees: bytes
    """JSON: the fee schedule of every state of the group, or null"""


def price(job: Job) -> Parquet:
    """The chunk as Parquet: the same bytes whoever computes them."""
    from threadpoolctl import threadpool_limits

    planned = _planned(job.declaration, job.states)
    states, fees = _group(job.group, job.fees)
    first, last = (i % STATES_TOGETHER for i in (job.chunk.states[0], job.chunk.states[1] - 1))
    with threadpool_limits(1):
        mine = states[first : last + 1]
        results = evaluate(planned, job.chunk, mine, fees[first : last + 1])
        return as_parquet(as_table(planned, job.chunk, mine, results))


def begin_work(parent: int) -> None:
    """Once in every worker process of this machine."""
    os.nice(NICENESS)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)


@lru_cache(maxsize=4)
def _planned(declaration: bytes, states: int) -> Plan:
    return plan(from_json(declaration), states)


@lru_cache(maxsize=4)
def _group(
    data: bytes, fees: bytes
) -> tuple[tuple[MarketState, ...], tuple[FeeSchedule | None, ...]]:
    return unpack(data), msgspec.json.decode(fees, type=tuple[FeeSchedule | None, ...])
