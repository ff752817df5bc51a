"""Slices, refilling books, trajectories and caps, each against a second route."""

import math
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.errors import OrderError
from market.instrument import Side
from market.trade import Candle
from models.base import CostKind
from models.depth_curve import DepthCurve
from models.estimate import estimate
from models.impact.linear import LinearImpact, Slices
from models.impact.obizhaeva_wang import best_slices
from models.planning.capped import capped_trades, volume_caps
from models.planning.frontier import best_plan, frontier, half_time_day, liquidity_var, plan_point
from models.planning.refill import work
from models.planning.refilling import refill_plan
from models.planning.slicing import children, cumulative_lots, merged
from models.planning.volume_profile import (
    HOUR_NS,
    HOURS,
    MONDAY_NS,
    expected_volumes,
    hour_volumes,
    week_profile,
)
from models.resolve import resolve
from tests.builders import NOW_NS, book, instrument, order, request, state, swap
from tests.strategies import books

PAPER = LinearImpact(permanent=2.5e-7, temporary=2.5e-6, sigma=0.95, fixed=0.0625)
"""Almgren & Chriss 2000, table 1: a million shares in five days."""
WEEK = Slices(horizon_day=5.0, number=5)
MILLION = 1e6

# -- slicing -----------------------------------------------------------------------------------

weights = st.lists(st.floats(0.01, 10.0), min_size=1, max_size=40)


def shares_of(parts):
    done = np.cumsum(parts)
    return done / done[-1]


@given(parts=weights, total=st.integers(1, 10_000))
def test_every_prefix_is_within_half_a_lot_and_the_total_exact(parts, total):
    shares = shares_of(parts)
    lots = cumulative_lots(total, shares)
    assert sum(lots) == total
    assert np.abs(np.cumsum(lots) - shares * total).max() <= 0.5 + 1e-9
    assert min(lots) >= 0


@given(parts=st.lists(st.integers(0, 20), min_size=1, max_size=30), least=st.integers(1, 30))
def test_merging_keeps_the_total_and_leaves_no_part_too_small(parts, least):
    sent = merged(parts, least)
    assert sum(sent) == sum(parts)
    assert len(sent) == len(parts)
    assert all(lots == 0 or lots >= min(least, sum(parts)) for lots in sent)


def test_ten_lots_in_three_parts_by_hand():
    assert cumulative_lots(10, [1 / 3, 2 / 3, 1.0]) == [3, 4, 3]


def test_parts_below_the_smallest_order_value_wait_for_the_next():
    # 10 coins at 100 in 10 parts, 250 USDT at least: 3, 3, 4 coins
    market = state(instrument=instrument(lot_size=1.0, min_size=1.0, min_notional=250.0))
    resolved = resolve(order(10.0), market)
    parts = children(resolved, market.instrument, np.arange(1, 11) / 10)
    assert parts[parts > 0].tolist() == [3.0, 3.0, 4.0]


def test_parts_of_a_swap_are_whole_contracts():
    # 0.105 BTC are 10.5 contracts of 0.01 BTC, lot 0.01 contract: parts of whole 0.0001 BTC
    market = state(instrument=swap())
    parts = children(resolve(order(0.105), market), market.instrument, np.arange(1, 8) / 7)
    assert parts.sum() == pytest.approx(0.105)
    assert parts / 1e-4 == pytest.approx(np.round(parts / 1e-4))


# -- a book that refills -----------------------------------------------------------------------


@given(of=books(), side=st.sampled_from(Side), share=st.floats(0.1, 1.0))
def test_takes_that_never_refill_cost_one_sweep(of, side, share):
    curve = DepthCurve.of(of, side)
    quantity = share * curve.visible
    parts = work(curve, [quantity / 4] * 4, [0.0, 1.0, 2.0, 3.0], refill_s=1e15)
    money = sum(part.filled * part.average for part in parts)
    assert money == pytest.approx(float(curve.cost(quantity)), rel=1e-9)


@given(of=books(), side=st.sampled_from(Side), share=st.floats(0.1, 1.0))
def test_takes_that_refill_at_once_each_start_at_the_best_price(of, side, share):
    curve = DepthCurve.of(of, side)
    quantity = share * curve.visible / 4
    parts = work(curve, [quantity] * 4, [0.0, 1.0, 2.0, 3.0], refill_s=0.0)
    assert {part.average for part in parts} == {float(curve.cost(quantity)) / quantity}


