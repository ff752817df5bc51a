"""`sweep FILE.json`: price a declared sweep without pages, into one Parquet file."""

import argparse
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec

from engine.sweeps import forecast
from engine.sweeps.books import groups, pack
from engine.sweeps.job import Job
from engine.sweeps.pool import HerePool, Pool, open_pool
from engine.sweeps.preparing import check_states, state_count
from engine.sweeps.run import Budget
from engine.sweeps.sampling import sampled
from market.errors import OrderError
from models.base import MarketState
from models.fee_schedules import Schedules, read_schedules
from models.sweep.declaration import Embedded, Frozen, Recorded, Sweep, changed, from_json, to_json
from models.sweep.plan import STATES_TOGETHER, Plan, plan
from models.sweep.table import Parquet, fees_of

MIB = 1 << 20


def add_sweep(
    recordings: Path, workers: int, scheduler: str, budget: Budget
) -> Callable[[Any], None]:
    """The command, for a parser that has been given its place (engine/command_line.py)."""

    def add(commands: Any) -> None:
        parser = commands.add_parser("sweep", help="price a declared sweep into a Parquet file")
        parser.add_argument("file", type=Path, help="the declaration (docs/sweeps.md)")
        parser.add_argument("--out", type=Path, help="FILE.parquet beside the declaration")
        parser.add_argument(
            "--workers", type=int, default=workers, help="processes, 1 = this one (%(default)s)"
        )
        parser.add_argument(
            "--recordings", type=Path, default=recordings, help="their folder (%(default)s)"
        )
        parser.add_argument("--fee-file", type=Path, help="fees as in fee_schedules.json")
        parser.add_argument("--dry-run", action="store_true", help="only say what it would take")
        parser.set_defaults(command=lambda options: sweep(options, scheduler, budget))

    return add


def sweep(options: argparse.Namespace, scheduler: str, budget: Budget) -> int:
    """Do it; OrderError for what cannot be meant, before anything is written."""
    declared = from_json(options.file.read_bytes())
    own = read_schedules(options.fee_file.read_bytes()) if options.fee_file else None
    if isinstance(declared.states, Frozen):
        raise OrderError("states", "are of live markets", "recorded or embedded, without pages")
    if options.workers < 1:
        raise OrderError("workers", f"are {options.workers}", "1 or more")
    planned = plan(declared, state_count(declared))
    found = forecast.preview(planned, options.workers)
    check_states(declared, options.recordings, own)
    forecast.check(found, budget)
    _say(
        f"{found.points:,} points on {found.states:,} books, about {found.seconds:.3g} s and "
        f"{found.size_bytes / MIB:.3g} MiB"
    )
    if options.dry_run:
        return 0
    target = options.out or options.file.with_suffix(".parquet")
    is_here = options.workers == 1 and not scheduler
    pool = HerePool() if is_here else open_pool(options.workers, scheduler)
    try:
        _write(target, planned, _priced(declared, planned, options.recordings, own, pool))
    finally:
        pool.close()
    return 0


def _priced(
    declared: Sweep, planned: Plan, recordings: Path, own: Schedules | None, pool: Pool
) -> Iterator[Parquet]:
    """Chunks in order, a few of them at a time."""
    out: deque[Future[Parquet]] = deque()
    for job in _jobs(declared, planned, recordings, own):
        out.append(pool.submit(job))
        if len(out) > 2 * pool.size:
            yield out.popleft().result()
    while out:
        yield out.popleft().result()


def _jobs(declared: Sweep, planned: Plan, recordings: Path, own: Schedules | None) -> Iterator[Job]:
    """One group of states after the other, with the chunks that lie in it."""
    bare = to_json(changed(planned.sweep, states=Frozen(())))
    waiting = groups(_states(declared, recordings))
    number, data, fees = -1, b"", b""
    for chunk in planned.chunks():
        while number < chunk.states[0] // STATES_TOGETHER:
            group = next(waiting)
            number, data = number + 1, pack(group)
            fees = msgspec.json.encode(fees_of(group, own))
        yield Job(bare, planned.shape[0], chunk, data, fees)


def _states(declared: Sweep, recordings: Path) -> Iterator[MarketState]:
    if isinstance(declared.states, Recorded):
        return sampled(declared.states, recordings)
    assert isinstance(declared.states, Embedded), "live markets were refused"
    return iter(declared.states.states)


def _write(target: Path, planned: Plan, chunks: Iterator[Parquet]) -> None:
    """All chunks into one file that appears whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    began, done, refused = time.monotonic(), 0, 0
    part = target.with_name(f"{target.name}.part")
    writer: pq.ParquetWriter | None = None
    try:
        for chunk in chunks:
            table = pq.read_table(pa.BufferReader(chunk.data))
            writer = writer or pq.ParquetWriter(part, table.schema, compression="zstd")
            writer.write_table(table)
            done, refused = done + chunk.points, refused + chunk.refused
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{done / planned.points:6.1%}")
        if writer is not None:
            writer.close()
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    seconds = time.monotonic() - began
    _say(
        f"{done:,} points ({refused:,} without a price) in {seconds:.3g} s, "
        f"{done / seconds:,.0f} a second; written to {target}"
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
