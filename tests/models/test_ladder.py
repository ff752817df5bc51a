"""The ladder kernel says what the models say, for both sides and all sizes at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.book import BookUpdate, OrderBook
from market.errors import BookNotReady, OrderError
from market.instrument import Side
from market.order import Unit
from models import ladder_kernel as col
from models.base import CostKind
from models.depth_curve import DepthCurve
from models.estimate import estimate
from models.fee_schedules import custom_tier
from models.ladder import CostLadder, LadderTerms, quadratic_term, root_term
from tests.builders import book, request, state
from tests.strategies import books

TERMS = LadderTerms(
    taker_bps=5.0, fit=(0.1, 1e-6, 0.5, -1e-9), quadratic=quadratic_term(0.5, 0.03, 5e9)
)
ROWS = ((col.BUY, Side.BUY), (col.SELL, Side.SELL))


def live(of):
    """The mutable book with the levels of a snapshot."""
    bids = np.column_stack([of.bid_prices, of.bid_sizes])
    asks = np.column_stack([of.ask_prices, of.ask_sizes])
    result = OrderBook("X")
    result.apply(
        BookUpdate(
            symbol="X",
            is_snapshot=True,
            rows=np.concatenate([bids, asks]),
            n_bids=len(bids),
            seq=1,
            event_ns=0,
            recv_ns=0,
        )
    )
    return result


sizes_in_quote = st.lists(st.floats(1.0, 1e8), min_size=1, max_size=8).map(sorted)
sizes_in_base = st.lists(st.floats(0.001, 1e4), min_size=1, max_size=8).map(sorted)


@given(of=books(), sizes=sizes_in_quote, in_base=st.booleans())
def test_the_compiled_ladder_is_the_plain_one(of, sizes, in_base):
    compiled = CostLadder(np.array(sizes), TERMS, in_base=in_base)
    compiled.update(live(of))
    plain = np.zeros_like(compiled.out)
    levels, counts = live(of).raw()
    assert col.ladder_plain(levels, counts, np.array(sizes), in_base, TERMS.packed, plain)
    np.testing.assert_allclose(compiled.out, plain, rtol=1e-9, atol=1e-7)


@given(of=books(), sizes=sizes_in_base)
def test_sizes_in_base_are_walked_as_the_curve_does(of, sizes):
    out = CostLadder(np.array(sizes), TERMS, in_base=True).update(live(of))
    for row, side in ROWS:
        curve = DepthCurve.of(of, side)
        expected = curve.slippage_bps(np.array(sizes))
        np.testing.assert_allclose(out[row, :, col.SLIPPAGE_BPS], expected, atol=1e-7)
        np.testing.assert_allclose(
            out[row, :, col.FILLED], np.minimum(sizes, curve.visible), rtol=1e-12
        )


@given(of=books(), sizes=sizes_in_quote)
def test_sizes_in_quote_are_walked_as_the_curve_does(of, sizes):
    out = CostLadder(np.array(sizes), TERMS).update(live(of))
    for row, side in ROWS:
        curve = DepthCurve.of(of, side)
        np.testing.assert_allclose(
            out[row, :, col.FILLED], curve.base_for(np.array(sizes)), rtol=1e-10
        )


@given(of=books(), money=st.floats(10.0, 1e7), side=st.sampled_from(Side))
def test_fee_impact_and_net_are_those_of_the_models(of, money, side):
    out = CostLadder(np.array([money]), TERMS).update(live(of))
    row = out[col.BUY if side is Side.BUY else col.SELL, 0]
    asked = request(money, side, Unit.QUOTE, recipe="seed1", tier=custom_tier(0.0, 5.0))
    priced = estimate(asked, state(of))
    assert row[col.FEE_BPS] == pytest.approx(priced.component(CostKind.FEES).bps)
    assert row[col.IMPACT_BPS] == pytest.approx(priced.component(CostKind.IMPACT).bps)
    assert row[col.SLIPPAGE_BPS] == pytest.approx(priced.fill.slippage_bps, abs=1e-7)
    assert row[col.NET_BPS] == pytest.approx(
        row[col.SLIPPAGE_BPS] + row[col.FEE_BPS] + row[col.IMPACT_BPS]
    )


@given(of=books(), quantity=st.floats(0.01, 50.0))
def test_the_square_root_term_is_the_law(of, quantity):
    terms = LadderTerms(root=root_term(1.0, 0.03, 10_000.0))
    out = CostLadder(np.array([quantity]), terms, in_base=True).update(live(of))
    priced = estimate(request(quantity), state(of))
    assert out[col.BUY, 0, col.IMPACT_BPS] == pytest.approx(
        priced.component(CostKind.PERMANENT_IMPACT).bps
    )


@given(of=books(), sizes=sizes_in_quote)
def test_every_value_is_a_number_and_a_shortfall_is_seen(of, sizes):
    out = CostLadder(np.array(sizes), TERMS).update(live(of))
    assert np.isfinite(out).all()
    for row, side in ROWS:
        is_short = np.array(sizes) > DepthCurve.of(of, side).value * (1 + 1e-9)
        assert (out[row, is_short, col.FILLED_FRAC] < 1).all()
        assert (out[row, ~is_short, col.FILLED_FRAC] > 1 - 1e-8).all()


def test_a_ladder_by_hand():
    # asks 101 x 1, 102 x 2, bids 99 x 1, 98 x 2. 203 quote: 2 coins at 101.5, 150 bps;
    # 610 quote: the book holds 305, half of it. Selling for 99: one coin at 99, 100 bps.
    out = CostLadder(np.array([99.0, 203.0, 610.0])).update(live(book()))
    assert out[col.BUY, 1, col.AVERAGE] == pytest.approx(101.5)
    assert out[col.BUY, 1, col.SLIPPAGE_BPS] == pytest.approx(150.0)
    assert out[col.BUY, 2, col.FILLED_FRAC] == pytest.approx(0.5)
    assert out[col.BUY, 2, col.FILLED] == 3.0
    assert out[col.SELL, 0, col.AVERAGE] == 99.0
    assert out[col.SELL, 0, col.SLIPPAGE_BPS] == pytest.approx(100.0)
    assert out[col.BUY, 0, col.SPREAD_BPS] == pytest.approx(200.0)
    assert out[col.BUY, 0, col.BEST_QUOTE] == 101.0


def test_a_fit_is_a_dot_product_with_the_three_features_of_s1():
    # 1 + 0.01 * 203 + 0.1 * 200 + 0.001 * 101 = 23.131
    terms = LadderTerms(fit=(1.0, 0.01, 0.1, 0.001))
    out = CostLadder(np.array([203.0]), terms).update(live(book()))
    assert out[col.BUY, 0, col.FITTED_BPS] == pytest.approx(23.131)


def test_a_negative_fit_stops_at_its_floor():
    terms = LadderTerms(fit=(-500.0, 0.0, 0.0, 0.0))
    out = CostLadder(np.array([203.0]), terms).update(live(book()))
    assert out[col.BUY, 0, col.FITTED_BPS] == 0.0


def test_imbalance_is_positive_when_the_book_leans_with_the_order():
    # bids 3, asks 1: (3 - 1) / 4
    out = CostLadder(np.array([10.0])).update(live(book(bids=[(99, 3)], asks=[(101, 1)])))
    assert out[col.BUY, 0, col.IMBALANCE] == 0.5
    assert out[col.SELL, 0, col.IMBALANCE] == -0.5


def test_the_result_is_the_same_array_at_every_update():
    ladder = CostLadder(np.array([10.0]))
    assert ladder.update(live(book())) is ladder.update(live(book()))


@pytest.mark.parametrize(
    ("bids", "asks"), [([], []), ([(99, 1)], []), ([], [(101, 1)]), ([(102, 1)], [(101, 1)])]
)
def test_an_unpriceable_book_gives_no_ladder(bids, asks):
    ours = OrderBook("X")
    rows = np.array([*bids, *asks], dtype=np.float64).reshape(-1, 2)
    ours.apply(
        BookUpdate(
            symbol="X",
            is_snapshot=True,
            rows=rows,
            n_bids=len(bids),
            seq=1,
            event_ns=0,
            recv_ns=0,
        )
    )
    with pytest.raises(BookNotReady):
        CostLadder(np.array([10.0])).update(ours)
    levels, counts = ours.raw()
    out = np.zeros((2, 1, col.COLUMNS))
    assert not col.ladder_plain(levels, counts, np.array([10.0]), False, TERMS.packed, out)


@pytest.mark.parametrize("sizes", [[], [2.0, 1.0], [0.0], [-1.0], [float("nan")], [float("inf")]])
def test_sizes_that_cannot_be_are_refused(sizes):
    with pytest.raises(OrderError, match="sizes"):
        CostLadder(np.array(sizes))


def test_a_term_that_is_not_a_number_is_refused():
    with pytest.raises(OrderError, match="ladder"):
        LadderTerms(taker_bps=float("nan"))


def test_terms_say_what_they_hold():
    assert TERMS.has_fit
    assert TERMS.has_impact
    assert not LadderTerms().has_fit
    assert not LadderTerms().has_impact
