"""Binance over REST, on replies in the documented shapes."""

import json

import pytest

from feeds.base import DecodeError, Unavailable
from feeds.binance_rest import (
    BinanceCoinmRest,
    BinanceRest,
    BinanceUsdmRest,
    candles,
    instruments,
    volume,
)
from feeds.binance_wire import COINM, SPOT, USDM, fetched_book
from feeds.rest import RestClient
from market.instrument import Kind
from tests.feeds.http_server import answering

PRICE = {"filterType": "PRICE_FILTER", "minPrice": "0.01", "tickSize": "0.01000000"}
LOT = {"filterType": "LOT_SIZE", "minQty": "0.00002000", "stepSize": "0.00001000"}
NOTIONAL = {"filterType": "NOTIONAL", "minNotional": "5.00000000"}

SPOT_LISTING = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "filters": [PRICE, LOT, NOTIONAL],
}
USDM_LISTING = SPOT_LISTING | {
    "pair": "BTCUSDT",
    "contractType": "PERPETUAL",
    "marginAsset": "USDT",
    "filters": [PRICE, LOT, {"filterType": "MIN_NOTIONAL", "notional": "100"}],
}
COINM_LISTING = {
    "symbol": "BTCUSD_PERP",
    "pair": "BTCUSD",
    "contractType": "PERPETUAL",
    "contractStatus": "TRADING",
    "contractSize": 100,
    "marginAsset": "BTC",
    "baseAsset": "BTC",
    "quoteAsset": "USD",
    "filters": [PRICE, {"filterType": "LOT_SIZE", "minQty": "1", "stepSize": "1"}],
}
LISTINGS = {SPOT: SPOT_LISTING, USDM: USDM_LISTING, COINM: COINM_LISTING}


def listing(product, **changes):
    body = json.dumps({"timezone": "UTC", "symbols": [LISTINGS[product] | changes]}).encode()
    return instruments(body, product)


def one(product, **changes):
    (found,) = listing(product, **changes).values()
    return found


def test_spot_counts_coins():
    found = one(SPOT)
    assert (found.symbol, found.kind, found.contract_size) == ("BTC/USDT", Kind.SPOT, 1.0)
    assert (found.tick_size, found.lot_size, found.min_size) == (0.01, 0.00001, 0.00002)
    assert (found.min_notional, found.is_live, found.is_inferred) == (5.0, True, False)


def test_usd_margined_contracts_are_coins_and_settle_in_the_margin_asset():
    found = one(USDM)
    assert (found.symbol, found.kind, found.contract_size) == ("BTC/USDT:USDT", Kind.LINEAR, 1.0)
    assert found.min_notional == 100.0


def test_coin_margined_contracts_are_worth_what_the_listing_says():
    found = one(COINM)
    assert (found.symbol, found.kind, found.contract_size) == ("BTC/USD:BTC", Kind.INVERSE, 100.0)
    assert found.min_notional is None


@pytest.mark.parametrize("product", LISTINGS)
def test_the_fee_schedule_is_found_under_one_house_name(product):
    assert (one(product).venue, one(product).product) == ("binance", product.fees)


@pytest.mark.parametrize(
    ("product", "field"), [(SPOT, "status"), (USDM, "status"), (COINM, "contractStatus")]
)
def test_what_does_not_trade_is_listed_as_not_live(product, field):
    assert not one(product, **{field: "BREAK"}).is_live


@pytest.mark.parametrize(
    "changes",
    [
        {"filters": []},
        {"filters": [PRICE]},
        {"filters": [PRICE | {"tickSize": "0"}, LOT]},
        {"filters": [PRICE | {"tickSize": "nan"}, LOT]},
        {"filters": [PRICE, LOT | {"stepSize": ""}]},
        {"baseAsset": 5},
    ],
)
def test_a_listing_that_cannot_be_understood_is_left_out(changes):
    assert listing(SPOT, **changes) == {}


@pytest.mark.parametrize("size", [0, -10])
def test_a_contract_without_worth_is_left_out(size):
    assert listing(COINM, contractSize=size) == {}


def bar(at, volume="3", second="180000", o="60000", h="60100", low="59900", c="60050"):
    return [at, o, h, low, c, volume, at + 59_999, second, 10, "1", "60000", "0"]


def test_the_last_bar_is_still_open_and_is_dropped():
    body = json.dumps([bar(0), bar(60_000), bar(120_000)]).encode()
    assert [c.open_ns for c in candles(body, one(SPOT))] == [0, 60_000 * 10**6]


def test_bars_of_spot_count_coins_in_the_first_volume():
    (found,) = candles(json.dumps([bar(0), bar(1)]).encode(), one(SPOT))
    assert (found.open, found.high, found.low, found.close) == (60000, 60100, 59900, 60050)
    assert found.volume == 3


