"""What quotes and models were worth comes back as it went in, and counts once."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base import Source
from models.scoring.binary import BinarySums
from models.scoring.fills import FillRate, KeptFills, KeptModel, MarketName
from models.scoring.quotes import QuoteSums, ScoreKey
from storage.store import Store

KEY = ScoreKey(Source.DEMO, "okx", "BTC-USDT", "USDT", "exact", "spread+depth", 3, 0.25)


def sums(count=3, **key):
    return QuoteSums(
        key=KEY._replace(**key),
        count=count,
        error=1.5,
        absolute=2.5,
        squared=3.5,
        banded=2,
        held=1,
        last_ns=1_790_000_000_000_000_000,
    )


def fills(settled=4, source=Source.DEMO):
    return KeptFills(
        market=MarketName(source, "okx", "BTC-USDT"),
        rates=(
            FillRate(
                ticks=-1,
                horizon_s=0.5,
                settled=settled,
                pessimistic=1,
                proportional=2,
                optimistic=3,
                crossed=1,
            ),
        ),
        models=(
            KeptModel(
                model="logistic",
                horizon_s=0.5,
                sums=BinarySums(
                    bin=2,
                    count=settled,
                    predicted=0.5,
                    happened=1,
                    brier=0.25,
                    log_loss=0.75,
                    rivals=(0.125, 0.0625),
                ),
            ),
        ),
    )


@pytest.fixture
async def store(tmp_path: Path):
    async with await Store.open(f"sqlite:///{tmp_path}/fathom.db") as opened:
        yield opened


async def test_totals_of_quotes_come_back_as_they_went_in(store):
    kept = [sums(), sums(delay_s=60.0), sums(bucket=-2), sums(source=Source.LIVE)]
    await store.scores.keep_quotes(kept)
    assert sorted(await store.scores.load_quotes(), key=lambda one: one.key) == sorted(
        kept, key=lambda one: one.key
    )


async def test_a_batch_that_is_written_twice_counts_once(store):
    for _ in range(2):
        await store.scores.keep_quotes([sums(count=7)])
        await store.scores.keep_fills([fills(settled=7)])
    [quote] = await store.scores.load_quotes()
    [found] = await store.scores.load_fills()
    assert (quote.count, found.rates[0].settled) == (7, 7)


async def test_newer_totals_take_the_place_of_older_ones(store):
    await store.scores.keep_quotes([sums(count=7)])
    await store.scores.keep_quotes([sums(count=8)])
    assert [one.count for one in await store.scores.load_quotes()] == [8]


async def test_totals_of_shadow_orders_come_back_as_they_went_in(store):
    kept = (fills(), fills(source=Source.LIVE))
    await store.scores.keep_fills(kept)
    assert set(await store.scores.load_fills()) == set(kept)


async def test_sources_are_never_mixed(store):
    await store.scores.keep_quotes([sums(source=source) for source in Source])
    assert {one.key.source for one in await store.scores.load_quotes()} == set(Source)


async def test_nothing_kept_is_nothing_found(store):
    await store.scores.keep_quotes([])
    assert await store.scores.load_quotes() == ()
    assert await store.scores.load_fills() == ()


@given(
    error=st.floats(-1e9, 1e9),
    delay_ms=st.integers(1, 10**8),
    bucket=st.integers(-20, 20),
    count=st.integers(1, 2**53),
)
@settings(max_examples=20, deadline=None)
async def test_any_number_comes_back_equal(tmp_path_factory, error, delay_ms, bucket, count):
    kept = QuoteSums(
        key=KEY._replace(delay_s=delay_ms / 1000, bucket=bucket), count=count, error=error + 0.0
    )
    folder = tmp_path_factory.mktemp("scores")
    async with await Store.open(f"sqlite:///{folder}/fathom.db") as opened:
        await opened.scores.keep_quotes([kept])
        [found] = await opened.scores.load_quotes()
    assert found == kept
