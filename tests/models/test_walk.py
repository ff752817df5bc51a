"""The walk equals exact rational arithmetic, and has the properties a walk must have."""

from fractions import Fraction
from itertools import accumulate, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import BookNotReady, OrderError
from market.instrument import Side
from models.depth_curve import DepthCurve
from models.depth_policy import DEPTH_POLICIES, depth_policy
from models.walk import walk
from tests.builders import book
from tests.strategies import books, mirrored, scaled

PARTIAL = depth_policy("partial")
BID_PRICES = (99.9, 99.8, 99.5, 98.1)
ASK_PRICES = (100.1, 100.3, 100.4, 101.9)
LEVEL_SIZES = (0.1, 0.7, 2.0)
QUANTITIES = (0.05, 0.1, 0.2, 0.30000000000000004, 0.8, 1.4, 2.75, 4.8, 9.0)
SPENDINGS = (5.0, 10.01, 20.02, 80.3, 150.0, 480.5, 1000.0)
sides = st.sampled_from(Side)
shares = st.floats(0.001, 2.0)


def small_books():
    """Every book of one to four levels with sizes out of LEVEL_SIZES."""
    for n in range(1, 5):
        for sizes in product(LEVEL_SIZES, repeat=n):
            yield book(
                list(zip(BID_PRICES, sizes, strict=False)),
                list(zip(ASK_PRICES, sizes, strict=False)),
            )


def exact_levels(of, side):
    prices, sizes = of.levels(side)
    return [
        (Fraction(p), Fraction(q)) for p, q in zip(prices.tolist(), sizes.tolist(), strict=True)
    ]


def exact_walk(levels, quantity):
    """(filled, money, worst, levels touched) of a base size, level by level, exactly."""
    left, money, worst, touched = Fraction(quantity), Fraction(0), None, 0
    for price, size in levels:
        if left <= 0:
            break
        taken = min(left, size)
        money, left, worst, touched = money + taken * price, left - taken, price, touched + 1
    return Fraction(quantity) - left, money, worst, touched


def exact_base_for(levels, money):
    """Base for a quote size, level by level, exactly; at most what there is."""
    left, base = Fraction(money), Fraction(0)
    for price, size in levels:
        taken = min(left / price, size)
        base, left = base + taken, left - taken * price
        if left <= 0:
            break
    return base


def close(value, exact):
    return abs(Fraction(value) - exact) <= Fraction(1, 10**12) * abs(exact)


@pytest.mark.parametrize("side", Side)
def test_base_sized_walks_equal_rational_arithmetic_on_every_small_book(side):
    for of in small_books():
        curve, levels = DepthCurve.of(of, side), exact_levels(of, side)
        for quantity in QUANTITIES:
            filled, money, worst, touched = exact_walk(levels, quantity)
            fill = walk(curve, quantity, PARTIAL)
            assert close(fill.filled, filled)
            assert close(fill.value, money)
            assert close(fill.average, money / filled)
            edges = accumulate(size for _, size in levels)
            if all(abs(filled - edge) > Fraction(1, 10**9) for edge in edges):
                # away from a level's edge, where one ulp decides which level is the last
                assert (fill.worst, fill.levels) == (float(worst), touched)


@pytest.mark.parametrize("side", Side)
def test_quote_sized_walks_equal_rational_arithmetic_on_every_small_book(side):
    for of in small_books():
        curve, levels = DepthCurve.of(of, side), exact_levels(of, side)
        for money in SPENDINGS:
            assert close(float(curve.base_for(money)), exact_base_for(levels, money))


@pytest.mark.parametrize("side", Side)
def test_penalty_and_extrapolation_equal_rational_arithmetic(side):
    for of in small_books():
        curve, levels = DepthCurve.of(of, side), exact_levels(of, side)
        visible, money, last, _ = exact_walk(levels, sum(q for _, q in levels))
        for extra in (0.25, 1.0, 3.0):
            quantity = curve.visible + extra
            missing = Fraction(quantity) - visible
            penalty = money + missing * last * (1 + Fraction(side.sign, 20))
            assert close(walk(curve, quantity, depth_policy("penalty")).value, penalty)
            slope = (last - levels[0][0]) / visible
            if len(levels) > 1 and abs(slope) * missing < last / 2:
                extrapolated = money + missing * last + slope * missing**2 / 2
                fill = walk(curve, quantity, depth_policy("extrapolate"))
                assert close(fill.value, extrapolated)
                assert fill.unfilled == 0.0


@given(of=books(), side=sides, share=shares)
def test_what_money_buys_costs_that_money(of, side, share):
    curve = DepthCurve.of(of, side)
    money = min(share, 1.0) * curve.value
    assert float(curve.cost(curve.base_for(money))) == pytest.approx(money, rel=1e-12)


