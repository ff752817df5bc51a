from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from sqlalchemy import text

from market.instrument import Side
from models.base import Source
from storage import series as module
from storage.errors import NotStorable, StorageError
from storage.export import export
from storage.series import sample_of, series_key
from storage.store import Store
from tests import builders
from tests.storage.samples import pairs, sample


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with await Store.open(url) as store:
        yield store


def at(second: int, amount: float = 1.0, side: Side = Side.BUY):
    made, state = sample(amount, side)
    moment = builders.NOW_NS + second * 10**9
    return sample_of(replace(made, as_of_ns=moment), replace(state, as_of_ns=moment))


async def test_samples_wait_for_a_flush_and_then_come_back_equal(store: Store) -> None:
    samples = [at(second) for second in range(3)]
    for each in samples:
        store.series.add(each)
    assert await store.series.count() == 0
    assert await store.series.flush() == 3
    assert await store.series.samples(samples[0].series) == tuple(samples)
    assert await store.series.flush() == 0


@given(pair=pairs())
@settings(max_examples=40)
def test_any_estimate_makes_a_sample_or_says_why_not(pair) -> None:
    try:
        made = sample_of(*pair)
    except NotStorable:
        return
    assert (made.total_bps, made.series) == (pair[0].total_bps, series_key(pair[0]))


def test_another_side_size_source_or_way_of_pricing_is_another_series() -> None:
    made, _ = sample()
    ways = [
        made,
        sample(2.0)[0],
        sample(side=Side.SELL)[0],
        sample(source=Source.LIVE)[0],
        replace(made, request=replace(made.request, recipe="seed1")),
        replace(made, request=replace(made.request, parameters={"square_root.y": 2.0})),
        replace(made, request=replace(made.request, sigma_day=0.1)),
    ]
    assert len({series_key(way) for way in ways}) == len(ways)


async def test_the_series_that_moved_last_comes_first(store: Store) -> None:
    for each in (at(0), at(5), at(1, side=Side.SELL)):
        store.series.add(each)
    await store.series.flush()
    first, second = await store.series.summaries()
    assert (first.last.side, first.count) == (Side.BUY, 2)
    assert first.last.ns - first.first_ns == 5 * 10**9
    assert (second.last.side, second.count) == (Side.SELL, 1)


async def test_while_the_database_refuses_samples_wait_and_the_oldest_go_first(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    store.series._waiting = type(store.series._waiting)(maxlen=3)
    database = store.estimates.database
    await database.write(lambda c: c.execute(text("ALTER TABLE cost_samples RENAME TO away")) and 0)
    for second in range(5):
        store.series.add(at(second))
    with pytest.raises(StorageError):
        await store.series.flush()
    await database.write(lambda c: c.execute(text("ALTER TABLE away RENAME TO cost_samples")) and 0)
    assert store.series.n_dropped == 2
    assert await store.series.flush() == 3
    found = await store.series.samples(at(0).series)
    assert [(each.ns - builders.NOW_NS) // 10**9 for each in found] == [2, 3, 4]


async def test_one_series_or_all_go_out_as_a_file(store: Store) -> None:
    for each in (at(0), at(1), at(2, side=Side.SELL)):
        store.series.add(each)
    await store.series.flush()
    for key, count in ((at(0).series, 2), (None, 3)):
        chunks = export(store.series.table(key), "csv", ("utc", "total_bps", "trust"))
        content = b"".join([chunk async for chunk in chunks]).decode()
        head, *lines = content.splitlines()
        assert head == "utc,total_bps,trust"
        assert len(lines) == count
        assert lines[0].endswith('"good"')