def test_half_refilled_depth_by_hand():
    # asks 101 x 1, 102 x 2; take 1, half of it is back, take 1: half at 101, half at 102
    curve = DepthCurve.of(book(), Side.BUY)
    first, second = work(curve, [1.0, 1.0], [0.0, math.log(2)], refill_s=1.0)
    assert (first.average, second.average) == (pytest.approx(101.0), pytest.approx(101.5))


def money_of(curve, trades, kept):
    missing = money = 0.0
    for quantity in trades:
        missing *= kept
        money += float(curve.cost(missing + quantity) - curve.cost(missing))
        missing += quantity
    return money


@pytest.mark.parametrize("refill_s", [0.5, 2.0, 8.0])
def test_the_plan_on_a_refilling_book_is_no_worse_than_any_on_a_fine_lattice(refill_s):
    asks = [(100 + 0.1 * i, 1.0) for i in range(40)]
    curve = DepthCurve.of(book([(99, 1)], asks), Side.BUY)
    plan = refill_plan(curve, 12.0, 3, gap_s=1.0, refill_s=refill_s)
    kept = math.exp(-1.0 / refill_s)
    steps = np.arange(0, 12.01, 0.25)
    lattice = [
        money_of(curve, (first, second, 12 - first - second), kept)
        for first, second in product(steps, steps)
        if first + second <= 12
    ]
    assert plan.trades.sum() == pytest.approx(12.0)
    ours = money_of(curve, plan.trades, kept)
    assert ours <= min(lattice) * (1 + 1e-6)
    assert plan.slippage_bps <= plan.now_bps + 1e-9


def test_the_plan_on_a_block_book_is_that_of_obizhaeva_and_wang():
    asks = [(100 + i * 0.001, 0.01) for i in range(20_000)]
    curve = DepthCurve.of(book([(100, 1)], asks), Side.BUY)
    plan = refill_plan(curve, 20.0, 6, gap_s=10.0, refill_s=20.0)
    assert plan.trades / 20.0 == pytest.approx(best_slices(6, 2.5), abs=2e-3)


# -- volume profile ----------------------------------------------------------------------------


def candles(weeks, volume):
    """Hourly bars of whole weeks; `volume(week, hour)`."""
    return [
        Candle(
            open_ns=MONDAY_NS + (168 * week + hour) * HOUR_NS,
            open=1.0,
            high=1.0,
            low=1.0,
            close=1.0,
            volume=volume(week, hour),
        )
        for week in range(weeks)
        for hour in range(168)
    ]


def test_without_candles_the_profile_is_flat():
    assert hour_volumes([]) == pytest.approx([1 / 168] * 168)


def test_the_profile_is_the_mean_of_weekly_shares_shrunk_to_flat():
    # two weeks, the second ten times as large; hour 0 has 2 of 169 parts in both; weight 2 / 4
    found = hour_volumes(candles(2, lambda week, hour: 10**week * (2.0 if hour == 0 else 1.0)))
    assert found[0] == pytest.approx(0.5 * 2 / 169 + 0.5 / 168)
    assert sum(found) == pytest.approx(1.0)


@given(start=st.integers(0, 10**6), span=st.floats(60.0, 2e6), parts=st.integers(1, 20))
def test_parts_of_a_profile_add_up_to_its_whole(start, span, parts):
    profile = hour_volumes(candles(3, lambda _, hour: 1.0 + hour % 24))
    at_ns = MONDAY_NS + start * 10**9
    whole = expected_volumes(profile, at_ns, np.zeros(1), span)
    split = expected_volumes(profile, at_ns, np.linspace(0, span, parts, endpoint=False), span)
    assert split.sum() == pytest.approx(whole.sum())
    assert split.min() >= 0


def test_a_vwap_follows_the_hours():
    # hours of 1 and 3 parts of the volume, two slices of an hour: a quarter, then three quarters
    profile = tuple((1.0 if hour % 2 == 0 else 3.0) / 336 for hour in range(168))
    values = {"vwap.duration_s": 7200.0, "vwap.slices": 2.0}
    market = state(as_of_ns=MONDAY_NS, hour_volumes=profile)
    priced = estimate(request(2.0, style="vwap", parameters=values), market)
    assert [child.quantity for child in priced.children] == pytest.approx([0.5, 1.5])


