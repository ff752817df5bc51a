"""The cheapest split equals brute force on small lattices."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.errors import OrderError
from market.fee_schedule import FeeTier
from market.instrument import Side
from models.depth_curve import DepthCurve
from models.depth_policy import depth_policy
from models.offers import offer
from models.routing import route
from models.walk import walk
from tests.builders import book, instrument, inverse_swap, state
from tests.strategies import books, mirrored

sides = st.sampled_from(Side)


def venue(of, side, *, fee=0.0, lot=0.001, least=None, name="okx"):
    market = state(
        of, instrument=instrument(venue=name, lot_size=lot, min_size=least or lot, tick_size=1.0)
    )
    return offer(market, side, FeeTier(name="t", maker_bps=0.0, taker_bps=fee))


def brute_force(offers, wanted):
    """(base filled, all-in money) of the best split, all splits tried."""
    choices = [
        [0, *range(one.least_lots, min(one.most_lots, round(wanted / one.lot)) + 1)]
        for one in offers
    ]
    best = None
    for lots in product(*choices):
        filled = sum(n * one.lot for n, one in zip(lots, offers, strict=True))
        if 0 < filled <= wanted + 1e-9:
            money = sum(one.all_in(n * one.lot) for n, one in zip(lots, offers, strict=True) if n)
            key = (-round(filled * 1000), money)
            best = key if best is None else min(best, key)
    return best


small = st.builds(
    lambda prices, sizes: list(zip(sorted(set(prices)), sizes, strict=False)),
    st.lists(st.integers(100, 110), min_size=1, max_size=3),
    st.lists(st.integers(1, 4).map(float), min_size=3, max_size=3),
)


@given(
    venues=st.lists(
        st.tuples(
            small,
            st.sampled_from([0.0, 10.0, 100.0, -20.0]),
            st.sampled_from([1.0, 2.0]),
            st.sampled_from([1, 1, 2]),
        ),
        min_size=1,
        max_size=3,
    ),
    wanted=st.integers(1, 9),
    side=sides,
)
@settings(max_examples=150, deadline=None)
def test_a_route_equals_brute_force_with_lots_fees_and_smallest_orders(venues, wanted, side):
    offers = []
    for asks, fee, lot, least in venues:
        levels = [(float(price), size) for price, size in asks]
        of = book([(90.0, 1.0)], levels)
        of = of if side is Side.BUY else mirrored(of)
        offers.append(venue(of, side, fee=fee, lot=lot, least=lot * least))
    best = brute_force(offers, float(wanted))
    if best is None:
        with pytest.raises(OrderError):
            route(offers, float(wanted))
        return
    found = route(offers, float(wanted))
    assert round(found.filled * 1000) == -best[0]
    money = found.cost + side.sign * found.filled * found.mid
    assert money == pytest.approx(best[1], abs=1e-6)


@given(of=books(), side=sides, share=st.floats(0.05, 1.0))
def test_one_venue_is_the_walk(of, side, share):
    curve = DepthCurve.of(of, side)
    found = route([venue(of, side)], share * curve.visible)
    fill = walk(curve, found.filled, depth_policy("partial"))
    assert found.parts[0].average == pytest.approx(fill.average)
    assert found.saving == pytest.approx(0.0, abs=1e-9)


@given(first=books(), second=books(), side=sides, share=st.floats(0.05, 0.9))
@settings(max_examples=50)
def test_a_route_costs_no_more_than_the_best_single_venue(first, second, side, share):
    offers = [venue(first, side, fee=5.0), venue(second, side, fee=2.0, name="other")]
    quantity = share * max(float(of.levels(side)[1].sum()) for of in (first, second))
    found = route(offers, quantity)
    assert found.saving is None or found.saving >= -1e-6


@given(first=books(), second=books(), third=books(), side=sides, share=st.floats(0.05, 0.9))
@settings(max_examples=50)
def test_another_venue_never_hurts(first, second, third, side, share):
    offers = [venue(of, side) for of in (first, second, third)]
    quantity = share * float(first.levels(side)[1].sum())
    two, three = route(offers[:2], quantity), route(offers, quantity)
    costs = [found.cost + side.sign * found.filled * found.mid for found in (two, three)]
    assert costs[1] <= costs[0] + 1e-6


@given(of=books(), side=sides, share=st.floats(0.05, 1.0))
def test_two_halves_of_a_book_without_fees_are_the_book(of, side, share):
    prices, sizes = of.levels(side)
    levels = list(zip(prices.tolist(), sizes.tolist(), strict=True))
    far = {Side.BUY: [(1.0, 1.0)], Side.SELL: [(20_000.0, 1.0)]}[side]
    halves = [part for part in (levels[::2], levels[1::2]) if part]
    offers = [
        venue(book(far, part) if side is Side.BUY else book(part, far), side) for part in halves
    ]
    found = route(offers, share * float(sizes.sum()))
    money = found.cost + side.sign * found.filled * found.mid
    whole = side.sign * float(DepthCurve.of(of, side).cost(found.filled))
    assert money == pytest.approx(whole, rel=1e-9)


def test_fees_decide_between_close_prices_by_hand():
    # 100 with 10 bps is 100.1 all-in, 100.05 without fee is 100.05: the second first
    dear = venue(book([(99, 1)], [(100.0, 1.0)]), Side.BUY, fee=10.0)
    cheap = venue(book([(99, 1)], [(100.05, 1.0)]), Side.BUY, name="other")
    assert [part.venue for part in route([dear, cheap], 1.0).parts] == ["other"]


def test_the_saving_against_the_best_single_venue_by_hand():
    # asks 100 x 1, 110 x 1 on both: two coins cost 210 on one, 200 on two
    of = book([(99, 1)], [(100.0, 1.0), (110.0, 1.0)])
    found = route([venue(of, Side.BUY), venue(of, Side.BUY, name="other")], 2.0)
    assert found.saving == pytest.approx(10.0)
    assert found.best_single is not None


def test_what_no_venue_holds_stays_unfilled():
    of = book([(99, 1)], [(100.0, 1.0)])
    found = route([venue(of, Side.BUY), venue(of, Side.BUY, name="other")], 5.0)
    assert (found.filled, found.unfilled, found.best_single) == (2.0, 3.0, None)


def test_venues_must_trade_the_same_thing():
    one = venue(book(), Side.BUY)
    other = offer(
        state(instrument=instrument(quote="USDC")),
        Side.BUY,
        FeeTier(name="t", maker_bps=0, taker_bps=0),
    )
    with pytest.raises(OrderError, match="different things"):
        route([one, other], 1.0)


def test_contracts_that_count_in_money_are_refused():
    with pytest.raises(OrderError, match="counts in money"):
        offer(
            state(instrument=inverse_swap()), Side.BUY, FeeTier(name="t", maker_bps=0, taker_bps=0)
        )
