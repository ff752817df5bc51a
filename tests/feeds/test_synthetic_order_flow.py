"""The embedded exchange's market shows the stylised facts it was built for.

Every run is seeded, so a bound either holds always or never; bounds are nevertheless derived from
the sampling error, so that another seed would pass too.
"""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from feeds.synthetic import BY_ID, LISTED, ListedInstrument, OrderFlow, Print
from feeds.synthetic.instruments import BTC, decimal_text
from feeds.synthetic.price_path import YEAR_S, PricePath

BANDS_BPS = (1, 5, 10)


@dataclass(frozen=True)
class Run:
    """What a flow did over many steps."""

    dt_s: float
    mids: NDArray[np.float64]  # ticks
    spreads: NDArray[np.int64]  # ticks
    imbalances: NDArray[np.float64]  # of the touch, -1..1
    depths: NDArray[np.float64]  # (samples, band, side) quote
    rows: NDArray[np.int64]  # changed levels a step
    prints: list[Print]
    capped: float  # share of taker orders that fit the best queue they met
    activity: float  # mean

    def returns(self, horizon_s: float) -> NDArray[np.float64]:
        return np.diff(np.log(self.mids[:: round(horizon_s / self.dt_s)]))


def run(inst_id: str, seed: int, dt_s: float, steps: int) -> Run:
    flow = OrderFlow(BY_ID[inst_id], seed)
    mids, spreads, imbalances, depths, rows, activity = [], [], [], [], [], []
    prints: list[Print] = []
    fits = orders = 0
    for index in range(steps):
        queue = {+1: int(flow.view.asks[1][0]), -1: int(flow.view.bids[1][0])}
        step = flow.step(dt_s)
        bid, ask = flow.touch
        bid_lots, ask_lots = int(flow.view.bids[1][0]), int(flow.view.asks[1][0])
        mids.append((bid + ask) / 2)
        spreads.append(ask - bid)
        imbalances.append((bid_lots - ask_lots) / (bid_lots + ask_lots))
        rows.append(len(step.bids_changed) + len(step.asks_changed))
        activity.append(flow.path.activity)
        prints += step.trades
        for first in step.trades[:1]:
            taken = sum(p.lots for p in step.trades if p.at_s == first.at_s)
            orders += 1
            fits += taken <= queue[first.sign]
        if index % 20 == 0:
            depths.append(depth(flow))
    return Run(
        dt_s,
        np.array(mids),
        np.array(spreads),
        np.array(imbalances),
        np.array(depths),
        np.array(rows),
        prints,
        fits / orders,
        float(np.mean(activity)),
    )


def depth(flow: OrderFlow) -> list[list[float]]:
    """Quote money resting within each band of the mid, by side (bids, asks)."""
    instrument = flow.instrument
    mid = sum(flow.touch) / 2
    return [
        [
            float(lots[np.abs(ticks / mid - 1) <= bps / 1e4].sum())
            * instrument.lot
            * mid
            * instrument.tick
            for ticks, lots in (flow.view.bids, flow.view.asks)
        ]
        for bps in BANDS_BPS
    ]


def autocorrelation(series: NDArray[np.float64], lag: int) -> float:
    centred = series - series.mean()
    return float((centred[lag:] * centred[:-lag]).mean() / centred.var())


def excess_kurtosis(series: NDArray[np.float64]) -> float:
    centred = series - series.mean()
    return float((centred**4).mean() / centred.var() ** 2 - 3)


@pytest.fixture(scope="module")
def swap() -> Run:
    """Half an hour of BTC-USDT-SWAP at the default ten steps a second."""
    return run("BTC-USDT-SWAP", seed=7, dt_s=0.1, steps=20_000)


@pytest.fixture(scope="module")
def long_swap() -> Run:
    """Nearly three hours of it at two steps a second."""
    return run("BTC-USDT-SWAP", seed=8, dt_s=0.5, steps=20_000)


@pytest.fixture(scope="module")
def log_prices() -> NDArray[np.float64]:
    """Log price each second for three and a half days."""
    path = PricePath(BTC, seed=7)
    prices = []
    for second in range(300_000):
        path.advance(second + 1.0)
        prices.append(path.log_price)
    return np.array(prices)


# -- spread and depth ---------------------------------------------------------------------------


