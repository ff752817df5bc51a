"""Bybit v5 over REST, on replies in the documented shapes."""

import json

import pytest

from feeds.base import DecodeError, RateLimited, Unavailable
from feeds.bybit import Bybit, BybitSpot
from feeds.bybit_rest import BybitRest, BybitSpotRest, book, candles, instruments, volume
from feeds.rest import RestClient
from market.instrument import Kind
from tests.feeds.http_server import answering

LINEAR = {
    "symbol": "BTCUSDT",
    "status": "Trading",
    "baseCoin": "BTC",
    "quoteCoin": "USDT",
    "settleCoin": "USDT",
    "priceFilter": {"tickSize": "0.10"},
    "lotSizeFilter": {"qtyStep": "0.001", "minOrderQty": "0.002", "minNotionalValue": "5"},
}
SPOT = {
    "symbol": "BTCUSDT",
    "status": "Trading",
    "baseCoin": "BTC",
    "quoteCoin": "USDT",
    "priceFilter": {"tickSize": "0.01"},
    "lotSizeFilter": {"basePrecision": "0.000001", "minOrderAmt": "1"},
}
NOW_MS = 1_790_000_040_000


def reply(result, code=0, message="OK"):
    return json.dumps(
        {"retCode": code, "retMsg": message, "result": result, "retExtInfo": {}, "time": NOW_MS}
    ).encode()


def page(*listings, cursor=""):
    return reply({"category": "linear", "list": listings, "nextPageCursor": cursor})


def one(venue=Bybit, listing=LINEAR):
    found, _ = instruments(page(listing), venue)
    return found["BTCUSDT"]


def test_linear_contracts_are_coins_and_settle_in_their_coin():
    found = one()
    assert (found.symbol, found.kind, found.contract_size) == ("BTC/USDT:USDT", Kind.LINEAR, 1.0)
    assert (found.tick_size, found.lot_size, found.min_size) == (0.1, 0.001, 0.002)
    assert (found.min_notional, found.is_live, found.product) == (5.0, True, "linear")


def test_spot_has_a_precision_and_a_smallest_value():
    found = one(BybitSpot, SPOT)
    assert (found.symbol, found.kind, found.product) == ("BTC/USDT", Kind.SPOT, "spot")
    assert (found.lot_size, found.min_size, found.min_notional) == (1e-6, 1e-6, 1.0)


@pytest.mark.parametrize(("venue", "listing"), [(Bybit, LINEAR), (BybitSpot, SPOT)])
def test_the_fee_schedule_is_found_under_one_house_name(venue, listing):
    assert one(venue, listing).venue == "bybit"


def test_what_does_not_trade_is_listed_as_not_live():
    assert not one(listing=LINEAR | {"status": "PreLaunch"}).is_live


@pytest.mark.parametrize(
    "wrong",
    [
        {"priceFilter": {"tickSize": "0"}},
        {"priceFilter": {}},
        {"lotSizeFilter": {}},
        {"lotSizeFilter": {"qtyStep": "nan"}},
    ],
)
def test_a_listing_that_cannot_be_understood_is_left_out(wrong):
    assert instruments(page(LINEAR | wrong), Bybit) == ({}, "")


async def test_pages_are_followed_to_the_last():
    pages = (page(LINEAR, cursor="next"), page(LINEAR | {"symbol": "ETHUSDT"}))
    async with answering(*((200, p.decode()) for p in pages)) as http, RestClient(http.url) as web:
        found = await BybitRest(web, lambda: 1).instruments()
    assert set(found) == {"BTCUSDT", "ETHUSDT"}
    assert http.requests == [
        "/v5/market/instruments-info?category=linear&limit=1000",
        "/v5/market/instruments-info?category=linear&limit=1000&cursor=next",
    ]


async def test_pages_without_an_end_are_a_fault_of_the_venue():
    endless = page(LINEAR, cursor="again").decode()
    async with answering((200, endless)) as http, RestClient(http.url) as web:
        with pytest.raises(DecodeError, match="no end"):
            await BybitRest(web, lambda: 1).instruments()


