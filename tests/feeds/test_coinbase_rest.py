import json

import pytest

from feeds.backoff import Pauses
from feeds.base import DecodeError, Unavailable
from feeds.coinbase_rest import (
    CoinbaseExchangeRest,
    CoinbaseRest,
    decode_book,
    decode_candles,
    decode_instruments,
    decode_volume,
)
from feeds.rest import RestClient
from market.instrument import Kind
from tests.feeds.http_server import answering
from tests.feeds.spoilt import spot

BTC = spot("coinbase", "BTC-USD", "advanced")["BTC-USD"]
NOW_NS = 1_790_000_000_000_000_000
PRODUCT = {
    "id": "BTC-USD",
    "base_currency": "BTC",
    "quote_currency": "USD",
    "base_increment": "0.00000001",
    "quote_increment": "0.01",
    "min_market_funds": "1",
    "status": "online",
    "trading_disabled": False,
    "auction_mode": False,
}


def product(symbol, **changed):
    base, quote = symbol.split("-")
    return PRODUCT | {"id": symbol, "base_currency": base, "quote_currency": quote} | changed


def listed(*products):
    return decode_instruments(json.dumps(products).encode(), "advanced")


def test_products_become_spot_instruments():
    instrument = listed(PRODUCT)["BTC-USD"]
    assert (instrument.symbol, instrument.kind) == ("BTC/USD", Kind.SPOT)
    assert (instrument.venue, instrument.product) == ("coinbase", "advanced")
    assert (instrument.tick_size, instrument.lot_size) == (0.01, 1e-8)
    assert instrument.min_notional == 1.0


@pytest.mark.parametrize("changed", [{"status": "delisted"}, {"trading_disabled": True}])
def test_a_product_without_trading_is_not_live(changed):
    assert not listed(PRODUCT | changed)["BTC-USD"].is_live


def test_a_product_that_cannot_be_understood_is_left_out():
    assert listed(PRODUCT | {"quote_increment": "nan"}, {"id": "X"}) == {}


def rest_with(body, rest=CoinbaseRest):
    quick = Pauses(first=0, least=0, most=0)
    return answering((200, body)), lambda url: rest(RestClient(url, pauses=quick), lambda: NOW_NS)


async def symbols(rest):
    names = ("BTC-USD", "BTC-USDC", "USDT-USD", "USDT-USDC", "ABC-USDC")
    body = json.dumps([product(name) for name in names])
    server, make = rest_with(body, rest)
    async with server as script:
        return set(await make(script.url).instruments())


async def test_advanced_trade_lists_one_name_for_a_book_that_has_two():
    assert await symbols(CoinbaseRest) == {"BTC-USD", "USDT-USD", "USDT-USDC", "ABC-USDC"}


async def test_the_exchange_feed_lists_every_product():
    assert len(await symbols(CoinbaseExchangeRest)) == 5


def test_candles_have_low_before_high_and_come_newest_first():
    now_s = 1_000_020
    rows = [[1_000_000, 9, 12, 10, 11, 3.0], [999_940, 8, 13, 9, 10, 2.0]]
    (bar,) = decode_candles(json.dumps(rows).encode(), BTC, now_s)
    assert (bar.open_ns, bar.volume) == (999_940 * 10**9, 2.0)
    assert (bar.open, bar.high, bar.low, bar.close) == (9, 13, 8, 10)


def test_candles_with_high_before_low_are_refused():
    with pytest.raises(DecodeError, match="disagree"):
        decode_candles(b"[[60,12,9,10,11,3.0]]", BTC, 1_000_000)


def test_day_volume_in_money_is_coins_at_the_last_price():
    body = b'{"open":"95","high":"105","low":"94","last":"100","volume":"7"}'
    volume = decode_volume(body, BTC, NOW_NS)
    assert (volume.base, volume.quote) == (7.0, 700.0)


def test_before_the_first_trade_there_is_no_day_volume():
    body = b'{"open":"","high":"","low":"","last":"","volume":"0"}'
    with pytest.raises(Unavailable, match="no day volume"):
        decode_volume(body, BTC, NOW_NS)


def test_a_book_is_read_with_its_sides():
    body = b'{"bids":[["10","1",3]],"asks":[["11","2",1]],"sequence":5}'
    update = decode_book(body, BTC, NOW_NS)
    assert (update.is_snapshot, update.n_bids) == (True, 1)
    assert update.rows.tolist() == [[10, 1], [11, 2]]
