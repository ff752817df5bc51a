"""The same order on other markets, ranked with fees."""

import pytest

from market.errors import OrderError
from market.instrument import Side
from models.base import Source
from models.estimate import estimate
from models.fee_schedules import schedule
from tests.builders import book, instrument, request, state
from webapp.frames import watched
from webapp.watching import elsewhere


def fees(of):
    try:
        return schedule(of.venue, of.product)
    except OrderError:
        return None


def market(venue, ask, **changed):
    of = {"venue": venue, "venue_symbol": f"BTC-{venue}", **changed}
    return state(book(asks=((ask, 5.0),), bids=((200.0 - ask, 5.0),)), instrument=instrument(**of))


def asked(amount=1.0, **changed):
    own = schedule("okx", "spot")
    return request(amount, fees=own, tier=own.tiers[0], **changed)


def venues(found):
    return [one.state.instrument.venue for one in found]


def test_the_cheapest_with_fees_comes_first_and_not_the_one_with_the_best_price():
    here = market("okx", 100.01)
    rival = market("kraken", 100.001)  # a better price, but a dearer taker fee than OKX's
    found = elsewhere(asked(), here, [rival], fees)
    totals = [one.estimate.total_bps for one in found]
    assert venues(found) == ["okx", "kraken"] and totals == sorted(totals)


def test_every_cost_is_that_of_a_single_estimate_on_that_market():
    here, other = market("okx", 100.01), market("bybit", 100.02)
    for one in elsewhere(asked(2.0), here, [other], fees):
        assert estimate(one.estimate.request, one.state) == one.estimate
        assert one.estimate.fill.quantity == pytest.approx(2.0)


def test_another_coin_of_the_same_money_trades_the_same_money_after_the_pair():
    here = market("okx", 100.01)
    coin = market("okx", 100.1, base="ETH", venue_symbol="ETH-USDT")
    found = elsewhere(asked(2.0), here, [coin], fees)
    assert [one.is_same_pair for one in found] == [True, False]
    assert found[1].estimate.fill.value == pytest.approx(200.0, rel=0.01)


def test_sources_are_never_mixed():
    here, live = market("okx", 100.01), market("bybit", 100.001)
    live = state(live.book, instrument=live.instrument, source=Source.LIVE)
    assert venues(elsewhere(asked(), here, [live], fees)) == ["okx"]


def test_a_book_that_cannot_fill_the_size_is_not_ranked_and_says_so():
    here, thin = market("okx", 100.1), market("bybit", 100.01)
    here = state(book(asks=((100.1, 50.0),), bids=((99.9, 50.0),)), instrument=here.instrument)
    found = elsewhere(asked(10.0), here, [thin], fees)
    assert venues(found) == ["okx", "bybit"] and "holds 5 BTC only" in found[1].refusal


def test_a_venue_whose_fees_are_not_known_is_not_ranked():
    here, other = market("okx", 100.01), market("nowhere", 100.001)
    found = elsewhere(asked(), here, [other], fees)
    assert venues(found) == ["okx", "nowhere"] and "fees" in found[1].refusal


def test_the_table_marks_the_cheapest_of_several_and_what_the_others_cost_more():
    here, other = market("okx", 100.01), market("bybit", 100.5)
    rows = watched.rows(elsewhere(asked(side=Side.BUY), here, [other], fees))
    assert rows[0][1][4][0] == "cheapest"
    assert rows[1][1][4][0].startswith("+")
