import json

import pytest

from feeds.backoff import Pauses
from feeds.base import DecodeError, RateLimited, Unavailable
from feeds.deribit_rest import (
    DeribitRest,
    decode_book,
    decode_candles,
    decode_instruments,
    decode_volume,
)
from feeds.rest import RestClient
from market.instrument import Kind
from tests.feeds.http_server import answering
from tests.feeds.test_deribit import INVERSE, LINEAR, MS, listed

NOW_NS = MS * 10**6
PERPETUAL = {
    "instrument_name": INVERSE,
    "kind": "future",
    "instrument_type": "reversed",
    "base_currency": "BTC",
    "quote_currency": "USD",
    "settlement_currency": "BTC",
    "settlement_period": "perpetual",
    "tick_size": 0.5,
    "min_trade_amount": 10,
    "contract_size": 10,
    "maker_commission": 0,
    "taker_commission": 0.0005,
    "is_active": True,
    "state": "open",
}
USDC = PERPETUAL | {
    "instrument_name": LINEAR,
    "instrument_type": "linear",
    "quote_currency": "USDC",
    "settlement_currency": "USDC",
    "min_trade_amount": 0.002,
    "contract_size": 0.001,
}
SPOT = {
    "instrument_name": "BTC_USDC",
    "kind": "spot",
    "instrument_type": "linear",
    "base_currency": "BTC",
    "quote_currency": "USDC",
    "tick_size": 0.01,
    "min_trade_amount": 0.0001,
    "contract_size": 0.0001,
}


def reply(result):
    return json.dumps({"jsonrpc": "2.0", "result": result, "usIn": 1, "usOut": 2}).encode()


def only(listing):
    (instrument,) = decode_instruments(reply([listing])).values()
    return instrument


def test_a_reversed_future_is_an_inverse_contract_of_ten_dollars():
    instrument = only(PERPETUAL)
    assert (instrument.kind, instrument.contract_size, instrument.lot_size) == (Kind.INVERSE, 10, 1)
    assert (instrument.symbol, instrument.product) == ("BTC/USD:BTC", "perpetual")


def test_the_lot_of_a_linear_contract_is_counted_in_contracts():
    instrument = only(USDC)
    assert (instrument.kind, instrument.contract_size) == (Kind.LINEAR, 0.001)
    assert (instrument.lot_size, instrument.product) == (2.0, "linear_perpetual")


def test_spot_counts_coins():
    instrument = only(SPOT)
    assert (instrument.kind, instrument.contract_size) == (Kind.SPOT, 1.0)
    assert (instrument.lot_size, instrument.symbol) == (0.0001, "BTC/USDC")


def test_weekly_futures_have_their_own_fees():
    assert only(PERPETUAL | {"settlement_period": "week"}).product == "weekly_futures"


@pytest.mark.parametrize("changed", [{"is_active": False}, {"state": "closed"}])
def test_an_instrument_without_trading_is_not_live(changed):
    assert not only(PERPETUAL | changed).is_live


@pytest.mark.parametrize(
    "changed",
    [
        *({"kind": "option"}, {"kind": "future_combo"}, {"instrument_type": "quanto"}),
        *({"tick_size": 0}, {"contract_size": 0}, {"contract_size": "ten"}),
    ],
)
def test_what_cannot_be_priced_is_left_out(changed):
    assert decode_instruments(reply([PERPETUAL | changed])) == {}


def chart(**changed):
    columns = {
        "ticks": [MS - 120_000, MS - 60_000, MS],
        "open": [10.0, 11.0, 12.0],
        "high": [12.0, 13.0, 14.0],
        "low": [9.0, 10.0, 11.0],
        "close": [11.0, 12.0, 13.0],
        "volume": [1.0, 2.0, 3.0],
        "cost": [11.0, 24.0, 39.0],
        "status": "ok",
    }
    return reply(columns | changed)


def test_candles_come_as_columns_and_the_open_bar_is_left_out():
    bars = decode_candles(chart(), listed()[INVERSE], MS)
    assert [bar.volume for bar in bars] == [1.0, 2.0]
    assert (bars[0].open, bars[0].high, bars[0].low, bars[0].close) == (10, 12, 9, 11)
    assert bars[0].open_ns == (MS - 120_000) * 10**6


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(DecodeError, match="unequal"):
        decode_candles(chart(low=[9.0]), listed()[INVERSE], MS)


def test_day_volume_is_in_coins_and_dollars():
    stats = {"volume": 2.0, "volume_usd": 101_000.0, "low": 49000.0, "high": 51000.0}
    ticker = {
        "instrument_name": INVERSE,
        "timestamp": MS,
        "last_price": 50000.0,
        "stats": stats,
    }
    volume = decode_volume(reply(ticker), listed()[INVERSE], NOW_NS)
    assert (volume.base, volume.quote) == (2.0, 101_000.0)


def test_a_book_of_an_inverse_contract_is_told_in_coins():
    book = {
        "timestamp": MS,
        "change_id": 7,
        "bids": [[50000.0, 10000.0]],
        "asks": [[50001.0, 50001.0]],
    }
    update = decode_book(reply(book), listed()[INVERSE], NOW_NS)
    assert (update.is_snapshot, update.seq, update.n_bids) == (True, 7, 1)
    assert update.rows.tolist() == [[50000.0, 0.2], [50001.0, 1.0]]


@pytest.mark.parametrize(
    ("code", "kind", "is_final"),
    [(10028, RateLimited, False), (13028, Unavailable, False), (-32602, Unavailable, True)],
)
def test_an_error_says_whether_trying_again_can_help(code, kind, is_final):
    body = json.dumps({"jsonrpc": "2.0", "error": {"code": code, "message": "no"}}).encode()
    with pytest.raises(kind) as caught:
        decode_instruments(body)
    assert caught.value.is_final is is_final


async def test_every_settlement_currency_is_asked_for_its_futures_and_its_spot():
    quick = Pauses(first=0, least=0, most=0)
    async with (
        answering((200, reply([PERPETUAL, USDC]).decode())) as server,
        RestClient(server.url, pauses=quick) as client,
    ):
        found = await DeribitRest(client, lambda: NOW_NS).instruments()
    assert set(found) == {INVERSE, LINEAR}
    assert len(server.requests) == 8
    assert server.requests[0] == "/api/v2/public/get_instruments?currency=BTC&kind=future"