def test_the_spread_is_one_tick_most_of_the_time(swap: Run) -> None:
    # Drawn at 0.93 for typical volatility, which moves by a factor e**0.46; prints add excursions.
    assert 0.85 < (swap.spreads == 1).mean() < 0.99


def test_the_mean_spread_of_btc_is_about_a_fiftieth_of_a_basis_point(swap: Run) -> None:
    # One tick of 0.1 on 60,000 is 0.0167 bps; the reference run measured 0.013.
    assert 0.015 < (swap.spreads / swap.mids).mean() * 1e4 < 0.03


def test_depth_grows_with_the_band(swap: Run) -> None:
    one, five, ten = swap.depths.mean(axis=(0, 2))
    assert one < five < ten


def test_depth_is_near_the_reference_within_a_factor_of_two(swap: Run) -> None:
    # Reference: about 2, 15 and 34 million a side within 1, 5 and 10 bps; books here breathe with
    # volatility, whose state alone moves them by +-25 % over half an hour.
    ratio = swap.depths.mean(axis=(0, 2)) / np.array([2e6, 15e6, 34e6])
    assert ((ratio > 0.5) & (ratio < 2.0)).all()


def test_the_average_book_is_symmetric(swap: Run) -> None:
    # 1,000 books; level sizes are refreshed within seconds, walls of round prices pass slower.
    bids, asks = swap.depths.mean(axis=0).T
    assert bids == pytest.approx(asks, rel=0.15)


def test_depth_per_tick_rises_to_a_hump_and_falls_again() -> None:
    # SOL's coarse tick shows nearly 300 bps, so the whole profile: its hump lies at 36 bps, where
    # it is 1.3 times the value near 5 bps and over twice the value beyond 150 bps.
    flow = OrderFlow(BY_ID["SOL-USDT-SWAP"], seed=7)
    near: list[float] = []
    hump: list[float] = []
    far: list[float] = []
    for _ in range(400):
        flow.step(1.0)
        ticks, lots = (np.concatenate(pair) for pair in zip(*_sides(flow), strict=True))
        bps = np.abs(ticks / (sum(flow.touch) / 2) - 1) * 1e4
        plain = ticks % 100 != 0  # walls set aside
        for found, low, high in ((near, 2, 8), (hump, 26, 46), (far, 150, 250)):
            found.append(lots[plain & (bps > low) & (bps < high)].mean())
    assert np.mean(near) < np.mean(hump) > 1.5 * np.mean(far)


def test_round_prices_carry_walls() -> None:
    flow = OrderFlow(BY_ID["SOL-USDT-SWAP"], seed=7)
    walls, plain = [], []
    for _ in range(100):
        flow.step(1.0)
        for ticks, lots in _sides(flow):
            walls.append(lots[ticks % 100 == 0].mean())
            plain.append(lots[ticks % 100 != 0].mean())
    # Built as three times an ordinary level, more at rounder prices.
    assert np.mean(walls) > 2 * np.mean(plain)


def _sides(flow: OrderFlow) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
    return flow.view.bids, flow.view.asks


# -- price --------------------------------------------------------------------------------------


def test_annual_volatility_is_on_target(log_prices: NDArray[np.float64]) -> None:
    # 300,000 s hold 167 independent states of the slow volatility (2 * 900 s): its variance, with
    # relative deviation about 0.9, is known to 0.9 / sqrt(167) = 7 %, volatility to 3.5 %.
    returns = np.diff(log_prices[::60])
    assert returns.std() * math.sqrt(YEAR_S / 60) == pytest.approx(BTC.annual_vol, rel=0.1)


def test_volatility_does_not_depend_on_the_step() -> None:
    # Same law at 0.02 s and 1 s: mean square per second over 6,000 s, divided by the volatility
    # state of each run, is known to about sqrt(excess kurtosis / n) = 3 %.
    def variance(dt_s: float) -> float:
        path = PricePath(BTC, seed=3)
        squares, expected = 0.0, 0.0
        for index in range(round(6_000 / dt_s)):
            before, relative = path.log_price, path.relative_vol
            path.advance((index + 1) * dt_s)
            squares += (path.log_price - before) ** 2
            expected += relative**2 * dt_s
        return squares / expected

    # At 1 s a part of the imbalance's push has added up, at 0.02 s not yet: up to 12 %.
    assert variance(0.02) == pytest.approx(variance(1.0), rel=0.25)


