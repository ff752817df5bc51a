"""How everything here is timed: side by side, in one process, in turn.

Absolute times change with the machine and its neighbours, so a result is a ratio of two blocks
timed within the same round. A round runs one block of every contender, the first one changing
from round to round. The garbage collector runs between rounds and never inside a block, for all
alike. Blocks are measured in CPU time of this process, which other programs cannot stretch.
"""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median, quantiles

Clock = Callable[[], int]
CPU: Clock = time.process_time_ns
WALL: Clock = time.perf_counter_ns


@dataclass(frozen=True, slots=True)
class Spread:
    """What repeated measurement gave: the middle, and the ends of the middle 80 %."""

    median: float
    p10: float
    p90: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """One value stands for itself."""
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        tenths = quantiles(values, n=10, method="inclusive")
        return cls(median(values), tenths[0], tenths[-1])


@dataclass(frozen=True, slots=True)
class Block:
    """One contender's share of a round."""

    run: Callable[[], object]
    prepare: Callable[[], object] = lambda: None
    """Not timed: for example the snapshot that a run of updates starts from."""


Times = dict[str, list[float]]
"""By contender: one number a round."""


def interleave(blocks: Mapping[str, Block], rounds: int, clock: Clock = CPU) -> Times:
    """Nanoseconds of each block in each round, after one round that is not counted."""

    def timed(block: Block) -> float:
        block.prepare()
        begin = clock()
        block.run()
        return clock() - begin

    return in_turn({name: partial(timed, block) for name, block in blocks.items()}, rounds)


def in_turn(measures: Mapping[str, Callable[[], float]], rounds: int) -> Times:
    """What each measure gave in each round, after one round that is not counted."""
    names = list(measures)
    times: Times = {name: [] for name in names}
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for turn in range(rounds + 1):
            gc.collect()
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                value = measures[name]()
                if turn:
                    times[name].append(value)
    finally:
        if was_enabled:
            gc.enable()
    return times


def ratio(times: Times, of: str, to: str) -> Spread:
    """How many times longer `of` takes than `to`, round by round."""
    return Spread.of([a / b for a, b in zip(times[of], times[to], strict=True)])
