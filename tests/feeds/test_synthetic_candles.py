"""The past the exchange was born with belongs to the same market as what follows."""

import math

import numpy as np
import pytest

from feeds.synthetic import BY_ID
from feeds.synthetic.candles import (
    CLOSE,
    DAY_MINUTES,
    HIGH,
    LOTS,
    LOW,
    MINUTE_MS,
    OPEN,
    TICK_LOTS,
    TS,
    Candles,
)
from feeds.synthetic.history import MINUTES, PastMinutes, past_minutes
from feeds.synthetic.instruments import BTC
from feeds.synthetic.price_path import YEAR_S, PricePath

NOW_MS = 1_790_000_030_000  # half a minute into a minute
SWAP = BY_ID["BTC-USDT-SWAP"]


@pytest.fixture(scope="module")
def past() -> PastMinutes:
    return past_minutes(BTC, 7)


@pytest.fixture
def candles(past: PastMinutes) -> Candles:
    return Candles(SWAP, past, 0.0, NOW_MS)


def test_realised_volatility_of_the_past_is_on_target(past: PastMinutes) -> None:
    # A month holds 1,440 independent states of the slow volatility: known to about 2 %.
    returns = np.diff(past.close)
    assert returns.std() * math.sqrt(YEAR_S / 60) == pytest.approx(BTC.annual_vol, rel=0.06)


def test_the_range_of_past_minutes_agrees_with_their_closes(past: PastMinutes) -> None:
    # Parkinson (1980): E[(ln H/L)^2] = 4 ln 2 * variance, exact for a continuous path.
    by_range = ((past.high - past.low) ** 2).mean() / (4 * math.log(2))
    by_close = ((past.close - past.open) ** 2).mean()
    assert by_range == pytest.approx(by_close, rel=0.05)


def test_past_volatility_clusters(past: PastMinutes) -> None:
    moves = np.abs(past.close - past.open)
    centred = moves - moves.mean()
    # Band 2 / sqrt(43,200) = 0.01.
    assert (centred[5:] * centred[:-5]).mean() / centred.var() > 0.03


def test_the_past_ends_where_the_market_opens(past: PastMinutes) -> None:
    assert past.close[-1] == pytest.approx(PricePath(BTC, 7).log_price, abs=1e-12)


def test_past_turnover_is_what_the_instrument_says(candles: Candles) -> None:
    lots_a_day = candles.rows[:-1, LOTS].mean() * DAY_MINUTES
    assert lots_a_day * SWAP.lot == pytest.approx(SWAP.turnover, rel=0.1)


def test_a_candle_spans_its_open_and_close(candles: Candles) -> None:
    rows = candles.rows
    assert (rows[:, HIGH] >= rows[:, [OPEN, CLOSE]].max(axis=1)).all()
    assert (rows[:, LOW] <= rows[:, [OPEN, CLOSE]].min(axis=1)).all()


def test_minutes_follow_each_other_up_to_the_present_one(candles: Candles) -> None:
    starts = candles.rows[:, TS]
    assert (np.diff(starts) == MINUTE_MS).all()
    assert starts[-1] <= NOW_MS < starts[-1] + MINUTE_MS


def test_prints_build_the_forming_minute(candles: Candles) -> None:
    for tick, lots in ((600_000, 3), (600_010, 2), (599_990, 1)):
        candles.record(tick, lots, NOW_MS)
    expected = [600_000, 600_010, 599_990, 599_990, 6, 600_000 * 3 + 600_010 * 2 + 599_990]
    assert candles.rows[-1, OPEN:].tolist() == expected


def test_a_minute_without_prints_stays_at_the_last_price(candles: Candles) -> None:
    candles.record(601_234, 1, NOW_MS)
    candles.roll(NOW_MS + MINUTE_MS)
    assert candles.rows[-1, OPEN:].tolist() == [601_234] * 4 + [0, 0]


def test_the_day_is_the_sum_of_its_minutes(candles: Candles) -> None:
    candles.record(601_234, 7, NOW_MS)
    rows, day = candles.rows[-DAY_MINUTES:], candles.day()
    assert day.lots == int(rows[:, LOTS].sum())
    assert day.tick_lots == pytest.approx(rows[:, TICK_LOTS].sum(), rel=1e-12)
    assert (day.high, day.low) == (rows[:, HIGH].max(), rows[:, LOW].min())
    assert day.open == rows[0, OPEN]


def test_longer_bars_merge_their_minutes(candles: Candles) -> None:
    quarter = candles.bars(15, 0)[-2]
    inside = candles.rows[(candles.rows[:, TS] // (15 * MINUTE_MS)) * 15 * MINUTE_MS == quarter[TS]]
    assert len(inside) == 15
    assert quarter[OPEN] == inside[0, OPEN]
    assert quarter[CLOSE] == inside[-1, CLOSE]
    assert quarter[HIGH] == inside[:, HIGH].max()
    assert quarter[LOTS] == inside[:, LOTS].sum()


def test_the_store_never_grows_beyond_a_month_and_a_day(candles: Candles) -> None:
    for minute in range(2 * DAY_MINUTES):
        candles.roll(NOW_MS + minute * MINUTE_MS)
    assert MINUTES <= len(candles.rows) <= MINUTES + DAY_MINUTES
    assert (np.diff(candles.rows[:, TS]) == MINUTE_MS).all()


def test_a_machine_that_slept_for_a_week_gets_one_day_of_empty_minutes(candles: Candles) -> None:
    before = len(candles.rows)
    candles.roll(NOW_MS + 7 * DAY_MINUTES * MINUTE_MS)
    assert len(candles.rows) <= before + DAY_MINUTES
