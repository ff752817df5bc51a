"""Every order type takes, rests and cancels as an enumerated table of small books says."""

from itertools import product

import pytest

from market.errors import BookNotReady, OrderError
from market.instrument import Side
from market.order import Unit
from models.estimate import estimate
from tests.builders import book, instrument, request, state
from tests.strategies import mirrored

TICK = instrument(tick_size=1.0, lot_size=1.0, min_size=1.0)
BIDS = ((99.0, 2.0), (98.0, 1.0))
LIMITS = (97.0, 99.0, 100.0, 101.0, 102.0, 104.0, 105.0)
ASKS = [
    tuple(zip((101.0, 102.0, 104.0), sizes, strict=True)) for sizes in product((1.0, 3.0), repeat=3)
]
CASES = [(asks, limit, quantity) for asks in ASKS for limit in LIMITS for quantity in (1, 2, 4, 10)]


def unit_by_unit(asks, limit, quantity):
    """How many units a matching engine trades, one at a time."""
    queue = [price for price, size in asks for _ in range(int(size))]
    traded = 0
    while queue and queue[0] <= limit and traded < quantity:
        queue.pop(0)
        traded += 1
    return traded


def split(asks, quantity, side, style, **parameters):
    """(taken, resting, cancelled), or None where the order is refused."""
    market = book(BIDS, asks)
    if side is Side.SELL:
        market = mirrored(market)
    values = {f"{style}.{name}": value for name, value in parameters.items()}
    try:
        priced = estimate(
            request(float(quantity), side, style=style, parameters=values),
            state(market, instrument=TICK),
        )
    except OrderError:
        return None
    return priced.taken, priced.resting, priced.cancelled


def seen_from(side, limit):
    """The limit on the mirrored book (its mid is 100) for a sell."""
    return limit if side is Side.BUY else 200.0 - limit


@pytest.mark.parametrize("side", Side)
def test_a_market_order_takes_what_there_is_and_cancels_the_rest(side):
    for asks, _, quantity in CASES:
        taken = unit_by_unit(asks, float("inf"), quantity)
        assert split(asks, quantity, side, "market") == (taken, 0, quantity - taken)


@pytest.mark.parametrize("side", Side)
def test_a_limit_order_takes_what_crosses_and_rests_with_the_remainder(side):
    for asks, limit, quantity in CASES:
        taken = unit_by_unit(asks, limit, quantity)
        found = split(asks, quantity, side, "limit", price=seen_from(side, limit))
        assert found == (taken, quantity - taken, 0)


@pytest.mark.parametrize("side", Side)
def test_an_ioc_takes_what_crosses_and_cancels_the_remainder(side):
    for asks, limit, quantity in CASES:
        taken = unit_by_unit(asks, limit, quantity)
        found = split(asks, quantity, side, "ioc", price=seen_from(side, limit))
        assert found == ((taken, 0, quantity - taken) if taken else None)


@pytest.mark.parametrize("side", Side)
def test_a_fok_takes_all_or_nothing(side):
    for asks, limit, quantity in CASES:
        taken = unit_by_unit(asks, limit, quantity)
        found = split(asks, quantity, side, "fok", price=seen_from(side, limit))
        assert found == ((quantity, 0, 0) if taken == quantity else None)


@pytest.mark.parametrize("side", Side)
def test_a_post_only_rests_with_all_or_is_refused(side):
    for asks, limit, quantity in CASES:
        crosses = unit_by_unit(asks, limit, quantity) > 0
        found = split(asks, quantity, side, "post_only", price=seen_from(side, limit))
        assert found == (None if crosses else (0, quantity, 0))


@pytest.mark.parametrize("side", Side)
def test_a_post_only_that_may_reprice_always_rests(side):
    for asks, limit, quantity in CASES:
        price = seen_from(side, limit)
        found = split(asks, quantity, side, "post_only", price=price, reprice=1.0)
        assert found == (0, quantity, 0)


@pytest.mark.parametrize("side", Side)
def test_an_iceberg_splits_like_a_limit_order(side):
    for asks, limit, quantity in CASES:
        price = seen_from(side, limit)
        found = split(asks, quantity, side, "iceberg", price=price, shown_frac=1.0)
        assert found == split(asks, quantity, side, "limit", price=price)


@pytest.mark.parametrize("side", Side)
def test_a_stop_market_splits_like_a_market_order(side):
    for asks, _, quantity in CASES:
        found = split(asks, quantity, side, "stop_market", price=seen_from(side, 110.0))
        assert found == split(asks, quantity, side, "market")


@pytest.mark.parametrize("side", Side)
def test_a_stop_limit_splits_like_a_limit_order_on_the_moved_book(side):
    # at a trigger of 110 the asks stand at 110, 111, 113: the limit one tick on is 111
    for asks, _, quantity in CASES:
        price = seen_from(side, 110.0)
        found = split(asks, quantity, side, "stop_limit", price=price, limit_ticks=1.0)
        taken = unit_by_unit(asks, 102.0, quantity)
        assert found == (taken, quantity - taken, 0)