def test_a_vwap_in_hours_without_volume_is_refused():
    hour = (NOW_NS - MONDAY_NS) // HOUR_NS % HOURS
    busy_elsewhere = tuple(float(i not in (hour, (hour + 1) % HOURS)) for i in range(HOURS))
    with pytest.raises(OrderError, match=r"vwap\.duration_s"):
        estimate(request(2.0, style="vwap"), state(hour_volumes=busy_elsewhere))


def test_a_vwap_without_a_profile_is_a_twap_and_says_so():
    vwap, twap = (estimate(request(2.0, style=style), state()) for style in ("vwap", "twap"))
    assert [c.quantity for c in vwap.children] == pytest.approx([c.quantity for c in twap.children])
    assert any("No usual week" in warning for warning in vwap.warnings)


# -- schedules ---------------------------------------------------------------------------------


def test_the_risk_of_two_halves_by_hand():
    # half waits half a day: 1e4 * 0.02 * sqrt(1/4 * 1/2) = 70.71 bps
    values = {"twap.duration_s": 86_400.0, "twap.slices": 2.0}
    asked = request(2.0, style="twap", parameters=values, sigma_day=0.02)
    assert estimate(asked, state()).risk_bps == pytest.approx(1e4 * 0.02 / math.sqrt(8))


def test_one_part_of_a_twap_is_a_market_order():
    one = estimate(request(2.0, style="twap", parameters={"twap.slices": 1.0}), state())
    market = estimate(request(2.0), state())
    assert one.total_bps == pytest.approx(market.total_bps)
    assert one.risk_bps == 0.0


def test_the_schedule_at_urgency_two_by_hand():
    # sinh(1) / sinh(2) = 0.32402 is left halfway
    values = {"ac_schedule.urgency": 2.0, "ac_schedule.slices": 2.0}
    priced = estimate(request(2.0, style="ac_schedule", parameters=values), state())
    left = math.sinh(1) / math.sinh(2)
    assert [c.quantity for c in priced.children] == pytest.approx([2 * (1 - left), 2 * left])


def test_permanent_impact_of_two_halves_by_hand():
    # X = 1 % of V, sigma 3 %: 1e4 * 1.18 * 0.03 * 0.01 / 4 = 0.885 bps
    asked = request(2.0, style="twap", recipe="schedule", parameters={"twap.slices": 2.0})
    priced = estimate(asked, state(adv=200.0))
    assert priced.component(CostKind.PERMANENT_IMPACT).bps == pytest.approx(0.885)


# -- frontier ----------------------------------------------------------------------------------


def test_the_plan_of_the_paper():
    # lambda = 1e-6: kappa 0.607 a day by the exact discrete formula
    point = best_plan(MILLION, PAPER, WEEK, 1e-6)
    assert point.urgency / 5 == pytest.approx(0.607, abs=1e-3)
    assert point.trades.sum() == pytest.approx(MILLION)


def test_along_the_frontier_cost_rises_and_risk_falls():
    points = frontier(MILLION, PAPER, WEEK)
    assert all(a.cost <= b.cost for a, b in pairwise(points))
    assert all(a.risk >= b.risk for a, b in pairwise(points))
    assert points[-1].risk == 0.0


def test_the_slope_of_the_frontier_is_the_risk_aversion():
    at = best_plan(MILLION, PAPER, WEEK, 1e-6)
    near = plan_point(MILLION, PAPER, WEEK, at.urgency * (1 + 1e-5))
    slope = (near.cost - at.cost) / (near.risk**2 - at.risk**2)
    assert slope == pytest.approx(-1e-6, rel=1e-3)


@given(urgency=st.floats(0.0, 1000.0))
def test_half_is_left_at_the_half_time(urgency):
    time = half_time_day(urgency, 5.0)
    if urgency < 1e-3:
        assert time == pytest.approx(2.5, rel=1e-3)
    elif urgency < 300:
        left = math.sinh(urgency * (1 - time / 5)) / math.sinh(urgency)
        assert left == pytest.approx(0.5, rel=1e-6)
    else:
        assert time == pytest.approx(5 * math.log(2) / urgency)