@given(of=books(), side=sides, size_shares=st.lists(shares, min_size=1, max_size=8))
def test_many_sizes_at_once_are_the_same_as_one_by_one(of, side, size_shares):
    curve = DepthCurve.of(of, side)
    quantities = np.array(size_shares) * curve.visible
    one_by_one = [walk(curve, q, PARTIAL).slippage_bps for q in quantities.tolist()]
    assert curve.slippage_bps(quantities) == pytest.approx(one_by_one, abs=1e-8)


@given(of=books(), side=sides, share=shares)
def test_selling_on_a_mirrored_book_costs_the_same_as_buying(of, side, share):
    curve = DepthCurve.of(of, side)
    other = DepthCurve.of(mirrored(of), side.opposite)
    quantity = share * curve.visible
    ours, theirs = walk(curve, quantity, PARTIAL), walk(other, quantity, PARTIAL)
    assert ours.slippage_bps == pytest.approx(theirs.slippage_bps, abs=1e-8)
    assert ours.unfilled == pytest.approx(theirs.unfilled, abs=1e-9)


@given(
    of=books(), side=sides, price=st.sampled_from([0.125, 8.0]), size=st.sampled_from([0.5, 4.0])
)
def test_slippage_does_not_depend_on_the_units_of_price_and_size(of, side, price, size):
    curve, other = DepthCurve.of(of, side), DepthCurve.of(scaled(of, price, size), side)
    ours = walk(curve, 0.7 * curve.visible, PARTIAL)
    theirs = walk(other, 0.7 * other.visible, PARTIAL)
    assert ours.slippage_bps == pytest.approx(theirs.slippage_bps, abs=1e-9)


@given(of=books(), side=sides)
def test_a_tiny_order_pays_the_half_spread_and_no_more(of, side):
    curve = DepthCurve.of(of, side)
    fill = walk(curve, 1e-6 * curve.visible, PARTIAL)
    assert fill.slippage_bps == pytest.approx(of.half_spread_bps, abs=1e-8)


@given(of=books(), side=sides, small=shares, large=shares)
def test_the_average_price_never_improves_with_size(of, side, small, large):
    curve = DepthCurve.of(of, side)
    small, large = sorted((small, large))
    first = walk(curve, small * curve.visible, PARTIAL).slippage_bps
    assert first <= walk(curve, large * curve.visible, PARTIAL).slippage_bps + 1e-8


@given(of=books(), side=sides, first=st.floats(0.01, 0.5), second=st.floats(0.01, 0.5))
def test_splitting_an_order_on_a_standing_book_saves_nothing(of, side, first, second):
    curve = DepthCurve.of(of, side)
    q1, q2 = first * curve.visible, second * curve.visible

    def signed(quantity):
        return side.sign * float(curve.cost(quantity))

    assert signed(q1 + q2) >= signed(q1) + signed(q2) - 1e-9 * curve.value


@given(of=books(), share=shares)
def test_buying_and_selling_back_costs_at_least_the_spread(of, share):
    buy, sell = DepthCurve.of(of, Side.BUY), DepthCurve.of(of, Side.SELL)
    quantity = share * min(buy.visible, sell.visible)
    both = sum(walk(c, quantity, PARTIAL).slippage_bps for c in (buy, sell))
    assert both >= 2 * of.half_spread_bps - 1e-8


@given(of=books(), side=sides, share=shares, policy=st.sampled_from(["partial", "extrapolate"]))
def test_nothing_unfilled_is_hidden(of, side, share, policy):
    curve = DepthCurve.of(of, side)
    fill = walk(curve, share * curve.visible, depth_policy(policy))
    assert fill.filled + fill.unfilled == pytest.approx(fill.quantity, rel=1e-12)
    if share > 1.0 + 1e-9:
        assert fill.beyond > 0 or fill.unfilled > 0
        assert fill.filled - fill.beyond == pytest.approx(curve.visible, rel=1e-12)


@given(of=books(), side=sides, at=st.integers(0, 5))
def test_an_empty_level_changes_nothing(of, side, at):
    prices, sizes = of.levels(side)
    levels = list(zip(prices.tolist(), sizes.tolist(), strict=True))
    at = min(at, len(levels) - 1)
    levels.insert(at + 1, (levels[at][0], 0.0))
    asks = levels if side is Side.BUY else [(20_000.0, 1.0)]
    bids = levels if side is Side.SELL else [(1.0, 1.0)]
    with_empty, without = (
        book(bids, asks),
        book([x for x in bids if x[1]], [x for x in asks if x[1]]),
    )
    quantity = 0.9 * float(sizes.sum())
    ours = walk(DepthCurve.of(with_empty, side), quantity, PARTIAL)
    assert ours.average == walk(DepthCurve.of(without, side), quantity, PARTIAL).average


