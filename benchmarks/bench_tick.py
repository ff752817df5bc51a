"""The first rows: one OKX `books` update, from its bytes to sixteen costs.

Everyone decodes the same bytes, updates a book and prices eight sizes on both sides: features,
fitted slippage, impact, fee, net by the walk and by the fit. All agree before anything is timed.
"""

from collections.abc import Sequence

from benchmarks.contenders import contenders
from benchmarks.contenders.base import Contender, Runner
from benchmarks.contenders.fathom import Fathom
from benchmarks.contenders.orjson_floor import OrjsonFloor
from benchmarks.contenders.s1 import BatchedS1, SimulatorS1
from benchmarks.equality import Agreement, check
from benchmarks.frames import RECORDING, Frames, data_folder, recorded
from benchmarks.report import Section
from benchmarks.row import Row, at_least, at_most, microseconds
from benchmarks.stopwatch import Block, Times, interleave, ratio
from benchmarks.workloads import ladder_of

ROUNDS = 100
WORK = "update → book → ladder"
FASTER = {
    "ccxt": (at_least(4), at_least(10)),
    "nautilus_trader": (at_least(4), at_least(10)),
    SimulatorS1.name: (at_least(25), at_least(60)),
    BatchedS1.name: (at_least(25), at_least(60)),
}


def run(frames: Frames, *, quick: bool = False) -> Section:
    """Ours against the floor, then everyone against ours."""
    found, missing = contenders(frames)
    ours, *others = found
    agreements = check(ours, others, frames)
    floor = OrjsonFloor()
    runners: list[Runner] = [floor, *found]
    blocks = {each.name: block(each, frames) for each in runners}
    times = interleave(blocks, rounds=2 if quick else ROUNDS)
    n_updates = len(frames.updates)
    rows = [_against_floor(ours.name, floor.name, times, n_updates)]
    rows += [_against_us(other, ours.name, times, n_updates) for other in others]
    rows += [Row(work=WORK, reference=name, note="not installed") for name in missing]
    if quick is False:
        rows += _with_checksums()
    return "A tick", f"{frames}. {words(agreements)} CPU time per block of all updates.", rows


def block(contender: Runner, frames: Frames) -> Block:
    """All updates after a snapshot that is not timed."""

    def loop() -> None:
        tick = contender.tick
        for frame in frames.updates:
            tick(frame)

    return Block(loop, lambda: contender.start(frames.snapshot))


def words(agreements: Sequence[Agreement]) -> str:
    """How near everyone came, for the page."""
    near = "; ".join(f"{a.name} {a.worst_bps:.0e} (≤ {a.tolerance_bps:g})" for a in agreements)
    return (
        f"Same touch and same costs as ours after every update, largest difference in bps: {near}."
    )


def _against_floor(ours: str, floor: str, times: Times, n_updates: int) -> Row:
    return Row(
        work=f"{WORK}, ours",
        reference="orjson decoding the same bytes",
        ratio=ratio(times, ours, floor),
        target=at_most(2.2),
        moonshot=at_most(1.0),
        note=seen(times, (ours, floor), n_updates),
    )


def _against_us(other: Contender, ours: str, times: Times, n_updates: int) -> Row:
    target, moonshot = FASTER.get(other.name, (None, None))
    to_floor = ratio(times, other.name, OrjsonFloor.name).median
    return Row(
        work=f"{WORK}, how many times faster",
        reference=other.name,
        ratio=ratio(times, other.name, ours),
        target=target,
        moonshot=moonshot,
        note=f"{seen(times, (other.name, ours), n_updates)}; {to_floor:.1f} × orjson",
    )


def seen(times: Times, names: Sequence[str], n_updates: int) -> str:
    """Least time of a message for each name: what the machine can do when left alone."""
    least = [f"{name} {microseconds(min(times[name]) / n_updates)}" for name in names]
    return f"least a message: {', '.join(least)}"


def _with_checksums() -> list[Row]:
    """The recording as it came, each message carrying a checksum that we verify."""
    recording = data_folder() / RECORDING
    if not recording.exists():
        return []
    frames = recorded(recording, as_today=False)
    ours, floor = Fathom(ladder_of(frames), frames.instrument), OrjsonFloor()
    blocks = {floor.name: block(floor, frames), ours.name: block(ours, frames)}
    times = interleave(blocks, rounds=ROUNDS)
    return [
        Row(
            work=f"{WORK}, ours, with a checksum to verify in each message (as until June 2026)",
            reference="orjson decoding the same bytes",
            ratio=ratio(times, ours.name, floor.name),
            note=seen(times, (ours.name, floor.name), len(frames.updates)),
        )
    ]