def test_absolute_returns_stay_correlated_at_ten_seconds(long_swap: Run) -> None:
    # Noise band of an uncorrelated series: 2 / sqrt(10,000) = 0.02.
    returns = long_swap.returns(1.0)
    assert autocorrelation(np.abs(returns), 10) > 3 * 2 / math.sqrt(len(returns))


def test_returns_are_uncorrelated_beyond_a_few_seconds(long_swap: Run) -> None:
    # Clustered volatility widens the band of 0.02 by up to sqrt(1 + kurtosis * 0.2), so 0.04.
    returns = long_swap.returns(1.0)
    correlations = [autocorrelation(returns, lag) for lag in range(6, 30)]
    assert max(map(abs, correlations)) < 0.05
    assert abs(float(np.mean(correlations))) < 0.01


def test_one_second_returns_have_heavy_tails(long_swap: Run) -> None:
    # Error of a normal sample's kurtosis: sqrt(24 / 10,000) = 0.05.
    assert excess_kurtosis(long_swap.returns(1.0)) > 1.0


def test_tails_thin_out_with_the_horizon(log_prices: NDArray[np.float64]) -> None:
    second, minute, hour = (excess_kurtosis(np.diff(log_prices[::h])) for h in (1, 60, 3_600))
    assert second > minute > hour


def test_the_touch_imbalance_predicts_the_next_move(swap: Run) -> None:
    # 20,000 overlapping one-second moves are worth at least 2,000 independent ones: band 0.045.
    ahead = np.log(swap.mids[10:] / swap.mids[:-10])
    assert np.corrcoef(swap.imbalances[:-10], ahead)[0, 1] > 2 * 0.045


def test_spot_and_swap_of_one_coin_stay_within_a_small_basis() -> None:
    path = PricePath(BTC, seed=5)
    spot, swap = (OrderFlow(BY_ID[name], 5, path) for name in ("BTC-USDT", "BTC-USDT-SWAP"))
    for _ in range(500):
        spot.step(1.0)
        swap.step(1.0)
        # Each basis has a standard deviation of 1 bp: six of the difference's are 8.5 bps.
        assert abs(sum(spot.touch) / sum(swap.touch) - 1) * 1e4 < 8.5


# -- trades -------------------------------------------------------------------------------------


def test_trade_signs_are_persistent(swap: Run) -> None:
    # Long memory: still positive ten trades later. Band 2 / sqrt(n) is about 0.02.
    signs = np.array([p.sign for p in swap.prints], dtype=float)
    band = 2 / math.sqrt(len(signs))
    assert autocorrelation(signs, 1) > 5 * band
    assert autocorrelation(signs, 10) > 2 * band


def test_trade_sizes_have_a_pareto_tail(long_swap: Run) -> None:
    # Hill estimate over the largest 2 %; drawn with 1.8, and n = 1,000 gives an error of 3 %.
    # Walking the book cuts large orders into prints, which bends it a little.
    sizes = np.sort([p.lots for p in long_swap.prints])[-len(long_swap.prints) // 50 :]
    assert 1.5 < 1 / np.mean(np.log(sizes / sizes[0])) < 2.5


def test_most_takers_want_no_more_than_the_best_queue(swap: Run) -> None:
    assert swap.capped > 0.8


def test_turnover_is_what_the_instrument_says(long_swap: Run) -> None:
    # Corrected for how busy this run happened to be. A tail of 1.8 converges slowly: 70,000 sizes,
    # capped by the book, leave a few per cent.
    instrument = BY_ID["BTC-USDT-SWAP"]
    coins = sum(p.lots for p in long_swap.prints) * instrument.lot
    a_day = coins / (20_000 * long_swap.dt_s) * 86_400 / long_swap.activity
    assert a_day == pytest.approx(instrument.turnover, rel=0.25)


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: listed.inst_id)
def test_prints_take_from_the_book_they_meet(listed: ListedInstrument) -> None:
    flow = OrderFlow(listed, seed=11)
    seen = 0
    for _ in range(1_500):
        before = [dict(side) for side in flow.view.rows()]
        step = flow.step(0.1)
        after = [dict(side) for side in flow.view.rows()]
        taken: dict[tuple[int, int], int] = {}
        for trade in step.trades:
            key = (1 if trade.sign > 0 else 0, trade.tick)
            taken[key] = taken.get(key, 0) + trade.lots
        for (side, tick), lots in taken.items():
            seen += 1
            assert lots <= before[side][tick]
            assert after[side].get(tick, 0) <= before[side][tick] - lots
    assert seen > 100