@pytest.mark.parametrize(
    ("style", "parameters", "field", "allowed"),
    [
        ("post_only", {"price": 101.0}, "post_only.price", "100 or further away"),
        ("post_only", {"ticks": -2.0}, "post_only.price", "100 or further away"),
        ("ioc", {"price": 100.0}, "ioc.price", "101 or beyond"),
        ("fok", {"price": 101.0}, "quantity", "at most 1 base at that price"),
        ("stop_market", {"price": 100.0}, "stop_market.price", "above 101"),
        ("limit", {"ticks": 1e5}, "limit price", "at least 1"),
        ("iceberg", {"shown_frac": 0.1}, "iceberg.shown_frac", "0.5 to 1"),
        ("twap", {"slices": 0.0}, "twap.slices", "1 to 500"),
    ],
)
def test_a_refusal_names_the_field_and_what_is_allowed(style, parameters, field, allowed):
    market = state(book(BIDS, ((101.0, 1.0), (102.0, 5.0))), instrument=TICK)
    values = {f"{style}.{name}": value for name, value in parameters.items()}
    with pytest.raises(OrderError) as refused:
        estimate(request(2.0, style=style, parameters=values), market)
    assert refused.value.field == field
    assert refused.value.allowed.strip() == allowed


def test_a_price_between_two_ticks_moves_to_the_passive_one():
    market = state(book(BIDS, ASKS[0]), instrument=TICK)
    for side, expected in ((Side.BUY, 99.0), (Side.SELL, 100.0)):
        asked = request(1.0, side, style="limit", parameters={"limit.price": 99.5})
        waiting = estimate(asked, market).waiting
        assert waiting is None or waiting.price == expected


def test_a_resting_order_has_no_cost_while_the_volatility_is_unknown():
    with pytest.raises(BookNotReady, match="type a volatility"):
        estimate(request(1.0, style="post_only"), state(sigma_day=None))


def test_a_crossing_limit_order_needs_no_volatility():
    asked = request(1.0, style="limit", parameters={"limit.price": 102.0})
    assert estimate(asked, state(sigma_day=None)).taken == 1.0


def test_a_share_of_an_unknown_volume_is_not_known():
    with pytest.raises(BookNotReady, match="volume is not known"):
        estimate(request(1.0, style="pov"), state(adv=None))


def test_a_pov_that_cannot_complete_reports_the_residual():
    # 10 % of all volume: 1/9 of the others' 10,000 a day, 600 s: 10,000 / 144 / 9 = 7.716
    priced = estimate(request(20.0, style="pov"), state(book(asks=((101.0, 50.0),))))
    assert priced.fill.filled == pytest.approx(10_000 / 144 / 9)
    assert priced.cancelled == pytest.approx(20 - 10_000 / 144 / 9)
    assert any("stays unfilled" in warning for warning in priced.warnings)


def test_the_slices_of_an_iceberg_join_the_back_each_time():
    # 5 to rest behind 2, 2 shown: slices 2, 2, 1; 2 + 2 * 2 + 5 = 11 must trade instead of 7
    values = {"iceberg.shown_frac": 0.4}
    market = state(book(BIDS, ASKS[0]), instrument=TICK)
    priced = estimate(request(5.0, style="iceberg", parameters=values), market)
    assert any(
        "3 slices of 2 BTC: 11 BTC must trade at 99 before all is done, 7 if" in warning
        for warning in priced.warnings
    )


def test_a_hidden_order_fills_less_often_than_a_shown_one():
    deep = state(book([(99.9, 5)], [(100.1, 50)]))
    hidden = {"iceberg.shown_frac": 0.1, "iceberg.horizon_s": 300.0}
    shown = estimate(request(5.0, style="limit", parameters={"limit.horizon_s": 300.0}), deep)
    iceberg = estimate(request(5.0, style="iceberg", parameters=hidden), deep)
    assert iceberg.waiting.fill_probability < shown.waiting.fill_probability


def test_a_stop_by_hand():
    # buy stop at 111: asks 111 x 1, 112 x 2, mid 110: average 111.5, 150 / 110 = 136.36 bps
    asked = request(2.0, style="stop_market", parameters={"stop_market.price": 111.0})
    priced = estimate(asked, state())
    assert priced.fill.mid == pytest.approx(110.0)
    assert priced.fill.slippage_bps == pytest.approx(1e4 * 1.5 / 110)
    assert priced.trigger.price == 111.0


@pytest.mark.parametrize(
    ("style", "parameters", "coins"),
    [
        ("limit", {"limit.price": 98.0}, 9800.0 / 98),
        ("post_only", {"post_only.price": 98.0}, 9800.0 / 98),
        ("iceberg", {"iceberg.price": 98.0}, 9800.0 / 98),
        ("ioc", {"ioc.price": 102.0}, 9800.0 / 102),
        ("stop_market", {"stop_market.price": 112.0}, 9800.0 / 112),
        ("stop_limit", {"stop_limit.price": 112.0, "stop_limit.limit_ticks": 10.0}, 9800.0 / 113),
    ],
)
def test_money_means_coins_at_the_order_types_own_price(style, parameters, coins):
    asked = request(9800.0, unit=Unit.QUOTE, style=style, parameters=parameters)
    assert estimate(asked, state()).fill.quantity == pytest.approx(coins, rel=1e-9)


@pytest.mark.parametrize("style", ["market", "twap", "vwap", "pov", "ac_schedule"])
def test_money_is_walked_where_an_order_type_has_no_price(style):
    # 101 + 102 = 203 buys two coins
    asked = request(203.0, unit=Unit.QUOTE, style=style)
    assert estimate(asked, state()).fill.quantity == pytest.approx(2.0)
