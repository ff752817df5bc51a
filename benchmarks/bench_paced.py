"""The first row at a live pace: one message every 1.25 ms, so that caches are cold in between.

Sleeping between messages hands the core to others, as an event loop does while it waits. Each
block is one contender's run over all updates; the median message of a block counts, which a few
interruptions cannot move, so the clock is the wall's.
"""

import time
from collections.abc import Callable
from statistics import median

from benchmarks.contenders import contenders
from benchmarks.contenders.base import Runner
from benchmarks.contenders.orjson_floor import OrjsonFloor
from benchmarks.frames import Frames
from benchmarks.report import Section
from benchmarks.row import Row, at_most, microseconds
from benchmarks.stopwatch import WALL, Times, in_turn, ratio

ROUNDS = 20
PERIOD_NS = 1_250_000
WORK = "update → book → ladder, one every 1.25 ms, p50"


def run(frames: Frames, *, quick: bool = False) -> Section:
    """Everyone at the same pace, held against orjson at that pace."""
    found, missing = contenders(frames)
    floor = OrjsonFloor()
    runners: list[Runner] = [floor, *found]
    measures = {each.name: paced(each, frames, quick) for each in runners}
    times = in_turn(measures, rounds=1 if quick else ROUNDS)
    rows = [_row(each.name, times, is_ours=each is found[0]) for each in found]
    rows += [Row(work=f"{WORK}, {name}", reference="", note="not installed") for name in missing]
    return "A tick at a live pace", f"{frames}. Wall clock, median message of a block.", rows


def paced(contender: Runner, frames: Frames, quick: bool) -> Callable[[], float]:
    """Median nanoseconds of a tick over one paced run."""
    updates = frames.updates[:20] if quick else frames.updates

    def measure() -> float:
        contender.start(frames.snapshot)
        tick, taken = contender.tick, []
        due = WALL()
        for frame in updates:
            due += PERIOD_NS
            time.sleep(max(0, due - WALL()) / 1e9)
            begin = WALL()
            tick(frame)
            taken.append(WALL() - begin)
        return median(taken)

    return measure


def _row(name: str, times: Times, *, is_ours: bool) -> Row:
    seen = [microseconds(median(times[each])) for each in (name, OrjsonFloor.name)]
    return Row(
        work=f"{WORK}, {'ours' if is_ours else name}",
        reference="orjson at the same pace",
        ratio=ratio(times, name, OrjsonFloor.name),
        target=at_most(3) if is_ours else None,
        moonshot=at_most(1.6) if is_ours else None,
        note=f"median {seen[0]} against {seen[1]}",
    )
