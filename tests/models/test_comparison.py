"""Ways of trading side by side, what must be true for them to be equal, and round trips."""

import pytest

from market.errors import OrderError
from market.instrument import Side
from models.all_in import Funding, even_after_h, held, taker_or_maker
from models.break_even import break_even, mean_wait_s
from models.comparison import cheapest, compare
from models.estimate import estimate
from models.fee_schedules import custom_tier
from tests.builders import book, instrument, request, state

DEEP = state(book([(99.9, 5), (99.8, 5), (99, 50)], [(100.1, 5), (100.2, 5), (101, 50)]))


def ways(of=DEEP, **more):
    return {way.key: way for way in compare(request(6.0), of, **more)}


def test_every_way_is_the_same_order_on_the_same_book():
    found = ways()
    priced = [way.estimate for way in found.values() if way.estimate]
    assert {one.fill.quantity for one in priced} == {6.0}
    assert {one.fill.mid for one in priced} == {100.0}


def test_a_market_order_completes_at_once_and_has_no_timing_risk():
    market = ways()["market"]
    assert (market.completion, market.risk_bps) == (1.0, None)
    assert market.cost_bps == estimate(request(6.0), DEEP).total_bps


def test_a_limit_further_away_completes_less_often():
    found = ways(deadline_s=600.0)
    chances = [found[f"limit_{ticks}"].completion for ticks in (0, 1, 5)]
    assert chances == sorted(chances, reverse=True)
    assert all(found[f"limit_{ticks}"].risk_bps > 0 for ticks in (0, 1, 5))


def test_a_book_that_is_too_small_does_not_complete():
    assert compare(request(50.0), state())[0].completion == 0.0


def test_a_second_venue_adds_a_split_that_saves():
    other = state(
        book([(99.9, 5)], [(100.1, 5), (100.2, 5)]),
        instrument=instrument(venue="binance", venue_symbol="BTCUSDT"),
    )
    found = ways(others=[other])
    assert found["split"].cost_bps < found["market"].cost_bps
    assert {part.venue for part in found["split"].route.parts} == {"okx", "binance"}


def test_a_way_that_cannot_be_priced_says_why_and_has_no_number():
    quiet = state(DEEP.book, sigma_day=None)
    found = ways(quiet)
    assert found["limit_0"].cost_bps is None
    assert "volatility" in found["limit_0"].refusal
    assert found["market"].cost_bps is not None


def test_without_known_fees_no_way_has_a_number():
    unknown = state(DEEP.book, instrument=instrument(venue="nowhere"))
    assert all(way.cost_bps is None for way in ways(unknown).values())


def test_the_cheapest_way_may_be_asked_to_complete():
    found = compare(request(6.0), DEEP, deadline_s=60.0)
    free, sure = cheapest(found), cheapest(found, least_completion=1.0)
    assert free.cost_bps <= sure.cost_bps
    assert sure.completion == 1.0


def test_nothing_can_be_cheapest_where_nothing_is_priced():
    unknown = state(DEEP.book, instrument=instrument(venue="nowhere"))
    with pytest.raises(OrderError, match="none can be priced"):
        cheapest(compare(request(6.0), unknown))


# -- break-even --------------------------------------------------------------------------------


def test_the_break_even_drift_times_the_wait_is_the_saving():
    now = estimate(request(6.0), DEEP)
    later = estimate(request(6.0, style="limit"), DEEP)
    found = break_even(now, later)
    assert found.saved_bps == pytest.approx(now.total_bps - later.total_bps)
    assert found.drift_bps_per_min * mean_wait_s(later) / 60 == pytest.approx(found.saved_bps)
    assert found.risk_aversion_per_bps * later.risk_bps**2 == pytest.approx(found.saved_bps)
    assert found.sigmas * later.risk_bps == pytest.approx(found.saved_bps)


def test_the_mean_wait_of_a_twap_by_hand():
    # ten equal parts at 0, 60, ..., 540 s
    priced = estimate(request(6.0, style="twap"), DEEP)
    assert mean_wait_s(priced) == pytest.approx(270.0)


def test_an_order_that_does_not_wait_has_no_break_even():
    now = estimate(request(6.0), DEEP)
    assert break_even(now, now).drift_bps_per_min is None


# -- all in ------------------------------------------------------------------------------------


def test_a_round_trip_by_hand():
    # default book, 1 coin: buy at 101, sell at 99, no fees: 2 of 100 = 200 bps
    found = held(request(1.0, tier=custom_tier(0.0, 0.0)), state())
    assert found.total_bps == pytest.approx(200.0)
    assert found.closed.fill.side is Side.SELL


def test_funding_is_paid_by_longs_and_received_by_shorts():
    funding = Funding(rate_bps=1.0, period_h=8.0)
    assert funding.cost_bps(Side.BUY, 24.0) == pytest.approx(3.0)
    assert funding.cost_bps(Side.SELL, 24.0) == pytest.approx(-3.0)


def test_spot_and_perpetual_are_even_when_funding_has_eaten_the_difference():
    # spot 20 bps of fees both ways, perpetual 10: 10 bps more; 1 bps each 8 h: 80 h
    funding = Funding(rate_bps=1.0)
    locked = state(book([(100, 5)], [(100, 5)]))
    spot = held(request(1.0, tier=custom_tier(0.0, 10.0)), locked)
    perpetual = held(
        request(1.0, tier=custom_tier(0.0, 5.0)), locked, horizon_h=24.0, funding=funding
    )
    assert even_after_h(spot, perpetual, Side.BUY, funding) == pytest.approx(80.0)
    assert even_after_h(spot, perpetual, Side.SELL, funding) is None


def test_resting_saves_against_crossing_on_average():
    found = taker_or_maker(request(1.0), DEEP, horizon_s=600.0)
    assert found.saved_bps > 0
    assert found.maker.maker_share > 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"rate_bps": float("nan")}, "funding rate"), ({"period_h": 0.0}, "funding period")],
)
def test_an_impossible_funding_names_its_field(changed, field):
    with pytest.raises(OrderError) as refused:
        Funding(**{"rate_bps": 1.0, **changed})
    assert refused.value.field == field