def test_sums_of_floats_leave_no_phantom_remainder():
    # 0.1 + 0.2 is 0.30000000000000004; the book holds 0.3
    fill = walk(DepthCurve.of(book(asks=[(101, 0.3)]), Side.BUY), 0.1 + 0.2, PARTIAL)
    assert fill.unfilled == 0.0
    assert fill.average == 101.0


def test_a_walk_by_hand():
    # asks 101 x 1, 102 x 2: two coins cost 101 + 102 = 203, average 101.5
    fill = walk(DepthCurve.of(book(), Side.BUY), 2.0, PARTIAL)
    assert (fill.filled, fill.average, fill.worst, fill.levels) == (2.0, 101.5, 102.0, 2)
    assert (fill.best, fill.mid, fill.visible, fill.unfilled) == (101.0, 100.0, 3.0, 0.0)
    assert fill.slippage_bps == pytest.approx(150.0)


def test_partial_fills_what_there_is_and_says_how_much_is_missing():
    # asks hold 3: 101 + 2 * 102 = 305
    fill = walk(DepthCurve.of(book(), Side.BUY), 5.0, PARTIAL)
    assert (fill.filled, fill.unfilled, fill.beyond) == (3.0, 2.0, 0.0)
    assert fill.value == pytest.approx(305.0)


def test_reject_gives_no_cost_and_names_what_the_book_holds():
    with pytest.raises(OrderError) as refused:
        walk(DepthCurve.of(book(), Side.BUY), 5.0, depth_policy("reject"))
    assert refused.value.field == "quantity"
    assert refused.value.allowed == "at most 3 base"


def test_penalty_prices_the_rest_five_percent_beyond_the_last_level():
    # 305 + 2 * 102 * 1.05 = 519.2
    fill = walk(DepthCurve.of(book(), Side.BUY), 5.0, depth_policy("penalty"))
    assert (fill.filled, fill.unfilled, fill.beyond) == (5.0, 0.0, 2.0)
    assert fill.value == pytest.approx(519.2)
    assert fill.worst == pytest.approx(107.1)
    # sell: 99 + 2 * 98 + 2 * 98 * 0.95 = 481.2
    sold = walk(DepthCurve.of(book(), Side.SELL), 5.0, depth_policy("penalty"))
    assert sold.value == pytest.approx(481.2)


def test_extrapolation_goes_on_at_the_average_density():
    # slope (102 - 101) / 3 per base: 305 + 2 * 102 + 2^2 / 6 = 509.667, last price 102 + 2/3
    fill = walk(DepthCurve.of(book(), Side.BUY), 5.0, depth_policy("extrapolate"))
    assert fill.value == pytest.approx(305 + 204 + 4 / 6)
    assert fill.worst == pytest.approx(102 + 2 / 3)


def test_extrapolation_ends_half_a_price_away_and_the_rest_is_unfilled():
    # slope 1/3 per base; half of 102 is 51, so 153 base more at most
    fill = walk(DepthCurve.of(book(), Side.BUY), 1000.0, depth_policy("extrapolate"))
    assert fill.beyond == pytest.approx(153.0)
    assert fill.unfilled == pytest.approx(1000 - 3 - 153)


def test_one_level_shows_no_slope_so_nothing_is_extrapolated():
    fill = walk(DepthCurve.of(book(asks=[(101, 1)]), Side.BUY), 2.0, depth_policy("extrapolate"))
    assert (fill.filled, fill.unfilled) == (1.0, 1.0)


@given(of=books(), side=sides, policy=st.sampled_from(["partial", "extrapolate", "penalty"]))
def test_missing_money_and_missing_base_are_the_same_question(of, side, policy):
    curve, chosen = DepthCurve.of(of, side), depth_policy(policy)
    money = 0.2 * curve.value
    base = chosen.base_for(curve, money)
    given_up = chosen.take(curve, base)
    left = (base - given_up.quantity) * given_up.worst
    assert given_up.money + left == pytest.approx(money, rel=1e-9)


def test_an_unknown_policy_is_refused_with_those_there_are():
    with pytest.raises(OrderError) as refused:
        depth_policy("hope")
    assert refused.value.allowed == ", ".join(DEPTH_POLICIES)


@pytest.mark.parametrize(
    ("bids", "asks"),
    [
        ([(102, 1)], [(101, 1)]),
        ([], [(101, 1)]),
        ([(99, 1)], []),
        ([(float("nan"), 1)], [(101, 1)]),
        ([(-1, 1)], [(101, 1)]),
        ([(0, 1)], [(101, 1)]),
    ],
)
def test_no_price_stands_on_an_impossible_book(bids, asks):
    with pytest.raises(BookNotReady):
        DepthCurve.of(book(bids, asks), Side.BUY)


def test_a_locked_book_has_a_price_and_no_spread():
    fill = walk(DepthCurve.of(book([(100, 1)], [(100, 1)]), Side.BUY), 1.0, PARTIAL)
    assert fill.slippage_bps == 0.0