def test_bars_of_coin_margined_futures_count_coins_in_the_second_volume():
    body = json.dumps([bar(0, volume="1800", second="3"), bar(1)]).encode()
    assert candles(body, one(COINM))[0].volume == 3


@pytest.mark.parametrize(
    "row",
    [
        bar(0, h="1"),
        bar(0, low="0"),
        bar(0, volume="-1"),
        bar(0, o="nan"),
        bar(0)[:6],
        ["0", *bar(0)[1:]],
        bar(0, volume=3),
    ],
)
def test_a_bar_whose_figures_disagree_is_a_decode_error(row):
    with pytest.raises(DecodeError):
        candles(json.dumps([row, bar(1)]).encode(), one(SPOT))


DAY = {"highPrice": "61000", "lowPrice": "59000", "closeTime": 1790000000123, "symbol": "BTCUSDT"}


@pytest.mark.parametrize(
    ("product", "figures"),
    [
        (SPOT, {"volume": "10", "quoteVolume": "600000"}),
        (USDM, {"volume": "10", "quoteVolume": "600000"}),
        (COINM, {"volume": "6000", "baseVolume": "10"}),
    ],
)
def test_day_volume_comes_in_coins_and_money(product, figures):
    found = volume(json.dumps(DAY | figures).encode(), one(product), 5)
    assert (found.base, found.quote, found.recv_ns) == (10, 600_000, 5)
    assert found.event_ns == 1790000000123 * 10**6


def test_day_volume_may_come_as_a_list_of_one():
    body = json.dumps([DAY | {"volume": "6000", "baseVolume": "10"}]).encode()
    assert volume(body, one(COINM), 5).base == 10


def test_contracts_taken_as_coins_would_show_in_the_day_volume():
    body = json.dumps(DAY | {"volume": "10", "baseVolume": "600000"}).encode()
    with pytest.raises(DecodeError, match="fits no price"):
        volume(body, one(COINM), 5)


def test_a_fetched_book_is_a_snapshot_in_coins_at_its_id():
    body = b'{"lastUpdateId":77,"E":5,"bids":[["50000","25"]],"asks":[["60000","6"]]}'
    found = fetched_book(body, one(COINM), 9)
    assert (found.seq, found.is_snapshot, found.n_bids, found.event_ns) == (77, True, 1, 5 * 10**6)
    # 25 contracts of 100 USD at 50,000; 6 at 60,000.
    assert found.rows.tolist() == [[50000.0, 0.05], [60000.0, 0.01]]


@pytest.mark.parametrize(
    "body",
    [
        b'{"code":-1121,"msg":"Invalid symbol."}',
        b'{"lastUpdateId":77,"bids":[],"asks":[]}',
        b'{"lastUpdateId":77,"bids":[["1"]],"asks":[]}',
        b"<html>",
    ],
)
def test_what_is_no_book_is_a_decode_error(body):
    with pytest.raises(DecodeError):
        fetched_book(body, one(SPOT), 9)


@pytest.mark.parametrize(
    ("rest", "product", "api"),
    [
        (BinanceRest, SPOT, "/api/v3"),
        (BinanceUsdmRest, USDM, "/fapi/v1"),
        (BinanceCoinmRest, COINM, "/dapi/v1"),
    ],
)
async def test_each_product_asks_at_its_own_paths(rest, product, api):
    book = '{"lastUpdateId":77,"bids":[["1","1"]],"asks":[]}'
    bars = json.dumps([bar(0, second="3"), bar(60_000)])
    figures = {"volume": "10", "quoteVolume": "600000"}
    if product is COINM:
        figures = {"volume": "6000", "baseVolume": "10"}
    info = json.dumps({"symbols": [LISTINGS[product]]})
    replies = (info, bars, json.dumps(DAY | figures), book)
    async with answering(*((200, reply) for reply in replies)) as http, RestClient(http.url) as web:
        venue = rest(web, lambda: 1)
        (found,) = (await venue.instruments()).values()
        assert len(await venue.candles(found, 300)) == 1
        assert (await venue.day_volume(found)).base == 10
        assert (await venue.book(found)).seq == 77
    name = found.venue_symbol
    assert http.requests == [
        f"{api}/exchangeInfo",
        f"{api}/klines?symbol={name}&interval=1m&limit=301",
        f"{api}/ticker/24hr?symbol={name}",
        f"{api}/depth?symbol={name}&limit=1000",
    ]


async def test_a_blocked_region_is_explained():
    async with answering((451, "{}")) as http, RestClient(http.url) as web:
        with pytest.raises(Unavailable, match="region") as caught:
            await BinanceRest(web, lambda: 1).instruments()
    assert caught.value.is_final
