"""Before a run is priced: its books frozen or sampled, kept in groups."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.sweeps.books import groups, pack
from engine.sweeps.run import ChunkStore
from engine.sweeps.sampling import recording_path, sampled
from market.errors import OrderError
from models.base import MarketState
from models.fee_schedules import Schedules
from models.sweep.cells import tier_of
from models.sweep.declaration import Embedded, Frozen, Market, Recorded, Sweep, changed
from models.sweep.table import fees_of


def frozen(sweep: Sweep, freeze: Callable[[Market], MarketState]) -> Sweep:
    """The sweep with the books of its live markets embedded, as they stand. OrderError."""
    if not isinstance(sweep.states, Frozen):
        return sweep
    if not sweep.states.markets:
        raise OrderError("states.markets", "is empty", "1 market or more")
    return changed(sweep, states=Embedded(tuple(freeze(m) for m in sweep.states.markets)))


def state_count(sweep: Sweep) -> int:
    """Market states that the sweep will be priced on."""
    if isinstance(sweep.states, Recorded):
        return sweep.states.count
    if isinstance(sweep.states, Frozen):
        return len(sweep.states.markets)
    return len(sweep.states.states)


def check_states(sweep: Sweep, recordings: Path, own_fees: Schedules | None) -> None:
    """OrderError for a recording that is not there, a fee tier that a venue does not have."""
    if isinstance(sweep.states, Recorded):
        recording_path(recordings, sweep.states.recording)
    if isinstance(sweep.states, Embedded):
        for fees in fees_of(sweep.states.states, own_fees):
            for tier in sweep.tiers:
                tier_of(tier, fees)


async def keep_states(
    store: ChunkStore,
    run_id: int,
    sweep: Sweep,
    recordings: Path,
    own_fees: Schedules | None,
    is_wanted: Callable[[], bool],
) -> int:
    """Keep the states of a run group by group; how many there are."""
    await store.drop_states(run_id)
    if isinstance(sweep.states, Recorded):
        source: Iterator[MarketState] = sampled(sweep.states, recordings)
    elif isinstance(sweep.states, Embedded):
        source = iter(sweep.states.states)
    else:
        raise OrderError("states", "were not frozen", "submit the sweep again")
    count, number, waiting = 0, 0, groups(source)
    while is_wanted():
        group = await asyncio.to_thread(next, waiting, None)
        if group is None:
            break
        check_states(changed(sweep, states=Embedded(group)), recordings, own_fees)
        await store.put_states(run_id, number, await asyncio.to_thread(pack, group))
        count, number = count + len(group), number + 1
    return count