def bar(start, o="60000", h="60100", low="59900", c="60050", volume="3"):
    return [str(start), o, h, low, c, volume, "180000"]


def bars(*rows):
    return reply({"category": "linear", "symbol": "BTCUSDT", "list": rows})


def test_bars_come_newest_first_and_the_open_one_is_dropped():
    body = bars(bar(NOW_MS - 40_000), bar(NOW_MS - 100_000), bar(NOW_MS - 160_000))
    found = candles(body, one())
    assert [c.open_ns // 10**6 for c in found] == [NOW_MS - 160_000, NOW_MS - 100_000]


def test_a_bar_that_has_just_ended_is_kept():
    assert len(candles(bars(bar(NOW_MS - 60_000)), one())) == 1


def test_a_bar_counts_coins():
    (found,) = candles(bars(bar(0)), one())
    assert (found.open, found.high, found.low, found.close) == (60000, 60100, 59900, 60050)
    assert found.volume == 3


@pytest.mark.parametrize(
    "row", [bar(0, h="1"), bar(0, low="0"), bar(0, volume="-1"), bar("x"), bar(0)[:6]]
)
def test_a_bar_whose_figures_disagree_is_a_decode_error(row):
    with pytest.raises(DecodeError):
        candles(bars(row), one())


DAY = {
    "symbol": "BTCUSDT",
    "volume24h": "10",
    "turnover24h": "600000",
    "lowPrice24h": "59000",
    "highPrice24h": "61000",
}


def test_day_volume_comes_in_coins_and_money_at_the_time_of_the_reply():
    found = volume(reply({"list": [DAY]}), one(), 5)
    assert (found.base, found.quote, found.recv_ns) == (10, 600_000, 5)
    assert found.event_ns == NOW_MS * 10**6


def test_swapped_volumes_would_show():
    swapped = DAY | {"volume24h": "600000", "turnover24h": "10"}
    with pytest.raises(DecodeError, match="fits no price"):
        volume(reply({"list": [swapped]}), one(), 5)


def test_no_ticker_is_no_volume():
    with pytest.raises(Unavailable):
        volume(reply({"list": []}), one(), 5)


def test_a_fetched_book_is_a_snapshot():
    found = book(
        reply({"s": "BTCUSDT", "b": [["60000", "1"]], "a": [["60001", "2"]], "u": 7, "ts": 1}),
        one(),
        5,
    )
    assert (found.is_snapshot, found.seq, found.n_bids) == (True, 7, 1)
    assert found.rows.tolist() == [[60000.0, 1.0], [60001.0, 2.0]]


def test_too_many_requests_ask_us_to_slow_down():
    with pytest.raises(RateLimited, match="10006"):
        instruments(reply({}, 10006, "Too many visits!"), Bybit)


def test_a_refusal_is_final_and_says_why():
    with pytest.raises(Unavailable, match="params error") as caught:
        instruments(reply({}, 10001, "params error"), Bybit)
    assert caught.value.is_final


def test_a_busy_server_is_asked_again():
    with pytest.raises(Unavailable) as caught:
        instruments(reply({}, 10016, "service is restarting"), Bybit)
    assert not caught.value.is_final


@pytest.mark.parametrize(("rest", "category"), [(BybitRest, "linear"), (BybitSpotRest, "spot")])
async def test_each_product_asks_for_its_own_category(rest, category):
    fetched = reply({"s": "BTCUSDT", "b": [["1", "1"]], "a": [["2", "1"]], "u": 7, "ts": 1})
    replies = (bars(bar(0)), reply({"list": [DAY]}), fetched)
    served = answering(*((200, text.decode()) for text in replies))
    async with served as http, RestClient(http.url) as web:
        venue = rest(web, lambda: 1)
        await venue.candles(one(), 300)
        await venue.day_volume(one())
        await venue.book(one())
    about = f"category={category}&symbol=BTCUSDT"
    assert http.requests == [
        f"/v5/market/kline?{about}&interval=1&limit=301",
        f"/v5/market/tickers?{about}",
        f"/v5/market/orderbook?{about}&limit=200",
    ]