def test_a_print_shows_in_the_update_of_its_step() -> None:
    flow = OrderFlow(BY_ID["BTC-USDT-SWAP"], seed=11)
    for _ in range(500):
        step = flow.step(0.1)
        for trade in step.trades:
            rows = step.asks_changed if trade.sign > 0 else step.bids_changed
            assert trade.tick in {tick for tick, _ in rows}


# -- the book as data ---------------------------------------------------------------------------


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: listed.inst_id)
def test_the_book_is_never_crossed_and_always_deep(listed: ListedInstrument) -> None:
    flow = OrderFlow(listed, seed=3)
    for dt_s in (0.001, 0.01, 0.1, 1.0, 10.0):
        for _ in range(200):
            flow.step(dt_s)
            (bid_ticks, bid_lots), (ask_ticks, ask_lots) = _sides(flow)
            assert bid_ticks[0] < ask_ticks[0]
            assert (np.diff(bid_ticks) < 0).all()
            assert (np.diff(ask_ticks) > 0).all()
            assert len(bid_ticks) == len(ask_ticks) == 400
            assert min(bid_lots.min(), ask_lots.min()) > 0


def test_changes_turn_the_old_view_into_the_new_one() -> None:
    flow = OrderFlow(BY_ID["ETH-USDT-SWAP"], seed=5)
    books = [dict(side) for side in flow.view.rows()]
    for _ in range(1_000):
        step = flow.step(0.1)
        for book, changes in zip(books, (step.bids_changed, step.asks_changed), strict=True):
            for tick, lots in changes:
                assert book.get(tick, 0) != lots  # no row says what was already known
                book[tick] = lots
                if lots == 0:
                    del book[tick]
        assert books == [dict(side) for side in flow.view.rows()]


def test_an_update_changes_about_as_many_levels_as_recorded_ones(swap: Run) -> None:
    # 97 recorded updates of BTC-USDT (May 2022): median 37 rows, 95th percentile 95.
    assert 20 < np.median(swap.rows) < 60
    assert np.quantile(swap.rows, 0.95) < 130


def test_a_jump_of_half_a_per_cent_leaves_a_sound_book() -> None:
    flow = OrderFlow(BY_ID["BTC-USDT-SWAP"], seed=5)
    for jump in (+50e-4, -50e-4, -50e-4, +50e-4):
        flow.path.log_price += jump
        flow.step(0.1)
        bid, ask = flow.touch
        assert 0 < ask - bid < 20
        assert len(flow.view.bids[0]) == len(flow.view.asks[0]) == 400


def test_hours_at_one_step_a_minute_keep_up_with_the_price() -> None:
    flow = OrderFlow(BY_ID["BTC-USDT-SWAP"], seed=5)
    for _ in range(300):
        flow.step(60.0)
    goal = flow.path.price * math.exp(flow.basis) / flow.instrument.tick
    assert sum(flow.touch) / 2 == pytest.approx(goal, abs=60)  # ticks: 1 bp


def test_the_same_seed_gives_the_same_market() -> None:
    one, two = (OrderFlow(BY_ID["SOL-USDT-SWAP"], seed=9) for _ in range(2))
    assert [one.step(0.1) for _ in range(300)] == [two.step(0.1) for _ in range(300)]


def test_another_seed_gives_another_market() -> None:
    one, two = (OrderFlow(BY_ID["SOL-USDT-SWAP"], seed) for seed in (9, 10))
    assert [one.step(0.1) for _ in range(10)] != [two.step(0.1) for _ in range(10)]


def test_a_shared_price_path_gives_the_same_book_as_one_of_its_own() -> None:
    alone = OrderFlow(BY_ID["BTC-USDT"], seed=9)
    shared = OrderFlow(BY_ID["BTC-USDT"], 9, PricePath(BTC, 9))
    assert [alone.step(0.1) for _ in range(50)] == [shared.step(0.1) for _ in range(50)]


@settings(deadline=None, max_examples=200)
@given(units=st.integers(0, 10**18), places=st.integers(0, 12))
def test_decimal_text_is_exact_and_has_no_trailing_zeros(units: int, places: int) -> None:
    text = decimal_text(units, places)
    whole, _, part = text.partition(".")
    assert int(whole + part.ljust(places, "0")) == units
    assert not part.endswith("0")
    assert ("." in text) == bool(part)