def test_at_the_smallest_value_at_risk_the_aversion_is_half_z_over_the_risk():
    found = liquidity_var(MILLION, PAPER, WEEK, 0.95)
    assert found.plan.risk_aversion == pytest.approx(1.6448536 / (2 * found.plan.risk), rel=1e-3)


@given(urgency=st.floats(0.0, 200.0), confidence=st.floats(0.5, 0.999))
@settings(max_examples=50)
def test_no_other_plan_has_a_smaller_value_at_risk(urgency, confidence):
    from models.fill.normal import quantile

    other = plan_point(MILLION, PAPER, WEEK, urgency)
    found = liquidity_var(MILLION, PAPER, WEEK, confidence)
    assert found.value <= other.cost + quantile(confidence) * other.risk + 1e-6 * found.value


# -- caps --------------------------------------------------------------------------------------


def objective(trades, aversion):
    left = trades.sum() - np.cumsum(trades)
    own = PAPER.effective(WEEK) / WEEK.tau * float(trades @ trades)
    return own + aversion * PAPER.sigma**2 * WEEK.tau * float(left @ left)


@pytest.mark.parametrize("aversion", [0.0, 1e-7, 1e-6, 1e-5])
def test_caps_that_do_not_bind_change_nothing(aversion):
    free = best_plan(MILLION, PAPER, WEEK, aversion).trades
    assert capped_trades(MILLION, PAPER, WEEK, aversion, np.full(5, MILLION)) == pytest.approx(
        free, rel=1e-6, abs=1.0
    )


@given(
    caps=st.lists(st.integers(1, 6), min_size=5, max_size=5),
    aversion=st.sampled_from([0.0, 1e-7, 1e-6, 1e-5]),
)
@settings(max_examples=25, deadline=None)
def test_a_capped_plan_is_no_worse_than_any_on_a_lattice(caps, aversion):
    unit = 1e5
    total = min(10, sum(caps))
    found = capped_trades(total * unit, PAPER, WEEK, aversion, np.array(caps) * unit)
    assert found.sum() == pytest.approx(total * unit)
    assert np.all(found <= np.array(caps) * unit * (1 + 1e-9))
    best = min(
        objective(np.array(parts) * unit, aversion)
        for parts in product(*(range(cap + 1) for cap in caps))
        if sum(parts) == total
    )
    assert objective(found, aversion) <= best * (1 + 1e-9) + 1e-9


def test_caps_that_bind_cost_less_and_risk_more():
    free = best_plan(MILLION, PAPER, WEEK, 1e-6)
    capped = capped_trades(MILLION, PAPER, WEEK, 1e-6, np.full(5, 3e5))
    assert PAPER.expected_cost(capped, WEEK) < free.cost
    assert PAPER.variance(capped, WEEK) > free.risk**2


def test_too_little_room_is_refused_with_what_there_is():
    with pytest.raises(OrderError, match="allows 500000 base"):
        capped_trades(MILLION, PAPER, WEEK, 0.0, np.full(5, 1e5))


def test_a_participation_cap_counts_our_own_volume():
    # 20 % of all volume: a quarter of what the others trade
    assert volume_caps(np.array([400.0]), 0.2).tolist() == pytest.approx([100.0])


def test_any_168_hours_in_a_row_are_a_week():
    hours = candles(2, lambda _, hour: 1.0 + hour)[100:-40]
    profile, origin = week_profile(hours, "okx")
    # one week counts one third against a flat prior of two
    assert profile[5] == pytest.approx(6 / sum(range(1, 169)) / 3 + 2 / 3 / 168)
    assert origin == "the last 168 hours at okx, moved 67% of the way to flat"


def test_fewer_hours_are_no_week_and_it_is_said_how_many_came():
    profile, why = week_profile(candles(1, lambda *_: 1.0)[1:], "kraken")
    assert profile is None
    assert why == "kraken gave 167 hours of volume; 168 in a row are needed"


def test_a_vwap_says_where_its_volume_comes_from():
    flat = (1 / 168,) * 168
    market = state(hour_volumes=flat, hours_origin="the last 168 hours at okx")
    notes = estimate(request(2.0, style="vwap"), market).warnings
    assert "Volume is expected as in a usual week: the last 168 hours at okx." in notes
